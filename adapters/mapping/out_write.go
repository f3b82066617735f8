package mapping

import (
	"encoding/json"
	"strings"

	"tundish/core"
	"tundish/wsdl/shape"
	"tundish/wsdl/xml"
)

// element is an element of a message that leaves, compiled: where it stands and from which
// values of ours it is filled.
type element struct {
	name   xml.Name
	path   string // for messages
	attrs  []attribute
	kids   []*element
	source *source // its text; nil: none
	each   *list   // it stands once for each of the list
	nested *nested // its text is a document

	// What the contract says; without one every element stands, if need be empty.
	optional, nillable bool
	choice, branch     int // siblings of one choice and different branches exclude each other; 0: of none
	simple             *shape.Simple
	typed              xml.Name // xsi:type, by SOAP's encoding rules
	array              bool     // its kids are items of an array by those rules
	encoded            bool     // it is the operation of a message by those rules
	prefix             string   // with it, elements in a namespace are written
}

type attribute struct {
	name   xml.Name
	source *source
	needed bool
}

// nested is a document that leaves as text.
type nested struct {
	root        *element
	declare     string
	cdata, json bool
}

// has tells whether an element has anything to say: a text, a value in one of its parts, or
// nothing but constants. Defaults of its parts do not bring it: they fill a gap in an element
// that is there, and of a choice only what has values is.
func (e *element) has(s *scope) bool {
	if e.source != nil && e.source.get != nil {
		if _, is := e.source.text(s); is {
			return true
		}
	}
	said, asked := e.says(s)
	return said || !asked
}

func (e *element) says(s *scope) (said, asked bool) {
	look := func(src *source) {
		if src != nil && src.get != nil && !said {
			said, asked = src.known(s), true
		}
	}
	look(e.source)
	for i := range e.attrs {
		look(e.attrs[i].source)
	}
	kids := e.kids
	if e.nested != nil {
		kids = append(kids[:len(kids):len(kids)], e.nested.root)
	}
	for _, k := range kids {
		if said {
			break
		}
		if k.each != nil {
			asked = true
			k.each.walk(s, func(*scope) { said = true })
			continue
		}
		s1, a1 := k.says(s)
		said, asked = said || s1, asked || a1
	}
	return said, asked
}

// write writes the element as often as it is to stand.
func (e *element) write(w *xml.Writer, s *scope) {
	if e.each == nil {
		e.once(w, s)
		return
	}
	e.each.walk(s, func(one *scope) { e.once(w, one) })
}

func (e *element) once(w *xml.Writer, s *scope) {
	if e.optional && e.each == nil && !e.has(s) {
		return
	}
	text, is := "", false
	switch {
	case e.nested != nil:
		text, is = e.nested.text(s), true
	case e.source != nil:
		if text, is = e.source.text(s); is {
			s.check(e.path, e.simple, e.source, text)
		}
	}
	e.start(w)
	if e.encoded {
		w.AttrNS("soap", envelope11, "encodingStyle", encoding11)
		w.DeclareNS("xsd", xsdSpace)
		w.DeclareNS("xsi", xml.XSISpace)
		w.DeclareNS("soapenc", encoding11)
	}
	for i := range e.attrs {
		a := &e.attrs[i]
		t, ok := a.source.text(s)
		if !ok && !a.needed {
			continue
		}
		if a.name.Space == "" {
			w.Attr(a.name.Local, t)
		} else {
			w.AttrNS("a", a.name.Space, a.name.Local, t)
		}
	}
	if e.typed.Local != "" {
		e.encoding(w, s)
	}
	switch {
	case !is && e.source != nil && e.nillable:
		w.AttrNS("xsi", xml.XSISpace, "nil", "true")
	case is && e.nested != nil && e.nested.cdata:
		w.Raw([]byte("<![CDATA[" + strings.ReplaceAll(text, "]]>", "]]]]><![CDATA[>") + "]]>"))
	case is:
		w.Text(text)
	}
	e.exclusive(s)
	for _, k := range e.kids {
		k.write(w, s)
	}
	w.End()
}

// exclusive refuses to write two elements of which the contract allows one.
func (e *element) exclusive(s *scope) {
	for i, k := range e.kids {
		if k.choice == 0 || !k.stands(s) {
			continue
		}
		for _, other := range e.kids[:i] {
			if other.choice == k.choice && other.branch != k.branch && other.stands(s) {
				s.fail(core.Invalidf("invalid_value", k.path, "%s and %s both have values, and the contract takes only one of them; tell them in calls of their own, each with when",
					"%s 与 %s 均有值，而对方接口只接受其一；请分为各带 when 的调用", other.name.Local, k.name.Local))
				return
			}
		}
	}
}

