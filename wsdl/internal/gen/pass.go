package main

import (
	"fmt"
	"go/token"
	"maps"
	"path"
	"slices"
	"strings"

	"tundish/wsdl/contract"
	"tundish/wsdl/xml"
)

// pkg is a Go package to be written.
type pkg struct {
	dir, name, path string // folder below the root, package name, import path
	module          string // the project's module
	source          string // the contract's file name
	doc             string
	namespace       string // "" of a vocabulary
	types           []*goType
	limits          []limit
	services        []*service
	imports         []*pkg // vocabularies in use
	faults          []*goType
}

// limit is a variable that holds the facets of a type.
type limit struct{ name, doc, literal string }

// typeKind is the shape of a type declaration.
type typeKind uint8

const (
	structType  typeKind = iota // type T struct
	simpleType                  // type T = string
	aliasType                   // type T = vocabulary.T
	definedType                 // type T vocabulary.T, for an element that shares its type's fields
)

// goType is a type declaration to be written.
type goType struct {
	kind   typeKind
	name   string
	doc    string
	target string // of an alias or defined type
	consts []constant

	model   *contract.ComplexType
	fields  []*field
	rules   []string
	element string // local name of the message element that this type is, or ""
	fault   bool   // it is the detail of a fault
}

type constant struct{ name, value, doc string }

// where says what part of an element a field is.
type where uint8

const (
	child where = iota
	attribute
	content
)

// form is how the type of a field relates to the type of one value.
type form uint8

const (
	value form = iota
	pointer
	slice
	pointers // []*T
)

// field is a field of a struct.
type field struct {
	name, xml, doc string
	where          where
	form           form
	min, max       int
	nillable       bool
	typ            string  // of one value
	simple         *simple // nil when complex
	group          string  // what the choice or optional group it belongs to asks for
}

// optional tells whether the field may be absent from a message.
func (f *field) optional() bool { return f.min == 0 && (f.form == value || f.form == pointer) }

// service is a port type with a client and a server.
type service struct {
	port       string // Go name of the port type
	doc        string
	file       string // of its WSDL: hub, system
	operations []operation
	wsdl       []byte
	wsdl12     []byte
}

type operation struct {
	method, name, doc, action string
	request, response         *goType
}

// builder makes a pkg out of a flat contract and what gowsdl wrote for it.
type builder struct {
	defs   *contract.Definitions
	plain  *plain
	pkg    *pkg
	others map[string]*pkg // packages of the other folders
	byName map[string]*goType
	used   map[string]bool // folders that types were taken from
}

// build runs the pass over one package.
func build(p *pkg, defs *contract.Definitions, pl *plain, others map[string]*pkg) error {
	b := &builder{defs: defs, plain: pl, pkg: p, others: others, byName: map[string]*goType{}, used: map[string]bool{}}
	elements := map[xml.Name]bool{} // elements that are written as types of their own name
	for _, c := range defs.Schemas[0].Components {
		if e, ok := c.(*contract.Element); ok {
			elements[e.Name] = true
		}
	}
	for _, c := range defs.Schemas[0].Components {
		var err error
		switch c := c.(type) {
		case *contract.SimpleType:
			err = b.simpleType(c)
		case *contract.ComplexType:
			if b.foreign(c.Pos) && elements[c.Name] {
				continue // the element of that name takes the name
			}
			err = b.complexType(c)
		case *contract.Element:
			err = b.element(c)
		}
		if err != nil {
			return err
		}
	}
	if err := b.agree(); err != nil {
		return err
	}
	if err := b.services(); err != nil {
		return err
	}
	for _, dir := range slices.Sorted(maps.Keys(b.used)) {
		p.imports = append(p.imports, others[dir])
	}
	return nil
}

// foreign tells whether a declaration belongs to another package.
func (b *builder) foreign(pos contract.Pos) bool { return path.Dir(pos.File) != b.pkg.dir }

// qualify writes a name as seen from this package.
func (b *builder) qualify(pos contract.Pos, name string) string {
	if !b.foreign(pos) {
		return name
	}
	dir := path.Dir(pos.File)
	b.used[dir] = true
	if other := b.others[dir]; other != nil {
		return other.name + "." + name
	}
	return path.Base(dir) + "." + name
}

