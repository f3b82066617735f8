package shape

import (
	"slices"
	"strings"

	"tundish/wsdl/xml"
)

// PathError says at which step a path leaves the contract and what is there
// instead.
type PathError struct {
	Path   []string
	Step   int      // index into Path
	Names  []string // what could stand there: local names, attributes with @
	Near   string   // the one meant, perhaps; ""
	en, zh string
}

func (e *PathError) Error() string { return e.en }

// Chinese is Error in Chinese.
func (e *PathError) Chinese() string { return e.zh }

// Find follows a path below the node; an empty one is the node itself. A step
// is a local name, {namespace}name, * for any one element (behind which the path
// goes on through whichever has it), @name or
// @{namespace}name for an attribute as the last step; [conditions] behind a
// name are left to the reader of messages. Substitutes and derived types are
// looked into where the schema's own children have no such name. Below xs:any
// everything is found, as a node with Any.
func (n *Node) Find(path []string) (*Node, error) {
	budget := findBudget
	return n.find(path, 0, &budget)
}

// findBudget bounds the elements looked into for one path: every * multiplies them.
const findBudget = 10_000

func (n *Node) find(path []string, i int, budget *int) (*Node, error) {
	at := n
	for ; i < len(path); i++ {
		last := i == len(path)-1
		if bare(path[i]) == "*" && !last {
			return at.findAny(path, i, budget)
		}
		next := at.step(path[i], last)
		if next == nil {
			return nil, at.astray(path, i)
		}
		at = next
	}
	return at, nil
}

// findAny follows a path behind a * through each element that may stand there,
// to the first that the path leads through, else to where it came farthest.
func (n *Node) findAny(path []string, i int, budget *int) (*Node, error) {
	var farthest error
	reached := -1
	for _, kind := range append([]*Node{n}, n.Derived()...) {
		for _, c := range kind.Children() {
			for _, one := range append([]*Node{c}, c.Substitutes()...) {
				if *budget--; *budget < 0 {
					break
				}
				found, err := one.find(path, i+1, budget)
				if err == nil {
					return found, nil
				}
				if bad, ok := err.(*PathError); ok && bad.Step > reached {
					farthest, reached = err, bad.Step
				}
			}
		}
		if kind.Any {
			return kind.world.anything("*").find(path, i+1, budget)
		}
	}
	if farthest == nil {
		return nil, n.astray(path, i)
	}
	return nil, farthest
}

// nameOf splits a step: its name space, when it was given, and local name.
func nameOf(step string) (space, local string, qualified bool) {
	if rest, ok := strings.CutPrefix(step, "{"); ok {
		if space, local, ok := strings.Cut(rest, "}"); ok {
			return space, local, true
		}
	}
	return "", step, false
}

// bare cuts the conditions off a step.
func bare(step string) string {
	from := 0
	if strings.HasPrefix(step, "{") {
		from = max(0, strings.IndexByte(step, '}'))
	}
	if i := strings.IndexByte(step[from:], '['); i >= 0 {
		return step[:from+i]
	}
	return step
}

func matches(n xml.Name, step string) bool {
	space, local, qualified := nameOf(step)
	return n.Local == local && (!qualified || n.Space == space)
}

func (n *Node) step(step string, last bool) *Node {
	if name, ok := strings.CutPrefix(step, "@"); ok {
		if !last {
			return nil
		}
		return n.attribute(name)
	}
	step = bare(step)
	kinds := append([]*Node{n}, n.Derived()...)
	for _, kind := range kinds {
		if found := kind.child(step); found != nil {
			return found
		}
	}
	for _, kind := range kinds {
		for _, c := range kind.Children() {
			if c.Any && c.Name.Local == "" {
				return c
			}
		}
		if kind.Any {
			return kind.world.anything(step)
		}
	}
	return nil
}

func (n *Node) child(step string) *Node {
	children := n.Children()
	if n.Array != nil { // items go by any name
		return n.Array.Item
	}
	if step == "*" {
		if len(children) > 0 {
			return children[0]
		}
		return nil
	}
	for _, c := range children {
		if c.Name.Local != "" && matches(c.Name, step) {
			return c
		}
	}
	for _, c := range children {
		for _, s := range c.Substitutes() {
			if matches(s.Name, step) {
				return s
			}
		}
	}
	return nil
}

// anything is an element below xs:any.
func (w *world) anything(step string) *Node {
	n := &Node{Min: 0, Max: Unbounded, Any: true, Mixed: true, AnyAttribute: true, world: w}
	if step != "*" {
		space, local, _ := nameOf(step)
		n.Name = xml.Name{Space: space, Local: local}
	}
	return n
}

func (n *Node) attribute(name string) *Node {
	for _, kind := range append([]*Node{n}, n.Derived()...) {
		for _, a := range kind.Attributes() {
			if matches(a.Name, name) {
				found := &Node{Name: a.Name, Pos: a.Pos, Docs: a.Docs, Min: 0, Max: 1, Attribute: true, Simple: a.Simple,
					Default: a.Default, Fixed: a.Fixed, world: n.world}
				if a.Required {
					found.Min = 1
				}
				return found
			}
		}
	}
	space, local, _ := nameOf(name)
	if n.Any || n.AnyAttribute || space == xml.XSISpace || space == xml.XMLSpace || name == "xsi:type" || name == "xsi:nil" || name == "xml:lang" {
		return &Node{Name: xml.Name{Space: space, Local: local}, Min: 0, Max: 1, Attribute: true, Any: true, world: n.world}
	}
	return nil
}

// Names are the steps that Find can take from the node.
func (n *Node) Names() []string {
	var names []string
	add := func(name string) {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, kind := range append([]*Node{n}, n.Derived()...) {
		for _, c := range kind.Children() {
			if !c.Abstract {
				add(c.Name.Local)
			}
			for _, s := range c.Substitutes() {
				add(s.Name.Local)
			}
		}
	}
	for _, kind := range append([]*Node{n}, n.Derived()...) {
		for _, a := range kind.Attributes() {
			add("@" + a.Name.Local)
		}
	}
	return names
}

func (n *Node) astray(path []string, i int) error {
	e := &PathError{Path: path, Step: i, Names: n.Names()}
	step := path[i]
	if strings.HasPrefix(step, "@") && i < len(path)-1 {
		msg := say("%s is an attribute; nothing can follow it", "%s 是属性，其后不能再有步骤", step)
		e.en, e.zh = msg.EN, msg.ZH
		return e
	}
	e.Near = nearest(bare(step), e.Names)
	where := say("<"+n.Name.Local+">", "<"+n.Name.Local+">")
	if n.Name.Local == "" {
		where = say("this place", "此处")
	}
	_, local, qualified := nameOf(bare(step))
	if qualified && slices.Contains(e.Names, local) {
		msg := say("there is no %s inside %v; %s is there in another namespace", "%[2]v 中没有 %[1]s；其中的 %[3]s 属于另一命名空间", step, where, local)
		e.en, e.zh = msg.EN, msg.ZH
		return e
	}
	msg := say("there is no %s inside %v%v", "%[2]v 中没有 %[1]s%[3]v", step, where, offer(bare(step), e.Names))
	e.en, e.zh = msg.EN, msg.ZH
	return e
}
