package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"tundish/wsdl/bind"
	"tundish/wsdl/internal/gen/testdata/meterbook"
	"tundish/wsdl/xml"
	"tundish/wsdl/xsd"
)

// These tests hold the generated code of testdata/meterbook, a contract with
// every shape that the generator writes, to what GEN promises on the wire.

// sample is a valid reading with the values that plain gowsdl loses.
func sample() *meterbook.Reading {
	return &meterbook.Reading{
		Id:        "R-1",
		Serial:    "AB000001",
		Register:  0,
		Cancelled: false,
		Value:     decimal("1234567.50"),
		Rate:      new(decimal("0.30")),
		At:        dateTime("2026-05-11T10:12:00"),
		OnDay:     date("2026-05-11"),
		Photo:     xsd.Binary{0xff, 0xd8, 0x00, 0x01},
		State:     "read",
		Line:      []meterbook.ReadingLine{{No: decimal("1"), Text: "one"}},
		Inner:     0,
		Innermost: 0,
		Account:   new("4711"),
		Place:     meterbook.Place{Address: "解放路 1 号 𠀀"},
	}
}

func decimal(s string) xsd.Decimal { return xsd.MustDecimal(s) }

func dateTime(s string) xsd.DateTime {
	v, err := xsd.ParseDateTime(s)
	if err != nil {
		panic(err)
	}
	return v
}

func date(s string) xsd.Date {
	v, err := xsd.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return v
}

func encode(t *testing.T, m xml.Marshaler) string {
	t.Helper()
	w := xml.NewWriter()
	if err := m.MarshalXML(w); err != nil {
		t.Fatalf("encode: %v", err)
	}
	return string(w.Bytes())
}

func decode(doc string, m xml.Unmarshaler) error {
	r := xml.NewReader(strings.NewReader(doc), xml.Limits{})
	if _, err := r.Next(); err != nil {
		return err
	}
	if err := m.UnmarshalXML(r); err != nil {
		return err
	}
	return r.Finish()
}

func TestRoundTrip(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	for range 3000 {
		want := &meterbook.RecordResponse{Known: rng.IntN(2) == 0, Reading: randomReading(rng)}
		doc := encode(t, want)
		got := new(meterbook.RecordResponse)
		if err := decode(doc, got); err != nil {
			t.Fatalf("%v in\n%s", err, doc)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("read\n%+v\nwant\n%+v\nfrom %s", got, want, doc)
		}
		if again := encode(t, got); again != doc {
			t.Fatalf("encoded twice, differently:\n%s\n%s", doc, again)
		}
	}
}

