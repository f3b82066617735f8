package drawing

import (
	"fmt"
	"strings"
	"time"

	"tundish/core"
)

// Options of a picture.
type Options struct {
	// Lang is "zh" or "en".
	Lang string
}

func (o Options) in(t core.Text) string { return t.In(o.Lang) }

func (o Options) t(en, zh string) string { return core.Text{EN: en, ZH: zh}.In(o.Lang) }

// graph is what a picture shows of a process.
type graph struct {
	title  string
	limits []string // of the whole order
	nodes  []node
	edges  []edge
}

// node is a step.
type node struct {
	id    string
	kind  core.StepKind
	phase core.Phase
	name  string
	notes []string // roles, guards, limits, tasks
}

// edge leads from one node to another, by their indexes. Ways that differ in their action alone
// are one edge.
type edge struct {
	from, to int
	label    []string // one line an action with its guard
	past     bool     // the order does not stop at from
}

func graphOf(t *core.OrderType, o Options) graph {
	p := t.Process
	g := graph{title: o.in(t.Name) + " · " + t.Code}
	if p.Code != "" {
		g.title += " · " + p.Code
	}
	for _, l := range p.Limits {
		g.limits = append(g.limits, limitText(&l, o))
	}
	at := map[string]int{}
	shown := reachable(p)
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Kind.Ends() && !shown[s.ID] {
			continue
		}
		at[s.ID] = len(g.nodes)
		g.nodes = append(g.nodes, node{id: s.ID, kind: s.Kind, phase: s.Phase, name: nameOf(s, o), notes: notes(s, o)})
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		from, ok := at[s.ID]
		if !ok {
			continue
		}
		between := map[int]int{} // to → edge
		for _, e := range s.Exits {
			to := at[e.To]
			n, known := between[to]
			if !known {
				n = len(g.edges)
				between[to] = n
				g.edges = append(g.edges, edge{from: from, to: to})
			}
			if line := exitLabel(&e, s, o); line != "" {
				g.edges[n].label = append(g.edges[n].label, line)
			}
		}
		if to, some := at[s.Skip]; s.Skip != "" && some {
			if _, known := between[to]; !known {
				g.edges = append(g.edges, edge{from: from, to: to, past: true, label: []string{o.t("passed by", "跳过")}})
			}
		}
	}
	for i := range g.edges {
		g.edges[i].label = together(g.edges[i].label)
	}
	return g
}

// together puts labels without guards into one line.
func together(lines []string) (out []string) {
	var plain []string
	for _, l := range lines {
		if strings.ContainsRune(l, '[') {
			out = append(out, l)
		} else {
			plain = append(plain, l)
		}
	}
	if len(plain) > 0 {
		out = append(out, strings.Join(plain, " / "))
	}
	return out
}

func reachable(p *core.Process) map[string]bool {
	seen := map[string]bool{}
	var visit func(id string)
	visit = func(id string) {
		s := p.Step(id)
		if s == nil || seen[id] {
			return
		}
		seen[id] = true
		for _, e := range s.Exits {
			visit(e.To)
		}
		visit(s.Skip)
	}
	visit(p.Steps[0].ID)
	return seen
}

func nameOf(s *core.Step, o Options) string {
	if s.Number != "" {
		return s.Number + "  " + o.in(s.Name)
	}
	return o.in(s.Name)
}

func exitLabel(e *core.Exit, s *core.Step, o Options) string {
	name := o.in(e.Label)
	if name == "" {
		name = o.in(e.Action.Name())
	}
	switch {
	case e.When != nil:
		name = strings.TrimSpace(name + " [" + e.When.String() + "]")
	case name == "" && len(s.Exits) > 1:
		name = o.t("otherwise", "否则")
	}
	return name
}

// notes are the lines below a step's name.
func notes(s *core.Step, o Options) (lines []string) {
	if len(s.Roles) > 0 {
		lines = append(lines, o.t("by ", "角色：")+roleNames(s.Roles, o))
	}
	if s.When != nil {
		lines = append(lines, o.t("only if ", "条件：")+s.When.String())
	}
	if s.After != nil {
		lines = append(lines, o.t("owed afterwards if ", "事后补办：")+s.After.String())
	}
	for _, l := range s.Limits {
		lines = append(lines, limitText(&l, o))
	}
	for _, t := range s.Tasks {
		lines = append(lines, "+ "+o.in(t.Name)+o.t(" (", "（")+roleNames(t.Roles, o)+o.t(")", "）"))
	}
	return lines
}

func roleNames(roles []string, o Options) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		if names[i] = o.in(core.Role(r).Name()); names[i] == "" {
			names[i] = r
		}
	}
	return strings.Join(names, o.t(", ", "、"))
}

func limitText(l *core.Limit, o Options) string {
	name := o.in(l.Name)
	if name == "" {
		name = l.ID
	}
	text := name + o.t(": within ", "：") + span(l.Within, l.Clock, o) + o.t("", "内")
	if l.When != nil {
		text += " [" + l.When.String() + "]"
	}
	return text
}

// span writes a limit's length as people say it.
func span(d time.Duration, c core.LimitClock, o Options) string {
	day := 24 * time.Hour
	switch {
	case c == core.ClockDays:
		if d == day {
			return o.t("1 working day", "1 个工作日")
		}
		return fmt.Sprintf(o.t("%d working days", "%d 个工作日"), d/day)
	case d%day == 0 && d > 2*day:
		return fmt.Sprintf(o.t("%d days", "%d 天"), d/day) + clockText(c, o)
	case d%time.Hour == 0:
		return fmt.Sprintf(o.t("%d h", "%d 小时"), d/time.Hour) + clockText(c, o)
	}
	return fmt.Sprintf(o.t("%d min", "%d 分钟"), d/time.Minute) + clockText(c, o)
}

func clockText(c core.LimitClock, o Options) string {
	if c == core.ClockWorking {
		return o.t(" of working time", "（工作时间）")
	}
	return ""
}
