package standard

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"tundish/adapters/geo"
	"tundish/config/codes"
	"tundish/config/lang"
	"tundish/core"
	"tundish/wsdl/bind"
	"tundish/wsdl/vocabulary"
	"tundish/wsdl/xml"
	"tundish/wsdl/xsd"
)

var zone = time.FixedZone("UTC+8", 8*60*60)

func system(t *testing.T, change func(*Settings)) *System {
	t.Helper()
	s := Settings{ID: "hotline", Zone: zone, DefaultChannel: "phone"}
	if change != nil {
		change(&s)
	}
	y, err := NewSystem(s)
	if err != nil {
		t.Fatal(err)
	}
	return y
}

func second[T any](_ T, err error) error { return err }

func wantRefusal(t *testing.T, err error, code, field, says string) {
	t.Helper()
	var e *core.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a refusal %s", err, code)
	}
	if e.Code != code || !strings.HasPrefix(e.Field, field) || !strings.Contains(e.Message, says) || e.MessageZH == "" {
		t.Errorf("got code %q field %q: %s / %s; want %q %q: …%s…", e.Code, e.Field, e.Message, e.MessageZH, code, field, says)
	}
}

// read decodes an order as it stands in a message.
func read(t testing.TB, doc string) *vocabulary.Order {
	t.Helper()
	r := xml.NewReaderBytes([]byte(doc), xml.Limits{})
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	v := new(vocabulary.Order)
	if err := v.DecodeXML(r); err != nil {
		t.Fatal(err)
	}
	return v
}

const fullOrder = `<Order xmlns="urn:tundish:hotline:v1">
  <ExternalRef> RX1 </ExternalRef><RefPeriod>2026</RefPeriod><ApplicationNo>LC7</ApplicationNo><Type>leak</Type><Urgency>urgent</Urgency>
  <Customer><Account>0310</Account><Name>𠮷田</Name><Contact>李师傅</Contact><Phone>138</Phone><Tariff>residential</Tariff><Arrears>0.00</Arrears></Customer>
  <Place><Address>张杨路1234弄5号</Address><District>PD02</District><Branch>YG</Branch><Depot>ST</Depot><Book>0310</Book><BookNo>0</BookNo><Detail>left pit</Detail>
    <ServicePointNo>SP1</ServicePointNo><Coordinate referenceSystem="GCJ02"><Lat>31.2284</Lat><Lon>121.4782</Lon></Coordinate></Place>
  <Meter><Serial>S1</Serial><Stamp>ST1</Stamp><Barcode>B1</Barcode><DiameterMM>20</DiameterMM><Model>LXS</Model><Maker>M</Maker><DialRange>9999</DialRange>
    <InstalledOn>2020-05-20</InstalledOn><VerifiedOn>2020-05-01Z</VerifiedOn><DueOn>2026-05-20</DueOn><State>stopped</State><LastReading>1234.50</LastReading><Reading>0</Reading></Meter>
  <Report><Category>leak</Category><SubCategory>valve</SubCategory><Content>water</Content><Cause>frost</Cause><OccurredAt>2026-05-11T08:00:00</OccurredAt>
    <RegisteredOn>2026-05-11</RegisteredOn><RegisteredBy>陈</RegisteredBy><Remark>r</Remark></Report>
  <Appointment><With>李</With><From>2026-05-12T14:00:00</From><To>2026-05-12T16:00:00+08:00</To></Appointment>
  <Deadline>2026-05-12T17:00:00</Deadline><SourceAt>2026-05-11T09:00:00.1234</SourceAt>
  <Extra name="b"><Value>2</Value></Extra><Extra name="a"><Value/></Extra>
  <Attachment name="C:\x\before.png" contentType="image/jpeg" takenAt="2026-05-11T08:30:00"><Content>iVBORw0KGgoAAAANSUhEUg==</Content></Attachment>
</Order>`

