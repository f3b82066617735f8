package billing

import (
	"context"
	"fmt"

	"tundish/adapters/standard"
	"tundish/core"
	"tundish/core/react"
	wire "tundish/wsdl/billing"
)

// Customers finds customers in billing's books.
type Customers struct {
	peer   standard.Peer
	client *wire.BillingSystemClient
}

var _ react.CustomerFinder = (*Customers)(nil)

// NewCustomers makes a finder that asks a system.
func NewCustomers(p standard.Peer) (*Customers, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	return &Customers{peer: p, client: wire.NewBillingSystemClient(p.Client)}, nil
}

// FindCustomers asks by the account where there is one, else by the telephone.
func (c *Customers) FindCustomers(ctx context.Context, account, phone string, most int) ([]core.CustomerRecord, int, error) {
	h := c.peer.Reading()
	q := wire.GetCustomer{MessageId: h.MessageId, SentAt: h.SentAt, Account: account}
	if account == "" {
		q.Phone = phone
	}
	limit := wire.Limit(most)
	q.MaxMatches = &limit
	a, err := c.client.GetCustomer(ctx, &q)
	if err != nil {
		if k := core.KindOf(err); k == core.Invalid || k == core.NotFound || k == core.Denied {
			return nil, 0, fmt.Errorf("look up a customer: %w", err)
		}
		return nil, 0, &core.Error{Kind: core.Unavailable, Code: "billing_away", Message: "billing does not answer: look up a customer", MessageZH: "营收系统无应答", Err: err}
	}
	var found []core.CustomerRecord
	for i := range a.Match {
		m := &a.Match[i]
		record, err := c.peer.System.Customer(&m.Customer, m.Place, m.Meter)
		if err != nil {
			return nil, 0, fmt.Errorf("look up a customer: %w", err)
		}
		record.State = m.State
		found = append(found, record)
	}
	return found, int(a.Total), nil
}
