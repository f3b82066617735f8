package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tundish/cmd/tundish/app"
	"tundish/core"
	"tundish/core/lists"
)

var orderHeader = []string{"ORDER", "SYSTEM", "REF", "TYPE", "URGENCY", "PHASE", "CREW", "RECEIVED", "ADDRESS"}

// listView lists the first orders of a saved view, narrowed by the flags.
func (c *cli) listView(ctx context.Context, s *app.Settings, st app.Store, id, me string, by core.OrderQuery, after bool) error {
	v, err := lists.Find(s.Views, id)
	if err != nil {
		return err
	}
	if after || by.Find != "" {
		return core.Fail(core.Invalid, "not_together", "--view", "--after and --find go with a listing by number, not with a view", "--after、--find 只用于按单号列出，不能与 --view 同用")
	}
	q := v.For(me, s.Clock().Now())
	q.System, q.Crew, q.Limit = by.System, by.Crew, by.Limit
	if len(by.Phases) > 0 {
		q.Phases = by.Phases
	}
	if by.Type != "" {
		q.Types = []string{by.Type}
	}
	page, err := st.List(ctx, q)
	if err != nil {
		return err
	}
	if page.Next != "" && !c.json {
		defer fmt.Fprintf(c.err, c.t("the first %d; ask for more with --limit, at most 200\n", "仅列出前 %d 条；可用 --limit 增加，最多 200\n"), len(page.Orders))
	}
	return c.show(page.Orders, orderHeader, c.orderRows(s, page.Orders))
}

func (c *cli) orderRows(s *app.Settings, orders []core.WorkOrder) [][]string {
	var rows [][]string
	for i := range orders {
		rows = append(rows, c.orderRow(&orders[i], s.Config.Location))
	}
	return rows
}

// findOrders finds orders by what a caller says.
func (c *cli) findOrders() *cobra.Command {
	limit := 20
	cmd := &cobra.Command{
		Use:     "find TEXT",
		Short:   c.t("Finds orders by any number, name, phone or part of an address", "按任意编号、姓名、电话或地址片段查找工单"),
		Long:    c.t("Finds orders by any number, name, phone or part of an address; the best first. Each word must be found.\nSearch follows what is stored within about a second while a hub serves.", "按任意编号、姓名、电话或地址片段查找工单，最匹配的在前；每个词都须匹配。\n服务运行时，查找约滞后一秒。"),
		Example: "  tundish order find 王伟\n  tundish order find 梧桐路 12 --json",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withStore(cmd.Context(), func(s *app.Settings, st app.Store) error {
				found, err := st.Search(cmd.Context(), core.SearchQuery{Text: strings.Join(args, " "), Limit: limit})
				if err != nil {
					return err
				}
				return c.show(found, orderHeader, c.orderRows(s, found))
			})
		},
	}
	cmd.Flags().IntVar(&limit, "limit", limit, c.t("how many, at most 200", "条数，最多 200"))
	return cmd
}
