package dispatch_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tundish/core"
	"tundish/dispatch"
)

// tight is a random board with too little of everything, and orders for it.
func tight(seed uint64, n int) (core.Board, []core.WorkOrder, core.OrderTypes) {
	r := rand.New(rand.NewPCG(seed, 7))
	types := core.OrderTypes{
		"leak":  {Code: "leak", Family: core.Repair, Minutes: 60, Skills: []string{"repair"}},
		"meter": {Code: "meter", Family: core.Replacement, Minutes: 25},
	}
	b := board()
	b.WholeDay, b.Types = true, types
	for k := range 1 + r.IntN(4) {
		c := crew(fmt.Sprint("R", k), east(r.Float64()*8000), "repair")
		if r.IntN(4) == 0 {
			c.Skills = nil
		}
		if r.IntN(2) == 0 {
			c.Districts = []string{fmt.Sprint("D", r.IntN(3))}
		}
		if r.IntN(2) == 0 {
			c.CapMinutes = 60 + r.IntN(200)
		}
		if r.IntN(2) == 0 {
			c.CapOrders = 1 + r.IntN(4)
		}
		c.ShiftEndMin = 600 + r.IntN(300)
		b.Crews = append(b.Crews, c)
	}
	var orders []core.WorkOrder
	for k := range n {
		o := order(fmt.Sprint("W", k), east(r.Float64()*8000))
		if r.IntN(2) == 0 {
			o.Type = "meter"
		}
		o.Place.District = fmt.Sprint("D", r.IntN(3))
		if r.IntN(4) == 0 {
			from := nine.Add(time.Duration(r.IntN(240)) * time.Minute)
			o.Appointment.From, o.Appointment.To = from, from.Add(time.Hour)
		}
		if r.IntN(5) == 0 {
			o.GaveBack = []string{b.Crews[r.IntN(len(b.Crews))].ID}
		}
		orders = append(orders, o)
	}
	return b, orders, types
}

// given is the board when crews have what a plan gives them.
func given(b core.Board, p core.Plan, orders []core.WorkOrder) core.Board {
	byNo := map[core.OrderNo]core.WorkOrder{}
	for _, o := range orders {
		byNo[o.No] = o
	}
	b.Work, b.Days = map[string]core.CrewWork{}, map[string]core.CrewDay{}
	for id, r := range p.Routes {
		w, d := core.CrewWork{Revision: int64(len(b.Work) + 1)}, core.CrewDay{CrewID: id, Day: b.Day, Version: 1}
		for _, s := range r.Stops {
			o := byNo[s.Order]
			o.Phase = core.Field
			o.Assignment = &core.Assignment{CrewID: id, Day: b.Day, Minutes: b.Types[o.Type].Minutes, By: "batch", State: core.FieldAssigned}
			w.Orders = append(w.Orders, o)
			d.Minutes, d.Orders = d.Minutes+o.Assignment.Minutes, d.Orders+1
		}
		b.Work[id], b.Days[id] = w, d
	}
	return b
}

var (
	remedyText = regexp.MustCompile(`^(.*) for crew (\S+?)(?: on (\S+))?$`)
	changeText = regexp.MustCompile(`^(?:\+(\d+) (min load cap|orders load cap|min overtime)|district (\S+) added|(the exclusion lifted))$`)
)

// heed does to the crew, or to the order, what a reason says would help, and returns which crew it is and
// on which day. It counts the kinds of change.
func heed(t *testing.T, text string, crews []core.Crew, o *core.WorkOrder, tried map[string]int) (id, day string) {
	t.Helper()
	m := remedyText.FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("what would help reads %q", text)
	}
	k := slices.IndexFunc(crews, func(c core.Crew) bool { return c.ID == m[2] })
	if k < 0 {
		t.Fatalf("%q names no crew", text)
	}
	c := &crews[k]
	for _, part := range strings.Split(m[1], " and ") {
		p := changeText.FindStringSubmatch(part)
		if p == nil {
			t.Fatalf("%q of %q is no change", part, text)
		}
		n, _ := strconv.Atoi(p[1])
		switch {
		case p[2] == "min load cap":
			c.CapMinutes += n
		case p[2] == "orders load cap":
			c.CapOrders += n
		case p[2] == "min overtime":
			c.ShiftEndMin += n
		case p[3] != "":
			c.Districts = append(slices.Clone(c.Districts), p[3])
		default:
			o.GaveBack = slices.DeleteFunc(slices.Clone(o.GaveBack), func(id string) bool { return id == c.ID })
		}
		kind := p[2] + p[4]
		if p[3] != "" {
			kind = "district"
		}
		tried[kind]++
	}
	return m[2], m[3]
}

func bites(t *testing.T, tried map[string]int, least int) {
	t.Helper()
	for _, kind := range []string{"min load cap", "orders load cap", "min overtime", "district", "the exclusion lifted"} {
		if tried[kind] < least {
			t.Errorf("%q was tried %d times: %v", kind, tried[kind], tried)
		}
	}
}

func remediesOf(r core.Reason) []string {
	if r.WouldHelp == "" {
		return nil
	}
	return strings.Split(r.WouldHelp, "; ")
}

