package shape

import (
	"bytes"
	"errors"
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
// choice, values that fit facets where they can be made (see fitting for
// patterns). Optional children of a type inside itself are left out. It fails
// when a required element is without end.
func Sample(n *Node) ([]byte, error) {
	s := sampler{w: xml.NewWriter()}
	if err := s.element(n, nil); err != nil {
		return nil, err
	}
	return s.w.Finish()
}

// SampleRequest writes an example of the whole message that asks for the
// operation: an indented envelope with its headers, of the service's version of
// SOAP, and encoded where the contract says so.
func (s *Service) SampleRequest(op *Operation) ([]byte, error) {
	return s.message(op, op.Headers, op.Request)
}

// SampleResponse writes an example of the answer.
func (s *Service) SampleResponse(op *Operation) ([]byte, error) {
	return s.message(op, op.ResponseHeaders, op.Response)
}

// SampleFault writes an example of the answer that holds one of the faults.
func (s *Service) SampleFault(op *Operation, fault *Node) ([]byte, error) {
	w := &sampler{w: xml.NewWriter(), indent: true}
	env := s.SOAP.Envelope()
	w.open(env, "Envelope")
	w.open(env, "Body")
	w.open(env, "Fault")
	if s.SOAP == contract.SOAP12 {
		w.open(env, "Code")
		w.open(env, "Value")
		w.w.Text("soap:Sender")
		w.close(false)
		w.close(true)
		w.open(env, "Reason")
		w.open(env, "Text")
		w.w.AttrNS("xml", xml.XMLSpace, "lang", "zh")
		w.w.Text(sampleValues["string"])
		w.close(false)
		w.close(true)
		w.open(env, "Detail")
	} else {
		for _, e := range [][2]string{{"faultcode", "soap:Client"}, {"faultstring", sampleValues["string"]}} {
			w.open("", e[0])
			w.w.Text(e[1])
			w.close(false)
		}
		w.open("", "detail")
	}
	if err := w.element(fault, nil); err != nil {
		return nil, err
	}
	for range 4 {
		w.close(true)
	}
	return w.w.Finish()
}

func (s *Service) message(op *Operation, headers []*Node, body *Node) ([]byte, error) {
	if op.Err != nil {
		return nil, op.Err
	}
	w := &sampler{w: xml.NewWriter(), indent: true, encoded: op.Use == "encoded"}
	env := s.SOAP.Envelope()
	w.open(env, "Envelope")
	if w.encoded {
		w.w.DeclareNS("xsi", xml.XSISpace)
		w.w.DeclareNS("xsd", contract.NamespaceXSD)
		w.w.DeclareNS("soapenc", namespaceEncoding)
	}
	var errs []error
	if len(headers) > 0 {
		w.open(env, "Header")
		for _, h := range headers {
			errs = append(errs, w.element(h, nil))
		}
		w.close(true)
	}
	w.open(env, "Body")
	if body != nil {
		errs = append(errs, w.element(body, nil))
	}
	w.close(body != nil)
	w.close(true)
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return w.w.Finish()
}

type sampler struct {
	w       *xml.Writer
	count   int
	indent  bool
	encoded bool // by the rules of SOAP encoding: types are named, arrays tell their length
}

// open starts an element, prefixed soap when it is the envelope's.
func (s *sampler) open(space, local string) {
	s.newline()
	switch space {
	case contract.SOAP11.Envelope(), contract.SOAP12.Envelope():
		s.w.StartPrefixed("soap", space, local)
	default:
		s.w.StartNS(space, local)
	}
}

func (s *sampler) newline() {
	if depth := s.w.Depth(); s.indent && depth > 0 {
		s.w.Raw(append([]byte{'\n'}, bytes.Repeat([]byte("  "), depth)...))
	}
}

// close ends an element, on a line of its own behind children.
func (s *sampler) close(children bool) {
	if children && s.indent {
		s.w.Raw(append([]byte{'\n'}, bytes.Repeat([]byte("  "), s.w.Depth()-1)...))
	}
	s.w.End()
}

// element writes a node, or what must stand in its place when it is abstract:
// of several the first that ends.
func (s *sampler) element(n *Node, above []*content) error {
	if !n.Abstract {
		return s.typed(n, above, false)
	}
	others := append(n.Substitutes(), n.Derived()...)
	if len(others) == 0 {
		return s.typed(n, above, false)
	}
	chosen := others[0]
	for _, other := range others {
		if c := other.content(); c == nil || !within(c, above) {
			chosen = other
			break
		}
	}
	return s.typed(chosen, above, chosen.Name == n.Name)
}

func within(c *content, above []*content) bool {
	for _, a := range above {
		if a == c {
			return true
		}
	}
	return false
}

func (s *sampler) typed(n *Node, above []*content, named bool) error {
	if s.count++; s.count > 4*sampleNodes || len(above) > 4*sampleDepth {
		return say("<%s> has no end: it requires itself", "<%s> 没有尽头：它必须包含自身", n.Name.Local).at(n.Pos)
	}
	s.open(n.Name.Space, n.Name.Local)
	switch {
	case s.encoded && n.Array != nil:
		s.w.AttrNS("xsi", xml.XSISpace, "type", "soapenc:Array")
		s.w.AttrNS("soapenc", namespaceEncoding, "arrayType", s.typeName(n.Array.Item.Type)+"[1]"+strings.Repeat("[1]", max(0, n.Array.Dimensions-1)))
	case named, s.encoded && n.given == nil && n.Type.Local != "":
		s.w.AttrNS("xsi", xml.XSISpace, "type", s.typeName(n.Type))
	case s.encoded && n.given != nil:
		s.w.AttrNS("soap", contract.SOAP11.Envelope(), "encodingStyle", namespaceEncoding)
	}
	for _, a := range n.Attributes() {
		if a.Name.Space == "" {
			s.w.Attr(a.Name.Local, sampleText(a.Simple, a.Fixed, a.Default))
		}
	}
	children := false
	switch c := n.content(); {
	case n.Array != nil:
		if len(above) < sampleDepth {
			children = true
			if err := s.element(n.Array.Item, append(above, nil)); err != nil {
				return err
			}
		}
	case n.DataSet:
		children = true
		s.dataSet()
	case n.Simple != nil && !n.Any:
		s.w.Text(sampleText(n.Simple, n.Fixed, n.Default))
	case c != nil && c.group != nil:
		before := s.count
		if err := s.group(c.group, append(above[:len(above):len(above)], c)); err != nil {
			return err
		}
		children = s.count > before
	}
	s.close(children)
	return nil
}

// typeName is a type as an attribute's value, with a prefix that stands for its space.
func (s *sampler) typeName(t xml.Name) string {
	switch {
	case t.Space == contract.NamespaceXSD && s.encoded:
		return "xsd:" + t.Local
	case t.Space == namespaceEncoding && s.encoded:
		return "soapenc:" + t.Local
	case t.Space == "" || t.Local == "":
		return t.Local
	}
	s.w.DeclareNS("t", t.Space)
	return "t:" + t.Local
}

// dataSet writes the two parts of a .NET data set: the schema of its rows and
// one row. What the rows hold no contract says.
func (s *sampler) dataSet() {
	const row = "Column"
	s.newline()
	s.w.StartPrefixed("xs", contract.NamespaceXSD, "schema")
	s.w.Attr("id", "NewDataSet")
	levels := [][]string{{"element", "name", "NewDataSet"}, {"complexType"}, {"choice", "minOccurs", "0", "maxOccurs", "unbounded"},
		{"element", "name", "Table"}, {"complexType"}, {"sequence"}, {"element", "name", row, "type", "xs:string", "minOccurs", "0"}}
	for _, level := range levels {
		s.newline()
		s.w.StartPrefixed("xs", contract.NamespaceXSD, level[0])
		for i := 1; i < len(level); i += 2 {
			s.w.Attr(level[i], level[i+1])
		}
	}
	s.close(false)
	for range levels {
		s.close(true)
	}
	s.newline()
	s.w.StartPrefixed("diffgr", namespaceDiffgram, "diffgram")
	for _, local := range []string{"NewDataSet", "Table", row} {
		s.open("", local)
	}
	s.w.Text(sampleValues["string"])
	s.close(false)
	for range 3 {
		s.close(true)
	}
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
	return c != nil && within(c, above)
}

var sampleValues = map[string]string{
	"string": "示例", "normalizedString": "示例", "token": "示例", "anySimpleType": "示例", "boolean": "true", "decimal": "1.5", "double": "1.5", "float": "1.5",
	"date": "2024-06-01", "dateTime": "2024-06-01T08:30:00+08:00", "dateTimeStamp": "2024-06-01T08:30:00+08:00", "base64Binary": "AAEC",
	"negativeInteger": "-1", "nonPositiveInteger": "-1", "NMTOKENS": "A-1", "IDREFS": "id1", "ENTITIES": "name",
	"QName": "name", // a prefix would have to be declared
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
	for _, p := range t.patterns {
		tries = append(tries, fitting(p, max(t.Length, t.MinLength))...)
	}
	for _, try := range tries {
		if t.Check(try) == nil {
			return try
		}
	}
	return v
}
