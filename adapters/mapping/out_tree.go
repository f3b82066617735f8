package mapping

import (
	"strings"

	"tundish/core"
	"tundish/wsdl/xml"
)

// branch is an element of an answer that is small enough to be looked at as a whole.
type branch struct {
	name  xml.Name
	attrs []xml.Attr
	kids  []*branch // those without a name are text
	text  string    // of a kid without a name
}

// content is the text of the element, that of its children left out.
func (b *branch) content() string {
	switch len(b.kids) {
	case 0:
		return b.text
	case 1:
		if b.kids[0].name.Local == "" {
			return b.kids[0].text
		}
		return ""
	}
	var s strings.Builder
	for _, k := range b.kids {
		if k.name.Local == "" {
			s.WriteString(k.text)
		}
	}
	return s.String()
}

// attr finds an attribute by its local name, "" where there is none.
func (b *branch) attr(space, local string) string {
	for i := range b.attrs {
		if a := &b.attrs[i]; a.Name.Local == local && a.Name.Space == space {
			return string(a.Value)
		}
	}
	return ""
}

// grow reads the element at whose Start r stands through its End. Text of nothing but blanks
// between elements is left out.
func grow(r *xml.Reader) (*branch, error) {
	b := &branch{name: r.Name()}
	for _, a := range r.Attrs() {
		b.attrs = append(b.attrs, xml.Attr{Name: a.Name, Value: append([]byte(nil), a.Value...)})
	}
	elements := false
	var run []byte // of text: a long one comes in many parts
	for {
		kind, err := r.Next()
		if err != nil {
			return nil, err
		}
		if kind == xml.Text {
			run = append(run, r.Text()...)
			continue
		}
		if len(run) > 0 {
			b.kids, run = append(b.kids, &branch{text: string(run)}), run[:0]
		}
		switch kind {
		case xml.Start:
			kid, err := grow(r)
			if err != nil {
				return nil, err
			}
			b.kids = append(b.kids, kid)
			elements = true
		default:
			if elements {
				kept := b.kids[:0]
				for _, k := range b.kids {
					if k.name.Local != "" || strings.TrimSpace(k.text) != "" {
						kept = append(kept, k)
					}
				}
				b.kids = kept
			}
			return b, nil
		}
	}
}

// document reads a document that stood in a string. Its declaration may name whatever charset:
// the string was decoded with the message that held it.
func document(text string) (*branch, error) {
	text = strings.TrimLeft(text, "\ufeff \t\r\n")
	r := xml.NewReaderBytes([]byte(text), xml.Limits{})
	if _, err := r.Next(); err != nil {
		return nil, err
	}
	b, err := grow(r)
	if err == nil {
		err = r.Finish()
	}
	return b, err
}

// Names of SOAP encoding.
const (
	encoding11 = "http://schemas.xmlsoap.org/soap/encoding/"
	encoding12 = "http://www.w3.org/2003/05/soap-encoding"
	xsdSpace   = "http://www.w3.org/2001/XMLSchema"
	envelope11 = "http://schemas.xmlsoap.org/soap/envelope/"
	envelope12 = "http://www.w3.org/2003/05/soap-envelope"
)

// Encoded tells that the element at whose Start r stands says of itself that it is written
// by SOAP's encoding rules.
func Encoded(r *xml.Reader) bool {
	for _, space := range [...]string{envelope11, envelope12} {
		if style, ok := r.Attr(space, "encodingStyle"); ok && (strings.HasPrefix(style, encoding11) || style == encoding12) {
			return true
		}
	}
	return false
}

// mostElements bounds what references may make of a message: an element that refers to one
// that refers to one … doubles with every step.
const mostElements = 1 << 20

// mostBytes bounds what a text of so many bytes may become where some of it is written many
// times, as what many elements refer to.
func mostBytes(read int) int { return max(8*read, 64<<20) }

