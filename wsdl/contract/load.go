package contract

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"strings"

	"tundish/wsdl/xml"
)

// Opener returns the bytes of a document by the name it was asked for: a
// slash-separated path, or a URL when a contract refers to one.
type Opener func(name string) ([]byte, error)

// Load reads a WSDL or a schema, and what it includes and imports, from a file
// system. References are relative to the file that makes them.
func Load(fsys fs.FS, name string) (*Definitions, error) {
	return LoadFunc(files(fsys), name)
}

// LoadFunc is Load with documents from anywhere.
func LoadFunc(open Opener, name string) (*Definitions, error) {
	return load(open, name, "")
}

// files opens documents of a file system; an address in the network is none of them.
func files(fsys fs.FS) Opener {
	return func(name string) ([]byte, error) {
		if strings.Contains(name, "://") {
			return nil, elsewhere
		}
		return fs.ReadFile(fsys, name)
	}
}

var elsewhere = &remote{}

type remote struct{}

func (*remote) Error() string {
	return "it is in the network and only files are read here; put it beside the contract and name it there"
}
func (*remote) Chinese() string {
	return "该文件在网络上，此处只读取本地文件；请将其放在合同旁边并改写引用"
}

// LoadSchema reads a schema without a target namespace of its own as if a
// schema with the given one had included it.
func LoadSchema(fsys fs.FS, name, targetNamespace string) (*Definitions, error) {
	return load(files(fsys), name, targetNamespace)
}

func load(open Opener, name, target string) (*Definitions, error) {
	l := &loader{open: open, seen: map[string]bool{}, defs: &Definitions{index: map[symbol]any{}}}
	if err := l.document(name, target, reference{}); err != nil {
		return nil, err
	}
	return l.defs, nil
}

type loader struct {
	open Opener
	seen map[string]bool // documents read, by name and the namespace they took on
	defs *Definitions
}

// document reads a file whose root is wsdl:definitions or xs:schema.
func (l *loader) document(name, target string, from reference) error {
	return l.with(name, target, from, func(d *document) error {
		switch d.r.Name() {
		case xml.Name{Space: NamespaceWSDL, Local: "definitions"}:
			return d.definitions()
		case xml.Name{Space: NamespaceXSD, Local: "schema"}:
			s := &Schema{}
			l.defs.Schemas = append(l.defs.Schemas, s)
			return d.schema(s, target)
		}
		return d.errorf("the root is %s; it must be definitions (%s) or schema (%s)", "根元素是 %s，应为 definitions（%s）或 schema（%s）", show(d.r.Name()), NamespaceWSDL, NamespaceXSD)
	})
}

// with opens a document once and calls read at its root's Start.
func (l *loader) with(name, target string, from reference, read func(*document) error) error {
	key := name + "\n" + target
	if l.seen[key] {
		return nil
	}
	l.seen[key] = true
	data, err := l.open(name)
	if err != nil {
		if from.File == "" {
			return err
		}
		l.doubt(from.Pos, "cannot read %s: %v", "无法读取 %s：%v", name, err)
		l.defs.Unread = append(l.defs.Unread, Unread{Pos: from.Pos, Namespace: from.namespace, Location: name, Err: err})
		return nil
	}
	text, _, err := xml.DecodeBytes(data, "")
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	d := &document{loader: l, file: name, r: xml.NewReader(bytes.NewReader(text), xml.Limits{})}
	if _, err := d.r.Next(); err != nil {
		return d.located(err)
	}
	if err := read(d); err != nil {
		return d.located(err)
	}
	for { // what stands after the root must be well-formed too
		kind, err := d.r.Next()
		if err != nil {
			return d.located(err)
		}
		if kind == xml.EOF {
			return nil
		}
	}
}

// reference is who asks for a document, and for which namespace.
type reference struct {
	Pos
	namespace string
}

// doubt notes what is wrong but can be read over.
func (l *loader) doubt(p Pos, en, zh string, args ...any) {
	l.defs.Doubts = append(l.defs.Doubts, errorf(p, en, zh, args...))
}

// declare enters a named declaration. Of two with one name the first counts.
func (l *loader) declare(s symbol, p Pos, v any) (fresh bool, err error) {
	if s.name.Local == "" {
		return false, errorf(p, "a %s without a name", "%s 没有名称", s.sort)
	}
	if known, ok := l.defs.index[s]; ok {
		l.doubt(p, "%s %s is declared twice; the first is at %s", "%s %s 重复声明；首次在 %s", s.sort, s.name.Local, position(known))
		return false, nil
	}
	l.defs.index[s] = v
	return true, nil
}

func position(v any) Pos {
	switch v := v.(type) {
	case *Element:
		return v.Pos
	case *Attribute:
		return v.Pos
	case *ComplexType:
		return v.Pos
	case *SimpleType:
		return v.Pos
	case *Group:
		return v.Pos
	case *AttributeGroup:
		return v.Pos
	case *Message:
		return v.Pos
	case *PortType:
		return v.Pos
	case *Binding:
		return v.Pos
	case *Service:
		return v.Pos
	}
	return Pos{}
}

// document is one file being read.
type document struct {
	*loader
	r    *xml.Reader
	file string
	wsdl string // target namespace of the WSDL that is being read
	schemaScope
}

