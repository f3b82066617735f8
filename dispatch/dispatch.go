// Package dispatch knows what a good day of work is. It turns orders and crews into
// a problem for the solver and the solver's answer into rankings and plans with
// reasons that people can read, in both languages.
package dispatch

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tundish/core"
	"tundish/dispatch/solver"
)

// Options of a Planner.
type Options struct {
	// Travel turns straight lines into driving; zero fields take the solver's defaults.
	Travel solver.Travel
	// Weights of the soft costs; zero takes the solver's defaults.
	Weights solver.Weights
	// Budget bounds one batch run; 0 means 10 s.
	Budget time.Duration
	// Seed of the search: the same orders, crews and seed give the same plan.
	Seed uint64
}

// Planner ranks crews and plans batches. It holds no state.
type Planner struct{ opts Options }

// New makes a Planner.
func New(o Options) *Planner {
	if o.Budget == 0 {
		o.Budget = 10 * time.Second
	}
	return &Planner{opts: o}
}

// Rank says who may have the order now, best first.
func (p *Planner) Rank(b core.Board, o *core.WorkOrder, t *core.OrderType) core.Ranking {
	order := p.order(o, t)
	r, err := solver.Rank(p.problem(b, order), 0, p.solverOptions())
	if err != nil {
		return core.Ranking{Why: core.Reason{Text: err.Error(), TextZH: "数据有误，无法派工：" + err.Error()}}
	}
	out := core.Ranking{Why: refusals(r)}
	for i, c := range r.Candidates {
		var second *solver.Candidate
		switch {
		case i == 0 && len(r.Candidates) > 1:
			second = &r.Candidates[1]
		case i > 0:
			second = &r.Candidates[0]
		}
		reason := explain(c, second)
		reason.Refused = out.Why.Refused
		out.Candidates = append(out.Candidates, core.Candidate{CrewID: string(c.Crew), Cost: c.Terms.Cost.Total(), Reason: reason})
	}
	return out
}

// Plan proposes crews for many orders. Orders or crews whose data cannot be right are
// left out of the search and come back unassigned with the fault as their reason.
func (p *Planner) Plan(ctx context.Context, b core.Board, orders []core.WorkOrder, types core.OrderTypes) (core.Plan, error) {
	plan := core.Plan{Unassigned: map[core.OrderNo]core.Reason{}}
	minutes := make(map[solver.OrderID]int, len(orders))
	list := make([]solver.Order, 0, len(orders))
	for i := range orders {
		o := &orders[i]
		t, ok := types[o.Type]
		if !ok {
			plan.Unassigned[o.No] = core.Reason{Text: fmt.Sprintf("order type %q is not configured", o.Type), TextZH: fmt.Sprintf("工单类型 %q 未配置", o.Type)}
			continue
		}
		so := p.order(o, t)
		minutes[so.ID] = t.Minutes
		list = append(list, so)
	}
	problem, faults := solver.Sieve(p.problem(b, list...))
	for _, f := range faults {
		switch f.On {
		case solver.OnOrder:
			plan.Unassigned[core.OrderNo(f.ID)] = core.Reason{Text: f.Text, TextZH: "工单数据有误：" + f.Text}
		case solver.OnProblem:
			return core.Plan{}, core.Fail(core.Invalid, "plan", "", f.String(), "派工数据有误："+f.String())
		}
	}
	o := p.solverOptions()
	o.Budget = p.opts.Budget
	s, err := solver.Solve(ctx, problem, o)
	if err != nil {
		return core.Plan{}, err
	}
	for _, a := range s.Assigned {
		plan.Assignments = append(plan.Assignments, core.PlannedAssignment{
			Order: core.OrderNo(a.Order), CrewID: string(a.Chosen.Crew), Day: b.Day, Minutes: minutes[a.Order], Reason: explain(a.Chosen, a.RunnerUp),
		})
	}
	for _, u := range s.Unassigned {
		plan.Unassigned[core.OrderNo(u.Order)] = why(u)
	}
	return plan, nil
}

func (p *Planner) solverOptions() solver.Options {
	return solver.Options{Seed: p.opts.Seed, Weights: p.opts.Weights}
}

func (p *Planner) problem(b core.Board, orders ...solver.Order) solver.Problem {
	pr := solver.Problem{Now: b.Now, Travel: p.opts.Travel, Orders: orders}
	for i := range b.Crews {
		pr.Crews = append(pr.Crews, crew(b, &b.Crews[i]))
	}
	return pr
}

