package soap

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tundish/wsdl/xml"
)

// silent is a response writer that keeps nothing.
type silent struct{ h http.Header }

func (s *silent) Header() http.Header         { return s.h }
func (s *silent) Write(b []byte) (int, error) { return len(b), nil }
func (s *silent) WriteHeader(int)             {}

// BenchmarkEndpoint is a message of 2 KB without the network under it.
func BenchmarkEndpoint(b *testing.B) {
	gbk, _ := xml.ParseCharset("gbk")
	text := strings.Repeat("燃气表 x", 180)
	for name, doc := range map[string][]byte{
		"UTF-8":     []byte(message(SOAP11, "", echoBody(text))),
		"addressed": []byte(message(SOAP11, blocks(addressing10, "MessageID", "urn:1", "Action", "a", "To", "t"), echoBody(text))),
		"GBK":       xml.Encode(nil, []byte(`<?xml version="1.0" encoding="GBK"?>`+message(SOAP11, "", echoBody(text))), gbk),
	} {
		b.Run(name, func(b *testing.B) {
			h := &quietHandler{}
			e, err := NewEndpoint(h, EndpointOptions{System: "echo"})
			if err != nil {
				b.Fatal(err)
			}
			body := bytes.NewReader(doc)
			req := httptest.NewRequest(http.MethodPost, "/", io.NopCloser(body))
			req.ContentLength = int64(len(doc))
			req.Header.Set("Content-Type", "text/xml; charset=utf-8")
			if name == "GBK" {
				req.Header.Set("Content-Type", "text/xml; charset=GBK")
			}
			req.Header.Set("SOAPAction", `"a"`)
			w := &silent{http.Header{}}
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				body.Reset(doc)
				e.ServeHTTP(w, req)
			}
			if h.n == 0 {
				b.Fatal("no call was made")
			}
		})
	}
}

// quietHandler echoes without keeping a list.
type quietHandler struct {
	echoHandler
	n int
}

func (h *quietHandler) Decode(name xml.Name, r *xml.Reader) (func(context.Context) (xml.Marshaler, error), error) {
	in := new(echo)
	if err := in.UnmarshalXML(r); err != nil {
		return nil, err
	}
	return func(context.Context) (xml.Marshaler, error) {
		h.n++
		in.Local = "EchoResponse"
		return in, nil
	}, nil
}

// BenchmarkCall is a call over loopback, client and endpoint in one process.
func BenchmarkCall(b *testing.B) {
	f := serve(b, func(o *EndpointOptions) { o.Log = nil })
	f.h.do = func(_ context.Context, in *echo) (xml.Marshaler, error) {
		f.h.made()
		return &echo{Local: "EchoResponse", Text: in.Text}, nil
	}
	c := client(b, f.url, nil)
	text := strings.Repeat("燃气表 x", 180)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := c.echo(context.Background(), text); err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkBareHTTP is the same exchange of bytes with net/http alone: what BenchmarkCall
// can be measured by.
func BenchmarkBareHTTP(b *testing.B) {
	answer := []byte(answerXML(strings.Repeat("燃气表 x", 180)))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/xml")
		w.Write(answer)
	}))
	defer s.Close()
	c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			resp, err := c.Post(s.URL, "text/xml", bytes.NewReader(answer))
			if err != nil {
				b.Error(err)
				return
			}
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
	})
}
