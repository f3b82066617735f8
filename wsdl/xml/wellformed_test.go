package xml

import (
	"bytes"
	stdxml "encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// refused are documents that are not well-formed, or refused by decision. The message must hold says.
var refused = []struct{ name, doc, says string }{
	{"nothing", "", "empty"},
	{"white space only", " \n", "no root element"},
	{"comment only", "<!-- a -->", "no root element"},
	{"text only", "hello", "text before the root"},
	{"two roots", "<a/><b/>", "second root"},
	{"two roots with text", "<a></a> <b></b>", "second root"},
	{"text before the root", "x<a/>", "text before"},
	{"text behind the root", "<a/>x", "text behind"},
	{"reference behind the root", "<a/>&#32;", "text behind"},
	{"CDATA before the root", "<![CDATA[ ]]><a/>", "outside"},
	{"CDATA behind the root", "<a/><![CDATA[ ]]>", "outside"},
	{"end tag first", "</a>", "end tag outside"},
	{"end tag behind the root", "<a/></a>", "end tag outside"},
	{"zero byte behind the root", "<a/>\x00", "text behind"},
	{"not closed", "<a><b></b>", "ends inside element <a>"},
	{"closed by another", "<a><b></a></b>", "element <b> closed by </a>"},
	{"closed by a longer one", "<a></ab>", "closed by </ab>"},
	{"closed by another prefix", `<p:a xmlns:p="u" xmlns:q="u"></q:a>`, "closed by </q:a>"},
	{"closed in another case", "<a></A>", "closed by </A>"},
	{"attribute in the end tag", `<a></a b="">`, "'>' must follow"},
	{"end tag with slash", `<a></a/>`, "'>' must follow"},
	{"open tag at the end", "<a", "ends inside a tag"},
	{"open value at the end", `<a b="x`, "ends inside the value"},
	{"lone bracket", "<", "ends inside a tag"},
	{"space before the name", "< a/>", "where a name must stand"},
	{"space before the end name", "<a></ a>", "where a name must stand"},
	{"digit begins a name", "<1a/>", "not a name"},
	{"minus begins a name", "<-a/>", "not a name"},
	{"dot begins a name", "<.a/>", "not a name"},
	{"middle dot begins a name", "<·a/>", "not a name"},
	{"forbidden name character", "<a×/>", "must follow here"},
	{"attribute name begins with a digit", `<a 1="x"/>`, "not a name"},
	{"two colons", `<p:a:b xmlns:p="u"/>`, "not a name"},
	{"colon first", "<:a/>", "not a name"},
	{"colon last", `<a: xmlns:a="u"/>`, "not a name"},
	{"digit behind the colon", `<p:1 xmlns:p="u"/>`, "not a name"},
	{"colon only", "<:/>", "not a name"},
	{"slash in the tag", "<a/ >", "'/' in a tag"},
	{"slash before attribute", `<a / b="">`, "'/' in a tag"},

	{"attribute twice", `<a b="" b=""/>`, "given twice"},
	{"attribute twice by namespace", `<a xmlns:p="u" xmlns:q="u" p:b="" q:b=""/>`, "given twice"},
	{"one of many attributes twice", `<a a1="" a2="" a3="" a4="" a5="" a6="" a7="" a8="" a9="" b1="" b2="" b3="" b4="" b5="" a5=""/>`, "given twice"},
	{"declaration twice", `<a xmlns:p="u" xmlns:p="u"/>`, "given twice"},
	{"default declaration twice", `<a xmlns="u" xmlns="u"/>`, "given twice"},
	{"no space between attributes", `<a b=""c=""/>`, "white space"},
	{"no space behind the name", `<a"b"/>`, "must follow here"},
	{"attribute without value", `<a b/>`, "has no value"},
	{"attribute without quotes", `<a b=c/>`, "not in quotes"},
	{"attribute with unequal quotes", `<a b="c'/>`, "ends inside the value"},
	{"attribute without name", `<a =""/>`, "where a name must stand"},
	{"bracket in a value", `<a b="<"/>`, "'<' in the value"},
	{"ampersand in a value", `<a b="a&b"/>`, "write &amp;"},
	{"zero byte in a value", "<a b=\"\x00\"/>", "U+0000"},

	{"undeclared prefix", "<p:a/>", `prefix "p" is not declared`},
	{"undeclared attribute prefix", `<a p:b=""/>`, `prefix "p" is not declared`},
	{"prefix out of scope", `<a><b xmlns:p="u"/><p:c/></a>`, "not declared"},
	{"prefix bound to nothing", `<a xmlns:p=""/>`, "empty namespace"},
	{"xml bound elsewhere", `<a xmlns:xml="u"/>`, "prefix xml"},
	{"another prefix for xml", `<a xmlns:p="http://www.w3.org/XML/1998/namespace"/>`, "only the prefix xml"},
	{"xml as default", `<a xmlns="http://www.w3.org/XML/1998/namespace"/>`, "only the prefix xml"},
	{"xmlns declared", `<a xmlns:xmlns="u"/>`, "xmlns cannot be declared"},
	{"xmlns declared as itself", `<a xmlns:xmlns="http://www.w3.org/2000/xmlns/"/>`, "xmlns cannot be declared"},
	{"prefix for xmlns", `<a xmlns:p="http://www.w3.org/2000/xmlns/"/>`, "no prefix can"},
	{"xmlns as default", `<a xmlns="http://www.w3.org/2000/xmlns/"/>`, "no prefix can"},
	{"element with the prefix xmlns", `<xmlns:a/>`, "not declared"},
	{"xmlns without prefix", `<a xmlns:=""/>`, "not a name"},

	{"DTD", "<!DOCTYPE a><a/>", "document type declaration"},
	{"DTD with entities", `<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`, "document type declaration"},
	{"DTD from outside", `<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>`, "document type declaration"},
	{"DTD behind the root", "<a/><!DOCTYPE a>", "document type declaration"},
	{"DTD inside the root", "<a><!DOCTYPE a></a>", "document type declaration"},
	{"DTD in small letters", "<!doctype html><a/>", "comment or a CDATA"},
	{"entity declaration", `<a><!ENTITY b "c"></a>`, "comment or a CDATA"},
	{"late declaration", ` <?xml version="1.0"?><a/>`, "not at the very start"},
	{"declaration behind a comment", `<!-- --><?xml version="1.0"?><a/>`, "not at the very start"},
	{"declaration inside", `<a><?xml version="1.0"?></a>`, "not at the very start"},
	{"declaration behind the root", `<a/><?xml version="1.0"?>`, "not at the very start"},
	{"two declarations", `<?xml version="1.0"?><?xml version="1.0"?><a/>`, "not at the very start"},
	{"declaration in capitals", `<?XML version="1.0"?><a/>`, "not at the very start"},
	{"mixed target xml", `<a><?xMl a?></a>`, "not at the very start"},
	{"empty declaration", `<?xml?><a/>`, "not at the very start"},
	{"declaration without version", `<?xml encoding="UTF-8"?><a/>`, `version="1.0"`},
	{"version 1.1", `<?xml version="1.1"?><a/>`, "version other than 1.0"},
	{"version 2.0", `<?xml version="2.0"?><a/>`, "version other than 1.0"},
	{"version without quotes", `<?xml version=1.0?><a/>`, `version="1.0"`},
	{"encoding without a name", `<?xml version="1.0" encoding=""?><a/>`, "encoding that cannot be one"},
	{"encoding with a space", `<?xml version="1.0" encoding=" UTF-8"?><a/>`, "encoding that cannot be one"},
	{"standalone maybe", `<?xml version="1.0" standalone="maybe"?><a/>`, "standalone"},
	{"standalone before encoding", `<?xml version="1.0" standalone="yes" encoding="UTF-8"?><a/>`, "malformed"},
	{"unknown pseudo attribute", `<?xml version="1.0" foo="bar"?><a/>`, "foo"},
	{"no space in the declaration", `<?xml version="1.0"encoding="UTF-8"?><a/>`, "malformed"},
	{"endless declaration", `<?xml version="1.0"`, "ends inside the XML declaration"},
	{"double BOM", "\uFEFF\uFEFF<a/>", "second byte order mark"},
	{"BOM behind white space", " \uFEFF<a/>", "second byte order mark"},

	{"lone high surrogate", "<a>&#xD83D;</a>", "lone surrogate U+D83D"},
	{"lone low surrogate", "<a>&#xDE00;</a>", "lone surrogate U+DE00"},
	{"surrogates reversed", "<a>&#xDE00;&#xD83D;</a>", "lone surrogate U+DE00"},
	{"two high surrogates", "<a>&#xD83D;&#xD83D;</a>", "lone surrogate U+D83D"},
	{"surrogates apart", "<a>&#xD83D; &#xDE00;</a>", "lone surrogate U+D83D"},
	{"high surrogate and another", "<a>&#xD83D;&#65;</a>", "lone surrogate U+D83D"},
	{"high surrogate and entity", "<a>&#xD83D;&amp;</a>", "lone surrogate U+D83D"},
	{"lone surrogate in a value", `<a b="&#xD800;"/>`, "lone surrogate U+D800"},
	{"reference to zero", "<a>&#0;</a>", "&#0; is not a reference"},
	{"reference to a control character", "<a>&#x1;</a>", "&#x1; is not a reference"},
	{"reference to U+FFFE", "<a>&#xFFFE;</a>", "not a reference"},
	{"reference to U+FFFF", "<a>&#65535;</a>", "not a reference"},
	{"reference beyond Unicode", "<a>&#x110000;</a>", "not a reference"},
	{"reference that overflows", "<a>&#x100000041;</a>", "not a reference"},
	{"endless reference", "<a>&#x" + strings.Repeat("0", 100) + "41;</a>", "does not begin a reference"},
	{"reference with capital X", "<a>&#X41;</a>", "not a reference"},
	{"reference without digits", "<a>&#;</a>", "not declared"},
	{"hex reference without digits", "<a>&#x;</a>", "not a reference"},
	{"decimal reference with letters", "<a>&#1a;</a>", "not a reference"},
	{"reference with a sign", "<a>&#+65;</a>", "does not begin"},
	{"unknown entity", "<a>&nbsp;</a>", "entity &nbsp; is not declared"},
	{"ampersand alone", "<a>a & b</a>", "write &amp;"},
	{"entity without semicolon", "<a>&amp</a>", "write &amp;"},
	{"empty entity", "<a>&;</a>", "not declared"},
	{"reference at the end", "<a>&am", "ends inside a reference"},

	{"zero byte", "<a>\x00</a>", "U+0000"},
	{"control character", "<a>\x1F</a>", "U+001F"},
	{"form feed between attributes", "<a\x0Cb=''/>", "must follow here"},
	{"U+FFFE", "<a>\uFFFE</a>", "U+FFFE"},
	{"U+FFFF", "<a>\uFFFF</a>", "U+FFFF"},
	{"half a character", "<a>\xE4\xB8</a>", "not valid UTF-8"},
	{"half a character at the end", "<a>\xE4\xB8", "not valid UTF-8"},
	{"continuation byte alone", "<a>\x80</a>", "not valid UTF-8"},
	{"overlong", "<a>\xC0\xAF</a>", "not valid UTF-8"},
	{"overlong of three", "<a>\xE0\x80\xAF</a>", "not valid UTF-8"},
	{"surrogate in UTF-8", "<a>\xED\xA0\x80</a>", "not valid UTF-8"},
	{"beyond Unicode", "<a>\xF4\x90\x80\x80</a>", "not valid UTF-8"},
	{"bad UTF-8 in a name", "<a\xFF/>", "not valid UTF-8"},
	{"bad UTF-8 in a value", "<a b='\xFF'/>", "not valid UTF-8"},
	{"bad UTF-8 in a comment", "<a><!-- \xFF --></a>", "not valid UTF-8"},
	{"bad UTF-8 in an instruction", "<a><?b \xFF?></a>", "not valid UTF-8"},
	{"bad UTF-8 in CDATA", "<a><![CDATA[\xFF]]></a>", "not valid UTF-8"},
	{"Latin bytes that only the declaration explains", "<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE9</a>", "not valid UTF-8"},
	{"control character in a comment", "<a><!-- \x01 --></a>", "U+0001"},
	{"control character in CDATA", "<a><![CDATA[\x01]]></a>", "U+0001"},

	{"end of CDATA in text", "<a>]]></a>", "]]&gt;"},
	{"end of CDATA in text, late", "<a>x]]]></a>", "]]&gt;"},
	{"open CDATA", "<a><![CDATA[x</a>", "ends inside a CDATA section"},
	{"CDATA in small letters", "<a><![cdata[x]]></a>", "malformed CDATA"},
	{"cut CDATA", "<a><![CDA", "ends inside a CDATA section"},
	{"two hyphens in a comment", "<a><!-- a -- b --></a>", "'--' in a comment"},
	{"comment ends with three hyphens", "<a><!-- a ---></a>", "'--' in a comment"},
	{"open comment", "<a><!-- a", "ends inside a comment"},
	{"shortest false comment", "<a><!--></a>", "ends inside a comment"},
	{"one hyphen", "<a><!- a --></a>", "comment or a CDATA"},
	{"open instruction", "<a><?b", "ends inside"},
	{"instruction without name", "<a><? b?></a>", "where a name must stand"},
	{"instruction with a colon", "<a><?b:c?></a>", "colon"},
	{"instruction with a slash", "<a><?b/?></a>", "must follow here"},
	{"instruction with two marks", "<a><?b?c?></a>", "must be followed by '>'"},
}

// accepted are documents with the tokens that must come out, in the notation of dump.
var accepted = []struct{ name, doc, want string }{
	{"empty element", "<a/>", "<a></a>"},
	{"empty element with space", "<a />", "<a></a>"},
	{"start and end", "<a></a>", "<a></a>"},
	{"end tag with space", "<a></a\n >", "<a></a>"},
	{"BOM", "\uFEFF<a/>", "<a></a>"},
	{"declaration", `<?xml version="1.0"?><a/>`, "<a></a>"},
	{"full declaration", "<?xml\tversion = '1.0'\nencoding='GB2312'\r\nstandalone=\"no\" ?>\n<a/>", "<a></a>"},
	{"encoding that nobody knows", "<?xml version='1.0' encoding='x-none'?><a/>", "<a></a>"},
	{"declaration behind a BOM", "\uFEFF<?xml version='1.0'?><a/>", "<a></a>"},
	{"stylesheet", `<?xml-stylesheet href="a"?><a/>`, "<a></a>"},
	{"misc around the root", "<!--a--><?b c?>\r\n<a/>\n<!----><?d?> ", "<a></a>"},
	{"comments and instructions inside", "<a>x<!-- <b> & - \u4E2D -->y<?c d ? > e?>z</a>", "<a>x|y|z</a>"},
	{"question marks in an instruction", "<a><?b ???></a>", "<a></a>"},
	{"BOM inside text", "<a>\uFEFF</a>", "<a>\uFEFF</a>"},
	{"text", "<a>b c</a>", "<a>b c</a>"},
	{"Chinese", "<工单><编号>甲１</编号></工单>", "<工单><编号>甲１</编号></工单>"},
	{"beyond the BMP", "<a>𠮷</a>", "<a>𠮷</a>"},
	{"name beyond the BMP", "<𠮷/>", "<𠮷></𠮷>"},
	{"names", "<_a-b.c·d1/>", "<_a-b.c·d1></_a-b.c·d1>"},
	{"entities", "<a>&lt;&gt;&amp;&apos;&quot;</a>", "<a><>&'\"</a>"},
	{"references", "<a>&#65;&#x4e2D;&#x10FFFF;&#0065;&#13;&#10;</a>", "<a>A\u4E2D\U0010FFFFA\r\n</a>"},
	{"reference to a high code point", "<a>&#x1F600;</a>", "<a>😀</a>"},
	{"surrogate pair", "<a>x&#xD83D;&#xDE00;y</a>", "<a>x😀y</a>"},
	{"surrogate pair in decimal", "<a>&#55357;&#56832;</a>", "<a>😀</a>"},
	{"surrogate pair in a value", `<a b="&#xD842;&#xDFB7;"/>`, "<a b=𠮷></a>"},
	{"line ends", "<a>1\r\n2\r3\n4\r\r\n5</a>", "<a>1\n2\n3\n4\n\n5</a>"},
	{"line ends in CDATA", "<a><![CDATA[1\r\n2\r3]]></a>", "<a>1\n2\n3</a>"},
	{"white space in values", "<a b=' 1\t2\r\n3\r4\n5 '/>", "<a b= 1 2 3 4 5 ></a>"},
	{"referred white space in values", "<a b='&#9;&#10;&#13;'/>", "<a b=\t\n\r></a>"},
	{"quotes in values", `<a b='"' c="'&quot;"/>`, `<a b=" c='"></a>`},
	{"greater in values and text", `<a b=">">></a>`, "<a b=>>></a>"},
	{"brackets in text", "<a>]] ]> ]</a>", "<a>]] ]> ]</a>"},
	{"CDATA", "<a>x<![CDATA[<b>&amp;]] ]>]]>y</a>", "<a>x|<b>&amp;]] ]>|y</a>"},
	{"CDATA with brackets at the end", "<a><![CDATA[]]]]></a>", "<a>]]</a>"},
	{"CDATA empty", "<a><![CDATA[]]></a>", "<a></a>"},
	{"CDATA split to hide its end", "<a><![CDATA[]]]]><![CDATA[>]]></a>", "<a>]]|></a>"},
	{"C1 control characters", "<a>\u0085\u009F\u007F</a>", "<a>\u0085\u009F\u007F</a>"},
	{"namespaces", `<p:a xmlns:p="u"><b xmlns="v"><c/><p:d/></b><e/></p:a>`, "<{u}a><{v}b><{v}c></{v}c><{u}d></{u}d></{v}b><e></e></{u}a>"},
	{"prefix declared anew", `<p:a xmlns:p="u"><p:b xmlns:p="v"/><p:c/></p:a>`, "<{u}a><{v}b></{v}b><{u}c></{u}c></{u}a>"},
	{"prefix declared behind its use", `<p:a p:b="" xmlns:p="u"/>`, "<{u}a {u}b=></{u}a>"},
	{"default taken back", `<a xmlns="u"><b xmlns=""/></a>`, "<{u}a><b></b></{u}a>"},
	{"attribute without prefix", `<a xmlns="u" b=""/>`, "<{u}a b=></{u}a>"},
	{"same local name in two namespaces", `<a xmlns:p="u" xmlns:q="v" p:b="1" q:b="2" b="3"/>`, "<a {u}b=1 {v}b=2 b=3></a>"},
	{"default and prefix alike", `<a xmlns="u" xmlns:p="u" p:b="1" b="2"/>`, "<{u}a {u}b=1 b=2></{u}a>"},
	{"xml prefix", `<a xml:lang="zh"/>`, "<a {http://www.w3.org/XML/1998/namespace}lang=zh></a>"},
	{"xml prefix declared", `<xml:a xmlns:xml="http://www.w3.org/XML/1998/namespace"/>`, "<{http://www.w3.org/XML/1998/namespace}a></{http://www.w3.org/XML/1998/namespace}a>"},
	{"namespace that is no URI", `<a xmlns="工单 系统"/>`, "<{工单 系统}a></{工单 系统}a>"},
	{"names beginning with xml", `<xmlfoo xmlbar=""/>`, "<xmlfoo xmlbar=></xmlfoo>"},
}

// dump writes all tokens of a document; pieces of one text are joined, texts apart stay apart only where markup
// stood between them and are shown with a bar.
func dump(r *Reader) (string, error) {
	var b strings.Builder
	last := EOF
	for {
		kind, err := r.Next()
		if err != nil {
			return b.String(), err
		}
		switch kind {
		case EOF:
			return b.String(), nil
		case Start:
			b.WriteString("<" + r.Name().String())
			for _, a := range r.Attrs() {
				fmt.Fprintf(&b, " %s=%s", a.Name, a.Value)
			}
			b.WriteString(">")
		case End:
			b.WriteString("</" + r.Name().String() + ">")
		case Text:
			if last == Text {
				b.WriteString("|")
			}
			b.Write(r.Text())
		}
		last = kind
	}
}

// readers are the ways a document can arrive. The results must not differ.
func readers(doc string) map[string]*Reader {
	return map[string]*Reader{
		"bytes":    NewReaderBytes([]byte(doc), Limits{}),
		"stream":   NewReader(strings.NewReader(doc), Limits{}),
		"one byte": NewReader(iotest.OneByteReader(strings.NewReader(doc)), Limits{}),
		"data err": NewReader(iotest.DataErrReader(iotest.HalfReader(strings.NewReader(doc))), Limits{}),
	}
}

func TestWellFormedDocumentsAreReadAsTheyAre(t *testing.T) {
	for _, c := range accepted {
		for way, r := range readers(c.doc) {
			if got, err := dump(r); err != nil || got != c.want {
				t.Errorf("%s (%s): %q gives %q, %v; want %q", c.name, way, c.doc, got, err, c.want)
			}
			for range 3 {
				if kind, err := r.Next(); kind != EOF || err != nil {
					t.Errorf("%s: behind the end comes %v, %v", c.name, kind, err)
				}
			}
		}
	}
}

func TestWhatIsNotWellFormedIsRefused(t *testing.T) {
	for _, c := range refused {
		place := Position{}
		for way, r := range readers(c.doc) {
			_, err := dump(r)
			var e *Error
			if !errors.As(err, &e) || !strings.Contains(e.Msg, c.says) {
				t.Errorf("%s (%s): %q gives %v; want an Error that says %q", c.name, way, c.doc, err, c.says)
				continue
			}
			if e.Kind != Syntax && e.Kind != BadCharset {
				t.Errorf("%s: kind %v", c.name, e.Kind)
			}
			if e.Line < 1 || e.Column < 1 {
				t.Errorf("%s: no position in %v", c.name, e)
			}
			if place != (Position{}) && place != e.Position {
				t.Errorf("%s (%s): position %v, otherwise %v", c.name, way, e.Position, place)
			}
			place = e.Position
			if _, again := r.Next(); again != err {
				t.Errorf("%s: the second error is %v, the first was %v", c.name, again, err)
			}
		}
	}
}

// lenient are the refused documents that encoding/xml takes: the reason for this package.
func TestEncodingXMLTakesWhatWeRefuse(t *testing.T) {
	taken := 0
	for _, c := range refused {
		d := stdxml.NewDecoder(strings.NewReader(c.doc))
		var err error
		for err == nil {
			_, err = d.Token()
		}
		if err == io.EOF {
			taken++
		}
	}
	t.Logf("encoding/xml takes %d of the %d refused documents", taken, len(refused))
	if taken < 30 {
		t.Errorf("encoding/xml takes only %d of the refused documents: it has become strict, is this package still needed?", taken)
	}
}

func TestPositionsCountLinesAndCharacters(t *testing.T) {
	for _, c := range []struct {
		doc          string
		line, column int
		path         string
	}{
		{"<a>\n  <b>\r\n    <c></d>", 3, 8, "a/b/c"},
		{"<工单>编号&x;", 1, 7, "工单"},
		{"\uFEFF<a>&", 1, 5, "a"},
		{"<a>\r<b>\r\r\n<c>&;", 4, 4, "a/b/c"},
		{"<a>\n<!-- \n\n -->\n<b x='\n\n<'", 7, 1, "a"},
		{"<a>𠮷𠮷<b/>&;", 1, 10, "a"},
		{strings.Repeat("\n", 300_000) + "<a>" + strings.Repeat("\n ", 200_000) + "<b><c>" + strings.Repeat("é", 100_000) + "&;", 500_001, 100_008, "a/b/c"},
	} {
		for way, r := range readers(c.doc) {
			_, err := dump(r)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("%.20q: no error", c.doc)
			}
			if e.Line != c.line || e.Column != c.column || e.Path != c.path {
				t.Errorf("%.40q (%s): line %d, column %d, path %s; want %d, %d, %s", c.doc, way, e.Line, e.Column, e.Path, c.line, c.column, c.path)
			}
		}
	}
}

