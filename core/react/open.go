package react

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tundish/core"
	"tundish/core/intake"
	"tundish/core/life"
)

// OrderStore is what linking an order needs of the order store.
type OrderStore interface {
	core.Committer
	Order(ctx context.Context, no core.OrderNo) (core.WorkOrder, error)
}

// Opener opens orders for others. It may be killed at any moment: what is delivered again finds the order by the
// number of its message and links what is not linked yet.
type Opener struct {
	Store  OrderStore
	Intake *intake.Service
	Rules  func() *life.Rules
	Clock  core.Clock
}

// Deliver opens the order that a message of hub:create asks for.
func (p *Opener) Deliver(ctx context.Context, m core.OutboxMessage) core.Delivery {
	var wb core.WriteBack
	if err := json.Unmarshal(m.Payload, &wb); err != nil || wb.Reaction == nil {
		return core.Delivery{Outcome: core.RefusedByPeer, Code: "payload", Detail: fmt.Sprintf("the message owed cannot be read: %v", err)}
	}
	no, err := p.Intake.OpenFor(ctx, opened(&m, &wb), m.Order, m.Sequence, life.By{Actor: life.Hub("auto")})
	if err == nil {
		err = p.link(ctx, m.Order, no, wb.Reaction.Rule)
	}
	if err == nil {
		return core.Delivery{Outcome: core.Delivered, Code: string(no)}
	}
	return core.Delivery{Outcome: outcome(err), Code: core.CodeOf(err), Detail: err.Error()}
}

// Ask is not needed: an order that was opened is recognised.
func (p *Opener) Ask(context.Context, core.OutboxMessage) core.Delivery {
	return core.Delivery{Outcome: core.NotSent}
}

// outcome of what the house itself refused: bad input stays bad, everything else may pass.
func outcome(err error) core.DeliveryOutcome {
	switch core.KindOf(err) {
	case core.Invalid, core.NotFound, core.Denied:
		return core.RefusedByPeer
	}
	return core.TryLater
}

// opened is the order to be opened: what it takes over, and the order's text.
func opened(m *core.OutboxMessage, wb *core.WriteBack) core.WorkOrder {
	r, from := wb.Reaction, &wb.Order
	o := core.WorkOrder{Type: r.Type, Urgency: from.Urgency, Channel: "hub", Origin: &core.Origin{Order: m.Order, Rule: r.Rule, Depth: r.Depth}}
	takeOver(&o, from, r.Copy)
	if o.Report.Content == "" {
		o.Report.Content = strings.TrimSpace(r.Text.ZH + " " + r.Text.EN)
	}
	if o.Report.Content == "" {
		o.Report.Content = fmt.Sprintf("%s 的关联工单 opened for %s", m.Order, m.Order)
	}
	if o.Place.Address == "" && o.Place.Point == nil && o.Customer.Account == "" {
		o.Place, o.Customer = from.Place, from.Customer // the same place, unless something else was said
	}
	return o
}

// takeOver copies parts, or single fields, of one order to another.
func takeOver(to, from *core.WorkOrder, paths []string) {
	for _, path := range paths {
		switch path {
		case "customer":
			to.Customer = from.Customer
		case "place":
			to.Place = from.Place
		case "meter":
			to.Meter = from.Meter
		case "report":
			to.Report = from.Report
		case "appointment":
			to.Appointment = from.Appointment
		case "urgency":
			to.Urgency = from.Urgency
		default:
			life.CopyField(to, from, path)
		}
	}
}

var errLinked = errors.New("linked already")

// link notes on an order which one was opened for it.
func (p *Opener) link(ctx context.Context, no, opened core.OrderNo, rule string) error {
	rules := p.Rules()
	_, err := core.Decide(ctx, p.Store, no, func(o core.WorkOrder) (core.Unit, error) {
		if slices.Contains(o.Opened, opened) {
			return core.Unit{}, errLinked
		}
		return rules.Opened(o, opened, life.Step{Now: p.Clock.Now(), Actor: life.Hub("auto"), By: "auto", Remark: strings.TrimSpace(string(opened) + " " + rule)})
	})
	if errors.Is(err, errLinked) {
		return nil
	}
	return err
}