// randomReading fills every field with random values inside its facets.
func randomReading(rng *rand.Rand) meterbook.Reading {
	some := func() bool { return rng.IntN(2) == 0 }
	text := func(most int) string {
		const letters = "aZ09 <>&\"'\u00e4水表\U00020000]]>"
		runes := []rune(letters)
		s := make([]rune, rng.IntN(most+1))
		for i := range s {
			s[i] = runes[rng.IntN(len(runes))]
		}
		return string(s)
	}
	number := func() xsd.Decimal { return decimal(fmt.Sprintf("%d.%03d", rng.Int64N(1e6), rng.IntN(1000))) }
	moment := func() xsd.DateTime {
		at := time.Unix(rng.Int64N(4e9), rng.Int64N(1e9)).In(time.FixedZone("", (rng.IntN(27)-13)*3600))
		if some() {
			return xsd.NewLocalDateTime(at)
		}
		return xsd.NewDateTime(at)
	}
	v := meterbook.Reading{
		Id: fmt.Sprintf("R-%d", rng.IntN(1000)), Serial: fmt.Sprintf("AB%06d", rng.IntN(1e6)), Note: text(20),
		Register: rng.Int32() - rng.Int32(), Cancelled: some(), Value: number(), At: moment(),
		OnDay: xsd.DateOf(time.Unix(rng.Int64N(4e9), 0).UTC()), State: []string{"read", "estimated", "customer"}[rng.IntN(3)],
		Inner: int16(rng.IntN(65536) - 32768), Innermost: int32(rng.IntN(101)),
		Place: meterbook.Place{Address: "x" + text(20)}, Remark: text(10), Trace: text(5),
	}
	maybe := func(set func()) {
		if some() {
			set()
		}
	}
	maybe(func() { v.Version = new(rng.Int32()) })
	maybe(func() { v.Pulses = new(rng.Int64() - rng.Int64()) })
	maybe(func() { v.Doubted = new(some()) })
	maybe(func() { v.Rate = new(number()) })
	maybe(func() { v.ClosedAt = new(moment()) })
	maybe(func() { v.DueOn = new(date("2026-02-28Z")) })
	maybe(func() { v.Photo = make(xsd.Binary, rng.IntN(100)) })
	maybe(func() { v.Seal = xsd.Binary(text(9) + "!") })
	for range rng.IntN(4) {
		v.Tag = append(v.Tag, text(10))
	}
	for i := range 1 + rng.IntN(3) {
		v.Line = append(v.Line, meterbook.ReadingLine{No: decimal(fmt.Sprint(i + 1)), Text: text(8)})
	}
	for range rng.IntN(3) {
		v.Estimate = append(v.Estimate, nil)
		maybe(func() { v.Estimate[len(v.Estimate)-1] = new(rng.Int32()) })
	}
	if some() {
		v.Account = new(text(5))
	} else {
		v.Book = new(text(5))
		maybe(func() { v.BookSequence = new(rng.Int32()) })
	}
	maybe(func() { v.ByCrew = new(rng.Int32()) })
	maybe(func() { v.Phone = new(text(5)) })
	maybe(func() { v.Place.Lat, v.Place.Lon = new(number()), new(number()) })
	maybe(func() { v.OldPlace = &meterbook.Place{Address: "y"} })
	maybe(func() { v.Weight = &meterbook.Weight{Value: number(), Unit: text(3)} })
	maybe(func() {
		v.Entry = &meterbook.SpecialEntry{EntryNo: rng.Int64(), Source: text(4)}
		maybe(func() { v.Entry.Reason = new(text(4)) })
		maybe(func() { v.Entry.Urgent = new(some()) })
	})
	maybe(func() {
		v.Tree = &meterbook.Node{Name: text(3), Node: []meterbook.Node{{Name: "a", Node: []meterbook.Node{{Name: "b"}}}, {Name: text(3)}}}
	})
	maybe(func() { v.Stamp = &meterbook.Stamp{Who: "w", Level: new(uint8(rng.IntN(256)))} })
	maybe(func() { v.Temperature = new(rng.NormFloat64()) })
	return v
}

func TestOnTheWire(t *testing.T) {
	doc := encode(t, &meterbook.Record{Reading: *sample()})
	for what, want := range map[string]string{
		"required zero":           "<Register>0</Register>",
		"required false":          "<Cancelled>false</Cancelled>",
		"digits of a decimal":     "<Value>1234567.50</Value>",
		"trailing zero":           "<Rate>0.30</Rate>",
		"photo":                   "<Photo>" + base64.StdEncoding.EncodeToString([]byte{0xff, 0xd8, 0x00, 0x01}) + "</Photo>",
		"time without a zone":     "<At>2026-05-11T10:12:00</At>",
		"required nil":            `<ClosedAt xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>`,
		"beyond the BMP":          "解放路 1 号 𠀀",
		"namespace, once":         `<Record xmlns="urn:tundish:test:meterbook:v1"`,
		"attribute":               `id="R-1"`,
		"anonymous type, ordered": "<Line><No>1</No><Text>one</Text></Line>",
	} {
		if !strings.Contains(doc, want) {
			t.Errorf("%s: %s is not in\n%s", what, want, doc)
		}
	}
	for _, absent := range []string{"<Note", "<Pulses", "<Doubted", "<DueOn", "<Tag", "<Book", "<Weight", "kind="} {
		if strings.Contains(doc, absent) {
			t.Errorf("%s is there though it was not set:\n%s", absent, doc)
		}
	}
}

