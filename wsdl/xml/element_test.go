package xml

import (
	"errors"
	"io"
	"maps"
	"strings"
	"testing"
	"testing/iotest"
)

// at returns readers that stand at the first element with the local name.
func at(t *testing.T, doc, local string) map[string]*Reader {
	t.Helper()
	all := readers(doc)
	for way, r := range all {
		for r.Kind() != Start || r.Name().Local != local {
			if kind, err := r.Next(); err != nil || kind == EOF {
				t.Fatalf("%s: no <%s> in %q: %v", way, local, doc, err)
			}
		}
	}
	return all
}

func TestElementTextIsTheWholeTextOfASimpleElement(t *testing.T) {
	long := strings.Repeat("水表 0123456789\n", 20_000)
	for _, c := range []struct{ doc, want string }{
		{"<a><b>x</b></a>", "x"},
		{"<a><b></b></a>", ""},
		{"<a><b/></a>", ""},
		{"<a><b> x \n</b></a>", " x \n"},
		{"<a><b>x&amp;y<![CDATA[<z>]]><!-- c --><?p?>!</b ></a>", "x&y<z>!"},
		{"<a><b>" + long + "</b></a>", long},
		{"<a><b>" + strings.ReplaceAll(long, "\n", "\r\n") + "</b></a>", long},
		{"<a><b>" + strings.Repeat("&#x6C34;", 10_000) + "</b></a>", strings.Repeat("水", 10_000)},
	} {
		for way, r := range at(t, c.doc, "b") {
			got, err := r.ElementText()
			if err != nil || string(got) != c.want {
				t.Errorf("%.60s (%s): %.60q, %v", c.doc, way, got, err)
			}
			if r.Kind() != End || r.Name().Local != "b" || r.Path() != "a/b" || r.Depth() != 2 {
				t.Errorf("%.60s (%s): stands at %v %v %s", c.doc, way, r.Kind(), r.Name(), r.Path())
			}
			if p := r.Position(); c.doc != "<a><b/></a>" && (p.Line != 1 || p.Column != 7 || p.Offset != 6) {
				t.Errorf("%.60s (%s): position %v, want that of the content", c.doc, way, p)
			}
			if more, err := r.NextChild(); more || err != nil || r.Name().Local != "a" {
				t.Errorf("%.60s (%s): behind it comes %v, %v", c.doc, way, more, err)
			}
			if err := r.Finish(); err != nil {
				t.Errorf("%.60s (%s): %v", c.doc, way, err)
			}
		}
	}
}

func TestElementTextRefusesChildElements(t *testing.T) {
	for way, r := range at(t, "<a>\n<b>x<c/></b></a>", "b") {
		_, err := r.ElementText()
		var e *Error
		if !errors.As(err, &e) || e.Kind != Schema || e.Path != "a/b/c" || e.Line != 2 || !strings.Contains(e.Msg, "<c> inside <b>") {
			t.Errorf("%s: %#v", way, err)
		}
	}
	for _, doc := range []string{"<a><b>x", "<a><b>x</c>", "<a><b>x</b", "<a><b>\x01</b></a>"} {
		for way, r := range at(t, doc, "b") {
			if _, err := r.ElementText(); !IsKind(err, Syntax) {
				t.Errorf("%q (%s): %v", doc, way, err)
			}
		}
	}
}

func TestNextChildWalksTheChildrenOfAnElement(t *testing.T) {
	doc := "<a> <b>1</b><!-- -->\n<c><d>2</d><d/></c>\t<e x='y'/> </a>"
	for way, r := range at(t, doc, "a") {
		var got []string
		for {
			more, err := r.NextChild()
			if err != nil {
				t.Fatal(way, err)
			}
			if !more {
				break
			}
			got = append(got, r.Path())
			switch r.Name().Local {
			case "b":
				_, err = r.ElementText()
			default:
				err = r.Skip()
			}
			if err != nil {
				t.Fatal(way, err)
			}
		}
		if strings.Join(got, " ") != "a/b a/c a/e" || r.Kind() != End || r.Depth() != 1 {
			t.Errorf("%s: %v, now at %v of %s", way, got, r.Kind(), r.Path())
		}
		if kind, err := r.Next(); kind != EOF || err != nil {
			t.Errorf("%s: %v, %v", way, kind, err)
		}
	}
	for _, doc := range []string{"<a>x<b/></a>", "<a><b/>x</a>", "<a><b/>&#160;</a>"} {
		for way, r := range at(t, doc, "a") {
			var err error
			for more := true; more && err == nil; {
				if more, err = r.NextChild(); more && err == nil {
					err = r.Skip()
				}
			}
			if !IsKind(err, Schema) || !strings.Contains(err.Error(), "text inside <a>") {
				t.Errorf("%s (%s): %v", doc, way, err)
			}
		}
	}
}

