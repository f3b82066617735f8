package xml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

func in(t *testing.T, e encoding.Encoding, s string) string {
	t.Helper()
	out, err := e.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var (
	le    = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	be    = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	gbk   = simplifiedchinese.GBK
	gb18k = simplifiedchinese.GB18030
)

func declared(enc, body string) string {
	return `<?xml version="1.0" encoding="` + enc + `"?><a>` + body + `</a>`
}

func TestCharsetRule(t *testing.T) {
	const zh = "水表漏水，请处理"
	for _, c := range []struct {
		name, doc, contentType string
		want, used             string
		bom, mismatch          bool
	}{
		{"nothing said", "<a>" + zh + "</a>", "", "<a>" + zh + "</a>", UTF8, false, false},
		{"UTF-8 declared", declared("utf-8", zh), "", declared("utf-8", zh), UTF8, false, false},
		{"ASCII declared as GBK", declared("GBK", "x"), "", declared("GBK", "x"), GB18030, false, false},
		{"GB2312 declared", in(t, gbk, declared("GB2312", zh)), "", declared("GB2312", zh), GB18030, false, false},
		{"GBK declared", in(t, gbk, declared("GBK", "镕"+zh)), "", declared("GBK", "镕"+zh), GB18030, false, false},
		{"GB2312 declared, but GB18030 inside", in(t, gb18k, declared("GB2312", "𠮷镕")), "", declared("GB2312", "𠮷镕"), GB18030, false, false},
		{"GB18030 declared", in(t, gb18k, declared("GB18030", "𠮷"+zh)), "", declared("GB18030", "𠮷"+zh), GB18030, false, false},
		{"GBK in Content-Type only", in(t, gbk, "<a>"+zh+"</a>"), "GBK", "<a>" + zh + "</a>", GB18030, false, false},
		{"the declaration goes before Content-Type", in(t, gbk, declared("GBK", zh)), "utf-8", declared("GBK", zh), GB18030, false, true},
		{"Content-Type where the declaration does not fit", in(t, gbk, declared("UTF-8", zh)), "gb2312", declared("UTF-8", zh), GB18030, false, true},
		{"Content-Type where the declaration is unknown", in(t, gbk, declared("x-none", zh)), "gbk", declared("x-none", zh), GB18030, false, true},
		{"GBK declared, UTF-8 sent", declared("GBK", zh), "gbk", declared("GBK", zh), UTF8, false, true},
		{"GBK in Content-Type, UTF-8 sent", "<a>" + zh + "</a>", "gbk", "<a>" + zh + "</a>", UTF8, false, true},
		{"Latin-1 declared, Chinese UTF-8 sent", declared("ISO-8859-1", zh), "", declared("ISO-8859-1", zh), UTF8, false, true},
		{"GBK that could be UTF-8 of two bytes", in(t, gbk, declared("GBK", "模")), "", declared("GBK", "模"), GB18030, false, false},
		{"nothing said, GBK sent", in(t, gbk, "<a>"+zh+"</a>"), "", "<a>" + zh + "</a>", GB18030, false, false},
		{"UTF-8 declared, GBK sent", in(t, gbk, declared("UTF-8", zh)), "utf-8", declared("UTF-8", zh), GB18030, false, true},
		{"UTF-8 BOM", "\uFEFF" + declared("UTF-8", zh), "", declared("UTF-8", zh), UTF8, true, false},
		{"UTF-8 BOM against GBK", "\uFEFF" + declared("GBK", zh), "gbk", declared("GBK", zh), UTF8, true, true},
		{"GB18030 BOM", "\x84\x31\x95\x33" + in(t, gb18k, "<a>"+zh+"</a>"), "", "<a>" + zh + "</a>", GB18030, true, false},
		{"UTF-16 little endian with BOM", "\xFF\xFE" + in(t, le, declared("UTF-16", zh+"𠮷")), "", declared("UTF-16", zh+"𠮷"), UTF16LE, true, false},
		{"UTF-16 big endian with BOM", "\xFE\xFF" + in(t, be, declared("utf-16", zh+"𠮷")), "utf-16", declared("utf-16", zh+"𠮷"), UTF16BE, true, false},
		{"UTF-16 little endian by its pattern", in(t, le, "<工单>"+zh+"</工单>"), "", "<工单>" + zh + "</工单>", UTF16LE, false, false},
		{"UTF-16 big endian by its pattern", in(t, be, "\n<a>"+zh+"</a>"), "utf-8", "\n<a>" + zh + "</a>", UTF16BE, false, true},
		{"UTF-16 declared, UTF-8 sent", declared("UTF-16", zh), "", declared("UTF-16", zh), UTF8, false, true},
		{"Latin-1", in(t, charmap.ISO8859_1, declared("iso-8859-1", "Zähler")), "", declared("iso-8859-1", "Zähler"), ISO8859_1, false, false},
		{"windows-1252", in(t, charmap.Windows1252, declared("windows-1252", "€ – Zähler")), "", declared("windows-1252", "€ – Zähler"), Windows1252, false, false},
		{"ASCII", declared("us-ascii", "x"), "", declared("us-ascii", "x"), UTF8, false, false},
		{"replacement character in GB18030", in(t, gb18k, declared("gb18030", zh)) + "<!--\x84\x31\xA4\x37-->", "", declared("gb18030", zh) + "<!--\uFFFD-->", GB18030, false, false},
		{"empty", "", "", "", UTF8, false, false},
	} {
		out, cs, err := DecodeBytes([]byte(c.doc), c.contentType)
		if err != nil || string(out) != c.want {
			t.Errorf("%s: %q, %v", c.name, out, err)
		}
		if cs.Used != c.used || cs.BOM != c.bom || cs.Mismatch != c.mismatch || cs.ContentType != c.contentType {
			t.Errorf("%s: %+v", c.name, cs)
		}
		for way, src := range map[string]io.Reader{
			"stream": strings.NewReader(c.doc), "one byte": iotest.OneByteReader(strings.NewReader(c.doc)), "data err": iotest.DataErrReader(strings.NewReader(c.doc)),
		} {
			r, cs2, err := Decode(src, c.contentType)
			if err != nil || cs2 != cs {
				t.Errorf("%s (%s): %+v, %v", c.name, way, cs2, err)
				continue
			}
			if out, err := io.ReadAll(r); err != nil || string(out) != c.want {
				t.Errorf("%s (%s): %q, %v", c.name, way, out, err)
			}
		}
	}
}

func TestBytesThatFitNoCharsetAreRefusedWithTheirOffset(t *testing.T) {
	for _, c := range []struct {
		name, doc string
		offset    int64
	}{
		{"UTF-8 with a character cut in two", "<a>水表漏水请处\xE7\x90</a>", 21},
		{"UTF-8 with a character cut in two at the end", "<a>水表\xE7\x90", 9},
		{"GBK declared, a byte missing", declared("GBK", "\xCB\xAE\xB1"), 41},
		{"GBK declared, 0xFF", declared("GBK", "\xCB\xAE\xFF\xFF"), 41},
		{"nothing known", "<a>\xFF\xFE</a>", 3},
		{"double BOM", "\uFEFF\uFEFF<a/>", 3},
		{"double BOM in UTF-16", "\xFF\xFE\xFF\xFE<\x00", 2},
		{"lone surrogate", "\xFF\xFE<\x00a\x00>\x00\x3D\xD8<\x00", 8},
		{"lone low surrogate", "\xFE\xFF\x00<\xDE\x00", 4},
		{"half a unit", "\xFF\xFE<\x00a", 4},
		{"unassigned in GB18030", declared("GB18030", "\xFE\x39\xFE\x39"), 43},
		{"hole in windows-1252", declared("windows-1252", "\x81"), 0},
	} {
		_, cs, err := DecodeBytes([]byte(c.doc), "")
		var e *Error
		if !errors.As(err, &e) || e.Kind != BadCharset || c.offset > 0 && e.Offset != c.offset {
			t.Errorf("%s: %#v, %+v", c.name, err, cs)
		}
		r, _, err := Decode(strings.NewReader(c.doc), "")
		if err == nil {
			_, err = io.ReadAll(r)
		}
		if !errors.As(err, &e) || e.Kind != BadCharset || c.offset > 0 && e.Offset != c.offset {
			t.Errorf("%s as a stream: %#v", c.name, err)
		}
	}
}

func TestUTF8IsNotCopied(t *testing.T) {
	for _, doc := range []string{declared("utf-8", "水"), "\uFEFF" + declared("utf-8", "水")} {
		b := []byte(doc)
		out, _, err := DecodeBytes(b, "utf-8")
		if err != nil || &out[len(out)-1] != &b[len(b)-1] {
			t.Errorf("%q was copied: %v", doc, err)
		}
	}
}

func TestLongStreamsAreDecodedBehindTheSniffedPart(t *testing.T) {
	body := strings.Repeat("水表漏水，𠮷 x", 20_000)
	for name, e := range map[string]encoding.Encoding{"GB18030": gb18k, "UTF-16": le} {
		doc := in(t, e, declared(name, body))
		r, _, err := Decode(iotest.HalfReader(strings.NewReader(doc)), "")
		if err != nil {
			t.Fatal(err)
		}
		if out, err := io.ReadAll(r); err != nil || string(out) != declared(name, body) {
			t.Errorf("%s: %d bytes, %v", name, len(out), err)
		}
		r, _, err = Decode(strings.NewReader(doc[:len(doc)-10]+"\xFF"), "")
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.ReadAll(r)
		var e *Error
		if !errors.As(err, &e) || e.Kind != BadCharset || int(e.Offset) != len(doc)-10 {
			t.Errorf("%s, damaged at %d: %v", name, len(doc)-10, err)
		}
	}
	r, _, err := Decode(io.MultiReader(strings.NewReader(in(t, gbk, declared("GBK", body[:len("水表漏水")]))), iotest.ErrReader(io.ErrClosedPipe)), "")
	if err == nil {
		_, err = io.ReadAll(r)
	}
	if !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("the failure of the source is lost: %v", err)
	}
}

