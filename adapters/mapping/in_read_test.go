package mapping

import (
	"strings"
	"testing"
	"time"

	"tundish/core"
	"tundish/wsdl/xml"
)

const repairs = `mapping: hot
wsdl: hot/a.wsdl
none: ["-1", "1900-01-01"]
serve:
  SubmitRepair:
    does: submit
    each: SubmitRepair/repair
    volatile: [S_BZ]
    order:
      ref: "@no"
      type: {from: S_LX, map: {"1": burst, "2": leak}}
      urgency: {from: I_JJ, map: {"1": emergency}, unmapped: default, default: normal}
      channel: {value: phone}
      customer.phone: {from: "tel[@kind='home']", strip: "- "}
      customer.contact: {from: "tel[2]", default: none}
      report.content: {parts: [S_NR, S_BZ], join: "；", fold: true}
      report.occurred_at: {from: D_FS, layout: yyyy-MM-dd HH:mm:ss|yyyy-MM-dd}
      meter.diameter_mm: {from: S_KJ, fold: true, strip_prefix: DN}
      place.point: {north: F_X, east: F_Y, system: GCJ02}
      extra.old: {from: S_BH, case: upper, max: 4}
    answer:
      ok: {SubmitRepairResponse/code: "1", SubmitRepairResponse/orderNo: order.no}
`

const repair = `<repair no=" R-1 "><S_BH>ab-12345</S_BH><S_LX>1</S_LX><I_JJ>7</I_JJ><D_FS>2026-05-11 09:30:00</D_FS><S_NR>水表Ａ漏水</S_NR><S_BZ>急</S_BZ><S_KJ>ＤＮ15</S_KJ><F_X>31.2</F_X><F_Y>121.5</F_Y><tel kind="work">1</tel><tel kind="home">021-6</tel></repair>`

func submitted(inside string) string {
	return `<SubmitRepair xmlns="http://rx.example/"><sentAt>2026-05-11T01:00:00Z</sentAt>` + inside + `</SubmitRepair>`
}

// orders reads a message and gives its orders.
func orders(t testing.TB, in *Inward, message string) ([]Item, error) {
	t.Helper()
	r := xml.NewReader(strings.NewReader(message), xml.Limits{})
	if _, err := r.Next(); err != nil {
		return nil, err
	}
	var items []Item
	err := in.Read(r, func(i Item) error { items = append(items, i); return nil })
	if err == nil {
		err = r.Finish()
	}
	return items, err
}

func serving(t testing.TB, text string) *Inward {
	t.Helper()
	m, p := loaded(text)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	in, ok := m.Serve("SubmitRepair")
	if !ok {
		t.Fatal("not served")
	}
	return in
}

func TestAnOrderIsReadAsTheMappingSays(t *testing.T) {
	in := serving(t, repairs)
	items, err := orders(t, in, submitted(repair+repair))
	if err != nil || len(items) != 2 {
		t.Fatal(len(items), err)
	}
	for _, item := range items { // the second as the first: nothing is left over
		o := item.Order
		if item.Err != nil {
			t.Fatal(item.Err)
		}
		at := time.Date(2026, 5, 11, 9, 30, 0, 0, shanghai)
		if o.Ref.External != "R-1" || o.Type != "burst" || o.Urgency != core.Normal || o.Channel != "phone" || o.Customer.Phone != "0216" || o.Customer.Contact != "021-6" ||
			o.Report.Content != "水表A漏水；急" || !o.Report.OccurredAt.Equal(at) || o.Meter.DiameterMM != 15 || o.Extra["old"] != "AB-1" {
			t.Errorf("got %+v", o)
		}
		if p := o.Place.Point; p == nil || p.Lat < 31.2 || p.Lat > 31.204 || o.Place.PointSent != "121.5,31.2 (GCJ02)" || o.Place.PointSource != core.PointFromSource {
			t.Errorf("got %v %s %s", p, o.Place.PointSent, o.Place.PointSource)
		}
	}
}

