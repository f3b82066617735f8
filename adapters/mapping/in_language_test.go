package mapping

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"tundish/core"
	"tundish/wsdl/xml"
)

const richer = `mapping: hot
none: ["-1"]
serve:
  SubmitRepair:
    does: submit
    when: S_LX != "0" and S_LX != ""
    each: SubmitRepair/repair
    order:
      ref: {expr: 'trim(S_BH) + "-" + at("S_ND/@year")'}
      type: {either: [{when: 'S_LX in ["1", "2"]', value: burst}, {when: 'S_LX == "3"', from: S_XL, map: {a: leak}}, {when: 'S_LX == "4"', from: S_XL}]}
      customer.phone: {from: S_DH, split: "@", at: 2}
      customer.contact: {from: S_DH, split: "@", join: "、"}
      customer.account: {from: S_HH, pad: {to: 8}}
      report.remark: {from: S_BZ, as: base64}
      report.cause: {from: S_YY, as: hex}
      report.content: {when: 'S_NR != "无"', from: S_NR}
      place.book_no: {expr: 'int(S_CH) + 1'}
      report.attachments: {each: PHOTOS/PHOTO, as: attachment, name: S_MC, content: B_NR, taken_at: D_PS, layout: yyyy-MM-dd HH:mm:ss}
`

const richRepair = `<repair><S_BH> R1 </S_BH><S_ND year="26"/><S_LX>3</S_LX><S_XL>a</S_XL><S_DH>021-1@ @138</S_DH><S_HH>4711</S_HH><S_BZ>5rC06KGo</S_BZ><S_YY>e6b0b4</S_YY><S_NR>无</S_NR><S_CH>4</S_CH>` +
	`<PHOTOS><PHOTO><S_MC>C:\tmp\a.png</S_MC><B_NR>iVBORw0K
GgoAAAA=</B_NR><D_PS>2026-05-11 09:30:00</D_PS></PHOTO><PHOTO><B_NR>aGVsbG8</B_NR></PHOTO><PHOTO><S_MC>leer</S_MC></PHOTO></PHOTOS></repair>`

func rich(t testing.TB, message string) []Item {
	t.Helper()
	items, err := orders(t, serving(t, richer), submitted(message))
	if err != nil {
		t.Fatal(err)
	}
	return items
}

func TestWhatATableCannotSayAnExpressionSays(t *testing.T) {
	items := rich(t, richRepair+strings.Replace(richRepair, "<S_LX>3", "<S_LX>0", 1)+richRepair)
	if len(items) != 2 {
		t.Fatalf("%d orders; the one in the middle is none", len(items))
	}
	for _, it := range items { // the second as the first: nothing is left over
		o := it.Order
		if it.Err != nil {
			t.Fatal(it.Err)
		}
		if o.Ref.External != "R1-26" || o.Type != "leak" || o.Customer.Phone != "" || o.Customer.Contact != "021-1、138" || o.Customer.Account != "00004711" ||
			o.Report.Remark != "水表" || o.Report.Cause != "水" || o.Report.Content != "" || o.Place.BookNo != 5 {
			t.Errorf("got %+v", o)
		}
		a := o.Report.Attachments
		if len(a) != 2 || len(it.Blobs) != 2 || a[0].Name != "a.png" || a[0].ContentType != "image/png" || a[0].TakenAt.In(shanghai).Hour() != 9 ||
			a[1].Name != "2" || string(it.Blobs[1].Bytes) != "hello" || a[1].SHA256 != it.Blobs[1].SHA256 || a[1].Size != 5 {
			t.Errorf("got attachments %+v", a)
		}
	}
}

