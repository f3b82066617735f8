package dispatch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tundish/core"
	"tundish/dispatch/horizon"
	"tundish/dispatch/route"
)

// PlanDays gives orders one of several days each, and every day its routes. A frozen day keeps the plan that its
// orders have; orders whose data cannot be right, or whose appointment lies beyond the days, stay without one.
func (p *Planner) PlanDays(ctx context.Context, days []core.DayBoard, orders []core.WorkOrder, types core.OrderTypes) (core.DaysPlan, error) {
	out := core.DaysPlan{Planned: map[core.OrderNo]core.PlannedDay{}, Unplanned: map[core.OrderNo]core.Reason{}}
	var q horizon.Problem
	frames := make([]*day, len(days))
	number := map[string]int{}
	for i := range days {
		d := p.day(days[i].Board, nil)
		frames[i], number[days[i].Day] = d, i
		q.Days = append(q.Days, horizon.Day{Name: days[i].Day, Off: len(d.problem.Crews) == 0, Crews: d.problem.Crews})
		if q.Metric = d.problem.Metric; days[i].Workday {
			q.Periods = d.problem.Periods
		}
	}
	if len(days) == 0 {
		return out, nil
	}
	var jobs []Job
	var kept []core.WorkOrder // beside jobs
	for i := range orders {
		o := &orders[i]
		t, ok := types[o.Type]
		if !ok {
			out.Unplanned[o.No] = core.Reason{Text: fmt.Sprintf("order type %q is not configured", o.Type), TextZH: fmt.Sprintf("工单类型 %q 未配置", o.Type)}
			continue
		}
		j := jobOf(o, t)
		one := p.dayOrder(frames, number, &j)
		if o.Planned != nil { // whoever has a day goes before those who have none
			one.Penalty = min(8*one.Penalty, dearest)
		}
		if one.Latest < 0 {
			out.Unplanned[o.No] = core.Reason{Text: "its appointment lies beyond the days that are planned", TextZH: "预约日期超出规划范围"}
			continue
		}
		if faults := route.ValidateOrder(q.Metric, &one.Order); len(faults) > 0 {
			var why core.Reason
			for _, f := range faults {
				why = add(why, f)
			}
			out.Unplanned[o.No] = why
			continue
		}
		jobs, kept, q.Orders = append(jobs, j), append(kept, *o), append(q.Orders, one)
	}
	opts := p.engine()
	opts.Budget, opts.Iterations = p.opts.Budget, int64(max(stepsLeast, stepsPerOrder*len(jobs)))
	drive := make([]int64, len(days))
	for len(jobs) > 0 {
		before(&q, days, kept)
		s, err := horizon.Solve(ctx, q, horizon.Options{Route: opts, Fill: p.opts.Fill})
		if faulty := faultyOrders(&out, err); len(faulty) > 0 { // the others are planned all the same
			gone := map[int]bool{}
			for i := range jobs {
				gone[i] = faulty[jobs[i].No]
			}
			jobs, kept, q.Orders = without(jobs, gone), without(kept, gone), without(q.Orders, gone)
			continue
		}
		if err != nil {
			return out, core.Fail(core.Invalid, "plan", "", err.Error(), "多日规划数据有误："+err.Error())
		}
		p.readDays(&out, &q, &s, frames, jobs)
		for i := range s.Days {
			drive[i] = s.Days[i].Travel / 60
		}
		break
	}
	due := map[core.OrderNo]time.Time{}
	for i := range jobs {
		due[jobs[i].No] = jobs[i].DueAt
	}
	for i := range days {
		f := core.DayFigures{Day: days[i].Day, Off: q.Days[i].Off, Frozen: q.Days[i].Published != nil, DriveMin: drive[i]}
		crews := map[string]bool{}
		for no, at := range out.Planned {
			if at.Day != f.Day {
				continue
			}
			f.Orders++
			crews[at.CrewID] = true
			if by := due[no]; !by.IsZero() && by.In(days[i].Now.Location()).Format(time.DateOnly) < f.Day {
				f.Late++
			}
		}
		f.Crews = len(crews)
		out.Days = append(out.Days, f)
	}
	return out, nil
}

// faultyOrders are those that an error is about, with what is wrong as their reason.
func faultyOrders(out *core.DaysPlan, err error) map[core.OrderNo]bool {
	var faulty *horizon.FaultError
	if !errors.As(err, &faulty) {
		return nil
	}
	orders := map[core.OrderNo]bool{}
	for _, f := range faulty.Faults {
		if no := core.OrderNo(f.Order); no != "" {
			out.Unplanned[no] = add(out.Unplanned[no], route.Fault{Kind: f.Kind, Text: f.Text})
			orders[no] = true
		}
	}
	return orders
}

