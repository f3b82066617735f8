package online

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tundish/dispatch/route"
)

// Whatever happened to a board, it is the one that would be made of its crews now.
func TestABoardThatLivedIsAsOneMadeAnew(t *testing.T) {
	eachBoard(t, 200, func(t *testing.T, w *world, j judge, crews []Crew) {
		b := board(t, w, j, crews)
		for range 30 {
			c := &crews[w.IntN(len(crews))]
			switch w.IntN(7) {
			case 0:
				was, left := b.Route(c.ID), b.Drop(c.ID)
				if !reflect.DeepEqual(was, left) || b.Route(c.ID) != nil {
					t.Errorf("crew %s left %v, had %v", c.ID, left, was)
				}
			case 1:
				n := w.crew(c.ID, j)
				if err := b.Set(n); err != nil {
					t.Fatal(err)
				}
				if got := b.Route(c.ID); len(got) != len(n.Route) || len(got) > 0 && !reflect.DeepEqual(got, n.Route) {
					t.Errorf("crew %s is to visit %v, set %v", c.ID, got, n.Route)
				}
			case 2, 3:
				on := slices.ContainsFunc(snapshot(b), func(d Crew) bool { return d.ID == c.ID })
				if err := b.Move(c.ID, w.at(), int64(w.IntN(3000))); (err == nil) != on {
					t.Errorf("crew %s on the board: %v; moved: %v", c.ID, on, err)
				}
			case 4:
				if list := b.Route(c.ID); len(list) > 0 {
					if id := list[w.IntN(len(list))].ID; !b.Remove(id) || b.Remove(id) {
						t.Errorf("order %s was not removed once", id)
					}
				}
			case 5:
				o := w.order()
				if _, err := b.Give(&o); err != nil {
					t.Fatal(err)
				}
			case 6:
				j.now += int64(w.IntN(200))
				if err := b.Now(j.now); err != nil {
					t.Fatal(err)
				}
			}
			for _, s := range j.wrong(b) {
				t.Error(s)
			}
		}
		now := snapshot(b)
		if len(now) == 0 {
			return
		}
		anew := board(t, w, j, now)
		for range 5 {
			o := w.order()
			x, err := b.Offer(&o)
			y, err2 := anew.Offer(&o)
			if err != nil || err2 != nil {
				t.Fatal(err, err2)
			}
			if x.Terms.Total() != y.Terms.Total() || (x.Crew == "") != (y.Crew == "") {
				t.Errorf("%+v, anew %+v", x, y)
			}
		}
	})
}

func TestTheSameCallsGiveTheSameAnswers(t *testing.T) {
	eachBoard(t, 60, func(t *testing.T, w *world, j judge, crews []Crew) {
		a, b := board(t, w, j, crews), board(t, w, j, crews)
		for range 10 {
			o := w.order()
			x, _ := a.Give(&o)
			y, _ := b.Give(&o)
			if !reflect.DeepEqual(x, y) {
				t.Errorf("%+v and %+v", x, y)
			}
		}
		if !reflect.DeepEqual(snapshot(a), snapshot(b)) {
			t.Error("the boards differ")
		}
	})
}

// A crew that is too late already is not made later: whatever fits goes behind what is
// late.
func TestALateRouteIsNotMadeLater(t *testing.T) {
	late := 0
	eachBoard(t, 200, func(t *testing.T, w *world, j judge, crews []Crew) {
		j.now = 3000 // nobody set out when they should have
		b := board(t, w, j, crews)
		for range 5 {
			o := w.order()
			before := snapshot(b)
			a, err := b.Give(&o)
			if err != nil {
				t.Fatal(err)
			}
			for k, c := range snapshot(b) {
				was, is := j.walk(&before[k], before[k].Route), j.walk(&c, c.Route)
				if c.ID != a.Crew || was.fits {
					continue
				}
				late++
				if !is.fits && is.back > was.back && was.back > c.Shift.To {
					t.Errorf("crew %s was back at %d, shift ends %d, is now back at %d", c.ID, was.back, c.Shift.To, is.back)
				}
			}
		}
	})
	if late == 0 {
		t.Error("nobody was late: the boards are too easy")
	}
}

func TestWhatCannotBeRightIsRefusedWithAllThatIsWrong(t *testing.T) {
	o := Options{Metric: route.Metric{Globe: true, Ticks: 0.2}, Weights: DefaultWeights(60)}
	here := route.Point{X: 121.4, Y: 31.2}
	shift := route.Window{From: 28800, To: 61200}
	good := Crew{Crew: route.Crew{ID: "c1", Start: here, End: here, Shift: shift, Capacity: 10}}
	stop := func(id string, p route.Point) Stop { return Stop{Order: route.Order{ID: id, At: p}} }
	bad := []Crew{
		good,
		{Crew: route.Crew{ID: "c1", Start: here, End: here, Shift: shift}},
		{Crew: route.Crew{ID: "c3", Start: route.Point{X: 31.2, Y: 121.4}, End: here}},
		{Crew: route.Crew{ID: "c4", Start: here, End: here, Shift: route.Window{From: 9, To: 8}}, Route: []Stop{stop("", here), stop("x", route.Point{}), stop("y", here), stop("y", here)}},
		{Crew: route.Crew{ID: "c5", Start: here, End: here, Shift: shift}, Route: []Stop{stop("y", here), stop("far", route.Point{X: 10, Y: 50})}},
	}
	_, err := New(o, 0, bad)
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no list of faults", err)
	}
	for _, kind := range []route.FaultKind{route.FaultDuplicateID, route.FaultSwapped, route.FaultNoShift, route.FaultReversed, route.FaultNoID, route.FaultNoPlace, route.FaultFar} {
		if !slices.ContainsFunc(e.Faults, func(f route.Fault) bool { return f.Kind == kind }) {
			t.Errorf("no fault %s in %v", kind, err)
		}
	}
	for _, text := range []string{`"x"`, `"y"`, `"far"`, `"c3"`} {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%s is not named in %v", text, err)
		}
	}
	b, err := New(o, 0, []Crew{good})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []route.Order{
		{ID: "z"}, {ID: "z", At: route.Point{X: 31.2, Y: 121.4}}, {At: here}, {ID: "z", At: here, Service: -1},
		{ID: "z", At: here, Windows: []route.Window{{From: 2, To: 1}}}, {ID: "z", At: here, Parts: []int64{0, 1}}, {ID: "z", At: route.Point{X: 10, Y: 50}},
	} {
		if _, err := b.Offer(&w); !errors.As(err, &e) {
			t.Errorf("%+v was taken: %v", w, err)
		}
		c := good
		c.Route = []Stop{{Order: w}}
		if err := b.Set(c); !errors.As(err, &e) {
			t.Errorf("a route with %+v was taken: %v", w, err)
		}
	}
	if _, err := b.Give(&route.Order{ID: "z", At: here}); err != nil {
		t.Error(err)
	}
	if _, err := b.Give(&route.Order{ID: "z", At: here}); !errors.As(err, &e) {
		t.Errorf("an order was given twice: %v", err)
	}
	for _, w := range []Options{{}, {Metric: o.Metric}, {Metric: o.Metric, Weights: o.Weights, MaxDisplaced: 9}} {
		if _, err := New(w, 0, []Crew{good}); err == nil {
			t.Errorf("options %+v were taken", w)
		}
	}
}
