package life_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tundish/config/ordertype"
	"tundish/core"
	"tundish/core/life"
)

// chance holds in so many cases of a hundred.
func chance(rnd *rand.Rand, percent int) bool { return rnd.IntN(100) < percent }

func pick[T any](rnd *rand.Rand, list ...T) T { return list[rnd.IntN(len(list))] }

// someRoles are none, or one or two of four.
func someRoles(rnd *rand.Rand) []string {
	if chance(rnd, 40) {
		return nil
	}
	return []string{pick(rnd, "a", "b", "c", "d"), pick(rnd, "a", "b", "c", "d")}
}

func someCondition(rnd *rand.Rand) core.Condition {
	return pick(rnd, core.UrgencyIs(core.Emergency), core.UrgencyIs(core.Normal, core.Urgent),
		core.If("meter.diameter_mm >= 50", func(o *core.WorkOrder, _ time.Time) bool { return o.Meter.DiameterMM >= 50 }),
		core.If("extra.n != \"\"", func(o *core.WorkOrder, _ time.Time) bool { return o.Extra["n"] != "" }))
}

func someForm(rnd *rand.Rand) (form []core.FormField) {
	for _, f := range []core.FormField{
		{Path: "extra.n", Type: core.FieldDecimal, Min: "-2.5", Max: "99.75"},
		{Path: "extra.tag", Type: core.FieldText, Pattern: `V\d{3}`, RequiredWhen: someCondition(rnd)},
		{Path: "extra.kind", Type: core.FieldChoice, Options: []core.Option{{Code: "x"}, {Code: "y"}}},
		{Path: "extra.on", Type: core.FieldDate}, {Path: "extra.ok", Type: core.FieldBool},
		{Path: "meter.diameter_mm", Type: core.FieldInt, Min: "15", Max: "300"},
		{Path: "report.remark", Type: core.FieldLong, Max: "20"},
	} {
		if chance(rnd, 30) {
			f.Required = f.RequiredWhen == nil && chance(rnd, 50)
			form = append(form, f)
		}
	}
	return form
}

func someTasks(rnd *rand.Rand) (tasks []core.SubTask) {
	for i := range rnd.IntN(3) {
		t := core.SubTask{ID: fmt.Sprintf("k%d", i), Roles: someRoles(rnd), Form: someForm(rnd)}
		if chance(rnd, 40) {
			t.When = someCondition(rnd)
		}
		tasks = append(tasks, t)
	}
	return tasks
}

// someProcess is a way that a file might declare: everything before the release in any number,
// with guards, duties, sub-tasks, forks and ways back.
func someProcess(rnd *rand.Rand, desk bool) *core.Process {
	p := &core.Process{}
	add := func(s core.Step) {
		if s.Kind != core.StepChoice && s.Kind != core.StepRelease {
			s.Roles = someRoles(rnd)
		}
		p.Steps = append(p.Steps, s)
	}
	gate := func(n string, before core.Phase) {
		switch rnd.IntN(4) {
		case 0:
			s := core.Step{ID: "approval" + n, Kind: core.StepApproval, Number: n, Tasks: someTasks(rnd), Form: someForm(rnd)}
			if chance(rnd, 50) {
				s.When = someCondition(rnd)
			}
			if chance(rnd, 30) {
				s.After = someCondition(rnd)
			}
			add(s)
		case 1:
			add(core.Step{ID: "task" + n, Kind: core.StepTask, Phase: before, Form: someForm(rnd), Tasks: someTasks(rnd)})
		case 2:
			add(core.Step{ID: "fork" + n, Kind: core.StepChoice, Phase: before})
		}
	}
	if chance(rnd, 70) {
		s := core.Step{Kind: core.StepAcceptance, Form: someForm(rnd)}
		if chance(rnd, 50) {
			s.After = someCondition(rnd)
		}
		add(s)
	}
	gate("1", core.Acceptance)
	gate("2", core.Approval)
	if desk {
		add(core.Step{Kind: core.StepDesk, Form: someForm(rnd)})
	} else {
		add(core.Step{Kind: core.StepDispatch})
		add(core.Step{Kind: core.StepField, Form: someForm(rnd), Tasks: someTasks(rnd)})
	}
	if chance(rnd, 50) {
		add(core.Step{Kind: core.StepReview})
	}
	gate("3", core.ResultReview)
	add(core.Step{Kind: core.StepRelease})
	if chance(rnd, 50) {
		add(core.Step{Kind: core.StepFollowUp, When: core.WorkDone()})
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		to := "closed"
		if i+1 < len(p.Steps) {
			if to = p.Steps[i+1].ID; to == "" {
				to = string(p.Steps[i+1].Kind)
			}
		}
		switch {
		case s.Kind == core.StepTask:
			back := pick(rnd, "returned", "")
			for j := range i {
				if k := p.Steps[j].Kind; back == "" && (k == core.StepAcceptance || k == core.StepDispatch || k == core.StepDesk) {
					back = string(k)
				}
			}
			if back == "" {
				back = "returned"
			}
			s.Exits = []core.Exit{{Action: "go", When: someCondition(rnd), To: to}, {Action: "go", To: to}, {Action: "back", To: back, Reason: true, Roles: someRoles(rnd), Form: []core.FormField{}}}
		case s.Kind == core.StepChoice:
			far := to
			if i+2 < len(p.Steps) && p.Steps[i+1].Kind == core.StepApproval { // past the next gate
				if far = p.Steps[i+2].ID; far == "" {
					far = string(p.Steps[i+2].Kind)
				}
			}
			s.Exits = []core.Exit{{When: someCondition(rnd), To: far}, {To: to}}
		case s.Kind == core.StepApproval && chance(rnd, 60):
			for j := range i {
				if k := p.Steps[j].Kind; k == core.StepAcceptance || k == core.StepField {
					s.Exits = []core.Exit{{Action: core.ActReject, To: string(k)}}
				}
			}
		}
	}
	p.Complete()
	return p
}

