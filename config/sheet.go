package config

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tundish/config/lang"
)

// Column is a column of a spreadsheet, for one key of a YAML file. Its header is the key or either title.
type Column struct {
	Key   string // "home.lat" is a key below a key
	Title lang.Text
	Holds Holding
}

// Holding is what the cells of a column hold.
type Holding uint8

// The holdings of a cell.
const (
	HoldsText Holding = iota
	HoldsNumber
	HoldsYes    // yes, no, 是, 否; empty is no
	HoldsList   // texts between commas, semicolons or blanks, Chinese ones too
	HoldsPeople // staff numbers, each with a name behind it if one is known: 3001 王强, 3002
	HoldsDay    // a date, or Excel's number of one
)

// Table is what a spreadsheet of one kind looks like, and the YAML that it stands for.
type Table struct {
	Name    string // of the kind: crews, roster, people
	Title   lang.Text
	Columns []Column
}

// Tables that can be exchanged, by name.
var tables = []Table{
	{"crews", lang.Text{En: "Crews", Zh: "班组"}, []Column{
		{"id", lang.Text{En: "Crew", Zh: "班组代码"}, HoldsText}, {"name", lang.Text{En: "Name", Zh: "班组名称"}, HoldsText}, {"depot", lang.Text{En: "Depot", Zh: "站点"}, HoldsText},
		{"people", lang.Text{En: "Staff", Zh: "组员"}, HoldsPeople}, {"phone", lang.Text{En: "Phone", Zh: "电话"}, HoldsText}, {"skills", lang.Text{En: "Skills", Zh: "技能"}, HoldsList},
		{"districts", lang.Text{En: "Districts", Zh: "区域"}, HoldsList}, {"shift", lang.Text{En: "Shift", Zh: "班次"}, HoldsText}, {"every_day", lang.Text{En: "Every day", Zh: "每天上班"}, HoldsYes},
		{"cap_minutes", lang.Text{En: "Most minutes", Zh: "工作量上限（分钟）"}, HoldsNumber}, {"cap_orders", lang.Text{En: "Most orders", Zh: "工单数上限"}, HoldsNumber},
		{"home.lat", lang.Text{En: "Latitude", Zh: "纬度"}, HoldsNumber}, {"home.lon", lang.Text{En: "Longitude", Zh: "经度"}, HoldsNumber},
	}},
	{"roster", lang.Text{En: "Duty roster", Zh: "值班表"}, []Column{
		{"crew", lang.Text{En: "Crew", Zh: "班组代码"}, HoldsText}, {"day", lang.Text{En: "Day", Zh: "日期"}, HoldsDay}, {"kind", lang.Text{En: "Kind", Zh: "班别"}, HoldsText},
		{"shifts", lang.Text{En: "Shifts", Zh: "班次"}, HoldsList}, {"people", lang.Text{En: "Staff", Zh: "当班人员"}, HoldsList}, {"note", lang.Text{En: "Note", Zh: "备注"}, HoldsText},
	}},
	{"people", lang.Text{En: "People", Zh: "人员"}, []Column{
		{"id", lang.Text{En: "User", Zh: "登录名"}, HoldsText}, {"name", lang.Text{En: "Name", Zh: "姓名"}, HoldsText}, {"roles", lang.Text{En: "Roles", Zh: "角色"}, HoldsList},
		{"branches", lang.Text{En: "Branches", Zh: "营业所"}, HoldsList}, {"depots", lang.Text{En: "Depots", Zh: "站点"}, HoldsList}, {"everywhere", lang.Text{En: "Everywhere", Zh: "所有站点"}, HoldsYes},
		{"crew", lang.Text{En: "Crew", Zh: "班组代码"}, HoldsText}, {"disabled", lang.Text{En: "Disabled", Zh: "停用"}, HoldsYes},
	}},
}

