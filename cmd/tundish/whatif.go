package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tundish/core"
	"tundish/dispatch"
)

// whatif is what `dispatch whatif` was asked.
type whatif struct{ weights, off, broken, more []string }

func (c *cli) whatif() *cobra.Command {
	var ask whatif
	cmd := &cobra.Command{
		Use:   "whatif RECORD",
		Short: c.t("Plans a batch again that was written to dispatch.records, with something changed, and compares the two plans", "用 dispatch.records 中保存的批次在变更条件下重新规划，并比较两个方案"),
		Example: "  tundish dispatch whatif var/records/20260511-060000.json --off R1\n" +
			"  tundish dispatch whatif 20260511-060000.json --weight workload=0 --broken R2@10:30 --more R3 --json",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			var r dispatch.Record
			if err := json.Unmarshal(data, &r); err != nil || r.Board.Day == "" {
				return core.Invalidf("record", "RECORD", "%s is no batch as dispatch.records keeps it", "%s 不是 dispatch.records 保存的批次文件", args[0])
			}
			change, err := ask.change(&r)
			if err != nil {
				return err
			}
			out, err := dispatch.WhatIf(cmd.Context(), r, change)
			if err != nil {
				return err
			}
			if c.json {
				return c.show(out, nil, nil)
			}
			return c.showPlans(out)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&ask.weights, "weight", nil, c.t("a weight as in the settings, e.g. lateness=20: travel, urgent_travel, lateness, workload, disturbance or displaced (repeatable)", "权重，同设置文件，如 lateness=20；可选 travel、urgent_travel、lateness、workload、disturbance、displaced（可重复）"))
	f.StringArrayVar(&ask.off, "off", nil, c.t("a crew that is off sick (repeatable)", "请假的班组（可重复）"))
	f.StringArrayVar(&ask.broken, "broken", nil, c.t("a crew whose vehicle breaks down, CREW@HH:MM (repeatable)", "车辆故障的班组及时刻，班组@HH:MM（可重复）"))
	f.StringArrayVar(&ask.more, "more", nil, c.t("a crew of which there is one more (repeatable)", "增加一个与之相同的班组（可重复）"))
	return c.jsonFlag(cmd)
}

func (w *whatif) change(r *dispatch.Record) (dispatch.Change, error) {
	out := dispatch.Change{Off: w.off, More: w.more, Broken: map[string]time.Time{}}
	weights := r.Weights
	places := map[string]*int{"travel": &weights.TravelPerSecond, "urgent_travel": &weights.UrgentTravelPerSecond, "lateness": &weights.LatenessPerSecond, "workload": &weights.WorkloadPerMinute, "disturbance": &weights.Disturbance, "displaced": &weights.Displaced}
	for _, text := range w.weights {
		name, value, _ := strings.Cut(text, "=")
		n, err := strconv.Atoi(value)
		if places[name] == nil || err != nil || n < 0 || n > 100_000 {
			return out, core.Invalidf("weight", "--weight", "weight %q; give travel, urgent_travel, lateness, workload, disturbance or displaced = 0 to 100000", "权重 %q 无效；应为 travel、urgent_travel、lateness、workload、disturbance、displaced = 0 至 100000", text)
		}
		*places[name] = n
		out.Weights = &weights
	}
	for _, text := range w.broken {
		crew, at, _ := strings.Cut(text, "@")
		t, err := time.Parse("15:04", at)
		if err != nil {
			return out, core.Invalidf("broken", "--broken", "%q; give a crew and a time, R2@10:30", "%q 无效；应为班组与时刻，如 R2@10:30", text)
		}
		day := r.Board.Now
		out.Broken[crew] = time.Date(day.Year(), day.Month(), day.Day(), t.Hour(), t.Minute(), 0, 0, day.Location())
	}
	return out, nil
}

// showPlans prints two plans side by side, and what moved.
func (c *cli) showPlans(out dispatch.Comparison) error {
	row := func(en, zh string, of func(f dispatch.Figures) string) []string {
		return []string{c.t(en, zh), of(out.Before), of(out.After)}
	}
	rows := [][]string{
		row("orders served", "已派工单", func(f dispatch.Figures) string { return fmt.Sprint(f.Served) }),
		row("orders left over", "未派工单", func(f dispatch.Figures) string { return fmt.Sprint(f.Unserved) }),
		row("crews with work", "出动班组", func(f dispatch.Figures) string { return fmt.Sprint(f.Crews) }),
		row("minutes of driving", "行驶分钟", func(f dispatch.Figures) string { return fmt.Sprint(f.DriveMin) }),
		row("orders late", "超时工单", func(f dispatch.Figures) string { return fmt.Sprint(f.Late) }),
		row("minutes late in all", "超时分钟合计", func(f dispatch.Figures) string { return fmt.Sprint(f.LateMin) }),
		row("spread of work (CV)", "工作量离散（CV）", func(f dispatch.Figures) string { return fmt.Sprintf("%.3f", f.WorkSpread) }),
		row("busiest crew, minutes", "最忙班组分钟", func(f dispatch.Figures) string { return fmt.Sprint(f.LongestWork) }),
	}
	if err := table(c.out, []string{"", c.t("AS IT WAS", "原方案"), c.t("CHANGED", "变更后")}, rows); err != nil {
		return err
	}
	if len(out.Moves) == 0 {
		fmt.Fprintln(c.out, c.t("\nno order moves", "\n没有工单变动"))
		return nil
	}
	fmt.Fprintln(c.out)
	rows = nil
	crew := func(id string) string {
		if id == "" {
			return c.t("nobody", "无")
		}
		return id
	}
	for _, m := range out.Moves {
		rows = append(rows, []string{string(m.Order), crew(m.From), crew(m.To), c.t(m.Why.Text, m.Why.TextZH)})
	}
	return table(c.out, []string{c.t("ORDER", "工单"), c.t("FROM", "原班组"), c.t("TO", "现班组"), c.t("WHY", "原因")}, rows)
}
