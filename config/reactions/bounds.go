package reactions

import (
	"maps"
	"slices"
	"strings"

	"tundish/config/lang"
	"tundish/config/ordertype"
	"tundish/core"
)

// Triggers follow from what triggers do. That must come to an end, and within the rounds that a decision grants
// ([core.MaxChain]), or the hub would cut it short. There are two ways for it to go on:
//
//   - a trigger sets a field whose change another waits for: both act in one decision;
//   - a trigger opens an order, and what happens to that one by itself, or the link on this one, sets another off.
//
// Guards are taken for open, but for those that the values just set answer with no. A round of the first kind goes on for
// ever only if it sets a field to one value and to another: one that is set to the same again has not changed, and the
// urgency only rises. A round of the second kind opens order after order and is refused. A round in which somebody
// acts, a crew that completes what was opened for it, is none: it goes as far as orders may be opened one for another.
var (
	feeds     = lang.NewMessage("loop", "triggers set each other off for ever: %s", "触发器会无休止地互相触发：%s")
	opens     = lang.NewMessage("loop", "orders would be opened one for another without end: %s", "会无休止地连续开单：%s")
	longChain = lang.NewMessage("loop", "more than %d triggers follow one another in one decision, where it is cut: %s", "一次处理中连续触发超过 %d 个触发器，会被截断：%s")
	longLine  = lang.NewMessage("loop", "more than %d orders are opened one for another, where it is cut: %s", "连续开单超过 %d 张，会被截断：%s")
)

var (
	hintFeeds = lang.Text{En: "let a guard (when) end it, or set each field to one value only", Zh: "请用条件（when）使其结束，或让每个字段只被设为一个值"}
	hintOpens = lang.Text{En: "name the types it is about (types), or wait for something that a person does", Zh: "请限定适用类型（types），或改为等待人工操作的事件"}
)

// byItself are the events that befall an order without anybody acting on it.
var byItself = []core.EventKind{core.EventReceived, core.EventLocated, core.EventAssigned, core.EventUnassigned, core.EventUnplannable,
	core.EventLimitWarned, core.EventLimitMissed, core.EventMigrated, core.EventLookedUp}

// found are the parts of an order that the hub fills in by itself when it locates it or looks up its customer.
var found = []string{"place.", "customer.", "meter."}

// next is what may follow a trigger.
type next struct {
	to    int
	opens string // the type of the order that was opened in between; "": none was
	here  bool   // it is about the order for which that one was opened
	field string // that was set
	value string
	how   string // the arrow of a path that is shown
}

// follows are the triggers as a graph.
type follows struct {
	list   []core.Trigger
	edges  [][]next
	values map[string][]string // that triggers set a field to
}

func checkBounds(p *lang.Problems, list []core.Trigger, places []lang.Pos) {
	g := &follows{list: list, edges: make([][]next, len(list)), values: map[string][]string{}}
	for i := range list {
		for _, e := range list[i].Effects {
			if e.Do == core.EffectSet && !slices.Contains(g.values[e.Set], e.Value) {
				g.values[e.Set] = append(g.values[e.Set], e.Value)
			}
		}
	}
	for i := range list {
		for j := range list {
			g.sets(i, j)
			g.creates(i, j)
		}
	}
	said := map[int]bool{} // one mistake per round
	for i := range list {
		m, hint := opens, hintOpens
		path, through := g.round(i, g.opening)
		for _, field := range slices.Sorted(maps.Keys(g.values)) {
			if path == "" && len(g.values[field]) > 1 && field != "urgency" {
				m, hint = feeds, hintFeeds
				path, through = g.round(i, g.toAndFro(field))
			}
		}
		if path != "" && !said[i] {
			p.At(places[i], m, path).Hint(hint)
		}
		for _, t := range through {
			said[t] = true
		}
	}
	if len(said) > 0 {
		return // what never ends has no length
	}
	for i := range list {
		if path := g.longest(i, core.MaxChain); path != "" {
			p.At(places[i], longChain, core.MaxChain, path)
			break
		}
	}
	if path, i := g.longestLine(); path != "" {
		p.At(places[i], longLine, core.MaxChain, path)
	}
}

// about tells whether two triggers can be about one order.
func about(a, b *core.Trigger) bool {
	return len(a.Types) == 0 || len(b.Types) == 0 || slices.ContainsFunc(a.Types, func(t string) bool { return slices.Contains(b.Types, t) })
}

// sets adds what follows in the same decision: b waits for a field that a sets.
func (g *follows) sets(i, j int) {
	a, b := &g.list[i], &g.list[j]
	if !about(a, b) {
		return
	}
	var done []core.Effect
	for _, e := range a.Effects {
		if e.Do != core.EffectSet || !slices.Contains(b.Changed, e.Set) || slices.ContainsFunc(done, func(d core.Effect) bool { return d.Set == e.Set && d.Value == e.Value }) {
			continue
		}
		done = append(done, e)
		if holds, known := ordertype.Settled(b.When, settledBy(a, e.Set)); known && !holds {
			continue
		}
		g.edges[i] = append(g.edges[i], next{to: j, field: e.Set, value: e.Value, how: " →(" + e.Set + " = " + e.Value + ") "})
	}
}