func (b *builder) add(pos contract.Pos, t *goType) error {
	if known := b.byName[t.name]; known != nil {
		return fmt.Errorf("%s: two declarations become the Go type %s; rename one", pos, t.name)
	}
	b.byName[t.name] = t
	b.pkg.types = append(b.pkg.types, t)
	return nil
}

// alias declares the name of a type of another package here.
func (b *builder) alias(pos contract.Pos, name string) error {
	return b.add(pos, &goType{kind: aliasType, name: name, target: b.qualify(pos, name)})
}

func (b *builder) simpleType(t *contract.SimpleType) error {
	name := goName(t.Name.Local)
	if b.foreign(t.Pos) {
		return b.alias(t.Pos, name)
	}
	if !b.plain.others[name] {
		return fmt.Errorf("%s: gowsdl wrote no type %s", t.Pos, name)
	}
	s, err := b.restriction(t, name+"Facets")
	if err != nil {
		return err
	}
	out := &goType{kind: simpleType, name: name, doc: t.Docs.In("en"), target: s.goType}
	docs := map[string]string{}
	for _, f := range t.Facets {
		if f.Name == "enumeration" {
			docs[f.Value] = f.Docs.In("en")
		}
	}
	for _, c := range b.plain.consts[name] {
		out.consts = append(out.consts, constant{name: c.name, value: c.value, doc: docs[c.value]})
	}
	if s.check == "&"+name+"Facets" {
		b.limit(name+"Facets", name+"Facets are what a "+name+" must keep to.", s)
	}
	return b.add(t.Pos, out)
}

func (b *builder) limit(name, doc string, s simple) {
	b.pkg.limits = append(b.pkg.limits, limit{name: name, doc: doc, literal: s.literal()})
}

func (b *builder) complexType(t *contract.ComplexType) error {
	name := goName(t.Name.Local)
	if b.foreign(t.Pos) {
		return b.alias(t.Pos, name)
	}
	p := b.plain.structs[name]
	if p == nil && !b.plain.others[name] {
		return fmt.Errorf("%s: gowsdl wrote no type %s", t.Pos, name)
	}
	return b.structure(name, t.Docs.In("en"), t, p, "")
}

// element writes a top-level element: with an anonymous type as that struct,
// with a named type as a type of its own that knows the element's name.
func (b *builder) element(e *contract.Element) error {
	name := goName(e.Name.Local)
	if b.foreign(e.Pos) {
		return fmt.Errorf("%s: top-level elements belong into a contract, not into a vocabulary", e.Pos)
	}
	if e.Abstract || e.SubstitutionGroup.Local != "" {
		return fmt.Errorf("%s: this generator writes no abstract or substitutable elements", e.Pos)
	}
	switch t := e.Type.(type) {
	case *contract.ComplexType:
		p := b.plain.structs[name]
		if p == nil {
			return fmt.Errorf("%s: gowsdl wrote no type %s", e.Pos, name)
		}
		doc := e.Docs.In("en")
		if doc == "" {
			doc = t.Docs.In("en")
		}
		return b.structure(name, doc, t, p, e.Name.Local)
	case *contract.SimpleType:
		return nil // fields that refer to it take its type
	}
	named, ok := b.defs.Type(e.TypeName)
	if !ok {
		return nil // of a type of XML Schema
	}
	t, ok := named.(*contract.ComplexType)
	if !ok {
		return nil
	}
	own := goName(t.Name.Local)
	if own == name && !b.foreign(t.Pos) {
		if known := b.byName[name]; known != nil {
			known.element = e.Name.Local
			return nil
		}
		if err := b.complexType(t); err != nil {
			return err
		}
		b.byName[name].element = e.Name.Local
		return nil
	}
	return b.add(e.Pos, &goType{kind: definedType, name: name, doc: e.Docs.In("en"), model: t,
		target: b.qualify(t.Pos, own), element: e.Name.Local})
}

// structure writes a complex type as a struct.
func (b *builder) structure(name, doc string, t *contract.ComplexType, p *plainStruct, element string) error {
	switch {
	case t.Abstract:
		return fmt.Errorf("%s: this generator writes no abstract types", t.Pos)
	case t.Mixed:
		return fmt.Errorf("%s: this generator writes no mixed content", t.Pos)
	case t.AnyAttribute:
		return fmt.Errorf("%s: this generator writes no attribute wildcards", t.Pos)
	case t.Derivation == contract.Restriction:
		return fmt.Errorf("%s: this generator writes no types restricted from another; declare the type on its own", t.Pos)
	}
	if known := b.byName[name]; known != nil && known.model == t {
		return nil // met before, through the element of that name
	}
	out := &goType{kind: structType, name: name, doc: doc, model: t, element: element}
	if err := b.add(t.Pos, out); err != nil {
		return err
	}
	return (&members{builder: b, owner: out, plain: p}).all(t)
}

