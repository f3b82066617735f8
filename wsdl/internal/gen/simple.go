package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"tundish/wsdl/contract"
	"tundish/wsdl/xml"
	"tundish/wsdl/xsd"
)

// valueKind groups the simple types by the methods of bind that carry them.
type valueKind uint8

const (
	textKind valueKind = iota + 1
	boolKind
	intKind
	decimalKind
	floatKind
	dateTimeKind
	dateKind
	binaryKind
)

// simple is a simple type in Go.
type simple struct {
	kind   valueKind
	goType string // the plain Go type: string, int32, xsd.Decimal
	limits facets
	check  string // Go expression of the facets: nil, &bind.Int32, &OrderNoFacets
}

// facets are the constraining facets of a type with those of its bases.
type facets struct {
	length, min, max  int // characters or bytes
	patterns          []string
	oneOf             []string
	space             string // of bind: Preserve, Replace, Collapse
	low, high         string
	lowOpen, highOpen bool
	digits, fraction  int
}

func integer(goType string, low, high int64) simple {
	name := strings.ToUpper(goType[:1]) + goType[1:]
	return simple{kind: intKind, goType: goType, check: "&bind." + name,
		limits: facets{low: strconv.FormatInt(low, 10), high: strconv.FormatInt(high, 10)}}
}

func number(check string, f facets) simple {
	return simple{kind: decimalKind, goType: "xsd.Decimal", check: check, limits: f}
}

func text(space string) simple {
	s := simple{kind: textKind, goType: "string", check: "nil", limits: facets{space: space}}
	switch space {
	case "Replace":
		s.check = "&bind.Normalized"
	case "Collapse":
		s.check = "&bind.Token"
	}
	return s
}

// builtins are the types of XML Schema that contracts may use.
var builtins = map[string]simple{
	"string":           text("Preserve"),
	"normalizedString": text("Replace"),
	"token":            text("Collapse"),
	"language":         text("Collapse"),
	"Name":             text("Collapse"),
	"NCName":           text("Collapse"),
	"NMTOKEN":          text("Collapse"),
	"ID":               text("Collapse"),
	"IDREF":            text("Collapse"),
	"anyURI":           text("Collapse"),

	"boolean": {kind: boolKind, goType: "bool"},

	"byte":          integer("int8", math.MinInt8, math.MaxInt8),
	"short":         integer("int16", math.MinInt16, math.MaxInt16),
	"int":           integer("int32", math.MinInt32, math.MaxInt32),
	"long":          integer("int64", math.MinInt64, math.MaxInt64),
	"unsignedByte":  integer("uint8", 0, math.MaxUint8),
	"unsignedShort": integer("uint16", 0, math.MaxUint16),
	"unsignedInt":   integer("uint32", 0, math.MaxUint32),

	"decimal":            number("nil", facets{fraction: -1}),
	"integer":            number("&bind.Integer", facets{}),
	"nonNegativeInteger": number("&bind.NonNegative", facets{low: "0"}),
	"unsignedLong":       number("&bind.NonNegative", facets{low: "0"}),
	"positiveInteger":    number("&bind.Positive", facets{low: "0", lowOpen: true}),
	"nonPositiveInteger": number("&bind.NonPositive", facets{high: "0"}),
	"negativeInteger":    number("&bind.Negative", facets{high: "0", highOpen: true}),

	"double": {kind: floatKind, goType: "float64"},
	"float":  {kind: floatKind, goType: "float64"},

	"dateTime":     {kind: dateTimeKind, goType: "xsd.DateTime"},
	"date":         {kind: dateKind, goType: "xsd.Date"},
	"base64Binary": {kind: binaryKind, goType: "xsd.Binary", check: "nil"},
}

// restrict returns a type with the facets of a restriction added. varName is
// what holds them in Go.
func (s simple) restrict(list []contract.Facet, varName string) (simple, error) {
	l := s.limits
	l.patterns = append([]string(nil), l.patterns...)
	l.oneOf = nil
	var patterns []string // alternatives of each other; those of the base stay apart
	for _, f := range list {
		bad := func(format string, args ...any) (simple, error) {
			return simple{}, fmt.Errorf("%s: facet %s: %s", f.Pos, f.Name, fmt.Sprintf(format, args...))
		}
		if !s.takes(f.Name) {
			return bad("this generator cannot enforce it on a %s", s.goType)
		}
		switch f.Name {
		case "enumeration":
			l.oneOf = append(l.oneOf, f.Value)
		case "pattern":
			p, err := xsd.TranslatePattern(f.Value)
			if err != nil {
				return bad("%v", err)
			}
			patterns = append(patterns, p)
		case "whiteSpace":
			l.space = map[string]string{"preserve": "Preserve", "replace": "Replace", "collapse": "Collapse"}[f.Value]
			if l.space == "" {
				return bad("%q is not preserve, replace or collapse", f.Value)
			}
		case "minInclusive", "minExclusive", "maxInclusive", "maxExclusive":
			if _, err := xsd.ParseDecimal(f.Value); err != nil {
				return bad("%v", err)
			}
			open := strings.HasSuffix(f.Name, "Exclusive")
			if s.kind == intKind && open {
				return bad("use the inclusive bound for a whole number")
			}
			if strings.HasPrefix(f.Name, "min") {
				l.low, l.lowOpen = f.Value, open
			} else {
				l.high, l.highOpen = f.Value, open
			}
		default:
			n, err := strconv.Atoi(f.Value)
			if err != nil || n < 0 {
				return bad("%q is no whole number from 0", f.Value)
			}
			switch f.Name {
			case "length":
				l.length = n
			case "minLength":
				l.min = n
			case "maxLength":
				l.max = n
			case "totalDigits":
				l.digits = n
			case "fractionDigits":
				l.fraction = n
			}
		}
	}
	if len(patterns) > 0 {
		l.patterns = append(l.patterns, strings.Join(patterns, "|"))
	}
	if l.oneOf == nil {
		l.oneOf = s.limits.oneOf
	}
	s.limits = l
	if len(list) > 0 {
		s.check = "&" + varName
	}
	return s, nil
}

