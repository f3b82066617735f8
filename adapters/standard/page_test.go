package standard

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/pull"
	"tundish/wsdl/xml"
)

const pageHead = `<b:List xmlns:b="urn:x"><b:Item><b:ExternalRef>1</b:ExternalRef><b:Type>leak</b:Type></b:Item>`
const pageTail = `<b:Total>3</b:Total><b:More>true</b:More><b:SourceTime>2026-05-11T09:00:00</b:SourceTime></b:List>`

func readPage(doc string) (*Page, error) {
	r := xml.NewReaderBytes([]byte(doc), xml.Limits{})
	if _, err := r.Next(); err != nil {
		return nil, err
	}
	p := &Page{Name: xml.Name{Space: "urn:x", Local: "List"}}
	err := p.UnmarshalXML(r)
	return p, err
}

func TestABadItemDoesNotStopThePage(t *testing.T) {
	p, err := readPage(pageHead +
		`<b:Item><b:ExternalRef>2</b:ExternalRef><b:Type>leak</b:Type><b:Meter><b:LastReading>12,5</b:LastReading></b:Meter></b:Item>` +
		`<b:Item><b:ExternalRef>3</b:ExternalRef><b:Type>leak</b:Type><b:Place><b:Coordinate><b:Lat>0</b:Lat><b:Lon>0</b:Lon></b:Coordinate></b:Place></b:Item>` +
		`<b:Item><b:ExternalRef>4</b:ExternalRef><b:Type>burst</b:Type></b:Item>` + pageTail)
	if err != nil {
		t.Fatal(err)
	}
	got := system(t, nil).Pulled(p, core.LoggedMessage{ID: "m"})
	if !got.More || !got.SourceTime.Equal(time.Date(2026, 5, 11, 1, 0, 0, 0, time.UTC)) || got.Message.ID != "m" || len(got.Items) != 4 {
		t.Fatalf("%+v", got)
	}
	for i, want := range []string{"", "invalid_message", "outside_area", ""} {
		it := &got.Items[i]
		if core.CodeOf(it.Err) != want || it.Order.Ref.External != fmt.Sprint(i+1) {
			t.Errorf("item %d: %v, %+v", i+1, it.Err, it.Order.Ref)
		}
		if !strings.Contains(string(it.Raw()), fmt.Sprintf("<b:ExternalRef>%d<", i+1)) || !strings.HasPrefix(string(it.Raw()), "<b:Item xmlns:b=") {
			t.Errorf("item %d is kept as %s", i+1, it.Raw())
		}
		if (it.Hash == "") != (want != "") {
			t.Errorf("item %d has hash %q", i+1, it.Hash)
		}
	}
	if e := got.Items[1].Err.Error(); !strings.Contains(e, "12,5") {
		t.Errorf("the refusal says %s", e)
	}
}

func TestAPageThatIsNoneIsRefused(t *testing.T) {
	for name, doc := range map[string]string{
		"another element": strings.ReplaceAll(pageHead+pageTail, "b:List", "b:Other"),
		"no SourceTime":   pageHead + `<b:Total>3</b:Total><b:More>true</b:More></b:List>`,
		"More twice":      pageHead + `<b:More>true</b:More>` + pageTail,
		"unknown":         pageHead + `<b:Next>1</b:Next>` + pageTail,
		"no boolean":      strings.Replace(pageHead+pageTail, "true", "yes", 1),
	} {
		if _, err := readPage(doc); !xml.IsKind(err, xml.Schema) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestConfirmationsComeInPieces(t *testing.T) {
	var rs []pull.Receipt
	for i := range 2101 {
		rs = append(rs, pull.Receipt{Ref: core.Ref{System: "hotline", External: fmt.Sprint(i)}, No: "W1"})
	}
	rs[5].No = ""
	pieces := system(t, nil).Confirmations(rs, time.Now())
	if len(pieces) != 3 || len(pieces[0]) != 1000 || len(pieces[2]) != 100 || pieces[0][5].ExternalRef != "6" {
		t.Errorf("%d pieces", len(pieces))
	}
	if system(t, nil).Confirmations(rs[5:6], time.Now()) != nil {
		t.Error("a page of refused rows is confirmed")
	}
}