// TableOf finds the table of a kind; nil: there is none.
func TableOf(name string) *Table {
	for i := range tables {
		if tables[i].Name == name {
			return &tables[i]
		}
	}
	return nil
}

// TableNames lists the kinds.
func TableNames() (names []string) {
	for i := range tables {
		names = append(names, tables[i].Name)
	}
	return names
}

// Header is the first row in a language.
func (t *Table) Header(l lang.Lang) (row []string) {
	for _, c := range t.Columns {
		row = append(row, c.Title.In(l))
	}
	return row
}

var (
	unknownColumn = lang.NewMessage("unknown-column", "there is no column %q", "没有列 %q")
	twoColumns    = lang.NewMessage("duplicate", "column %q is there already", "列 %q 重复")
	notYes        = lang.NewMessage("not-allowed", "%q is neither yes nor no", "%q 不是“是”或“否”")
	noRows        = lang.NewMessage("empty", "there is no row below the header", "表头以下没有数据")
)

// Whole adds the columns that rows lack, with what is stored of each entry: rows, the header first, that a file does not
// speak of are not emptied by it. stored are rows of all columns; entries are known by the first.
func (t *Table) Whole(rows, stored [][]string) [][]string {
	if len(rows) == 0 {
		return rows
	}
	at := make([]int, len(t.Columns)) // of each column in the rows
	var lacking []int
	for i := range t.Columns {
		if at[i] = slices.IndexFunc(rows[0], t.Columns[i].called); at[i] < 0 {
			lacking = append(lacking, i)
		}
	}
	if at[0] < 0 || len(lacking) == 0 {
		return rows
	}
	known := make(map[string][]string, len(stored))
	for _, row := range stored {
		known[row[0]] = row
	}
	out := make([][]string, len(rows))
	for i, row := range rows {
		out[i] = row
		var there []string
		if at[0] < len(row) {
			there = known[row[at[0]]]
		}
		if i > 0 && there == nil {
			continue
		}
		out[i] = append(slices.Clone(row), make([]string, max(0, len(rows[0])-len(row)))...)[:max(len(row), len(rows[0]))]
		for _, c := range lacking {
			if i == 0 {
				out[i] = append(out[i], t.Columns[c].Key)
			} else {
				out[i] = append(out[i], there[c])
			}
		}
	}
	return out
}

// called tells that a header names the column.
func (c *Column) called(head string) bool {
	return slices.ContainsFunc([]string{c.Key, c.Title.En, c.Title.Zh}, func(s string) bool { return strings.EqualFold(strings.TrimSpace(s), head) })
}

// Decode reads rows, the header first, into the struct of the kind's YAML file, with every check that the file has. cell names
// cells, by row and column from 0. Mistakes go to p, each at its cell.
func (t *Table) Decode(p *lang.Problems, file string, rows [][]string, cell func(row, column int) string, into any) {
	text, cells := t.text(p, file, rows, cell)
	if cells == nil {
		return
	}
	p.Cells(file, cells)
	lang.Decode(p, file, []byte(text), into)
}

// YAML writes rows as the kind's YAML file.
func (t *Table) YAML(rows [][]string) []byte {
	text, _ := t.text(&lang.Problems{}, "", rows, func(int, int) string { return "" })
	return []byte(text)
}

