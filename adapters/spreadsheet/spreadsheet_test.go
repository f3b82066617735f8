package spreadsheet_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"tundish/adapters/spreadsheet"
)

var texts = [][]string{
	{"班组", "电话", "备注"},
	{"007", "+86 138 0000 0000", "=SUM(A1:A9)"},
	{"1e5", "-121.5", "@all, \"quoted\"\nsecond line"},
	{"𠮷", "", "'single"},
}

// What people typed comes back as they typed it: no number is rounded, no text becomes a formula.
func TestATableComesBackAsItWas(t *testing.T) {
	for _, name := range []string{"a.xlsx", "a.csv"} {
		file := filepath.Join(t.TempDir(), name)
		if err := spreadsheet.Write(file, &spreadsheet.Sheet{Name: "班组", Rows: texts}); err != nil {
			t.Fatal(err)
		}
		got, err := spreadsheet.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(got.Rows, texts, slices.Equal) {
			t.Errorf("%s: %q", name, got.Rows)
		}
	}
}

func TestNothingInACSVFileIsAFormula(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.csv")
	if err := spreadsheet.Write(file, &spreadsheet.Sheet{Rows: texts}); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(data), "'=SUM") || !strings.Contains(string(data), "'@all") || !strings.Contains(string(data), ",-121.5,") {
		t.Errorf("%q, %v", data, err)
	}
}

// A workbook that a person made has numbers and dates with formats that hide digits.
func TestNumbersComeAsTheyAreKept(t *testing.T) {
	x := excelize.NewFile()
	format := "0.0"
	style, err := x.NewStyle(&excelize.Style{CustomNumFmt: &format})
	for cell, v := range map[string]any{"A1": "lat", "B1": "phone", "A2": 31.2304163, "B2": 13800138000, "A3": "", "B3": ""} {
		err = firstOf(err, x.SetCellValue("Sheet1", cell, v))
	}
	err = firstOf(err, x.SetCellStyle("Sheet1", "A2", "A2", style))
	file := filepath.Join(t.TempDir(), "a.xlsx")
	if err = firstOf(err, x.SaveAs(file)); err != nil {
		t.Fatal(err)
	}
	got, err := spreadsheet.Read(file)
	if err != nil || len(got.Rows) != 2 || !slices.Equal(got.Rows[1], []string{"31.2304163", "13800138000"}) {
		t.Errorf("%q, %v", got.Rows, err)
	}
}

func firstOf(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

func TestCSVAsExcelSavesItInChina(t *testing.T) {
	gbk, err := simplifiedchinese.GBK.NewEncoder().String("班组;名称\r\nM01;换表一组\r\n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "a.CSV")
	if err := os.WriteFile(file, []byte(gbk), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := spreadsheet.Read(file)
	if err != nil || len(got.Rows) != 2 || !slices.Equal(got.Rows[1], []string{"M01", "换表一组"}) {
		t.Errorf("%q, %v", got, err)
	}
}

// A few thousand bytes must not become a gigabyte, whatever they pretend to hold.
func TestAWorkbookOfMillionsOfCellsIsRefused(t *testing.T) {
	for name, cells := range map[string][]string{"wide": {"A1", "XFD2"}, "high": {"A1", "A400000"}} {
		x := excelize.NewFile()
		var err error
		for _, cell := range cells {
			err = firstOf(err, x.SetCellStr("Sheet1", cell, "x"))
		}
		file := filepath.Join(t.TempDir(), name+".xlsx")
		if err = firstOf(err, x.SaveAs(file)); err != nil {
			t.Fatal(err)
		}
		if s, err := spreadsheet.Read(file); err == nil || !strings.Contains(err.Error(), "200000 rows of 200 columns") {
			t.Errorf("%s: %v, %v", name, s != nil, err)
		}
	}
	file := filepath.Join(t.TempDir(), "commas.csv")
	if err := os.WriteFile(file, []byte(strings.Repeat(strings.Repeat("x,", 199)+"x\n", 11_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := spreadsheet.Read(file); err == nil || !strings.Contains(err.Error(), "2000000 cells") {
		t.Errorf("%v", err)
	}
}

// An order of days that begins in 1904, as an old Mac writes it, would put every duty four years early.
func TestDaysThatCountFrom1904AreRefused(t *testing.T) {
	x := excelize.NewFile()
	yes := true
	file := filepath.Join(t.TempDir(), "mac.xlsx")
	if err := firstOf(firstOf(x.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}), x.SetCellValue("Sheet1", "A1", "day")), x.SaveAs(file)); err != nil {
		t.Fatal(err)
	}
	if _, err := spreadsheet.Read(file); err == nil || !strings.Contains(err.Error(), "1904") {
		t.Errorf("%v", err)
	}
}

func TestAFormulaWithoutAValueIsNoText(t *testing.T) {
	x := excelize.NewFile()
	file := filepath.Join(t.TempDir(), "a.xlsx")
	if err := firstOf(firstOf(x.SetCellStr("Sheet1", "A1", "name"), x.SetCellStr("Sheet1", "B3", "#N/A")), x.SaveAs(file)); err != nil {
		t.Fatal(err)
	}
	if _, err := spreadsheet.Read(file); err == nil || !strings.Contains(err.Error(), "B3") {
		t.Errorf("%v", err)
	}
}

func TestWhatIsNoTableIsRefused(t *testing.T) {
	for name, content := range map[string]string{"a.xlsx": "PK\x03\x04 no more", "b.csv": "a,\"b\n", "c.csv": "\xff\xff\xff"} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if s, err := spreadsheet.Read(file); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
}
