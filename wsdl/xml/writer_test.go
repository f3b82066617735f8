package xml

import (
	"math/rand/v2"
	"strings"
	"testing"
)

const soapSpace = "http://schemas.xmlsoap.org/soap/envelope/"

func TestWriterWritesWhatItIsTold(t *testing.T) {
	for _, c := range []struct {
		name, want string
		write      func(w *Writer)
	}{
		{"empty", `<a/>`, func(w *Writer) { w.Start("a"); w.End() }},
		{"text", `<a>b</a>`, func(w *Writer) { w.Element("a", "b") }},
		{"empty text", `<a/>`, func(w *Writer) { w.Element("a", "") }},
		{"escapes in text", `<a>&lt;&gt;&amp;"'` + "\t\n&#xD;]]&gt;水𠮷</a>", func(w *Writer) { w.Element("a", "<>&\"'\t\n\r]]>水𠮷") }},
		{"escapes in values", `<a b="&lt;&gt;&amp;&quot;'&#x9;&#xA;&#xD;水"/>`, func(w *Writer) { w.Start("a"); w.Attr("b", "<>&\"'\t\n\r水"); w.End() }},
		{"text in pieces", `<a>bc<d/>e</a>`, func(w *Writer) {
			w.Start("a")
			w.Text("b")
			w.TextBytes([]byte("c"))
			w.Raw([]byte("<d/>"))
			w.Text("e")
			w.End()
		}},
		{"declaration", `<?xml version="1.0" encoding="GB2312"?><a/>`, func(w *Writer) { w.Declaration("GB2312"); w.Start("a"); w.End() }},
		{"default namespace once", `<a xmlns="u"><b/><c><d xmlns="v"><e/></d></c><f/></a>`, func(w *Writer) {
			w.StartNS("u", "a")
			w.StartNS("u", "b")
			w.End()
			w.Start("c")
			w.StartNS("v", "d")
			w.StartNS("v", "e")
			w.End()
			w.End()
			w.End()
			w.StartNS("u", "f")
			w.End()
			w.End()
		}},
		{"default namespace taken back", `<a xmlns="u"><b xmlns=""/></a>`, func(w *Writer) {
			w.StartNS("u", "a")
			w.StartNS("", "b")
			w.End()
			w.End()
		}},
		{"prefix once", `<s:Envelope xmlns:s="` + soapSpace + `"><s:Body/><s:Body/></s:Envelope>`, func(w *Writer) {
			w.StartPrefixed("s", soapSpace, "Envelope")
			w.StartPrefixed("s", soapSpace, "Body")
			w.End()
			w.StartPrefixed("s", soapSpace, "Body")
			w.End()
			w.End()
		}},
		{"prefix out of scope", `<a><p:b xmlns:p="u"/><p:b xmlns:p="u"/></a>`, func(w *Writer) {
			w.Start("a")
			for range 2 {
				w.StartPrefixed("p", "u", "b")
				w.End()
			}
			w.End()
		}},
		{"prefix anew", `<p:a xmlns:p="u"><p:b xmlns:p="v"/></p:a>`, func(w *Writer) {
			w.StartPrefixed("p", "u", "a")
			w.StartPrefixed("p", "v", "b")
			w.End()
			w.End()
		}},
		{"prefix needed twice in a tag", `<p:a xmlns:p="u"><p:b xmlns:ns1="v" ns1:c="1"/></p:a>`, func(w *Writer) {
			w.StartPrefixed("p", "u", "a")
			w.StartPrefixed("p", "u", "b")
			w.AttrNS("p", "v", "c", "1")
			w.End()
			w.End()
		}},
		{"attribute prefix anew", `<a xmlns:p="u"><b xmlns:p="v" p:c="1"/></a>`, func(w *Writer) {
			w.Start("a")
			w.DeclareNS("p", "u")
			w.Start("b")
			w.AttrNS("p", "v", "c", "1")
			w.End()
			w.End()
		}},
		{"attribute in a namespace without prefix", `<a xmlns:ns1="u" ns1:b=""/>`, func(w *Writer) { w.Start("a"); w.AttrNS("", "u", "b", ""); w.End() }},
		{"attribute without namespace", `<a b=""/>`, func(w *Writer) { w.Start("a"); w.AttrNS("p", "", "b", ""); w.End() }},
		{"xml:lang", `<a xml:lang="zh"/>`, func(w *Writer) { w.Start("a"); w.AttrNS("lang", XMLSpace, "lang", "zh"); w.End() }},
		{"declared, then used", `<a xmlns:p="u"><p:b/></a>`, func(w *Writer) {
			w.Start("a")
			w.DeclareNS("p", "u")
			w.DeclareNS("p", "u")
			w.StartPrefixed("p", "u", "b")
			w.End()
			w.End()
		}},
		{"nil", `<a xmlns:xsi="` + XSISpace + `"><b xsi:nil="true"/></a>`, func(w *Writer) {
			w.Start("a")
			w.DeclareNS("xsi", XSISpace)
			w.NilElement("b")
			w.End()
		}},
		{"nil alone", `<b xmlns:xsi="` + XSISpace + `" xsi:nil="true"/>`, func(w *Writer) { w.NilElement("b") }},
		{"escapes in namespaces", `<a xmlns="a&amp;b"/>`, func(w *Writer) { w.StartNS("a&b", "a"); w.End() }},
	} {
		w := NewWriter()
		for range 2 { // a Writer that is used again writes the same
			w.Reset()
			c.write(w)
			out, err := w.Finish()
			if err != nil || string(out) != c.want {
				t.Errorf("%s: %s, %v; want %s", c.name, out, err, c.want)
			}
			if _, err := dump(NewReaderBytes(out, Limits{})); err != nil {
				t.Errorf("%s: %s cannot be read: %v", c.name, out, err)
			}
		}
	}
}