// player is somebody who acts at random, with what he may do by himself.
type player struct {
	actor life.Actor
	// anything: he may do everything; some: what the house's roles allow him.
	anything, some bool
}

// people play; the house lets "house" do what steps leave open.
func people() []player {
	p := func(roles ...string) player { return player{actor: life.Actor{ID: roles[0], Roles: roles}} }
	return []player{{actor: life.Hub("hub"), anything: true}, p("a"), p("b"), p("c", "d"), {actor: life.Actor{ID: "house", Roles: []string{"house"}}, some: true},
		{actor: life.Actor{ID: "crew:R1", Crew: "R1"}}, {actor: life.Actor{ID: "crew:R2", Crew: "R2"}}, {actor: life.Source("hotline")}, {actor: life.Source("billing")},
		{actor: life.Actor{ID: "far", Roles: []string{"a", "b", "c", "d", "house"}, Depots: []string{"nowhere"}}}, {}}
}

type openHouse struct{}

func (openHouse) May(a life.Actor, _ core.Action, o *core.WorkOrder) bool {
	return stationed(a, o) && slices.Contains(a.Roles, "house")
}

func (openHouse) Holds(a life.Actor, roles []string, o *core.WorkOrder) bool {
	return stationed(a, o) && life.Everybody{}.Holds(a, roles, o)
}

// may is the right to take an action at a step, said once more in other words.
func (p *player) may(st *core.Step, task string, action core.Action, o *core.WorkOrder) bool {
	if p.anything {
		return true
	}
	crews := o.Phase == core.Field && o.Assignment != nil && o.Assignment.CrewID == p.actor.Crew && p.actor.Crew != ""
	if p.actor.ID == "far" {
		return false
	}
	if task != "" {
		for _, k := range st.Tasks {
			if k.ID == task {
				roles := k.Roles
				if len(roles) == 0 {
					roles = st.Roles
				}
				return p.one(roles)
			}
		}
		return false
	}
	if crews && st.Kind == core.StepField {
		return true
	}
	if p.actor.System != "" {
		return p.actor.System == o.Ref.System && st.Kind == core.StepFollowUp
	}
	for _, e := range st.ExitsOf(action) {
		roles := st.Roles
		if len(e.Roles) > 0 {
			roles = e.Roles
		}
		if p.one(roles) {
			return true
		}
	}
	return false
}

func (p *player) one(roles []string) bool {
	if len(roles) == 0 {
		return p.some
	}
	return slices.ContainsFunc(roles, func(r string) bool { return slices.Contains(p.actor.Roles, r) })
}

