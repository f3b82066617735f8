package soap

import (
	"bytes"
	"fmt"
	"html"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// document is a WSDL or schema cut apart where addresses stand: of services, and of further
// documents that are given at the same address with another query.
type document struct {
	parts [][]byte
}

// furtherAt finds references to such documents: a location that is only a query. They leave
// with the whole address, for old stacks resolve a bare query wrongly.
var furtherAt = regexp.MustCompile(`\b(?:schemaLocation|location)\s*=\s*(?:"(\?)|'(\?))`)

// addressOf finds the location of a soap:address, wsdlsoap12:address or http:address.
// The markup of all charsets that a WSDL may be kept in is ASCII.
var addressOf = regexp.MustCompile(`<(?:[\w.-]+:)?address\s[^>]*?\blocation\s*=\s*(?:"([^"]*)"|'([^']*)')`)

func newDocument(wsdl []byte) (d document) {
	type span struct{ from, to int }
	var cuts []span
	for _, m := range addressOf.FindAllSubmatchIndex(wsdl, -1) {
		cuts = append(cuts, span{max(m[2], m[4]), max(m[3], m[5])})
	}
	for _, m := range furtherAt.FindAllSubmatchIndex(wsdl, -1) {
		at := max(m[2], m[4])
		cuts = append(cuts, span{at, at})
	}
	slices.SortFunc(cuts, func(a, b span) int { return a.from - b.from })
	done := 0
	for _, c := range cuts {
		from, to := c.from, c.to
		d.parts = append(d.parts, wsdl[done:from])
		done = to
	}
	d.parts = append(d.parts, wsdl[done:])
	return d
}

func (d document) at(address string) []byte {
	var b bytes.Buffer
	for i, part := range d.parts {
		if i > 0 {
			b.WriteString(html.EscapeString(address))
		}
		b.Write(part)
	}
	return b.Bytes()
}

// served is a contract that was cut apart when it was asked for last.
type served struct {
	mu  sync.Mutex
	of  []byte
	cur document
}

// cut cuts text, unless it is the one of last time.
func (s *served) cut(text []byte) document {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(text) == 0 || len(s.of) != len(text) || &s.of[0] != &text[0] {
		s.of, s.cur = text, newDocument(text)
	}
	return s.cur
}

// get shows the contract to programs and, shortly, to people.
func (e *Endpoint) get(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-cache") // addresses depend on who asks
	w.Header().Set("X-Content-Type-Options", "nosniff")
	query, _ := url.QueryUnescape(r.URL.RawQuery)
	switch strings.ToLower(query) {
	case "":
		e.page(w, r)
		return
	case "wsdl", "singlewsdl", "wsdl=1.1":
		e.contract(w, r, e.documents[0].cut(e.o.WSDL(false)))
		return
	case "wsdl=1.2":
		e.contract(w, r, e.documents[1].cut(e.o.WSDL(true)))
		return
	}
	if d, ok := e.h.(Documenter); ok {
		if doc, contentType, ok := d.Document(query); ok {
			e.show(w, newDocument(doc).at(e.address(r)), contentType)
			return
		}
	}
	http.Error(w, "there is no such document here; ask for ?wsdl or ?wsdl=1.2", http.StatusNotFound)
}

func (e *Endpoint) contract(w http.ResponseWriter, r *http.Request, wsdl document) {
	if len(wsdl.parts[0]) == 0 {
		http.Error(w, "there is no WSDL of this system", http.StatusNotFound)
		return
	}
	e.show(w, wsdl.at(e.address(r)), "text/xml; charset=utf-8")
}

func (e *Endpoint) show(w http.ResponseWriter, doc []byte, contentType string) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", fmt.Sprint(len(doc)))
	w.Write(doc)
}

func (e *Endpoint) page(w http.ResponseWriter, r *http.Request) {
	var b bytes.Buffer
	name, address := html.EscapeString(string(e.o.System)), html.EscapeString(e.address(r))
	fmt.Fprintf(&b, `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>%[1]s</title></head><body>
<h1>%[1]s</h1>
<p>This address takes SOAP 1.1 and 1.2 messages by POST. Contract: <a href="?wsdl">WSDL</a>, <a href="?wsdl=1.2">with SOAP 1.2 bindings</a>.</p>
<p lang="zh-CN">本地址以 POST 方式接收 SOAP 1.1 和 1.2 报文。接口约定：<a href="?wsdl">WSDL</a>，<a href="?wsdl=1.2">含 SOAP 1.2 绑定</a>。</p>
<p><code>%[2]s</code></p>
<ul>
`, name, address)
	for _, op := range e.ops {
		fmt.Fprintf(&b, "<li>%s</li>\n", html.EscapeString(op.Name))
	}
	b.WriteString("</ul></body></html>\n")
	e.show(w, b.Bytes(), "text/html; charset=utf-8")
}

// address is the endpoint's as the caller sees it, behind whatever proxies.
func (e *Endpoint) address(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	if p := strings.ToLower(first(r, "X-Forwarded-Proto")); p == "http" || p == "https" {
		scheme = p
	}
	host := r.Host
	if h := first(r, "X-Forwarded-Host"); plainHost(h) {
		host = h
	}
	if !plainHost(host) {
		if e.o.PublicURL != "" {
			return e.o.PublicURL
		}
		host = "localhost"
		if a, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
			host = a.String()
		}
	}
	prefix := strings.TrimRight(first(r, "X-Forwarded-Prefix"), "/")
	if !plainPath(prefix) {
		prefix = ""
	}
	return scheme + "://" + host + prefix + r.URL.EscapedPath()
}

// first is the first value of a header that every proxy on the way may have added to.
func first(r *http.Request, header string) string {
	v, _, _ := strings.Cut(r.Header.Get(header), ",")
	return strings.TrimSpace(v)
}

var (
	hosts = regexp.MustCompile(`^(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$`)
	paths = regexp.MustCompile(`^(?:/[\w.~%-]+)+$`)
)

func plainHost(s string) bool { return len(s) < 256 && hosts.MatchString(s) }
func plainPath(s string) bool { return len(s) < 256 && paths.MatchString(s) }
