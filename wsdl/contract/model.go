package contract

import (
	"fmt"
	"strings"

	"tundish/wsdl/xml"
)

// Namespaces that contracts are written in.
const (
	NamespaceWSDL   = "http://schemas.xmlsoap.org/wsdl/"
	NamespaceSOAP11 = "http://schemas.xmlsoap.org/wsdl/soap/"
	NamespaceSOAP12 = "http://schemas.xmlsoap.org/wsdl/soap12/"
	NamespaceXSD    = "http://www.w3.org/2001/XMLSchema"
	namespaceHTTP   = "http://schemas.xmlsoap.org/wsdl/http/"
	namespaceMIME   = "http://schemas.xmlsoap.org/wsdl/mime/"
	namespaceXML    = "http://www.w3.org/XML/1998/namespace"

	// TransportHTTP is the transport of every SOAP binding in practice; 1.1
	// and 1.2 bindings both name it so.
	TransportHTTP = "http://schemas.xmlsoap.org/soap/http"
)

// Unbounded is the Max of a particle that may occur any number of times.
const Unbounded = -1

// Pos is the place of a declaration. Lines and columns count from 1, columns
// in characters.
type Pos struct {
	File         string
	Line, Column int
}

func (p Pos) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column) }

// Error is a mistake in a contract and where it is, in both languages.
type Error struct {
	Pos        Pos
	Msg, MsgZH string
}

func (e *Error) Error() string { return e.Pos.String() + ": " + e.Msg }

// Chinese is Error in Chinese.
func (e *Error) Chinese() string { return e.Pos.String() + ": " + e.MsgZH }

// errorf makes an Error from two formats and the same arguments.
func errorf(p Pos, en, zh string, args ...any) *Error {
	own := make([]any, len(args))
	for i, a := range args {
		own[i] = a
		if e, ok := a.(interface{ Chinese() string }); ok {
			own[i] = e.Chinese()
		}
	}
	return &Error{Pos: p, Msg: fmt.Sprintf(en, args...), MsgZH: fmt.Sprintf(zh, own...)}
}

// Doc is one documentation of a declaration. Lang is its xml:lang, or "".
// Lines of Text are trimmed; an empty line parts paragraphs.
type Doc struct{ Lang, Text string }

// Docs are all documentations of a declaration in their order.
type Docs []Doc

// In returns the text in a language ("en" also finds "en-GB"), else the text
// that names no language, else "".
func (d Docs) In(lang string) string {
	neutral := ""
	for _, doc := range d {
		if doc.Lang == lang || strings.HasPrefix(doc.Lang, lang+"-") {
			return doc.Text
		}
		if doc.Lang == "" && neutral == "" {
			neutral = doc.Text
		}
	}
	return neutral
}

// Definitions is a whole contract: one WSDL with everything it includes and
// imports, or a schema alone (then only Schemas is filled).
type Definitions struct {
	Pos             Pos
	Docs            Docs
	Name            string
	TargetNamespace string

	Schemas   []*Schema
	Messages  []*Message
	PortTypes []*PortType
	Bindings  []*Binding
	Services  []*Service

	// Doubts are what was wrong but read over: stray text, elements nobody knows, second
	// declarations of a name, documents that could not be had. Whatever does not need them
	// can be used; Check reports them.
	Doubts []error
	// Unread are the documents that could not be had.
	Unread []Unread

	index map[symbol]any
}

// Unread is a document that a contract refers to and that could not be read.
type Unread struct {
	Pos                 Pos // of the reference
	Namespace, Location string
	Err                 error
}

// symbol is the key of a named declaration; WSDL and XSD give each sort of
// declaration a name space of its own.
type symbol struct {
	sort string
	name xml.Name
}

// Schema is one xs:schema with its includes expanded in place. Pos.File of a
// component tells which file it was written in.
type Schema struct {
	Pos             Pos
	Docs            Docs
	TargetNamespace string
	Components      []Component
}

// Component is a top-level declaration of a schema: *Element, *Attribute,
// *ComplexType, *SimpleType, *Group (named) or *AttributeGroup.
type Component interface{ component() symbol }

// Particle is a part of a content model: *Element, *Group or *Any.
type Particle interface {
	// Occurs gives how often it must and may occur; max may be Unbounded.
	Occurs() (min, max int)
}

// Type is *ComplexType or *SimpleType.
type Type interface {
	Component
	TypeName() xml.Name // zero for an anonymous type
}

// Element is a top-level declaration, a local one, or a reference (Ref set).
type Element struct {
	Pos  Pos
	Docs Docs
	Name xml.Name // Space is "" for an unqualified local element
	Ref  xml.Name // the top-level element that this one stands for

	TypeName          xml.Name // zero when Type is set or nothing was said (xs:anyType)
	Type              Type     // anonymous type written inside the element
	Min, Max          int
	Nillable          bool
	Abstract          bool
	Default, Fixed    *string
	SubstitutionGroup xml.Name
}

