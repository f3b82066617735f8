package bind

import (
	"encoding/base64"
	"errors"
	"strings"
	"unicode/utf8"

	"tundish/wsdl/xml"
	"tundish/wsdl/xsd"
)

// Decoder reads one element of a type. Make it with Read at the element's
// Start; ask for attributes first, then for children; end with Close.
//
// A value method (String, Bool, …) reads what was announced last: the
// attribute that Attr found, the child that Next found, or, before the first
// Next, the text of the element itself.
type Decoder struct {
	r     *xml.Reader
	shape *Shape
	space string // of the element: its children are in it, or in none
	name  string // of the current child
	last  int    // its index
	value []byte // of the attribute that Attr found
	attr  string // its name; "" when the next value is an element's
	depth int
	err   error
	count [64]uint16
	more  []uint16 // counts of children beyond the first 64
}

// Read begins an element; r stands at its Start. Attributes that the shape
// does not know, or that it misses, are an error.
func Read(r *xml.Reader, s *Shape) Decoder {
	d := Decoder{r: r, shape: s, space: r.Name().Space, depth: r.Depth()}
	if n := len(s.Children) - len(d.count); n > 0 {
		d.more = make([]uint16, n)
	}
	if len(r.Attrs()) > 0 || len(s.Attributes) > 0 {
		d.attributes()
	}
	return d
}

// Expect refuses an element that is not the one named. The element may be in
// no namespace: old callers leave it out.
func Expect(r *xml.Reader, space, local string) error {
	if n := r.Name(); n.Local != local || n.Space != space && n.Space != "" {
		return refuse(r, "element %s is not expected here; it must be %s", "此处不应出现元素 %s，应为 %s", n, xml.Name{Space: space, Local: local})
	}
	return nil
}

func (d *Decoder) attributes() {
	if d.r.Nil() {
		d.fail("<%s> is nil; it must have a value", "<%s> 为 nil，必须有值", d.r.Name().Local)
		return
	}
	for _, a := range d.r.Attrs() {
		if a.Name.Space != "" {
			continue // xsi:type, soap:encodingStyle, wsu:Id: noise of the sender's tools
		}
		known := false
		for i := range d.shape.Attributes {
			known = known || d.shape.Attributes[i].Name == a.Name.Local
		}
		if !known {
			d.unknownAttribute(a.Name.Local)
			return
		}
	}
	for _, a := range d.shape.Attributes {
		if _, ok := d.r.AttrBytes("", a.Name); !ok && a.Required {
			d.failAt("@"+a.Name, "<%s> lacks the attribute %s", "<%s> 缺少属性 %s", d.r.Name().Local, a.Name)
			return
		}
	}
}

func (d *Decoder) unknownAttribute(name string) {
	names := make([]string, len(d.shape.Attributes))
	for i, a := range d.shape.Attributes {
		names[i] = a.Name
	}
	d.failAt("@"+name, "attribute %s of <%s> is not known%s", "属性 %s 在 <%s> 中未定义%s", name, d.r.Name().Local, suggest(name, names, func(s string) string { return s }))
}

// fail says in both languages, with the same arguments, what is wrong.
func (d *Decoder) fail(en, zh string, args ...any) {
	if d.err == nil {
		d.err = refuse(d.r, en, zh, args...)
	}
}

// failAt is fail for a part of the current element that has no token of its
// own: a missing child, or an attribute as @name.
func (d *Decoder) failAt(part, en, zh string, args ...any) {
	if d.err != nil {
		return
	}
	d.fail(en, zh, args...)
	var e *xml.Error
	if errors.As(d.err, &e) {
		e.Path += "/" + part
	}
}

// Attr announces an attribute. When it is there the next value is its own.
func (d *Decoder) Attr(name string) bool {
	if d.err != nil {
		return false
	}
	v, ok := d.r.AttrBytes("", name)
	if ok {
		d.attr, d.value = name, v
	}
	return ok
}

