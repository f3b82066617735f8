package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tundish/cmd/tundish/app"
	"tundish/config/codes"
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
					rows = append(rows, []string{m.ID, stamp(m.At, s.Config.Location), c.word(codes.Direction, string(m.Direction)), string(m.System), m.Operation, m.External, string(m.Order), c.word(codes.Result, m.Result), m.Took.Round(time.Millisecond).String(), m.Detail})
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
	f.BoolVar(&refused, "refused", false, c.t("only those refused or failed, as a whole or in part", "只看被拒或失败的（含部分被拒）"))
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
					fmt.Fprintf(c.out, "%s %s %s %s %s (%s)\n", m.ID, c.word(codes.Direction, string(m.Direction)), m.System, m.Operation, c.word(codes.Result, m.Result), m.Charset)
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
	return group("message", c.t("The message log", "报文日志"), c.jsonFlag(list), show, c.messageReplay())
}

func (c *cli) messageReplay() *cobra.Command {
	var system string
	var limit int
	var force bool
	cmd := &cobra.Command{
		Use:   "replay [ID…]",
		Short: c.t("Takes refused messages again, after what they were refused for was mended", "在修正原因之后，重新接收曾被拒绝的报文"),
		Long: c.t("Takes messages again as if their senders had sent them once more: the ones named, or all refused ones of a system. A message is left alone when a later one about the same order was taken since: the old state must not come back over the new one.",
			"如同来源系统再次发送一样重新接收报文：指定的报文，或某系统全部被拒报文。若同一工单此后已有报文被接收，则跳过，以免旧内容覆盖新内容。"),
		Example: "  tundish message replay 019e1583-7fc0-7295-aec7-1fa57e7fd81b\n  tundish message replay --system hotline",
		RunE: func(cmd *cobra.Command, ids []string) error {
			if (len(ids) == 0) == (system == "") {
				return core.Fail(core.Invalid, "required", "", "name messages, or a system with --system", "请指定报文，或用 --system 指定系统")
			}
			return c.withStore(cmd.Context(), func(s *app.Settings, st app.Store) error {
				if system != "" {
					ms, err := st.Messages(cmd.Context(), core.MessageQuery{System: core.SystemID(system), Direction: core.Inbound, Refused: true, Limit: limit})
					if err != nil {
						return err
					}
					for i := len(ms) - 1; i >= 0; i-- { // as they came
						ids = append(ids, ms[i].ID)
					}
				}
				return c.replay(cmd, s, st, ids, force)
			})
		},
	}
	cmd.Flags().StringVar(&system, "system", "", c.t("all refused messages of this system, oldest first", "该系统全部被拒报文，最早在前"))
	cmd.Flags().IntVar(&limit, "limit", 1000, c.t("how many, the latest ones", "条数，取最近的"))
	cmd.Flags().BoolVar(&force, "force", false, c.t("also those with a later message about the same order", "即使同一工单此后已有报文被接收"))
	return c.jsonFlag(cmd)
}

// replay tells of each message what became of it; refused ones make the answer no.
func (c *cli) replay(cmd *cobra.Command, s *app.Settings, st app.Store, ids []string, force bool) error {
	type line struct {
		ID        string `json:"id"`
		Operation string `json:"operation"`
		External  string `json:"external"`
		Result    string `json:"result"`
		Detail    string `json:"detail,omitempty"`
	}
	lines := []line{}
	var rows [][]string
	refused := 0
	err := app.Replay(cmd.Context(), s, st, ids, force, func(r app.Replayed) {
		l := line{ID: r.ID, Operation: r.Operation, External: r.External, Result: "ok"}
		if r.Later != "" {
			l.Result, l.Detail = "superseded", fmt.Sprintf(c.t("%s was taken since; --force takes this one all the same", "此后已接收 %s；仍要接收请用 --force"), r.Later)
		}
		if r.Refused != nil {
			refused++
			l.Result, l.Detail = core.CodeOf(r.Refused), c.say(r.Refused)
		}
		lines = append(lines, l)
		rows = append(rows, []string{l.ID, l.Operation, l.External, c.word(codes.Result, l.Result), l.Detail})
	})
	if err != nil {
		return err
	}
	if err := c.show(lines, []string{"ID", "OPERATION", "REF", "RESULT", "DETAIL"}, rows); err != nil {
		return err
	}
	if refused > 0 {
		return exitError(1)
	}
	return nil
}
