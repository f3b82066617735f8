package shape

import (
	"strconv"
	"strings"

	"tundish/wsdl/contract"
	"tundish/wsdl/xml"
)

// sampleDepth is where optional elements of a sample end; sampleNodes where
// they end in a wide one.
const (
	sampleDepth = 12
	sampleNodes = 2000
)

// Sample writes an example of a tree: every child once, the first branch of a
// choice, values that fit facets where they can be made (a pattern is met only
// by chance). Optional children of a type inside itself are left out. It fails
// when a required element is without end.
func Sample(n *Node) ([]byte, error) {
	s := sampler{w: xml.NewWriter()}
	if err := s.element(n, nil); err != nil {
		return nil, err
	}
	return s.w.Finish()
}

type sampler struct {
	w     *xml.Writer
	count int
}

func (s *sampler) element(n *Node, above []*content) error {
	if n.Abstract {
		if others := append(n.Substitutes(), n.Derived()...); len(others) > 0 {
			other := others[0]
			if other.Name == n.Name {
				return s.typed(other, above, true)
			}
			return s.typed(other, above, false)
		}
	}
	return s.typed(n, above, false)
}

func (s *sampler) typed(n *Node, above []*content, named bool) error {
	if s.count++; s.count > 4*sampleNodes || len(above) > 4*sampleDepth {
		return say("<%s> has no end: it requires itself", "<%s> 没有尽头：它必须包含自身", n.Name.Local).at(n.Pos)
	}
	s.w.StartNS(n.Name.Space, n.Name.Local)
	if named {
		s.w.DeclareNS("t", n.Type.Space)
		s.w.AttrNS("xsi", xml.XSISpace, "type", "t:"+n.Type.Local)
	}
	for _, a := range n.Attributes() {
		if a.Name.Space == "" {
			s.w.Attr(a.Name.Local, sampleText(a.Simple, a.Fixed, a.Default))
		}
	}
	switch c := n.content(); {
	case n.Array != nil:
		if len(above) < sampleDepth {
			if err := s.element(n.Array.Item, append(above, nil)); err != nil {
				return err
			}
		}
	case n.Simple != nil && !n.Any:
		s.w.Text(sampleText(n.Simple, n.Fixed, n.Default))
	case c != nil && c.group != nil:
		if err := s.group(c.group, append(above[:len(above):len(above)], c)); err != nil {
			return err
		}
	}
	s.w.End()
	return nil
}

func (s *sampler) group(g *Group, above []*content) error {
	for _, p := range g.Parts {
		var err error
		switch {
		case p.Group != nil:
			err = s.group(p.Group, above)
		case p.Node.Name.Local == "" || p.Node.Min == 0 && s.ends(p.Node, above):
			continue
		default:
			for range max(1, p.Node.Min) {
				if err = s.element(p.Node, above); err != nil {
					break
				}
			}
		}
		if err != nil || g.Kind == contract.Choice {
			return err
		}
	}
	return nil
}

// ends tells whether an optional child is left out.
func (s *sampler) ends(n *Node, above []*content) bool {
	if len(above) >= sampleDepth || s.count >= sampleNodes {
		return true
	}
	c := n.content()
	for _, a := range above {
		if c != nil && a == c {
			return true
		}
	}
	return false
}

var sampleValues = map[string]string{
	"string": "示例", "normalizedString": "示例", "token": "示例", "anySimpleType": "示例", "boolean": "true", "decimal": "1.5", "double": "1.5", "float": "1.5",
	"date": "2024-06-01", "dateTime": "2024-06-01T08:30:00+08:00", "dateTimeStamp": "2024-06-01T08:30:00+08:00", "base64Binary": "AAEC",
	"negativeInteger": "-1", "nonPositiveInteger": "-1", "NMTOKENS": "A-1", "IDREFS": "id1", "ENTITIES": "name",
}

// sampleText makes a value that fits where it can.
func sampleText(t *Simple, fixed, preset *string) string {
	switch {
	case fixed != nil:
		return *fixed
	case preset != nil:
		return *preset
	case t == nil:
		return ""
	case len(t.Enumeration) > 0:
		return t.Enumeration[0].Text
	case len(t.Union) > 0:
		return sampleText(t.Union[0], nil, nil)
	case t.Item != nil:
		return strings.TrimSpace(strings.Repeat(sampleText(t.Item, nil, nil)+" ", max(1, t.MinLength, t.Length)))
	}
	v := sampleValues[t.Builtin]
	if v == "" {
		v = examples[t.Builtin]
	}
	if isInteger(t.Builtin) && v == "" {
		v = "1"
	}
	tries := []string{v, "1", "0", t.Min, t.Max}
	if n, err := strconv.Atoi(t.Min); err == nil {
		tries = append(tries, strconv.Itoa(n+1))
	}
	if n, err := strconv.Atoi(t.Max); err == nil {
		tries = append(tries, strconv.Itoa(n-1))
	}
	if least, most := max(t.Length, t.MinLength, 1), max(t.Length, t.MaxLength); t.Builtin != "hexBinary" && t.Builtin != "base64Binary" && least < 1<<16 {
		tries = append(tries, strings.Repeat("0", least), strings.Repeat("A", least))
		if most == 1 {
			tries = append(tries, "例")
		}
	}
	for _, try := range tries {
		if t.Check(try) == nil {
			return try
		}
	}
	return v
}
