package newconnectionsim

import (
	"context"
	"errors"
	"net/http/httptest"
	"reflect"
	"sync"
	"testing"
	"time"

	"tundish/adapters/sim"
	"tundish/adapters/soap"
	"tundish/core"
	"tundish/wsdl/newconnection"
	"tundish/wsdl/xsd"
)

var may11 = time.Date(2026, 5, 11, 5, 45, 0, 0, sim.DefaultZone)

// stopped is a clock that stands still.
type stopped struct{}

func (stopped) Now() time.Time                       { return may11 }
func (stopped) After(time.Duration) <-chan time.Time { return nil }

func stamp(t time.Time) xsd.DateTime { return xsd.NewDateTime(t) }

func serving(t *testing.T, o sim.Options) (*Sim, *newconnection.NewConnectionSystemClient) {
	t.Helper()
	o.Clock = stopped{}
	s, err := New(Options{o})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	c, err := soap.NewClient(soap.ClientOptions{System: NewConnection, Endpoint: server.URL + "/soap/newconnection"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return s, newconnection.NewNewConnectionSystemClient(c)
}

func refusal(err error) string {
	var f *soap.Fault
	if errors.As(err, &f) {
		if d, ok := f.Detail.(*newconnection.OrderFault); ok {
			return d.Code
		}
	}
	return ""
}

func window(page, size int32) *newconnection.GetPendingInstallations {
	return &newconnection.GetPendingInstallations{MessageId: "p", SentAt: stamp(may11), WindowFrom: stamp(may11.AddDate(0, 0, -1)), WindowTo: stamp(may11), PageNo: page, PageSize: size}
}

func TestTenInstallationsArePulledAndClosedOut(t *testing.T) {
	s, hub := serving(t, sim.Options{})
	whole, err := hub.GetPendingInstallations(t.Context(), window(0, 100))
	if err != nil || len(whole.Item) != 10 || whole.More {
		t.Fatalf("%d items, %v", len(whole.Item), err)
	}
	var paged []newconnection.Order
	for page := range int32(4) {
		a, err := hub.GetPendingInstallations(t.Context(), window(page, 3))
		if err != nil || a.Total != 10 || a.More != (page < 3) {
			t.Fatalf("page %d: %+v, %v", page, a, err)
		}
		paged = append(paged, a.Item...)
	}
	if !reflect.DeepEqual(whole.Item, paged) {
		t.Error("pages hold other items than the whole")
	}
	first := whole.Item[0]
	if first.Meter.DiameterMM == nil || first.Customer.Account != "" || first.Place.Address == "" || !first.SourceAt.HasZone() {
		t.Errorf("an installation: %+v", first)
	}
	received := []newconnection.ReceivedOrder{{ExternalRef: first.ExternalRef, OrderNo: "W1", ReceivedAt: stamp(may11)}}
	if a, err := hub.ConfirmReceived(t.Context(), &newconnection.ConfirmReceived{MessageId: "c", SentAt: stamp(may11), Received: received}); err != nil || len(a.Unknown) != 0 {
		t.Errorf("%+v, %v", a, err)
	}
	install := func(id, ref, serial string) error {
		_, err := hub.CompleteInstallation(t.Context(), &newconnection.CompleteInstallation{
			MessageId: id, Sequence: 2, SentAt: stamp(may11), OrderNo: "W" + id, ExternalRef: ref,
			Completion: newconnection.Completion{Outcome: "done", FinishedAt: stamp(may11), MeterInstallation: &newconnection.MeterInstallation{Serial: serial}},
		})
		return err
	}
	if err := install("1", first.ExternalRef, "N-1"); err != nil {
		t.Error(err)
	}
	if err := install("2", whole.Item[1].ExternalRef, "N-1"); refusal(err) != "serial_in_use" {
		t.Errorf("the same meter twice: %v", err)
	}
	if err := install("2", whole.Item[1].ExternalRef, sim.NewCity(1, may11.Add(-5*time.Hour-45*time.Minute)).Points[0].Meter.Serial); refusal(err) != "serial_in_use" {
		t.Errorf("a meter of the city: %v", err)
	}
	e, _ := s.Books(NewConnection).Find(first.ExternalRef, "")
	if e.OrderNo != "W1" || e.State != sim.Closed || e.Effects != 1 || e.NewSerial != "N-1" || e.InitialReading != "0" {
		t.Errorf("books: %+v", e)
	}
}

// hubStandIn takes every order but the first time, when its answer gets lost.
type hubStandIn struct {
	newconnection.NewConnectionHubService
	mu     sync.Mutex
	orders map[string]*newconnection.Order
}

func (h *hubStandIn) SubmitInstallation(_ context.Context, r *newconnection.SubmitInstallation) (*newconnection.SubmitInstallationResponse, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	before, known := h.orders[r.Order.ExternalRef]
	h.orders[r.Order.ExternalRef] = &r.Order
	if !known {
		return nil, errors.New("the answer is lost")
	}
	if !reflect.DeepEqual(before, &r.Order) {
		return nil, core.Fail(core.Conflict, "work_begun", "", "the retry has another content", "内容不同")
	}
	return &newconnection.SubmitInstallationResponse{OrderNo: "W-" + r.Order.ExternalRef, Status: "received", Known: true, At: stamp(may11)}, nil
}

func (h *hubStandIn) AmendOrder(_ context.Context, r *newconnection.AmendOrder) (*newconnection.AmendOrderResponse, error) {
	return &newconnection.AmendOrderResponse{OrderNo: "W-" + r.Order.ExternalRef, Status: "received", At: stamp(may11)}, nil
}

func (h *hubStandIn) QueryOrder(_ context.Context, r *newconnection.QueryOrder) (*newconnection.QueryOrderResponse, error) {
	return nil, core.Fail(core.NotFound, "unknown_order", "", "no such order", "无此工单")
}

func TestSubmissionsAreRepeatedWithTheSameContent(t *testing.T) {
	stand := &hubStandIn{orders: map[string]*newconnection.Order{}}
	endpoint, err := soap.NewEndpoint(newconnection.NewNewConnectionHubHandler(stand), soap.EndpointOptions{System: NewConnection, Detail: detail})
	if err != nil {
		t.Fatal(err)
	}
	hub := httptest.NewServer(endpoint)
	defer hub.Close()
	s, err := New(Options{sim.Options{Drive: true, ListenAddr: "127.0.0.1:0", HubURL: hub.URL, Clock: core.ScaledClock{Origin: may11, Anchor: time.Now(), Speed: 30_000}}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	system := s.System(NewConnection)
	for n := system.Stats(); n.Planned+n.Pending > 0; n = system.Stats() {
		select {
		case <-ctx.Done():
			t.Fatalf("stats: %+v", n)
		case <-time.After(5 * time.Millisecond):
		}
	}
	if n := system.Stats(); n.Submitted != 3 || n.Acknowledged != 3 || n.Failed != 3 || n.Amended != 1 || n.Refused != 1 || n.Conflicts != 0 {
		t.Errorf("stats: %+v", n)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