func TestAnswersAreWrittenInTheCharsetOfTheCaller(t *testing.T) {
	const text = "<a>水镕€𠮷é</a>"
	for _, c := range []struct{ sent, label, want string }{
		{declared("gb2312", "x"), GB2312, "<a>\xCB\xAE&#x9555;&#x20AC;&#x20BB7;\xA8\xA6</a>"},
		{declared("GBK", "x"), GBK, "<a>\xCB\xAE\xE9\x46&#x20AC;&#x20BB7;\xA8\xA6</a>"},
		{declared("GB18030", "x"), GB18030, in(t, gb18k, text)},
		{declared("utf-8", "x"), UTF8, text},
		{declared("us-ascii", "x"), UTF8, text},
		{"<a/>", UTF8, text},
		{in(t, gbk, "<a>水表漏水</a>"), GB18030, in(t, gb18k, text)},
		{declared("GBK", "水表"), UTF8, text}, // declared wrongly
		{"\xFF\xFE" + in(t, le, "<a/>"), "UTF-16", "\xFF\xFE" + in(t, le, text)},
		{in(t, be, "<a/>"), "UTF-16", "\xFE\xFF" + in(t, be, text)},
		{declared("iso-8859-1", "x"), ISO8859_1, "<a>&#x6C34;&#x9555;&#x20AC;&#x20BB7;\xE9</a>"},
		{declared("cp1252", "x"), Windows1252, "<a>&#x6C34;&#x9555;\x80&#x20BB7;\xE9</a>"},
	} {
		_, cs, err := DecodeBytes([]byte(c.sent), "")
		if err != nil {
			t.Fatal(err)
		}
		got := Encode(nil, []byte(text), cs)
		if cs.Label() != c.label || string(got) != c.want {
			t.Errorf("%q: %s, %q; want %s, %q", c.sent, cs.Label(), got, c.label, c.want)
		}
		back, _, err := DecodeBytes(got, cs.Label())
		if err != nil {
			t.Errorf("%q: %v", got, err)
		}
		r := NewReaderBytes(back, Limits{})
		if kind, err := r.Next(); kind != Start || err != nil {
			t.Fatal(err)
		}
		if s, err := r.ElementText(); err != nil || string(s) != "水镕€𠮷é" {
			t.Errorf("%s comes back as %q, %v", c.label, s, err)
		}
	}
	if got := Encode([]byte("x"), []byte("a"), Charset{Used: UTF16BE}); string(got) != "x\x00a" {
		t.Errorf("a second piece of UTF-16: %q", got)
	}
}

