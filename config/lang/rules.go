package lang

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// rules is what a field's lang tag says.
type rules struct {
	required, shorthand, secret, single bool

	def           *string
	oneof         []string
	low, high     *bound
	pattern, keys *regexp.Regexp
}

// bound is a limit as it was declared and as a number: nanoseconds for durations, counts for texts, lists and maps.
type bound struct {
	text   string
	number float64
}

// parseRules reads a lang tag for a field of shape s.
func parseRules(tag string, s *shape) (r rules, err error) {
	for _, option := range splitOptions(tag) {
		name, value, hasValue := strings.Cut(option, "=")
		value = strings.TrimSuffix(strings.TrimPrefix(value, "'"), "'")
		if wants := !slices.Contains([]string{"required", "shorthand", "secret", "single"}, name); wants != hasValue {
			return r, fmt.Errorf("%q: unknown, or a value where none belongs, or none where one belongs", option)
		}
		switch name {
		case "required":
			r.required = true
		case "shorthand":
			r.shorthand = true
		case "secret":
			r.secret = true
		case "single":
			r.single = true
		case "default":
			r.def = &value
		case "oneof":
			r.oneof = strings.Split(value, "|")
		case "min":
			r.low, err = parseBound(value, s)
		case "max":
			r.high, err = parseBound(value, s)
		case "pattern":
			r.pattern, err = regexp.Compile(`^(?:` + value + `)$`)
		case "keys":
			r.keys, err = regexp.Compile(`^(?:` + value + `)$`)
		default:
			return r, fmt.Errorf("%q is not known", name)
		}
		if err != nil {
			return r, fmt.Errorf("%s: %w", option, err)
		}
	}
	if r.required && r.def != nil {
		return r, fmt.Errorf("a required key needs no default")
	}
	if leaf := s.leaf(); r.keys != nil && leaf.kind != mapKind && leaf.kind != orderedKind {
		return r, fmt.Errorf("keys= is for maps, not for %v", s.typ)
	}
	if d := s.leaf(); d.kind == durationKind && r.low == nil {
		r.low = &bound{text: "0s"}
	}
	return r, nil
}

// splitOptions splits at commas outside of single quotes.
func splitOptions(tag string) (options []string) {
	quoted := false
	parts := strings.FieldsFunc(tag, func(c rune) bool {
		if c == '\'' {
			quoted = !quoted
		}
		return c == ',' && !quoted
	})
	for _, p := range parts {
		options = append(options, strings.TrimSpace(p))
	}
	return options
}

func parseBound(text string, s *shape) (*bound, error) {
	switch leaf := s.leaf(); leaf.kind {
	case durationKind:
		d, err := ParseDuration(text)
		return &bound{text, float64(d)}, err
	case intKind, uintKind, floatKind, textKind, listKind, mapKind, orderedKind:
		n, err := strconv.ParseFloat(text, 64)
		return &bound{text, n}, err
	default:
		return nil, fmt.Errorf("no bounds for %v", s.typ)
	}
}

// ofElement is what of a list's or map's rules holds for each element.
func (r rules) ofElement() rules {
	return rules{oneof: r.oneof, pattern: r.pattern, secret: r.secret, single: r.single}
}

// patternText is the expression as it was declared.
func patternText(re *regexp.Regexp) string {
	return strings.TrimSuffix(strings.TrimPrefix(re.String(), "^(?:"), ")$")
}

// field is one key of a mapping.
type field struct {
	name  string
	index []int // for reflect.Value.FieldByIndex
	shape *shape
	rules
	doc Text
}

// options lists the allowed values of a field or element: those of its tag, else those of its type.
func (r rules) options(s *shape) []string {
	if r.oneof != nil {
		return r.oneof
	}
	return s.leaf().choices
}

func parseField(f reflect.StructField, index []int, s *shape) (field, error) {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	r, err := parseRules(f.Tag.Get("lang"), s)
	return field{name: name, index: index, shape: s, rules: r, doc: Text{f.Tag.Get("en"), f.Tag.Get("zh")}}, err
}
