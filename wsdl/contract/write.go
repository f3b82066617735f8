package contract

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tundish/wsdl/xml"
)

// AddressPlaceholder is what WSDL writes as the address of every port.
const AddressPlaceholder = "http://address.invalid/"

// WithAddress returns a copy of a document written by WSDL with the address at
// which it is served.
func WithAddress(doc []byte, url string) []byte {
	var w bytes.Buffer
	for _, c := range []byte(url) {
		switch c {
		case '&':
			w.WriteString("&amp;")
		case '<':
			w.WriteString("&lt;")
		case '"':
			w.WriteString("&quot;")
		default:
			w.WriteByte(c)
		}
	}
	return bytes.ReplaceAll(doc, []byte(AddressPlaceholder), w.Bytes())
}

// WriteOptions say what WSDL writes.
type WriteOptions struct {
	// SOAP12 adds a SOAP 1.2 binding and port beside each 1.1 one. Axis 1.4
	// refuses a WSDL that has them, so they are not there by default.
	SOAP12 bool
	// Lang keeps only the documentation in one language; "" keeps all.
	Lang string
	// Whole writes a Merged contract as it is: several namespaces, bindings of both
	// versions, their addresses.
	Whole bool
}

// WSDL writes a flat contract (see Flatten) as one document without includes:
// UTF-8, indented, prefixes wsdl, xs, soap, soap12 and tns. Documentation is
// kept; addresses are AddressPlaceholder.
func (d *Definitions) WSDL(opt WriteOptions) ([]byte, error) {
	p := &printer{w: xml.NewWriter(), opt: opt, target: d.TargetNamespace, prefixes: map[string]string{}, imports: map[string][]string{}}
	if opt.Whole { // once to see which namespaces are used where
		p.definitions(d)
		p = &printer{w: xml.NewWriter(), opt: opt, target: d.TargetNamespace, prefixes: p.prefixes, imports: p.imports}
	}
	p.w.Raw([]byte(`<?xml version="1.0" encoding="UTF-8"?>`))
	p.definitions(d)
	p.w.Raw([]byte("\n"))
	if err := p.w.Error(); err != nil {
		return nil, err
	}
	if p.err != nil {
		return nil, p.err
	}
	return bytes.Clone(p.w.Bytes()), nil
}

// printer writes indented elements.
type printer struct {
	w      *xml.Writer
	opt    WriteOptions
	target string
	depth  int
	empty  bool // the open element has no child yet, or its text ends it
	err    error

	prefixes map[string]string   // of namespaces other than those that every contract has
	inside   *Schema             // that is being written
	imports  map[string][]string // namespaces that a schema refers to, by its own
}

// spaces are the namespaces of the prefixes that are written.
var spaces = map[string]string{
	"wsdl": NamespaceWSDL, "xs": NamespaceXSD, "soap": NamespaceSOAP11, "soap12": NamespaceSOAP12,
}

// open starts <prefix:local> with attributes given as name, value; an
// attribute with an empty value is left out.
func (p *printer) open(tag string, attrs ...string) {
	p.newline()
	prefix, local, _ := strings.Cut(tag, ":")
	p.w.StartPrefixed(prefix, spaces[prefix], local)
	for i := 0; i < len(attrs); i += 2 {
		if attrs[i+1] != "" {
			p.w.Attr(attrs[i], attrs[i+1])
		}
	}
	p.depth++
	p.empty = true
}

func (p *printer) close() {
	p.depth--
	if !p.empty {
		p.newline()
	}
	p.w.End()
	p.empty = false
}

func (p *printer) leaf(tag string, attrs ...string) {
	p.open(tag, attrs...)
	p.close()
}

const indentation = "\n                                                                "

func (p *printer) newline() {
	p.w.Raw([]byte(indentation[:min(1+2*p.depth, len(indentation))]))
	p.empty = false
}

// ref writes a name with the prefix of its namespace.
func (p *printer) ref(n xml.Name) string {
	switch {
	case n.Local == "":
		return ""
	case n.Space == p.target && n.Space != "":
		p.imported(n.Space)
		return "tns:" + n.Local
	case n.Space == NamespaceXSD:
		return "xs:" + n.Local
	case n.Space == namespaceXML:
		p.imported(n.Space)
		return "xml:" + n.Local
	case p.opt.Whole:
		return p.foreign(n)
	}
	if p.err == nil {
		p.err = errorf(Pos{}, "%s is outside the one namespace of a flat contract (%s)", "%s 不属于展平合同的唯一命名空间（%s）", show(n), p.target)
	}
	return n.Local
}