// valid is a request by a foreign sender: other prefixes, other order, comments,
// noise; change it to make it wrong.
const valid = `<m:Record xmlns:m="urn:tundish:test:meterbook:v1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xs="http://www.w3.org/2001/XMLSchema"><m:Reading id="R-7" xsi:type="m:Reading">
 <m:Place><m:Address>road</m:Address></m:Place>
 <!-- any order --> <m:Serial xsi:type="xs:string">AB000001</m:Serial>
 <m:Register> 7 </m:Register><m:Cancelled>1</m:Cancelled><m:Value>+0.30</m:Value>
 <m:At>2026-05-11T10:12:00</m:At><m:ClosedAt xsi:nil="1"/><m:OnDay>2026-05-11</m:OnDay><m:DueOn xsi:nil="true"></m:DueOn>
 <m:Seal>AA==</m:Seal><m:State>read</m:State><m:Line kind="line"><m:No>1</m:No></m:Line>
 <m:Inner>-3</m:Inner><m:Innermost>100</m:Innermost><m:Account/>
</m:Reading></m:Record>`

func TestDecodeForeign(t *testing.T) {
	for name, doc := range map[string]string{
		"prefixed":         valid,
		"children in none": strings.ReplaceAll(strings.ReplaceAll(valid, "<m:", "<"), "</m:", "</"),
		"only the wrapper": strings.NewReplacer("<m:Record", "<m:Record", "</m:Record>", "</m:Record>", "<m:", "<", "</m:", "</").Replace(valid),
	} {
		var got meterbook.Record
		if err := decode(doc, &got); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		r := got.Reading
		if r.Id != "R-7" || r.Serial != "AB000001" || r.Register != 7 || !r.Cancelled || r.Value.Cmp(decimal("0.3")) != 0 ||
			r.ClosedAt != nil || r.DueOn != nil || string(r.Seal) != "\x00" || r.Account == nil || *r.Account != "" || r.Inner != -3 {
			t.Errorf("%s: read %+v", name, r)
		}
		if r.At.HasZone() {
			t.Errorf("%s: %v was written without a zone and has one", name, r.At)
		}
		shanghai := time.FixedZone("+08:00", 8*3600)
		if at := r.At.Time(shanghai); !at.Equal(time.Date(2026, 5, 11, 2, 12, 0, 0, time.UTC)) {
			t.Errorf("%s: in the system's zone it is %v", name, at)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	cases := []struct {
		name, from, to string // replaced in valid
		want           string // in the message
		path           string
	}{
		{"unknown element", "<m:Inner>-3</m:Inner>", "<m:Inner>-3</m:Inner><m:Seriel>x</m:Seriel>", "element <Seriel> is not known here; did you mean <Serial>?", "Record/Reading/Seriel"},
		{"unknown far away", "<m:Address>road</m:Address>", "<m:Street>x</m:Street>", "element <Street> is not known here; allowed: <Address>, <Lat>, <Lon>", "Record/Reading/Place/Street"},
		{"twice", "<m:Inner>-3</m:Inner>", "<m:Inner>-3</m:Inner><m:Inner>-3</m:Inner>", "a second <Inner>; it may occur once", "Record/Reading/Inner"},
		{"too often", "<m:Inner>", "<m:Tag>a</m:Tag><m:Tag>a</m:Tag><m:Tag>a</m:Tag><m:Tag>a</m:Tag><m:Inner>", "<Tag> occurs more than 3 times", "Record/Reading/Tag"},
		{"missing", "<m:Inner>-3</m:Inner>", "", "element <Inner> is missing in <Reading>", "Record/Reading/Inner"},
		{"several missing", "<m:Inner>-3</m:Inner><m:Innermost>100</m:Innermost>", "", "elements <Inner>, <Innermost> are missing in <Reading>", "Record/Reading/Inner"},
		{"nil", "<m:Inner>-3</m:Inner>", `<m:Inner xsi:nil="true"/>`, "<Inner> is nil; it must have a value", "Record/Reading/Inner"},
		{"nil complex", "<m:Place>", `<m:Place xsi:nil="true">`, "<Place> is nil; it must have a value", "Record/Reading/Place"},
		{"nil with text", `<m:ClosedAt xsi:nil="1"/>`, `<m:ClosedAt xsi:nil="1">x</m:ClosedAt>`, "<ClosedAt> is nil but has text", "Record/Reading/ClosedAt"},
		{"not an int", "<m:Register> 7 ", "<m:Register>7.5", "<Register>: \"7.5\"", "Record/Reading/Register"},
		{"int too large", "<m:Register> 7 ", "<m:Register>2147483648", "2147483647", "Record/Reading/Register"},
		{"not a bool", "<m:Cancelled>1", "<m:Cancelled>yes", "<Cancelled>: \"yes\"", "Record/Reading/Cancelled"},
		{"exponent", "<m:Value>+0.30", "<m:Value>1.2345675e+06", "<Value>: \"1.2345675e+06\"", "Record/Reading/Value"},
		{"fraction digits", "<m:Value>+0.30", "<m:Value>0.1234", "0.1234 has 4 digits behind the point; at most 3 are allowed", "Record/Reading/Value"},
		{"total digits", "<m:Value>+0.30", "<m:Value>1234567890123", "has 13 digits; at most 12 are allowed", "Record/Reading/Value"},
		{"too small", "<m:Value>+0.30", "<m:Value>-0.001", "-0.001 is too small; it must be at least 0", "Record/Reading/Value"},
		{"range", "<m:Innermost>100", "<m:Innermost>101", "<Innermost>", "Record/Reading/Innermost"},
		{"positive", "<m:No>1", "<m:No>0", "0 is too small; it must be more than 0", "Record/Reading/Line/No"},
		{"unreadable date", "<m:OnDay>2026-05-11", "<m:OnDay>2026/5/11", "<OnDay>: \"2026/5/11\"", "Record/Reading/OnDay"},
		{"date with a blank", "<m:At>2026-05-11T10:12:00", "<m:At>2026-05-11 10:12:00", "<At>: \"2026-05-11 10:12:00\"", "Record/Reading/At"},
		{"base64", "<m:Seal>AA==", "<m:Seal>A!==", "<Seal>", "Record/Reading/Seal"},
		{"pattern", "AB000001", "AB00001", `"AB00001" does not match the pattern [A-Z]{2}\p{Nd}{6}`, "Record/Reading/Serial"},
		{"max length", "AB000001", "AB0000011", `"AB0000011" has 9 characters; at most 8 are allowed`, "Record/Reading/Serial"},
		{"min length", "<m:Address>road", "<m:Address>", `"" has 0 characters; at least 1 are needed`, "Record/Reading/Place/Address"},
		{"enumeration", "<m:State>read", "<m:State>reed", `"reed" is not an allowed value; did you mean "read"?`, "Record/Reading/State"},
		{"attribute missing", ` id="R-7"`, "", "<Reading> lacks the attribute id", "Record/Reading/@id"},
		{"attribute pattern", `"R-7"`, `"7"`, `attribute id of <Reading>: "7" does not match the pattern R-[0-9]+`, "Record/Reading/@id"},
		{"attribute unknown", ` id="R-7"`, ` id="R-7" vesion="1"`, "attribute vesion of <Reading> is not known; did you mean version?", "Record/Reading/@vesion"},
		{"attribute of a simple one", "<m:Inner>", `<m:Inner unit="x">`, "attribute unit of <Inner> is not known; none is allowed here", "Record/Reading/Inner/@unit"},
		{"fixed", `kind="line"`, `kind="lime"`, `attribute kind of <Line>: "lime" is not an allowed value; did you mean "line"?`, "Record/Reading/Line/@kind"},
		{"neither of a choice", "<m:Account/>", "", "one of <Account>, <Book> with <BookSequence> is missing in <Reading>", "Record/Reading"},
		{"both of a choice", "<m:Account/>", "<m:Account/><m:Book/>", "<Account> and <Book> with <BookSequence> exclude each other", "Record/Reading"},
		{"half of a choice", "<m:Account/>", "<m:BookSequence>1</m:BookSequence>", "element <Book> is missing in <Reading>", "Record/Reading"},
		{"both of an optional choice", "<m:Account/>", "<m:Account/><m:Mail/><m:Phone/>", "<Mail> and <Phone> exclude each other", "Record/Reading"},
		{"half of a group", "<m:Address>road</m:Address>", "<m:Address>road</m:Address><m:Lat>1</m:Lat>", "element <Lon> is missing in <Place>", "Record/Reading/Place"},
		{"other namespace", "<m:Inner>-3</m:Inner>", `<Inner xmlns="urn:other">-3</Inner>`, `element <Inner> is in namespace "urn:other"; it must be in "urn:tundish:test:meterbook:v1" or none`, "Record/Reading/Inner"},
		{"text between", "<m:Account/>", "<m:Account/>x", "text inside <m:Reading>", "Record/Reading"},
		{"element in a simple one", "<m:Inner>-3", "<m:Inner><b/>-3", "where only text is allowed", "Record/Reading/Inner/b"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			doc := strings.Replace(valid, c.from, c.to, 1)
			if doc == valid {
				t.Fatalf("%q is not in the document", c.from)
			}
			err := decode(doc, new(meterbook.Record))
			var e *xml.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v; want an *xml.Error", err)
			}
			if e.Kind != xml.Schema || e.Line == 0 || !strings.Contains(e.Msg, c.want) || e.Path != c.path {
				t.Errorf("got %v, %s, at %s\nwant %s at %s", e.Kind, e, e.Path, c.want, c.path)
			}
		})
	}
}

