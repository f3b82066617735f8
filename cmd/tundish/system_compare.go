package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"tundish/cmd/tundish/app"
	"tundish/config"
	"tundish/core"
	"tundish/core/reconcile"
)

func (c *cli) systemCompare() *cobra.Command {
	var from, to, list string
	var ignore []string
	cmd := &cobra.Command{
		Use:   "compare SYSTEM (OTHER | --list NAME)",
		Short: c.t("Holds the orders of two systems, such as one in shadow mode and the live one, against each other", "逐单核对两个系统的工单，例如影子系统与正式系统"),
		Long: c.t("Compares by reference and by field what two systems brought in a period: a new way in that runs in shadow mode beside the\none that it will replace. With --list the other side is a list of the system's own, an entry of pull, files or tables of its\nmapping, which is read and left as it is. Exit status 1 when anything differs.",
			"按编号和字段核对两个系统在一段时间内送来的工单：新接入方式以 shadow 模式与将被替代者并行运行时使用。--list 时另一方为该系统映射中\npull、files 或 tables 的一项，只读取，不改动。有任何差异时退出码为 1。"),
		Example: "  tundish system compare new-hotline hotline --from 2026-05-01 --to 2026-05-08 --ignore channel,source_at\n  tundish system compare hotline --list export --json",
		Args:    cobra.RangeArgs(1, 2),
	}
	cmd.Flags().StringVar(&from, "from", "", c.t("first day on which orders were received, e.g. 2026-05-01", "接收日期起，如 2026-05-01"))
	cmd.Flags().StringVar(&to, "to", "", c.t("end of the period, e.g. 2026-05-08", "接收日期止（不含），如 2026-05-08"))
	cmd.Flags().StringVar(&list, "list", "", c.t("compare with this list of the system", "与该系统的此列表核对"))
	cmd.Flags().StringSliceVar(&ignore, "ignore", nil, c.t("fields that may differ; customer stands for all its parts", "允许不同的字段；customer 代表其全部下级字段"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if (len(args) == 2) == (list != "") {
			return core.Fail(core.Invalid, "required", "OTHER", "name one other side: a second system, or --list", "请指定一个核对对象：另一系统，或 --list")
		}
		return c.withStore(cmd.Context(), func(s *app.Settings, st app.Store) error {
			var period app.Period
			var err error
			if period.From, err = day("--from", from, s.Config.Location); err != nil {
				return err
			}
			if period.To, err = day("--to", to, s.Config.Location); err != nil {
				return err
			}
			var sides []*config.System
			for _, id := range args {
				sys, err := systemNamed(s, id)
				if err != nil {
					return err
				}
				sides = append(sides, sys)
			}
			left, right := core.SystemID(args[0]), list
			var tally reconcile.ParallelTally
			var diff []reconcile.ParallelDifference
			if list == "" {
				right = args[1]
				tally, diff, err = app.CompareSystems(cmd.Context(), st, left, core.SystemID(right), period, ignore)
			} else {
				source, end, e := app.List(s, st, sides[0], list)
				if e != nil {
					return e
				}
				defer end()
				tally, diff, err = app.CompareRows(cmd.Context(), s, st, left, source, period, ignore)
			}
			if err != nil {
				return err
			}
			return c.showCompared(args[0], right, tally, diff)
		})
	}
	return c.jsonFlag(cmd)
}

// showCompared prints what differs, and the sum of it.
func (c *cli) showCompared(left, right string, tally reconcile.ParallelTally, diff []reconcile.ParallelDifference) error {
	if c.json {
		if diff == nil {
			diff = []reconcile.ParallelDifference{}
		}
		if err := c.show(map[string]any{"tally": tally, "differences": diff}, nil, nil); err != nil {
			return err
		}
	} else {
		var rows [][]string
		for _, d := range diff {
			rows = append(rows, []string{d.Ref, d.Period, d.Field, c.value(d.Field, d.Left), c.value(d.Field, d.Right)})
		}
		if len(rows) > 0 {
			if err := c.show(nil, []string{"REF", "PERIOD", "FIELD", left, right}, rows); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintf(c.out, c.t("%s has %d orders, %s %d: %d are the same, %d differ, %d stand on one side only\n", "%s 有 %d 单，%s 有 %d 单：%d 单相同，%d 单有差异，%d 单仅一方有\n"),
			left, tally.Left, right, tally.Right, tally.Same, tally.Differ, tally.OnlyOne); err != nil {
			return err
		}
	}
	if !tally.Agree() {
		return exitError(1)
	}
	return nil
}

// systemNamed finds a system of the settings.
func systemNamed(s *app.Settings, id string) (*config.System, error) {
	if sys := s.System(id); sys != nil {
		return sys, nil
	}
	known := make([]string, len(s.Systems))
	for i := range s.Systems {
		known[i] = s.Systems[i].ID.V
	}
	return nil, core.Invalidf("unknown_system", "SYSTEM", "there is no system %q; known: %v", "没有系统 %q；已有：%v", id, known)
}
