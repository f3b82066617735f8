package route

import (
	"context"
	"testing"
)

// An order that is worth its way is worth it too where work itself costs something for the sake of
// balance: who is left over is no matter of balance.
func TestBalanceLeavesNobodyOver(t *testing.T) {
	p := Problem{
		Metric: Metric{Ticks: 1},
		Orders: []Order{{ID: "1", At: Point{100, 0}, Service: 50, Penalty: 210}},
		Crews:  []Crew{{ID: "a", Shift: Window{0, 1000}}},
	}
	for _, balance := range []int64{0, 100, 400} {
		s, err := Solve(context.Background(), p, Options{Iterations: 100, Balance: balance})
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Unserved) > 0 {
			t.Errorf("with balance %d the order is left over, for %d of way and a penalty of 210", balance, 200)
		}
	}
}
