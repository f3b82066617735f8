package newconnection_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"tundish/adapters/newconnection"
	"tundish/adapters/soap"
	"tundish/adapters/standard"
	"tundish/adapters/standard/standardtest"
	"tundish/core"
	"tundish/core/intake"
	"tundish/core/life"
	"tundish/core/outbox"
	"tundish/core/pull"
	"tundish/core/store/sqlite"
	wire "tundish/wsdl/newconnection"
	"tundish/wsdl/xml"
	"tundish/wsdl/xsd"
)

var (
	_ outbox.Sink = (*newconnection.Sink)(nil)
	_ pull.Source = (*newconnection.Source)(nil)
)

func installation(ref string) wire.Order {
	return wire.Order{
		ExternalRef: ref, ApplicationNo: "LC20260511007", Type: "installation", Customer: &wire.Customer{Name: "𠮷田", Phone: "138"},
		Place: &wire.Place{Address: "张杨路1234弄5号"}, Meter: &wire.Meter{DiameterMM: new(int32(20))},
	}
}

func TestTheHubServesNewConnections(t *testing.T) {
	for _, charset := range []string{xml.UTF8, xml.GBK} {
		t.Run(charset, func(t *testing.T) {
			store, err := sqlite.Open(filepath.Join(t.TempDir(), "tundish.db"), sqlite.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = store.Close() }()
			if err := store.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			clock, log, rules := standardtest.NewClock(), &standardtest.Recorder{}, standardtest.Rules()
			in, err := intake.New(store, intake.Options{Clock: clock, Rules: func() *life.Rules { return rules }})
			if err != nil {
				t.Fatal(err)
			}
			y := standardtest.System(t, "newconnection", nil)
			e, err := newconnection.NewEndpoint(standard.Hub{System: y, Intake: in, SOAP: soap.EndpointOptions{Log: log, Clock: clock}})
			if err != nil {
				t.Fatal(err)
			}
			c := wire.NewNewConnectionHubClient(standardtest.Client(t, y, standardtest.Serve(t, e, log), charset, nil))
			a, err := c.SubmitInstallation(t.Context(), &wire.SubmitInstallation{Order: installation("BZ1")})
			if err != nil || a.Known {
				t.Fatalf("%+v, %v", a, err)
			}
			o, err := store.Order(t.Context(), core.OrderNo(a.OrderNo))
			if err != nil || o.Family != core.Installation || o.Meter.DiameterMM != 20 || o.Extra[standard.ApplicationNo] != "LC20260511007" || o.Customer.Name != "𠮷田" {
				t.Errorf("%+v, %v", o, err)
			}
			if a, err = c.SubmitInstallation(t.Context(), &wire.SubmitInstallation{Order: installation("BZ1")}); err != nil || !a.Known {
				t.Errorf("again: %+v, %v", a, err)
			}
			wider := installation("BZ1")
			wider.Meter.DiameterMM = new(int32(25))
			if b, err := c.AmendOrder(t.Context(), &wire.AmendOrder{Order: wider, Reason: "口径变更"}); err != nil || b.Known {
				t.Errorf("amended: %+v, %v", b, err)
			}
			if q, err := c.QueryOrder(t.Context(), &wire.QueryOrder{OrderNo: a.OrderNo}); err != nil || q.Progress.ExternalRef != "BZ1" {
				t.Errorf("%+v, %v", q, err)
			}
			if b, err := c.CancelOrder(t.Context(), &wire.CancelOrder{ExternalRef: "BZ1", Reason: "用户撤回"}); err != nil || b.Status != "cancelled" {
				t.Errorf("cancelled: %+v, %v", b, err)
			}
			bare := installation("BZ2")
			bare.Place = nil
			_, err = c.SubmitInstallation(t.Context(), &wire.SubmitInstallation{Order: bare})
			if f := (*soap.Fault)(nil); !errors.As(err, &f) || f.Detail.(*wire.OrderFault).Code != "required" {
				t.Errorf("got %v", err)
			}
			log.Golden(t, charset, "SubmitInstallation", "AmendOrder", "QueryOrder", "CancelOrder")
		})
	}
}

// far is a system that takes everything and remembers it.
type far struct {
	items     []wire.Order
	completed *wire.CompleteInstallation
	confirmed *wire.ConfirmReceived
}

var taken = wire.Acknowledgement{Accepted: true}

func (f *far) GetPendingInstallations(context.Context, *wire.GetPendingInstallations) (*wire.GetPendingInstallationsResponse, error) {
	return &wire.GetPendingInstallationsResponse{Item: f.items, Total: int32(len(f.items)), SourceTime: xsd.NewDateTime(standardtest.Start)}, nil
}

func (f *far) ConfirmReceived(_ context.Context, q *wire.ConfirmReceived) (*wire.ConfirmReceivedResponse, error) {
	f.confirmed = q
	return &wire.ConfirmReceivedResponse{Acknowledgement: taken}, nil
}

func (f *far) UpdateOrderStatus(context.Context, *wire.UpdateOrderStatus) (*wire.UpdateOrderStatusResponse, error) {
	return &wire.UpdateOrderStatusResponse{Acknowledgement: taken}, nil
}