func TestARefusalOfAnExpressionOrAListNamesItsPath(t *testing.T) {
	for name, c := range map[string]struct{ old, new, code, field string }{
		"no number":      {"<S_CH>4", "<S_CH>vier", "invalid_value", "S_CH"},
		"no alternative": {"<S_LX>3", "<S_LX>9", "required", "S_LX"},
		"other table":    {"<S_XL>a", "<S_XL>b", "unknown_code", "S_XL"},
		"no base64":      {"aGVsbG8", "aGVsbG8!", "invalid_value", "PHOTOS/PHOTO/B_NR"},
		"no hex":         {"e6b0b4", "e6b0b", "invalid_value", "S_YY"},
		"no text":        {"e6b0b4", "e6b0", "invalid_value", "S_YY"},
		"no time":        {"2026-05-11 09", "2026-05-41 09", "invalid_value", "PHOTOS/PHOTO/D_PS"},
	} {
		items := rich(t, strings.Replace(richRepair, c.old, c.new, 1)+richRepair)
		if len(items) != 2 || items[1].Err != nil {
			t.Fatalf("%s: the order behind it must be read all the same", name)
		}
		if e := items[0].Err; e == nil || e.Code != c.code || e.Field != c.field || !strings.Contains(e.Message, "(mapping hot, line ") {
			t.Errorf("%s: got %+v", name, e)
		}
	}
}

const inJSON = `mapping: hot
serve:
  SubmitRepair:
    does: submit
    document: {at: SubmitRepair/xmlData, root: ENV, document: {at: ENV/BODY, json: true}}
    each: json/list
    order:
      ref: no
      type: {value: leak}
      report.content: {expr: 'at("a b/深") + "!"'}
      customer.phone: "tel[2]"
      customer.contact: matrix/item[2]
      extra.ok: {from: ok, as: bool}
      extra.none: none
`

func TestJSONInAStringInADocumentInAStringIsReadLikeAMessage(t *testing.T) {
	in := serving(t, inJSON)
	wrap := func(text string) string {
		w := xml.NewWriter()
		w.Start("ENV")
		w.Start("BODY")
		w.Text(text)
		w.End()
		w.End()
		inner, _ := w.Finish()
		w = xml.NewWriter()
		w.Start("xmlData")
		w.Text(string(inner))
		w.End()
		outer, _ := w.Finish()
		return submitted(string(outer))
	}
	one := `{"no":"J%d","a b":{"深":"值"},"tel":["1",2],"matrix":[["x","y"],["z"]],"ok":true,"none":null}`
	items, err := orders(t, in, wrap(`{"list":[`+strings.Replace(one, "%d", "1", 1)+","+strings.Replace(one, "%d", "2", 1)+`]}`))
	if err != nil || len(items) != 2 {
		t.Fatal(len(items), err)
	}
	o := items[1].Order
	if items[1].Err != nil || o.Ref.External != "J2" || o.Report.Content != "值!" || o.Customer.Phone != "2" || o.Customer.Contact != "y" || o.Extra["ok"] != "true" || o.Extra["none"] != "" {
		t.Errorf("got %+v, %v", o, items[1].Err)
	}
	for name, text := range map[string]string{"broken": `{"list":`, "behind": `{} {}`, "deep": strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100), "lists": strings.Repeat("[", 5000), "no character": `{"list":"\u0001"}`} {
		if _, err := orders(t, in, wrap(text)); core.KindOf(err) != core.Invalid || core.CodeOf(err) != "invalid_message" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// What can be read as JSON can be read as the XML that is made of it, whatever its names.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`{"a":[1,{"b c":null}],"*":[[1],[[]]]}`, `[]`, `"x"`, `[[[]]]`, `{"":{"1":2}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		out, err := fromJSONText(text)
		if err != nil {
			return
		}
		if !json.Valid(text) && utf8.Valid(text) {
			t.Fatalf("%q is no JSON", text)
		}
		r := xml.NewReaderBytes(out, xml.Limits{})
		for kind := xml.Start; kind != xml.EOF; {
			if kind, err = r.Next(); err != nil {
				t.Fatalf("%q became %q: %v", text, out, err)
			}
		}
	})
}