func TestPositionOfEveryTokenIsWhereItBegins(t *testing.T) {
	doc := "<a>\n <b c='1'>x\r\n</b><!-- \n -->y\n<d/></a>"
	want := []string{"1:1", "1:4", "2:2", "2:11", "3:1", "4:5", "5:1", "5:1", "5:5"}
	for way, r := range readers(doc) {
		var got []string
		for {
			kind, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			if kind == EOF {
				break
			}
			p := r.Position()
			got = append(got, fmt.Sprintf("%d:%d", p.Line, p.Column))
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s: %v, want %v", way, got, want)
		}
	}
}

func TestLimits(t *testing.T) {
	deep := strings.Repeat("<a>", 65) + strings.Repeat("</a>", 65)
	attrs, spaces := "<a", "<a"
	for i := range 257 {
		attrs += fmt.Sprintf(" b%d=''", i)
		spaces += fmt.Sprintf(" xmlns:b%d='u'", i)
	}
	for _, c := range []struct {
		name, doc, says string
		l               Limits
	}{
		{"depth", deep, "64 deep", Limits{}},
		{"attributes", attrs + "/>", "256 attributes", Limits{}},
		{"namespaces", spaces + "/>", "256 namespace declarations", Limits{Attributes: 1000}},
		{"name", "<" + strings.Repeat("a", 5000) + "/>", "4 KiB", Limits{}},
		{"name across the window", "<" + strings.Repeat("a", 100_000) + "/>", "4 KiB", Limits{}},
		{"attribute name", "<a " + strings.Repeat("a", 5000) + "=''/>", "4 KiB", Limits{}},
		{"tag", "<a b='" + strings.Repeat("a", 2<<20) + "'/>", "1 MiB", Limits{}},
		{"tag of spaces", "<a " + strings.Repeat(" ", 2<<20) + "/>", "1 MiB", Limits{}},
		{"tag of small values", "<a" + strings.Repeat(" ", 1<<20-3) + "/>", "1 MiB", Limits{}},
		{"text", "<a>" + strings.Repeat("x", 101) + "</a>", "100 bytes", Limits{TextBytes: 100}},
		{"text in pieces", "<a>" + strings.Repeat("xxxxxxxxxx<!-- -->", 11) + "</a>", "100 bytes", Limits{TextBytes: 100}},
		{"references", "<a>" + strings.Repeat("&amp;", 101) + "</a>", "100 bytes", Limits{TextBytes: 100}},
		{"document", "<a>" + strings.Repeat("<b/>", 100) + "</a>", "200 bytes", Limits{Bytes: 200}},
		{"endless comment", "<a><!--" + strings.Repeat("x", 1000) + "--></a>", "200 bytes", Limits{Bytes: 200}},
		{"declaration", "<?xml version='1.0' " + strings.Repeat(" ", 5000) + "?><a/>", "1 KiB", Limits{}},
	} {
		for way, r := range map[string]*Reader{
			"bytes": NewReaderBytes([]byte(c.doc), c.l), "stream": NewReader(strings.NewReader(c.doc), c.l),
			"one byte": NewReader(iotest.OneByteReader(strings.NewReader(c.doc)), c.l),
		} {
			_, err := dump(r)
			if !IsKind(err, Limit) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s (%s): %v, want a Limit that says %q", c.name, way, err, c.says)
			}
		}
	}
	free := Limits{Depth: -1, Attributes: -1, Namespaces: -1, Bytes: -1}
	for _, doc := range []string{deep, attrs + "/>", spaces + "/>"} {
		if _, err := dump(NewReaderBytes([]byte(doc), free)); err != nil {
			t.Errorf("without bounds: %v", err)
		}
	}
}

