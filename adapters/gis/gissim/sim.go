package gissim

import (
	"sync"

	"tundish/adapters/sim"
	"tundish/adapters/soap"
	"tundish/core"
	"tundish/wsdl/gis"
	"tundish/wsdl/xml"
)

// Port is where the simulator listens unless told otherwise.
const Port = 9104

// GIS is the system.
const GIS core.SystemID = "gis"

// reference is the system of its coordinates: within a metre of WGS 84.
const reference = "CGCS2000"

// Options are those of every simulator.
type Options struct{ sim.Options }

// Sim is the simulator of the GIS.
type Sim struct{ *sim.Host }

// survey is the system: its map, and who talks to the hub.
type survey struct {
	*sim.System
	host   *sim.Host
	hub    *gis.GISHubClient
	places *places
	assets []asset

	mu       sync.Mutex // of what follows; the books may be held outside of it
	city     *sim.City
	surveyed map[string]record // by service point number
}

// New makes a simulator. It does nothing until Run.
func New(o Options) (*Sim, error) {
	h, err := sim.NewHost("gis", Port, o.Options)
	if err != nil {
		return nil, err
	}
	system, err := h.AddSystem(GIS, sim.Ways{Version: soap.SOAP12})
	if err != nil {
		return nil, err
	}
	city := sim.NewCity(h.Seed, h.FirstDay())
	s := &survey{
		System: system, host: h, hub: gis.NewGISHubClient(system.Hub), city: city,
		places: newPlaces(city), assets: network(h.Seed), surveyed: firstSurvey(city, h.FirstDay()),
	}
	if err := system.Serve(gis.NewGISSystemHandler(&service{s}), detail); err != nil {
		return nil, err
	}
	if h.Drive {
		s.planDays()
	}
	return &Sim{h}, nil
}

// detail is the typed detail of the contract's faults.
func detail(err *core.Error, correlationID string) xml.Marshaler {
	return &gis.OrderFault{Code: err.Code, Message: err.Message, Field: err.Field, CorrelationId: correlationID}
}
