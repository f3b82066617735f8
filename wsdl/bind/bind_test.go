package bind

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"

	"tundish/wsdl/xml"
	"tundish/wsdl/xsd"
)

func TestTextCheck(t *testing.T) {
	cases := []struct {
		name   string
		facets *Text
		value  string
		want   string // "" is accepted
	}{
		{"none", nil, "anything", ""},
		{"characters, not bytes", &Text{Max: 3}, "解放路", ""},
		{"beyond the BMP counts once", &Text{Max: 1}, "𠀀", ""},
		{"too long", &Text{Max: 3}, "解放路1", "has 4 characters; at most 3 are allowed"},
		{"too short", &Text{Min: 2}, "x", "has 1 characters; at least 2 are needed"},
		{"exact", &Text{Length: 2}, "xyz", "has 3 characters; it must have 2"},
		{"every pattern", &Text{Patterns: []*regexp.Regexp{Pattern("a.*"), Pattern(".*z")}}, "ay", "does not match the pattern .*z"},
		{"whole value", &Text{Patterns: []*regexp.Regexp{Pattern("a|b")}}, "ab", "does not match the pattern a|b"},
		{"one of", &Text{OneOf: []string{"done", "refused"}}, "dome", `did you mean "done"?`},
		{"one of, far away", &Text{OneOf: []string{"done", "refused"}}, "水", `allowed: "done", "refused"`},
		{"long values are cut", &Text{Max: 50}, strings.Repeat("水", 60), `"` + strings.Repeat("水", 40) + `"…`},
	}
	for _, c := range cases {
		err := c.facets.Check(c.value)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v; want %q", c.name, err, c.want)
		}
	}
}

func TestTextSpace(t *testing.T) {
	const in = " a\t b\n"
	for space, want := range map[Space]string{Preserve: in, Replace: " a  b ", Collapse: "a b"} {
		if got := (&Text{Space: space}).normalise(in); got != want {
			t.Errorf("%d: %q; want %q", space, got, want)
		}
	}
}

func TestNumberCheck(t *testing.T) {
	money := &Number{Low: "-10", High: "10.5", HighOpen: true, Digits: 4, Fraction: 2}
	for value, want := range map[string]string{
		"0": "", "10.49": "", "-10": "", "0010.40": "", "1.500000": "", "-0.05": "",
		"10.5":   "10.5 is too large; it must be less than 10.5",
		"-10.01": "-10.01 is too small; it must be at least -10",
		"1.005":  "1.005 has 3 digits behind the point; at most 2 are allowed",
	} {
		err := money.Check(xsd.MustDecimal(value))
		if want == "" && err != nil || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("%s: got %v; want %q", value, err, want)
		}
	}
	if err := Integer.Check(xsd.MustDecimal("1.0")); err != nil { // the value is whole, however it was written
		t.Error(err)
	}
	if err := Integer.Check(xsd.MustDecimal("1.5")); err == nil || err.Error() != "1.5 is no whole number" {
		t.Error(err)
	}
	if err := (&Number{Digits: 3, Fraction: AnyFraction}).Check(xsd.MustDecimal("12.34")); err == nil || !strings.Contains(err.Error(), "12.34 has 4 digits; at most 3") {
		t.Error(err)
	}
}

func TestSizeCheck(t *testing.T) {
	size := &Size{Min: 1, Max: 3}
	if err := size.Check([]byte{1}); err != nil {
		t.Error(err)
	}
	if err := size.Check(nil); err == nil || err.Error() != "the data has 0 bytes; at least 1 are needed" {
		t.Error(err)
	}
	if err := size.Check(make([]byte, 4)); err == nil || err.Error() != "the data has 4 bytes; at most 3 are allowed" {
		t.Error(err)
	}
}

func TestRules(t *testing.T) {
	// A, or B with maybe C; and D and E together or not at all.
	rules := []Rule{
		OneOf(Need("A"), All(Need("B"), May("C"))),
		Maybe(Need("D"), OneOf(Need("E"), Need("F"))),
		AtMostOneOf(May("G"), May("H")),
	}
	for have, want := range map[string]string{
		"A": "", "B": "", "BC": "", "ADE": "", "ADF": "", "AG": "", "BH": "",
		"":    "one of <A>, <B> with <C> is missing",
		"AB":  "<A> and <B> with <C> exclude each other; give one of <A>, <B> with <C>",
		"AC":  "<A> and <B> with <C> exclude each other; give one of <A>, <B> with <C>",
		"C":   "element <B> is missing",
		"AD":  "one of <E>, <F> is missing",
		"AE":  "element <D> is missing",
		"AGH": "<G> and <H> exclude each other; give one of <G>, <H>",
	} {
		got := ""
		for i := range rules {
			if got = rules[i].broken(func(name string) bool { return strings.Contains(have, name) }).en; got != "" {
				break
			}
		}
		if got != want {
			t.Errorf("%q: got %q; want %q", have, got, want)
		}
	}
}

