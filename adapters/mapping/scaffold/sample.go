package scaffold

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"

	"tundish/adapters/mapping"
	"tundish/wsdl/xml"
	"tundish/wsdl/xsd"
)

// Sample is a message that was seen: the element in its Body.
type Sample struct{ root *tree }

// Name is that of the element in the Body.
func (s *Sample) Name() xml.Name { return s.root.name }

// ReadSample reads a message at the Start of the element in its Body, through its End.
func ReadSample(r *xml.Reader) (*Sample, error) {
	r, _, err := mapping.Plain(r, false)
	if err != nil {
		return nil, err
	}
	t, err := readTree(r)
	if err != nil {
		return nil, err
	}
	return &Sample{t}, nil
}

// tree is what one element, or all at one place of some messages, looked like.
type tree struct {
	name  xml.Name
	attrs []attr
	kids  []*tree   // each name once
	many  bool      // it stood beside another of its name
	texts []string  // different ones, not all of them
	doc   *document // that the text was
}

type attr struct {
	name  string
	texts []string
}

// document is one that stood in a string.
type document struct {
	root    *tree
	json    bool
	declare string // charset of its declaration
}

// mostTexts is how many texts of a place are remembered.
const mostTexts = 20

func keep(texts []string, more ...string) []string {
	for _, text := range more {
		if len(texts) < mostTexts && !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return texts
}

func readTree(r *xml.Reader) (*tree, error) {
	t := &tree{name: r.Name()}
	for _, a := range r.Attrs() {
		if a.Name.Space != xml.XSISpace {
			t.attrs = append(t.attrs, attr{a.Name.Local, []string{string(a.Value)}})
		}
	}
	var text []byte
	for {
		kind, err := r.Next()
		switch {
		case err != nil:
			return nil, err
		case kind == xml.Text:
			text = append(text, r.Text()...)
		case kind == xml.Start:
			kid, err := readTree(r)
			if err != nil {
				return nil, err
			}
			if known := t.kid(kid.name.Local); known != nil {
				known.many = true
				known.merge(kid)
			} else {
				t.kids = append(t.kids, kid)
			}
		default:
			if text = bytes.TrimSpace(text); len(text) > 0 && len(t.kids) == 0 {
				t.texts = []string{string(text)}
				t.doc = documentIn(text)
			}
			return t, nil
		}
	}
}

func (t *tree) kid(name string) *tree {
	for _, k := range t.kids {
		if k.name.Local == name {
			return k
		}
	}
	return nil
}

// merge lays another tree of the same place into this one.
func (t *tree) merge(other *tree) {
	t.many = t.many || other.many
	t.texts = keep(t.texts, other.texts...)
	for _, a := range other.attrs {
		if i := slices.IndexFunc(t.attrs, func(b attr) bool { return a.name == b.name }); i >= 0 {
			t.attrs[i].texts = keep(t.attrs[i].texts, a.texts...)
		} else {
			t.attrs = append(t.attrs, a)
		}
	}
	for _, k := range other.kids {
		if known := t.kid(k.name.Local); known != nil {
			known.merge(k)
		} else {
			t.kids = append(t.kids, k)
		}
	}
	switch {
	case t.doc == nil:
		t.doc = other.doc
	case other.doc != nil && other.doc.json == t.doc.json && other.doc.root.name.Local == t.doc.root.name.Local:
		t.doc.root.merge(other.doc.root)
	}
}

// clone copies a tree that others are merged into.
func (t *tree) clone() *tree {
	c := &tree{name: t.name}
	c.many, c.attrs, c.texts = t.many, slices.Clone(t.attrs), slices.Clone(t.texts)
	for _, k := range t.kids {
		c.kids = append(c.kids, k.clone())
	}
	if t.doc != nil {
		c.doc = &document{t.doc.root.clone(), t.doc.json, t.doc.declare}
	}
	return c
}

// size counts the places of a tree, those of documents in it too.
func (t *tree) size() int {
	n := 1 + len(t.attrs)
	for _, k := range t.kids {
		n += k.size()
	}
	if t.doc != nil {
		n += t.doc.root.size()
	}
	return n
}

// at is what stands at a path below the tree, as a leaf has it; nil where nothing was seen.
func (t *tree) at(path string) (found *tree, texts []string) {
	for step := range strings.SplitSeq(path, "/") {
		if t == nil {
			return nil, nil
		}
		if name, ok := strings.CutPrefix(step, "@"); ok {
			for _, a := range t.attrs {
				if a.name == name {
					return nil, a.texts
				}
			}
			return nil, nil
		}
		t = t.kid(strings.TrimSuffix(step, "[1]"))
	}
	if t == nil {
		return nil, nil
	}
	return t, t.texts
}

var declared = regexp.MustCompile(`^<\?xml[^>]*\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']`)

// documentIn reads a text that is a document; nil for any other.
func documentIn(text []byte) *document {
	text = bytes.TrimLeft(text, "\ufeff \t\r\n")
	d := &document{}
	switch {
	case bytes.HasPrefix(text, []byte("<")):
		if found := declared.FindSubmatch(text); found != nil {
			d.declare = string(found[1])
		}
	case bytes.HasPrefix(text, []byte("{")), bytes.HasPrefix(text, []byte("[{")):
		plain, err := mapping.PlainJSON(text)
		if err != nil {
			return nil
		}
		text, d.json = plain, true
	default:
		return nil
	}
	r := xml.NewReaderBytes(text, xml.Limits{})
	if _, err := r.Next(); err != nil {
		return nil
	}
	root, err := readTree(r)
	if err != nil || r.Finish() != nil || len(root.kids)+len(root.attrs) == 0 {
		return nil
	}
	d.root = root
	return d
}

// typeOf is the simple type that all texts of a place have.
func typeOf(texts []string) string {
	all := func(is func(text string) bool) bool {
		return len(texts) > 0 && !slices.ContainsFunc(texts, func(text string) bool { return !is(text) })
	}
	switch {
	case all(func(text string) bool { _, err := xsd.ParseDateTime(text); return err == nil }):
		return "dateTime"
	case all(func(text string) bool { return isBase64(text) }):
		return "base64Binary"
	}
	return "string"
}

// isBase64 tells a longer text that is base64 and nothing else.
func isBase64(text string) bool {
	text = strings.Join(strings.Fields(text), "")
	if len(text) < 64 {
		return false
	}
	_, err := base64.StdEncoding.DecodeString(text)
	return err == nil
}

// Layouts of times as old systems write them, told by what they look like.
var layouts = []struct {
	looks  *regexp.Regexp
	layout string
}{
	{regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$`), "yyyy-MM-dd HH:mm:ss"},
	{regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d$`), "yyyy-MM-dd HH:mm"},
	{regexp.MustCompile(`^\d{4}-\d\d-\d\d$`), "yyyy-MM-dd"},
	{regexp.MustCompile(`^\d{4}/\d\d?/\d\d? \d\d?:\d\d:\d\d$`), "yyyy/M/d H:mm:ss"},
	{regexp.MustCompile(`^\d{4}/\d\d?/\d\d? \d\d?:\d\d$`), "yyyy/M/d H:mm"},
	{regexp.MustCompile(`^\d{4}/\d\d?/\d\d?$`), "yyyy/M/d"},
	{regexp.MustCompile(`^(19|20)\d{6}$`), "yyyyMMdd"},
	{regexp.MustCompile(`^(19|20)\d{12}$`), "yyyyMMddHHmmss"},
	{regexp.MustCompile(`^\d{4}年\d\d?月\d\d?日$`), "yyyy年M月d日"},
}

// layoutsOf are those of all texts, with | between; "" where one of them is none, or there are none.
func layoutsOf(texts []string) string {
	var found []string
next:
	for _, text := range texts {
		for _, l := range layouts {
			if l.looks.MatchString(text) {
				found = keep(found, l.layout)
				continue next
			}
		}
		return ""
	}
	return strings.Join(found, "|")
}
