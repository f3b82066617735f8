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
	"unicode"
	"unicode/utf8"
)

// encoding/xml and this package differ where both read a document, or it refuses one and we do not, in this alone:
//
//  1. Names follow the fifth edition of XML 1.0 here, the fourth there: it refuses names such as <𠮷/>.
//  2. A high and a low surrogate reference in succession are one character here, two U+FFFD there.
//  3. White space in attribute values is normalised here (§3.3.3), there only line ends are.
//
// The fuzz test knows them as exceptions and nothing else.
func stdRefusesRightly(doc []byte, err error) bool {
	msg := err.Error()
	switch {
	case strings.Contains(msg, "invalid XML name") || strings.Contains(msg, "expected element name") ||
		strings.Contains(msg, "expected attribute name") || strings.Contains(msg, "expected target name"):
		return !hasName5(doc) // difference 1
	}
	return true
}

// hasName5 reports whether the document holds letters that only the fifth edition allows in names: beyond ASCII
// anything may be one.
func hasName5(doc []byte) bool {
	return bytes.IndexFunc(doc, func(c rune) bool { return c > unicode.MaxASCII }) >= 0
}

// stdDump writes the tokens that encoding/xml reads like dump does.
func stdDump(doc []byte) (string, error) {
	d := stdxml.NewDecoder(bytes.NewReader(doc))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	var b strings.Builder
	depth := 0
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return b.String(), nil
		}
		if err != nil {
			return b.String(), err
		}
		switch tok := tok.(type) {
		case stdxml.StartElement:
			depth++
			b.WriteString("<" + Name(tok.Name).String())
			for _, a := range tok.Attr {
				if a.Name.Space != "xmlns" && a.Name != (stdxml.Name{Local: "xmlns"}) {
					n := Name(a.Name)
					if n.Space == "xml" {
						n.Space = XMLSpace
					}
					fmt.Fprintf(&b, " %s=%s", n, normal(a.Value))
				}
			}
			b.WriteString(">")
		case stdxml.EndElement:
			depth--
			b.WriteString("</" + Name(tok.Name).String() + ">")
		case stdxml.CharData:
			if depth == 0 || len(tok) == 0 {
				continue
			}
			b.Write(tok)
		}
	}
}

// normal hides difference 3.
func normal(v string) string {
	return strings.Map(func(c rune) rune {
		if c == '\t' || c == '\n' || c == '\r' {
			return ' '
		}
		return c
	}, v)
}

// ourDump is dump without bars between texts and with white space in values made alike.
func ourDump(r *Reader) (string, error) {
	var b strings.Builder
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
				fmt.Fprintf(&b, " %s=%s", a.Name, normal(string(a.Value)))
			}
			b.WriteString(">")
		case End:
			b.WriteString("</" + r.Name().String() + ">")
		case Text:
			b.Write(r.Text())
		}
	}
}

// hasSurrogates reports whether a document may hold surrogate references, difference 2.
func hasSurrogates(doc []byte) bool {
	return bytes.Contains(doc, []byte("&#"))
}

func checkAgainstStd(t *testing.T, doc []byte) {
	t.Helper()
	got, err := ourDump(NewReaderBytes(doc, Limits{}))
	streamed, serr := ourDump(NewReader(iotest.OneByteReader(bytes.NewReader(doc)), Limits{}))
	if got != streamed && err == nil || (err == nil) != (serr == nil) || err != nil && err.Error() != serr.Error() {
		t.Fatalf("%q: as bytes %q, %v; byte by byte %q, %v", doc, got, err, streamed, serr)
	}
	want, stdErr := stdDump(doc)
	if err != nil {
		var e *Error
		if !errors.As(err, &e) || e.Msg == "" || e.Line < 1 || e.Column < 1 || e.Kind == 0 {
			t.Fatalf("%q: incomplete error %#v", doc, err)
		}
		return
	}
	if !utf8.Valid(doc) {
		t.Fatalf("%q is not UTF-8 and was read", doc)
	}
	if stdErr != nil {
		if stdRefusesRightly(doc, stdErr) {
			t.Fatalf("%q is read as %q; encoding/xml refuses it: %v", doc, got, stdErr)
		}
		return
	}
	if got != want && !(hasSurrogates(doc) && strings.Contains(want, "\uFFFD")) {
		t.Fatalf("%q is read as\n%q, by encoding/xml as\n%q", doc, got, want)
	}
	checkRoundTrip(t, doc, got)
}

// checkRoundTrip captures the root into a Writer and reads it again.
func checkRoundTrip(t *testing.T, doc []byte, want string) {
	t.Helper()
	r := NewReaderBytes(doc, Limits{})
	if kind, err := r.Next(); kind != Start || err != nil {
		t.Fatalf("%q: %v, %v", doc, kind, err)
	}
	w := NewWriter()
	if err := r.Capture(w); err != nil {
		t.Fatalf("%q: capture: %v", doc, err)
	}
	out, err := w.Finish()
	if err != nil {
		t.Fatalf("%q: writing: %v", doc, err)
	}
	if again, err := ourDump(NewReaderBytes(out, Limits{})); err != nil || again != want {
		t.Fatalf("%q was written as %q and read as %q, %v; want %q", doc, out, again, err, want)
	}
}

func FuzzReader(f *testing.F) {
	for _, c := range refused {
		f.Add([]byte(c.doc))
	}
	for _, c := range accepted {
		f.Add([]byte(c.doc))
	}
	f.Add([]byte(order))
	f.Add([]byte(`<a>]&#93;></a>`))
	f.Add([]byte(`<A A=""ڶ`)) // a message must not depend on how the bytes arrive
	f.Fuzz(func(t *testing.T, doc []byte) { checkAgainstStd(t, doc) })
}

// order is a message as the hub's callers send it.
const order = `<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <soapenv:Header><wsa:MessageID xmlns:wsa="http://www.w3.org/2005/08/addressing" soapenv:mustUnderstand="0">urn:uuid:5d1c</wsa:MessageID></soapenv:Header>
  <soapenv:Body>
    <SubmitOrder xmlns="urn:tundish:hotline">
      <Order Priority="2">
        <OrderNo xsi:type="xsd:string">RX-20240601-0042</OrderNo>
        <Type>LEAK</Type>
        <ReportedAt>2024-06-01T08:30:00+08:00</ReportedAt>
        <Customer><Name>欧阳&#x20BB7;</Name><Phone>13800000000</Phone><Note>水表 &lt;3 号&gt; 漏水 &amp; 滴水</Note></Customer>
        <Place><Address>人民路１２号３单元４０１</Address><Lat>31.230416</Lat><Lon>121.473701</Lon></Place>
        <Remark><![CDATA[狗 <凶> & 勿近]]></Remark>
        <Reading xsi:nil="true"/>
      </Order>
    </SubmitOrder>
  </soapenv:Body>
</soapenv:Envelope>`
