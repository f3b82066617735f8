package horizon_test

import (
	"fmt"
	"slices"
	"testing"

	"tundish/dispatch/horizon"
	"tundish/dispatch/route"
)

// Applied to its day, with everything else as planned, what is told would have helped does.
func TestWhatWouldGiveAnOrderItsDayDoes(t *testing.T) {
	tried, without := map[string]int{}, 0
	each(t, 150, func(t *testing.T, p horizon.Problem, o horizon.Options) {
		for d := range p.Days { // there is too much work
			p.Days[d].Crews = slices.Clone(p.Days[d].Crews)
			for k := range p.Days[d].Crews {
				c := &p.Days[d].Crews[k]
				c.Shift.To, c.MaxOrders, c.Capacity = c.Shift.To/3, 1+k*3+d, c.Capacity/3
			}
		}
		o.Route.Explain = true
		s := solve(t, p, o)
		for _, u := range s.Unserved {
			if len(u.Remedies) == 0 {
				without++
			}
			for _, r := range u.Remedies {
				day := &p.Days[r.Day]
				if !slices.Contains(r.Orders, u.Order) || p.Orders[u.Order].Earliest > r.Day || p.Orders[u.Order].Latest < r.Day || day.Off {
					t.Fatalf("order %s would be helped by %+v", p.Orders[u.Order].ID, r)
				}
				q := route.Problem{Metric: p.Metric, Crews: day.Crews}
				start := make(route.Plan, len(day.Crews))
				here := map[string]bool{}
				add := func(i int) {
					one := p.Orders[i].Order
					one.Day = ""
					here[one.ID] = true
					q.Orders = append(q.Orders, one)
				}
				for c, list := range s.Days[r.Day].Plan {
					for _, i := range list {
						start[c] = append(start[c], len(q.Orders))
						add(i)
						q.Orders[len(q.Orders)-1].Crew = day.Crews[c].ID
					}
				}
				change := r.Remedy
				change.Orders = nil
				for _, i := range r.Orders {
					change.Orders = append(change.Orders, len(q.Orders))
					add(i)
				}
				for i := range q.Orders {
					q.Orders[i].After = slices.DeleteFunc(slices.Clone(q.Orders[i].After), func(id string) bool { return !here[id] })
				}
				again := o.Route
				again.Start, again.StartBreaks = start, s.Days[r.Day].Breaks
				out, err := route.Solve(t.Context(), change.Apply(q), again)
				if err != nil {
					t.Fatal(err)
				}
				for _, v := range out.Unserved {
					t.Errorf("with %+v, order %s is left", r, q.Orders[v.Order].ID)
				}
				for what, is := range map[string]bool{"capacity": r.Capacity > 0, "more": r.More > 0, "overtime": r.Overtime > 0, "serve": len(r.Serve) > 0} {
					if is {
						tried[what]++
					}
				}
			}
		}
	})
	for _, what := range []string{"capacity", "more", "overtime", "serve"} {
		if tried[what] < 10 {
			t.Errorf("%s was tried %d times", what, tried[what])
		}
	}
	t.Logf("tried %v; %d orders have none", tried, without)
}

// Planned again from the plan that stands, nothing moves that has no reason to, whatever else comes in.
func TestAPlanThatStandsStays(t *testing.T) {
	found, kept := 0, 0
	each(t, 100, func(t *testing.T, p horizon.Problem, o horizon.Options) {
		first := solve(t, p, o)
		q := p
		q.Days, q.Orders = slices.Clone(p.Days), slices.Clone(p.Orders)
		for d := range q.Days {
			if first.Days[d].Plan != nil {
				q.Days[d].Planned = first.Days[d].Plan
			}
		}
		for i, d := range first.DayOf {
			if d >= 0 {
				q.Orders[i].Penalty *= 1000 // who was told of a day comes first
			}
		}
		for k := range 5 {
			q.Orders = append(q.Orders, horizon.Order{Order: route.Order{ID: fmt.Sprint("new", k), At: route.Point{X: float64(100 * k), Y: 500}, Service: 60, District: "0", Penalty: 1_000}, Latest: len(p.Days) - 1, Deadline: len(p.Days)})
		}
		s := solve(t, q, o)
		for _, wrong := range check(q, s) {
			t.Error(wrong)
		}
		for i, d := range first.DayOf {
			switch {
			case d < 0:
			case s.DayOf[i] < 0:
				t.Errorf("order %s has lost its day", p.Orders[i].ID)
			case s.DayOf[i] != d && p.Orders[i].Deadline >= d:
				t.Errorf("order %s moved from day %d to day %d", p.Orders[i].ID, d, s.DayOf[i])
			default:
				kept++
			}
		}
		for k := range 5 {
			if s.DayOf[len(p.Orders)+k] >= 0 {
				found++
			}
		}
	})
	if found < 100 || kept < 500 {
		t.Errorf("%d new orders found a day, %d kept theirs", found, kept)
	}
}

// A hole in an earlier day is filled by what is late where it is.
func TestWhatIsLateMovesForward(t *testing.T) {
	p := horizon.Problem{Metric: route.Metric{Ticks: 1}}
	for d := range 3 {
		p.Days = append(p.Days, horizon.Day{Name: fmt.Sprint("day", d), Crews: []route.Crew{{ID: "c", Shift: route.Window{From: 0, To: 1000}, Capacity: 100}}})
	}
	for k := range 5 {
		p.Orders = append(p.Orders, horizon.Order{Order: route.Order{ID: fmt.Sprint("o", k), At: route.Point{X: float64(k), Y: 1}, Service: 300, Penalty: 1_000_000}, Latest: 2, PerDay: 1000})
	}
	p.Days[0].Planned = route.Plan{{0}}
	p.Days[1].Planned = route.Plan{{1}}
	p.Days[2].Planned = route.Plan{{2, 3, 4}}
	s := solve(t, p, horizon.Options{Route: route.Options{Iterations: 100}})
	count := map[int]int{}
	for _, d := range s.DayOf {
		count[d]++
	}
	if count[0] != 3 || count[1] != 2 || s.DayOf[0] != 0 {
		t.Errorf("days %v", s.DayOf)
	}
	if s.Cost > 2*1000+50 {
		t.Errorf("it costs %d", s.Cost)
	}
}
