package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tundish/cmd/tundish/app"
	"tundish/config/codes"
	"tundish/core"
)

var outboxHeader = []string{"MESSAGE", "TARGET", "ORDER", "SEQ", "KIND", "STATE", "TRIES", "CREATED", "DELIVERED", "LAST ERROR"}

func (c *cli) outboxRows(ms []core.OutboxMessage, zone *time.Location) [][]string {
	var rows [][]string
	for _, m := range ms {
		rows = append(rows, []string{m.ID, string(m.Target), string(m.Order), fmt.Sprint(m.Sequence), c.word(codes.WriteBack, string(m.Kind)), c.word(codes.MessageState, string(m.State)), fmt.Sprint(m.Attempts), stamp(m.CreatedAt, zone), stamp(m.DeliveredAt, zone), m.LastError})
	}
	return rows
}

func (c *cli) outbox() *cobra.Command {
	var target, order, state string
	var limit int
	list := &cobra.Command{
		Use:     "list",
		Short:   c.t("Lists what is owed to other systems, newest first", "列出回写消息，最新在前"),
		Example: "  tundish outbox list --state dead\n  tundish outbox list --target billing --state due,unknown",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			q := core.OutboxQuery{Target: core.SystemID(target), Order: core.OrderNo(order), Limit: limit}
			states := []core.MessageState{core.MessageDue, core.MessageUnknown, core.MessageDelivered, core.MessageDead, core.MessageSkipped}
			for _, s := range split(state) {
				if !slices.Contains(states, core.MessageState(s)) {
					return core.Invalidf("unknown_state", "--state", "state %q is not known; known: %v", "状态 %q 未知；可用：%v", s, states)
				}
				q.States = append(q.States, core.MessageState(s))
			}
			return c.withStore(cmd.Context(), func(s *app.Settings, st app.Store) error {
				ms, err := st.OutboxMessages(cmd.Context(), q)
				if err != nil {
					return err
				}
				for i := range ms {
					ms[i].Payload = nil
				}
				return c.show(ms, outboxHeader, c.outboxRows(ms, s.Config.Location))
			})
		},
	}
	f := list.Flags()
	f.StringVar(&target, "target", "", c.t("only messages to this system", "只看回写到该系统的消息"))
	f.StringVar(&order, "order", "", c.t("only messages of this order", "只看该工单的消息"))
	f.StringVar(&state, "state", "", "due, unknown, delivered, dead, skipped")
	f.IntVar(&limit, "limit", 50, c.t("how many", "条数"))
	retry := &cobra.Command{
		Use:     "retry MESSAGE…",
		Short:   c.t("Makes dead or waiting messages due now", "立即重试死信或等待中的消息"),
		Example: "  tundish outbox retry 019e1583-7fc0-7295-aec7-1fa57e7fd81b",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, ids []string) error {
			return c.withStore(cmd.Context(), func(_ *app.Settings, st app.Store) error {
				for _, id := range ids {
					if err := st.Requeue(cmd.Context(), id); err != nil {
						return fmt.Errorf("%s: %w", id, err)
					}
					fmt.Fprintln(c.out, id, c.t("is due now", "已重新排队"))
				}
				return nil
			})
		},
	}
	var by, reason string
	skip := &cobra.Command{
		Use:     "skip MESSAGE --reason TEXT",
		Short:   c.t("Gives a message up, so that the next one of its order can go", "放弃一条消息，使同一工单的后续消息继续"),
		Example: `  tundish outbox skip 019e1583-7fc0-7295-aec7-1fa57e7fd81b --reason "closed by hand in billing"`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, ids []string) error {
			if reason == "" {
				return core.Invalidf("required", "--reason", "a message is given up with a reason", "放弃消息必须填写原因")
			}
			return c.withStore(cmd.Context(), func(_ *app.Settings, st app.Store) error {
				return st.Skip(cmd.Context(), ids[0], by, reason)
			})
		},
	}
	skip.Flags().StringVar(&reason, "reason", "", c.t("why", "原因"))
	skip.Flags().StringVar(&by, "by", "console", c.t("who", "操作人"))
	attempts := &cobra.Command{
		Use:     "attempts MESSAGE",
		Short:   c.t("Shows every attempt to deliver a message", "查看一条消息的全部投递记录"),
		Example: "  tundish outbox attempts 019e1583-7fc0-7295-aec7-1fa57e7fd81b",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, ids []string) error {
			return c.withStore(cmd.Context(), func(s *app.Settings, st app.Store) error {
				owed, err := st.OutboxMessages(cmd.Context(), core.OutboxQuery{ID: ids[0], Limit: 1})
				if err != nil {
					return err
				}
				if len(owed) == 0 {
					return core.Fail(core.NotFound, "unknown_message", "", "there is no outbox message "+ids[0], "没有回写消息 "+ids[0])
				}
				list, err := st.Attempts(cmd.Context(), ids[0])
				if err != nil {
					return err
				}
				var rows [][]string
				for _, a := range list {
					rows = append(rows, []string{fmt.Sprint(a.Number), stamp(a.At, s.Config.Location), a.Took.Round(time.Millisecond).String(), c.word(codes.Attempt, string(a.Outcome)), c.word(codes.Result, a.Code), a.Detail})
				}
				return c.show(list, []string{"TRY", "AT", "TOOK", "OUTCOME", "CODE", "DETAIL"}, rows)
			})
		},
	}
	return group("outbox", c.t("Results owed to other systems", "回写消息"), c.jsonFlag(list), retry, skip, c.jsonFlag(attempts))
}