func TestFailureOfTheSourceIsNotTheDocumentsFault(t *testing.T) {
	broken := errors.New("connection reset")
	for _, doc := range []string{"", "<", "<a", "<a>", "<a>x", "<a b='", "<a><!--", "<a><![CDATA[", "<a></a", "<a/>", "<?xml ", "<a>&am"} {
		r := NewReader(io.MultiReader(strings.NewReader(doc), iotest.ErrReader(broken)), Limits{})
		if _, err := dump(r); !errors.Is(err, broken) || !IsKind(err, Source) {
			t.Errorf("%q: %v", doc, err)
		}
		if _, err := dump(NewReader(strings.NewReader(doc), Limits{})); doc != "<a/>" && (!errors.Is(err, io.ErrUnexpectedEOF) || !IsKind(err, Syntax)) {
			t.Errorf("%q: %v is not io.ErrUnexpectedEOF", doc, err)
		}
	}
	r := NewReader(stuck{}, Limits{})
	if _, err := dump(r); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a source that gives nothing: %v", err)
	}
}

// stuck is a source that neither gives bytes nor ends.
type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

func TestTheSourceBytesAreNotChanged(t *testing.T) {
	for _, c := range accepted {
		doc := []byte(c.doc)
		if _, err := dump(NewReaderBytes(doc, Limits{})); err != nil || !bytes.Equal(doc, []byte(c.doc)) {
			t.Errorf("%s: %v, bytes now %q", c.name, err, doc)
		}
	}
}

func TestResetForgetsTheLastDocument(t *testing.T) {
	r := NewReader(strings.NewReader(""), Limits{})
	for _, c := range refused {
		r.Reset(strings.NewReader(c.doc))
		dump(r)
		for _, ok := range accepted[:5] {
			r.ResetBytes([]byte(ok.doc))
			if got, err := dump(r); err != nil || got != ok.want {
				t.Fatalf("%q behind %q: %q, %v", ok.doc, c.doc, got, err)
			}
		}
	}
}