// Decode turns a Body by SOAP's encoding rules into a document that says the same plainly:
// what elements refer to (href and id, multiRef) stands where it is referred to, and neither
// xsi:type nor arrayType is left. r stands at the Start of the Body's first element; it is
// read through the End of the Body. The element of the operation, which need not be the
// first, becomes the root.
func Decode(r *xml.Reader) ([]byte, error) {
	d := decoding{ids: map[string]*branch{}, open: map[string]bool{}, w: xml.NewWriter()}
	var root *branch
	began := r.Position().Offset
	for more := true; more; {
		b, err := grow(r)
		if err != nil {
			return nil, err
		}
		if id := d.id(b); id != "" {
			if d.ids[id] != nil {
				return nil, refuseEncoded("the id %q stands twice in the Body", "Body 中 id %q 重复", id)
			}
			d.ids[id] = b
		}
		if root == nil && b.attr(encoding11, "root") != "0" && d.id(b) == "" {
			root = b
		}
		if more, err = r.NextChild(); err != nil {
			return nil, err
		}
	}
	if root == nil {
		return nil, refuseEncoded("the Body holds no operation, only what operations refer to", "Body 中没有操作，只有被引用的元素")
	}
	d.most = mostBytes(int(r.Position().Offset - began))
	d.inner(root)
	if err := d.write(root, root); err != nil {
		return nil, err
	}
	return d.w.Finish()
}

// Plain gives what reads a message plainly: r itself at the element in the Body, or, where the
// contract (encoded) or the message says that it is written by SOAP's encoding rules, a reader
// at the root of what [Decode] makes of it; whole tells that r was read through the Body's End.
func Plain(r *xml.Reader, encoded bool) (plain *xml.Reader, whole bool, err error) {
	if !encoded && !Encoded(r) {
		return r, false, nil
	}
	text, err := Decode(r)
	if err != nil {
		return nil, true, err
	}
	plain = xml.NewReaderBytes(text, xml.Limits{})
	_, err = plain.Next()
	return plain, true, err
}

func refuseEncoded(en, zh string, args ...any) error {
	return core.Invalidf("invalid_message", "", en, zh, args...)
}

type decoding struct {
	ids     map[string]*branch
	open    map[string]bool // being written, to notice what contains itself
	written int             // elements
	most    int             // bytes
	w       *xml.Writer
}

func (d *decoding) id(b *branch) string {
	if id := b.attr("", "id"); id != "" {
		return id
	}
	return b.attr(encoding12, "id")
}

// inner finds ids that stand inside the operation, as some stacks write them.
func (d *decoding) inner(b *branch) {
	for _, k := range b.kids {
		if id := d.id(k); id != "" && d.ids[id] == nil {
			d.ids[id] = k
		}
		d.inner(k)
	}
}

// write writes named, with the content of b: the two differ where named refers to b.
func (d *decoding) write(named, b *branch) error {
	if d.written++; d.written > mostElements {
		return refuseEncoded("the references in the Body make more than %d elements of it", "Body 中的引用展开后超过 %d 个元素", mostElements)
	}
	target := strings.TrimPrefix(b.attr("", "href"), "#")
	if target == "" {
		target = b.attr(encoding12, "ref")
	}
	if target != "" {
		to := d.ids[target]
		if to == nil {
			return refuseEncoded("<%s> refers to %q, which is not in the Body", "<%s> 引用的 %q 不在 Body 中", named.name.Local, target)
		}
		if d.open[target] {
			return refuseEncoded("%q contains itself: such data has no end", "%q 包含自身，无法展开", target)
		}
		d.open[target] = true
		defer delete(d.open, target)
		return d.write(named, to)
	}
	d.w.StartNS(named.name.Space, named.name.Local)
	for _, a := range b.attrs {
		if noise(a.Name) {
			continue
		}
		if a.Name.Space == "" {
			d.w.Attr(a.Name.Local, string(a.Value))
		} else if a.Name.Space != xml.XMLSpace {
			d.w.AttrNS("a", a.Name.Space, a.Name.Local, string(a.Value))
		}
	}
	for _, k := range b.kids {
		if k.name.Local == "" {
			d.w.Text(k.text)
		} else if err := d.write(k, k); err != nil {
			return err
		}
	}
	d.w.End()
	if d.w.Len() > d.most {
		return refuseEncoded("the references in the Body make more than %d MB of it", "Body 中的引用展开后超过 %d MB", d.most>>20)
	}
	return d.w.Error()
}

// noise tells which attributes are of the encoding, not of the data.
func noise(n xml.Name) bool {
	switch n.Space {
	case encoding11, encoding12, envelope11, envelope12:
		return true
	case xml.XSISpace:
		return n.Local != "nil"
	}
	return n.Space == "" && (n.Local == "id" || n.Local == "href")
}