func TestEveryElementOfAnOrderArrives(t *testing.T) {
	o, blobs, err := system(t, nil).Order(read(t, fullOrder))
	if err != nil {
		t.Fatal(err)
	}
	at := func(d, h, m int) time.Time { return time.Date(2026, 5, d, h, m, 0, 0, zone).UTC() }
	if o.Place.Point == nil || geo.Metres(*o.Place.Point, core.Point{Lat: 31.2304, Lon: 121.4737}) > 50 {
		t.Errorf("point %+v", o.Place.Point)
	}
	o.Place.Point = nil
	want := core.WorkOrder{
		Ref: core.Ref{System: "hotline", External: "RX1", Period: "2026"}, Type: "leak", Channel: "phone", Urgency: core.Urgent,
		Customer: core.Customer{Account: "0310", Name: "𠮷田", Contact: "李师傅", Phone: "138", Tariff: "residential", Arrears: "0.00"},
		Place: core.Place{Address: "张杨路1234弄5号", District: "PD02", Branch: "YG", Depot: "ST", Book: "0310", Detail: "left pit", ServicePoint: "SP1",
			PointSource: core.PointFromSource, PointSent: "121.4782,31.2284 (GCJ02)"},
		Meter: core.Meter{Serial: "S1", Stamp: "ST1", Barcode: "B1", DiameterMM: 20, Model: "LXS", Maker: "M", DialRange: "9999",
			InstalledOn: "2020-05-20", VerifiedOn: "2020-05-01", DueOn: "2026-05-20", State: "stopped", LastReading: "1234.50", Reading: "0"},
		Report: core.Report{Category: "leak", SubCategory: "valve", Content: "water", Cause: "frost", Remark: "r", OccurredAt: at(11, 8, 0), RegisteredOn: "2026-05-11", RegisteredBy: "陈",
			Attachments: []core.Attachment{{Name: "before.png", ContentType: "image/png", SHA256: blobs[0].SHA256, Size: 16, TakenAt: at(11, 8, 30)}}},
		Appointment: core.Appointment{With: "李", From: at(12, 14, 0), To: at(12, 16, 0)},
		Extra:       map[string]string{ApplicationNo: "LC7", "b": "2", "a": ""},
		SourceAt:    at(11, 9, 0).Add(123 * time.Millisecond), DueAt: at(12, 17, 0),
	}
	if !reflect.DeepEqual(o, want) {
		t.Errorf("got  %+v\nwant %+v", o, want)
	}
	if len(blobs[0].SHA256) != 64 || len(blobs[0].Bytes) != 16 {
		t.Errorf("blob %+v", blobs[0])
	}
}

func TestWhatCannotBeRightIsRefusedByField(t *testing.T) {
	refuse := Table{Pairs: []Pair{{"A", "leak"}, {"B", "burst"}}, Unmapped: Refuse}
	for name, c := range map[string]struct {
		ways              func(*Settings)
		change            func(*vocabulary.Order)
		code, field, says string
	}{
		"type":        {func(s *Settings) { s.Codes.Type = refuse }, nil, "unknown_type", "Type", "allowed: A, B"},
		"urgency":     {func(s *Settings) { s.Codes.Urgency = refuse }, nil, "unknown_urgency", "Urgency", "allowed: A, B"},
		"category":    {func(s *Settings) { s.Codes.Category = refuse }, nil, "unknown_code", "Report.Category", "allowed: A, B"},
		"period":      {func(s *Settings) { s.Periods = PeriodsByYear }, func(v *vocabulary.Order) { v.RefPeriod, v.SourceAt, v.Report.RegisteredOn = "", nil, nil }, "required", "RefPeriod", "Report/RegisteredOn"},
		"appointment": {nil, func(v *vocabulary.Order) { v.Appointment.To = new(xsd.NewDateTime(time.Unix(0, 0))) }, "invalid_value", "Appointment.To", "before it begins"},
		"extra twice": {nil, func(v *vocabulary.Order) { v.Extra[1].Name = "b" }, "invalid_value", "Extra", "twice"},
		"file type":   {nil, func(v *vocabulary.Order) { v.Attachment[0].Content = []byte("<html>") }, "attachment_refused", "Attachment[1]", "image/jpeg, image/png"},
		"file size":   {func(s *Settings) { s.Limits.AttachmentBytes = 10 }, nil, "attachment_refused", "Attachment[1]", "1 to 10"},
		"file count":  {func(s *Settings) { s.Limits.Attachments = 1 }, func(v *vocabulary.Order) { v.Attachment = append(v.Attachment, v.Attachment...) }, "attachment_refused", "Attachment", "at most 1"},
		"file name":   {nil, func(v *vocabulary.Order) { v.Attachment = append(v.Attachment, v.Attachment...) }, "attachment_refused", "Attachment[2]", "twice"},
	} {
		t.Run(name, func(t *testing.T) {
			v := read(t, fullOrder)
			if c.change != nil {
				c.change(v)
			}
			_, _, err := system(t, c.ways).Order(v)
			wantRefusal(t, err, c.code, c.field, c.says)
		})
	}
}

