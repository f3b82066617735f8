package mapping

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"tundish/wsdl/xml"
)

// Documents are a WSDL and the documents that it leads to, as they were given.
type Documents struct {
	root  string
	texts map[string][]byte // by name, which is a path
}

// references are the places in a WSDL or schema that lead to other documents. The markup of
// all charsets that one may be kept in is ASCII.
var references = regexp.MustCompile(`<(?:[\w.-]+:)?(?:import|include|redefine)\s[^>]*?\b(?:schemaLocation|location)\s*=\s*(?:"([^"]*)"|'([^']*)')`)

var declared = regexp.MustCompile(`^(\s*<\?xml\b[^>]*?)\s+encoding\s*=\s*(?:"[^"]*"|'[^']*')`)

// WSDL is the contract as its callers know it, in UTF-8. What it refers to is asked for at
// the same address, with a query that [Documents.Document] answers.
func (d *Documents) WSDL() []byte { return d.shown(d.root) }

// Document answers a query such as xsd=types/order.xsd.
func (d *Documents) Document(query string) (text []byte, ok bool) {
	kind, name, _ := strings.Cut(query, "=")
	if kind = strings.ToLower(kind); kind != "xsd" && kind != "wsdl" {
		return nil, false
	}
	full := path.Join(path.Dir(d.root), name)
	if d.texts[full] == nil {
		return nil, false
	}
	return d.shown(full), true
}

// Names are the documents, the WSDL first.
func (d *Documents) Names() []string {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(d.texts)), func(n string) bool { return n == d.root })
	return append([]string{d.root}, names...)
}

func (d *Documents) shown(name string) []byte {
	text, _, err := xml.DecodeBytes(d.texts[name], "")
	if err != nil {
		return nil // it was read before: it cannot be
	}
	text = declared.ReplaceAll(text, []byte(`$1 encoding="utf-8"`))
	var out []byte
	done := 0
	for _, m := range references.FindAllSubmatchIndex(text, -1) {
		from, to := m[2], m[3]
		if from < 0 {
			from, to = m[4], m[5]
		}
		target := path.Join(path.Dir(name), string(text[from:to]))
		if d.texts[target] == nil {
			continue
		}
		kind := "xsd"
		if strings.HasSuffix(strings.ToLower(target), ".wsdl") {
			kind = "wsdl"
		}
		out = append(append(out, text[done:from]...), "?"+kind+"="+d.relative(target)...)
		done = to
	}
	return append(out, text[done:]...)
}

// relative is a document's path seen from the folder of the WSDL; what lies above it begins
// with dots, which path.Join takes away again.
func (d *Documents) relative(name string) string {
	dir := path.Dir(d.root)
	up := ""
	for dir != "." && !strings.HasPrefix(name, dir+"/") {
		dir, up = path.Dir(dir), up+"../"
	}
	if dir == "." {
		return up + name
	}
	return up + strings.TrimPrefix(name, dir+"/")
}
