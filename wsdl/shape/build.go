package shape

import (
	"strings"

	"tundish/wsdl/contract"
	"tundish/wsdl/xml"
)

// Names that contracts use without declaring them.
const (
	namespaceEncoding   = "http://schemas.xmlsoap.org/soap/encoding/"
	namespaceEncoding12 = "http://www.w3.org/2003/05/soap-encoding"
	namespaceApache     = "http://xml.apache.org/xml-soap" // Axis 1: Map, Vector, Element, Document, DataHandler
	namespaceDiffgram   = "urn:schemas-microsoft-com:xml-diffgram-v1"
	namespaceProfile    = "http://ws-i.org/profiles/basic/1.1/xsd" // swaRef, an attachment's address
)

// encoding tells the name spaces of SOAP encoding.
func encoding(space string) bool { return space == namespaceEncoding || space == namespaceEncoding12 }

// addressing are the vocabularies of WS-Addressing. Contracts import them from
// the network; where they are not at hand their parts may hold anything.
var addressing = map[string]bool{
	"http://www.w3.org/2005/08/addressing":             true,
	"http://schemas.xmlsoap.org/ws/2004/08/addressing": true,
	"http://schemas.xmlsoap.org/ws/2004/03/addressing": true,
	"http://schemas.xmlsoap.org/ws/2003/03/addressing": true,
}

// opaque tells names that need no declaration: what they stand for may hold anything.
func opaque(n xml.Name) bool {
	return addressing[n.Space] || n.Space == namespaceApache || encoding(n.Space)
}

var (
	anyType = xml.Name{Space: contract.NamespaceXSD, Local: "anyType"}
	// A data set carries its own schema: <xs:schema> as an element.
	schemaElement = xml.Name{Space: contract.NamespaceXSD, Local: "schema"}
)

// All functions below run with world.mu held.

// element makes the node of a declaration, or of what it refers to.
func (w *world) element(e *contract.Element) (*Node, error) {
	n := &Node{Name: e.Name, Pos: e.Pos, Docs: e.Docs, Min: e.Min, Max: e.Max, world: w}
	decl := e
	if e.Ref.Local != "" {
		target, ok := w.defs.Element(e.Ref)
		switch {
		case ok:
			decl = target
		case e.Ref == schemaElement, opaque(e.Ref):
			n.Any, n.Mixed, n.AnyAttribute = true, true, true
			return n, nil
		default:
			n.Any = true
			return n, say("element %s is not declared; %s", "未声明元素 %s；%s", e.Ref, w.where(e.Ref.Space)).at(e.Pos)
		}
		n.top = true
		if len(n.Docs) == 0 {
			n.Docs = decl.Docs
		}
	} else if top, ok := w.defs.Element(e.Name); ok && top == e {
		n.top = true
	}
	n.Nillable, n.Abstract, n.Default, n.Fixed = decl.Nillable, decl.Abstract, decl.Default, decl.Fixed
	typ := decl.TypeName
	if decl.Type == nil && typ.Local == "" && decl.SubstitutionGroup.Local != "" { // it has its head's
		for head, hops := decl, 0; typ.Local == "" && hops < 64; hops++ {
			next, ok := w.defs.Element(head.SubstitutionGroup)
			if !ok {
				break
			}
			if next.Type != nil {
				return n, w.typed(n, typ, next.Type)
			}
			head, typ = next, next.TypeName
		}
	}
	return n, w.typed(n, typ, decl.Type)
}

// where tells what to do about a name that is not declared.
func (w *world) where(space string) *Error {
	for _, u := range w.defs.Unread {
		if u.Namespace == space {
			return say("%s, which should declare it, cannot be read: %v (%s)", "应声明它的 %s 无法读取：%v（%s）", u.Location, u.Err, u.Pos)
		}
	}
	for _, s := range w.defs.Schemas {
		if s.TargetNamespace == space {
			return say("its namespace is read, but without it: correct the name or add the declaration", "其命名空间已读取，但其中没有该名称：请更正名称或补充声明")
		}
	}
	return say("no schema of its namespace is read: add the file and an import with a schemaLocation", "未读取该命名空间的 schema：请补充文件，并用带 schemaLocation 的 import 引入")
}