func TestSuggest(t *testing.T) {
	plain := func(s string) string { return s }
	known := []string{"OrderNo", "ExternalRef", "Status"}
	for name, want := range map[string]string{
		"OrderNO":     "; did you mean OrderNo?",
		"ExternalRfe": "; did you mean ExternalRef?",
		"Sttus":       "; did you mean Status?",
		"Weather":     "; allowed: OrderNo, ExternalRef, Status",
	} {
		if got := suggest(name, known, plain).en; got != want {
			t.Errorf("%s%s; want %s", name, got, want)
		}
	}
	if got := suggest("x", nil, plain).en; got != "; none is allowed here" {
		t.Error(got)
	}
	if got := suggest("水", strings.Split("abcdefghijklmn", ""), plain).en; !strings.HasPrefix(got, "; the nearest known is ") {
		t.Error(got)
	}
}

// many is a message with more children than a Decoder counts in place.
type many struct{ values []string }

var manyShape = func() (s Shape) {
	for i := range 70 {
		s.Children = append(s.Children, Child{Name: "c" + string(rune('A'+i/10)) + string(rune('0'+i%10)), Min: 1, Max: 1})
	}
	return s
}()

func (m *many) MarshalXML(w *xml.Writer) error {
	e := Write(w)
	e.Root("urn:many", "Many")
	for i, v := range m.values {
		e.Element(manyShape.Children[i].Name).String(v, nil)
	}
	e.End()
	return e.Close()
}

func (m *many) UnmarshalXML(r *xml.Reader) error {
	d := Read(r, &manyShape)
	for d.Next() {
		m.values = append(m.values, d.String(nil))
	}
	return d.Close()
}

func read(doc string, m xml.Unmarshaler) error {
	r := xml.NewReader(strings.NewReader(doc), xml.Limits{})
	if _, err := r.Next(); err != nil {
		return err
	}
	return m.UnmarshalXML(r)
}

func TestManyChildren(t *testing.T) {
	w := xml.NewWriter()
	if err := (&many{values: make([]string, 70)}).MarshalXML(w); err != nil {
		t.Fatal(err)
	}
	doc := string(w.Bytes())
	if err := read(doc, new(many)); err != nil {
		t.Fatal(err)
	}
	err := read(strings.Replace(doc, "<cG9></cG9>", "", 1), new(many))
	if strings.Contains(doc, "<cG9/>") {
		err = read(strings.Replace(doc, "<cG9/>", "", 1), new(many))
	}
	if err == nil || !strings.Contains(err.Error(), "element <cG9> is missing") {
		t.Errorf("got %v", err)
	}
	twice := strings.Replace(doc, "</Many>", "<cG9/></Many>", 1)
	if err := read(twice, new(many)); err == nil || !strings.Contains(err.Error(), "a second <cG9>") {
		t.Errorf("got %v", err)
	}
}

func TestCall(t *testing.T) {
	r := xml.NewReader(strings.NewReader(`<Many xmlns="urn:many"><x/></Many>`), xml.Limits{})
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	called := false
	call, err := Call(r, func(context.Context, *many) (*many, error) { called = true; return nil, nil })
	if call != nil || called || !xml.IsKind(err, xml.Schema) {
		t.Errorf("a bad request gave %v, called %v", err, called)
	}
}

func TestEncodeErrorPath(t *testing.T) {
	w := xml.NewWriter()
	e := Write(w)
	e.Root("urn:x", "A")
	e.Start("B")
	e.Element("C").String("long", &Text{Max: 1})
	e.Element("D").String("longer", &Text{Max: 1})
	e.End()
	e.End()
	var bad *EncodeError
	if err := e.Close(); !errors.As(err, &bad) || bad.Path != "A/B/C" || err.Error() != `A/B/C: "long" has 4 characters; at most 1 are allowed` {
		t.Errorf("got %v", err)
	}
}
