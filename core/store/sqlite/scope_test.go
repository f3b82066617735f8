package sqlite_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/store/sqlite"
)

// scoped are lists that are kept to a station, or to a crew and what it is called to.
var scoped = map[string]core.OrderQuery{
	"station": {Within: &core.Reach{Depots: []string{"FAR"}}},
	"crew":    {Within: &core.Reach{Crew: "R9", Assists: "R9", Person: "zhang"}},
	"closed":  {Within: &core.Reach{Branches: []string{"B9"}, Depots: []string{"FAR"}}, Phases: []core.Phase{core.Closed}, Type: "leak", System: "hotline"},
}

// someFar stores n orders of which one in few is far away, with its crew.
func someFar(t testing.TB, s *sqlite.Store, n, few int) {
	t.Helper()
	for from := 0; from < n; from += 500 {
		var u core.Unit
		for i := from; i < min(n, from+500); i++ {
			o := core.WorkOrder{No: core.OrderNo(fmt.Sprintf("W26-%07d", i)), Ref: core.Ref{System: "hotline", External: fmt.Sprint("H", i)}, Type: "leak", Phase: core.Closed, ReceivedAt: time.UnixMilli(int64(i))}
			if o.Place.Depot = "NEAR"; i%few == 0 {
				o.Place.Depot, o.Place.Branch, o.Assignment = "FAR", "B9", &core.Assignment{CrewID: "R9"}
			}
			c, err := core.NewChange(nil, o, core.Event{Kind: core.EventReceived, By: "test", At: time.UnixMilli(int64(i))})
			if err != nil {
				t.Fatal(err)
			}
			u.Orders = append(u.Orders, c)
		}
		if out := s.Commit(t.Context(), u)[0]; out.Kind != core.Applied {
			t.Fatal(out.Error())
		}
	}
}

func indexed(t testing.TB, s *sqlite.Store) {
	t.Helper()
	for {
		done, err := s.IndexOrders(t.Context(), core.IndexBatch{Orders: 1000})
		if err != nil {
			t.Fatal(err)
		}
		if done.Done {
			return
		}
	}
}

// pages reads a list to its end.
func pages(t testing.TB, s *sqlite.Store, q core.OrderQuery) (nos []core.OrderNo) {
	t.Helper()
	for q.Limit = 7; ; {
		list, err := s.Orders(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for i := range list {
			nos = append(nos, list[i].No)
		}
		if len(list) < q.Limit {
			return nos
		}
		q.After = nos[len(nos)-1]
	}
}

// TestAListOfAStationIsExactWhileTheIndexLagsBehind: whatever waits to be indexed is listed as it is, also what left.
func TestAListOfAStationIsExactWhileTheIndexLagsBehind(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "tundish.db"), sqlite.Options{})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	someFar(t, s, 1000, 20)
	move := func(no core.OrderNo, change func(*core.WorkOrder)) {
		old, err := s.Order(t.Context(), no)
		if err != nil {
			t.Fatal(err)
		}
		next := old.Clone()
		change(&next)
		c, err := core.NewChange(&old, next, core.Event{Kind: core.EventTransferred, By: "test", At: time.UnixMilli(5000)})
		if err != nil {
			t.Fatal(err)
		}
		if out := s.Commit(t.Context(), core.Unit{Orders: []core.OrderChange{c}})[0]; out.Kind != core.Applied {
			t.Fatal(out.Error())
		}
	}
	look := func(when string, want int) {
		t.Helper()
		for name, q := range scoped {
			if got := pages(t, s, q); len(got) != want || !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != want {
				t.Errorf("%s, %s: %d orders, want %d: %v", when, name, len(got), want, got)
			}
		}
	}
	look("nothing is indexed", 50)
	indexed(t, s)
	look("all is indexed", 50)
	r := rand.New(rand.NewPCG(1, 1))
	for range 5 {
		move(core.OrderNo(fmt.Sprintf("W26-%07d", 20*r.IntN(50))), func(o *core.WorkOrder) { o.Place.Depot, o.Place.Branch, o.Assignment = "NEAR", "", nil })
	}
	left := len(pages(t, s, core.OrderQuery{Within: &core.Reach{Depots: []string{"NEAR"}}})) - 950
	move("W26-0000001", func(o *core.WorkOrder) {
		o.Place.Depot, o.Place.Branch, o.Assignment = "FAR", "B9", &core.Assignment{CrewID: "R9"}
	})
	look("some moved since", 51-left)
	indexed(t, s)
	look("and are indexed", 51-left)
}

// TestAListOfAStationWalksThroughNoOrders: its plan goes from the facts to the orders that have them.
func TestAListOfAStationWalksThroughNoOrders(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "tundish.db"), sqlite.Options{})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	someFar(t, s, 200, 20)
	for name, q := range scoped {
		before := s.Statements()
		pages(t, s, q)
		for _, text := range s.Statements() {
			if slices.Contains(before, text) || !strings.Contains(text, "LEFT JOIN history_orders") {
				continue
			}
			plan, err := s.Plan(t.Context(), text)
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range plan {
				if strings.HasPrefix(line, "SCAN orders") || strings.HasPrefix(line, "SCAN o ") {
					t.Errorf("%s: %s\n%s", name, line, strings.Join(plan, "\n"))
				}
			}
		}
	}
}

// BenchmarkListOfAStation reads a page of the orders of a station that has few beside -lists.orders, and of its crew.
func BenchmarkListOfAStation(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "tundish.db"), sqlite.Options{})
	if err := s.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	someFar(b, s, *listOrders, 1000)
	indexed(b, s)
	for name, q := range scoped {
		q.Limit = 1000
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if list, err := s.Orders(b.Context(), q); err != nil || len(list) == 0 {
					b.Fatal(len(list), err)
				}
			}
		})
	}
}