// Next moves to the next child, false behind the last one or after a mistake.
func (d *Decoder) Next() bool {
	if d.err != nil {
		return false
	}
	more, err := d.r.NextChild()
	if err != nil || !more {
		d.err = err
		return false
	}
	n := d.r.Name()
	if n.Space != d.space && n.Space != "" {
		d.fail("element <%s> is in namespace %q; it must be in %s", "元素 <%s> 的命名空间为 %q，应为 %s", n.Local, n.Space, namespace(d.space))
		return false
	}
	i := d.shape.index(n.Local, d.last)
	if i < 0 {
		d.unknown(n.Local)
		return false
	}
	c := &d.shape.Children[i]
	seen := &d.count[i%len(d.count)]
	if i >= len(d.count) {
		seen = &d.more[i-len(d.count)]
	}
	if *seen < 65535 {
		*seen++
	}
	if c.Max != Unbounded && int(*seen) > c.Max {
		if c.Max == 1 {
			d.fail("a second <%s>; it may occur once", "<%s> 重复出现，只允许出现一次", n.Local)
		} else {
			d.fail("<%s> occurs more than %d times", "<%s> 出现超过 %d 次", n.Local, c.Max)
		}
		return false
	}
	d.name, d.last = c.Name, i
	return true
}

func namespace(space string) words {
	if space == "" {
		return say("no namespace", "无命名空间")
	}
	return say("%q or none", "%q 或无命名空间", space)
}

func (d *Decoder) unknown(name string) {
	names := make([]string, len(d.shape.Children))
	for i, c := range d.shape.Children {
		names[i] = c.Name
	}
	d.fail("element <%s> is not known here%s", "元素 <%s> 在此处未定义%s", name, suggest(name, names, func(s string) string { return "<" + s + ">" }))
}

// Name is the local name of the current child.
func (d *Decoder) Name() string { return d.name }

// Do takes over the outcome of reading the current child by other means.
func (d *Decoder) Do(err error) {
	if d.err == nil {
		d.err = err
	}
}

// Nil tells whether the current child is nil, and then reads it to its End.
func (d *Decoder) Nil() bool {
	if d.err != nil || !d.r.Nil() {
		return false
	}
	name := d.r.Name().Local
	text, err := d.r.ElementText()
	if err != nil {
		d.err = err
	} else if len(strings.TrimSpace(string(text))) > 0 {
		d.fail("<%s> is nil but has text", "<%s> 标为 nil 却有内容", name)
	}
	return true
}

// Close ends the element: it says what was wrong, or what is missing.
func (d *Decoder) Close() error {
	if d.err != nil {
		return d.err
	}
	var missing []string
	for i, c := range d.shape.Children {
		switch n := d.occurs(i); {
		case n == 0 && c.Min > 0:
			missing = append(missing, c.Name)
		case n < c.Min:
			d.failAt(c.Name, "<%s> occurs %d times; at least %d are needed", "<%s> 出现 %d 次，至少须 %d 次", c.Name, n, c.Min)
		}
	}
	switch {
	case d.err != nil:
	case len(missing) == 1:
		d.failAt(missing[0], "element <%s> is missing in <%s>", "缺少元素 <%s>（位于 <%s> 内）", missing[0], d.r.Name().Local)
	case len(missing) > 1:
		d.failAt(missing[0], "elements <%s> are missing in <%s>", "缺少元素 <%s>（位于 <%s> 内）", strings.Join(missing, ">, <"), d.r.Name().Local)
	default:
		for i := range d.shape.Rules {
			if msg := d.shape.Rules[i].broken(d.has); msg.en != "" {
				d.fail("%s in <%s>", "%s（位于 <%s> 内）", msg, d.r.Name().Local)
				break
			}
		}
	}
	return d.err
}

func (d *Decoder) occurs(i int) int {
	if i < len(d.count) {
		return int(d.count[i])
	}
	return int(d.more[i-len(d.count)])
}

func (d *Decoder) has(name string) bool {
	i := d.shape.index(name, 0)
	return i >= 0 && d.occurs(i) > 0
}

// text is the value that was announced last. It is valid until the next token.
func (d *Decoder) text() ([]byte, bool) {
	switch {
	case d.err != nil:
		return nil, false
	case d.attr != "":
		return d.value, true
	}
	if attrs := d.r.Attrs(); len(attrs) > 0 && d.r.Depth() > d.depth {
		if d.r.Nil() {
			d.fail("<%s> is nil; it must have a value", "<%s> 为 nil，必须有值", d.r.Name().Local)
			return nil, false
		}
		for _, a := range attrs {
			if a.Name.Space == "" {
				d.failAt("@"+a.Name.Local, "attribute %s of <%s> is not known; none is allowed here", "属性 %s 在 <%s> 中未定义，此处不允许属性", a.Name.Local, d.r.Name().Local)
				return nil, false
			}
		}
	}
	t, err := d.r.ElementText()
	if err != nil {
		d.err = err
		return nil, false
	}
	return t, true
}