func TestSkipStillChecks(t *testing.T) {
	for _, doc := range []string{"<a><b><c></b></a>", "<a><b><p:c/></b></a>", "<a><b><c d='' d=''/></b></a>", "<a><b>"} {
		for way, r := range at(t, doc, "b") {
			if err := r.Skip(); !IsKind(err, Syntax) {
				t.Errorf("%s (%s): %v", doc, way, err)
			}
		}
	}
}

func TestNilIsTrueOrOneInTheRightNamespace(t *testing.T) {
	const xsi = ` xmlns:x="http://www.w3.org/2001/XMLSchema-instance"`
	for attrs, want := range map[string]bool{
		xsi + ` x:nil="true"`: true, xsi + ` x:nil="1"`: true, xsi + ` x:nil=" true&#x20;"`: true,
		xsi + ` x:nil="false"`: false, xsi + ` x:nil="0"`: false, xsi + ` nil="true"`: false, ` nil="true"`: false,
		` xmlns:x="u" x:nil="true"`: false, "": false,
	} {
		r := NewReaderBytes([]byte("<a"+attrs+"/>"), Limits{})
		if kind, err := r.Next(); kind != Start || err != nil || r.Nil() != want {
			t.Errorf("%s: %v, %v", attrs, r.Nil(), err)
		}
	}
}

func TestAttributesAreFoundByName(t *testing.T) {
	r := NewReaderBytes([]byte(`<a xmlns="u" xmlns:p="u" b="1" p:b="2" c="`+strings.Repeat("x", 100)+`" d=""/>`), Limits{})
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		space, local, want string
		ok                 bool
	}{{"", "b", "1", true}, {"u", "b", "2", true}, {"", "c", strings.Repeat("x", 100), true}, {"", "d", "", true}, {"u", "c", "", false}, {"", "p", "", false}} {
		if v, ok := r.Attr(c.space, c.local); v != c.want || ok != c.ok {
			t.Errorf("{%s}%s: %q, %v", c.space, c.local, v, ok)
		}
	}
	if n := len(r.Attrs()); n != 4 {
		t.Errorf("%d attributes", n)
	}
	if kind, _ := r.Next(); kind != End || len(r.Attrs()) != 0 {
		t.Errorf("at %v there are attributes: %v", kind, r.Attrs())
	}
}

func TestPrefixesInScope(t *testing.T) {
	doc := `<a xmlns="u" xmlns:p="v"><b xmlns:p="w" xmlns:q="x" xmlns=""><c/></b><d/></a>`
	for way, r := range at(t, doc, "c") {
		if got := maps.Collect(r.Namespaces()); !maps.Equal(got, map[string]string{"p": "w", "q": "x"}) {
			t.Errorf("%s: %v", way, got)
		}
		for prefix, want := range map[string]string{"": "", "p": "w", "q": "x", "xml": XMLSpace} {
			if space, ok := r.LookupPrefix(prefix); space != want || !ok {
				t.Errorf("%s: %s is %q, %v", way, prefix, space, ok)
			}
		}
		if _, ok := r.LookupPrefix("r"); ok {
			t.Errorf("%s: r is declared", way)
		}
	}
	for way, r := range at(t, doc, "d") {
		if got := maps.Collect(r.Namespaces()); !maps.Equal(got, map[string]string{"": "u", "p": "v"}) {
			t.Errorf("%s: %v", way, got)
		}
	}
}

