package contract

import (
	"slices"

	"tundish/wsdl/xml"
)

// Types may derive from types and groups refer to groups. A contract in which
// they do so in a circle is wrong and Check says so; here the circle is left
// where it would begin again, so that nothing runs for ever.

// ContentOf returns the children of a complex type as one group, those of its
// base types first and group references replaced, or nil when it has none.
func (d *Definitions) ContentOf(t *ComplexType) *Group { return d.contentOf(t, nil) }

func (d *Definitions) contentOf(t *ComplexType, derived []*ComplexType) *Group {
	own := d.expand(t.Content, nil)
	if t.Derivation != Extension || t.SimpleContent {
		return own
	}
	base, ok := d.complexType(t.Base)
	if derived = append(derived, t); !ok || slices.Contains(derived, base) {
		return own
	}
	inherited := d.contentOf(base, derived)
	switch {
	case inherited == nil:
		return own
	case own == nil:
		return inherited
	}
	return &Group{Pos: t.Pos, Kind: Sequence, Min: 1, Max: 1, Parts: []Particle{inherited, own}}
}

func (d *Definitions) complexType(n xml.Name) (*ComplexType, bool) {
	return lookup[*ComplexType](d, "type", n)
}

// expand replaces references to named groups by what they stand for. inside
// are the named groups that are being expanded.
func (d *Definitions) expand(g *Group, inside []*Group) *Group {
	if g == nil {
		return nil
	}
	if g.Kind == GroupRef {
		named, ok := d.Group(g.Ref)
		if !ok || len(named.Parts) == 0 || slices.Contains(inside, named) {
			return nil
		}
		inner, _ := named.Parts[0].(*Group)
		if inner = d.expand(inner, append(inside, named)); inner == nil {
			return nil
		}
		if inner.Min == 1 && inner.Max == 1 { // the reference says how often
			inner.Min, inner.Max = g.Min, g.Max
			return inner
		}
		return &Group{Pos: g.Pos, Docs: g.Docs, Kind: Sequence, Min: g.Min, Max: g.Max, Parts: []Particle{inner}}
	}
	out := *g
	out.Parts = make([]Particle, 0, len(g.Parts))
	for _, p := range g.Parts {
		if inner, ok := p.(*Group); ok {
			if inner = d.expand(inner, inside); inner != nil {
				out.Parts = append(out.Parts, inner)
			}
			continue
		}
		out.Parts = append(out.Parts, p)
	}
	return &out
}

// AttributesOf returns the attributes of a complex type with those of its base
// types and attribute groups, references resolved and prohibited ones left out.
func (d *Definitions) AttributesOf(t *ComplexType) []*Attribute { return d.attributesOf(t, nil) }

func (d *Definitions) attributesOf(t *ComplexType, derived []*ComplexType) []*Attribute {
	var all []*Attribute
	derived = append(derived, t)
	if base, ok := d.complexType(t.Base); ok && t.Derivation != NotDerived && !slices.Contains(derived, base) {
		all = d.attributesOf(base, derived)
	}
	add := func(a *Attribute) {
		a = d.resolved(a)
		all = slices.DeleteFunc(all, func(known *Attribute) bool { return known.Name == a.Name }) // a restriction says it again
		if !a.Prohibited {
			all = append(all, a)
		}
	}
	for _, a := range t.Attributes {
		add(a)
	}
	var inside []*AttributeGroup
	var group func(names []xml.Name)
	group = func(names []xml.Name) {
		for _, n := range names {
			g, ok := d.AttributeGroup(n)
			if !ok || slices.Contains(inside, g) {
				continue
			}
			inside = append(inside, g)
			for _, a := range g.Attributes {
				add(a)
			}
			group(g.AttributeGroups)
		}
	}
	group(t.AttributeGroups)
	return all
}

// resolved gives the attribute that a reference stands for, as it is used there.
func (d *Definitions) resolved(a *Attribute) *Attribute {
	target, ok := d.Attribute(a.Ref)
	if !ok {
		return a
	}
	merged := *target
	merged.Pos, merged.Required, merged.Prohibited = a.Pos, a.Required, a.Prohibited
	if len(a.Docs) > 0 {
		merged.Docs = a.Docs
	}
	return &merged
}

// circles reports declarations that lead back to themselves.
func (v *visitor) circles() {
	for _, s := range v.defs.Schemas {
		for _, c := range s.Components {
			if v.reaches(c, c, map[Component]bool{}) {
				v.errs = append(v.errs, errorf(position(c), "%s %s is made of itself", "%s %s 由自身构成", c.component().sort, c.component().name.Local))
			}
		}
	}
}

// reaches tells whether following what a declaration is made of leads to goal.
// Elements end the search: a type may well contain elements of its own type.
func (v *visitor) reaches(from, goal Component, seen map[Component]bool) bool {
	for _, next := range v.madeOf(from) {
		if next == goal {
			return true
		}
		if !seen[next] {
			seen[next] = true
			if v.reaches(next, goal, seen) {
				return true
			}
		}
	}
	return false
}

func (v *visitor) madeOf(c Component) []Component {
	var parts []Component
	typed := func(names ...xml.Name) {
		for _, n := range names {
			if t, ok := v.defs.Type(n); ok {
				parts = append(parts, t)
			}
		}
	}
	switch c := c.(type) {
	case *ComplexType:
		typed(c.Base)
	case *SimpleType:
		typed(c.Base, c.Item)
		typed(c.Members...)
		for _, inner := range append([]*SimpleType{c.BaseType, c.ItemType}, c.MemberTypes...) {
			if inner != nil {
				parts = append(parts, inner)
			}
		}
	case *Group:
		if g, ok := v.defs.Group(c.Ref); ok {
			parts = append(parts, g)
		}
		for _, p := range c.Parts {
			if g, ok := p.(*Group); ok {
				parts = append(parts, g)
			}
		}
	case *AttributeGroup:
		for _, n := range c.AttributeGroups {
			if g, ok := v.defs.AttributeGroup(n); ok {
				parts = append(parts, g)
			}
		}
	case *Element: // of its own type it may be, by reference it may not
		if e, ok := v.defs.Element(c.Ref); ok {
			parts = append(parts, e)
		}
	}
	return parts
}
