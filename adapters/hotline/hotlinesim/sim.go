package hotlinesim

import (
	"tundish/adapters/sim"
	"tundish/adapters/soap"
	"tundish/core"
	"tundish/wsdl/hotline"
	"tundish/wsdl/xml"
)

// Port is where the simulator listens unless told otherwise.
const Port = 9101

// The two systems.
const (
	Hotline core.SystemID = "hotline"
	Website core.SystemID = "website"
)

// Options are those of every simulator, and what is special here.
type Options struct {
	sim.Options
	// Unhappy is how many customers of a day are not satisfied when the hotline calls them
	// after the work, so that their orders are opened again. Default 0.
	Unhappy int
}

// Sim is the simulator of hotline and website.
type Sim struct{ *sim.Host }

// New makes a simulator. It does nothing until Run.
func New(o Options) (*Sim, error) {
	h, err := sim.NewHost("hotline", Port, o.Options)
	if err != nil {
		return nil, err
	}
	city := sim.NewCity(h.Seed, h.FirstDay())
	for _, s := range []struct {
		id    core.SystemID
		ways  sim.Ways
		plan  func(*desk, *sim.City)
		codes codes
	}{
		{Hotline, sim.Ways{Charset: xml.GBK}, (*desk).planHotline, ownCodes},
		{Website, sim.Ways{Charset: xml.UTF8, Version: soap.SOAP12}, (*desk).planWebsite, codes{}},
	} {
		system, err := h.AddSystem(s.id, s.ways)
		if err != nil {
			return nil, err
		}
		d := &desk{System: system, host: h, hub: hotline.NewHotlineHubClient(system.Hub), codes: s.codes, unhappy: o.Unhappy}
		if err := system.Serve(hotline.NewHotlineSystemHandler(&service{d}), detail); err != nil {
			return nil, err
		}
		if h.Drive {
			s.plan(d, city)
		}
	}
	return &Sim{h}, nil
}

// detail is the typed detail of the contract's faults.
func detail(err *core.Error, correlationID string) xml.Marshaler {
	return &hotline.OrderFault{Code: err.Code, Message: err.Message, Field: err.Field, CorrelationId: correlationID}
}
