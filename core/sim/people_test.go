package sim_test

import (
	"context"
	"time"

	"tundish/core"
	"tundish/core/desk"
	rules "tundish/core/life"
)

var crewIDs = []string{"C1", "C2", "C3"}

// room is how many open orders a crew may have.
const room = 2

func houseRules() *rules.Rules {
	tell := []core.Status{core.StatusDispatched, core.StatusOnSite}
	return &rules.Rules{
		Types: core.OrderTypes{
			"leak": {Code: "leak", Family: core.Repair, Minutes: 60, Acceptance: true, ResultReview: true, Tell: tell,
				Dispatch: map[core.Urgency]core.DispatchMode{core.Emergency: core.DispatchAuto, core.Urgent: core.DispatchAuto, core.Normal: core.DispatchBatch}},
			"replacement": {Code: "replacement", Family: core.Replacement, Minutes: 25, Tell: tell,
				Dispatch: map[core.Urgency]core.DispatchMode{core.Normal: core.DispatchBatch}},
		},
		Systems: map[core.SystemID]rules.System{"hotline": {}, "billing": {}}, NumberPrefix: "W", Zone: time.UTC,
	}
}

// open hires the crews, before anything can fail.
func (w *world) open() {
	var u core.Unit
	for _, id := range crewIDs {
		u.Crews = append(u.Crews, core.CrewChange{Crew: core.Crew{ID: id, CapOrders: room, ShiftEndMin: 1440, EveryDay: true}})
	}
	if out := w.db.store.Commit(w.ctx, u)[0]; out.Kind != core.Applied {
		w.fail("setup", "crews: %v", out.Err)
	}
}

// planner gives an order to the crew with the fewest, and never beyond its room.
type planner struct{}

func (planner) Rank(_ context.Context, b core.Board, _ *core.WorkOrder, _ *core.OrderType) core.Ranking {
	var r core.Ranking
	for n := range room {
		for _, c := range b.Crews {
			if b.Days[c.ID].Orders == n {
				r.Candidates = append(r.Candidates, core.Candidate{CrewID: c.ID, Cost: int64(n)})
			}
		}
	}
	r.Why = core.Reason{Text: "all crews are full", Refused: map[string]int{"cap": len(b.Crews) - len(r.Candidates)}}
	return r
}

func (planner) PlanDays(context.Context, []core.DayBoard, []core.WorkOrder, core.OrderTypes) (core.DaysPlan, error) {
	return core.DaysPlan{}, nil
}

func (planner) Timetable(core.Board, string) *core.CrewRoute { return nil }

func (p planner) Plan(_ context.Context, b core.Board, orders []core.WorkOrder, _ core.OrderTypes) (core.Plan, error) {
	plan := core.Plan{Unassigned: map[core.OrderNo]core.Reason{}}
	days := map[string]core.CrewDay{}
	for k, v := range b.Days {
		days[k] = v
	}
	b.Days = days
	for i := range orders {
		r := p.Rank(context.Background(), b, &orders[i], nil)
		if len(r.Candidates) == 0 {
			if len(plan.Unassigned) == 0 { // one is enough to see the rule at work
				plan.Unassigned[orders[i].No] = r.Why
			}
			continue
		}
		crew := r.Candidates[0].CrewID
		d := days[crew]
		d.Orders++
		days[crew] = d
		plan.Assignments = append(plan.Assignments, core.PlannedAssignment{Order: orders[i].No, CrewID: crew, Day: b.Day, Minutes: 30})
	}
	return plan, nil
}

// crew works on what it was given, over whichever hub answers, until the faults end.
func (w *world) crew(id string) {
	r := w.actor("crew " + id)
	for !w.pause(time.Duration(2000+r.IntN(9000)) * time.Millisecond) {
		d := w.yield(nil, "crew "+id+" looks")
		if w.healed {
			return
		}
		h := w.anyHub(d)
		if h == nil {
			continue
		}
		ctx := withTask(h.life.ctx, id)
		mine, err := h.store.Orders(ctx, core.OrderQuery{Crew: id, Phases: []core.Phase{core.Field}})
		if err != nil || len(mine) == 0 {
			continue
		}
		o := mine[d.n(len(mine))]
		switch o.Assignment.State {
		case core.FieldAssigned:
			_, _ = h.desk.Advance(ctx, o.No, id, core.FieldOnSite, rules.By{}) // what fails is done again later
		default:
			_, _ = h.desk.Complete(ctx, o.No, id, core.Completion{Outcome: core.Done}, nil, desk.By{})
		}
	}
}

// controlRoom reviews, plans batches and takes care of dead letters.
func (w *world) controlRoom() {
	r := w.actor("control room")
	for !w.pause(time.Duration(3000+r.IntN(9000)) * time.Millisecond) {
		d := w.yield(nil, "control room looks")
		h := w.anyHub(d)
		if h == nil {
			continue
		}
		ctx := withTask(h.life.ctx, "control room")
		if w.healed || d.chance(200) {
			dead, err := h.store.OutboxMessages(ctx, core.OutboxQuery{States: []core.MessageState{core.MessageDead}})
			for _, m := range dead {
				if err == nil {
					err = h.store.Requeue(ctx, m.ID)
				}
			}
		}
		if w.healed {
			continue
		}
		if d.chance(500) {
			_, _ = h.batch.Batch(ctx) // so are these
			continue
		}
		list, err := h.store.Orders(ctx, core.OrderQuery{Phases: []core.Phase{core.Acceptance, core.ResultReview, core.Field}})
		if err != nil || len(list) == 0 {
			continue
		}
		for range 3 {
			o := list[d.n(len(list))]
			by := desk.By{Name: "李", Remark: "看过", Actor: rules.Hub("李")}
			switch {
			case o.Phase == core.Acceptance:
				_, _ = h.desk.Accept(ctx, o.No, by)
			case o.Phase == core.ResultReview:
				_, _ = h.desk.Review(ctx, o.No, d.chance(800), by)
			case d.chance(100):
				_, _ = h.desk.Unassign(ctx, o.No, by)
			}
		}
	}
}