// With everything else as planned, what is said would have helped an order that a batch left over does.
func TestWhatWouldHelpAnOrderLeftOverDoes(t *testing.T) {
	tried := map[string]int{}
	for seed := range uint64(60) {
		b, orders, types := tight(seed, 14)
		p := dispatch.New(dispatch.Options{Seed: seed})
		plan, err := p.Plan(t.Context(), b, orders, types)
		if err != nil {
			t.Fatal(err)
		}
		for i := range orders {
			for _, text := range remediesOf(plan.Unassigned[orders[i].No]) {
				then, o := given(b, plan, orders), orders[i]
				then.Crews = slices.Clone(then.Crews)
				id, _ := heed(t, text, then.Crews, &o, tried)
				r := p.Rank(t.Context(), then, &o, types[o.Type])
				if !slices.Contains(ids(r), id) {
					t.Errorf("seed %d, %s with %s: %s", seed, o.No, text, r.Why.Text)
				}
				again, err := p.Plan(t.Context(), then, []core.WorkOrder{o}, types)
				if err != nil || !slices.ContainsFunc(again.Assignments, func(a core.PlannedAssignment) bool { return a.Order == o.No }) {
					t.Errorf("seed %d, %s with %s is left over by the next batch, too: %v", seed, o.No, text, err)
				}
			}
		}
	}
	bites(t, tried, 10)
}

// The same for an urgent order that nobody can take, and for each crew that is asked why it does not.
func TestWhatWouldHelpAnUrgentOrderDoes(t *testing.T) {
	tried, alone := map[string]int{}, 0
	for seed := range uint64(250) {
		b, orders, types := tight(seed, 14)
		p := dispatch.New(dispatch.Options{Seed: seed, MostDisplaced: 2})
		plan, err := p.Plan(t.Context(), b, orders[1:], types)
		if err != nil {
			t.Fatal(err)
		}
		b = given(b, plan, orders)
		b.WholeDay, b.Everybody = false, true
		o := orders[0]
		o.Urgency, o.Appointment = core.Urgent, core.Appointment{}
		r := p.Rank(t.Context(), b, &o, types[o.Type])
		var texts []string
		if len(r.Candidates) == 0 {
			texts = remediesOf(r.Why)
			alone += len(texts)
		}
		for _, f := range r.Refusals {
			texts = append(texts, remediesOf(f.Reason)...)
		}
		for _, text := range texts {
			then, one := b, o
			then.Crews = slices.Clone(b.Crews)
			id, _ := heed(t, text, then.Crews, &one, tried)
			for k := range then.Crews {
				then.Crews[k].Version = int64(seed) + 2 // somebody changed it
			}
			if again := p.Rank(t.Context(), then, &one, types[o.Type]); !slices.Contains(ids(again), id) {
				t.Errorf("seed %d with %s: %v, %s", seed, text, ids(again), again.Why.Text)
			}
		}
	}
	bites(t, tried, 5)
	if alone < 10 {
		t.Errorf("only %d of them are of orders that nobody can take", alone)
	}
}

// And for scheduled work without a day: it gets that day, and nobody loses his.
func TestWhatWouldHelpAnOrderWithoutADayDoes(t *testing.T) {
	tried := map[string]int{}
	for seed := range uint64(20) {
		b, orders, types := tight(seed, 40)
		var days []core.DayBoard
		for n := range 4 {
			d := b
			d.Now = nine.AddDate(0, 0, n)
			d.Day, d.Workday = d.Now.Format(time.DateOnly), n != 1
			d.Crews = slices.Clone(b.Crews)
			days = append(days, core.DayBoard{Board: d})
		}
		for k := range orders {
			if a := &orders[k].Appointment; !a.From.IsZero() {
				a.From, a.To = a.From.AddDate(0, 0, k%4), a.To.AddDate(0, 0, k%4)
			}
		}
		p := dispatch.New(dispatch.Options{Seed: seed})
		plan, err := p.PlanDays(t.Context(), days, orders, types)
		if err != nil {
			t.Fatal(err)
		}
		if len(plan.Planned)+len(plan.Unplanned) != len(orders) {
			t.Fatalf("%d planned, %d not, of %d", len(plan.Planned), len(plan.Unplanned), len(orders))
		}
		var stand []core.WorkOrder
		for i := range orders {
			if at, ok := plan.Planned[orders[i].No]; ok {
				orders[i].Planned = &at
				stand = append(stand, orders[i])
			}
		}
		asked := 0
		for i := range orders {
			for _, text := range remediesOf(plan.Unplanned[orders[i].No]) {
				if asked++; asked > 8 {
					continue
				}
				all, then := append(slices.Clone(stand), orders[i]), slices.Clone(days)
				_, day, _ := strings.Cut(text, " on ")
				k := slices.IndexFunc(days, func(d core.DayBoard) bool { return d.Day == day })
				if k < 0 {
					t.Fatalf("%q names no day", text)
				}
				for n := range then {
					then[n].Frozen = n != k
				}
				then[k].Crews = slices.Clone(days[k].Crews)
				heed(t, text, then[k].Crews, &all[len(stand)], tried)
				again, err := p.PlanDays(t.Context(), then, all, types)
				if err != nil {
					t.Fatal(err)
				}
				if got := again.Planned[orders[i].No].Day; got != day {
					t.Errorf("seed %d, %s with %s is planned for %q: %s", seed, orders[i].No, text, got, again.Unplanned[orders[i].No].Text)
				}
				for no, had := range plan.Planned {
					if got := again.Planned[no]; got.Day != had.Day || had.Day != day && (got.CrewID != had.CrewID || got.Position != had.Position) {
						t.Errorf("seed %d, %s with %s: %s moves from %s to %s", seed, orders[i].No, text, no, had.Day, got.Day)
					}
				}
			}
		}
	}
	bites(t, tried, 5)
}
