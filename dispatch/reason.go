package dispatch

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"tundish/core"
	"tundish/dispatch/route"
)

// terms are what an order costs by name, in points: a second of driving is worth the
// weight of travel.
func (d *day) terms(t route.Terms) map[string]int64 {
	out := map[string]int64{"travel": t.Travel * d.travelW, "workload": t.Balance * d.travelW, "lateness": t.Lateness * d.travelW}
	for name, v := range map[string]int64{"going_out": t.Fixed, "disturbance": t.Disturbance, "district": t.Elsewhere} {
		if v != 0 {
			out[name] = v * d.travelW
		}
	}
	return out
}

// explain says why this crew, and by how much it was better than the next.
func (d *day) explain(order int, c route.Choice, second *route.Choice) core.Reason {
	r := core.Reason{Terms: d.terms(c.Terms)}
	from := d.problem.Crews[c.Crew].Start
	if c.After >= 0 {
		from = d.problem.Orders[c.After].At
	}
	r.Metres = d.metres(from, d.problem.Orders[order].At)
	km, work, id := float64(r.Metres)/1000, c.Work/60, d.crewID(c.Crew)
	if c.After < 0 {
		r.Text = fmt.Sprintf("crew %s: %.1f km away, %d min of work with this order", id, km, work)
		r.TextZH = fmt.Sprintf("班组 %s：距离 %.1f 公里，含本单共 %d 分钟工作量", id, km, work)
	} else {
		before := d.jobs[c.After].No
		r.Text = fmt.Sprintf("crew %s, after %s: %.1f km from there, %d min of work with this order", id, before, km, work)
		r.TextZH = fmt.Sprintf("班组 %s，排在 %s 之后：距离 %.1f 公里，含本单共 %d 分钟工作量", id, before, km, work)
	}
	if c.Relaxed {
		r.Text += "; it is on an urgent order, but nobody else can"
		r.TextZH += "；该班组正在处理紧急工单，但别无他人可派"
	}
	if second != nil {
		r.RunnerUp, r.RunnerUpTerms = d.crewID(second.Crew), d.terms(second.Terms)
		diff := cost(r.RunnerUpTerms) - cost(r.Terms)
		r.Text += fmt.Sprintf("; %s would cost %+d", r.RunnerUp, diff)
		r.TextZH += fmt.Sprintf("；改派 %s 的代价为 %+d", r.RunnerUp, diff)
	}
	return d.measured(r)
}

// measured says how ways were measured where that is not as the settings have it.
func (d *day) measured(r core.Reason) core.Reason {
	if d.straight.en != "" {
		r.Text, r.TextZH = r.Text+"; "+d.straight.en, r.TextZH+"；"+d.straight.zh
	}
	return r
}

// metres on the road between two places.
func (d *day) metres(a, b route.Point) int64 {
	const rad = math.Pi / 180
	h := math.Pow(math.Sin((b.Y-a.Y)*rad/2), 2) + math.Cos(a.Y*rad)*math.Cos(b.Y*rad)*math.Pow(math.Sin((b.X-a.X)*rad/2), 2)
	return int64(math.Round(2 * 6_371_008.8 * math.Asin(min(1, math.Sqrt(h))) * d.travel.Detour))
}

// refusals are every crew's that is not a candidate, in the board's sequence.
func (d *day) refusals(asked []route.Refusal) []core.Refusal {
	byID := map[string]core.Refusal{}
	for _, f := range asked {
		id := d.crewID(f.Crew)
		r := core.Reason{Refused: map[string]int{label(f.Rule, f.Detail): 1}}
		r.Text, r.TextZH = strings.TrimSpace(ruleTexts[f.Rule].en+" "+f.Detail), strings.TrimSpace(ruleTexts[f.Rule].zh+" "+f.Detail)
		if f.Remedy != nil {
			help := d.help(*f.Remedy)
			r.WouldHelp, r.WouldHelpZH = help.en, help.zh
		}
		byID[id] = core.Refusal{CrewID: id, Reason: r}
	}
	for id, why := range d.idle {
		byID[id] = core.Refusal{CrewID: id, Reason: core.Reason{Text: ruleTexts[why].en, TextZH: ruleTexts[why].zh, Refused: map[string]int{string(why): 1}}}
	}
	for id, why := range d.bad.crews {
		byID[id] = core.Refusal{CrewID: id, Reason: why}
	}
	var out []core.Refusal
	for i := range d.board.Crews {
		if f, ok := byID[d.board.Crews[i].ID]; ok {
			out = append(out, f)
			delete(byID, f.CrewID)
		}
	}
	return out
}

