package dispatch

import (
	"fmt"
	"strings"

	"tundish/core"
	"tundish/dispatch/solver"
)

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

// refuse says why one crew may not have the order.
func refuse(f solver.Refusal) core.Refusal {
	r := core.Refusal{CrewID: string(f.Crew), Reason: core.Reason{Refused: map[string]int{}}}
	var en, zh []string
	for i, b := range f.Breaches {
		if i == 0 {
			r.Reason.Refused[label(b.Rule, b.Detail)] = 1
		}
		en = append(en, strings.TrimSpace(b.Rule.Text(solver.English)+" "+b.Detail))
		zh = append(zh, strings.TrimSpace(b.Rule.Text(solver.Chinese)+" "+b.Detail))
	}
	r.Reason.Text, r.Reason.TextZH = strings.Join(en, ", "), strings.Join(zh, "，")
	if f.Remedy != nil {
		r.Reason.WouldHelp = f.Remedy.Text(solver.English)
	}
	return r
}

func label(rule solver.Rule, detail string) string {
	if detail == "" {
		return string(rule)
	}
	return string(rule) + " " + detail
}

// why explains an order that nobody can take.
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