func (s simple) takes(facet string) bool {
	switch facet {
	case "enumeration", "pattern", "whiteSpace":
		return s.kind == textKind
	case "length", "minLength", "maxLength":
		return s.kind == textKind || s.kind == binaryKind
	case "minInclusive", "maxInclusive", "minExclusive", "maxExclusive":
		return s.kind == intKind || s.kind == decimalKind
	case "totalDigits", "fractionDigits":
		return s.kind == decimalKind
	}
	return false
}

// literal writes the facets as a value of bind.
func (s simple) literal() string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	l := s.limits
	switch s.kind {
	case textKind, binaryKind:
		if l.length > 0 {
			add("Length: %d", l.length)
		}
		if l.min > 0 {
			add("Min: %d", l.min)
		}
		if l.max > 0 {
			add("Max: %d", l.max)
		}
		if s.kind == binaryKind {
			return "bind.Size{" + strings.Join(parts, ", ") + "}"
		}
		if len(l.patterns) > 0 {
			var list []string
			for _, p := range l.patterns {
				list = append(list, "bind.Pattern("+quoteRaw(p)+")")
			}
			add("Patterns: []*regexp.Regexp{%s}", strings.Join(list, ", "))
		}
		if len(l.oneOf) > 0 {
			var list []string
			for _, v := range l.oneOf {
				list = append(list, strconv.Quote(v))
			}
			add("OneOf: []string{%s}", strings.Join(list, ", "))
		}
		if l.space != "" && l.space != "Preserve" {
			add("Space: bind.%s", l.space)
		}
		return "bind.Text{" + strings.Join(parts, ", ") + "}"
	case intKind:
		return fmt.Sprintf("bind.Range{Low: %s, High: %s}", l.low, l.high)
	}
	if l.low != "" {
		add("Low: %q", l.low)
	}
	if l.lowOpen {
		add("LowOpen: true")
	}
	if l.high != "" {
		add("High: %q", l.high)
	}
	if l.highOpen {
		add("HighOpen: true")
	}
	if l.digits > 0 {
		add("Digits: %d", l.digits)
	}
	if l.fraction < 0 {
		add("Fraction: bind.AnyFraction")
	} else {
		add("Fraction: %d", l.fraction)
	}
	return "bind.Number{" + strings.Join(parts, ", ") + "}"
}

func quoteRaw(s string) string {
	if strings.Contains(s, "`") {
		return strconv.Quote(s)
	}
	return "`" + s + "`"
}

// read is the Go expression that decodes a value of the type.
func (s simple) read() string {
	switch s.kind {
	case textKind:
		return "d.String(" + s.check + ")"
	case boolKind:
		return "d.Bool()"
	case intKind:
		if s.goType == "int64" {
			return "d.Int(" + s.check + ")"
		}
		return s.goType + "(d.Int(" + s.check + "))"
	case decimalKind:
		return "d.Decimal(" + s.check + ")"
	case floatKind:
		return "d.Float()"
	case dateTimeKind:
		return "d.DateTime()"
	case dateKind:
		return "d.Date()"
	}
	return "d.Binary(" + s.check + ")"
}

// write is the call that encodes the Go expression v.
func (s simple) write(v string) string {
	switch s.kind {
	case textKind:
		return "String(" + v + ", " + s.check + ")"
	case boolKind:
		return "Bool(" + v + ")"
	case intKind:
		if s.goType != "int64" {
			v = "int64(" + v + ")"
		}
		return "Int(" + v + ", " + s.check + ")"
	case decimalKind:
		return "Decimal(" + v + ", " + s.check + ")"
	case floatKind:
		return "Float(" + v + ")"
	case dateTimeKind:
		return "DateTime(" + v + ")"
	case dateKind:
		return "Date(" + v + ")"
	}
	return "Binary(" + v + ", " + s.check + ")"
}

// simpleOf resolves a named simple type: of XML Schema or of the contract.
func (b *builder) simpleOf(pos contract.Pos, n xml.Name) (simple, error) {
	if n.Space == contract.NamespaceXSD {
		s, ok := builtins[n.Local]
		if !ok {
			return simple{}, fmt.Errorf("%s: xs:%s is not among the types that this generator writes", pos, n.Local)
		}
		return s, nil
	}
	t, ok := b.defs.Type(n)
	if !ok {
		return simple{}, fmt.Errorf("%s: type %s is not declared", pos, n.Local)
	}
	st, ok := t.(*contract.SimpleType)
	if !ok {
		return simple{}, fmt.Errorf("%s: %s is a complex type; a simple one is needed here", pos, n.Local)
	}
	return b.restriction(st, b.qualify(st.Pos, goName(n.Local)+"Facets"))
}

// restriction resolves a declared simple type whose facets are in varName.
func (b *builder) restriction(t *contract.SimpleType, varName string) (simple, error) {
	if t.List || t.Union {
		return simple{}, fmt.Errorf("%s: this generator writes no lists and unions; use a string or a repeated element", t.Pos)
	}
	var base simple
	var err error
	if t.BaseType != nil {
		base, err = b.restriction(t.BaseType, varName)
	} else {
		base, err = b.simpleOf(t.Pos, t.Base)
	}
	if err != nil {
		return simple{}, err
	}
	return base.restrict(t.Facets, varName)
}