// answer fills a form as it asks.
func answer(rnd *rand.Rand, form []life.Asked, now time.Time) map[string]json.RawMessage {
	m := map[string]json.RawMessage{}
	quote := func(s string) json.RawMessage { return json.RawMessage(fmt.Sprintf("%q", s)) }
	for _, f := range form {
		if !f.Required && f.RequiredWhen == "" && chance(rnd, 50) {
			continue
		}
		v := quote("li")
		switch {
		case f.Pattern != "":
			v = quote("V123")
		case len(f.Options) > 0:
			v = quote(pick(rnd, f.Options...).Code)
		case f.Path == "completion.outcome" || f.Path == "into":
			continue
		case f.Path == "depot":
			v = quote(pick(rnd, "D1", "D2"))
		case f.Path == "crew":
			v = quote("R2")
		case f.Codes == "reason":
			v = quote("no_access")
		}
		switch f.Type {
		case core.FieldInt:
			v = json.RawMessage(pick(rnd, cmp.Or(f.Min, "20"), `"`+cmp.Or(f.Max, "80")+`"`))
		case core.FieldDecimal:
			v = json.RawMessage(pick(rnd, cmp.Or(f.Max, "99.75"), `"`+cmp.Or(f.Min, "-2.5")+`"`))
		case core.FieldReading:
			v = json.RawMessage(`"150.5"`)
		case core.FieldBool:
			v = json.RawMessage(pick(rnd, "true", `"true"`))
		case core.FieldDate:
			v = quote("2026-06-01")
		case core.FieldTime:
			v = quote(now.AddDate(1, 0, rnd.IntN(200)).Format(time.RFC3339))
		case core.FieldPoint:
			v = json.RawMessage(`{"lat":31.2,"lon":121.4}`)
		case core.FieldPhotos:
			continue
		}
		m[f.Path] = v
	}
	return m
}

// walk is one order on its way.
type walk struct {
	t      *testing.T
	name   string
	rnd    *rand.Rand
	r      *life.Rules
	p      *core.Process
	o      core.WorkOrder
	events []core.Event
	day    map[string]core.CrewDay
	n      int
}

func (w *walk) fatal(format string, args ...any) {
	w.t.Helper()
	w.t.Fatalf("%s after %d events, at %v in %s: %s", w.name, len(w.events), steps(w.o), w.o.Phase, fmt.Sprintf(format, args...))
}

func (w *walk) now() time.Time { return start.Add(time.Duration(w.n) * time.Minute) }

func (w *walk) step(a life.Actor, remark string) life.Step {
	return life.Step{Now: w.now(), Actor: a, By: "who", Remark: remark}
}

// take holds the unit of a decision against what must always be true.
func (w *walk) take(u core.Unit) {
	w.t.Helper()
	c := u.Orders[0]
	before := w.o
	w.o = c.Order
	w.events = append(w.events, c.Events...)
	if c.Expected != before.Version || c.Order.Version != before.Version+1 {
		w.fatal("versions %d → %d from %d", c.Expected, c.Order.Version, before.Version)
	}
	back, err := core.Replay(w.events)
	var same core.WorkOrder
	if err == nil {
		err = json.Unmarshal(c.Body, &same)
	}
	if err != nil || !reflect.DeepEqual(back, same) {
		w.fatal("the timeline replays to\n%+v\nbut the order is\n%+v\n%v", back, same, err)
	}
	if before.Settled() && (w.o.Phase == core.Returned || w.o.Phase == core.Cancelled) {
		w.fatal("a result that stood is lost")
	}
	w.standing()
	w.loads(u)
	w.ledger(&before, c.Outbox)
}

// standing: the phase is that of the main token, sub-tasks belong to its step, an order that
// ended waits for nothing but what is owed.
func (w *walk) standing() {
	w.t.Helper()
	o := &w.o
	main := o.Main()
	if main == nil || main.Duty || main.Task != "" || o.Process != w.p.Version {
		w.fatal("tokens %+v of process %q", o.Tokens, o.Process)
	}
	st := w.p.Step(main.Step)
	if st == nil || st.Phase != o.Phase || st.Kind == core.StepChoice || st.Kind == core.StepRelease {
		w.fatal("it stands at %q", main.Step)
	}
	for _, tok := range o.Tokens[1:] {
		if tok.Task != "" && tok.Step != main.Step || tok.Duty == (tok.Task != "") {
			w.fatal("tokens %+v", o.Tokens)
		}
	}
	if o.Phase == core.Field && o.Assignment == nil {
		w.fatal("nobody has it in the field")
	}
}