func TestEncodeRefuses(t *testing.T) {
	cases := []struct {
		name   string
		change func(*meterbook.Reading)
		want   string
	}{
		{"pattern", func(r *meterbook.Reading) { r.Serial = "x" }, `Record/Reading/Serial: "x" does not match`},
		{"enumeration", func(r *meterbook.Reading) { r.State = "" }, `Record/Reading/State: "" is not an allowed value`},
		{"unset time", func(r *meterbook.Reading) { r.At = xsd.DateTime{} }, "Record/Reading/At: is required but was not set"},
		{"unset date", func(r *meterbook.Reading) { r.OnDay = xsd.Date{} }, "Record/Reading/OnDay: is required but was not set"},
		{"too few", func(r *meterbook.Reading) { r.Line = nil }, "Record/Reading/Line: occurs 0 times; at least 1 are needed"},
		{"too many", func(r *meterbook.Reading) { r.Tag = make([]string, 4) }, "Record/Reading/Tag: occurs 4 times; at most 3 are allowed"},
		{"digits", func(r *meterbook.Reading) { r.Value = decimal("0.1234") }, "Record/Reading/Value: 0.1234 has 4 digits"},
		{"range", func(r *meterbook.Reading) { r.Innermost = -1 }, "Record/Reading/Innermost: -1 is out of range; it must be from 0 to 100"},
		{"choice", func(r *meterbook.Reading) { r.Account = nil }, "Record/Reading: one of <Account>, <Book> with <BookSequence> is missing"},
		{"group", func(r *meterbook.Reading) { r.Place.Lat = new(decimal("1")) }, "Record/Reading/Place: element <Lon> is missing"},
		{"attribute", func(r *meterbook.Reading) { r.Id = "" }, `Record/Reading/id: "" does not match`},
		{"character", func(r *meterbook.Reading) { r.Note = "\x00" }, "U+0000"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := sample()
			c.change(r)
			err := (&meterbook.Record{Reading: *r}).MarshalXML(xml.NewWriter())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v; want %s", err, c.want)
			}
		})
	}
}