// text is the YAML that rows stand for, with the cell of each line; no cells: nothing can be read.
func (t *Table) text(p *lang.Problems, file string, rows [][]string, cell func(row, column int) string) (text string, cells []string) {
	var b strings.Builder
	line := func(at, format string, args ...any) {
		fmt.Fprintf(&b, format+"\n", args...)
		cells = append(cells, at)
	}
	place := func(row, column int) lang.Pos { return lang.Place(file + " " + cell(row, column)) }
	if len(rows) < 2 {
		p.At(place(0, 0), noRows)
		return "", nil
	}
	columns := t.heads(p, rows[0], func(i int) lang.Pos { return place(0, i) })
	if columns == nil {
		return "", nil
	}
	line(cell(0, 0), "%s:", t.Name)
	for i, row := range rows[1:] {
		if !slices.ContainsFunc(row, func(c string) bool { return c != "" }) {
			continue
		}
		line(cell(i+1, 0), "-")
		above := ""
		for j, c := range columns {
			if c == nil || j >= len(row) || row[j] == "" {
				continue
			}
			value, ok := c.yaml(row[j])
			if !ok {
				p.At(place(i+1, j), notYes, row[j])
				continue
			}
			key, below, nested := strings.Cut(c.Key, ".")
			if at := cell(i+1, j); nested {
				if above != key {
					line(at, "  %s:", key)
				}
				line(at, "    %s: %s", below, value)
				above = key
			} else {
				line(at, "  %s: %s", key, value)
				above = ""
			}
		}
	}
	return b.String(), cells
}

// heads finds the column of each header; those without a title are nil. nil altogether: nothing can be read.
func (t *Table) heads(p *lang.Problems, header []string, at func(int) lang.Pos) []*Column {
	columns := make([]*Column, len(header))
	before := p.Len()
	for i, head := range header {
		if head == "" {
			continue
		}
		j := slices.IndexFunc(t.Columns, func(c Column) bool { return c.called(head) })
		switch {
		case j < 0:
			known := t.Header(lang.English)
			for _, c := range t.Columns {
				known = append(known, c.Title.Zh, c.Key)
			}
			p.At(at(i), unknownColumn, head).Expected(t.Header(lang.English)...).Near(head, known)
		case slices.Contains(columns, &t.Columns[j]):
			p.At(at(i), twoColumns, head)
		default:
			columns[i] = &t.Columns[j]
		}
	}
	if p.Len() > before {
		return nil
	}
	return columns
}

// yaml is a cell's text as a YAML value; not ok for one that is neither yes nor no.
func (c *Column) yaml(cell string) (value string, ok bool) {
	switch c.Holds {
	case HoldsNumber:
		cell = halfWidth.Replace(cell)
		if f, err := strconv.ParseFloat(cell, 64); err == nil { // 460 may be kept as 460.00000000000006
			return strconv.FormatFloat(f, 'g', 12, 64), true
		}
	case HoldsYes:
		switch strings.ToLower(cell) {
		case "yes", "y", "true", "1", "x", "是", "√", "✓":
			return "true", true
		case "no", "n", "false", "0", "否", "-":
			return "false", true
		}
		return "", false
	case HoldsDay:
		if days, err := strconv.ParseFloat(cell, 64); err == nil && days > 1 && days < 100_000 {
			cell = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(days)).Format(time.DateOnly)
		}
	case HoldsList:
		var parts []string
		for _, part := range strings.FieldsFunc(cell, func(r rune) bool { return separates(r) || r == ' ' || r == '　' }) {
			parts = append(parts, inQuotes(part))
		}
		return "[" + strings.Join(parts, ", ") + "]", true
	case HoldsPeople:
		var parts []string
		for _, part := range strings.FieldsFunc(cell, separates) {
			id, name, _ := strings.Cut(strings.TrimSpace(part), " ")
			parts = append(parts, "{id: "+inQuotes(id)+", name: "+inQuotes(strings.TrimSpace(name))+"}")
		}
		return "[" + strings.Join(parts, ", ") + "]", true
	}
	return inQuotes(cell), true
}

var halfWidth = strings.NewReplacer("０", "0", "１", "1", "２", "2", "３", "3", "４", "4", "５", "5", "６", "6", "７", "7", "８", "8", "９", "9", "．", ".", "，", "", ",", "")

func separates(r rune) bool { return strings.ContainsRune(",;，；、\n\r\t", r) }

// inQuotes is a text that YAML takes for nothing else: 007, no, 12:30.
func inQuotes(s string) string {
	text, _ := json.Marshal(s) // a string can be
	return string(text)
}
