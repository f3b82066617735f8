package mapping

import (
	"fmt"

	"tundish/core"
	"tundish/wsdl/shape"
)

// lenient takes a message that holds elements of several branches of a choice.
const lenient = "lenient"

// choices are those of the contract among the children of an element: of each a message may
// hold one branch.
type choices struct {
	taking  map[string][]taking // by the local name of a child
	many    int
	path    string // of the element; "" is the order's
	mapping string
	line    int // of the operation in it
}

// taking is what a child takes of a choice: it belongs to one of these branches.
type taking struct {
	choice   int
	branches []int // ascending
}

// pick is what the children before took of a choice; without branches nothing yet.
type pick struct {
	taking
	by string // the child
}

// choices are those among the children of a place in the contract; nil where there are none,
// or where the mapping does not mind.
func (c *reading) choices(place *shape.Node, path string) *choices {
	if place == nil || c.lenient {
		return nil
	}
	all := place.OneOfs()
	if len(all) == 0 {
		return nil
	}
	is := &choices{taking: map[string][]taking{}, many: len(all), path: path, mapping: c.in.mapping, line: c.at.Line()}
	for i, one := range all {
		for name, branches := range one.Branches {
			is.taking[name] = append(is.taking[name], taking{i, branches})
		}
	}
	return is
}

// choosing gives the nodes of an order the choices among their children.
func (c *reading) choosing(n *node, place *shape.Node, path string) {
	if n.choices = c.choices(place, path); n.choices != nil {
		n.chosen, c.in.chosen = c.in.chosen, c.in.chosen+n.choices.many
	}
	for _, k := range n.kids {
		if len(k.kids) == 0 || k.step.local == "*" && place.Array == nil {
			continue // of any element nobody knows what stands inside
		}
		if below, err := place.Find([]string{k.step.inContract()}); err == nil {
			c.choosing(k, below, joinPath(path, k.step.local))
		}
	}
}

// along gives the choices at each step of a path but the last, from the element in the Body on.
func (c *reading) along(path []step, place *shape.Node) []*choices {
	if place == nil || len(path) < 2 {
		return nil
	}
	all := make([]*choices, len(path)-1)
	for i := range all {
		all[i] = c.choices(place, pathOf(path[:i+1]))
		var err error
		if place, err = place.Find([]string{path[i+1].inContract()}); err != nil || path[i+1].local == "*" {
			break
		}
	}
	return all
}

// take notes a child in seen, one for each choice, and refuses one that shares no branch with
// what was taken before. takes are those of its name.
func (c *choices) take(seen []pick, takes []taking, name string) *core.Error {
	for _, t := range takes {
		before := &seen[t.choice]
		if before.branches == nil {
			*before = pick{t, name}
			continue
		}
		if len(t.branches) == 1 && len(before.branches) == 1 && t.branches[0] == before.branches[0] {
			continue
		}
		var both []int
		for _, b := range t.branches {
			for _, a := range before.branches {
				if a == b {
					both = append(both, b)
				}
			}
		}
		if len(both) == 0 {
			return c.refuse(before.by, name)
		}
		before.branches = both
	}
	return nil
}

func (c *choices) refuse(one, other string) *core.Error {
	return core.Invalidf("invalid_value", joinPath(c.path, other), "%s and %s are branches of one choice, of which the contract takes one only; choices: lenient would take both (mapping %s, line %d)",
		"%s 与 %s 属于同一 choice 的不同分支，接口约定只能出现其一；choices: lenient 可都接收（映射 %s 第 %d 行）", one, other, c.mapping, c.line)
}

func joinPath(path, name string) string {
	if path == "" {
		return name
	}
	return path + "/" + name
}

// inContract is the step as package shape writes it.
func (s step) inContract() string {
	if s.anySpace {
		return s.local
	}
	return fmt.Sprintf("{%s}%s", s.space, s.local)
}
