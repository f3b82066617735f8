package xml

import (
	"bytes"
	stdxml "encoding/xml"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// page is a reply with n orders, as a pull reads it.
func page(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><GetOrdersResponse xmlns="urn:tundish:billing">`)
	for i := range n {
		fmt.Fprintf(&b, pageOrder, i, i, i%28+1)
	}
	b.WriteString(`</GetOrdersResponse></soapenv:Body></soapenv:Envelope>`)
	return b.Bytes()
}

const pageOrder = `
  <Order>
    <OrderNo>HB-2024-%07d</OrderNo>
    <Account>3301%08d</Account>
    <DueOn>2024-06-%02d</DueOn>
    <Customer>欧阳小明</Customer>
    <Address>人民路１２号３单元４０１室</Address>
    <Caliber>15</Caliber><LastReading>1234.50</LastReading><Flag>true</Flag>
    <Meter id="M0001" kind="cold"><Serial>A&amp;B-00042</Serial></Meter>
  </Order>`

// drain reads all tokens and looks at each as a decoder would.
func drain(r *Reader) (n int, err error) {
	for {
		kind, err := r.Next()
		if err != nil || kind == EOF {
			return n, err
		}
		if kind == Start && r.Name().Local != "" {
			n += len(r.Attrs())
		}
		n++
	}
}

func TestNoAllocationPerToken(t *testing.T) {
	small, large := page(10), page(1000)
	fromBytes, fromStream := NewReaderBytes(nil, Limits{}), NewReader(nil, Limits{})
	src := bytes.NewReader(nil)
	for name, read := range map[string]func(doc []byte){
		"bytes":  func(doc []byte) { fromBytes.ResetBytes(doc); must(t, fromBytes) },
		"stream": func(doc []byte) { src.Reset(doc); fromStream.Reset(src); must(t, fromStream) },
	} {
		for _, doc := range [][]byte{small, large, []byte(order)} {
			read(doc) // the names become known
			if n := testing.AllocsPerRun(10, func() { read(doc) }); n != 0 {
				t.Errorf("%s: %v allocations for a document of %d bytes", name, n, len(doc))
			}
		}
	}
}

func TestNoAllocationPerElementReadAsText(t *testing.T) {
	doc := page(100)
	r := NewReaderBytes(nil, Limits{})
	read := func() {
		r.ResetBytes(doc)
		for {
			kind, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			if kind == EOF {
				return
			}
			if kind != Start || r.Name().Local != "Order" {
				continue
			}
			for {
				more, err := r.NextChild()
				if err != nil {
					t.Fatal(err)
				}
				if !more {
					break
				}
				if id, ok := r.Attr("", "id"); ok && id == "M0001" {
					err = r.Skip()
				} else {
					_, err = r.ElementText()
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	read()
	if n := testing.AllocsPerRun(10, read); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func must(t testing.TB, r *Reader) {
	if n, err := drain(r); err != nil || n == 0 {
		t.Fatal(n, err)
	}
}

// endless generates a document of the given size in pieces.
type endless struct {
	left  int
	piece []byte
	rest  []byte
	ended bool
}

func (e *endless) Read(p []byte) (int, error) {
	if len(e.rest) == 0 {
		switch {
		case e.ended:
			return 0, io.EOF
		case e.left <= 0:
			e.rest, e.ended = []byte("</all>"), true
		default:
			e.rest = e.piece
			e.left -= len(e.piece)
		}
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

func TestDocumentOfHundredMegabytesIsReadInBoundedMemory(t *testing.T) {
	for name, piece := range map[string]string{
		"orders":     fmt.Sprintf(pageOrder, 1, 2, 3),
		"one text":   "水表漏水 text without any markup\r\n",
		"comments":   "<!--" + strings.Repeat(" comment 水 ", 10_000) + "-->",
		"one CDATA":  "<![CDATA[" + strings.Repeat("<data> 水", 1000) + "]]>",
		"new names":  "", // made below: every element has a name of its own
		"references": "&amp;&#x6C34;",
	} {
		var src io.Reader = io.MultiReader(strings.NewReader("<all>"), &endless{left: 100 << 20, piece: []byte(piece)})
		if piece == "" {
			src = io.MultiReader(strings.NewReader("<all>"), &freshNames{left: 20 << 20})
		}
		r := NewReader(src, Limits{Bytes: -1, TextBytes: -1})
		var before, now runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		peak := uint64(0)
		for i := 0; ; i++ {
			kind, err := r.Next()
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if kind == EOF {
				break
			}
			if i%200_000 == 100 {
				runtime.GC()
				runtime.ReadMemStats(&now)
				peak = max(peak, now.HeapAlloc-min(now.HeapAlloc, before.HeapAlloc))
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&now)
		peak = max(peak, now.HeapAlloc-min(now.HeapAlloc, before.HeapAlloc))
		t.Logf("%s: %d bytes read, heap grew by at most %d KiB", name, r.base+int64(len(r.buf)), peak>>10)
		if peak > 4<<20 {
			t.Errorf("%s: the heap grew by %d bytes", name, peak)
		}
	}
}

// freshNames generates elements with names never used before.
type freshNames struct {
	left, n int
	rest    []byte
	ended   bool
}

func (f *freshNames) Read(p []byte) (int, error) {
	if len(f.rest) == 0 {
		switch {
		case f.ended:
			return 0, io.EOF
		case f.left <= 0:
			f.rest, f.ended = []byte("</all>"), true
		default:
			f.n++
			f.rest = fmt.Appendf(f.rest[:0], "<name%d/>", f.n)
			f.left -= len(f.rest)
		}
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

var benchDocs = []struct {
	name string
	doc  []byte
}{
	{"order-1K", []byte(order)},
	{"page-500K", page(1000)},
	{"photo-1M", []byte("<a><Photo>" + strings.Repeat("/9j/4AAQSkZJRgABAQEAYABgAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRof\n", 13_000) + "</Photo></a>")},
	{"chinese-300K", []byte("<a>" + strings.Repeat("水表漏水，请尽快派人处理。", 8000) + "</a>")},
}

func BenchmarkReader(b *testing.B) {
	for _, c := range benchDocs {
		b.Run(c.name+"/bytes", func(b *testing.B) {
			r := NewReaderBytes(nil, Limits{})
			b.SetBytes(int64(len(c.doc)))
			b.ReportAllocs()
			for b.Loop() {
				r.ResetBytes(c.doc)
				must(b, r)
			}
		})
		b.Run(c.name+"/stream", func(b *testing.B) {
			r, src := NewReader(nil, Limits{}), bytes.NewReader(nil)
			b.SetBytes(int64(len(c.doc)))
			b.ReportAllocs()
			for b.Loop() {
				src.Reset(c.doc)
				r.Reset(src)
				must(b, r)
			}
		})
		b.Run(c.name+"/encoding-xml", func(b *testing.B) {
			b.SetBytes(int64(len(c.doc)))
			b.ReportAllocs()
			for b.Loop() {
				d := stdxml.NewDecoder(bytes.NewReader(c.doc))
				for {
					if _, err := d.Token(); err == io.EOF {
						break
					} else if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

func BenchmarkDecodeBytes(b *testing.B) {
	doc := bytes.Replace(page(1000), []byte("UTF-8"), []byte("GBK"), 1)
	cs, _ := ParseCharset("gbk")
	b.Run("GBK", func(b *testing.B) {
		sent := Encode(nil, doc, cs)
		b.SetBytes(int64(len(sent)))
		for b.Loop() {
			if out, _, err := DecodeBytes(sent, ""); err != nil || len(out) != len(doc) {
				b.Fatal(len(out), err)
			}
		}
	})
	b.Run("UTF-8", func(b *testing.B) {
		b.SetBytes(int64(len(doc)))
		for b.Loop() {
			if _, _, err := DecodeBytes(doc, ""); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkEncodeGBK(b *testing.B) {
	doc := page(1000)
	cs, _ := ParseCharset("gbk")
	out := Encode(nil, doc, cs)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		out = Encode(out[:0], doc, cs)
	}
}

func BenchmarkWriter(b *testing.B) {
	w := NewWriter()
	write := func() {
		w.Reset()
		w.StartPrefixed("soapenv", "http://schemas.xmlsoap.org/soap/envelope/", "Envelope")
		w.StartPrefixed("soapenv", "http://schemas.xmlsoap.org/soap/envelope/", "Body")
		w.StartNS("urn:tundish:billing", "GetOrdersResponse")
		for range 100 {
			w.Start("Order")
			w.Attr("kind", "cold")
			w.Element("OrderNo", "HB-2024-0000042")
			w.Element("Customer", "欧阳小明")
			w.Element("Address", "人民路１２号 & <３单元>")
			w.NilElement("Reading")
			w.End()
		}
		w.End()
		w.End()
		w.End()
	}
	write()
	if _, err := w.Finish(); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(w.Len()))
	b.ReportAllocs()
	for b.Loop() {
		write()
	}
}
