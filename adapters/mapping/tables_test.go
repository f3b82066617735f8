package mapping

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"tundish/config/codes"
	"tundish/config/lang"
	"tundish/core"
	"tundish/wsdl/xml"
)

// Of a hotline whose minor codes mean nothing without the major one.
const categoriesCSV = `kind,category
unmapped,alert
level1,level2,ours,back,note
01,,burst,yes,
02,,leak,,
02,01,leak/main,,
02,02,leak/valve,,
02,09,water_quality,,the minor code decides
07,01,burst,,
`

const typesYAML = `kind: type
unmapped: refuse
codes: {BG: burst, LS: leak}
`

const levelsYAML = `kind: type
unmapped: refuse
codes:
  A: {below: {"1": burst, "2": leak}}
`

func tablesOf(t testing.TB) codes.Tables {
	t.Helper()
	var p lang.Problems
	all := codes.Tables{
		"categories": codes.Parse(&p, "categories.csv", "categories", []byte(categoriesCSV), nil),
		"types":      codes.Parse(&p, "types.yaml", "types", []byte(typesYAML), nil),
		"levels":     codes.Parse(&p, "levels.yaml", "levels", []byte(levelsYAML), nil),
	}
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

const tabled = `mapping: tabled
serve:
  SubmitRepair:
    does: submit
    order:
      ref: BH
      type: {from: LX, table: types}
      channel: {from: QD, map: {"1": phone}, unmapped: alert}
      report.category: {parts: [DL, XL], table: categories}
      report.sub_category: {parts: [DL, XL], table: categories}
    answer:
      ok:
        R/DL: {from: order.report.category, table: categories}
        R/XL: {from: order.report.sub_category, table: categories, default: "00"}
        R/LX: {from: order.type, table: types}
        R/A: {from: order.type, table: levels}
        R/B: {from: order.type, table: levels, level: 2}
`

func loadTabled(t testing.TB, text string, around Surroundings, p *lang.Problems) *Inward {
	t.Helper()
	around.Zone, around.Tables = shanghai, tablesOf(t)
	m := Load(fstest.MapFS{"tabled.yaml": {Data: []byte(text)}}, "tabled.yaml", around, p)
	in, _ := m.Serve("SubmitRepair")
	return in
}

func TestACodeTableIsReadBothWays(t *testing.T) {
	var p lang.Problems
	var alerts []string
	in := loadTabled(t, tabled, Surroundings{Trouble: func(path, code string) { alerts = append(alerts, path+"="+code) }}, &p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ major, minor, category, sub, backMajor, backMinor, alert string }{
		{"01", "", "burst", "", "01", "00", ""},
		{"02", "", "leak", "", "02", "00", ""},
		{"02", "01", "leak", "main", "02", "01", ""},
		{"02", "09", "water_quality", "", "02", "09", ""},
		{"07", "01", "burst", "", "01", "00", ""},          // another row is marked for the way back
		{"02", "77", "leak", "77", "02", "77", "DL=02/77"}, // the major code is known
		{"33", "44", "33", "44", "33", "44", "DL=33/44"},
		{"", "", "", "", "", "00", ""},
	} {
		t.Run(c.major+c.minor, func(t *testing.T) {
			alerts = nil
			items, err := orders(t, in, "<S><BH>1</BH><LX>LS</LX><QD>9</QD><DL>"+c.major+"</DL><XL> "+c.minor+"</XL></S>")
			if err != nil || items[0].Err != nil {
				t.Fatal(err, items)
			}
			o := items[0].Order
			if o.Type != "leak" || o.Report.Category != c.category || o.Report.SubCategory != c.sub || o.Channel != "9" {
				t.Errorf("got %s, %s/%s", o.Type, o.Report.Category, o.Report.SubCategory)
			}
			want := "QD=9"
			if c.alert != "" { // each of the two lines tells
				want += " " + c.alert + " " + c.alert
			}
			if got := strings.Join(alerts, " "); got != want {
				t.Errorf("told of %s, want %s", got, want)
			}
			w := xml.NewWriter()
			if err := in.OK.WriteBody(w, &Values{Order: &o}); err != nil {
				t.Fatal(err)
			}
			got, err := w.Finish()
			if want := fmt.Sprintf("<R><DL>%s</DL><XL>%s</XL><LX>LS</LX><A>A</A><B>2</B></R>", c.backMajor, c.backMinor); err != nil || strings.ReplaceAll(string(got), "<DL/>", "<DL></DL>") != want {
				t.Errorf("got %s, want %s (%v)", got, want, err)
			}
		})
	}
}

func TestACodeThatATableLacksIsRefusedBothWays(t *testing.T) {
	var p lang.Problems
	in := loadTabled(t, tabled, Surroundings{}, &p)
	items, err := orders(t, in, "<S><BH>1</BH><LX>XX</LX></S>")
	if err != nil || items[0].Err == nil {
		t.Fatal(err, items)
	}
	if e := items[0].Err; e.Code != "unknown_code" || e.Field != "LX" || e.Message != `the code table types has no "XX"; it has BG, LS (mapping tabled, line 7)` || e.MessageZH == "" {
		t.Errorf("got %+v", e)
	}
	err = in.OK.WriteBody(xml.NewWriter(), &Values{Order: &core.WorkOrder{Type: "recheck"}})
	if core.CodeOf(err) != "unknown_code" || !strings.Contains(err.Error(), `nothing that leads to "recheck"`) {
		t.Errorf("got %v", err)
	}
}

const wrongTables = `mapping: tabled
serve:
  SubmitRepair:
    does: submit
    order:
      ref: {from: BH, table: typs}
      type: {from: LX, table: categories}
      channel: {parts: [A, B], table: types}
      urgency: {from: U, table: types, map: {a: normal}}
      report.category: {from: DL, map: {"1": leek}, default: leak}
      report.registered_on: {from: D, table: levels}
    answer:
      ok:
        R/DL: {from: order.type, table: types, level: 2, unmapped: keep}
        R/XL: {from: order.report.category, table: type}
`

func TestMistakesAboutCodeTablesHavePlacesAndNearestNames(t *testing.T) {
	words := &codes.Vocabulary{}
	words.Set(codes.Kind{Name: codes.Category, Words: []codes.Word{{Code: "leak"}, {Code: "burst"}}})
	for _, l := range []lang.Lang{lang.English, lang.Chinese} {
		var p lang.Problems
		loadTabled(t, wrongTables, Surroundings{Vocabulary: words}, &p)
		golden(t, "tables."+string(l)+".golden", p.In(l))
	}
}