// foreign writes a name of another namespace than the contract's own.
func (p *printer) foreign(n xml.Name) string {
	p.imported(n.Space)
	if n.Space == "" {
		return n.Local
	}
	prefix, ok := p.prefixes[n.Space]
	if !ok {
		prefix = "n" + strconv.Itoa(len(p.prefixes)+1)
		p.prefixes[n.Space] = prefix
	}
	return prefix + ":" + n.Local
}

// byPrefix orders namespaces by when they were met: n2 before n10.
func (p *printer) byPrefix(a, b string) int {
	x, y := p.prefixes[a], p.prefixes[b]
	return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y))
}

// imported notes that the schema being written needs a namespace.
func (p *printer) imported(space string) {
	if p.inside == nil || p.inside.TargetNamespace == space {
		return
	}
	if known := p.imports[p.inside.TargetNamespace]; !slices.Contains(known, space) {
		p.imports[p.inside.TargetNamespace] = append(known, space)
	}
}

// lines writes text, further lines indented one step more than the element
// around it.
func (p *printer) lines(text string) {
	for i, line := range strings.Split(text, "\n") {
		switch {
		case i > 0 && line == "":
			p.w.Raw([]byte("\n"))
			continue
		case i > 0:
			p.newline()
		}
		p.w.Text(line)
	}
	p.empty = true
}

func (p *printer) wanted(docs Docs) Docs {
	if p.opt.Lang == "" {
		return docs
	}
	if text := docs.In(p.opt.Lang); text != "" {
		return Docs{{Lang: p.opt.Lang, Text: text}}
	}
	return nil
}

// docs writes one wsdl:documentation, see wsdlDocs for how it tells languages
// apart. A single language needs no mark.
func (p *printer) docs(docs Docs) { p.documentation(docs, "\n") }

// docsInLine is docs on one line: gowsdl puts what it finds at a fault behind a
// line comment.
func (p *printer) docsInLine(docs Docs) { p.documentation(docs, " ") }

func (p *printer) documentation(docs Docs, between string) {
	var texts []string
	for _, d := range p.wanted(docs) {
		if d.Lang != "" && p.opt.Lang == "" {
			d.Text = "[" + d.Lang + "] " + d.Text
		}
		texts = append(texts, strings.ReplaceAll(d.Text, "\n", between))
	}
	if len(texts) > 0 {
		p.open("wsdl:documentation")
		p.lines(strings.Join(texts, between))
		p.close()
	}
}

func (p *printer) annotation(docs Docs) {
	if docs = p.wanted(docs); len(docs) == 0 {
		return
	}
	p.open("xs:annotation")
	for _, d := range docs {
		p.open("xs:documentation")
		if d.Lang != "" {
			p.w.AttrNS("xml", namespaceXML, "lang", d.Lang)
		}
		p.lines(d.Text)
		p.close()
	}
	p.close()
}

func (p *printer) definitions(d *Definitions) {
	p.newline()
	p.w.StartPrefixed("wsdl", NamespaceWSDL, "definitions")
	p.w.DeclareNS("xs", NamespaceXSD)
	p.w.DeclareNS("soap", NamespaceSOAP11)
	if p.opt.SOAP12 || p.opt.Whole {
		p.w.DeclareNS("soap12", NamespaceSOAP12)
	}
	if d.TargetNamespace != "" {
		p.w.DeclareNS("tns", d.TargetNamespace)
	}
	for _, space := range slices.SortedFunc(maps.Keys(p.prefixes), p.byPrefix) {
		p.w.DeclareNS(p.prefixes[space], space)
	}
	if d.Name != "" {
		p.w.Attr("name", d.Name)
	}
	if d.TargetNamespace != "" {
		p.w.Attr("targetNamespace", d.TargetNamespace)
	}
	p.depth++
	p.docs(d.Docs)
	p.open("wsdl:types")
	for _, s := range d.Schemas {
		p.schema(s)
	}
	p.close()
	for _, m := range d.Messages {
		p.open("wsdl:message", "name", m.Name.Local)
		p.docs(m.Docs)
		for _, part := range m.Parts {
			p.open("wsdl:part", "name", part.Name, "element", p.ref(part.Element), "type", p.ref(part.Type))
			p.docs(part.Docs)
			p.close()
		}
		p.close()
	}
	for _, t := range d.PortTypes {
		p.portType(t)
	}
	p.bindings(d)
	p.depth--
	p.newline()
	p.w.End()
}

