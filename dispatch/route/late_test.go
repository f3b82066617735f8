package route

import (
	"context"
	"testing"
)

// Where the way by somebody's door is shorter than the straight one, as road tables have it,
// taking that somebody out makes the next one late: it is seen, and the tour is not taken for one
// that has all the time there is.
func TestTakingAnOrderOutMayMakeTheNextOneLate(t *testing.T) {
	home, door, next := Point{0, 0}, Point{10, 0}, Point{20, 0}
	p := Problem{
		Metric: Metric{Ticks: 1, Round: Nearest},
		Ways:   &Ways{Places: []Point{home, door, next}, Ticks: []int32{0, 10, 900, 10, 0, 10, 900, 10, 0}},
		Orders: []Order{{ID: "door", At: door, Service: 5, Penalty: 100_000}, {ID: "next", At: next, Service: 5, Windows: []Window{{0, 60}}, Penalty: 100_000}},
		Crews:  []Crew{{ID: "c", Start: home, End: home, Capacity: 10, Shift: Window{0, 5000}}},
	}
	if faults := Validate(p); len(faults) > 0 {
		t.Fatal(faults)
	}
	f := fold(&p)
	o := Options{Iterations: 1, Start: Plan{{0, 1}}}
	o.Start = f.plan(o.Start)
	m := compile(context.Background(), &f.p, o)
	s := newState(m)
	m.warm(s)
	w := m.hand(s)
	if s.tours[0].size != 2 {
		t.Fatalf("the plan to start from holds %d orders, not 2", s.tours[0].size)
	}
	w.begin()
	w.take(s.links[m.start(0)].next)
	w.settleRuined()
	if !w.late() {
		t.Error("the next one is begun 840 ticks too late, and nobody sees it")
	}
	if d := s.links[m.end(0)].depart; d < 0 || d <= 5000 {
		t.Errorf("the crew is back at %d", d)
	}
	w.undo()
	w.begin()
	w.take(s.links[m.end(0)].prev)
	w.settleRuined()
	if w.late() {
		t.Error("without the last one the crew is in time")
	}
}
