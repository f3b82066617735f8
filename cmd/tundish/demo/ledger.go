package demo

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"tundish/cmd/tundish/app"
	"tundish/core"
	"tundish/core/reconcile"
)

// Line is one source of the ledger.
type Line struct {
	reconcile.Tally
	// Known counts answers to its submissions that the order was known.
	Known int `json:"known"`
}

// Ledger is the day by source, and what the books disagree on.
type Ledger struct {
	Sources     map[string]Line        `json:"sources"`
	Agree       bool                   `json:"agree"`
	Seconds     float64                `json:"seconds"`
	Differences []reconcile.Difference `json:"differences,omitempty"`
	// Faults of the write-back itself, from the systems' own counts.
	OutOfOrder int `json:"out_of_order"`
	Doubled    int `json:"doubled"`
	Conflicts  int `json:"conflicts"`
	// Happened is what the day had beside the main line.
	Happened Happened `json:"happened"`
	// Days are those that work was planned for.
	Days []PlannedDay `json:"days"`
	// Killed names during what the hub was killed and started again.
	Killed []string `json:"killed,omitempty"`

	order []string
}

// PlannedDay is what became of work that got a day.
type PlannedDay struct {
	Day     string `json:"day"`
	Planned int    `json:"planned"` // orders that are, or were, meant for it
	Ahead   int    `json:"ahead"`   // of them planned on an earlier day
	Given   int    `json:"given"`   // of them given to a crew on that very day
}

// days reads what was planned ahead.
func (d *Day) days(ctx context.Context) ([]PlannedDay, error) {
	byDay := map[string]*PlannedDay{}
	q := core.OrderQuery{Limit: 1000}
	for {
		page, err := d.store.Orders(ctx, q)
		if err != nil {
			return nil, err
		}
		for i := range page {
			p := page[i].Planned
			if p == nil {
				continue
			}
			n := byDay[p.Day]
			if n == nil {
				n = &PlannedDay{Day: p.Day}
				byDay[p.Day] = n
			}
			n.Planned++
			if p.MadeAt.In(zone).Format(time.DateOnly) < p.Day {
				n.Ahead++
			}
			if a := page[i].Assignment; a != nil && a.Day == p.Day {
				n.Given++
			}
		}
		if len(page) < q.Limit {
			break
		}
		q.After = page[len(page)-1].No
	}
	list := []PlannedDay{}
	for _, day := range slices.Sorted(maps.Keys(byDay)) {
		list = append(list, *byDay[day])
	}
	return list, nil
}

// Ledger reads every system's books over SOAP and holds them beside the store.
func (d *Day) Ledger(ctx context.Context) (*Ledger, error) {
	l := &Ledger{Sources: map[string]Line{}, Killed: d.killed}
	sims, err := d.simStats(ctx)
	if err != nil {
		return nil, err
	}
	for i := range d.settings.Systems {
		sys := &d.settings.Systems[i]
		tally, diff, err := app.Reconcile(ctx, d.settings, d.store, sys, quiet)
		if err != nil {
			return nil, err
		}
		s := sims[core.SystemID(sys.ID.V)]
		l.Sources[sys.ID.V] = Line{Tally: tally, Known: s.Known}
		l.order = append(l.order, sys.ID.V)
		l.Differences = append(l.Differences, diff...)
		l.OutOfOrder += s.OutOfOrder
		l.Doubled += s.Doubled
		l.Conflicts += s.Conflicts
	}
	if l.Happened, err = d.happened(ctx); err != nil {
		return nil, err
	}
	if l.Days, err = d.days(ctx); err != nil {
		return nil, err
	}
	l.Agree = len(l.Differences) == 0 && l.OutOfOrder == 0 && l.Doubled == 0 && l.Conflicts == 0
	l.Seconds = time.Since(d.started).Seconds()
	return l, nil
}

// Print writes the ledger for people.
func (l *Ledger) Print(w io.Writer, t func(en, zh string) string) {
	fmt.Fprintf(w, "\n%-14s %9s %6s %10s %9s %12s %5s %5s\n", t("source", "source"), "submitted", "known", "dispatched", "completed", "written back", "open", "dead")
	for _, id := range l.order {
		s := l.Sources[id]
		fmt.Fprintf(w, "%-14s %9d %6d %10d %9d %12d %5d %5d\n", id, s.Submitted, s.Known, s.Dispatched, s.Completed, s.WrittenBack, s.Open, s.Dead)
	}
	l.Happened.print(w, t)
	for _, d := range l.Days {
		fmt.Fprintf(w, t("%s: %d replacements were planned for it, %d of them on a day before; %d got a crew on that day\n", "%s：排入定期换表 %d 单，其中提前排定 %d 单；当日派给班组 %d 单\n"), d.Day, d.Planned, d.Ahead, d.Given)
	}
	for i, d := range l.Differences {
		if i == 20 {
			fmt.Fprintf(w, t("… and %d more\n", "……另有 %d 处\n"), len(l.Differences)-i)
			break
		}
		fmt.Fprintf(w, "%s %s %s: %s (%q, %q)\n", d.Ref, d.No, d.Field, t(d.Text.EN, d.Text.ZH), d.Hub, d.Source)
	}
	if l.OutOfOrder+l.Doubled+l.Conflicts > 0 {
		fmt.Fprintf(w, t("%d messages out of order, %d effects twice, %d orders with two numbers\n", "%d 条消息乱序，%d 次重复生效，%d 个工单有两个编号\n"), l.OutOfOrder, l.Doubled, l.Conflicts)
	}
	if l.Agree {
		fmt.Fprintf(w, t("the books of every system agree with the hub's, order by order (%.1f s)\n", "各系统账册与枢纽逐单一致（%.1f 秒）\n"), l.Seconds)
	} else {
		fmt.Fprintf(w, t("the books DISAGREE on %d points (%.1f s)\n", "账册有 %d 处不一致（%.1f 秒）\n"), len(l.Differences), l.Seconds)
	}
}
