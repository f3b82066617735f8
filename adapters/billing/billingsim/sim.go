package billingsim

import (
	"sync"

	"tundish/adapters/sim"
	"tundish/core"
	"tundish/wsdl/billing"
	"tundish/wsdl/xml"
)

// Port is where the simulator listens unless told otherwise.
const Port = 9102

// Billing is the system.
const Billing core.SystemID = "billing"

// Options are those of every simulator.
type Options struct{ sim.Options }

// Sim is the simulator of billing.
type Sim struct{ *sim.Host }

// office is the billing system: its customers, what is due, and who talks to the hub.
type office struct {
	*sim.System
	host *sim.Host
	hub  *billing.BillingHubClient

	due []due // by the time of registration; never changes

	mu       sync.Mutex // of what follows; the books may be held outside of it
	city     *sim.City
	scrapped map[string]string // order numbers, by serial
}

// New makes a simulator. It does nothing until Run.
func New(o Options) (*Sim, error) {
	h, err := sim.NewHost("billing", Port, o.Options)
	if err != nil {
		return nil, err
	}
	system, err := h.AddSystem(Billing, sim.Ways{Charset: xml.GB18030})
	if err != nil {
		return nil, err
	}
	b := &office{
		System: system, host: h, hub: billing.NewBillingHubClient(system.Hub), city: sim.NewCity(h.Seed, h.FirstDay()),
		scrapped: map[string]string{},
	}
	if err := system.Serve(billing.NewBillingSystemHandler(&service{b}), detail); err != nil {
		return nil, err
	}
	b.registerDue()
	if h.Drive {
		b.planDays()
	}
	return &Sim{h}, nil
}

// detail is the typed detail of the contract's faults.
func detail(err *core.Error, correlationID string) xml.Marshaler {
	return &billing.OrderFault{Code: err.Code, Message: err.Message, Field: err.Field, CorrelationId: correlationID}
}

// The system's codes and the house's, as config/systems/billing.yaml has them; a test
// holds the two together.
var (
	typeCodes   = sim.Table{{"DQHB", "scheduled_replacement"}, {"GZHB", "faulty_replacement"}, {"CB", "removal"}, {"FH", "recheck"}}
	statusCodes = sim.Table{
		{"YDJ", "received"}, {"YSL", "accepted"}, {"YPG", "dispatched"}, {"CF", "on_the_way"}, {"DC", "on_site"}, {"WG", "completed"},
		{"WFWC", "could_not_be_done"}, {"GQ", "on_hold"}, {"TD", "returned"}, {"ZF", "cancelled"}, {"GB", "closed"},
	}
	urgencyCodes = sim.Table{{"TJ", "emergency"}, {"JJ", "urgent"}, {"YB", "normal"}}
)
