package ordertype

import (
	"slices"
	"strings"

	"tundish/config/lang"
	"tundish/core"
)

// The ways of a process are checked with every guard taken for open: what could happen to some
// order must be right. Each mistake shows the path that proves it.
var (
	unreachable   = lang.NewMessage("unreachable", "no order ever comes to %s: nothing among %s leads there", "任何工单都到不了 %s：%s 均不通向它")
	noEnd         = lang.NewMessage("no-end", "an order that comes to %s never ends: %s", "工单到 %s 后永远无法结束：%s")
	turnsForEver  = lang.NewMessage("loop", "an order would go round for ever, and nobody stops it: %s", "工单会自动循环，无人可以中断：%s")
	noOtherwise   = lang.NewMessage("exits", "the last way out of %s by %s has a guard, so an order may find none: %s", "%s 的操作 %s 末项带条件，工单可能无路可走：%s")
	neverTaken    = lang.NewMessage("exits", "the way before it has no guard, so this one is never taken: %s", "前一去向没有条件，本去向永远不会被选择：%s")
	notReleased   = lang.NewMessage("release", "work that was done ends here and its source never gets the result: %s", "工作完成后在此结束，来源系统收不到结果：%s")
	releasedTwice = lang.NewMessage("release", "the same work is released twice: %s", "同一结果回写两次：%s")
	nothingDone   = lang.NewMessage("release", "a result is released before anybody worked: %s", "尚无人处理就回写结果：%s")
	noCrew        = lang.NewMessage("no-dispatch", "an order comes to a crew that no dispatch has named: %s", "工单未经派单就进入现场处理：%s")
	notToField    = lang.NewMessage("no-dispatch", "an order that was given to a crew does not go to field work: %s", "派单后没有进入现场处理：%s")
)

var (
	hintOtherwise = lang.Text{En: "add a last one without when", Zh: "请增加不带 when 的末项"}
	hintRelease   = lang.Text{En: "put a step of kind release between", Zh: "请在其间加入 release 步骤"}
	hintOneWay    = lang.Text{En: "let them lead to one release, or put the work between", Zh: "请汇合到同一 release，或在其间安排处理步骤"}
	hintDispatch  = lang.Text{En: "lead it through a step of kind dispatch", Zh: "请先经过 dispatch 步骤"}
	hintPerson    = lang.Text{En: "let a step wait for somebody, or lead it elsewhere", Zh: "请安排有人处理的步骤，或改变去向"}
)

// way is an edge between two steps.
type way struct {
	from, to string
	action   core.Action
	// past: the order did not stop at from.
	past bool
	at   lang.Pos
}

// ways of a process, by the steps that they leave.
type ways struct {
	c    *compiler
	p    *core.Process
	from map[string][]way
}

// checkWays follows every way.
func (c *compiler) checkWays(p *core.Process) {
	w := &ways{c: c, p: p, from: map[string][]way{}}
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Skip != "" {
			w.from[s.ID] = append(w.from[s.ID], way{from: s.ID, to: s.Skip, past: true, at: c.exitAt(i, -1)})
		}
		for j, e := range s.Exits {
			w.from[s.ID] = append(w.from[s.ID], way{from: s.ID, to: e.To, action: e.Action, at: c.exitAt(i, j)})
		}
	}
	w.forks()
	reached := w.reached()
	w.ends(reached)
	w.loops(reached)
	w.crews()
	w.releases()
	if w.c.folder.may != nil {
		w.rights(reached)
	}
}

// step is where a step is written.
func (w *ways) place(id string) lang.Pos {
	for i := range w.c.f.Process.Steps {
		if w.p.Steps[i].ID == id {
			return w.c.f.Process.Steps[i].At
		}
	}
	return w.c.f.Code.At
}

// forks: of the ways out by one action the last is open and no other.
func (w *ways) forks() {
	for i := range w.p.Steps {
		s := &w.p.Steps[i]
		for _, action := range s.Actions() {
			var last lang.Pos
			open := false
			for j, e := range s.Exits {
				if e.Action != action {
					continue
				}
				last = w.c.exitAt(i, j)
				if open {
					w.c.p.At(last, neverTaken, show(append(w.to(s.ID), e.To)))
				}
				open = open || e.When == nil
			}
			if !open {
				word := string(action)
				if word == "" {
					word = then
				}
				w.c.p.At(last, noOtherwise, s.ID, word, show(append(w.to(s.ID), "?"))).Hint(hintOtherwise)
			}
		}
	}
}

// reached are the steps that some order comes to; a step that none comes to is a mistake.
func (w *ways) reached() map[string]bool {
	reached := map[string]bool{}
	var order []string
	w.walk(w.p.Steps[0].ID, func(way) bool { return true }, func(id string) { reached[id] = true; order = append(order, id) })
	for i := range w.c.f.Process.Steps {
		if s := &w.p.Steps[i]; !reached[s.ID] {
			w.c.p.At(w.c.f.Process.Steps[i].At, unreachable, s.ID, strings.Join(order, ", "))
		}
	}
	return reached
}

// ends: from every step that is reached an end can be reached. The first step from which none
// can is shown with where it leads.
func (w *ways) ends(reached map[string]bool) {
	for i := range w.p.Steps {
		s := &w.p.Steps[i]
		if !reached[s.ID] {
			continue
		}
		ended := false
		w.walk(s.ID, func(way) bool { return true }, func(id string) { ended = ended || w.p.Step(id).Kind.Ends() })
		if !ended {
			path := w.to(s.ID)
			for at := s.ID; ; {
				next := w.from[at][0].to
				path = append(path, next)
				if slices.Contains(path[:len(path)-1], next) {
					break
				}
				at = next
			}
			w.c.p.At(w.place(s.ID), noEnd, s.ID, show(path)).Hint(hintPerson)
			return // those behind it have no end either
		}
	}
}

