package react

import (
	"context"
	"fmt"
	"slices"

	"tundish/core"
	"tundish/core/classify"
	"tundish/core/life"
)

// CustomerFinder finds customers by their account, else by a telephone, at most so many; total is how many fit. It answers
// Unavailable when it cannot tell now.
type CustomerFinder interface {
	FindCustomers(ctx context.Context, account, phone string, most int) (found []core.CustomerRecord, total int, err error)
}

// LookUp fills in what billing knows of the customers of orders. While billing is away the order goes its way: the look-up
// is a message owed like any other, tried again until billing answers.
type LookUp struct {
	Store  OrderStore
	Finder CustomerFinder
	Rules  func() *life.Rules
	Clock  core.Clock
}

// mostMatches is how many customers of one telephone are looked at.
const mostMatches = 20

// Deliver looks up the customer of the order that a message of hub:customer is about.
func (l *LookUp) Deliver(ctx context.Context, m core.OutboxMessage) core.Delivery {
	o, err := l.Store.Order(ctx, m.Order)
	if err != nil {
		return core.Delivery{Outcome: outcome(err), Code: core.CodeOf(err), Detail: err.Error()}
	}
	if o.Phase.Ended() {
		return core.Delivery{Outcome: core.Delivered, Code: "ended"}
	}
	found, total, err := l.Finder.FindCustomers(ctx, o.Customer.Account, o.Customer.Phone, mostMatches)
	record, remark := choose(&o, found, total)
	switch kind := core.KindOf(err); {
	case err != nil && (kind == core.Invalid || kind == core.NotFound || kind == core.Denied):
		record, remark = nil, "the customer look-up was refused: "+err.Error()+" 查询被拒"
	case err != nil:
		if m.Attempts == 0 {
			l.note(ctx, m.Order, nil, "billing does not answer; the customer is looked up as soon as it does 营收系统无应答，恢复后自动查询")
		}
		return core.Delivery{Outcome: core.TryLater, Code: core.CodeOf(err), Detail: err.Error()}
	}
	if err := l.note(ctx, m.Order, record, remark); err != nil && core.CodeOf(err) != "ended" {
		return core.Delivery{Outcome: core.TryLater, Code: core.CodeOf(err), Detail: err.Error()}
	}
	code := "found"
	if record == nil {
		code = "not_found"
	}
	return core.Delivery{Outcome: core.Delivered, Code: code}
}

// Ask is not needed: a look-up that is done again changes nothing.
func (l *LookUp) Ask(context.Context, core.OutboxMessage) core.Delivery {
	return core.Delivery{Outcome: core.NotSent}
}

func (l *LookUp) note(ctx context.Context, no core.OrderNo, record *core.CustomerRecord, remark string) error {
	rules := l.Rules()
	_, err := core.Decide(ctx, l.Store, no, func(o core.WorkOrder) (core.Unit, error) {
		return rules.LookedUp(o, record, life.Step{Now: l.Clock.Now(), Actor: life.Hub("auto"), By: "system:" + string(rules.CustomersFrom), Remark: remark})
	})
	return err
}

// choose the customer of an order among those found, if it is clear which it is.
func choose(o *core.WorkOrder, found []core.CustomerRecord, total int) (*core.CustomerRecord, string) {
	by := "account " + o.Customer.Account + " 户号"
	if o.Customer.Account == "" {
		by = "its telephone 电话"
	}
	if len(found) > 1 && o.Place.Address != "" {
		here := slices.DeleteFunc(slices.Clone(found), func(c core.CustomerRecord) bool {
			return classify.Fold(c.Place.Address) != classify.Fold(o.Place.Address)
		})
		if len(here) == 1 {
			found = here
		}
	}
	switch len(found) {
	case 0:
		return nil, "billing knows no customer by " + by + "；营收系统无此用户"
	case 1:
		one, remark := found[0], "found by "+by
		if o.Customer.Account == "" && o.Place.Address != "" && classify.Fold(one.Place.Address) != classify.Fold(o.Place.Address) {
			one.Place, one.Meters = core.Place{}, nil // who calls about a leak in the street is not supplied there
			remark += "; the place and its meter are another's 地点与表具不属该用户，未补全"
		}
		return &one, remark
	}
	return nil, fmt.Sprintf("billing knows %d customers by %s; nothing was filled in 有多个用户，未补全", max(total, len(found)), by)
}
