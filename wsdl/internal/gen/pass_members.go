package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tundish/wsdl/contract"
)

// members collects the fields of one struct.
type members struct {
	*builder
	owner *goType
	plain *plainStruct // what gowsdl wrote; nil when it wrote none
}

func (m *members) all(t *contract.ComplexType) error {
	if t.SimpleContent {
		if err := m.text(t); err != nil {
			return err
		}
	} else if g := m.defs.ContentOf(t); g != nil {
		if err := m.top(g); err != nil {
			return err
		}
	}
	for _, a := range m.defs.AttributesOf(t) {
		if err := m.attribute(a); err != nil {
			return err
		}
	}
	return m.agree(t)
}

// agree refuses a child that gowsdl saw and the contract's model does not have.
func (m *members) agree(t *contract.ComplexType) error {
	if m.plain == nil {
		return nil
	}
	known := map[string]bool{}
	for _, f := range m.owner.fields {
		known[f.xml] = true
	}
	for _, xml := range slices.Sorted(maps.Keys(m.plain.elements)) {
		if !known[xml] {
			return fmt.Errorf("%s: gowsdl gives %s an element %s that the contract does not have", t.Pos, m.owner.name, xml)
		}
	}
	return nil
}

func (m *members) add(pos contract.Pos, f *field) error {
	for _, known := range m.owner.fields {
		if known.name == f.name {
			return fmt.Errorf("%s: %s has two fields %s; rename one", pos, m.owner.name, f.name)
		}
	}
	m.owner.fields = append(m.owner.fields, f)
	return nil
}

// fieldName is gowsdl's name of the field, or ours where it lost the element.
func (m *members) fieldName(xml string, attribute bool) string {
	if m.plain != nil {
		names := m.plain.elements
		if attribute {
			names = m.plain.attributes
		}
		if name, ok := names[xml]; ok {
			return name
		}
	}
	return goName(xml)
}

// text is the value of a type with simple content.
func (m *members) text(t *contract.ComplexType) error {
	s, err := m.simpleOf(t.Pos, t.Base)
	if err != nil {
		return err
	}
	return m.add(t.Pos, &field{name: "Value", where: content, min: 1, max: 1, typ: m.simpleName(t.Base, s), simple: &s})
}

func (m *members) attribute(a *contract.Attribute) error {
	if a.Name.Space != "" {
		return fmt.Errorf("%s: this generator writes no attributes that are in a namespace", a.Pos)
	}
	if a.Default != nil {
		return fmt.Errorf("%s: defaults are not written; say in the documentation what an absent attribute means", a.Pos)
	}
	f := &field{name: m.fieldName(a.Name.Local, true), xml: a.Name.Local, doc: a.Docs.In("en"), where: attribute, max: 1}
	if a.Required {
		f.min = 1
	}
	var s simple
	var err error
	if a.Type != nil {
		s, err = m.anonymous(m.owner.name+f.name, a.Type)
		f.typ = s.goType
	} else {
		s, err = m.simpleOf(a.Pos, a.TypeName)
		f.typ = m.simpleName(a.TypeName, s)
	}
	if err != nil {
		return err
	}
	if f.simple, err = m.fixed(a.Pos, s, a.Fixed, f.name); err != nil {
		return err
	}
	if f.min == 0 && s.kind != textKind && s.kind != binaryKind {
		f.form = pointer
	}
	return m.add(a.Pos, f)
}

// fixed turns a fixed value into an enumeration of one.
func (m *members) fixed(pos contract.Pos, s simple, fixed *string, fieldName string) (*simple, error) {
	if fixed == nil {
		return &s, nil
	}
	name := small(m.owner.name) + fieldName + "Facets"
	s, err := s.restrict([]contract.Facet{{Pos: pos, Name: "enumeration", Value: *fixed}}, name)
	if err == nil {
		m.limit(name, "", s)
	}
	return &s, err
}

