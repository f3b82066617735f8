package dispatch

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"tundish/core"
	"tundish/dispatch/route"
)

// Record is a batch as it was planned: enough to plan it again, with nothing of customers.
type Record struct {
	Board   core.Board `json:"board"`
	Jobs    []Job      `json:"jobs"`
	Travel  Travel     `json:"travel"`
	Weights Weights    `json:"weights"`
	Seed    uint64     `json:"seed"`
	Plan    core.Plan  `json:"plan"`
}

// record writes a batch down. Who the people of a crew are is nobody's business there.
func (p *Planner) record(b core.Board, jobs []Job, plan core.Plan) Record {
	b.Crews = slices.Clone(b.Crews)
	for i := range b.Crews {
		b.Crews[i].People, b.Crews[i].Phone = nil, ""
	}
	b.Days = maps.Clone(b.Days)
	return Record{Board: b, Jobs: slices.Clone(jobs), Travel: p.opts.Travel, Weights: p.opts.Weights, Seed: p.opts.Seed, Plan: plan}
}

// Change is what is different in a day that is planned again.
type Change struct {
	Weights *Weights             // nil: as they were
	Off     []string             // crews that are off sick
	Broken  map[string]time.Time // crews whose vehicle breaks down: from then on they do nothing
	More    []string             // crews of which there is one more, from its home and without load
}

// Comparison is a day planned again as it was, and with a change.
type Comparison struct {
	Before Figures `json:"before"`
	After  Figures `json:"after"`
	Moves  []Move  `json:"moves"`
}

// Figures sum a plan up.
type Figures struct {
	Served      int     `json:"served"`
	Unserved    int     `json:"unserved"`
	Crews       int     `json:"crews"`        // that have work of the plan
	DriveMin    int64   `json:"drive_min"`    // minutes of driving
	Late        int     `json:"late"`         // orders that end past their time limit
	LateMin     int64   `json:"late_min"`     // by how many minutes in all
	WorkSpread  float64 `json:"work_spread"`  // coefficient of variation of the crews' work
	LongestWork int64   `json:"longest_work"` // minutes of load and service of the busiest crew
}

// Move is an order that another crew has, "" for none.
type Move struct {
	Order core.OrderNo `json:"order"`
	From  string       `json:"from"`
	To    string       `json:"to"`
	// Why nobody has it any more.
	Why core.Reason `json:"why,omitzero"`
}

// WhatIf plans a day again, as it was and with a change, and compares the two.
func WhatIf(ctx context.Context, r Record, c Change) (Comparison, error) {
	for _, id := range slices.Concat(c.Off, c.More, slices.Sorted(maps.Keys(c.Broken))) {
		if !slices.ContainsFunc(r.Board.Crews, func(k core.Crew) bool { return k.ID == id }) {
			return Comparison{}, core.Invalidf("unknown_crew", "crew", "the day has no crew %q", "当日没有班组 %q", id)
		}
	}
	o := Options{Travel: r.Travel, Weights: r.Weights, Seed: r.Seed, Budget: time.Hour} // steps end it, so that it can be repeated
	before, was, _, err := figures(ctx, New(o), r.Board, r.Jobs)
	if err != nil {
		return Comparison{}, err
	}
	if c.Weights != nil {
		o.Weights = *c.Weights
	}
	b := c.apply(r.Board)
	after, is, plan, err := figures(ctx, New(o), b, c.free(&b, r.Jobs))
	if err != nil {
		return Comparison{}, err
	}
	out := Comparison{Before: before, After: after, Moves: []Move{}}
	for _, j := range r.Jobs {
		if was[j.No] != is[j.No] {
			out.Moves = append(out.Moves, Move{Order: j.No, From: was[j.No], To: is[j.No], Why: plan.Unassigned[j.No]})
		}
	}
	return out, nil
}

