package assign_test

import (
	"context"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/classify"
	"tundish/core/intake"
	"tundish/core/life"
	"tundish/dispatch"
)

// watched is the planner, and notes which orders it is asked about.
type watched struct {
	planner *dispatch.Planner
	asked   map[core.OrderNo]bool
}

func (w *watched) Rank(ctx context.Context, b core.Board, o *core.WorkOrder, t *core.OrderType) core.Ranking {
	w.asked[o.No] = true
	return w.planner.Rank(ctx, b, o, t)
}

func (w *watched) Plan(ctx context.Context, b core.Board, orders []core.WorkOrder, types core.OrderTypes) (core.Plan, error) {
	for i := range orders {
		w.asked[orders[i].No] = true
	}
	return w.planner.Plan(ctx, b, orders, types)
}

func (w *watched) PlanDays(ctx context.Context, days []core.DayBoard, orders []core.WorkOrder, types core.OrderTypes) (core.DaysPlan, error) {
	for i := range orders {
		w.asked[orders[i].No] = true
	}
	return w.planner.PlanDays(ctx, days, orders, types)
}

func (w *watched) Timetable(b core.Board, crew string) *core.CrewRoute {
	return w.planner.Timetable(b, crew)
}

// What is classified as a kind without a visit goes to a desk team. No planner ever hears of it, however urgent it is and
// wherever it lies, and no crew can be given it.
func TestADeskTeamAnswersWhatIsClassifiedSoAndNoPlannerHearsOfIt(t *testing.T) {
	w := open(t, crew("R1", park, "repair", "meter"))
	planner := &watched{dispatch.New(dispatch.Options{Seed: 1, Budget: time.Second}), map[core.OrderNo]bool{}}
	hub := w.hub("hub-1", w.store, planner)
	table := &classify.Table{Version: "1", Desk: map[string]bool{"burst": false, "leak": false, "replacement": false, "enquiry": true}, Rules: []classify.Rule{
		{ID: "danger", Any: []string{"触电"}, Then: map[classify.Column]string{classify.Urgency: "emergency"}},
		{ID: "gushing", Any: []string{"冒水"}, Then: map[classify.Column]string{classify.Type: "burst", classify.Urgency: "emergency"}},
		{ID: "meter", Any: []string{"换表"}, Then: map[classify.Column]string{classify.Type: "replacement"}},
		{ID: "rest", Then: map[classify.Column]string{classify.Type: "enquiry", classify.Team: "bills"}},
	}}
	w.rules.Classify = func(o *core.WorkOrder, now time.Time) { table.Fill(o, classify.Missing, now) }
	in, err := intake.New(w.store, intake.Options{Clock: w.clock, Rules: func() *life.Rules { return w.rules }})
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]core.OrderNo{}
	for i, text := range []string{"水费多收了，会触电吗", "请问水费", "路口冒水", "到期换表"} {
		r, err := in.Submit(t.Context(), intake.Submission{Hash: core.Hash(text), Order: core.WorkOrder{
			Ref: core.Ref{System: "website", External: text}, Customer: core.Customer{Account: "100", Phone: "13800000000"},
			Place: core.Place{Address: "光明路", Point: at(east(float64(100 * i)))}, Report: core.Report{Content: text}}})
		if err != nil {
			t.Fatal(err)
		}
		said[text] = r.No
	}
	for range 3 {
		if err := hub.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := hub.Batch(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for text, no := range said {
		o := w.order(no)
		if visit := text == "路口冒水" || text == "到期换表"; visit {
			if o.Phase != core.Field || !planner.asked[no] || o.Team != "" {
				t.Errorf("%s: %s in %s, the planner asked: %v", text, o.Type, o.Phase, planner.asked[no])
			}
			continue
		}
		if _, err := hub.Propose(t.Context(), no); core.CodeOf(err) != "no_visit" {
			t.Errorf("%s: a proposal: %v", text, err)
		}
		if _, err := hub.Give(t.Context(), no, "R1", dispatcher("because")); core.KindOf(err) != core.Conflict {
			t.Errorf("%s: given to a crew: %v", text, err)
		}
		if o.Type != "enquiry" || o.Team != "bills" || o.Phase != core.Dispatching || o.Assignment != nil || planner.asked[no] {
			t.Errorf("%s: %s for %q in %s, the planner asked: %v", text, o.Type, o.Team, o.Phase, planner.asked[no])
		}
	}
	if o := w.order(said["水费多收了，会触电吗"]); o.Urgency != core.Emergency || o.Classified.String() != "type enquiry ← rest (); urgency emergency ← danger (); team bills ← rest ()" {
		t.Errorf("%s, classified %s", o.Urgency, o.Classified)
	}
	done, err := w.rules.Decide(t.Context(), w.store, said["请问水费"], life.Step{}, func(o core.WorkOrder) (core.Unit, error) {
		return w.rules.Complete(o, "", core.Completion{Outcome: core.Done, Work: "解释了账单"}, life.Step{Now: nine, Actor: life.Hub("desk"), By: "desk"})
	})
	if err != nil || done.Phase == core.Dispatching {
		t.Errorf("the desk's answer: %s, %v", done.Phase, err)
	}
}
