package drawing

import (
	"fmt"
	"strings"

	"tundish/core"
)

// DOT writes the process in the language of Graphviz.
func DOT(t *core.OrderType, o Options) []byte {
	g := graphOf(t, o)
	var b strings.Builder
	fmt.Fprintf(&b, "digraph %s {\n  label=%s; labelloc=t; rankdir=TB;\n  node [shape=box, style=\"rounded,filled\", fontname=\"Noto Sans CJK SC\"];\n  edge [fontname=\"Noto Sans CJK SC\", fontsize=11];\n", quote(t.Code), quote(g.title))
	for _, n := range g.nodes {
		shape := ""
		switch {
		case n.kind.Ends():
			shape = ", shape=oval"
		case n.kind == core.StepChoice:
			shape = ", shape=diamond"
		}
		fmt.Fprintf(&b, "  %s [label=%s, fillcolor=%s%s];\n", quote(n.id), quote(strings.Join(append([]string{n.name}, n.notes...), "\n")), quote(colours[n.phase].fill), shape)
	}
	for _, e := range g.edges {
		style := ""
		if e.past {
			style = ", style=dashed"
		}
		fmt.Fprintf(&b, "  %s -> %s [label=%s%s];\n", quote(g.nodes[e.from].id), quote(g.nodes[e.to].id), quote(strings.Join(e.label, "\n")), style)
	}
	b.WriteString("}\n")
	return []byte(b.String())
}

// quote writes a text of DOT: \n breaks the line.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}
