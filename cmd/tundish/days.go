package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"tundish/cmd/tundish/app"
)

// planDays is `dispatch plan`.
func (c *cli) planDays() *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use:     "plan",
		Short:   c.t("Gives scheduled work its days ahead now, as the schedule in dispatch.horizon does", "立即为定期工单排定日期（同 dispatch.horizon 的计划任务）"),
		Example: "  tundish dispatch plan --dry-run\n  tundish dispatch plan --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withStore(cmd.Context(), func(s *app.Settings, st app.Store) error {
				res, err := app.PlanDays(cmd.Context(), s, st, dry)
				if err != nil {
					return err
				}
				if c.json {
					return c.show(res, nil, nil)
				}
				var rows [][]string
				for _, d := range res.Days {
					state := ""
					switch {
					case d.Off:
						state = c.t("nobody works", "休息")
					case d.Frozen:
						state = c.t("stays as it is", "不再变动")
					}
					rows = append(rows, []string{d.Day, fmt.Sprint(d.Orders), fmt.Sprint(d.Crews), fmt.Sprint(d.DriveMin), fmt.Sprint(d.Late), state})
				}
				if len(rows) > 0 {
					if err := table(c.out, []string{c.t("DAY", "日期"), c.t("ORDERS", "工单"), c.t("CREWS", "班组"), c.t("DRIVING MIN", "行驶分钟"), c.t("LATE", "逾期"), ""}, rows); err != nil {
						return err
					}
				}
				fmt.Fprintf(c.out, c.t("%d orders wait for their day: %d got one or another one, %d keep theirs, %d have none, %d had moved on\n", "%d 张工单待排日期：新排或改期 %d，保持 %d，未排定 %d，期间已变动 %d\n"), res.Waiting, res.Planned, res.Kept, res.Unplanned, res.Moved)
				if dry {
					fmt.Fprintln(c.out, c.t("nothing was written", "未写入任何内容"))
				}
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&dry, "dry-run", false, c.t("write nothing", "只计算，不写入"))
	return c.jsonFlag(cmd)
}
