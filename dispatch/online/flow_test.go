package online

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// The oracle tries every assignment.
func TestTheCheapestMatchingIsFound(t *testing.T) {
	left, shared := 0, 0
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 1))
		tasks, crews := 1+r.IntN(6), 1+r.IntN(4)
		arcs, penalty := make([][]arc, tasks), make([]int64, tasks)
		for i := range arcs {
			penalty[i] = int64(r.IntN(150))
			for c := range crews {
				if r.IntN(3) > 0 {
					arcs[i] = append(arcs[i], arc{crew: int32(c), cost: int64(r.IntN(100))})
				}
			}
		}
		step, room := make([]int64, crews), make([]int32, crews)
		for c := range step {
			step[c], room[c] = int64(r.IntN(40)), int32(1+r.IntN(3))
		}
		m := newMatching(arcs, penalty, step, room)
		m.solve()
		best := int64(math.MaxInt64)
		count := make([]int64, crews)
		var try func(i int, cost int64)
		try = func(i int, cost int64) {
			if i == tasks {
				best = min(best, cost)
				return
			}
			try(i+1, cost+penalty[i])
			for _, a := range arcs[i] {
				if count[a.crew] < int64(room[a.crew]) {
					count[a.crew]++
					try(i+1, cost+a.cost+(count[a.crew]-1)*step[a.crew])
					count[a.crew]--
				}
			}
		}
		try(0, 0)
		if m.cost() != best {
			t.Fatalf("seed %d: costs %d, the best %d", seed, m.cost(), best)
		}
		for i, c := range m.crew {
			if c == nobody {
				left++
			} else if !slices.Contains(m.has[c], int32(i)) {
				t.Fatalf("seed %d: crew %d does not know of task %d", seed, c, i)
			}
		}
		for c, list := range m.has {
			if len(list) > int(room[c]) {
				t.Fatalf("seed %d: crew %d has %v and room for %d", seed, c, list, room[c])
			}
			if len(list) > 1 {
				shared++
			}
		}
	}
	if left < 100 || shared < 100 {
		t.Errorf("%d left out, %d crews with several: the problems are too alike", left, shared)
	}
}