func (p *printer) portType(t *PortType) {
	p.open("wsdl:portType", "name", t.Name.Local)
	p.docs(t.Docs)
	for _, op := range t.Operations {
		p.open("wsdl:operation", "name", op.Name)
		p.docs(op.Docs)
		p.io("wsdl:input", op.Input)
		p.io("wsdl:output", op.Output)
		for _, f := range op.Faults {
			p.open("wsdl:fault", "name", f.Name, "message", p.ref(f.Message))
			p.docsInLine(f.Docs)
			p.close()
		}
		p.close()
	}
	p.close()
}

func (p *printer) io(tag string, io *IO) {
	if io == nil {
		return
	}
	p.open(tag, "name", io.Name, "message", p.ref(io.Message))
	p.docs(io.Docs)
	p.close()
}

// bindings writes the bindings and services. The SOAP 1.2 ones that
// WriteOptions ask for are the 1.1 ones under a name that ends in 12.
func (p *printer) bindings(d *Definitions) {
	both := func(b *Binding) bool {
		return p.opt.SOAP12 && !p.opt.Whole && b.SOAP == SOAP11 && !has12(d, b.PortType)
	}
	for _, b := range d.Bindings {
		if b.SOAP == SOAP12 && !p.opt.SOAP12 && !p.opt.Whole {
			continue
		}
		p.binding(b, b.Name.Local, b.SOAP)
		if both(b) {
			p.binding(b, b.Name.Local+"12", SOAP12)
		}
	}
	for _, s := range d.Services {
		p.open("wsdl:service", "name", s.Name.Local)
		p.docs(s.Docs)
		for _, port := range s.Ports {
			if port.SOAP == SOAP12 && !p.opt.SOAP12 && !p.opt.Whole {
				continue
			}
			p.port(port, "", port.SOAP)
			if p.opt.Whole {
				continue
			}
			if b, ok := d.Binding(port.Binding); ok && both(b) {
				p.port(port, "12", SOAP12)
			}
		}
		p.close()
	}
}

func has12(d *Definitions, portType xml.Name) bool {
	for _, b := range d.BindingsOf(portType) {
		if b.SOAP == SOAP12 {
			return true
		}
	}
	return false
}

func prefixOf(v SOAPVersion) string {
	if v == SOAP12 {
		return "soap12:"
	}
	return "soap:"
}

func (p *printer) port(port *Port, suffix string, v SOAPVersion) {
	binding := port.Binding
	binding.Local += suffix
	p.open("wsdl:port", "name", port.Name+suffix, "binding", p.ref(binding))
	p.docs(port.Docs)
	address := AddressPlaceholder
	if p.opt.Whole {
		address = port.Address
	}
	p.leaf(prefixOf(v)+"address", "location", address)
	p.close()
}

func (p *printer) binding(b *Binding, name string, v SOAPVersion) {
	soap := prefixOf(v)
	p.open("wsdl:binding", "name", name, "type", p.ref(b.PortType))
	p.docs(b.Docs)
	p.leaf(soap+"binding", "style", b.Style, "transport", b.Transport)
	for _, op := range b.Operations {
		p.open("wsdl:operation", "name", op.Name)
		p.docs(op.Docs)
		p.leaf(soap+"operation", "soapAction", op.Action, "style", op.Style)
		p.body(soap, "wsdl:input", op.Input)
		p.body(soap, "wsdl:output", op.Output)
		for _, f := range op.Faults {
			p.open("wsdl:fault", "name", f.Name)
			p.leaf(soap+"fault", "name", f.Name, "use", f.Use)
			p.close()
		}
		p.close()
	}
	p.close()
}

func (p *printer) body(soap, tag string, b *BindingBody) {
	if b == nil {
		return
	}
	p.open(tag, "name", b.Name)
	for _, h := range b.Headers {
		p.leaf(soap+"header", "message", p.ref(h.Message), "part", h.Part, "use", h.Use)
	}
	p.leaf(soap+"body", "use", b.Use, "namespace", b.Namespace, "encodingStyle", b.EncodingStyle, "parts", b.Parts)
	p.close()
}

func occurs(low, high int) []string {
	var attrs []string
	if low != 1 {
		attrs = append(attrs, "minOccurs", strconv.Itoa(low))
	}
	switch high {
	case 1:
	case Unbounded:
		attrs = append(attrs, "maxOccurs", "unbounded")
	default:
		attrs = append(attrs, "maxOccurs", strconv.Itoa(high))
	}
	return attrs
}