func TestWriterKeepsTheFirstMistake(t *testing.T) {
	for _, c := range []struct {
		name, says string
		write      func(w *Writer)
	}{
		{"control character", "U+0001", func(w *Writer) { w.Element("a", "x\x01") }},
		{"zero byte in a value", "U+0000", func(w *Writer) { w.Start("a"); w.Attr("b", "\x00"); w.End() }},
		{"U+FFFF", "U+FFFF", func(w *Writer) { w.Element("a", "\uFFFF") }},
		{"bad UTF-8", "0xE4", func(w *Writer) { w.Element("a", "\xE4\xB8") }},
		{"surrogate in UTF-8", "0xED", func(w *Writer) { w.Element("a", "\xED\xA0\x80") }},
		{"bad name", "not a name", func(w *Writer) { w.Element("1a", "") }},
		{"empty name", "not a name", func(w *Writer) { w.Element("", "") }},
		{"name with a colon", "not a name", func(w *Writer) { w.Element("p:a", "") }},
		{"name with markup", "not a name", func(w *Writer) { w.Element("a><b", "") }},
		{"name of bad UTF-8", "not a name", func(w *Writer) { w.Element("a\xFF", "") }},
		{"bad attribute name", "not a name", func(w *Writer) { w.Start("a"); w.Attr("b c", ""); w.End() }},
		{"declaration as attribute", "not a name", func(w *Writer) { w.Start("a"); w.Attr("xmlns", "u"); w.End() }},
		{"attribute twice", "twice", func(w *Writer) { w.Start("a"); w.Attr("b", ""); w.Attr("b", ""); w.End() }},
		{"late attribute", "after the start tag", func(w *Writer) { w.Start("a"); w.Text("x"); w.Attr("b", ""); w.End() }},
		{"late declaration of a prefix", "after the start tag", func(w *Writer) { w.Start("a"); w.Text("x"); w.DeclareNS("p", "u"); w.End() }},
		{"one prefix, two namespaces", "two namespaces", func(w *Writer) { w.Start("a"); w.DeclareNS("p", "u"); w.DeclareNS("p", "v"); w.End() }},
		{"two defaults", "two default", func(w *Writer) { w.StartNS("u", "a"); w.DeclareNS("", "v"); w.End() }},
		{"empty namespace for a prefix", "empty namespace", func(w *Writer) { w.StartPrefixed("p", "", "a"); w.End() }},
		{"prefix xmlns", "xmlns", func(w *Writer) { w.StartPrefixed("xmlns", "u", "a"); w.End() }},
		{"End without Start", "End without", func(w *Writer) { w.End() }},
		{"text outside", "outside", func(w *Writer) { w.Text("x") }},
		{"still open", "still open", func(w *Writer) { w.Start("a") }},
		{"nothing", "0 root", func(w *Writer) {}},
		{"two roots", "2 root", func(w *Writer) { w.Element("a", ""); w.Element("b", "") }},
		{"late XML declaration", "come first", func(w *Writer) { w.Element("a", ""); w.Declaration("UTF-8") }},
		{"bad encoding name", "encoding", func(w *Writer) { w.Declaration("a b"); w.Element("a", "") }},
	} {
		w := NewWriter()
		c.write(w)
		_, err := w.Finish()
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want an error that says %q", c.name, err, c.says)
		}
		w.Start("\x00")
		if again := w.Error(); again != err {
			t.Errorf("%s: later %v", c.name, again)
		}
		w.Reset()
		w.Element("a", "")
		if _, err := w.Finish(); err != nil {
			t.Errorf("%s: after Reset %v", c.name, err)
		}
	}
}

