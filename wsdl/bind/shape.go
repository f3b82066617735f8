package bind

import "strings"

// Unbounded is the Max of a child that may occur any number of times.
const Unbounded = -1

// Shape is what the contract says about the children and attributes of a type.
type Shape struct {
	Children   []Child
	Attributes []Attribute
	Rules      []Rule // what Min and Max of single children cannot say
}

// Child is one child element by local name.
type Child struct {
	Name     string
	Min, Max int // Max may be Unbounded
}

// Attribute is one attribute without a namespace.
type Attribute struct {
	Name     string
	Required bool
}

// index finds a child, looking first behind the one found before: messages
// mostly keep the contract's order.
func (s *Shape) index(name string, from int) int {
	for i := from; i < len(s.Children); i++ {
		if s.Children[i].Name == name {
			return i
		}
	}
	for i := 0; i < from && i < len(s.Children); i++ {
		if s.Children[i].Name == name {
			return i
		}
	}
	return -1
}

// Rule says which children belong together or exclude each other.
type Rule struct {
	kind  ruleKind
	name  string
	parts []Rule
}

type ruleKind uint8

const (
	need ruleKind = iota
	may
	all
	maybe
	oneOf
	atMostOneOf
)

// Need is a child that must be there when its group is.
func Need(name string) Rule { return Rule{kind: need, name: name} }

// May is a child that need not be there.
func May(name string) Rule { return Rule{kind: may, name: name} }

// All is a group of which each part holds.
func All(parts ...Rule) Rule { return Rule{kind: all, parts: parts} }

// Maybe is a group that is there whole or not at all.
func Maybe(parts ...Rule) Rule { return Rule{kind: maybe, parts: parts} }

// OneOf is a choice: exactly one part.
func OneOf(parts ...Rule) Rule { return Rule{kind: oneOf, parts: parts} }

// AtMostOneOf is a choice that need not be made.
func AtMostOneOf(parts ...Rule) Rule { return Rule{kind: atMostOneOf, parts: parts} }

// found tells whether any child of the rule is there.
func (r *Rule) found(has func(string) bool) bool {
	if r.name != "" {
		return has(r.name)
	}
	for i := range r.parts {
		if r.parts[i].found(has) {
			return true
		}
	}
	return false
}

// empty tells whether the rule holds with no child at all.
func (r *Rule) empty() bool {
	switch r.kind {
	case need:
		return false
	case may, maybe, atMostOneOf:
		return true
	case oneOf:
		for i := range r.parts {
			if r.parts[i].empty() {
				return true
			}
		}
		return false
	}
	for i := range r.parts {
		if !r.parts[i].empty() {
			return false
		}
	}
	return true
}

// broken says what is wrong, or nothing.
func (r *Rule) broken(has func(string) bool) words {
	switch r.kind {
	case need:
		if !has(r.name) {
			return say("element %s is missing", "缺少元素 %s", r.words())
		}
	case maybe, all:
		if r.kind == maybe && !r.found(has) {
			return words{}
		}
		for i := range r.parts {
			if msg := r.parts[i].broken(has); msg.en != "" {
				return msg
			}
		}
	case oneOf, atMostOneOf:
		var chosen *Rule
		for i := range r.parts {
			part := &r.parts[i]
			if !part.found(has) {
				continue
			}
			if chosen != nil {
				return say("%s and %s exclude each other; give one of %s", "%s 与 %s 不能同时出现，只能选择其一：%s", chosen.words(), part.words(), r.words())
			}
			chosen = part
		}
		if chosen != nil {
			return chosen.broken(has)
		}
		if !r.empty() {
			return say("one of %s is missing", "缺少以下元素之一：%s", r.words())
		}
	}
	return words{}
}

// String lists the children of the rule as a message shows them.
func (r *Rule) String() string { return r.list(" with ", ", ") }

func (r *Rule) words() words { return words{en: r.String(), zh: r.list("及", "、")} }

func (r *Rule) list(with, or string) string {
	if r.name != "" {
		return "<" + r.name + ">"
	}
	separator := with
	if r.kind == oneOf || r.kind == atMostOneOf {
		separator = or
	}
	var names []string
	for i := range r.parts {
		names = append(names, r.parts[i].list(with, or))
	}
	return strings.Join(names, separator)
}
