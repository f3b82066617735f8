package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tundish/cmd/tundish/app"
	"tundish/config/codes"
	"tundish/core"
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
				rank, err := app.Explain(cmd.Context(), s, st, o.No)
				if err != nil && !core.IsKind(err, core.Conflict) {
					return err
				}
				if c.json {
					return c.show(map[string]any{"order": o.No, "phase": o.Phase, "assignment": o.Assignment, "unassigned": o.Unassigned, "now": rank}, nil, nil)
				}
				return c.explain(&o, rank, err)
			})
		},
	}
	return group("dispatch", c.t("Giving work to crews", "派工"), c.jsonFlag(explain), c.solve(), c.whatif())
}

// explain prints what was decided, then how it looks now.
func (c *cli) explain(o *core.WorkOrder, rank core.Ranking, unranked error) error {
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
	if o.Phase != core.Dispatching && o.Phase != core.Acceptance {
		return nil // who could take it now is nobody's question any more
	}
	if unranked != nil {
		fmt.Fprintln(c.out, c.say(unranked))
		return nil
	}
	fmt.Fprintln(c.out, c.t("\nas things stand now:", "\n按当前情况："))
	var rows [][]string
	for i, cand := range rank.Candidates {
		if i == 5 {
			break
		}
		t := cand.Reason.Terms
		rows = append(rows, []string{cand.CrewID, fmt.Sprint(cand.Cost), fmt.Sprint(t["travel"]), fmt.Sprint(t["workload"]), fmt.Sprint(t["lateness"]), fmt.Sprintf("%.1f km", float64(cand.Reason.Metres)/1000)})
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