// loads: the crews' days hold exactly the unfinished work.
func (w *walk) loads(u core.Unit) {
	w.t.Helper()
	for _, d := range u.CrewDays {
		x := w.day[d.CrewID]
		x.Minutes, x.Orders, x.UrgentOrders = x.Minutes+d.Minutes, x.Orders+d.Orders, x.UrgentOrders+d.UrgentOrders
		w.day[d.CrewID] = x
	}
	for _, crew := range []string{"R1", "R2"} {
		want := core.CrewDay{}
		urgent := 0
		if w.o.Urgency != core.Normal {
			urgent = 1
		}
		if a := w.o.Assignment; w.o.Phase == core.Field && a.CrewID == crew {
			want = core.CrewDay{Minutes: a.Minutes, Orders: 1, UrgentOrders: urgent}
		}
		for _, h := range w.o.Helpers {
			if h.CrewID == crew && h.EndedAt.IsZero() {
				want = core.CrewDay{Minutes: want.Minutes + h.Minutes, Orders: want.Orders + 1, UrgentOrders: want.UrgentOrders + urgent}
			}
		}
		if w.day[crew] != want {
			w.fatal("the day of %s holds %+v, want %+v", crew, w.day[crew], want)
		}
	}
}

// ledger: the source hears of a result when, and only when, the order passes its release.
func (w *walk) ledger(before *core.WorkOrder, owed []core.OutboxMessage) {
	w.t.Helper()
	place := func(o *core.WorkOrder) int {
		if o.Main() == nil {
			return -1
		}
		return slices.IndexFunc(w.p.Steps, func(s core.Step) bool { return s.ID == o.Main().Step })
	}
	release := slices.IndexFunc(w.p.Steps, func(s core.Step) bool { return s.Kind == core.StepRelease })
	want := 0
	if place(before) < release && place(&w.o) > release && w.o.Phase != core.Returned && w.o.Phase != core.Cancelled {
		want = 1
	}
	results := 0
	for _, m := range owed {
		if m.Kind == core.TellResult && m.Target == w.o.Ref.System {
			results++
		}
	}
	if results != want {
		w.fatal("it came from %+v and owes %d results, want %d", before.Main(), results, want)
	}
}

// turn lets somebody do something at random.
func (w *walk) turn() {
	w.t.Helper()
	w.n++
	all := people()
	who := &all[w.rnd.IntN(len(all))]
	offers, err := w.r.Allowed(w.o, who.actor, w.now())
	if err != nil {
		w.fatal("what is allowed: %v", err)
	}
	if len(offers) > 0 && chance(w.rnd, 70) {
		f := pick(w.rnd, offers...)
		if f.Action == core.ActCancel && chance(w.rnd, 90) || f.Action == core.ActMerge || f.Beside && chance(w.rnd, 50) {
			return
		}
		u, err := w.do(who, f)
		if err != nil {
			if !f.Beside || !core.IsKind(err, core.Conflict) && !core.IsKind(err, core.Invalid) {
				w.fatal("%s was offered to %s and is refused: %v", f.Action, who.actor.ID, err)
			}
			return
		}
		w.right(who, f)
		w.take(u)
		return
	}
	tok := pick(w.rnd, w.o.Tokens...)
	f := life.Offer{Action: pick(w.rnd, core.ActAccept, core.ActApprove, core.ActReject, core.ActReturn, core.ActAssign, core.ActDone, core.ActCouldNot, core.ActGiveBack, core.ActAnswer, core.ActPass, core.ActFail, core.ActSatisfied, core.ActUnsatisfied, core.Action("go"), core.Action("back"), core.ActHold, core.ActResume, core.ActExpedite, core.ActTransfer), Step: tok.Step, Task: tok.Task}
	u, err := w.do(who, f)
	if err != nil {
		if k := core.KindOf(err); k != core.Conflict && k != core.Invalid && k != core.Denied {
			w.fatal("%s by %s failed with kind %s: %v", f.Action, who.actor.ID, k, err)
		}
		return
	}
	if !slices.ContainsFunc(offers, func(x life.Offer) bool {
		return x.Action == f.Action && (x.Beside || x.Step == f.Step && x.Task == f.Task)
	}) {
		w.fatal("%s at %s/%s was not offered to %s and is done", f.Action, f.Step, f.Task, who.actor.ID)
	}
	w.right(who, f)
	w.take(u)
}

// right: nothing happens at a step without permission.
func (w *walk) right(who *player, f life.Offer) {
	w.t.Helper()
	if st := w.p.Step(f.Step); st != nil && !f.Beside && len(st.ExitsOf(f.Action)) > 0 && !who.may(st, f.Task, f.Action, &w.o) {
		w.fatal("%s at %s/%s was done by %s without the right", f.Action, f.Step, f.Task, who.actor.ID)
	}
}