// nobody explains an order that no crew can take: how many crews each rule stopped, and
// what would have made it possible.
func (d *day) nobody(counts map[string]int, remedies []route.Remedy) core.Reason {
	total := len(d.board.Crews)
	if total == 0 {
		return core.Reason{Text: "there are no crews", TextZH: "没有班组", Refused: map[string]int{}}
	}
	all := map[string]int{}
	for k, n := range counts {
		all[k] = n
	}
	for _, why := range []route.Rule{ruleOffDuty, ruleNoPosition} {
		n := 0
		for _, w := range d.idle {
			if w == why {
				n++
			}
		}
		if n > 0 {
			all[string(why)] = n
		}
	}
	delete(all, faulty)
	r := core.Reason{Refused: all}
	var en, zh []string
	for _, step := range inSequence(all) {
		code, detail, _ := strings.Cut(step, " ")
		p := codeTexts[code]
		en = append(en, strings.TrimSpace(fmt.Sprintf("%d %s %s", all[step], p.en, detail)))
		zh = append(zh, strings.TrimSpace(p.zh+" "+detail)+fmt.Sprintf(" %d 个", all[step]))
	}
	r.Text = fmt.Sprintf("no crew can take it; of %d crews: %s", total, strings.Join(en, ", "))
	r.TextZH = fmt.Sprintf("无班组可派，共 %d 个班组：%s", total, strings.Join(zh, "，"))
	var helps []phrase
	for _, m := range remedies {
		helps = append(helps, d.help(m))
	}
	return d.measured(d.bad.mention(possibleWith(r, helps)))
}

// possibleWith adds to a reason what would have made it possible.
func possibleWith(r core.Reason, helps []phrase) core.Reason {
	if len(helps) == 0 {
		return r
	}
	var en, zh []string
	for _, h := range helps {
		en, zh = append(en, h.en), append(zh, h.zh)
	}
	r.WouldHelp, r.WouldHelpZH = strings.Join(en, "; "), strings.Join(zh, "；")
	r.Text += "; possible with " + strings.Join(en, ", or ")
	r.TextZH += "；可行办法：" + strings.Join(zh, "；或 ")
	return r
}

// inSequence are the labels of rules, in the sequence in which rules are asked.
func inSequence(counts map[string]int) []string {
	var out []string
	for step := range counts {
		out = append(out, step)
	}
	slices.SortFunc(out, func(a, b string) int {
		ca, _, _ := strings.Cut(a, " ")
		cb, _, _ := strings.Cut(b, " ")
		if d := slices.Index(codes, ca) - slices.Index(codes, cb); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return out
}

// help is a remedy in words.
func (d *day) help(r route.Remedy) phrase {
	var en, zh []string
	say := func(on bool, e, z string, args ...any) {
		if on {
			en, zh = append(en, fmt.Sprintf(e, args...)), append(zh, fmt.Sprintf(z, args...))
		}
	}
	minutes := func(ticks int64) int64 { return (ticks + 59) / 60 }
	say(r.Capacity > 0, "+%d min load cap", "工作量上限增加 %d 分钟", r.Capacity)
	say(r.More > 0, "+%d orders load cap", "工单数上限增加 %d", r.More)
	say(r.Overtime > 0, "+%d min overtime", "加班 %d 分钟", minutes(r.Overtime))
	say(r.Away > 0, "+%d min away", "外出时间增加 %d 分钟", minutes(r.Away))
	for _, name := range r.Serve {
		say(true, "district %s added", "增加片区 %s", name)
	}
	say(r.Lift, "the exclusion lifted", "取消排除")
	say(r.Unpin, "the pin taken away", "取消指定")
	id := d.crewID(r.Crew)
	return phrase{strings.Join(en, " and ") + " for crew " + id, "班组 " + id + " " + strings.Join(zh, "并")}
}
