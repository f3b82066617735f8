package main

import (
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"tundish/cmd/tundish/app"
	"tundish/config/codes"
	"tundish/core"
	"tundish/core/react"
)

// orderDuplicates suggests what an order may be a duplicate of. Without a hub there is no index: it reads the open
// orders first.
func (c *cli) orderDuplicates() *cobra.Command {
	var metres float64
	var within time.Duration
	cmd := &cobra.Command{
		Use:     "duplicates ORDER",
		Short:   c.t("Suggests open orders that may be about the same matter, by place, time and kind", "按地点、时间和类别提示可能重复的工单"),
		Example: "  tundish order duplicates W26-0000012-3 --metres 300",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withStore(cmd.Context(), func(s *app.Settings, st app.Store) error {
				o, err := st.Order(cmd.Context(), core.OrderNo(args[0]))
				if err != nil {
					return err
				}
				index, err := react.NewDuplicates(st, zap.NewNop())
				if err == nil {
					err = index.Fill(cmd.Context())
				}
				if err != nil {
					return err
				}
				list, err := index.Of(cmd.Context(), &o, react.Near{Metres: metres, Within: within})
				if err != nil {
					return err
				}
				var rows [][]string
				for _, d := range list {
					rows = append(rows, []string{string(d.Order), c.word(codes.Type, d.Type), c.word(codes.Category, d.Category), c.word(codes.Phase, string(d.Phase)), strconv.Itoa(d.Metres), stamp(d.ReceivedAt, s.Config.Location), d.Address})
				}
				return c.show(list, []string{"ORDER", "TYPE", "CATEGORY", "PHASE", "METRES", "RECEIVED", "ADDRESS"}, rows)
			})
		},
	}
	cmd.Flags().Float64Var(&metres, "metres", 150, c.t("how far away, at most 5000", "距离（米），最多 5000"))
	cmd.Flags().DurationVar(&within, "within", 24*time.Hour, c.t("how far apart they were received", "接收时间相差多久以内"))
	return cmd
}