// check ends a value: err is what is wrong with it.
func (d *Decoder) check(err error) {
	if err != nil && d.err == nil { // of two mistakes with one value the first is told
		if d.attr != "" {
			d.failAt("@"+d.attr, "attribute %s of <%s>: %w", "<%[2]s> 的属性 %[1]s：%[3]s", d.attr, d.r.Name().Local, err)
		} else {
			d.fail("<%s>: %w", "<%s>：%s", d.r.Name().Local, err)
		}
	}
	d.attr = ""
}

// String reads text. Text that its sender marked as xsi:type base64Binary is
// decoded: SOAP::Lite sends everything outside ASCII that way.
func (d *Decoder) String(f *Text) string {
	encoded := d.attr == "" && d.err == nil && len(d.r.Attrs()) > 0 && d.base64()
	t, ok := d.text()
	if !ok {
		return ""
	}
	s := string(t)
	if encoded {
		b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(s), ""))
		if err == nil && !utf8.Valid(b) {
			err = say("it is not UTF-8", "解码后不是 UTF-8 文本")
		}
		if err != nil {
			d.check(say("the text is marked as xsi:type base64Binary, but %s", "文本标有 xsi:type base64Binary，但无法解码：%s", err))
			return ""
		}
		s = string(b)
	}
	s = f.normalise(s)
	d.check(f.Check(s))
	return s
}

func (d *Decoder) base64() bool {
	v, ok := d.r.AttrBytes(xml.XSISpace, "type")
	if !ok {
		return false
	}
	prefix, local, found := strings.Cut(string(v), ":")
	if !found || local != "base64Binary" && local != "base64" {
		return false
	}
	space, _ := d.r.LookupPrefix(prefix)
	return space == "http://www.w3.org/2001/XMLSchema" || space == "http://schemas.xmlsoap.org/soap/encoding/"
}

// parse reads a value by a function of package xsd.
func parse[T any](d *Decoder, from func([]byte) (T, error)) T {
	var zero T
	t, ok := d.text()
	if !ok {
		return zero
	}
	v, err := from(t)
	if err != nil {
		d.check(err)
		return zero
	}
	return v
}

// Bool reads true, false, 1 or 0.
func (d *Decoder) Bool() bool {
	v := parse(d, xsd.ParseBool[[]byte])
	d.check(nil)
	return v
}

// Int reads one of the bounded integers; f is never nil, because each has
// bounds.
func (d *Decoder) Int(f *Range) int64 {
	t, ok := d.text()
	if !ok {
		return 0
	}
	v, err := xsd.ParseInt(t, f.Low, f.High)
	if bad := (*xsd.ParseError)(nil); errors.As(err, &bad) {
		err = words{bad.Error(), sayZH("%s 不是 %d 至 %d 之间的整数", bad.Value, f.Low, f.High), bad}
	}
	d.check(err)
	return v
}

// Float reads an xs:double or xs:float.
func (d *Decoder) Float() float64 {
	v := parse(d, xsd.ParseFloat[[]byte])
	d.check(nil)
	return v
}

// Decimal reads an xs:decimal or one of the unbounded integers.
func (d *Decoder) Decimal(f *Number) xsd.Decimal {
	v := parse(d, xsd.ParseDecimal[[]byte])
	d.check(f.Check(v))
	return v
}

// DateTime reads an xs:dateTime.
func (d *Decoder) DateTime() xsd.DateTime {
	v := parse(d, xsd.ParseDateTime[[]byte])
	d.check(nil)
	return v
}

// Date reads an xs:date.
func (d *Decoder) Date() xsd.Date {
	v := parse(d, xsd.ParseDate[[]byte])
	d.check(nil)
	return v
}

// Binary reads an xs:base64Binary. An empty element is an empty value, not nil.
func (d *Decoder) Binary(f *Size) xsd.Binary {
	v := parse(d, xsd.ParseBinary[[]byte])
	d.check(f.Check(v))
	if v == nil {
		v = xsd.Binary{}
	}
	return v
}