func TestConfiguredCharsets(t *testing.T) {
	for name, label := range map[string]string{
		"gbk": GBK, "GB2312": GB2312, " gb18030 ": GB18030, "utf8": UTF8, "UTF-16": "UTF-16", "utf-16be": UTF16BE, "latin1": ISO8859_1, "": "", "klingon": "",
	} {
		cs, ok := ParseCharset(name)
		if ok != (label != "") || ok && cs.Label() != label {
			t.Errorf("%q: %+v, %s, %v", name, cs, cs.Label(), ok)
		}
	}
}

// Every two-byte code of GB18030 has a character, and all characters of the BMP come back as they went.
func TestUserDefinedCharactersSurvive(t *testing.T) {
	for hi := byte(0x81); hi < 0xFF; hi++ {
		for lo := byte(0x40); lo < 0xFF; lo++ {
			if lo == 0x7F {
				continue
			}
			out, n, err := decodeGB18030(nil, []byte{hi, lo})
			if err != nil || n != 2 || string(out) == "\uFFFD" {
				t.Errorf("%02X%02X: %q, %v", hi, lo, out, err)
			}
		}
	}
	for _, label := range []string{GB18030, GBK, GB2312} {
		cs, _ := ParseCharset(label)
		for c := rune(0x80); c <= 0xFFFD; c++ {
			if !isChar(c) {
				continue
			}
			sent := Encode(nil, []byte(string(c)), cs)
			back, n, err := decodeGB18030(nil, sent)
			if string(back) != string(c) && string(back) != fmt.Sprintf("&#x%X;", c) || n != len(sent) || err != nil {
				t.Errorf("%s: U+%04X goes as % X and comes back as %q, %v", label, c, sent, back, err)
			}
		}
	}
	for code, want := range map[string]string{"\xAA\xA1": "\uE000", "\xF8\xA1": "\uE234", "\xA1\x40": "\uE4C6", "\xA7\xA0": "\uE765", "\xA2\xAB": "\uE766", "\xD7\xFE": "\uE814", "\xFE\x59": "龴", "\xA8\xBC": "ḿ"} {
		if got, _, err := decodeGB18030(nil, []byte(code)); err != nil || string(got) != want {
			t.Errorf("% X: %q, %v; want %q", code, got, err, want)
		}
	}
}

