package shape

import (
	"slices"

	"tundish/wsdl/contract"
)

// OneOf is a choice that is made once among the children of a node: a message holds elements
// of one branch only.
type OneOf struct {
	// Branches are those that an element may belong to, in ascending order, by its local name.
	// Names that may stand outside of the choice too are not among them.
	Branches map[string][]int
}

// OneOfs are the choices among the children of the node, also those inside of a branch of
// another. A choice that may be made again, because it or what it stands in repeats, binds
// nobody and is left out. What an xsi:type adds is not looked at.
func (n *Node) OneOfs() []OneOf {
	top := n.Content()
	if top == nil {
		return nil
	}
	var found []OneOf
	seek(top, true, &found)
	if len(found) == 0 {
		return nil
	}
	everywhere := map[string]int{} // in the type itself, or where a derived one has the name once more
	for _, kind := range append([]*Node{n}, n.Derived()...) {
		here := map[string]int{}
		count(kind.Content(), here)
		for name, times := range here {
			everywhere[name] = max(everywhere[name], times)
		}
	}
	kept := found[:0]
	for _, one := range found {
		distinct := map[int]bool{}
		for name, branches := range one.Branches {
			if len(branches) < everywhere[name] {
				delete(one.Branches, name)
				continue
			}
			one.Branches[name] = slices.Compact(branches)
			for _, b := range branches {
				distinct[b] = true
			}
		}
		if len(distinct) > 1 {
			kept = append(kept, one)
		}
	}
	return kept
}

// seek finds the choices in a group. once tells that nothing around it repeats. A name stands
// in Branches as often as in the choice.
func seek(g *Group, once bool, found *[]OneOf) {
	if once = once && g.Max == 1; !once {
		return
	}
	if g.Kind == contract.Choice && len(g.Parts) > 1 {
		one := OneOf{Branches: map[string][]int{}}
		for i := range g.Parts {
			here := map[string]int{}
			countPart(&g.Parts[i], here)
			for name, times := range here {
				one.Branches[name] = append(one.Branches[name], slices.Repeat([]int{i}, times)...)
			}
		}
		*found = append(*found, one)
	}
	for _, p := range g.Parts {
		if p.Group != nil {
			seek(p.Group, once, found)
		}
	}
}

// count adds how often each name stands in a group.
func count(g *Group, names map[string]int) {
	if g == nil {
		return
	}
	for i := range g.Parts {
		countPart(&g.Parts[i], names)
	}
}

func countPart(p *Part, names map[string]int) {
	if p.Group != nil {
		count(p.Group, names)
		return
	}
	if p.Node.Name.Local != "" {
		names[p.Node.Name.Local]++
	}
	for _, s := range p.Node.Substitutes() {
		names[s.Name.Local]++
	}
}
