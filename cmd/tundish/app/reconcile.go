package app

import (
	"context"
	"fmt"
	"slices"

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
			one, err := withOutbox(ctx, st, o)
			if err != nil {
				return reconcile.Tally{}, nil, err
			}
			orders = append(orders, one)
		}
		if len(page) < q.Limit {
			break
		}
		q.After = page[len(page)-1].No
	}
	tally, diff := reconcile.Compare(reconcile.Source{Photos: sys.Contract.V != "gis"}, entries, orders)
	return tally, diff, nil
}

// withOutbox reads what is owed for an order. An order that owes more by then than it did when it was read, because a
// time limit rang in between, is read again.
func withOutbox(ctx context.Context, st Store, o core.WorkOrder) (reconcile.Order, error) {
	for range 5 {
		owed, err := st.OutboxMessages(ctx, core.OutboxQuery{Order: o.No, Limit: 1000})
		if err != nil {
			return reconcile.Order{}, err
		}
		before := o.ResultSequence
		if !slices.ContainsFunc(owed, func(m core.OutboxMessage) bool { return m.Sequence > before }) {
			return reconcile.Order{WorkOrder: o, Outbox: owed}, nil
		}
		if o, err = st.Order(ctx, o.No); err != nil {
			return reconcile.Order{}, err
		}
		if o.ResultSequence == before { // it did not move: the messages are nobody's
			return reconcile.Order{WorkOrder: o, Outbox: owed}, nil
		}
	}
	return reconcile.Order{}, core.Fail(core.Unavailable, "moving", "", fmt.Sprintf("order %s is being changed all the time; try again", o.No), fmt.Sprintf("工单 %s 正在频繁变更，请稍后重试", o.No))
}

// Schemas are the JSON Schemas of every settings file, by name.
func Schemas() map[string][]byte {
	all := config.Schemas()
	all[reactions.ChannelsSchema] = reactions.SchemaOfChannels()
	all[reactions.TriggersSchema] = reactions.SchemaOfTriggers()
	all[reactions.ClassificationSchema] = reactions.SchemaOfClassification()
	all[reactions.ClassificationCasesSchema] = reactions.SchemaOfClassificationCases()
	all[ordertype.SchemaName] = ordertype.Schema()
	all[mapping.SchemaName] = mapping.Schema()
	all[mapping.CasesSchemaName] = mapping.CasesSchema()
	return all
}