// goTypeOf gives the type of one value of an element and, if it is simple, how
// it is read and written.
func (b *builder) goTypeOf(owner, fieldName string, e *contract.Element, inline *plainStruct) (string, *simple, error) {
	if e.Ref.Local != "" {
		target, ok := b.defs.Element(e.Ref)
		if !ok {
			return "", nil, fmt.Errorf("%s: element %s is not declared", e.Pos, e.Ref.Local)
		}
		if _, anonymous := target.Type.(*contract.ComplexType); anonymous {
			return goName(target.Name.Local), nil, nil
		}
		return b.goTypeOf("", goName(target.Name.Local), target, nil)
	}
	switch t := e.Type.(type) {
	case *contract.ComplexType:
		name := owner + fieldName
		doc := t.Docs.In("en")
		if doc == "" {
			doc = e.Docs.In("en")
		}
		return name, nil, b.structure(name, doc, t, inline, "")
	case *contract.SimpleType:
		s, err := b.anonymous(owner+fieldName, t)
		return s.goType, &s, err
	}
	if e.TypeName.Local == "" {
		return "", nil, fmt.Errorf("%s: element %s has no type", e.Pos, e.Name.Local)
	}
	if named, ok := b.defs.Type(e.TypeName); ok {
		if c, ok := named.(*contract.ComplexType); ok {
			return b.typeRef(c.Pos, goName(c.Name.Local)), nil, nil
		}
	}
	s, err := b.simpleOf(e.Pos, e.TypeName)
	if err != nil {
		return "", nil, err
	}
	return b.simpleName(e.TypeName, s), &s, nil
}

// typeRef names a type: by its alias here, or qualified when an element of the
// same name keeps the alias from being declared.
func (b *builder) typeRef(pos contract.Pos, name string) string {
	if !b.foreign(pos) {
		return name
	}
	for _, c := range b.defs.Schemas[0].Components {
		if e, ok := c.(*contract.Element); ok && goName(e.Name.Local) == name {
			return b.qualify(pos, name)
		}
	}
	return name
}

// simpleName is the declared name of a simple type, or the plain Go type.
func (b *builder) simpleName(n xml.Name, s simple) string {
	if n.Space == contract.NamespaceXSD {
		return s.goType
	}
	return goName(n.Local)
}

// anonymous resolves a simple type written inside an element or attribute.
func (b *builder) anonymous(owner string, t *contract.SimpleType) (simple, error) {
	name := small(owner) + "Facets"
	s, err := b.restriction(t, name)
	if err == nil && s.check == "&"+name {
		b.limit(name, "", s)
	}
	return s, err
}

// agree refuses a type that gowsdl wrote and the contract does not know: then
// one of the two has misread it.
func (b *builder) agree() error {
	for _, name := range slices.Sorted(maps.Keys(b.plain.structs)) {
		if token.IsExported(name) && name != "AnyType" && b.byName[name] == nil {
			return fmt.Errorf("%s: gowsdl wrote a type %s that the contract does not know", b.defs.Pos, name)
		}
	}
	return nil
}

// commentOn joins a declaration's documentation and what a reader must know of
// its occurrence.
func commentOn(doc string, f *field) string {
	var note string
	switch {
	case f.where == content:
		return "The text of the element."
	case f.where == attribute && f.min == 0:
		note = "Optional attribute."
	case f.where == attribute:
		note = "Attribute."
	case f.group != "":
		note = f.group
	case f.form == slice || f.form == pointers:
		switch {
		case f.min > 0 && f.max == contract.Unbounded:
			note = fmt.Sprintf("At least %d.", f.min)
		case f.min > 0:
			note = fmt.Sprintf("%d to %d.", f.min, f.max)
		case f.max != contract.Unbounded:
			note = fmt.Sprintf("At most %d.", f.max)
		}
	case f.nillable && f.min == 0:
		note = "Optional; absent and nil both read as nil."
	case f.nillable:
		note = "Written as xsi:nil when nil."
	case f.min == 0:
		note = "Optional."
	}
	return strings.TrimSpace(note + " " + doc)
}