// dayOrder is a job as the horizon sees it. Latest is -1 where no day will do.
func (p *Planner) dayOrder(frames []*day, number map[string]int, j *Job) horizon.Order {
	zone := frames[0].board.Now.Location()
	last := len(frames) - 1
	one := horizon.Order{Latest: last, Deadline: last, PerDay: p.hundredths(p.opts.Weights.LatenessPerSecond) / 100 * 3600}
	if !j.DueAt.IsZero() {
		due := j.DueAt.In(zone).Format(time.DateOnly)
		one.Deadline = 0
		for i, d := range frames {
			if d.board.Day <= due {
				one.Deadline = i
			}
		}
	}
	on := 0
	if from := j.From.In(zone).Format(time.DateOnly); !j.From.IsZero() && from >= frames[0].board.Day {
		k, ok := number[from]
		if !ok {
			one.Latest = -1
			return one
		}
		on, one.Earliest, one.Latest = k, k, k
	}
	plain := *j
	plain.DueAt = time.Time{} // what is late by days is the days' business
	one.Order = p.order(frames[on], &plain)
	one.Promises = nil
	if len(one.Windows) > 0 && one.Earliest < one.Latest { // only its end lies ahead: a window has the ticks of one day
		to := j.To.In(zone).Format(time.DateOnly)
		one.Latest = 0
		for i, d := range frames {
			if d.board.Day < to {
				one.Latest = i
			}
		}
		if to > frames[0].board.Day {
			one.Windows = nil
		}
	}
	return one
}

// before is the plan that stands: frozen days keep it, the others begin with it.
func before(q *horizon.Problem, days []core.DayBoard, orders []core.WorkOrder) {
	type place struct{ day, crew string }
	at := map[place][]int{}
	for k := range orders {
		if p := orders[k].Planned; p != nil {
			at[place{p.Day, p.CrewID}] = append(at[place{p.Day, p.CrewID}], k)
		}
	}
	for i := range days {
		if q.Days[i].Off {
			continue
		}
		plan := make(route.Plan, len(q.Days[i].Crews))
		for r := range q.Days[i].Crews {
			plan[r] = at[place{days[i].Day, q.Days[i].Crews[r].ID}]
			slices.SortStableFunc(plan[r], func(a, b int) int { return orders[a].Planned.Position - orders[b].Planned.Position })
		}
		if days[i].Frozen {
			q.Days[i].Published = plan
		} else {
			q.Days[i].Planned = plan
		}
	}
}

// readDays puts the solution into the house's words.
func (p *Planner) readDays(out *core.DaysPlan, q *horizon.Problem, s *horizon.Solution, frames []*day, jobs []Job) {
	made := frames[0].board.Now.UTC().Truncate(time.Millisecond)
	for i, one := range s.Days {
		told := map[int]*route.Explanation{}
		for k := range one.Explained {
			told[one.Explained[k].Order] = &one.Explained[k]
		}
		for r, list := range one.Plan {
			for k, n := range list {
				at := core.PlannedDay{Day: q.Days[i].Name, CrewID: q.Days[i].Crews[r].ID, Position: k + 1, BeginAt: frames[i].time(one.Begin[r][k]), MadeAt: made}
				at.Reason.Text = fmt.Sprintf("%s, stop %d of %d of crew %s", at.Day, at.Position, len(list), at.CrewID)
				at.Reason.TextZH = fmt.Sprintf("%s，班组 %s 第 %d 站（共 %d 站）", at.Day, at.CrewID, at.Position, len(list))
				if e := told[n]; e != nil {
					at.Reason.Terms = frames[i].terms(e.Chosen.Terms)
					if e.RunnerUp != nil {
						at.Reason.RunnerUp, at.Reason.RunnerUpTerms = q.Days[i].Crews[e.RunnerUp.Crew].ID, frames[i].terms(e.RunnerUp.Terms)
					}
				}
				out.Planned[jobs[n].No] = at
			}
		}
	}
	for _, u := range s.Unserved {
		why := core.Reason{Refused: map[string]int{}}
		var en, zh []string
		for _, d := range u.Days {
			name := q.Days[d.Day].Name
			if len(d.Rules) == 0 {
				en, zh = append(en, name+": no crew of the day can"), append(zh, name+"：当日无班组可做")
				continue
			}
			var e, z []string
			for _, c := range d.Rules {
				code := label(c.Rule, c.Detail)
				why.Refused[code] += c.Crews
				text := codeTexts[codeOf(c.Rule)]
				e = append(e, strings.TrimSpace(fmt.Sprintf("%d %s %s", c.Crews, text.en, c.Detail)))
				z = append(z, strings.TrimSpace(text.zh+" "+c.Detail)+fmt.Sprintf(" %d 个", c.Crews))
			}
			en, zh = append(en, name+": "+strings.Join(e, ", ")), append(zh, name+"："+strings.Join(z, "，"))
		}
		var helps []phrase
		for _, m := range u.Remedies {
			h := frames[m.Day].help(m.Remedy)
			day := q.Days[m.Day].Name
			helps = append(helps, phrase{h.en + " on " + day, day + " " + h.zh})
		}
		if len(u.Days) == 0 {
			en, zh = append(en, "every day that it may have is full or frozen"), append(zh, "可选日期均已排满或已发布")
		}
		why.Text, why.TextZH = "no day was found: "+strings.Join(en, "; "), "未能排定日期："+strings.Join(zh, "；")
		out.Unplanned[jobs[u.Order].No] = possibleWith(why, helps)
	}
}