// SOAP::Lite marks text outside ASCII as base64Binary although the contract
// says string.
func TestTextSentAsBase64(t *testing.T) {
	text := base64.StdEncoding.EncodeToString([]byte("解放路"))
	doc := strings.Replace(valid, "<m:Address>road", `<m:Address xsi:type="xs:base64Binary">`+text, 1)
	var got meterbook.Record
	if err := decode(doc, &got); err != nil || got.Reading.Place.Address != "解放路" {
		t.Errorf("read %q, %v", got.Reading.Place.Address, err)
	}
	if err := decode(strings.Replace(doc, text, "!", 1), &got); err == nil || !strings.Contains(err.Error(), "marked as xsi:type base64Binary") {
		t.Errorf("got %v", err)
	}
}

type book struct{}

func (book) Record(_ context.Context, in *meterbook.Record) (*meterbook.RecordResponse, error) {
	switch in.Reading.Note {
	case "refuse":
		return nil, &meterbook.Refusal{Code: "doubted", Message: "the reading is doubted 可疑", Field: "Value"}
	case "nothing":
		return nil, nil
	}
	return &meterbook.RecordResponse{Reading: in.Reading}, nil
}

func (book) List(_ context.Context, in *meterbook.List) (*meterbook.ListResponse, error) {
	return &meterbook.ListResponse{Reading: make([]meterbook.Reading, in.PageNo)}, nil
}