// schemaScope is what a schema element says for everything inside it.
type schemaScope struct {
	target               string
	inSchema             bool
	chameleon            bool // the file has no target namespace and takes on ours
	nameless             bool // declarations without a namespace are imported
	elements, attributes bool // local ones are qualified
}

func (d *document) pos() Pos {
	p := d.r.Position()
	return Pos{File: d.file, Line: p.Line, Column: p.Column}
}

func (d *document) errorf(en, zh string, args ...any) error {
	return errorf(d.pos(), en, zh, args...)
}

// located turns an error of the XML reader into one that names the file.
func (d *document) located(err error) error {
	var e *xml.Error
	if errors.As(err, &e) {
		zh := e.MsgZH
		if zh == "" {
			zh = e.Msg
		}
		return &Error{Pos: Pos{File: d.file, Line: e.Position.Line, Column: e.Position.Column}, Msg: e.Msg, MsgZH: zh}
	}
	return err
}

// children calls visit at the Start of each child of the current element. The
// visitor must consume the child. Text between children is read over.
func (d *document) children(visit func(xml.Name) error) error {
	for {
		kind, err := d.r.Next()
		if err != nil {
			return err
		}
		switch kind {
		case xml.Start:
			if err := visit(d.r.Name()); err != nil {
				return err
			}
		case xml.End:
			return nil
		case xml.EOF:
			return d.errorf("the document has ended", "文档已结束")
		case xml.Text:
			if text := strings.TrimSpace(string(d.r.Text())); text != "" {
				d.doubt(d.pos(), "text where only elements are allowed", "此处只允许子元素，却出现文本")
			}
		}
	}
}

// unexpected skips a child that should not be there; in the vocabularies of
// policies and vendors' extensions everything is all right.
func (d *document) unexpected(parent string) error {
	switch d.r.Name().Space {
	case NamespaceXSD, NamespaceWSDL, "":
		d.doubt(d.pos(), "element %s is not known inside %s", "%[2]s 中不应有元素 %[1]s", show(d.r.Name()), parent)
	}
	return d.r.Skip()
}

func (d *document) attr(local string) string {
	v, _ := d.r.Attr("", local)
	return strings.TrimSpace(v)
}

func (d *document) optional(local string) *string {
	if v, ok := d.r.Attr("", local); ok {
		return &v
	}
	return nil
}

func (d *document) flag(local string) (bool, error) {
	switch v := d.attr(local); v {
	case "true", "1":
		return true, nil
	case "", "false", "0":
		return false, nil
	default:
		return false, d.errorf("%s=%q; it may be true or false", "%s=%q；只能为 true 或 false", local, v)
	}
}

// qname reads an attribute that holds a prefixed name; absent is zero.
func (d *document) qname(local string) (xml.Name, error) {
	v := d.attr(local)
	if v == "" {
		return xml.Name{}, nil
	}
	return d.resolve(v)
}

func (d *document) resolve(v string) (xml.Name, error) {
	prefix, name, found := strings.Cut(v, ":")
	if !found {
		prefix, name = "", v
	}
	space, ok := d.r.LookupPrefix(prefix)
	if !ok && prefix != "" {
		d.doubt(d.pos(), "prefix %q of %q is not declared; add xmlns:%s", "%[2]q 的前缀 %[1]q 未声明；请添加 xmlns:%[3]s", prefix, v, prefix)
		return xml.Name{Space: prefix + ":", Local: name}, nil // found nowhere
	}
	switch { // names without a prefix that mean the document's own, whatever the letter says
	case prefix != "":
	case d.inSchema && space == "" && (d.chameleon || !d.nameless):
		space = d.target
	case !d.inSchema && (space == "" || space == NamespaceWSDL):
		space = d.wsdl
	}
	return xml.Name{Space: space, Local: name}, nil
}

// relative resolves a reference against the file that makes it.
func (d *document) relative(ref string) string {
	if u, err := url.Parse(ref); err == nil && u.IsAbs() {
		return ref
	}
	if base, err := url.Parse(d.file); err == nil && base.IsAbs() {
		if u, err := base.Parse(ref); err == nil {
			return u.String()
		}
	}
	return path.Join(path.Dir(d.file), ref)
}

// documentation reads wsdl:documentation or xs:documentation.
func (d *document) documentation() (Doc, error) {
	lang, _ := d.r.Attr(namespaceXML, "lang")
	var text strings.Builder
	for depth := 1; depth > 0; {
		kind, err := d.r.Next()
		if err != nil {
			return Doc{}, err
		}
		switch kind {
		case xml.Start:
			depth++
		case xml.End:
			depth--
		case xml.Text:
			text.Write(d.r.Text())
		case xml.EOF:
			return Doc{}, d.errorf("the document ends inside a documentation", "文档在 documentation 中结束")
		}
	}
	lines := strings.Split(strings.TrimSpace(text.String()), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return Doc{Lang: lang, Text: strings.Join(lines, "\n")}, nil
}

func show(n xml.Name) string {
	if n.Space == "" {
		return "<" + n.Local + ">"
	}
	return "<" + n.Local + "> (" + n.Space + ")"
}
