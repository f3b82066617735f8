package codes

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"tundish/config/lang"
)

// A table in CSV is a spreadsheet: rows that say what the table is (kind, unmapped, default,
// title_en, title_zh: one word, and its value beside it), then the names of the columns, then a row for each
// code. Rows that are empty or begin with # are for people.

func isCSV(file string) bool { return strings.EqualFold(filepath.Ext(file), ".csv") }

var (
	heads   = []string{"kind", "unmapped", "default", "title_en", "title_zh"}
	columns = []string{"theirs", "parent", "level1", "level2", "ours", "also", "back", "note"}
)

var (
	badEncoding   = lang.NewMessage("encoding", "this is neither UTF-8 nor GBK text", "既不是 UTF-8 也不是 GBK 文本")
	badCSV        = lang.NewMessage("syntax", "this row cannot be read as CSV: %v", "此行无法按 CSV 读取：%v")
	strayQuote    = lang.Text{En: `a quote stands where none belongs, or is not closed; inside of quotes write ""`, Zh: `引号位置不对或未闭合；引号内的引号须写成 ""`}
	tableTooLarge = lang.NewMessage("too-large", "the file has %d bytes; at most %d are read", "文件有 %d 字节，最多读取 %d 字节")
	noHeader      = lang.NewMessage("columns", "there is no row with the names of the columns", "没有列名所在的行")
	unknownColumn = lang.NewMessage("columns", "there is no column %q", "没有列 %q")
	columnTwice   = lang.NewMessage("columns", "the column %q stands twice", "列 %q 重复")
	missingColumn = lang.NewMessage("columns", "the column %q is missing", "缺少列 %q")
	mixedLevels   = lang.NewMessage("columns", "levels are either level1 and level2, or theirs and parent, not %q beside them", "两级代码要么用 level1、level2，要么用 theirs、parent，不能再有 %q")
	unknownHead   = lang.NewMessage("columns", "neither a column nor something that a table says about itself: %q", "%q 既不是列名，也不是代码表的属性")
	headTwice     = lang.NewMessage("duplicate", "%q is given twice, first in line %d", "%q 重复，第一次在第 %d 行")
	noKind        = lang.NewMessage("required", "there is no kind: begin the table with a row kind,…", "缺少 kind：请在表头之前写一行 kind,…")
	badUnmapped   = lang.NewMessage("not-allowed", "the value %q is not allowed", "不允许的值 %q")
	badBack       = lang.NewMessage("not-allowed", "the column back takes yes or nothing, not %q", "back 列只能填 yes 或留空，不能填 %q")
	noCode        = lang.NewMessage("code-table", "there is no code of theirs in this row", "此行没有对方代码")
	emptyAbove    = lang.NewMessage("code-table", "%q has no code above it: fill level1", "%q 没有上级代码：请填写 level1")
	unknownParent = lang.NewMessage("code-table", "the code %q that should be above %q has no row of its own", "%[2]q 的上级代码 %[1]q 没有单独的行")
	surplus       = lang.NewMessage("columns", "%q stands beyond the last column", "%q 超出了最后一列")
)

var (
	hintHeader    = lang.Text{En: "write theirs,ours (and also, back, note; parent, or level1,level2 where codes have two levels)", Zh: "请写 theirs,ours（可加 also、back、note；两级代码用 parent 或 level1,level2）"}
	hintSaveCSV   = lang.Text{En: "save it as CSV UTF-8, or as plain CSV in a Chinese Excel", Zh: "请另存为 CSV UTF-8，或中文 Excel 的普通 CSV"}
	hintSeparator = lang.Text{En: "separate the columns by commas", Zh: "请用逗号分隔各列"}
)

// sheet is a CSV file being read.
type sheet struct {
	p      *lang.Problems
	src    *lang.Source
	file   string
	lines  []string
	reader *csv.Reader
}

// cell is one field of a row, without the blanks around it.
type cell struct {
	text string
	at   lang.Pos
}