// FuzzDecode checks that whatever comes out is UTF-8 that decodes to itself, in one piece or byte by byte.
func FuzzDecode(f *testing.F) {
	for _, doc := range []string{
		order, declared("GBK", "\xCB\xAE\xB1\xED"), "\xFF\xFE<\x00a\x00/\x00>\x00", "\x00<\x00a\x00/\x00>", "\xEF\xBB\xBF<a/>",
		"\x84\x31\x95\x33<a/>", declared("GB18030", "\x84\x31\xA4\x37\x90\x30\x81\x30"), "<a>\xE6\xB0\xB4\xFF</a>", declared("iso-8859-1", "\xE4"),
	} {
		f.Add([]byte(doc), "")
		f.Add([]byte(doc), "gb2312")
	}
	f.Fuzz(func(t *testing.T, doc []byte, contentType string) {
		out, cs, err := DecodeBytes(doc, contentType)
		r, cs2, serr := Decode(iotest.OneByteReader(bytes.NewReader(doc)), contentType)
		if err != nil {
			if !IsKind(err, BadCharset) {
				t.Fatalf("%v", err)
			}
			if serr == nil {
				if _, serr = io.ReadAll(r); serr == nil && cs2.Used != UTF8 {
					t.Fatalf("the stream of %q is read, the bytes give %v", doc, err)
				}
			}
			return
		}
		if serr != nil || cs2 != cs {
			t.Fatalf("%q: %+v as bytes, %+v, %v as a stream", doc, cs, cs2, serr)
		}
		streamed, serr := io.ReadAll(r)
		if serr != nil || !bytes.Equal(streamed, out) {
			t.Fatalf("%q: %q as bytes, %q, %v as a stream", doc, out, streamed, serr)
		}
		if _, ok := validUTF8(out, true); !ok {
			t.Fatalf("%q becomes %q, which is not UTF-8", doc, out)
		}
		if label := cs.Label(); label == GB18030 || label == "UTF-16" {
			// written behind a byte, so that UTF-16 gets no byte order mark
			back := Encode([]byte{' '}, out, cs)
			if again, _, err := decoders[cs.Used](nil, back[1:]); err != nil || !bytes.Equal(again, out) {
				t.Fatalf("%q in %s comes back as %q, %v", out, cs.Used, again, err)
			}
		}
	})
}