func (w *walk) do(who *player, f life.Offer) (core.Unit, error) {
	crew := pick(w.rnd, "R1", "R2")
	c := life.Command{Action: f.Action, Step: f.Step, Task: f.Task, Fields: answer(w.rnd, f.Form, w.now()),
		Assignment: &core.Assignment{CrewID: crew, Day: "2026-05-11", Minutes: 30}}
	return w.r.Act(w.o, c, w.step(who.actor, "because"))
}

// forward tells actions that lead an order on.
func forward(a core.Action) bool {
	return !slices.Contains([]core.Action{core.ActReturn, core.ActReject, core.ActGiveBack, core.ActFail, core.ActUnsatisfied, core.ActAgain, core.ActCouldNot, "back"}, a)
}

// finish brings a copy of the order to its end, as somebody who may do everything can.
func (w walk) finish() {
	w.t.Helper()
	hub := player{actor: life.Hub("hub"), anything: true}
	for range 300 {
		if w.o.Phase.Ended() {
			return
		}
		w.n++
		offers, err := w.r.Allowed(w.o, hub.actor, w.now())
		if err != nil {
			w.fatal("%v", err)
		}
		resume := slices.ContainsFunc(offers, func(f life.Offer) bool { return f.Action == core.ActResume })
		offers = slices.DeleteFunc(offers, func(f life.Offer) bool {
			return f.Beside && f.Action != core.ActResume || f.Duty || resume && f.Action != core.ActResume || !forward(f.Action) && chance(w.rnd, 80)
		})
		if len(offers) == 0 {
			continue
		}
		u, err := w.do(&hub, pick(w.rnd, offers...))
		if err != nil {
			w.fatal("%v", err)
		}
		w.o = u.Orders[0].Order
	}
	w.fatal("it is stuck: nobody brings it to an end")
}

// begin receives an order of a type with this process.
func begin(t *testing.T, name string, rnd *rand.Rand, r *life.Rules, typ *core.OrderType) *walk {
	t.Helper()
	r.Access = openHouse{}
	w := &walk{t: t, name: name, rnd: rnd, r: r, p: typ.Process, day: map[string]core.CrewDay{}}
	o := order("hotline", typ.Code, core.Urgencies()[rnd.IntN(3)])
	o.Meter.DiameterMM, o.Meter.LastReading = pick(rnd, 15, 80), "100"
	u, err := r.Receive(o, "h", w.step(life.Source("hotline"), ""))
	if err != nil {
		t.Fatal(err)
	}
	w.take(u)
	return w
}

func TestNoOrderIsStuckOnAnyWay(t *testing.T) {
	ended := 0
	for seed := range uint64(600) {
		rnd := rand.New(rand.NewPCG(seed, 11))
		r := rules()
		family := pick(rnd, core.Repair, core.Replacement, core.Desk)
		r.Types["any"] = &core.OrderType{Code: "any", Family: family, Minutes: 30, Process: someProcess(rnd, family == core.Desk)}
		w := begin(t, fmt.Sprintf("seed %d", seed), rnd, r, r.Types["any"])
		for range 60 {
			w.turn()
			if chance(rnd, 10) {
				w.finish()
			}
		}
		w.finish()
		if w.o.Phase.Ended() {
			ended++
		}
	}
	if ended < 100 || ended > 590 { // else the walks do not reach far, or all end at once
		t.Errorf("%d of 600 orders ended on their random way", ended)
	}
}

func TestNoOrderIsStuckOnTheWaysThatShip(t *testing.T) {
	dirs, err := filepath.Glob("../../config/order-types*")
	if err != nil || len(dirs) == 0 {
		t.Fatal(dirs, err)
	}
	for _, dir := range dirs {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			continue
		}
		types, err := ordertype.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		for code, typ := range types {
			if typ.Process == nil {
				t.Fatalf("%s has no process", code)
			}
			for seed := range uint64(25) {
				r := rules()
				r.Types = types
				rnd := rand.New(rand.NewPCG(seed, 13))
				w := begin(t, fmt.Sprintf("%s, seed %d", strings.TrimPrefix(code, "/"), seed), rnd, r, typ)
				for range 40 {
					w.turn()
				}
				w.finish()
			}
		}
	}
}