// GroupKind says how the parts of a Group combine.
type GroupKind uint8

// The kinds of Group. A GroupRef stands for a named group.
const (
	Sequence GroupKind = iota + 1
	Choice
	All
	GroupRef
)

func (k GroupKind) String() string {
	return [...]string{"", "sequence", "choice", "all", "group"}[k]
}

// Group is xs:sequence, xs:choice, xs:all, a named xs:group (Name set, Parts
// holds its one model group) or a reference to one (Kind GroupRef, Ref set).
type Group struct {
	Pos      Pos
	Docs     Docs
	Kind     GroupKind
	Name     xml.Name
	Ref      xml.Name
	Min, Max int
	Parts    []Particle
}

// Any is xs:any.
type Any struct {
	Pos             Pos
	Docs            Docs
	Min, Max        int
	Namespace       string // as written: ##any, ##other, a list
	ProcessContents string // strict, lax, skip
}

// Derivation says how a type comes from its Base.
type Derivation uint8

// The derivations of a complex type.
const (
	NotDerived Derivation = iota
	Extension
	Restriction
)

// ComplexType is xs:complexType. Content is nil when it has no children.
type ComplexType struct {
	Pos             Pos
	Docs            Docs
	Name            xml.Name
	Abstract, Mixed bool
	Derivation      Derivation
	Base            xml.Name
	SimpleContent   bool    // text of type Base, no children
	Facets          []Facet // of a simpleContent restriction
	Content         *Group
	Attributes      []*Attribute // own ones, in order
	AttributeGroups []xml.Name
	AnyAttribute    bool
}

// SimpleType is xs:simpleType: a restriction (Base or BaseType with Facets), a
// list (Item or ItemType) or a union (Members, MemberTypes).
type SimpleType struct {
	Pos         Pos
	Docs        Docs
	Name        xml.Name
	Base        xml.Name
	BaseType    *SimpleType
	Facets      []Facet
	List        bool
	Item        xml.Name
	ItemType    *SimpleType
	Union       bool
	Members     []xml.Name
	MemberTypes []*SimpleType
}

// Facet is one constraining facet or one enumerated value, in order.
type Facet struct {
	Pos   Pos
	Docs  Docs
	Name  string // maxLength, pattern, enumeration, …
	Value string
	Fixed bool
}

// Attribute is a declaration or, with Ref, a reference.
type Attribute struct {
	Pos            Pos
	Docs           Docs
	Name           xml.Name // Space is "" for an unqualified attribute
	Ref            xml.Name
	TypeName       xml.Name
	Type           *SimpleType
	Required       bool
	Prohibited     bool
	Default, Fixed *string
	ArrayType      string // wsdl:arrayType of a SOAP-encoded array, prefix resolved: {ns}local[]
}

// AttributeGroup is xs:attributeGroup.
type AttributeGroup struct {
	Pos             Pos
	Docs            Docs
	Name            xml.Name
	Attributes      []*Attribute
	AttributeGroups []xml.Name
	AnyAttribute    bool
}

// Message is wsdl:message.
type Message struct {
	Pos   Pos
	Docs  Docs
	Name  xml.Name
	Parts []Part
}

// Part is one part of a message; Element in document style, Type in rpc.
type Part struct {
	Pos     Pos
	Docs    Docs
	Name    string
	Element xml.Name
	Type    xml.Name
}

// PortType is wsdl:portType.
type PortType struct {
	Pos        Pos
	Docs       Docs
	Name       xml.Name
	Operations []*Operation
}

// Operation is one operation of a port type. Output is nil when one-way.
type Operation struct {
	Pos           Pos
	Docs          Docs
	Name          string
	Input, Output *IO
	Faults        []*IO
}

// IO is an input, output or fault of an operation.
type IO struct {
	Pos     Pos
	Docs    Docs
	Name    string
	Message xml.Name
}

// SOAPVersion of a binding; 0 is no SOAP binding (HTTP GET, POST).
type SOAPVersion uint8

// The versions of SOAP a binding can speak.
const (
	NotSOAP SOAPVersion = iota
	SOAP11
	SOAP12
)

// Envelope is the name space of the envelope; that of NotSOAP is of 1.1.
func (v SOAPVersion) Envelope() string {
	if v == SOAP12 {
		return "http://www.w3.org/2003/05/soap-envelope"
	}
	return "http://schemas.xmlsoap.org/soap/envelope/"
}

func (v SOAPVersion) String() string {
	return [...]string{"-", "SOAP 1.1", "SOAP 1.2"}[v]
}