func TestHandler(t *testing.T) {
	h := meterbook.NewMeterbookHubHandler(book{})
	want := []bind.Operation{
		{Name: "Record", Action: meterbook.Namespace + "/Record", Request: xml.Name{Space: meterbook.Namespace, Local: "Record"}, Response: xml.Name{Space: meterbook.Namespace, Local: "RecordResponse"}},
		{Name: "List", Action: meterbook.Namespace + "/List", Request: xml.Name{Space: meterbook.Namespace, Local: "List"}, Response: xml.Name{Space: meterbook.Namespace, Local: "ListResponse"}},
	}
	if got := h.Operations(); !reflect.DeepEqual(got, want) {
		t.Errorf("operations %v", got)
	}
	call, err := handle(h, valid)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := call(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if doc := encode(t, answer); !strings.HasPrefix(doc, `<RecordResponse xmlns="`+meterbook.Namespace+`"><Known>false</Known><Reading id="R-7">`) {
		t.Errorf("answered %s", doc)
	}
	if _, err := handle(h, strings.ReplaceAll(valid, "m:Record", "m:Recrd")); err == nil || !strings.Contains(err.Error(), "no operation takes the element <Recrd>; did you mean <Record>?") {
		t.Errorf("got %v", err)
	}
	if _, err := handle(h, strings.ReplaceAll(valid, "book:v1", "book:v2")); err == nil || !strings.Contains(err.Error(), `it must be in "urn:tundish:test:meterbook:v1" or none`) {
		t.Errorf("got %v", err)
	}

	refuse := sample()
	refuse.Note = "refuse"
	if call, err = handle(h, encode(t, &meterbook.Record{Reading: *refuse})); err != nil {
		t.Fatal(err)
	}
	_, err = call(t.Context())
	var detail interface{ FaultDetail() xml.Marshaler }
	if !errors.As(err, &detail) || err.Error() != "doubted: the reading is doubted 可疑" {
		t.Fatalf("got %v", err)
	}
	if doc := encode(t, detail.FaultDetail()); !strings.HasPrefix(doc, `<Refusal xmlns="`+meterbook.Namespace+`"><code>doubted</code>`) {
		t.Errorf("detail %s", doc)
	}

	// A method that answers nothing must not become an answer that breaks the contract.
	refuse.Note = "nothing"
	if call, err = handle(h, encode(t, &meterbook.Record{Reading: *refuse})); err != nil {
		t.Fatal(err)
	}
	if answer, err = call(t.Context()); err != nil || answer.MarshalXML(xml.NewWriter()) == nil {
		t.Errorf("an empty answer was encoded (%v)", err)
	}
}

func handle(h *meterbook.MeterbookHubHandler, doc string) (func(context.Context) (xml.Marshaler, error), error) {
	r := xml.NewReader(strings.NewReader(doc), xml.Limits{})
	if _, err := r.Next(); err != nil {
		return nil, err
	}
	return h.Decode(r.Name(), r)
}

func FuzzDecode(f *testing.F) {
	f.Add(valid)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 5 {
		w := xml.NewWriter()
		if err := (&meterbook.Record{Reading: randomReading(rng)}).MarshalXML(w); err != nil {
			f.Fatal(err)
		}
		f.Add(string(w.Bytes()))
	}
	f.Fuzz(func(t *testing.T, doc string) {
		var first, second meterbook.Record
		if decode(doc, &first) != nil {
			return
		}
		if t := first.Reading.Temperature; t != nil && *t != *t {
			return // NaN, which equals nothing
		}
		// What was taken can be written, and reads as the same.
		w := xml.NewWriter()
		if err := first.MarshalXML(w); err != nil {
			t.Fatalf("%v\n%s", err, doc)
		}
		if err := decode(string(w.Bytes()), &second); err != nil || !reflect.DeepEqual(first, second) {
			t.Fatalf("%v\n%s\n%s", err, doc, w.Bytes())
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	doc := []byte(valid)
	r := xml.NewReaderBytes(doc, xml.Limits{})
	b.ReportAllocs()
	b.SetBytes(int64(len(doc)))
	for b.Loop() {
		r.ResetBytes(doc)
		if _, err := r.Next(); err != nil {
			b.Fatal(err)
		}
		var v meterbook.Record
		if err := v.UnmarshalXML(r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	v := &meterbook.Record{Reading: *sample()}
	w := xml.NewWriter()
	b.ReportAllocs()
	for b.Loop() {
		w.Reset()
		if err := v.MarshalXML(w); err != nil {
			b.Fatal(err)
		}
	}
}
