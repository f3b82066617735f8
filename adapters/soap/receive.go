package soap

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"tundish/core"
	"tundish/wsdl/xml"
)

// Limits bounds what an [Endpoint] takes. A zero field stands for its default.
type Limits struct {
	Body     int64         // bytes of a request, also after gzip; default 8 MiB
	XML      xml.Limits    // of the document; see xml.Limits for defaults
	ReadTime time.Duration // to receive a request's body; default 30 s
	CallTime time.Duration // for the handler; default 60 s
}

func (l Limits) withDefaults() Limits {
	if l.Body == 0 {
		l.Body = 8 << 20
	}
	if l.ReadTime == 0 {
		l.ReadTime = 30 * time.Second
	}
	if l.CallTime == 0 {
		l.CallTime = 60 * time.Second
	}
	return l
}

// mediaType is a Content-Type taken apart, without mime.ParseMediaType's map and with its
// mercy for parameters that are not quite right.
type mediaType struct {
	name, charset, action string
}

func parseMediaType(header string) (m mediaType) {
	name, rest, _ := strings.Cut(header, ";")
	m.name = strings.ToLower(strings.TrimSpace(name))
	for rest != "" {
		var key string
		key, rest, _ = strings.Cut(rest, "=")
		key = strings.TrimLeft(key, "; \t")
		rest = strings.TrimLeft(rest, " \t")
		var value string
		if strings.HasPrefix(rest, `"`) {
			value, rest, _ = strings.Cut(rest[1:], `"`)
			_, rest, _ = strings.Cut(rest, ";")
		} else {
			value, rest, _ = strings.Cut(rest, ";")
		}
		switch {
		case strings.EqualFold(strings.TrimSpace(key), "charset"):
			m.charset = strings.TrimSpace(value)
		case strings.EqualFold(strings.TrimSpace(key), "action"):
			m.action = strings.TrimSpace(value)
		}
	}
	return m
}

// version guesses the version of a message that could not be read as far as its envelope.
func (m mediaType) version() Version {
	if m.name == "application/soap+xml" {
		return SOAP12
	}
	return SOAP11
}

// take refuses what is no SOAP message by its Content-Type. A missing one is forgiven:
// the body shows soon enough what it is.
func (m mediaType) take() *Fault {
	switch m.name {
	case "text/xml", "application/soap+xml", "application/xml", "":
		return nil
	}
	f := refuse("media_type", "Content-Type", "Content-Type is %q; send text/xml (SOAP 1.1) or application/soap+xml (SOAP 1.2), without attachments",
		"Content-Type 为 %q，应为 text/xml（SOAP 1.1）或 application/soap+xml（SOAP 1.2），且不支持附件", m.name)
	f.closes = true
	return f.with(http.StatusUnsupportedMediaType)
}

// tooLarge refuses a body over the limit.
func (l Limits) tooLarge() *Fault {
	f := refuse("too_large", "", "the message is larger than %d bytes", "报文超过 %d 字节的限制", l.Body)
	f.closes = true
	return f.with(http.StatusRequestEntityTooLarge)
}

// readBody reads a request's body into buf, within bounds of size and time.
func (l Limits) readBody(w http.ResponseWriter, r *http.Request, buf []byte) ([]byte, *Fault) {
	if r.ContentLength > l.Body {
		return buf, l.tooLarge()
	}
	zipped := false
	switch encoding := r.Header.Get("Content-Encoding"); strings.ToLower(encoding) {
	case "", "identity":
	case "gzip", "x-gzip":
		zipped = true
	default:
		f := refuse("encoding", "Content-Encoding", "Content-Encoding is %q; send gzip or none", "Content-Encoding 为 %q，只支持 gzip 或不压缩", encoding)
		f.closes = true
		return buf, f.with(http.StatusUnsupportedMediaType)
	}
	rc := http.NewResponseController(w)
	timed := rc.SetReadDeadline(time.Now().Add(l.ReadTime)) == nil
	var body io.Reader = r.Body
	var packed *wire
	if zipped {
		packed = &wire{src: r.Body, left: l.Body + 1}
		z, err := openGzip(packed)
		if err != nil {
			return buf, l.unzippable(packed, err)
		}
		defer closeGzip(z)
		body = z
	}
	buf, err := readAll(body, buf, l.Body+1, r.ContentLength)
	switch {
	case err != nil && zipped:
		return buf, l.unzippable(packed, err)
	case err != nil:
		return buf, l.unreadable(err)
	}
	if int64(len(buf)) > l.Body {
		return buf, l.tooLarge()
	}
	if timed {
		// Left in force, the deadline would end the handler's request.
		rc.SetReadDeadline(time.Time{})
	}
	return buf, nil
}