func TestDefaultsOfASystem(t *testing.T) {
	s := system(t, func(s *Settings) {
		s.Codes.Type = Table{Pairs: []Pair{{"01", "burst"}}, Unmapped: UseDefault, Default: "leak"}
		s.Periods = PeriodsByYear
	})
	v := &vocabulary.Order{ExternalRef: "1", Type: "01", SourceAt: new(xsd.NewDateTime(time.Date(2025, 12, 31, 23, 0, 0, 0, time.UTC)))}
	o, _, err := s.Order(v)
	if err != nil || o.Type != "burst" || o.Urgency != "" || o.Ref.Period != "2026" || o.Channel != "phone" {
		t.Errorf("%+v, %v", o, err)
	}
	v.Type = "99"
	if o, _, _ = s.Order(v); o.Type != "leak" || o.Urgency != "" {
		t.Errorf("an unmapped type gave %q, urgency %q", o.Type, o.Urgency)
	}
}

func TestTheHashIsOfWhatIsSaidNotHow(t *testing.T) {
	s := system(t, nil)
	hash := s.Hash(read(t, fullOrder))
	same := map[string]string{
		"prefix":       strings.NewReplacer(`<Order xmlns=`, `<o:Order xmlns:o=`, "</", "</o:", "<", "<o:").Replace(strings.ReplaceAll(fullOrder, "<Order xmlns=", "<Order zz=")),
		"white space":  strings.ReplaceAll(fullOrder, "\n", "\n\t"),
		"zone written": strings.ReplaceAll(fullOrder, "2026-05-12T17:00:00", "2026-05-12T09:00:00Z"),
		"digits":       strings.ReplaceAll(fullOrder, "1234.50", "+1234.5"),
		"trimmed":      strings.ReplaceAll(fullOrder, " RX1 ", "RX1"),
		"children":     strings.ReplaceAll(fullOrder, "<Category>leak</Category><SubCategory>valve</SubCategory>", "<SubCategory>valve</SubCategory><Category>leak</Category>"),
		"extras":       strings.ReplaceAll(fullOrder, `<Extra name="b"><Value>2</Value></Extra><Extra name="a"><Value/></Extra>`, `<Extra name="a"><Value></Value></Extra><Extra name="b"><Value>2</Value></Extra>`),
	}
	same["prefix"] = strings.ReplaceAll(strings.ReplaceAll(same["prefix"], "<o:o:Order xmlns:o=", "<o:Order xmlns:o="), "<o:Order zz=", "<o:Order xmlns:o=")
	for name, doc := range same {
		if got := s.Hash(read(t, doc)); got != hash {
			t.Errorf("%s changes the hash", name)
		}
	}
	for name, r := range map[string][2]string{
		"a reading":      {"1234.50", "1234.51"},
		"a phone":        {"138", "139"},
		"a photo":        {"iVBORw0KGgoAAAANSUhEUg==", "iVBORw0KGgoAAAANSUhEUw=="},
		"a moved text":   {"<Cause>frost</Cause>", "<Remark>frost</Remark>"},
		"a zero":         {"<Reading>0</Reading>", ""},
		"an extra":       {`<Extra name="b"><Value>2</Value></Extra>`, ""},
		"case of number": {" RX1 ", "rx1"},
	} {
		doc := strings.ReplaceAll(fullOrder, r[0], r[1])
		if name == "a moved text" {
			doc = strings.Replace(doc, "<Remark>r</Remark>", "", 1)
		}
		if got := s.Hash(read(t, doc)); got == hash {
			t.Errorf("%s does not change the hash", name)
		}
	}
}

func TestVolatileElementsAreNotHashed(t *testing.T) {
	s := system(t, func(s *Settings) { s.Volatile = []string{"SourceAt", "Report/Remark"} })
	hash := s.Hash(read(t, fullOrder))
	if got := s.Hash(read(t, strings.ReplaceAll(fullOrder, "09:00:00.1234", "10:00:00"))); got != hash {
		t.Error("SourceAt is volatile and changes the hash")
	}
	if got := s.Hash(read(t, strings.ReplaceAll(fullOrder, "<Remark>r</Remark>", "<Remark>s</Remark>"))); got != hash {
		t.Error("Report/Remark is volatile and changes the hash")
	}
	if got := s.Hash(read(t, strings.ReplaceAll(fullOrder, "frost", "age"))); got == hash {
		t.Error("Report/Cause is not volatile")
	}
	for _, bad := range []string{"Report/Remarks", "Type/x", "Order/Type", ""} {
		if _, err := NewSystem(Settings{ID: "a", Zone: zone, Volatile: []string{bad}}); err == nil {
			t.Errorf("volatile path %q was taken", bad)
		}
	}
}