// top collects the children of the outermost group. Groups inside a sequence
// that must be there add nothing but their children.
func (m *members) top(g *contract.Group) error {
	if g.Kind == contract.Choice || g.Min == 0 {
		first := len(m.owner.fields)
		rule, err := m.group(g)
		m.owner.rules = append(m.owner.rules, rule)
		for _, f := range m.owner.fields[first:] {
			f.group = describe(g, "") + "."
		}
		return err
	}
	if err := m.once(g); err != nil {
		return err
	}
	for _, part := range g.Parts {
		var err error
		switch part := part.(type) {
		case *contract.Group:
			if part.Max != 1 {
				part, err = m.repeated(part)
				if err != nil {
					return err
				}
			}
			err = m.top(part)
		case *contract.Element:
			err = m.element(part, part.Min, part.Max, false)
		case *contract.Any:
			err = wildcard(part)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func wildcard(a *contract.Any) error {
	return fmt.Errorf("%s: this generator writes no wildcards; declare the elements, or connect the contract by a mapping", a.Pos)
}

func (m *members) once(g *contract.Group) error {
	if g.Max == 1 {
		return nil
	}
	return fmt.Errorf("%s: a repeated %s of several elements has an order that fields cannot keep; put it into an element that repeats", g.Pos, g.Kind)
}

// repeated turns a repeated group of one element into a group with that
// element repeated.
func (m *members) repeated(g *contract.Group) (*contract.Group, error) {
	if len(g.Parts) == 1 {
		if e, ok := g.Parts[0].(*contract.Element); ok && e.Max == 1 {
			inner := *e
			inner.Min, inner.Max = e.Min*g.Min, g.Max
			return &contract.Group{Pos: g.Pos, Kind: contract.Sequence, Min: 1, Max: 1, Parts: []contract.Particle{&inner}}, nil
		}
	}
	return nil, m.once(g)
}

// group collects the children of a choice, or of a group that may be absent,
// and returns the rule that holds for them.
func (m *members) group(g *contract.Group) (rule string, err error) {
	if err := m.once(g); err != nil {
		return "", err
	}
	var parts []string
	for _, part := range g.Parts {
		switch part := part.(type) {
		case *contract.Group:
			if part.Max != 1 {
				if part, err = m.repeated(part); err != nil {
					return "", err
				}
			}
			inner, err := m.group(part)
			if err != nil {
				return "", err
			}
			parts = append(parts, inner)
		case *contract.Element:
			if err := m.element(part, 0, part.Max, true); err != nil {
				return "", err
			}
			if part.Min > 0 {
				parts = append(parts, fmt.Sprintf("bind.Need(%q)", part.Name.Local))
			} else {
				parts = append(parts, fmt.Sprintf("bind.May(%q)", part.Name.Local))
			}
		case *contract.Any:
			return "", wildcard(part)
		}
	}
	combine := "All"
	switch {
	case g.Kind == contract.Choice && g.Min == 0:
		combine = "AtMostOneOf"
	case g.Kind == contract.Choice:
		combine = "OneOf"
	case g.Min == 0:
		combine = "Maybe"
	}
	return "bind." + combine + "(" + strings.Join(parts, ", ") + ")", nil
}

// element adds a child. loose ones stand in a choice or an optional group: even
// an empty string must differ from an absent one there.
func (m *members) element(e *contract.Element, low, high int, loose bool) error {
	if high == 0 {
		return nil
	}
	if e.Name.Space == "" && e.Ref.Local == "" {
		return fmt.Errorf("%s: element %s is unqualified; say elementFormDefault=\"qualified\" in its schema", e.Pos, e.Name.Local)
	}
	if e.Default != nil {
		return fmt.Errorf("%s: defaults are not written; say in the documentation what an absent element means", e.Pos)
	}
	f := &field{name: m.fieldName(e.Name.Local, false), xml: e.Name.Local, min: low, max: high, nillable: e.Nillable}
	var inline *plainStruct
	if m.plain != nil {
		inline = m.plain.inline[e.Name.Local]
	}
	if e.Ref.Local != "" {
		if target, ok := m.defs.Element(e.Ref); ok {
			f.nillable = target.Nillable
		}
	}
	if err := m.add(e.Pos, f); err != nil {
		return err
	}
	var err error
	if f.typ, f.simple, err = m.goTypeOf(m.owner.name, f.name, e, inline); err != nil {
		return err
	}
	if e.Fixed != nil {
		if f.simple == nil {
			return fmt.Errorf("%s: only a simple element can be fixed", e.Pos)
		}
		if f.simple, err = m.fixed(e.Pos, *f.simple, e.Fixed, f.name); err != nil {
			return err
		}
	}
	text := f.simple != nil && f.simple.kind == textKind
	binary := f.simple != nil && f.simple.kind == binaryKind
	switch {
	case high != 1 && f.nillable && !binary:
		f.form = pointers
	case high != 1:
		f.form = slice
	case binary:
		f.form = value // nil and empty differ by themselves
	case f.nillable, loose, low == 0 && !text:
		f.form = pointer
	}
	f.doc = e.Docs.In("en")
	if target, ok := m.defs.Element(e.Ref); ok && f.doc == "" {
		f.doc = target.Docs.In("en")
	}
	return nil
}

// describe says in a comment what a choice or an optional group asks for.
func describe(g *contract.Group, outer string) string {
	var names []string
	for _, part := range g.Parts {
		switch part := part.(type) {
		case *contract.Element:
			names = append(names, part.Name.Local)
		case *contract.Group:
			names = append(names, describe(part, "inner"))
		}
	}
	list := strings.Join(names, ", ")
	if g.Kind != contract.Choice {
		list = strings.Join(names, " with ")
	}
	switch {
	case outer != "":
	case g.Kind == contract.Choice && g.Min == 0:
		list = "At most one of " + list
	case g.Kind == contract.Choice:
		list = "One of " + list
	default:
		list = "Optional: " + list
	}
	return list
}