// stands tells whether the element will be written at all.
func (e *element) stands(s *scope) bool {
	if e.each == nil {
		return !e.optional || e.has(s)
	}
	stands := false
	e.each.walk(s, func(*scope) { stands = true })
	return stands
}

func (e *element) start(w *xml.Writer) {
	switch {
	case e.name.Space != "" && e.prefix != "":
		w.StartPrefixed(e.prefix, e.name.Space, e.name.Local)
	default:
		w.StartNS(e.name.Space, e.name.Local)
	}
}

// encoding says by SOAP's rules what an element is.
func (e *element) encoding(w *xml.Writer, s *scope) {
	prefix := func(space string) string {
		switch space {
		case xsdSpace:
			return "xsd"
		case encoding11:
			return "soapenc"
		}
		return "t"
	}
	p := prefix(e.typed.Space)
	w.DeclareNS(p, e.typed.Space)
	if !e.array {
		w.AttrNS("xsi", xml.XSISpace, "type", p+":"+e.typed.Local)
		return
	}
	n := 0
	for _, k := range e.kids {
		if k.each == nil {
			n++
			continue
		}
		k.each.walk(s, func(*scope) { n++ })
	}
	w.AttrNS("xsi", xml.XSISpace, "type", "soapenc:Array")
	w.AttrNS("soapenc", encoding11, "arrayType", p+":"+e.typed.Local+"["+numberOf(int64(n)).text+"]")
}

// check holds a text against what the contract allows there.
func (s *scope) check(path string, simple *shape.Simple, src *source, text string) {
	if simple == nil || src.get == nil {
		return // constants were checked when the mapping was loaded
	}
	if err := simple.Check(text); err != nil {
		s.fail(core.Invalidf("invalid_value", path, "%s, from %s, is not what the contract allows: %v", "来自 %[2]s 的 %[1]s 不符合对方接口约定：%[3]v", shown(text), src.name, err))
	}
}

// shown is a text short enough for a message.
func shown(text string) string {
	const most = 60
	if r := []rune(text); len(r) > most {
		text = string(r[:most]) + "…"
	}
	return `"` + text + `"`
}

// text is the document as a string.
func (n *nested) text(s *scope) string {
	if n.json {
		var b strings.Builder
		n.root.json(&b, s)
		return b.String()
	}
	w := xml.NewWriter()
	if n.declare != "" {
		w.Declaration(n.declare)
	}
	n.root.write(w, s)
	out, err := w.Finish()
	if err != nil {
		s.fail(err)
	}
	return string(out)
}

// json writes what is inside the element as JSON: kids and attributes as members, those that
// repeat as arrays. A member without a value is null.
func (e *element) json(b *strings.Builder, s *scope) {
	if len(e.kids) == 0 && len(e.attrs) == 0 {
		e.scalar(b, s)
		return
	}
	b.WriteByte('{')
	sep := ""
	member := func(name string) {
		b.WriteString(sep)
		quote(b, name)
		b.WriteByte(':')
		sep = ","
	}
	for i := range e.attrs {
		member(e.attrs[i].name.Local)
		e.attrs[i].source.json(b, s)
	}
	for _, k := range e.kids {
		member(k.name.Local)
		if k.each == nil {
			k.json(b, s)
			continue
		}
		b.WriteByte('[')
		comma := ""
		k.each.walk(s, func(one *scope) {
			b.WriteString(comma)
			k.json(b, one)
			comma = ","
		})
		b.WriteByte(']')
	}
	b.WriteByte('}')
}

func (e *element) scalar(b *strings.Builder, s *scope) {
	switch {
	case e.nested != nil:
		quote(b, e.nested.text(s))
	case e.source != nil:
		e.source.json(b, s)
	default:
		b.WriteString("null")
	}
}

func (src *source) json(b *strings.Builder, s *scope) {
	t, ok := src.text(s)
	switch {
	case !ok:
		b.WriteString("null")
	case src.bare && json.Valid([]byte(t)):
		b.WriteString(t)
	default:
		quote(b, t)
	}
}

func quote(b *strings.Builder, t string) {
	var line strings.Builder
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(t) // a string can always be written
	b.WriteString(strings.TrimSuffix(line.String(), "\n"))
}
