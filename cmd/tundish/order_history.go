package main

import (
	"github.com/spf13/cobra"

	"tundish/cmd/tundish/app"
	"tundish/core"
	"tundish/core/react"
)

// orderHistory lists what else there was under an order's account, its meter and at its address.
func (c *cli) orderHistory() *cobra.Command {
	return &cobra.Command{
		Use:     "history ORDER",
		Short:   c.t("Lists other orders of the same account, meter or address, the newest first", "列出同一户号、表号或地址的其他工单，最新在前"),
		Example: "  tundish order history W26-0000012-3",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withStore(cmd.Context(), func(s *app.Settings, st app.Store) error {
				o, err := st.Order(cmd.Context(), core.OrderNo(args[0]))
				if err != nil {
					return err
				}
				list, err := react.History(cmd.Context(), st, &o)
				if err != nil {
					return err
				}
				var rows [][]string
				for i := range list {
					rows = append(rows, c.orderRow(&list[i], s.Config.Location))
				}
				return c.show(list, []string{"ORDER", "SYSTEM", "REF", "TYPE", "URGENCY", "PHASE", "CREW", "RECEIVED", "ADDRESS"}, rows)
			})
		},
	}
}