// loops: no way that nobody decides on leads back to where it began.
func (w *ways) loops(reached map[string]bool) {
	said := map[string]bool{}
	for i := range w.p.Steps {
		start := w.p.Steps[i].ID
		if !reached[start] || said[start] {
			continue
		}
		if path := w.round(start); path != nil {
			for _, id := range path {
				said[id] = true
			}
			w.c.p.At(w.place(start), turnsForEver, show(path)).Hint(hintPerson)
		}
	}
}

// round is the shortest way from a step to itself that nobody decides on, or nil.
func (w *ways) round(start string) []string {
	automatic := func(e way) bool { return e.past || w.p.Step(e.from).Kind.Automatic() }
	back := map[string]string{}
	queue := []string{start}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, e := range w.from[at] {
			if !automatic(e) {
				continue
			}
			if e.to == start {
				path := []string{start}
				for id := at; id != start; id = back[id] {
					path = append(path, id)
				}
				path = append(path, start)
				slices.Reverse(path)
				return path
			}
			if _, seen := back[e.to]; !seen {
				back[e.to] = at
				queue = append(queue, e.to)
			}
		}
	}
	return nil
}

// crews: field work follows a dispatch, and a dispatch leads to field work.
func (w *ways) crews() {
	for i := range w.p.Steps {
		s := &w.p.Steps[i]
		for j, e := range s.Exits {
			if e.Action == core.ActAssign && w.p.Step(e.To).Kind != core.StepField {
				w.c.p.At(w.c.exitAt(i, j), notToField, show(append(w.to(s.ID), e.To)))
			}
		}
	}
	named := func(e way) bool { return e.past || e.action != core.ActAssign }
	back := map[string]string{}
	w.walkBack(w.p.Steps[0].ID, named, back)
	for i := range w.p.Steps {
		s := &w.p.Steps[i]
		if _, without := back[s.ID]; s.Kind == core.StepField && without {
			w.c.p.At(w.place(s.ID), noCrew, show(trace(back, w.p.Steps[0].ID, s.ID))).Hint(hintDispatch)
		}
	}
}

// worked is how far the work of an order has got on a way.
type worked int

const (
	nothing  worked = iota
	done            // but not released
	released        // and nothing done since
)

// state is a step together with how far the work has got.
type state struct {
	id string
	is worked
}

// releases follows the work: what was done is released once, and before the order is closed.
// Work that is done again, after a reopening, is released again.
func (w *ways) releases() {
	start := state{w.p.Steps[0].ID, nothing}
	back := map[state]state{start: start}
	path := func(at state, further ...string) string {
		var ids []string
		for at != start {
			ids = append(ids, at.id)
			at = back[at]
		}
		ids = append(ids, start.id)
		slices.Reverse(ids)
		return show(append(ids, further...))
	}
	said := map[string]bool{}
	say := func(at lang.Pos, m lang.Message, key, path string) *lang.Problem {
		if said[key] {
			return nil
		}
		said[key] = true
		return w.c.p.At(at, m, path)
	}
	for queue := []state{start}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		kind := w.p.Step(at.id).Kind
		for _, e := range w.from[at.id] {
			is := at.is
			if is == done && !e.past && (kind == core.StepDispatch || kind == core.StepField || kind == core.StepDesk) {
				is = nothing // it was sent back, and is done anew
			}
			switch {
			case e.past:
			case e.action == core.ActDone || e.action == core.ActCouldNot || e.action == core.ActAnswer:
				is = done
			case kind == core.StepRelease && is == nothing:
				say(w.place(at.id), nothingDone, "nothing "+at.id, path(at))
				is = released
			case kind == core.StepRelease && is == released:
				if p := say(w.place(at.id), releasedTwice, "twice "+at.id, path(at)); p != nil {
					p.Hint(hintOneWay)
				}
			case kind == core.StepRelease:
				is = released
			}
			next := state{e.to, is}
			if end := w.p.Step(e.to).Kind; is == done && end.Ends() {
				if p := say(e.at, notReleased, "lost "+at.id, path(at, e.to)); p != nil {
					p.Hint(hintRelease)
				}
			}
			if _, seen := back[next]; !seen {
				back[next] = at
				queue = append(queue, next)
			}
		}
	}
}

// walk visits every step that can be reached, nearest first.
func (w *ways) walk(start string, open func(way) bool, visit func(id string)) {
	back := map[string]string{}
	for _, id := range w.walkBack(start, open, back) {
		visit(id)
	}
}

// walkBack lists every step that can be reached, nearest first, and notes whence.
func (w *ways) walkBack(start string, open func(way) bool, back map[string]string) []string {
	back[start] = start
	order := []string{start}
	for i := 0; i < len(order); i++ {
		for _, e := range w.from[order[i]] {
			if _, seen := back[e.to]; !seen && open(e) {
				back[e.to] = order[i]
				order = append(order, e.to)
			}
		}
	}
	return order
}

// to is the shortest way to a step.
func (w *ways) to(id string) []string {
	back := map[string]string{}
	w.walkBack(w.p.Steps[0].ID, func(way) bool { return true }, back)
	return trace(back, w.p.Steps[0].ID, id)
}

func trace(back map[string]string, start, id string) []string {
	path := []string{id}
	for id != start {
		before, known := back[id]
		if !known {
			break
		}
		id = before
		path = append(path, id)
	}
	slices.Reverse(path)
	return path
}

// show writes a path.
func show(path []string) string { return strings.Join(path, " → ") }
