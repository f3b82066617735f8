// Package spreadsheet reads and writes tables as people exchange them: Excel workbooks and CSV. A table is one header and rows of
// texts; what its columns mean is others' business.
package spreadsheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"tundish/core"
)

// Bounds of what is read.
const (
	maxBytes    = 32 << 20  // of a file
	maxUnzipped = 256 << 20 // of a workbook, which is a zip
	maxRows     = 200_000
	maxColumns  = 200
	maxCells    = 2_000_000
)

// unsolved are what Excel keeps where a formula has no value.
var unsolved = []string{"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"}

// table gathers rows within the bounds.
type table struct {
	rows  [][]string
	cells int
}

// add takes a row, or says why not: a few bytes of a file can stand for millions of cells.
func (t *table) add(row []string) error {
	for len(row) > maxColumns && strings.TrimSpace(row[len(row)-1]) == "" {
		row = row[:len(row)-1]
	}
	if len(t.rows) == maxRows && blank(row) {
		return nil // empty rows at the end
	}
	if t.cells += len(row); len(t.rows) == maxRows || len(row) > maxColumns || t.cells > maxCells {
		return fmt.Errorf("row %d: at most %d rows of %d columns and %d cells are taken 最多 %[2]d 行、%[3]d 列、%[4]d 个单元格", len(t.rows)+1, maxRows, maxColumns, maxCells)
	}
	t.rows = append(t.rows, slices.Clone(row))
	return nil
}

// Sheet is a table. Row 0 is the header.
type Sheet struct {
	Name string // of the workbook's sheet; empty for CSV
	Rows [][]string
}

// Cell is what people call a cell: "C7".
func Cell(row, column int) string {
	name, err := excelize.CoordinatesToCellName(column+1, row+1)
	if err != nil {
		return ""
	}
	return name
}

// Known tells whether a file's name is a spreadsheet's.
func Known(file string) bool {
	return slices.Contains([]string{".xlsx", ".csv"}, strings.ToLower(filepath.Ext(file)))
}

// Read reads the first sheet of a workbook (.xlsx), or a CSV file in UTF-8 or GBK whose fields are separated by comma, semicolon or tab.
// Numbers come as they are kept, whatever their format shows; empty rows at the end are left out.
func Read(file string) (*Sheet, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, core.Because(core.NotFound, "file", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	switch {
	case err != nil:
		return nil, core.Because(core.Unavailable, "file", err)
	case len(data) > maxBytes:
		return nil, core.Invalidf("too_big", file, "has more than %d MB", "超过 %d MB", maxBytes>>20)
	}
	var s *Sheet
	if strings.EqualFold(filepath.Ext(file), ".csv") {
		s, err = readCSV(data)
	} else {
		s, err = readWorkbook(data)
	}
	if err != nil {
		return nil, core.Invalidf("spreadsheet", file, "cannot be read as a table: %v", "无法按表格读取：%v", err)
	}
	for len(s.Rows) > 0 && blank(s.Rows[len(s.Rows)-1]) {
		s.Rows = s.Rows[:len(s.Rows)-1]
	}
	for i, row := range s.Rows {
		for j := range row {
			if row[j] = strings.TrimSpace(row[j]); slices.Contains(unsolved, row[j]) {
				return nil, core.Invalidf("spreadsheet", file+" "+Cell(i, j), "the formula there has no value: %s", "此处公式无有效值：%s", row[j])
			}
		}
	}
	return s, nil
}

func blank(row []string) bool {
	return !slices.ContainsFunc(row, func(c string) bool { return strings.TrimSpace(c) != "" })
}

func readWorkbook(data []byte) (*Sheet, error) {
	x, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{RawCellValue: true, UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxUnzipped})
	if err != nil {
		return nil, err
	}
	defer x.Close()
	names := x.GetSheetList()
	if len(names) == 0 {
		return nil, errors.New("the workbook has no sheet")
	}
	if p, err := x.GetWorkbookProps(); err == nil && p.Date1904 != nil && *p.Date1904 {
		return nil, errors.New("it counts days from 1904; turn that off in the options of Excel, or write dates as texts 该工作簿使用 1904 日期系统，请在 Excel 选项中关闭")
	}
	rows, err := rowsOf(x, names[0])
	if err != nil {
		return nil, err
	}
	return &Sheet{Name: names[0], Rows: rows}, nil
}