// typed gives a node its type, by name or as written inside the element.
func (w *world) typed(n *Node, name xml.Name, inside contract.Type) error {
	n.Type, n.typ = name, inside
	if inside == nil {
		if t, ok := w.defs.Type(name); ok {
			n.typ = t
		}
	} else {
		n.Type = inside.TypeName()
	}
	switch t := n.typ.(type) {
	case *contract.ComplexType:
		return w.complex(n, t)
	case *contract.SimpleType:
		s, err := w.simple(t)
		n.Simple = s
		return err
	}
	switch {
	case name.Local == "" || name == anyType:
		n.Type, n.Any, n.Mixed, n.AnyAttribute = anyType, true, true, true
		n.Simple = w.builtin("anySimpleType")
		return nil
	case encoding(name.Space) && name.Local == "Array":
		item := &Node{Name: xml.Name{Local: "item"}, Pos: n.Pos, Min: 0, Max: Unbounded, world: w}
		n.Array = &Array{Item: item, Dimensions: 1}
		return w.typed(item, anyType, nil)
	case encoding(name.Space) && builtinOf(name) != "":
		n.Nillable = true // that is what they are for
	case name.Space == contract.NamespaceXMLMIME && builtinOf(name) != "":
		n.AnyAttribute = true // the media type
	case opaque(name):
		n.Any, n.Mixed, n.AnyAttribute = true, true, true
		return nil
	}
	if b := builtinOf(name); b != "" {
		n.Simple = w.builtin(b)
		return nil
	}
	n.Any = true
	return say("type %s is not declared; %s", "未声明类型 %s；%s", name, w.where(name.Space)).at(n.Pos)
}

func (w *world) complex(n *Node, t *contract.ComplexType) error {
	n.Mixed, n.AnyAttribute = t.Mixed, t.AnyAttribute
	n.Abstract = n.Abstract || t.Abstract
	if t.SimpleContent {
		s, err := w.simpleContent(t, 0)
		n.Simple = s
		return err
	}
	if t.Derivation != contract.NotDerived {
		if encoding(t.Base.Space) && t.Base.Local == "Array" {
			return w.array(n, t)
		}
		if base, ok := w.defs.Type(t.Base); ok {
			if b, ok := base.(*contract.ComplexType); ok && t.Derivation == contract.Extension && b.Mixed {
				n.Mixed = true
			}
		} else if t.Base != anyType && !opaque(t.Base) {
			return say("base type %s of %s is not declared; %s", "未声明 %[2]s 的基类型 %[1]s；%[3]s", t.Base, show(t.Name), w.where(t.Base.Space)).at(t.Pos)
		}
	}
	n.DataSet = isDataSet(w.defs.ContentOf(t))
	return nil
}

func show(n xml.Name) string {
	if n.Local == "" {
		return "(anonymous)"
	}
	return n.Local
}

// isDataSet tells a .NET data set by its two parts: a schema, then a diffgram
// or anything.
func isDataSet(g *contract.Group) bool {
	if g == nil || g.Kind != contract.Sequence || len(g.Parts) != 2 {
		return false
	}
	switch first := g.Parts[0].(type) {
	case *contract.Element:
		_, rest := g.Parts[1].(*contract.Any)
		return first.Ref == schemaElement && rest
	case *contract.Any:
		rest, ok := g.Parts[1].(*contract.Any)
		return ok && first.Namespace == contract.NamespaceXSD && rest.Namespace == namespaceDiffgram
	}
	return false
}

// array reads the item of an array of SOAP encoding: from wsdl:arrayType, or
// from the element that the restriction holds, or both.
func (w *world) array(n *Node, t *contract.ComplexType) error {
	item := &Node{Name: xml.Name{Local: "item"}, Pos: t.Pos, Min: 0, Max: Unbounded, world: w}
	n.Array = &Array{Item: item, Dimensions: 1}
	n.typ = nil // its children are the items
	var inner *contract.Element
	if g := w.defs.ContentOf(t); g != nil {
		for _, p := range g.Parts {
			if e, ok := p.(*contract.Element); ok {
				inner = e
			}
		}
	}
	if inner != nil {
		item.Name = inner.Name
	}
	for _, a := range t.Attributes {
		if a.ArrayType == "" {
			continue
		}
		name, rank, _ := strings.Cut(a.ArrayType[strings.LastIndexByte(a.ArrayType, '}')+1:], "[")
		space, _, _ := strings.Cut(a.ArrayType[1:], "}")
		n.Array.Dimensions = 1 + strings.Count(rank, ",") + strings.Count(rank, "[")
		return w.typed(item, xml.Name{Space: space, Local: name}, nil)
	}
	if inner != nil {
		made, err := w.element(inner)
		made.Min, made.Max = 0, Unbounded
		n.Array.Item = made
		return err
	}
	return w.typed(item, anyType, nil)
}