// tree is a random element for round trips.
type tree struct {
	name  Name
	attrs []Attr
	text  string
	kids  []tree
}

func randomTree(rnd *rand.Rand, depth int) tree {
	spaces := []string{"", "u", "v", "urn:a&b"}
	texts := []string{"", "x", "水 表", "<&>\"'", "\r\n\t ", "]]>", "𠮷", "\u0085"}
	t := tree{name: Name{spaces[rnd.IntN(4)], []string{"a", "b", "水"}[rnd.IntN(3)]}, text: texts[rnd.IntN(len(texts))]}
	for _, local := range []string{"c", "d"} {
		for _, space := range spaces {
			if rnd.IntN(6) == 0 {
				t.attrs = append(t.attrs, Attr{Name{space, local}, []byte(texts[rnd.IntN(len(texts))])})
			}
		}
	}
	for depth > 0 && rnd.IntN(3) > 0 {
		depth--
		t.kids = append(t.kids, randomTree(rnd, depth))
	}
	return t
}

func (n tree) write(rnd *rand.Rand, w *Writer) {
	prefixes := []string{"p", "q", "r"}
	if n.name.Space == "" || rnd.IntN(2) == 0 {
		w.StartNS(n.name.Space, n.name.Local)
	} else {
		w.StartPrefixed(prefixes[rnd.IntN(3)], n.name.Space, n.name.Local)
	}
	for _, a := range n.attrs {
		w.AttrNS(prefixes[rnd.IntN(3)], a.Name.Space, a.Name.Local, string(a.Value))
	}
	if n.text != "" {
		w.Text(n.text)
	}
	for _, k := range n.kids {
		k.write(rnd, w)
	}
	w.End()
}

func (n tree) dump(b *strings.Builder) {
	b.WriteString("<" + n.name.String())
	for _, a := range n.attrs {
		b.WriteString(" " + a.Name.String() + "=" + string(a.Value))
	}
	b.WriteString(">" + n.text)
	for _, k := range n.kids {
		k.dump(b)
	}
	b.WriteString("</" + n.name.String() + ">")
}

func TestWhatTheWriterWritesTheReaderReads(t *testing.T) {
	w := NewWriter()
	for seed := range uint64(3000) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		doc := randomTree(rnd, 5)
		var want strings.Builder
		doc.dump(&want)
		w.Reset()
		doc.write(rnd, w)
		out, err := w.Finish()
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		got, err := dump(NewReaderBytes(out, Limits{}))
		if err != nil || got != want.String() {
			t.Fatalf("seed %d: %s is read as\n%q, %v; want\n%q", seed, out, got, err, want.String())
		}
	}
}

func TestWriterAllocatesNothingOnceItHasGrown(t *testing.T) {
	w := NewWriter()
	write := func() {
		w.Reset()
		w.StartNS("u", "a")
		for range 100 {
			w.StartPrefixed("p", "v", "b")
			w.Attr("c", "d & e")
			w.AttrNS("p", "v", "c", "d")
			w.Element("e", "水 < 表")
			w.NilElement("f")
			w.End()
		}
		w.End()
	}
	write()
	if n := testing.AllocsPerRun(10, write); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
