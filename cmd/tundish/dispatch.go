package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tundish/cmd/tundish/app"
	"tundish/config/codes"
	"tundish/core"
	"tundish/core/assign"
)

func (c *cli) dispatch() *cobra.Command {
	explain := &cobra.Command{
		Use:     "explain ORDER",
		Short:   c.t("Says why a crew has an order, who else could, and who could not", "解释派给谁、谁可以、谁不可以"),
		Example: "  tundish dispatch explain W26-0000012-3",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withStore(cmd.Context(), func(s *app.Settings, st app.Store) error {
				o, err := st.Order(cmd.Context(), core.OrderNo(args[0]))
				if err != nil {
					return err
				}
				e, err := app.Explain(cmd.Context(), s, st, o.No)
				if err != nil {
					return err
				}
				if c.json {
					return c.show(e, nil, nil)
				}
				return c.explain(&o, &e, s.Config.Location)
			})
		},
	}
	return group("dispatch", c.t("Giving work to crews", "派工"), c.jsonFlag(explain), c.planDays(), c.solve(), c.whatif())
}

// explain prints what was decided, then how it looks now.
func (c *cli) explain(o *core.WorkOrder, e *assign.Explanation, zone *time.Location) error {
	fmt.Fprintf(c.out, "%s  %s\n", o.No, strings.Join(c.inWords(o), " · "))
	if a := o.Assignment; a != nil {
		fmt.Fprintf(c.out, c.t("given to %s by %s: %s\n", "由 %[2]s 派给 %[1]s：%[3]s\n"), a.CrewID, a.By, c.t(a.Reason.Text, a.Reason.TextZH))
		if a.Reason.Override != "" {
			fmt.Fprintf(c.out, c.t("against the proposal, because: %s\n", "未按建议派工，原因：%s\n"), a.Reason.Override)
		}
	}
	if u := o.Unassigned; u != nil {
		fmt.Fprintf(c.out, c.t("no crew was found: %s\n", "未能派出：%s\n"), c.t(u.Text, u.TextZH))
		if u.WouldHelp != "" {
			fmt.Fprintf(c.out, c.t("possible with: %s\n", "可行办法：%s\n"), c.t(u.WouldHelp, u.WouldHelpZH))
		}
	}
	if a := o.Assignment; a != nil && len(a.Reason.Refused) > 0 {
		fmt.Fprintf(c.out, c.t("crews refused then: %s\n", "当时不可派的班组：%s\n"), c.counts(a.Reason.Refused))
	}
	if p := o.Planned; p != nil {
		fmt.Fprintf(c.out, c.t("planned for %s with crew %s: %s\n", "计划 %s 由班组 %s 上门：%s\n"), p.Day, p.CrewID, c.t(p.Reason.Text, p.Reason.TextZH))
	}
	c.terms(o)
	c.place(e.Stored, zone, c.t("as it was planned", "计划时"))
	c.place(e.Expected, zone, c.t("as things stand", "按当前情况"))
	if e.NotNow != nil {
		fmt.Fprintln(c.out, c.t(e.NotNow.Text, e.NotNow.TextZH))
	}
	if e.Now == nil {
		return nil
	}
	rank := e.Now
	fmt.Fprintln(c.out, c.t("\nas things stand now:", "\n按当前情况："))
	var rows [][]string
	for i, cand := range rank.Candidates {
		if i == 5 {
			break
		}
		t := cand.Reason.Terms
		rows = append(rows, []string{cand.CrewID, fmt.Sprint(cand.Cost), fmt.Sprint(t["travel"]), fmt.Sprint(t["workload"]), fmt.Sprint(t["lateness"] + t["arrival"]), fmt.Sprintf("%.1f km", float64(cand.Reason.Metres)/1000)})
	}
	if len(rows) > 0 {
		if err := table(c.out, []string{"CREW", "COST", "TRAVEL", "WORKLOAD", "LATENESS", "AWAY"}, rows); err != nil {
			return err
		}
	}
	if len(rank.Why.Refused) > 0 {
		fmt.Fprintf(c.out, c.t("crews refused: %s\n", "不可派的班组：%s\n"), c.counts(rank.Why.Refused))
	}
	if rank.Why.Text != "" {
		fmt.Fprintln(c.out, c.t(rank.Why.Text, rank.Why.TextZH))
	}
	return nil
}

// counts writes how many crews each rule stopped; some rules say which skill it was.
func (c *cli) counts(refused map[string]int) string {
	var parts []string
	for rule, n := range refused {
		name, detail, _ := strings.Cut(rule, " ")
		parts = append(parts, fmt.Sprintf("%s: %d", strings.TrimSpace(c.word(codes.Rule, name)+" "+detail), n))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// terms prints what an assignment cost when it was made.
func (c *cli) terms(o *core.WorkOrder) {
	a := o.Assignment
	if a == nil || len(a.Reason.Terms) == 0 {
		return
	}
	names := map[string]string{
		"travel": c.t("travel", "车程"), "workload": c.t("workload", "工作量"), "lateness": c.t("lateness", "超时"), "arrival": c.t("until the crew is there", "到达前等待"), "displaced": c.t("visits that made room", "让出时间的工单"),
		"going_out": c.t("going out", "出车"), "disturbance": c.t("disturbance", "改派扰动"), "district": c.t("outside of its districts", "跨片区"),
	}
	list := func(terms map[string]int64) string {
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(terms)) {
			if terms[name] != 0 {
				parts = append(parts, fmt.Sprintf("%s %d", cmp.Or(names[name], name), terms[name]))
			}
		}
		return strings.Join(parts, ", ")
	}
	fmt.Fprintf(c.out, c.t("its cost in seconds of driving: %s\n", "成本（折合秒车程）：%s\n"), list(a.Reason.Terms))
	if a.Reason.RunnerUp != "" {
		fmt.Fprintf(c.out, c.t("second was %s: %s\n", "次选 %s：%s\n"), a.Reason.RunnerUp, list(a.Reason.RunnerUpTerms))
	}
}

// place prints where in a crew's day an order stands.
func (c *cli) place(p *assign.Place, zone *time.Location, when string) {
	if p == nil {
		return
	}
	fmt.Fprintf(c.out, c.t("%s: stop %d of %d of crew %s, begun at %s", "%s：班组 %[4]s 第 %[2]d 站（共 %[3]d 站），%[5]s 开始"), when, p.Position, p.Of, p.CrewID, p.BeginAt.In(zone).Format("2006-01-02 15:04"))
	if p.After != "" {
		fmt.Fprintf(c.out, c.t(", after %s", "，在 %s 之后"), p.After)
	}
	if p.Before != "" {
		fmt.Fprintf(c.out, c.t(", before %s", "，在 %s 之前"), p.Before)
	}
	fmt.Fprintln(c.out)
}