// settledBy are the values that fields have once a trigger has acted, and the field through it did.
func settledBy(a *core.Trigger, through string) map[string]string {
	values, unsure := map[string]string{}, map[string]bool{}
	for _, e := range a.Effects {
		if e.Do != core.EffectSet {
			continue
		}
		before, twice := values[e.Set]
		values[e.Set] = e.Value
		if twice && before != e.Value || e.When != nil && e.Set != through || e.Set == "urgency" && e.Value != string(core.Emergency) {
			unsure[e.Set] = true
		}
	}
	for field := range unsure {
		delete(values, field)
	}
	return values
}

// creates adds what follows from the orders that a opens: what befalls them by itself, and the note on the order that they
// are opened for.
func (g *follows) creates(i, j int) {
	a, b := &g.list[i], &g.list[j]
	for _, e := range a.Effects {
		if e.Do != core.EffectCreate {
			continue
		}
		add := func(here bool, to string) {
			if !slices.ContainsFunc(g.edges[i], func(n next) bool { return n.to == j && n.opens == e.Type && n.here == here }) {
				g.edges[i] = append(g.edges[i], next{to: j, opens: e.Type, here: here, how: " →(" + to + ") "})
			}
		}
		if len(b.Types) == 0 || slices.Contains(b.Types, e.Type) {
			alone := slices.ContainsFunc(b.On, func(k core.EventKind) bool { return slices.Contains(byItself, k) }) ||
				slices.ContainsFunc(b.Changed, func(field string) bool {
					return slices.ContainsFunc(found, func(f string) bool { return strings.HasPrefix(field, f) })
				})
			if holds, known := ordertype.Settled(b.When, map[string]string{"type": e.Type, "channel": "hub", "ref.system": "hub"}); alone && (!known || holds) {
				add(false, "opens "+e.Type)
			}
		}
		if slices.Contains(b.On, core.EventOpened) && about(a, b) {
			add(true, string(core.EventOpened))
		}
	}
}

// A sight is what has been seen on a way: nothing, a first value, or all that was looked for.
type sight struct {
	value string
	all   bool
}

// opening looks for a way on which an order is opened.
func (g *follows) opening(s sight, e next) sight { return sight{all: s.all || e.opens != ""} }

// toAndFro looks for a way on which a field is set to one value and to another.
func (g *follows) toAndFro(field string) func(sight, next) sight {
	return func(s sight, e next) sight {
		switch {
		case s.all || e.field != field:
			return s
		case s.value == "":
			return sight{value: e.value}
		}
		return sight{value: s.value, all: e.value != s.value}
	}
}

// round is the shortest way from a trigger to itself on which all is seen that is looked for, as it is shown, and the
// triggers on it.
func (g *follows) round(start int, look func(sight, next) sight) (path string, through []int) {
	type state struct {
		at   int
		seen sight
	}
	type step struct {
		from state
		how  string
	}
	back := map[state]step{}
	begin := state{at: start}
	queue := []state{begin}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, e := range g.edges[at.at] {
			to := state{e.to, look(at.seen, e)}
			if _, seen := back[to]; seen || to == begin {
				continue
			}
			back[to] = step{at, e.how}
			if to.at == start && to.seen.all {
				path = g.list[start].ID
				for s := to; ; s = back[s].from {
					before := back[s]
					path = g.list[before.from.at].ID + before.how + path
					through = append(through, before.from.at)
					if before.from == begin {
						return path, through
					}
				}
			}
			queue = append(queue, to)
		}
	}
	return "", nil
}

// longest is a way of more than so many triggers that follow one another in one decision, from one on. A field that is only
// ever set to one value changes once in it, the urgency as often as it can rise.
func (g *follows) longest(start, most int) string {
	changes := map[string]int{}
	var walk func(at int, path string, n int) string
	walk = func(at int, path string, n int) string {
		if n > most {
			return path
		}
		for _, e := range g.edges[at] {
			if e.opens != "" || e.field == "urgency" && changes[e.field] == len(core.Urgencies())-1 || e.field != "urgency" && len(g.values[e.field]) == 1 && changes[e.field] == 1 {
				continue
			}
			changes[e.field]++
			if found := walk(e.to, path+e.how+g.list[e.to].ID, n+1); found != "" {
				return found
			}
			changes[e.field]--
		}
		return ""
	}
	return walk(start, g.list[start].ID, 1)
}

// longestLine is a way on which more orders are opened one for another than may be. None is opened in a round, that was
// refused before.
func (g *follows) longestLine() (path string, start int) {
	most, via := make([]int, len(g.list)), make([]*next, len(g.list)) // orders from a trigger on, and which way
	for i := range g.list {
		if slices.ContainsFunc(g.list[i].Effects, func(e core.Effect) bool { return e.Do == core.EffectCreate }) {
			most[i] = 1
		}
	}
	for again := true; again; {
		again = false
		for i := range g.edges {
			for j := range g.edges[i] {
				e := &g.edges[i][j]
				n := most[e.to]
				if e.opens != "" && !e.here {
					n++
				}
				if n > most[i] {
					most[i], via[i], again = n, e, true
				}
			}
		}
	}
	for i := range most {
		if most[i] <= core.MaxChain {
			continue
		}
		path = g.list[i].ID
		for e := via[i]; e != nil; e = via[e.to] {
			path += e.how + g.list[e.to].ID
		}
		return path, i
	}
	return "", 0
}