func readCSV(p *lang.Problems, file string, data []byte) (*Table, origin) {
	t := &Table{Levels: 1, Unmapped: Refuse}
	from := origin{at: lang.Place(file)}
	if len(data) > lang.MaxBytes {
		p.At(from.at, tableTooLarge, len(data), lang.MaxBytes)
		return t, from
	}
	text, ok := decodeSheet(data)
	if !ok {
		p.At(from.at, badEncoding).Hint(hintSaveCSV)
		return t, from
	}
	s := &sheet{p: p, src: lang.NewSource(file, text), file: file, lines: strings.Split(string(text), "\n"), reader: csv.NewReader(bytes.NewReader(text))}
	s.reader.FieldsPerRecord = -1
	from.at = s.src.At(1, 1, 0)
	names := s.head(t, &from)
	if names == nil {
		return t, from
	}
	if t.Kind == "" && from.kind.IsZero() {
		p.At(from.at, noKind)
	}
	s.rows(t, names)
	return t, from
}

// decodeSheet makes UTF-8 with plain line ends of what Excel writes.
func decodeSheet(data []byte) ([]byte, bool) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		if bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
			return nil, false
		}
		decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data) // GBK is a part of it
		if err != nil || bytes.ContainsRune(decoded, utf8.RuneError) {
			return nil, false
		}
		data = decoded
	}
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	data = bytes.ReplaceAll(data, []byte("\r"), []byte("\n"))
	return data, !bytes.ContainsRune(data, 0)
}

// next gives the next row that says something; nil at the end.
func (s *sheet) next() []cell {
	for {
		fields, err := s.reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			var broken *csv.ParseError
			if !errors.As(err, &broken) {
				return nil
			}
			what := lang.Text{En: broken.Err.Error(), Zh: broken.Err.Error()}
			if errors.Is(broken.Err, csv.ErrQuote) || errors.Is(broken.Err, csv.ErrBareQuote) {
				what = strayQuote
			}
			s.p.At(s.at(broken.Line, broken.Column, 1), badCSV, what)
			continue
		}
		row := make([]cell, len(fields))
		empty := true
		for i, f := range fields {
			line, column := s.reader.FieldPos(i)
			row[i] = cell{text: strings.TrimSpace(f), at: s.at(line, column, utf8.RuneCountInString(f))}
			empty = empty && row[i].text == ""
		}
		if !empty && !strings.HasPrefix(row[0].text, "#") {
			return row
		}
	}
}

// at is a place of which the column counts bytes.
func (s *sheet) at(line, column, width int) lang.Pos {
	if line >= 1 && line <= len(s.lines) {
		text := s.lines[line-1]
		column = utf8.RuneCountInString(text[:max(0, min(column-1, len(text)))]) + 1
	}
	return s.src.At(line, column, max(1, width))
}

// head reads the rows above the codes; nil when there are no columns to read on with.
func (s *sheet) head(t *Table, from *origin) []string {
	given := map[string]int{}
	for {
		row := s.next()
		if row == nil {
			s.p.At(from.at, noHeader).Hint(hintHeader)
			return nil
		}
		name := row[0].text
		if !slices.Contains(heads, name) {
			filled := 0
			for _, c := range row {
				if c.text != "" {
					filled++
				}
			}
			if filled > 2 || slices.ContainsFunc(row, func(c cell) bool { return slices.Contains(columns, c.text) }) {
				return s.columns(row)
			}
			known := slices.Concat(heads, columns)
			one := s.p.At(row[0].at, unknownHead, name).Expected(known...).Near(name, known)
			if strings.ContainsAny(name, ";\t") {
				one.Hint(hintSeparator)
			}
			continue
		}
		if given[name] != 0 {
			s.p.At(row[0].at, headTwice, name, given[name])
			continue
		}
		given[name] = row[0].at.Line()
		value := cell{at: row[0].at}
		if len(row) > 1 {
			value = row[1]
		}
		switch name {
		case "kind":
			t.Kind, from.kind = value.text, value.at
		case "unmapped":
			t.Unmapped, from.unmapped = value.text, value.at
			if policies := []string{Refuse, Default, Keep, Alert}; !slices.Contains(policies, value.text) {
				s.p.At(value.at, badUnmapped, value.text).Expected(policies...).Near(value.text, policies)
				t.Unmapped = Refuse
			}
		case "default":
			t.Default, from.fallback = ParseCode(value.text), value.at
		case "title_en":
			t.Title.En = value.text
		case "title_zh":
			t.Title.Zh = value.text
		}
	}
}

