package format

import (
	"cmp"
	"math"
	"slices"

	"tundish/dispatch/route"
)

// What leaving an order over costs beside the way there, in seconds of driving, and how
// many times as much with each step of priority.
const (
	leftOver     = 3600
	priorityStep = 3
)

// latitude is a degree of it in metres.
const latitude = 6371008.8 * math.Pi / 180

// demand is all that decides which crews may do an order of a day.
type demand struct{ skill, district int }

// pricer knows which crews may do the orders of a day.
type pricer struct {
	d    *day
	able map[demand][]int   // its crews
	both map[[2]demand]bool // whether somebody may do both
}

// priceDay says what leaving an order over costs, in seconds of driving: an hour, and the way
// there and back from the nearest other work or home of a crew that may do it. That way
// is not saved, as somebody has to go there on another day, so nobody is left over for living
// apart. Each step of priority makes it three times as much.
func priceDay(in *Instance, d *day) {
	p := &in.Problem
	pr := pricer{d: d, able: map[demand][]int{}, both: map[[2]demand]bool{}}
	ruler := p.Metric.Ruler()
	spots, homes := make([]route.Spot, len(d.Orders)), make([]route.Spot, len(d.Crews))
	for r := range homes {
		homes[r] = p.Metric.Spot(p.Crews[r].Start)
	}
	north := make([]int, len(d.Orders)) // the orders from south to north
	for k := range spots {
		spots[k], north[k] = p.Metric.Spot(p.Orders[k].At), k
	}
	slices.SortFunc(north, func(a, b int) int { return cmp.Compare(p.Orders[a].At.Y, p.Orders[b].At.Y) })
	for at, k := range north {
		way := int32(math.MaxInt32)
		for _, r := range pr.crews(pr.demand(k)) {
			way = min(way, ruler.Ticks(&homes[r], &spots[k]))
		}
		for _, step := range [2]int{-1, 1} {
			for n := at + step; n >= 0 && n < len(north); n += step {
				j := north[n]
				if math.Abs(p.Orders[j].At.Y-p.Orders[k].At.Y)*latitude*p.Metric.Ticks > float64(way) {
					break // whoever comes next is farther still
				}
				if pr.shared(pr.demand(k), pr.demand(j)) {
					way = min(way, ruler.Ticks(&spots[j], &spots[k]))
				}
			}
		}
		price := int64(leftOver)
		if way >= 0 && way < math.MaxInt32 { // a way too long to be counted is refused with the problem
			price += 2 * int64(way)
		}
		for range d.Orders[k].Priority {
			price *= priorityStep
		}
		p.Orders[k].Penalty = price
	}
}

func (p *pricer) demand(order int) demand {
	return demand{p.d.Orders[order].Skill, p.d.Orders[order].District}
}

// crews are those that may do what is demanded.
func (p *pricer) crews(a demand) []int {
	list, ok := p.able[a]
	if !ok {
		for r := range p.d.Crews {
			if w := &p.d.Crews[r]; slices.Contains(w.Skills, a.skill) && slices.Contains(w.Districts, a.district) {
				list = append(list, r)
			}
		}
		p.able[a] = list
	}
	return list
}

// shared tells whether some crew may do both.
func (p *pricer) shared(a, b demand) bool {
	both, ok := p.both[[2]demand{a, b}]
	if !ok {
		both = slices.ContainsFunc(p.crews(a), func(r int) bool { return slices.Contains(p.crews(b), r) })
		p.both[[2]demand{a, b}] = both
	}
	return both
}
