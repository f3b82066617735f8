package shape

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"tundish/wsdl/contract"
	"tundish/wsdl/xml"
	"tundish/wsdl/xsd"
)

// None is the value of a length or digits facet that was not given.
const None = -1

// Simple is what a text may be: a type of XML Schema narrowed by facets, a
// list of such values, or any one of several.
type Simple struct {
	Name    xml.Name // of the type in the contract or in XML Schema; zero for an anonymous one
	Docs    contract.Docs
	Builtin string    // the type of XML Schema below it: "string", "int", …; "" for a union
	Item    *Simple   // of a list
	Union   []*Simple // the alternatives of a union

	Enumeration []Value // the values allowed; empty allows any
	// Lengths count characters, bytes of binary types, items of lists.
	Length, MinLength, MaxLength int // None when not given
	TotalDigits, FractionDigits  int // None when not given
	Min, Max                     string
	MinExclusive, MaxExclusive   bool     // Min, Max themselves are not allowed
	Patterns                     []string // as written; each must match; alternatives of one are joined by |
	WhiteSpace                   string   // preserve, replace or collapse

	patterns []*regexp.Regexp
}

// Value is one value of an enumeration.
type Value struct {
	Text string
	Docs contract.Docs
}

// builtin returns the type of XML Schema with that local name.
func (w *world) builtin(local string) *Simple {
	if s, ok := w.builtins[local]; ok {
		return s
	}
	s := newSimple(xml.Name{Space: contract.NamespaceXSD, Local: local}, local)
	switch local {
	case "string", "anySimpleType":
		s.WhiteSpace = "preserve"
	case "normalizedString":
		s.WhiteSpace = "replace"
	case "NMTOKENS", "IDREFS", "ENTITIES":
		s.Item, s.MinLength = w.builtin(strings.TrimSuffix(local, "S")), 1
		if local == "ENTITIES" {
			s.Item = w.builtin("ENTITY")
		}
	}
	w.builtins[local] = s
	return s
}

func newSimple(name xml.Name, builtin string) *Simple {
	return &Simple{Name: name, Builtin: builtin, Length: None, MinLength: None, MaxLength: None,
		TotalDigits: None, FractionDigits: None, WhiteSpace: "collapse"}
}

func (w *world) simpleNamed(n xml.Name, at contract.Pos) (*Simple, error) {
	if t, ok := w.defs.Type(n); ok {
		switch t := t.(type) {
		case *contract.SimpleType:
			return w.simple(t)
		case *contract.ComplexType:
			if t.SimpleContent {
				return w.simpleContent(t, 0)
			}
			return w.builtin("anySimpleType"), say("type %s is complex; a text needs a simple type", "类型 %s 是复杂类型；文本须为简单类型", n).at(at)
		}
	}
	if b := builtinOf(n); b != "" {
		return w.builtin(b), nil
	}
	if n == anyType {
		return w.builtin("anySimpleType"), nil
	}
	return w.builtin("anySimpleType"), say("type %s is not declared; %s", "未声明类型 %s；%s", n, w.where(n.Space)).at(at)
}

// simple makes a simple type, once.
func (w *world) simple(t *contract.SimpleType) (*Simple, error) {
	if s, ok := w.simples[t]; ok {
		if s == nil {
			return w.builtin("anySimpleType"), say("type %s is made of itself", "类型 %s 由自身构成", show(t.Name)).at(t.Pos)
		}
		return s, nil
	}
	w.simples[t] = nil
	s, err := w.makeSimple(t)
	if err != nil {
		s = w.builtin("anySimpleType")
		delete(w.simples, t)
		return s, err
	}
	w.simples[t] = s
	return s, nil
}