// Binding is wsdl:binding with its SOAP extension.
type Binding struct {
	Pos        Pos
	Docs       Docs
	Name       xml.Name
	PortType   xml.Name
	SOAP       SOAPVersion
	Style      string // document (default) or rpc
	Transport  string
	Operations []*BindingOperation
}

// BindingOperation says how an operation goes over the wire.
type BindingOperation struct {
	Pos           Pos
	Docs          Docs
	Name          string
	Action        string
	Style         string // "" is the binding's
	Input, Output *BindingBody
	Faults        []*BindingBody
}

// BindingBody is the SOAP body (or fault) of a message and its headers.
type BindingBody struct {
	Name          string // of a fault
	Use           string // literal or encoded
	Namespace     string
	EncodingStyle string
	Parts         string // as written; "" is all
	Headers       []BindingHeader
}

// BindingHeader is soap:header.
type BindingHeader struct {
	Pos     Pos
	Message xml.Name
	Part    string
	Use     string
}

// Service is wsdl:service.
type Service struct {
	Pos   Pos
	Docs  Docs
	Name  xml.Name
	Ports []*Port
}

// Port is one address of a service. SOAP is the version of its address
// element, NotSOAP for an HTTP one.
type Port struct {
	Pos     Pos
	Docs    Docs
	Name    string
	Binding xml.Name
	SOAP    SOAPVersion
	Address string
}

// Occurs implements Particle.
func (e *Element) Occurs() (min, max int) { return e.Min, e.Max }

// Occurs implements Particle.
func (g *Group) Occurs() (min, max int) { return g.Min, g.Max }

// Occurs implements Particle.
func (a *Any) Occurs() (min, max int) { return a.Min, a.Max }

// TypeName is the name of the type, zero when it is anonymous.
func (t *ComplexType) TypeName() xml.Name { return t.Name }

// TypeName is the name of the type, zero when it is anonymous.
func (t *SimpleType) TypeName() xml.Name { return t.Name }

func (e *Element) component() symbol        { return symbol{"element", e.Name} }
func (a *Attribute) component() symbol      { return symbol{"attribute", a.Name} }
func (t *ComplexType) component() symbol    { return symbol{"type", t.Name} }
func (t *SimpleType) component() symbol     { return symbol{"type", t.Name} }
func (g *Group) component() symbol          { return symbol{"group", g.Name} }
func (g *AttributeGroup) component() symbol { return symbol{"attributeGroup", g.Name} }

// lookup finds a declaration by sort and name.
func lookup[T any](d *Definitions, sort string, name xml.Name) (T, bool) {
	v, ok := d.index[symbol{sort, name}].(T)
	return v, ok
}

// Element finds a top-level element.
func (d *Definitions) Element(n xml.Name) (*Element, bool) {
	return lookup[*Element](d, "element", n)
}

// Type finds a named type of the contract's own; types of XML Schema itself
// (Space NamespaceXSD) are not declarations and are not found.
func (d *Definitions) Type(n xml.Name) (Type, bool) { return lookup[Type](d, "type", n) }

// Attribute finds a top-level attribute.
func (d *Definitions) Attribute(n xml.Name) (*Attribute, bool) {
	return lookup[*Attribute](d, "attribute", n)
}

// Group finds a named model group.
func (d *Definitions) Group(n xml.Name) (*Group, bool) { return lookup[*Group](d, "group", n) }

// AttributeGroup finds a named attribute group.
func (d *Definitions) AttributeGroup(n xml.Name) (*AttributeGroup, bool) {
	return lookup[*AttributeGroup](d, "attributeGroup", n)
}

// Message finds a message.
func (d *Definitions) Message(n xml.Name) (*Message, bool) {
	return lookup[*Message](d, "message", n)
}

// PortType finds a port type.
func (d *Definitions) PortType(n xml.Name) (*PortType, bool) {
	return lookup[*PortType](d, "portType", n)
}

// Binding finds a binding.
func (d *Definitions) Binding(n xml.Name) (*Binding, bool) {
	return lookup[*Binding](d, "binding", n)
}

// Service finds a service by its local name.
func (d *Definitions) Service(local string) (*Service, bool) {
	for _, s := range d.Services {
		if s.Name.Local == local {
			return s, true
		}
	}
	return nil, false
}

// Bindings of a port type, in the order of the document.
func (d *Definitions) BindingsOf(portType xml.Name) []*Binding {
	var found []*Binding
	for _, b := range d.Bindings {
		if b.PortType == portType {
			found = append(found, b)
		}
	}
	return found
}

// Of returns the type of an element: the anonymous one inside it, the named
// one, or nil for a type of XML Schema itself (see Element.TypeName).
func (d *Definitions) Of(e *Element) Type {
	if e.Type != nil {
		return e.Type
	}
	t, _ := d.Type(e.TypeName)
	return t
}
