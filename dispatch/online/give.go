package online

import (
	"cmp"
	"slices"

	"tundish/dispatch/route"
)

// Give gives an urgent order to the crew that Offer finds. What it pushes out goes where
// it costs least, so that no more than two routes change, or back to the pool if it
// has no place or one that costs more than its penalty; the answer names it. An order
// that nobody can take changes nothing.
func (b *Board) Give(o *route.Order) (Answer, error) {
	if err := b.checkNew(o); err != nil {
		return Answer{}, err
	}
	var j job
	b.compile(&j, o)
	found, relaxed := b.choose(&j)
	a := b.answer(&j, &found, relaxed)
	if a.Crew == "" {
		return a, nil
	}
	c := &found[0]
	var pushed []Stop
	for i := b.nodes[c.behind].next; i != c.before; i = b.nodes[c.behind].next {
		pushed = append(pushed, b.stops[i])
		b.take(i)
	}
	b.put(b.node(Stop{Order: *o, Urgent: true}, 0), c.behind)
	if len(pushed) > 0 {
		b.reseat(pushed, c.crew, a.Displaced)
	}
	if !b.grid.fits(o.At) {
		b.regrid()
	}
	return a, nil
}

// reseat finds places for stops that were pushed out of one crew's route, the dearest
// to leave out first, and fills in where they went.
func (b *Board) reseat(pushed []Stop, from int32, told []Displaced) {
	order := make([]int, len(pushed))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(pushed[y].Penalty, pushed[x].Penalty) })
	second := nobody
	for _, k := range order {
		s := &pushed[k]
		var j job
		b.compile(&j, &s.Order)
		at := noPlace
		if second == nobody {
			at = b.find(&j)
		} else {
			for _, r := range []int32{from, second} {
				if b.may(&j, r) {
					b.findIn(&j, r, &at)
				}
			}
		}
		told[k].Cost = s.Penalty
		if at.behind == nobody || s.Penalty > 0 && at.cost >= s.Penalty {
			continue
		}
		r := b.nodes[at.behind].tour
		if r != from {
			second = r
		}
		told[k].To, told[k].Cost = b.crews[r].ID, at.cost
		b.put(b.node(*s, 0), at.behind)
	}
}