func (w *world) makeSimple(t *contract.SimpleType) (*Simple, error) {
	inner := func(name xml.Name, inside *contract.SimpleType) (*Simple, error) {
		if inside != nil {
			return w.simple(inside)
		}
		return w.simpleNamed(name, t.Pos)
	}
	switch {
	case t.List:
		item, err := inner(t.Item, t.ItemType)
		s := newSimple(t.Name, item.Builtin)
		s.Docs, s.Item = t.Docs, item
		return s, err
	case t.Union:
		s := newSimple(t.Name, "")
		s.Docs = t.Docs
		for _, n := range t.Members {
			member, err := w.simpleNamed(n, t.Pos)
			if err != nil {
				return s, err
			}
			s.Union = append(s.Union, member)
		}
		for _, m := range t.MemberTypes {
			member, err := w.simple(m)
			if err != nil {
				return s, err
			}
			s.Union = append(s.Union, member)
		}
		return s, nil
	}
	base, err := inner(t.Base, t.BaseType)
	if err != nil {
		return base, err
	}
	return base.restrict(t.Name, t.Docs, t.Facets)
}

// simpleContent is the text of a complex type.
func (w *world) simpleContent(t *contract.ComplexType, depth int) (*Simple, error) {
	if depth > 64 {
		return w.builtin("anySimpleType"), say("type %s is made of itself", "类型 %s 由自身构成", show(t.Name)).at(t.Pos)
	}
	var base *Simple
	var err error
	if b, ok := w.defs.Type(t.Base); ok {
		if c, ok := b.(*contract.ComplexType); ok {
			switch {
			case c.SimpleContent:
				base, err = w.simpleContent(c, depth+1)
			case c.Mixed:
				base = w.builtin("string")
			default:
				err = say("%s has simple content but its base %s has none", "%s 为简单内容，但其基类型 %s 没有文本", show(t.Name), t.Base.Local).at(t.Pos)
			}
		}
	}
	if base == nil && err == nil {
		base, err = w.simpleNamed(t.Base, t.Pos)
	}
	if err != nil {
		return w.builtin("anySimpleType"), err
	}
	if len(t.Facets) == 0 {
		return base, nil
	}
	return base.restrict(t.Name, t.Docs, t.Facets)
}

// restrict narrows a type by facets.
func (s *Simple) restrict(name xml.Name, docs contract.Docs, facets []contract.Facet) (*Simple, error) {
	r := *s
	r.Name, r.Docs = name, docs
	r.Patterns, r.patterns = r.Patterns[:len(r.Patterns):len(r.Patterns)], r.patterns[:len(r.patterns):len(r.patterns)]
	var alternatives, translated []string
	var enumeration []Value
	for _, f := range facets {
		count := func(into *int) error {
			n, err := strconv.Atoi(strings.TrimSpace(f.Value))
			if err != nil || n < 0 {
				return say("%s=%q; it must be a whole number from 0", "%s=%q；应为不小于 0 的整数", f.Name, f.Value).at(f.Pos)
			}
			*into = n
			return nil
		}
		var err error
		switch f.Name {
		case "length":
			err = count(&r.Length)
		case "minLength":
			err = count(&r.MinLength)
		case "maxLength":
			err = count(&r.MaxLength)
		case "totalDigits":
			err = count(&r.TotalDigits)
		case "fractionDigits":
			err = count(&r.FractionDigits)
		case "minInclusive":
			r.Min, r.MinExclusive = f.Value, false
		case "minExclusive":
			r.Min, r.MinExclusive = f.Value, true
		case "maxInclusive":
			r.Max, r.MaxExclusive = f.Value, false
		case "maxExclusive":
			r.Max, r.MaxExclusive = f.Value, true
		case "whiteSpace":
			r.WhiteSpace = strings.TrimSpace(f.Value)
		case "enumeration":
			enumeration = append(enumeration, Value{Text: f.Value, Docs: f.Docs})
		case "pattern":
			alternatives = append(alternatives, f.Value)
			// What Go's expressions cannot say is shown, but not checked.
			if expr, err := xsd.TranslatePattern(f.Value); err == nil {
				translated = append(translated, expr)
			}
		}
		if err != nil {
			return &r, err
		}
	}
	if enumeration != nil {
		r.Enumeration = enumeration
	}
	if len(alternatives) > 0 {
		r.Patterns = append(r.Patterns, strings.Join(alternatives, "|"))
		if len(translated) == len(alternatives) {
			if re, err := regexp.Compile(`^(?:` + strings.Join(translated, "|") + `)$`); err == nil {
				r.patterns = append(r.patterns, re)
			}
		}
	}
	return &r, nil
}