// unreadable says why a body could not be received.
func (l Limits) unreadable(err error) *Fault {
	f := refuse("incomplete", "", "the message did not arrive whole; send it again", "报文未完整到达，请重发").with(http.StatusBadRequest)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		f = refuse("too_slow", "", "the message took longer than %s to arrive", "报文接收超过 %s", l.ReadTime.String()).with(http.StatusRequestTimeout)
	}
	f.Err.(*core.Error).Err = err
	f.closes = true
	return f
}

// unzippable says why a body could not be unpacked: err is of the connection, or of what
// came over it whole.
func (l Limits) unzippable(packed *wire, err error) *Fault {
	switch {
	case packed.err != nil:
		return l.unreadable(packed.err)
	case packed.left <= 0:
		return l.tooLarge()
	}
	f := refuse("encoding", "Content-Encoding", "the body is not the gzip that Content-Encoding promises, or was cut off while it was packed; pack it again, or send it without Content-Encoding",
		"报文内容不是完整有效的 gzip 数据，与 Content-Encoding 不符；请重新压缩，或不压缩并去掉 Content-Encoding").with(http.StatusBadRequest)
	f.Err.(*core.Error).Err = err
	f.closes = true
	return f
}

// wire is a body as it comes over the connection, up to left bytes of it. It remembers how
// the connection failed: a gzip.Reader says the same of a broken body and of a lost one.
type wire struct {
	src  io.Reader
	left int64
	err  error // never io.EOF
}

func (b *wire) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, io.EOF
	}
	n, err := b.src.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}

// readAll appends what src gives to buf, at most limit bytes. size is what was announced,
// -1 if nothing was: it saves growing, but is not believed.
func readAll(src io.Reader, buf []byte, limit, size int64) ([]byte, error) {
	const believe = 64 << 10
	if want := int(min(size, believe)) + 1; want > cap(buf) {
		buf = make([]byte, 0, want)
	}
	for int64(len(buf)) < limit {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := src.Read(buf[len(buf):min(int64(cap(buf)), limit)])
		buf = buf[:len(buf)+n]
		if err == io.EOF {
			return buf, nil
		}
		if err != nil {
			return buf, err
		}
	}
	return buf, nil
}

var (
	gunzips sync.Pool
	gzips   = sync.Pool{New: func() any { z, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed); return z }}
)

func openGzip(src io.Reader) (*gzip.Reader, error) {
	if z, ok := gunzips.Get().(*gzip.Reader); ok {
		if err := z.Reset(src); err != nil {
			gunzips.Put(z)
			return nil, err
		}
		return z, nil
	}
	return gzip.NewReader(src)
}

func closeGzip(z *gzip.Reader) {
	z.Reset(bytes.NewReader(nil)) // lets go of the source; the error is that there is none
	gunzips.Put(z)
}

// zip compresses b.
func zip(b []byte) []byte {
	var out bytes.Buffer
	z := gzips.Get().(*gzip.Writer)
	z.Reset(&out)
	z.Write(b) // a bytes.Buffer takes everything
	z.Close()
	z.Reset(io.Discard)
	gzips.Put(z)
	return out.Bytes()
}

// wantsGzip reads an Accept-Encoding.
func wantsGzip(header string) bool {
	for header != "" {
		var part string
		part, header, _ = strings.Cut(header, ",")
		name, q, _ := strings.Cut(part, ";")
		name = strings.TrimSpace(name)
		if strings.EqualFold(name, "gzip") || strings.EqualFold(name, "x-gzip") {
			q = strings.ReplaceAll(q, " ", "")
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}