// The hash is kept for ever beside the order: it must not move with the program.
func TestTheHashStaysWhatItIs(t *testing.T) {
	const want = "9a09ae3a90a0231c84a5a1cdd64ecd49d97b99c467287c44c26036b0ec2839f5"
	if got := system(t, nil).Hash(read(t, fullOrder)); got != want {
		t.Errorf("hash %s, want %s: retries of orders stored by earlier versions would be taken for changes", got, want)
	}
}

func encoded(t *testing.T, v interface{ EncodeXML(*bind.Encoder) }) string {
	t.Helper()
	w := xml.NewWriter()
	w.Start("x")
	e := bind.Write(w)
	v.EncodeXML(&e)
	w.End()
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return string(bytes.Clone(w.Bytes()))
}

// One table of categories stands for both levels: what they mean together decides.
func TestATableOfTwoLevelsDecidesByBothCodes(t *testing.T) {
	var p lang.Problems
	table := codes.Parse(&p, "a.csv", "a", []byte("kind,category\nunmapped,alert\nlevel1,level2,ours,back\n02,,leak,\n02,01,leak/main,\n02,09,water_quality,\n"), nil)
	flat := codes.Parse(&p, "b.csv", "b", []byte("kind,category\ntheirs,ours\n02,leak\n0201,leak/main\n"), nil)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	var told []string
	of := func(table *codes.Table) *System {
		return system(t, func(s *Settings) {
			s.Codes = Codes{Category: Table{Shared: table}, SubCategory: Table{Shared: table}, Channel: Table{Shared: &codes.Table{Kind: codes.Channel, Unmapped: codes.Alert}}}
			s.Codes.AlertTo(func(kind, code string) { told = append(told, kind+" "+code) })
		})
	}
	for _, c := range []struct {
		table                      *codes.Table
		code, below, category, sub string
		told                       string
	}{
		{table, "02", "", "leak", "", ""}, {table, "02", "01", "leak", "main", ""}, {table, "02", " 09", "water_quality", "", ""},
		{table, "02", "77", "leak", "77", "Category 02/77"}, {table, "", "", "", "", ""},
		{flat, "02", "", "leak", "", ""}, {flat, "02", "0201", "leak", "main", ""}, {flat, "0201", "", "leak", "main", ""},
	} {
		told = nil
		inside := ""
		if c.code != "" {
			inside = "<Category>" + c.code + "</Category>"
		}
		if c.below != "" {
			inside += "<SubCategory>" + c.below + "</SubCategory>"
		}
		o, _, err := of(c.table).Order(read(t, `<Order><ExternalRef>1</ExternalRef><Type>leak</Type><Report>`+inside+`</Report></Order>`))
		if err != nil || o.Report.Category != c.category || o.Report.SubCategory != c.sub || strings.Join(told, ",") != c.told {
			t.Errorf("%s/%s: %s/%s, %v, told of %v", c.code, c.below, o.Report.Category, o.Report.SubCategory, err, told)
		}
	}
	_, _, err := of(flat).Order(read(t, `<Order><ExternalRef>1</ExternalRef><Type>leak</Type><Report><Category>99</Category></Report></Order>`))
	var e *core.Error
	if !errors.As(err, &e) || e.Code != "unknown_code" || e.Field != "Report.Category" || e.Message != `code "99" is not in the table agreed; allowed: 02, 0201` {
		t.Errorf("got %v", err)
	}
	if o, _, err := of(flat).Order(read(t, `<Order><ExternalRef>1</ExternalRef><Type>leak</Type><Channel>X</Channel></Order>`)); err != nil || o.Channel != "X" || strings.Join(told, ",") != "Channel X" {
		t.Errorf("got %q, %v, told of %v", o.Channel, err, told)
	}
}

// A shared table is read backwards for what is written back: several statuses of the house as one letter,
// and of several letters the marked one.
func TestASharedTableIsReadBackwards(t *testing.T) {
	var p lang.Problems
	letters := codes.Parse(&p, "a.yaml", "a", []byte("kind: status\ncodes:\n  A: accepted\n  W: {ours: on_site, also: [on_the_way]}\n  J: completed\n  C: {ours: completed, back: true}\n"), nil)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	table := Table{Shared: letters}
	for house, want := range map[string]string{"accepted": "A", "on_the_way": "W", "on_site": "W", "completed": "C", "": ""} {
		if code, ok := table.out(house); !ok || code != want {
			t.Errorf("%q is written as %q, %v; want %q", house, code, ok, want)
		}
	}
	if code, ok := table.out("cancelled"); ok {
		t.Errorf("cancelled is written as %q", code)
	}
	if got := table.house("J"); got != "completed" {
		t.Errorf("J means %q", got)
	}
}