// rowsOf reads a sheet row by row. One that cannot be read to its end does not pass for a shorter one.
func rowsOf(x *excelize.File, sheet string) ([][]string, error) {
	it, err := x.Rows(sheet)
	if err != nil {
		return nil, err
	}
	defer it.Close()
	var t table
	for it.Next() {
		row, err := it.Columns()
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", len(t.rows)+1, err)
		}
		if err := t.add(row); err != nil {
			return nil, err
		}
	}
	return t.rows, it.Error()
}

func readCSV(data []byte) (*Sheet, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data) // GBK is a part of it
		if err != nil || bytes.ContainsRune(decoded, utf8.RuneError) {
			return nil, errors.New("it is neither UTF-8 nor GBK text")
		}
		data = decoded
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord, r.TrimLeadingSpace = -1, true
	head, _, _ := bytes.Cut(data, []byte("\n"))
	for _, c := range "\t;" {
		if strings.Count(string(head), string(c)) > strings.Count(string(head), string(r.Comma)) {
			r.Comma = c
		}
	}
	var t table
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return &Sheet{Rows: t.rows}, nil
		}
		if err != nil {
			return nil, err
		}
		for j, c := range row {
			if rest, ok := strings.CutPrefix(c, "'"); ok && formula(rest) {
				row[j] = rest
			}
		}
		if err := t.add(row); err != nil {
			return nil, err
		}
	}
}

// Write writes a table: a workbook whose cells are texts, so that nothing in them is taken for a number or a formula, or CSV in UTF-8 as
// Excel opens it. The file is there whole or not at all.
func Write(file string, s *Sheet) error {
	var b bytes.Buffer
	var err error
	if strings.EqualFold(filepath.Ext(file), ".csv") {
		err = writeCSV(&b, s)
	} else {
		err = writeWorkbook(&b, s)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	tmp := file + ".tmp"
	if err := os.WriteFile(tmp, b.Bytes(), 0o600); err != nil {
		return core.Because(core.Unavailable, "file", err)
	}
	if err := os.Rename(tmp, file); err != nil {
		return errors.Join(core.Because(core.Unavailable, "file", err), os.Remove(tmp))
	}
	return nil
}

func writeCSV(b *bytes.Buffer, s *Sheet) error {
	b.WriteString("\ufeff") // or Excel takes it for the machine's own charset
	w := csv.NewWriter(b)
	w.UseCRLF = true
	for _, row := range s.Rows {
		cells := slices.Clone(row)
		for i, c := range cells {
			if formula(c) {
				cells[i] = "'" + c // or Excel runs it
			}
		}
		if err := w.Write(cells); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// formula tells that Excel would run what a field of a CSV file holds.
func formula(field string) bool {
	if field == "" || !strings.ContainsRune("=+-@\t", rune(field[0])) {
		return false
	}
	_, err := strconv.ParseFloat(field, 64)
	return err != nil
}

func writeWorkbook(b *bytes.Buffer, s *Sheet) error {
	x := excelize.NewFile()
	defer x.Close()
	name := s.Name
	if name == "" {
		name = "Sheet1"
	}
	if err := x.SetSheetName("Sheet1", name); err != nil {
		return err
	}
	text, err := x.NewStyle(&excelize.Style{NumFmt: 49}) // as text: what people type stays what they typed
	if err != nil {
		return err
	}
	bold, err := x.NewStyle(&excelize.Style{NumFmt: 49, Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	for i, row := range s.Rows {
		for j, c := range row {
			if err := x.SetCellStr(name, Cell(i, j), c); err != nil {
				return err
			}
		}
	}
	if len(s.Rows) > 0 && len(s.Rows[0]) > 0 {
		last, err := excelize.ColumnNumberToName(len(s.Rows[0]))
		if err == nil {
			err = x.SetColStyle(name, "A:"+last, text)
		}
		if err == nil {
			err = x.SetColWidth(name, "A", last, 16)
		}
		if err == nil {
			err = x.SetCellStyle(name, "A1", last+"1", bold)
		}
		if err != nil {
			return err
		}
	}
	if err := x.SetPanes(name, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	_, err = x.WriteTo(b)
	return err
}
