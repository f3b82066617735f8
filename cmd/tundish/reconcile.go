package main

import (
	"fmt"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"tundish/cmd/tundish/app"
	"tundish/core"
	"tundish/core/reconcile"
)

func (c *cli) runReconcile(cmd *cobra.Command, ids []string) error {
	return c.withStore(cmd.Context(), func(s *app.Settings, st app.Store) error {
		all := []reconcile.Difference{}
		orders := 0
		for _, id := range ids {
			sys := s.System(id)
			if sys == nil {
				known := make([]string, len(s.Systems))
				for i := range s.Systems {
					known[i] = s.Systems[i].ID.V
				}
				return core.Invalidf("unknown_system", "SYSTEM", "there is no system %q; known: %v", "没有系统 %q；已有：%v", id, known)
			}
			tally, diff, err := app.Reconcile(cmd.Context(), s, st, sys, zap.NewNop())
			if err != nil {
				return err
			}
			all = append(all, diff...)
			orders += tally.Submitted
		}
		var rows [][]string
		for _, d := range all {
			rows = append(rows, []string{d.Ref.String(), string(d.No), d.Field, c.value(d.Field, d.Hub), c.value(d.Field, d.Source), c.t(d.Text.EN, d.Text.ZH)})
		}
		if len(all) == 0 && !c.json {
			_, err := fmt.Fprintf(c.out, c.t("the books agree: %d orders compared\n", "账册一致：共核对 %d 单\n"), orders)
			return err
		}
		if err := c.show(all, []string{"REF", "ORDER", "FIELD", "HUB", "SOURCE", "WHAT"}, rows); err != nil {
			return err
		}
		if len(all) > 0 {
			return exitError(1)
		}
		return nil
	})
}