// apply is the board with the change.
func (c Change) apply(b core.Board) core.Board {
	var crews []core.Crew
	for _, k := range b.Crews {
		if at, ok := c.Broken[k.ID]; ok {
			at = at.In(b.Now.Location())
			minutes := at.Hour()*60 + at.Minute()
			if minutes <= k.ShiftStartMin {
				k.OffDuty = true
			}
			k.ShiftEndMin = min(k.ShiftEndMin, max(minutes, k.ShiftStartMin+1))
		}
		k.OffDuty = k.OffDuty || slices.Contains(c.Off, k.ID)
		crews = append(crews, k)
	}
	for _, id := range c.More {
		i := slices.IndexFunc(b.Crews, func(k core.Crew) bool { return k.ID == id })
		k := b.Crews[i]
		for slices.ContainsFunc(crews, func(o core.Crew) bool { return o.ID == k.ID }) {
			k.ID += "+"
		}
		k.Position, k.OffDuty = nil, false
		crews = append(crews, k)
	}
	b.Crews = crews
	return b
}

// free are the jobs with those taken off crews that do not do them, whoever decided that they do; their
// minutes are taken off the board. A crew whose vehicle breaks down later ends the work it is on.
func (c Change) free(b *core.Board, jobs []Job) []Job {
	jobs, b.Days = slices.Clone(jobs), maps.Clone(b.Days)
	for i := range jobs {
		j := &jobs[i]
		at, broken := c.Broken[j.Has]
		if off := slices.Contains(c.Off, j.Has); !off && (!broken || at.After(b.Now) && !j.Since.IsZero()) {
			continue
		}
		d := b.Days[j.Has]
		d.Minutes, d.Orders = d.Minutes-j.Minutes, d.Orders-1
		if j.Urgent {
			d.UrgentOrders--
		}
		b.Days[j.Has] = d
		j.Has, j.Pinned, j.Keep, j.Told, j.Next, j.Since = "", false, false, false, false, time.Time{}
	}
	return jobs
}

// figures plans a board, sums the plan up, and tells who then has which order.
func figures(ctx context.Context, p *Planner, b core.Board, jobs []Job) (Figures, map[core.OrderNo]string, core.Plan, error) {
	s, plan, err := p.solve(ctx, b, jobs)
	if err != nil {
		return Figures{}, nil, plan, err
	}
	f := Figures{Unserved: len(plan.Unassigned), Crews: s.Used, DriveMin: s.Travel / 60, WorkSpread: math.Round(s.Spread*1000) / 1000}
	d := p.day(b, jobs)
	with := map[core.OrderNo]string{}
	for crew, r := range plan.Routes {
		for _, s := range r.Stops {
			with[s.Order] = crew
		}
	}
	works := map[string]bool{}
	for r := range d.problem.Crews {
		works[d.crewID(r)] = true
	}
	for i := range jobs { // what is in no route stays where it is
		j := &jobs[i]
		switch _, planned := with[j.No]; {
		case planned || j.Has != "" && works[j.Has]:
			f.Served++
			with[j.No] = cmp.Or(with[j.No], j.Has)
		case j.Has != "":
			f.Unserved++
		}
	}
	for _, e := range s.Explained { // the same jobs make the same day
		j := &d.jobs[e.Order]
		if end := e.Chosen.Begin + int64(j.Minutes)*60; !j.DueAt.IsZero() && end > d.tick(j.DueAt) {
			f.Late++
			f.LateMin += (end - d.tick(j.DueAt)) / 60
		}
	}
	for r := range s.Plan {
		f.LongestWork = max(f.LongestWork, work(&d.problem, &s, r)/60)
	}
	return f, with, plan, nil
}

// work is what a crew has to do in ticks, ways left out: its load and service.
func work(p *route.Problem, s *route.Solution, r int) int64 {
	sum := p.Crews[r].Load
	for _, i := range s.Plan[r] {
		sum += p.Orders[i].Service
	}
	return sum
}