func TestCaptureStandsForItself(t *testing.T) {
	for _, c := range []struct{ doc, want string }{
		{`<a><b/></a>`, `<b/>`},
		{`<a>x<b> y </b>z</a>`, `<b> y </b>`},
		{`<a xmlns="u"><b><c xmlns=""/></b></a>`, `<b xmlns="u"><c xmlns=""/></b>`},
		{`<p:a xmlns:p="u"><p:b p:c="1"/></p:a>`, `<p:b xmlns:p="u" p:c="1"/>`},
		{`<a xmlns:x="s" xmlns:t="u"><b x:type="t:T"/></a>`, `<b xmlns:t="u" xmlns:x="s" x:type="t:T"/>`},
		{`<a xmlns:p="u"><b><p:c xmlns:p="v" p:d=""><p:e/></p:c><p:f/></b></a>`, `<b xmlns:p="u"><p:c xmlns:p="v" p:d=""><p:e/></p:c><p:f/></b>`},
		{`<a><b c="&lt;&#10;&quot;'">&lt;&#13;]]&gt;<![CDATA[&]]></b></a>`, `<b c="&lt;&#xA;&quot;'">&lt;&#xD;]]&gt;&amp;</b>`},
		{`<p:a xmlns:p="u" xmlns="v"><p:b><c/></p:b></p:a>`, `<p:b xmlns:p="u" xmlns="v"><c/></p:b>`},
		{`<a><b xml:lang="zh"/></a>`, `<b xml:lang="zh"/>`},
	} {
		for way, r := range at(t, c.doc, "b") {
			w := NewWriter()
			if err := r.Capture(w); err != nil {
				t.Errorf("%s (%s): %v", c.doc, way, err)
			}
			if out, err := w.Finish(); err != nil || string(out) != c.want {
				t.Errorf("%s (%s): %s, %v; want %s", c.doc, way, out, err, c.want)
			}
			if r.Kind() != End || r.Depth() != 2 {
				t.Errorf("%s (%s): stands at %v", c.doc, way, r.Kind())
			}
		}
	}
}

func TestErrorfCarriesThePlace(t *testing.T) {
	for way, r := range at(t, "<a>\n  <b>x</b><c/></a>", "b") {
		if _, err := r.ElementText(); err != nil {
			t.Fatal(err)
		}
		err := r.Errorf("not a number: %w", io.ErrShortBuffer)
		var e *Error
		if !errors.As(err, &e) || e.Path != "a/b" || e.Line != 2 || e.Column != 6 || e.Kind != Schema || !errors.Is(err, io.ErrShortBuffer) {
			t.Errorf("%s: %#v", way, err)
		}
		if got, want := err.Error(), "line 2, column 6: not a number: short buffer"; got != want {
			t.Errorf("%s: %q, want %q", way, got, want)
		}
		if more, err := r.NextChild(); !more || err != nil {
			t.Errorf("%s: the reader stopped: %v", way, err)
		}
	}
}

func TestHelpersNeedAStart(t *testing.T) {
	r := NewReaderBytes([]byte("<a>x</a>"), Limits{})
	if _, err := r.ElementText(); err == nil {
		t.Error("ElementText at the very start passes")
	}
	r.ResetBytes([]byte("<a>x</a>"))
	if err := r.Skip(); err == nil {
		t.Error("Skip at the very start passes")
	}
	r.ResetBytes([]byte("<a>x</a>"))
	if err := r.Capture(NewWriter()); err == nil {
		t.Error("Capture at the very start passes")
	}
	r.ResetBytes([]byte("<a/>"))
	if err := r.Finish(); err != nil {
		t.Error(err)
	}
	if _, err := r.NextChild(); err == nil {
		t.Error("NextChild behind the end passes")
	}
}

func TestFinishFindsWhatFollowsTheRoot(t *testing.T) {
	for doc, good := range map[string]bool{"<a/>": true, "<a/> <!-- --> ": true, "<a/><b/>": false, "<a/>x": false, "<a>": false} {
		r := NewReader(iotest.OneByteReader(strings.NewReader(doc)), Limits{})
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
		if err := r.Finish(); (err == nil) != good {
			t.Errorf("%s: %v", doc, err)
		}
	}
}

func TestPlainTextIsAllOfAnElementOrNothing(t *testing.T) {
	for doc, want := range map[string]string{"<a>水 表\n</a>": "水 表\n", "<a></a>": "", "<a>x&amp;y</a>": "-", "<a><b/></a>": "-", "<a>x<b/></a>": "-", "<a/>": "-", "<a>x<![CDATA[y]]></a>": "-", "<a>x</a >": "-"} {
		r := NewReaderBytes([]byte(doc), Limits{})
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
		text, ok := r.PlainText()
		switch {
		case !ok && want != "-", ok && string(text) != want:
			t.Errorf("%s: got %q, %v", doc, text, ok)
		case ok && r.Kind() != End, !ok && r.Kind() != Start:
			t.Errorf("%s: at %v", doc, r.Kind())
		}
		if !ok {
			if err := r.Skip(); err != nil { // nothing was read
				t.Errorf("%s: %v", doc, err)
			}
		}
		if err := r.Finish(); err != nil {
			t.Errorf("%s: %v", doc, err)
		}
	}
}
