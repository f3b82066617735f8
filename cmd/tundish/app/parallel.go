package app

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.uber.org/zap"

	"tundish/config"
	"tundish/core"
	"tundish/core/intake"
	"tundish/core/life"
	"tundish/core/pull"
	"tundish/core/reconcile"
)

// Period is when orders were received, From ≤ t < To; zero ends are open.
type Period struct{ From, To time.Time }

func (p Period) holds(t time.Time) bool {
	return (p.From.IsZero() || !t.Before(p.From)) && (p.To.IsZero() || t.Before(p.To))
}

// CompareSystems holds the orders that two systems brought in a period against each other. An
// order counts when either side received it in the period, so that one which came in before midnight here and
// after there is no difference.
func CompareSystems(ctx context.Context, st core.OrderReader, left, right core.SystemID, period Period, ignore []string) (reconcile.ParallelTally, []reconcile.ParallelDifference, error) {
	p := reconcile.NewParallel(ignore)
	err := received(ctx, st, left, period, func(page []core.WorkOrder) error {
		others, err := partners(ctx, st, page, right)
		for i := range page {
			p.Pair(&page[i], others[page[i].Ref])
		}
		return err
	})
	if err == nil {
		err = received(ctx, st, right, period, func(page []core.WorkOrder) error {
			others, err := partners(ctx, st, page, left)
			for i := range page {
				other := others[page[i].Ref]
				switch {
				case other == nil:
					p.Pair(nil, &page[i])
				case !period.holds(other.ReceivedAt): // else it was compared already
					p.Pair(other, &page[i])
				}
			}
			return err
		})
	}
	tally, diff := p.Result()
	return tally, diff, err
}

// CompareRows holds the orders that a system brought in a period against the rows of a list: an
// export of the system's own, read by a mapping. Nothing is written.
func CompareRows(ctx context.Context, s *Settings, st core.OrderReader, system core.SystemID, source pull.Source, period Period, ignore []string) (reconcile.ParallelTally, []reconcile.ParallelDifference, error) {
	p, rules := reconcile.NewParallel(ignore), s.Rules()
	listed := map[core.Ref]bool{}
	for page := 0; ; page++ {
		got, err := source.Fetch(ctx, pull.Window{From: period.From, To: period.To}, page, 1000)
		if err != nil {
			return reconcile.ParallelTally{}, nil, err
		}
		var refs []core.Ref
		for i := range got.Items {
			it := &got.Items[i]
			if it.Err != nil && it.Order.Ref.External == "" {
				return reconcile.ParallelTally{}, nil, fmt.Errorf("read a row: %w", it.Err)
			}
			it.Order.Ref.System = system
			_ = intake.Prepare(rules, &it.Order, s.Clock().Now()) // of one that would be refused, what it says is compared
			refs = append(refs, it.Order.Ref)
		}
		known, err := st.OrdersByRef(ctx, refs)
		if err != nil {
			return reconcile.ParallelTally{}, nil, err
		}
		for i := range got.Items {
			o := &got.Items[i].Order
			if listed[o.Ref] {
				continue
			}
			listed[o.Ref] = true
			if k, ok := known[o.Ref]; ok {
				p.Pair(&k.Order, o)
			} else {
				p.Pair(nil, o)
			}
		}
		if !got.More {
			break
		}
	}
	err := received(ctx, st, system, period, func(page []core.WorkOrder) error {
		for i := range page {
			if !listed[page[i].Ref] {
				p.Pair(&page[i], nil)
			}
		}
		return nil
	})
	tally, diff := p.Result()
	return tally, diff, err
}

// received reads the orders of a system that came in a period, page by page.
func received(ctx context.Context, st core.OrderReader, system core.SystemID, period Period, each func([]core.WorkOrder) error) error {
	q := core.OrderQuery{System: system, Limit: 1000}
	for {
		page, err := st.Orders(ctx, q)
		if err != nil {
			return fmt.Errorf("read the orders of %s: %w", system, err)
		}
		var in []core.WorkOrder
		for _, o := range page {
			if period.holds(o.ReceivedAt) {
				in = append(in, o)
			}
		}
		if err := each(in); err != nil {
			return err
		}
		if len(page) < q.Limit {
			return nil
		}
		q.After = page[len(page)-1].No
	}
}

// partners are the orders of another system under the same numbers, by the refs of orders.
func partners(ctx context.Context, st core.OrderReader, orders []core.WorkOrder, other core.SystemID) (map[core.Ref]*core.WorkOrder, error) {
	refs := make([]core.Ref, len(orders))
	for i := range orders {
		refs[i] = orders[i].Ref
		refs[i].System = other
	}
	known, err := st.OrdersByRef(ctx, refs)
	if err != nil {
		return nil, fmt.Errorf("read the orders of %s: %w", other, err)
	}
	out := map[core.Ref]*core.WorkOrder{}
	for i := range orders {
		if k, ok := known[refs[i]]; ok {
			out[orders[i].Ref] = &k.Order
		}
	}
	return out, nil
}

// List makes one of a system's lists ready to be read without leaving a trace: an entry of pull,
// files or tables of its mapping, or an operation of its contract.
func List(s *Settings, st Store, sys *config.System, name string) (source pull.Source, end func(), err error) {
	rules := s.Rules()
	in, err := intake.New(st, intake.Options{Clock: s.Clock(), Rules: func() *life.Rules { return rules }})
	if err != nil {
		return nil, nil, err
	}
	c, err := connect(s, sys, deps{intake: in, store: st, log: zap.NewNop(), clock: s.Clock()})
	if err != nil {
		return nil, nil, err
	}
	if source = c.sources[name]; source == nil {
		c.close()
		return nil, nil, core.Invalidf("unknown_operation", "--list", "system %s has no list %q; it has %v", "系统 %s 没有列表 %q；已有 %v", sys.ID.V, name, slices.Sorted(maps.Keys(c.sources)))
	}
	if t, ok := source.(pull.Tried); ok {
		source = t.Try()
	}
	return source, c.close, nil
}