// crew is one crew with its one shift of the board's day.
func crew(b core.Board, c *core.Crew) solver.Crew {
	day := b.Days[c.ID]
	midnight := time.Date(b.Now.Year(), b.Now.Month(), b.Now.Day(), 0, 0, 0, 0, b.Now.Location())
	at := c.At()
	sc := solver.Crew{
		ID: solver.CrewID(c.ID), Start: solver.Point{Lat: at.Lat, Lon: at.Lon}, Districts: c.Districts,
		BusyUrgent: day.UrgentOrders > 0,
		OffDuty:    c.OffDuty || !b.Workday && !c.EveryDay,
		Shifts: []solver.Shift{{
			ID:   solver.ShiftID(b.Day),
			From: midnight.Add(time.Duration(c.ShiftStartMin) * time.Minute), To: midnight.Add(time.Duration(c.ShiftEndMin) * time.Minute),
			CapMinutes: c.CapMinutes, CapOrders: c.CapOrders,
			LoadMinutes: max(day.Minutes, 0), LoadOrders: max(day.Orders, 0),
		}},
	}
	for _, s := range c.Skills {
		sc.Skills = append(sc.Skills, solver.Skill{Name: s})
	}
	return sc
}

func (p *Planner) order(o *core.WorkOrder, t *core.OrderType) solver.Order {
	so := solver.Order{ID: solver.OrderID(o.No), ServiceMinutes: t.Minutes, District: o.Place.District, Urgent: o.Urgency != core.Normal, FinishBy: o.DueAt}
	if o.Place.Point != nil {
		so.Place = solver.Point{Lat: o.Place.Point.Lat, Lon: o.Place.Point.Lon}
	}
	if o.Urgency == core.Emergency {
		so.Priority = 2
	} else if o.Urgency == core.Urgent {
		so.Priority = 1
	}
	so.Priority += min(o.Expedite, 5)
	for _, s := range t.Skills {
		so.Skills = append(so.Skills, solver.Skill{Name: s})
	}
	if !o.Appointment.From.IsZero() {
		so.Windows = []solver.Window{{From: o.Appointment.From, To: o.Appointment.To}}
	}
	return so
}

func terms(t solver.Terms) map[string]int64 {
	return map[string]int64{"travel": t.Cost.Travel, "workload": t.Cost.Workload, "lateness": t.Cost.Lateness}
}

// explain says why this crew, and by how much it was better than the next.
func explain(c solver.Candidate, second *solver.Candidate) core.Reason {
	r := core.Reason{Terms: terms(c.Terms), Metres: int64(c.Terms.TravelMetres)}
	km := float64(c.Terms.TravelMetres) / 1000
	r.Text = fmt.Sprintf("crew %s: %.1f km away, %d min of work with this order", c.Crew, km, c.Terms.LoadMinutes)
	r.TextZH = fmt.Sprintf("班组 %s：距离 %.1f 公里，含本单共 %d 分钟工作量", c.Crew, km, c.Terms.LoadMinutes)
	if c.Relaxed {
		r.Text += "; it is on an urgent order, but nobody else can"
		r.TextZH += "；该班组正在处理紧急工单，但别无他人可派"
	}
	if second != nil {
		r.RunnerUp, r.RunnerUpTerms = string(second.Crew), terms(second.Terms)
		diff := second.Terms.Cost.Total() - c.Terms.Cost.Total()
		r.Text += fmt.Sprintf("; %s would cost %+d", second.Crew, diff)
		r.TextZH += fmt.Sprintf("；改派 %s 的代价为 %+d", second.Crew, diff)
	}
	return r
}

// refusals counts, per rule, the crews that it stopped first.
func refusals(r solver.Ranking) core.Reason {
	out := core.Reason{Refused: map[string]int{}}
	var help []string
	for _, f := range r.Refusals {
		if len(f.Breaches) > 0 {
			out.Refused[label(f.Breaches[0].Rule, f.Breaches[0].Detail)]++
		}
		if f.Remedy != nil && len(help) < 3 {
			help = append(help, f.Remedy.Text(solver.English))
		}
	}
	if len(r.Candidates) > 0 {
		return out
	}
	u := solver.Unassigned{Order: r.Order, Crews: len(r.Refusals)}
	counted := map[solver.RuleCount]int{}
	for _, f := range r.Refusals {
		if len(f.Breaches) == 0 {
			continue
		}
		k := solver.RuleCount{Rule: f.Breaches[0].Rule, Detail: f.Breaches[0].Detail}
		if _, ok := counted[k]; !ok {
			counted[k] = len(u.Stopped)
			u.Stopped = append(u.Stopped, k)
		}
		u.Stopped[counted[k]].Crews++
		if f.Remedy != nil && len(u.Remedies) < 3 {
			u.Remedies = append(u.Remedies, *f.Remedy)
		}
	}
	out.Text, out.TextZH = u.Text(solver.English), u.Text(solver.Chinese)
	out.WouldHelp = strings.Join(help, "; ")
	return out
}

func label(rule solver.Rule, detail string) string {
	if detail == "" {
		return string(rule)
	}
	return string(rule) + " " + detail
}

// why explains an order that the batch left out.
func why(u solver.Unassigned) core.Reason {
	r := core.Reason{Text: u.Text(solver.English), TextZH: u.Text(solver.Chinese), Refused: map[string]int{}}
	for _, c := range u.Stopped {
		r.Refused[label(c.Rule, c.Detail)] = c.Crews
	}
	var help []string
	for _, m := range u.Remedies {
		help = append(help, m.Text(solver.English))
	}
	r.WouldHelp = strings.Join(help, "; ")
	return r
}
