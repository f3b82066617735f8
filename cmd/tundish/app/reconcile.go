package app

import (
	"context"
	"fmt"

	"go.uber.org/zap"

	"tundish/adapters/mapping"
	"tundish/config"
	"tundish/config/ordertype"
	"tundish/config/reactions"
	"tundish/core"
	"tundish/core/reconcile"
)

// Reconcile holds a system's own books, read over SOAP, beside the store.
func Reconcile(ctx context.Context, s *Settings, st Store, sys *config.System, log *zap.Logger) (reconcile.Tally, []reconcile.Difference, error) {
	books, err := s.Books(ctx, sys, log)
	if err != nil {
		return reconcile.Tally{}, nil, err
	}
	entries := make([]reconcile.Entry, len(books))
	for i := range books {
		entries[i] = books[i].Entry
	}
	var orders []reconcile.Order
	q := core.OrderQuery{System: core.SystemID(sys.ID.V), Limit: 1000}
	for {
		page, err := st.Orders(ctx, q)
		if err != nil {
			return reconcile.Tally{}, nil, fmt.Errorf("read the hub's orders of %s: %w", sys.ID.V, err)
		}
		for _, o := range page {
			owed, err := st.OutboxMessages(ctx, core.OutboxQuery{Order: o.No, Limit: 1000})
			if err != nil {
				return reconcile.Tally{}, nil, err
			}
			orders = append(orders, reconcile.Order{WorkOrder: o, Outbox: owed})
		}
		if len(page) < q.Limit {
			break
		}
		q.After = page[len(page)-1].No
	}
	tally, diff := reconcile.Compare(reconcile.Source{Photos: sys.Contract.V != "gis"}, entries, orders)
	return tally, diff, nil
}

// Schemas are the JSON Schemas of every settings file, by name.
func Schemas() map[string][]byte {
	all := config.Schemas()
	all[reactions.ChannelsSchema] = reactions.SchemaOfChannels()
	all[ordertype.SchemaName] = ordertype.Schema()
	all[mapping.SchemaName] = mapping.Schema()
	all[mapping.CasesSchemaName] = mapping.CasesSchema()
	return all
}