// columns reads the row of names.
func (s *sheet) columns(row []cell) []string {
	names := make([]string, len(row))
	good := true
	for i, c := range row {
		switch {
		case c.text == "": // a spreadsheet's empty columns
		case !slices.Contains(columns, c.text):
			one := s.p.At(c.at, unknownColumn, c.text).Expected(columns...).Near(c.text, columns)
			if strings.ContainsAny(c.text, ";\t") {
				one.Hint(hintSeparator)
			}
			good = false
		case slices.Contains(names, c.text):
			s.p.At(c.at, columnTwice, c.text)
			good = false
		default:
			names[i] = c.text
		}
	}
	levels := slices.Contains(names, "level1") || slices.Contains(names, "level2")
	wants := []string{"theirs", "ours"}
	if levels {
		wants = []string{"level1", "level2", "ours"}
		for i, n := range names {
			if n == "theirs" || n == "parent" {
				s.p.At(row[i].at, mixedLevels, n)
				good = false
			}
		}
	}
	for _, w := range wants {
		if good && !slices.Contains(names, w) {
			s.p.At(row[0].at, missingColumn, w).Hint(hintHeader)
			good = false
		}
	}
	if !good {
		return nil
	}
	return names
}

// rows reads the codes.
func (s *sheet) rows(t *Table, names []string) {
	if slices.Contains(names, "level2") || slices.Contains(names, "parent") {
		t.Levels = 2
	}
	var parents []cell // codes that should have a row of their own, and who says so
	for row := s.next(); row != nil; row = s.next() {
		r := Row{At: row[0].at, OursAt: row[0].at}
		var theirs, above, below cell
		for i, c := range row {
			if i >= len(names) || names[i] == "" {
				if c.text != "" {
					s.p.At(c.at, surplus, c.text)
				}
				continue
			}
			switch names[i] {
			case "theirs":
				theirs = c
			case "parent":
				above = c
			case "level1":
				theirs = c
			case "level2":
				below = c
			case "ours":
				r.Ours, r.OursAt = ParseCode(c.text), c.at
			case "also":
				for _, text := range strings.FieldsFunc(c.text, func(r rune) bool { return r == '|' || r == '、' }) {
					r.Also, r.alsoAt = append(r.Also, ParseCode(text)), append(r.alsoAt, c.at)
				}
			case "back":
				if r.Back = c.text == "yes"; !r.Back && c.text != "" {
					s.p.At(c.at, badBack, c.text)
				}
			case "note":
				r.Note = c.text
			}
		}
		switch {
		case above.text != "" && theirs.text != "":
			r.Theirs, r.At = Code{above.text, theirs.text}, theirs.at
			parents = append(parents, above, theirs)
		case below.text != "" && theirs.text != "":
			r.Theirs, r.At = Code{theirs.text, below.text}, below.at
		case below.text != "":
			s.p.At(below.at, emptyAbove, below.text)
			continue
		case theirs.text == "":
			s.p.At(r.At, noCode)
			continue
		default:
			r.Theirs, r.At = Code{Code: theirs.text}, theirs.at
		}
		t.Rows = append(t.Rows, r)
	}
	for i := 0; i < len(parents); i += 2 {
		above := parents[i]
		if !slices.ContainsFunc(t.Rows, func(r Row) bool { return r.Theirs == (Code{Code: above.text}) }) {
			s.p.At(above.at, unknownParent, above.text, parents[i+1].text)
		}
	}
}