// Normalise applies the white space rule of the type, as a reader of XML
// Schema does before it looks at a value.
func (s *Simple) Normalise(text string) string {
	switch s.WhiteSpace {
	case "collapse":
		return xsd.Collapse(text)
	case "replace":
		return strings.NewReplacer("\t", " ", "\n", " ", "\r", " ").Replace(text)
	}
	return text
}

// Check says what is wrong with a text and what is allowed, in both languages
// (see Chinese), or nil.
func (s *Simple) Check(text string) error {
	if s == nil {
		return nil
	}
	text = s.Normalise(text)
	if len(s.Union) > 0 {
		return s.checkUnion(text)
	}
	size, unit := 0, say("characters", "个字符")
	if s.Item != nil {
		items := strings.Fields(text)
		for _, item := range items {
			if err := s.Item.Check(item); err != nil {
				return err
			}
		}
		size, unit = len(items), say("items", "项")
	} else {
		if err := checkLexical(s.Builtin, text); err != nil {
			return err
		}
		switch s.Builtin {
		case "base64Binary":
			b, _ := xsd.ParseBinary(text)
			size, unit = len(b), say("bytes", "字节")
		case "hexBinary":
			size, unit = len(text)/2, say("bytes", "字节")
		default:
			size = utf8.RuneCountInString(text)
		}
		if err := s.checkRange(text); err != nil {
			return err
		}
	}
	switch {
	case s.Length != None && size != s.Length:
		return say("%s has %d %v; it must have %d", "%s 有 %d %v，应为 %d", quote(text), size, unit, s.Length)
	case s.MinLength != None && size < s.MinLength:
		return say("%s has %d %v; at least %d are needed", "%s 有 %d %v，至少须 %d", quote(text), size, unit, s.MinLength)
	case s.MaxLength != None && size > s.MaxLength:
		return say("%s has %d %v; at most %d are allowed", "%s 有 %d %v，最多允许 %d", quote(text), size, unit, s.MaxLength)
	}
	if err := s.checkEnumeration(text); err != nil {
		return err
	}
	for i, p := range s.patterns {
		if !p.MatchString(text) {
			written := p.String()
			if len(s.patterns) == len(s.Patterns) {
				written = s.Patterns[i]
			}
			return say("%s does not match the pattern %s", "%s 不符合格式 %s", quote(text), written)
		}
	}
	return nil
}

func (s *Simple) checkUnion(text string) error {
	if err := s.checkEnumeration(text); err != nil {
		return err
	}
	var first error
	for _, member := range s.Union {
		err := member.Check(text)
		if err == nil {
			return nil
		}
		if first == nil {
			first = err
		}
	}
	return say("%s is none of the %d alternatives; of the first: %v", "%s 不属于 %d 种可选类型中的任何一种；按第一种：%v", quote(text), len(s.Union), first)
}

func (s *Simple) checkEnumeration(text string) error {
	if len(s.Enumeration) == 0 {
		return nil
	}
	known := make([]string, len(s.Enumeration))
	for i, v := range s.Enumeration {
		if s.Normalise(v.Text) == text || isDecimal(s.Builtin) && compare(s.Builtin, v.Text, text) == 0 {
			return nil
		}
		known[i] = v.Text
	}
	return say("%s is not an allowed value%v", "%s 不在允许的取值之内%v", quote(text), offer(text, known))
}

// quote shows a value on one line, cut when it is long.
func quote(s string) string {
	const most = 40
	if utf8.RuneCountInString(s) > most {
		return strconv.Quote(string([]rune(s)[:most])) + "…"
	}
	return strconv.Quote(s)
}