func (f *far) ReturnOrder(context.Context, *wire.ReturnOrder) (*wire.ReturnOrderResponse, error) {
	return &wire.ReturnOrderResponse{Acknowledgement: taken}, nil
}

func (f *far) CompleteInstallation(_ context.Context, q *wire.CompleteInstallation) (*wire.CompleteInstallationResponse, error) {
	f.completed = q
	if q.Completion.MeterInstallation != nil && q.Completion.MeterInstallation.Serial == "TAKEN" {
		return nil, &wire.OrderFault{Code: "serial_in_use", Message: "it is installed elsewhere", CorrelationId: "x"}
	}
	return &wire.CompleteInstallationResponse{Acknowledgement: taken}, nil
}

func (f *far) GetWriteBackStatus(context.Context, *wire.GetWriteBackStatus) (*wire.GetWriteBackStatusResponse, error) {
	return &wire.GetWriteBackStatusResponse{State: "unknown"}, nil
}

func (f *far) ListOrders(context.Context, *wire.ListOrders) (*wire.ListOrdersResponse, error) {
	return &wire.ListOrdersResponse{SourceTime: xsd.NewDateTime(standardtest.Start)}, nil
}

func owed(t *testing.T, kind core.WriteBackKind, serial string) core.OutboxMessage {
	t.Helper()
	o := core.WorkOrder{
		No: "W26-0000001-8", Ref: core.Ref{System: "newconnection", External: "BZ1"}, Type: "installation", Family: core.Installation, Phase: core.Closed,
		Completions: []core.Completion{{Outcome: core.Done, NewSerial: serial, NewInitialReading: "0", NewDiameterMM: 20, Seal: "Q1", People: []string{"王"}, FinishedAt: standardtest.Start}},
	}
	payload, err := json.Marshal(core.WriteBack{Kind: kind, At: standardtest.Start, Status: core.StatusOf(&o), Reason: "不具备条件", By: "reviewer", Order: o})
	if err != nil {
		t.Fatal(err)
	}
	return core.OutboxMessage{ID: "0190f3c2-7f1e-7c55-9a34-1f6f0b8b8a11", Order: o.No, Sequence: 1, Kind: kind, Payload: payload}
}

func TestSystemMessagesAreAsWritten(t *testing.T) {
	for _, charset := range []string{xml.UTF8, xml.GBK} {
		t.Run(charset, func(t *testing.T) {
			f, log := &far{items: []wire.Order{installation("BZ1")}}, &standardtest.Recorder{}
			e, err := soap.NewEndpoint(wire.NewNewConnectionSystemHandler(f), soap.EndpointOptions{System: "newconnection", Log: log})
			if err != nil {
				t.Fatal(err)
			}
			y := standardtest.System(t, "newconnection", nil)
			p := standard.Peer{System: y, Client: standardtest.Client(t, y, standardtest.Serve(t, e, log), charset, nil), Clock: standardtest.NewClock()}
			s, err := newconnection.NewSink(p)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range []core.OutboxMessage{owed(t, core.TellResult, "NEW"), owed(t, core.TellStatus, "NEW"), owed(t, core.TellReturned, "NEW")} {
				if d := s.Deliver(t.Context(), m); d.Outcome != core.Delivered {
					t.Errorf("%s: %+v", m.Kind, d)
				}
			}
			if q := f.completed.Completion.MeterInstallation; q.Serial != "NEW" || q.InitialReading.String() != "0" || *q.DiameterMM != 20 || q.Seal != "Q1" {
				t.Errorf("%+v", q)
			}
			if d := s.Deliver(t.Context(), owed(t, core.TellResult, "TAKEN")); d.Outcome != core.RefusedByPeer || d.Code != "serial_in_use" {
				t.Errorf("%+v", d)
			}
			if d := s.Deliver(t.Context(), owed(t, core.TellScrapped, "NEW")); d.Outcome != core.RefusedByPeer || d.Code != "no_operation" {
				t.Errorf("%+v", d)
			}
			if d := s.Ask(t.Context(), owed(t, core.TellResult, "NEW")); d.Outcome != core.NotSent {
				t.Errorf("%+v", d)
			}
			source, err := newconnection.NewSource(p)
			if err != nil {
				t.Fatal(err)
			}
			page, err := source.Fetch(t.Context(), pull.Window{From: standardtest.Start.Add(-time.Hour), To: standardtest.Start}, 0, 200)
			if err != nil || len(page.Items) != 1 || page.Items[0].Order.Customer.Name != "𠮷田" || page.Message.ID == "" {
				t.Errorf("%+v, %v", page, err)
			}
			if err := source.Confirm(t.Context(), []pull.Receipt{{Ref: page.Items[0].Order.Ref, No: "W26-0000001-8"}}); err != nil || f.confirmed.Received[0].ExternalRef != "BZ1" {
				t.Errorf("%+v, %v", f.confirmed, err)
			}
			b, err := newconnection.NewBooks(p)
			if err != nil {
				t.Fatal(err)
			}
			for _, err := range b.Entries(t.Context(), time.Time{}, time.Time{}) {
				t.Errorf("the books are empty: %v", err)
			}
			log.Golden(t, charset, "CompleteInstallation", "UpdateOrderStatus", "ReturnOrder", "GetWriteBackStatus", "GetPendingInstallations", "ConfirmReceived", "ListOrders")
		})
	}
}
