package standard

import (
	"context"
	"errors"

	"go.uber.org/zap"

	"tundish/adapters/soap"
	"tundish/core"
	"tundish/core/intake"
	"tundish/wsdl/xml"
	"tundish/wsdl/xsd"
)

// Hub is what the hub serves one system with. SOAP holds credentials, charsets, limits and
// logs; its System, Zone, Language and Detail follow from System.
type Hub struct {
	System *System
	Intake Intake
	Blobs  Blobs // for photos in answers; nil leaves them out
	// CrewName names a crew for customers; nil or "" leaves the name out.
	CrewName func(id string) string
	SOAP     soap.EndpointOptions
}

// Receiver is the part that does not depend on the contract.
func (h *Hub) Receiver() (Receiver, error) {
	if h.System == nil || h.Intake == nil {
		return Receiver{}, errors.New("standard: an endpoint needs its system and the intake")
	}
	return Receiver{System: h.System, Intake: h.Intake, Blobs: h.Blobs, CrewName: h.CrewName}, nil
}

// Caller is the Caller of every contract. A client made by [System.NewClient] is one.
type Caller interface {
	Call(ctx context.Context, action string, request xml.Marshaler, response xml.Unmarshaler, faults map[xml.Name]func() xml.Unmarshaler) error
}

// Peer is a system that the hub calls.
type Peer struct {
	System *System
	Client Caller
	Blobs  Blobs // photos of results; nil sends none
	Clock  core.Clock
	Log    *zap.Logger
}

// Check fills in what may be left out and refuses what may not.
func (p *Peer) Check() error {
	if p.System == nil || p.Client == nil {
		return errors.New("standard: a peer needs its system and a client")
	}
	if p.Clock == nil {
		p.Clock = core.SystemClock{}
	}
	if p.Log == nil {
		p.Log = zap.NewNop()
	}
	p.Log = p.Log.With(zap.String("system", string(p.System.ID)))
	return nil
}

// Reading is the head of a call that concerns no single order.
func (p *Peer) Reading() Head { return p.System.Reading(p.Clock) }

// Books reads the peer's books through list.
func (p *Peer) Books(list ListOrders) (*Books, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	return &Books{System: p.System, Clock: p.Clock, List: list}, nil
}

// Receipt is a receipt as every contract answers with it.
type Receipt struct {
	OrderNo, Status string
	Known           bool
	At              xsd.DateTime
}

// Receipt writes what became of an order or a wish.
func (s *System) Receipt(r intake.Receipt) Receipt {
	return Receipt{OrderNo: string(r.No), Status: s.StatusCode(r.Status), Known: r.Known, At: s.Time(r.At)}
}
