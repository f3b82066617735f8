package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tundish/cmd/tundish/app"
	"tundish/core"
)

func (c *cli) message() *cobra.Command {
	var system, order, external, direction string
	var refused bool
	var limit int
	list := &cobra.Command{
		Use:     "list",
		Short:   c.t("Lists messages as they were on the wire, newest first", "列出报文日志，最新在前"),
		Example: "  tundish message list --refused\n  tundish message list --external HX20260511001",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if d := core.Direction(direction); d != "" && d != core.Inbound && d != core.Outbound {
				return core.Invalidf("unknown_direction", "--direction", "direction %q is not known; write in or out", "方向 %q 未知；请写 in 或 out", direction)
			}
			return c.withStore(cmd.Context(), func(s *app.Settings, st app.Store) error {
				ms, err := st.Messages(cmd.Context(), core.MessageQuery{System: core.SystemID(system), Order: core.OrderNo(order), External: external, Direction: core.Direction(direction), Refused: refused, Limit: limit})
				if err != nil {
					return err
				}
				var rows [][]string
				for _, m := range ms {
					rows = append(rows, []string{m.ID, stamp(m.At, s.Config.Location), string(m.Direction), string(m.System), m.Operation, m.External, string(m.Order), m.Result, m.Took.Round(time.Millisecond).String(), m.Detail})
				}
				return c.show(ms, []string{"ID", "AT", "DIR", "SYSTEM", "OPERATION", "REF", "ORDER", "RESULT", "TOOK", "DETAIL"}, rows)
			})
		},
	}
	f := list.Flags()
	f.StringVar(&system, "system", "", c.t("only messages of this system", "只看该系统"))
	f.StringVar(&order, "order", "", c.t("only messages of this order", "只看该工单"))
	f.StringVar(&external, "external", "", c.t("only messages of the source's number", "只看来源系统编号"))
	f.StringVar(&direction, "direction", "", "in, out")
	f.BoolVar(&refused, "refused", false, c.t("only refused or failed ones", "只看被拒或失败的"))
	f.IntVar(&limit, "limit", 50, c.t("how many", "条数"))
	show := &cobra.Command{
		Use:     "show ID",
		Short:   c.t("Prints a message whole, credentials cut out", "输出完整报文（不含凭据）"),
		Example: "  tundish message show 019e1583-7fc0-7295-aec7-1fa57e7fd81b",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withStore(cmd.Context(), func(_ *app.Settings, st app.Store) error {
				ms, err := st.Messages(cmd.Context(), core.MessageQuery{ID: args[0], WithBodies: true})
				if err != nil {
					return err
				}
				if len(ms) == 0 {
					return core.Fail(core.NotFound, "unknown_message", "", "there is no message "+args[0], "没有报文 "+args[0])
				}
				for _, m := range ms {
					fmt.Fprintf(c.out, "%s %s %s %s %s (%s)\n", m.ID, m.Direction, m.System, m.Operation, m.Result, m.Charset)
					if m.Bundle != "" {
						fmt.Fprintf(c.out, c.t("under version %s\n", "所用版本 %s\n"), m.Bundle)
					}
					fmt.Fprintf(c.out, "%s\n", m.Request)
					if len(m.Response) > 0 {
						fmt.Fprintf(c.out, "\n%s\n", m.Response)
					}
				}
				return nil
			})
		},
	}
	return group("message", c.t("The message log", "报文日志"), c.jsonFlag(list), show)
}
