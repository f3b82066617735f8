package mapping

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"tundish/core"
	"tundish/wsdl/xml"
)

// everyField maps each field of an order in both directions, each in an element of its own.
func everyField() (text string, names []string) {
	var in, out strings.Builder
	for i, f := range targets {
		switch f.kind {
		case listKind, pointKind:
			continue // a list of contents, and degrees in two elements
		case instantKind:
			fmt.Fprintf(&in, "      %s: {from: F%d, layout: yyyy-MM-dd HH:mm:ss}\n", f.name, i)
			fmt.Fprintf(&out, "      R/F%d: {from: order.%s, layout: yyyy-MM-dd HH:mm:ss}\n", i, f.name)
		case textKind:
			if f.name == "type" || f.name == "urgency" {
				fmt.Fprintf(&in, "      %s: {from: F%d, map: {\"1\": %s, \"2\": %s}}\n", f.name, i, codesOf(f.name)[0], codesOf(f.name)[1])
				fmt.Fprintf(&out, "      R/F%d: {from: order.%s, map: {\"1\": %s, \"2\": %s}}\n", i, f.name, codesOf(f.name)[0], codesOf(f.name)[1])
				break
			}
			fallthrough
		default:
			fmt.Fprintf(&in, "      %s: F%d\n", f.name, i)
			fmt.Fprintf(&out, "      R/F%d: order.%s\n", i, f.name)
		}
		names = append(names, f.name)
	}
	in.WriteString("      extra.alt: \"@alt\"\n      place.point: {north: P/@n, east: P/@e, system: CGCS2000}\n")
	out.WriteString("      R/@alt: order.extra.alt\n      R/P/@n: {from: order.place.point.lat, system: CGCS2000}\n      R/P/@e: {from: order.place.point.lon, system: CGCS2000}\n")
	return "mapping: hot\nserve:\n  R:\n    does: submit\n    order:\n" + in.String() + "call:\n  result:\n    request:\n" + out.String(), append(names, "extra.alt")
}

func codesOf(field string) []string {
	if field == "type" {
		return []string{"burst", "leak"}
	}
	return []string{string(core.Emergency), string(core.Normal)}
}

// From XML to an order and back to XML nothing is lost that is mapped.
func TestNothingIsLostFromXMLToAnOrderAndBack(t *testing.T) {
	text, names := everyField()
	m, p := loaded(text)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	in, _ := m.Serve("R")
	call := m.Calls[core.TellResult]
	random := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		byName := map[string]any{} // not by what reads into an order, which is on trial here
		for _, f := range targets {
			v := value{is: true, kind: f.kind}
			switch {
			case f.kind == listKind, f.kind == pointKind:
				continue
			case f.kind == numberKind:
				v.text = strconv.Itoa(1 + random.IntN(1<<30))
			case f.kind == instantKind:
				v.at = time.Unix(random.Int64N(4e9), 0).In(shanghai)
			case f.kind == dayKind:
				v.text = time.Unix(random.Int64N(4e9), 0).UTC().Format(time.DateOnly)
			case f.name == "type" || f.name == "urgency":
				v.text = codesOf(f.name)[random.IntN(2)]
			default:
				v.text = anyText(random)
			}
			put(byName, f.name, v)
		}
		var o core.WorkOrder
		if text, err := json.Marshal(byName); err != nil || json.Unmarshal(text, &o) != nil {
			t.Fatal(string(text), err)
		}
		o.Extra = map[string]string{"alt": anyText(random)}
		o.Place.Point = &core.Point{Lat: 30 + random.Float64()*2, Lon: 120 + random.Float64()*3}
		first := writtenBy(t, call, &o)
		items, err := orders(t, in, first)
		if err != nil || len(items) != 1 || items[0].Err != nil {
			t.Fatalf("%s\n%v %v", first, err, items)
		}
		got := &items[0].Order
		for _, name := range names {
			f, _ := fieldNamed("order." + name)
			a, b := f.get(&scope{Values: &Values{Order: &o}}), f.get(&scope{Values: &Values{Order: got}})
			if written(f.kind, a) != written(f.kind, b) {
				t.Fatalf("%s was %q and came back as %q", name, written(f.kind, a), written(f.kind, b))
			}
		}
		if second := writtenBy(t, call, got); second != first {
			t.Fatalf("went out as\n%s\nthen as\n%s", first, second)
		}
	}
}

func writtenBy(t *testing.T, call *Outward, o *core.WorkOrder) string {
	t.Helper()
	w := xml.NewWriter()
	if err := call.WriteBody(w, &Values{Order: o}); err != nil {
		t.Fatal(err)
	}
	out, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// anyText is a text that begins and ends with no blank, of whatever characters XML can say.
func anyText(random *rand.Rand) string {
	alphabet := []rune("aZ09 <>&'\"]\t水表Ａ　｝🚰é-,;@/")
	r := []rune{'x'}
	for range random.IntN(30) {
		r = append(r, alphabet[random.IntN(len(alphabet))])
	}
	return string(append(r, '号'))
}

// Whatever comes, the whole language reads it without panic, and names a path in what it refuses.
func FuzzReadRicher(f *testing.F) {
	in, inside := serving(f, richer), serving(f, inJSON)
	f.Add(submitted(richRepair))
	f.Add(submitted(`<xmlData>&lt;ENV&gt;&lt;BODY&gt;{"list":[{"no":"1"},{"no":[]}]}&lt;/BODY&gt;&lt;/ENV&gt;</xmlData>`))
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
				if len(i.Blobs) != len(i.Order.Report.Attachments) {
					t.Errorf("%d contents of %d attachments", len(i.Blobs), len(i.Order.Report.Attachments))
				}
			}
		}
	})
}
