package app

import (
	"context"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/core/react"
)

// mostCustomers is how many customers of one telephone are listed.
const mostCustomers = 20

// FindCustomers asks the system that the settings name for customers, in this process, beside a hub or without one.
func FindCustomers(ctx context.Context, s *Settings, st Store, account, phone string) ([]core.CustomerRecord, int, error) {
	name := s.Config.Partners.CustomersFrom.V
	sys := s.System(name)
	if sys == nil {
		return nil, 0, core.Fail(core.Invalid, "no_customers", "partners.customers_from", "the settings name no system that customers are looked up in", "设置未指定用户查询系统")
	}
	log := zap.NewNop()
	conn, err := connect(s, sys, deps{store: st, messages: &messageLog{store: st, log: log}, log: log, clock: s.Clock(), intake: nil, open: true})
	if err != nil {
		return nil, 0, err
	}
	defer conn.close()
	if conn.finder == nil {
		return nil, 0, errNoCustomers()
	}
	ctx, cancel := context.WithTimeout(ctx, lookUpTime)
	defer cancel()
	return conn.finder.FindCustomers(ctx, account, phone, mostCustomers)
}

// customers is where the hub looks customers up; nil where the settings name no system.
func (h *Hub) customers() react.CustomerFinder {
	if from := h.links[core.SystemID(h.settings.Config.Partners.CustomersFrom.V)]; from != nil {
		return from
	}
	return nil
}
