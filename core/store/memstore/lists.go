package memstore

import (
	"cmp"
	"context"
	"slices"

	"tundish/core"
	"tundish/core/store/internal/find"
)

// List reads a page by looking at every order.
func (s *Store) List(ctx context.Context, query core.ListQuery) (core.OrderList, error) {
	var page core.OrderList
	if err := query.Check(); err != nil {
		return page, err
	}
	q := query.Prepared()
	from, err := find.Begin(&q)
	if err != nil {
		return page, err
	}
	var all []core.WorkOrder
	err = s.read(ctx, func() {
		for _, row := range s.orders {
			if o := &row.value; find.Fits(o, &q) && row.handled(q.HandledBy) {
				all = append(all, o.Clone())
			}
		}
	})
	slices.SortFunc(all, func(a, b core.WorkOrder) int {
		if q.ByDue {
			return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.No, b.No))
		}
		return cmp.Compare(b.No, a.No)
	})
	for _, o := range all {
		behind := from.No == "" || !q.ByDue && o.No < from.No || q.ByDue && cmp.Or(cmp.Compare(o.DueAt.UnixMilli(), from.Due), cmp.Compare(o.No, from.No)) > 0
		if !behind {
			continue
		}
		if len(page.Orders) == q.Limit {
			last := page.Orders[q.Limit-1]
			page.Next = find.Next(&q, find.Cursor{No: last.No, Due: last.DueAt.UnixMilli()})
			break
		}
		page.Orders = append(page.Orders, o)
	}
	return page, err
}

func (o *order) handled(by string) bool {
	return by == "" || slices.ContainsFunc(o.events, func(e core.Event) bool { return e.By == by && !slices.Contains(find.Silent(), e.Kind) })
}

// Count counts to a bound.
func (s *Store) Count(ctx context.Context, query core.ListQuery, most int) (n int, err error) {
	if err := query.Check(); err != nil {
		return 0, err
	}
	q := query.Prepared()
	err = s.read(ctx, func() {
		for _, row := range s.orders {
			if find.Fits(&row.value, &q) && row.handled(q.HandledBy) {
				n++
			}
		}
	})
	return min(n, most), err
}

// Search looks at every order.
func (s *Store) Search(ctx context.Context, q core.SearchQuery) ([]core.WorkOrder, error) {
	words, err := find.Words(q.Text)
	if err != nil {
		return nil, err
	}
	var all []core.WorkOrder
	err = s.read(ctx, func() {
		for _, row := range s.orders {
			if _, ok := find.Rank(&row.value, words); ok {
				all = append(all, row.value.Clone())
			}
		}
	})
	return find.Best(all, words, &q), err
}

// IndexOrders has nothing to do: every order is looked at.
func (s *Store) IndexOrders(ctx context.Context, _ core.IndexBatch) (core.Indexed, error) {
	return core.Indexed{Done: true}, s.read(ctx, func() {})
}
