package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tundish/cmd/tundish/app"
	"tundish/config/codes"
	"tundish/core"
)

func (c *cli) order() *cobra.Command {
	var system, phase, kind, crew, find, after, view, me string
	var limit int
	list := &cobra.Command{
		Use:     "list",
		Short:   c.t("Lists orders", "列出工单"),
		Example: "  tundish order list --phase dispatch,field --system billing\n  tundish order list --find 100423 --json\n  tundish order list --view overdue",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withStore(cmd.Context(), func(s *app.Settings, st app.Store) error {
				q := core.OrderQuery{System: core.SystemID(system), Type: kind, Crew: crew, Find: find, After: core.OrderNo(after), Limit: limit}
				for _, p := range split(phase) {
					if !slices.Contains(core.Phases(), core.Phase(p)) {
						return core.Invalidf("unknown_phase", "--phase", "phase %q is not known; known: %v", "阶段 %q 未知；可用：%v", p, core.Phases())
					}
					q.Phases = append(q.Phases, core.Phase(p))
				}
				if view != "" {
					return c.listView(cmd.Context(), s, st, view, me, q, cmd.Flags().Changed("after"))
				}
				orders, err := st.Orders(cmd.Context(), q)
				if err != nil {
					return err
				}
				var rows [][]string
				for i := range orders {
					rows = append(rows, c.orderRow(&orders[i], s.Config.Location))
				}
				if len(orders) == limit && !c.json {
					defer fmt.Fprintf(c.err, c.t("the first %d; go on with --after %s, or ask for more with --limit\n", "仅列出前 %d 条；可用 --after %s 继续，或用 --limit 增加\n"), limit, orders[limit-1].No)
				}
				return c.show(orders, []string{"ORDER", "SYSTEM", "REF", "TYPE", "URGENCY", "PHASE", "CREW", "RECEIVED", "ADDRESS"}, rows)
			})
		},
	}
	f := list.Flags()
	f.StringVar(&view, "view", "", c.t("a view of views.yaml: to_accept, to_dispatch, overdue, all …", "views.yaml 中的视图：to_accept、to_dispatch、overdue、all 等"))
	f.StringVar(&me, "me", "console", c.t("who looks, as timelines name him, for the view mine", "视图 mine 的处理人（时间线上的名称）"))
	f.StringVar(&system, "system", "", c.t("only orders of this system", "只看该来源系统"))
	f.StringVar(&phase, "phase", "", c.t("only these phases, by comma", "只看这些阶段，逗号分隔"))
	f.StringVar(&kind, "type", "", c.t("only this order type", "只看该工单类型"))
	f.StringVar(&crew, "crew", "", c.t("only orders of this crew", "只看该班组"))
	f.StringVar(&find, "find", "", c.t("any number: ours, the source's, an account, a meter serial", "任意编号：本系统、来源系统、户号、表号"))
	f.StringVar(&after, "after", "", c.t("go on behind this order number", "从该工单号之后继续"))
	f.IntVar(&limit, "limit", 50, c.t("how many, at most 1000", "条数，最多 1000"))
	show := &cobra.Command{
		Use:     "show ORDER",
		Short:   c.t("Shows one order with its timeline and what is owed for it", "查看工单、时间线与待回写消息"),
		Example: "  tundish order show W26-0000012-3",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withStore(cmd.Context(), func(s *app.Settings, st app.Store) error {
				return c.showOrder(cmd, s, st, core.OrderNo(args[0]))
			})
		},
	}
	return group("order", c.t("Work orders", "工单"), c.jsonFlag(list), c.jsonFlag(c.findOrders()), c.jsonFlag(show), c.jsonFlag(c.orderDuplicates()), c.jsonFlag(c.orderHistory()))
}

func split(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}

func (c *cli) orderRow(o *core.WorkOrder, zone *time.Location) []string {
	crew := ""
	if o.Assignment != nil {
		crew = o.Assignment.CrewID
	}
	return []string{string(o.No), string(o.Ref.System), o.Ref.External, c.word(codes.Type, o.Type), c.word(codes.Urgency, string(o.Urgency)), c.word(codes.Phase, string(o.Phase)), crew, stamp(o.ReceivedAt, zone), o.Place.Address}
}

func stamp(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format("01-02 15:04:05")
}

func (c *cli) showOrder(cmd *cobra.Command, s *app.Settings, st app.Store, no core.OrderNo) error {
	ctx := cmd.Context()
	o, err := st.Order(ctx, no)
	if err != nil {
		return err
	}
	events, err := st.Events(ctx, no)
	if err != nil {
		return err
	}
	owed, err := st.OutboxMessages(ctx, core.OutboxQuery{Order: no})
	if err != nil {
		return err
	}
	if c.json {
		for i := range owed {
			owed[i].Payload = nil
		}
		return c.show(map[string]any{"order": o, "events": events, "outbox": owed}, nil, nil)
	}
	zone := s.Config.Location
	fmt.Fprintf(c.out, "%s  %s\n  %s\n", o.No, o.Ref, strings.Join(c.inWords(&o), " · "))
	fmt.Fprintf(c.out, "  %s %s  %s\n", o.Customer.Name, c.word(codes.District, o.Place.District), o.Place.Address)
	if p := o.Place.Point; p != nil {
		fmt.Fprintf(c.out, "  %.5f, %.5f (%s)", p.Lat, p.Lon, c.word(codes.PointSource, string(o.Place.PointSource)))
		if o.Place.PointSource == core.PointFromCentroid {
			fmt.Fprint(c.out, c.t(": only the centre of its district; look before you send somebody", "：仅为区域中心点，派工前请核实"))
		}
		fmt.Fprintln(c.out)
	}
	if o.Assignment != nil {
		fmt.Fprintf(c.out, "  %s\n", c.t(o.Assignment.Reason.Text, o.Assignment.Reason.TextZH))
	}
	fmt.Fprintln(c.out)
	var rows [][]string
	for _, e := range events {
		paths := make([]string, 0, len(e.Deltas))
		for _, d := range e.Deltas {
			if d.Path != "" {
				paths = append(paths, d.Path)
			}
		}
		rows = append(rows, []string{stamp(e.At, zone), c.word(codes.Event, string(e.Kind)), e.By, e.Remark, strings.Join(paths, " ")})
	}
	if err := table(c.out, []string{"AT", "EVENT", "BY", "REMARK", "CHANGED"}, rows); err != nil || len(owed) == 0 {
		return err
	}
	fmt.Fprintln(c.out)
	return table(c.out, outboxHeader, c.outboxRows(owed, zone))
}
