package newconnectionsim

import (
	"sync"

	"tundish/adapters/sim"
	"tundish/core"
	"tundish/wsdl/newconnection"
	"tundish/wsdl/xml"
)

// Port is where the simulator listens unless told otherwise.
const Port = 9103

// NewConnection is the system.
const NewConnection core.SystemID = "newconnection"

// Options are those of every simulator.
type Options struct{ sim.Options }

// Sim is the simulator of new connections.
type Sim struct{ *sim.Host }

// bureau is the system: its applicants, and who talks to the hub.
type bureau struct {
	*sim.System
	host    *sim.Host
	hub     *newconnection.NewConnectionHubClient
	city    *sim.City
	pending []pending // by the time of registration; never changes

	mu        sync.Mutex        // of what follows; the books may be held outside of it
	installed map[string]string // references, by serial
}

// New makes a simulator. It does nothing until Run.
func New(o Options) (*Sim, error) {
	h, err := sim.NewHost("newconnection", Port, o.Options)
	if err != nil {
		return nil, err
	}
	system, err := h.AddSystem(NewConnection, sim.Ways{})
	if err != nil {
		return nil, err
	}
	b := &bureau{
		System: system, host: h, hub: newconnection.NewNewConnectionHubClient(system.Hub),
		city: sim.NewCity(h.Seed, h.FirstDay()), installed: map[string]string{},
	}
	if err := system.Serve(newconnection.NewNewConnectionSystemHandler(&service{b}), detail); err != nil {
		return nil, err
	}
	b.registerPending()
	if h.Drive {
		b.planDays()
	}
	return &Sim{h}, nil
}

// detail is the typed detail of the contract's faults.
func detail(err *core.Error, correlationID string) xml.Marshaler {
	return &newconnection.OrderFault{Code: err.Code, Message: err.Message, Field: err.Field, CorrelationId: correlationID}
}