// content makes the children and attributes of a type, once.
func (w *world) content(t *contract.ComplexType) *content {
	if c, ok := w.contents[t]; ok {
		return c
	}
	c := &content{}
	w.contents[t] = c // an element of its own type finds it
	b := &builder{world: w, content: c}
	if g := w.defs.ContentOf(t); g != nil && !t.SimpleContent {
		c.group = b.group(g, place{min: 1, max: 1})
	}
	for _, a := range w.defs.AttributesOf(t) {
		made := &Attribute{Name: a.Name, Pos: a.Pos, Docs: a.Docs, Required: a.Required, Default: a.Default, Fixed: a.Fixed}
		var err error
		switch {
		case a.Type != nil:
			made.Simple, err = w.simple(a.Type)
		case a.TypeName.Local == "":
			made.Simple = w.builtin("anySimpleType")
			if a.Ref.Local != "" && !knownAttribute(a.Ref) {
				if _, ok := w.defs.Attribute(a.Ref); !ok {
					err = say("attribute %s is not declared; %s", "未声明属性 %s；%s", a.Ref, w.where(a.Ref.Space)).at(a.Pos)
				}
			}
		default:
			made.Simple, err = w.simpleNamed(a.TypeName, a.Pos)
		}
		if err != nil {
			c.errs = append(c.errs, err)
		}
		c.attributes = append(c.attributes, made)
	}
	return c
}

// knownAttribute names attributes that every contract may refer to.
func knownAttribute(n xml.Name) bool {
	return n.Space == xml.XMLSpace || opaque(n) || n.Space == xml.XSISpace ||
		n.Space == contract.NamespaceXMLMIME || n.Space == contract.NamespaceWSDL
}

// builder flattens the groups of one type.
type builder struct {
	*world
	content *content
	choices int
	repeats int
}

// place is what the groups around a particle say about it.
type place struct {
	min, max       int
	choice, branch int
	repeat         int
}

func times(a, b int) int {
	switch {
	case a == 0 || b == 0:
		return 0
	case a == Unbounded || b == Unbounded:
		return Unbounded
	case a > 1<<20 || b > 1<<20:
		return Unbounded
	}
	return a * b
}

func (b *builder) group(g *contract.Group, at place) *Group {
	made := &Group{Kind: g.Kind, Min: g.Min, Max: g.Max}
	at.min, at.max = times(at.min, g.Min), times(at.max, g.Max)
	if at.repeat == 0 && (g.Max == Unbounded || g.Max > 1) {
		b.repeats++
		at.repeat = b.repeats
	}
	if g.Kind == contract.Choice && len(g.Parts) > 1 {
		if at.choice == 0 {
			b.choices++
			at.choice = b.choices
		}
		at.min = 0
	}
	outer := at.branch == 0
	for i, p := range g.Parts {
		if outer && g.Kind == contract.Choice && len(g.Parts) > 1 {
			at.branch = i + 1
		}
		switch p := p.(type) {
		case *contract.Group:
			made.Parts = append(made.Parts, Part{Group: b.group(p, at)})
		case *contract.Element:
			if p.Max == 0 {
				continue
			}
			n, err := b.element(p)
			b.add(made, n, at, err)
		case *contract.Any:
			b.add(made, &Node{Pos: p.Pos, Docs: p.Docs, Min: p.Min, Max: p.Max, Any: true, Mixed: true, AnyAttribute: true, world: b.world}, at, nil)
		}
	}
	return made
}

func (b *builder) add(g *Group, n *Node, at place, err error) {
	if err != nil {
		b.content.errs = append(b.content.errs, err)
	}
	inGroup := *n // in the group it has its own occurrence, not that of the groups around
	g.Parts = append(g.Parts, Part{Node: &inGroup})
	n.Min, n.Max = times(at.min, n.Min), times(at.max, n.Max)
	n.Choice, n.Branch, n.Repeat = at.choice, at.branch, at.repeat
	b.content.children = append(b.content.children, n)
}