func TestWhatIsWrongInAnOrderIsRefusedByPathValueAndRule(t *testing.T) {
	in := serving(t, repairs)
	for name, c := range map[string]struct{ old, new, code, field, says string }{
		"unmapped code":   {"<S_LX>1", "<S_LX>9", "unknown_code", "S_LX", `the map of type has no "9"; it has 1, 2 (mapping hot, line 11)`},
		"no type":         {"<S_LX>1", "<S_LX>-1", "required", "S_LX", "there is no value, and type wants one (mapping hot, line 11)"},
		"no number":       {`no=" R-1 "`, "", "required", "@no", "there is no value, and ref wants one (mapping hot, line 10)"},
		"impossible date": {"2026-05-11 ", "2026-02-30 ", "invalid_value", "D_FS", `"2026-02-30 09:30:00" is not yyyy-MM-dd HH:mm:ss|yyyy-MM-dd, which report.occurred_at wants (mapping hot, line 17)`},
		"no integer":      {"ＤＮ15", "DN十五", "invalid_value", "S_KJ", `"十五" is not an integer, which meter.diameter_mm wants (mapping hot, line 18)`},
		"outside":         {"121.5", "111.5", "outside_area", "F_X", "Lat 31.2, Lon 111.5 lies outside the service area: Lat 30…32, Lon 120…123 (mapping hot, line 19)"},
		"half a point":    {"121.5", "", "invalid_value", "F_X", `"31.2, " is not two numbers, which place.point wants (mapping hot, line 19)`},
	} {
		t.Run(name, func(t *testing.T) {
			items, err := orders(t, in, submitted(strings.Replace(repair, c.old, c.new, 1)+repair))
			if err != nil || len(items) != 2 || items[1].Err != nil {
				t.Fatalf("the order behind it must be read all the same: %d %v", len(items), err)
			}
			got := items[0].Err
			if got == nil || got.Code != c.code || got.Field != c.field || got.Message != c.says || got.MessageZH == "" || got.Kind != core.Invalid {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestValuesThatMeanNothingAreNothing(t *testing.T) {
	in := serving(t, repairs)
	items, err := orders(t, in, submitted(strings.NewReplacer("2026-05-11 09:30:00", "1900-01-01", "31.2", "-1", "121.5", "").Replace(repair)))
	if err != nil || items[0].Err != nil {
		t.Fatal(err, items)
	}
	if o := items[0].Order; !o.Report.OccurredAt.IsZero() || o.Place.Point != nil {
		t.Errorf("got %+v", o)
	}
}

func TestTheHashChangesWithTheOrderOnly(t *testing.T) {
	in := serving(t, repairs)
	of := func(text string) core.Hash {
		items, err := orders(t, in, submitted(text))
		if err != nil {
			t.Fatal(err)
		}
		return items[0].Hash
	}
	first := of(repair)
	for name, same := range map[string]string{
		"volatile":    strings.Replace(repair, "急", "第二次", 1),
		"indentation": strings.ReplaceAll(repair, "><", ">\n  <"),
		"CDATA":       strings.Replace(repair, "水表Ａ漏水", "水表<![CDATA[Ａ漏]]>水", 1),
	} {
		if of(same) != first {
			t.Errorf("%s: another hash", name)
		}
	}
	for name, other := range map[string]string{
		"text":          strings.Replace(repair, "漏水", "无水", 1),
		"attribute":     strings.Replace(repair, `kind="work"`, `kind="shop"`, 1),
		"another place": strings.Replace(repair, "<S_LX>1</S_LX><I_JJ>7</I_JJ>", "<S_LX>7</S_LX><I_JJ>1</I_JJ>", 1),
	} {
		if of(other) == first {
			t.Errorf("%s: the same hash", name)
		}
	}
}

const inString = `mapping: hot
wsdl: hot/a.wsdl
serve:
  SubmitRepair:
    does: submit
    document: {at: SubmitRepair/xmlData, root: REPAIRS}
    each: REPAIRS/REPAIR
    order: {ref: S_BH, type: {value: leak}}
`

func TestADocumentInAStringIsReadLikeAMessage(t *testing.T) {
	in := serving(t, inString)
	items, err := orders(t, in, submitted(`<xmlData>&lt;?xml version="1.0" encoding="gb2312"?&gt;&lt;REPAIRS&gt;&lt;REPAIR&gt;&lt;S_BH&gt;甲1&lt;/S_BH&gt;&lt;/REPAIR&gt;&lt;REPAIR&gt;&lt;S_BH&gt;甲2&lt;/S_BH&gt;&lt;/REPAIR&gt;&lt;/REPAIRS&gt;</xmlData>`))
	if err != nil || len(items) != 2 || items[1].Order.Ref.External != "甲2" {
		t.Fatalf("got %+v, %v", items, err)
	}
	for name, inside := range map[string]string{
		"none": "", "another": `<xmlData><![CDATA[<REPAIR/>]]></xmlData>`, "broken": `<xmlData>&lt;REPAIRS</xmlData>`, "cut": `<xmlData>&lt;REPAIRS&gt;</xmlData>`, "empty": `<xmlData/>`,
	} {
		if _, err := orders(t, in, submitted(inside)); core.KindOf(err) != core.Invalid || core.CodeOf(err) != "invalid_message" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestTheAnswerIsWrittenInTheirWords(t *testing.T) {
	w := xml.NewWriter()
	if err := serving(t, repairs).OK.WriteBody(w, &Values{Order: &core.WorkOrder{No: "W26-1"}}); err != nil {
		t.Fatal(err)
	}
	got, err := w.Finish()
	if want := `<SubmitRepairResponse xmlns="http://rx.example/"><code>1</code><orderNo>W26-1</orderNo></SubmitRepairResponse>`; err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
}

// Whatever comes, an order that is not refused has what every order needs.
func FuzzRead(f *testing.F) {
	in, inside := serving(f, repairs), serving(f, inString)
	f.Add(submitted(repair))
	f.Add(submitted(`<xmlData>&lt;REPAIRS&gt;&lt;REPAIR&gt;&lt;S_BH&gt;1&lt;/S_BH&gt;&lt;/REPAIR&gt;&lt;/REPAIRS&gt;</xmlData>`))
	f.Fuzz(func(t *testing.T, message string) {
		for _, in := range []*Inward{in, inside} {
			items, _ := orders(t, in, message)
			for _, i := range items {
				if i.Err == nil && (i.Order.Ref.External == "" || i.Order.Type == "") {
					t.Errorf("an order without a number or a type: %+v", i.Order)
				}
				if i.Err != nil && i.Err.Field == "" {
					t.Errorf("a refusal that names no path: %v", i.Err)
				}
			}
		}
	})
}

// Where several fields read one element, its text is kept once, however many children break it up.
func TestMixedContentThatSeveralFieldsReadIsKeptOnce(t *testing.T) {
	in := serving(t, strings.Replace(repairs, "extra.old: {from: S_BH", "extra.two: {from: \"S_BH[1]\"}\n      extra.old: {from: S_BH", 1))
	const parts = 500
	r := xml.NewReaderBytes([]byte(strings.Replace(repair, "ab-12345", strings.Repeat("a<x/>", parts), 1)), xml.Limits{})
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	w := newWalk(in, r)
	if err := w.order(); err != nil {
		t.Fatal(err)
	}
	shares := 0
	for slot := range w.texts {
		if string(w.found(slot)) == strings.Repeat("a", parts) {
			shares++
		}
	}
	if shares != 2 || len(w.raw) > 2*parts {
		t.Errorf("%d fields read it, %d bytes are kept", shares, len(w.raw))
	}
}
