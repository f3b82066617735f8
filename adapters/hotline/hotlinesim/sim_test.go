package hotlinesim

import (
	"context"
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"tundish/adapters/sim"
	"tundish/adapters/soap"
	"tundish/core"
	"tundish/wsdl/hotline"
	"tundish/wsdl/xsd"
)

var may11 = time.Date(2026, 5, 11, 6, 0, 0, 0, sim.DefaultZone)

// stopped is a clock that stands still.
type stopped struct{}

func (stopped) Now() time.Time                       { return may11 }
func (stopped) After(time.Duration) <-chan time.Time { return nil }

// serving is a simulator behind a real listener, and a client of each system.
func serving(t *testing.T, o Options) (*Sim, map[core.SystemID]*hotline.HotlineSystemClient) {
	t.Helper()
	if o.Clock == nil {
		o.Clock = stopped{}
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	clients := map[core.SystemID]*hotline.HotlineSystemClient{}
	for _, id := range []core.SystemID{Hotline, Website} {
		c, err := soap.NewClient(soap.ClientOptions{System: id, Endpoint: server.URL + "/soap/" + string(id), Timeouts: soap.Timeouts{Header: 400 * time.Millisecond}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		clients[id] = hotline.NewHotlineSystemClient(c)
	}
	return s, clients
}

// an order that was registered without the hub, for tests of what the hub calls.
func registered(s *Sim, id core.SystemID, ref string) *sim.Books {
	b := s.Books(id)
	b.Register(sim.Entry{Ref: ref, Type: "LS"})
	return b
}

func closing(id, ref string) *hotline.CloseOrder {
	return &hotline.CloseOrder{
		MessageId: id, Sequence: 3, SentAt: xsd.NewDateTime(may11), OrderNo: "W26-0000001-5", ExternalRef: ref,
		Completion: hotline.Completion{Outcome: "done", Handling: "repaired", Work: "更换接头", FinishedAt: xsd.NewDateTime(may11), Photo: []hotline.Attachment{sim.Photo("after.jpg", 1, nil)}},
	}
}

func TestEachSystemHasBooksOfItsOwn(t *testing.T) {
	s, hub := serving(t, Options{})
	registered(s, Hotline, "RX1")
	if a, err := hub[Hotline].CloseOrder(t.Context(), closing("m1", "RX1")); err != nil || !a.Acknowledgement.Accepted || a.Acknowledgement.AlreadyDone {
		t.Fatalf("%+v, %v", a, err)
	}
	if a, err := hub[Hotline].CloseOrder(t.Context(), closing("m1", "RX1")); err != nil || !a.Acknowledgement.AlreadyDone {
		t.Errorf("again: %+v, %v", a, err)
	}
	if _, err := hub[Website].CloseOrder(t.Context(), closing("m1", "RX1")); refusal(err) != "unknown_order" {
		t.Errorf("the website knows an order of the hotline: %v", err)
	}
	list := &hotline.ListOrders{MessageId: "l1", SentAt: xsd.NewDateTime(may11), PageSize: 10}
	books, err := hub[Hotline].ListOrders(t.Context(), list)
	if err != nil || len(books.Entry) != 1 || books.More || books.Total != 1 {
		t.Fatalf("%+v, %v", books, err)
	}
	if e := books.Entry[0]; e.Effects != 1 || e.PhotoCount != 1 || e.State != "closed" || e.OrderNo != "W26-0000001-5" || e.ClosedAt == nil || e.LastMessageId != "m1" {
		t.Errorf("the books say %+v", e)
	}
	if books, err := hub[Website].ListOrders(t.Context(), list); err != nil || len(books.Entry) != 0 {
		t.Errorf("the website's books: %+v, %v", books, err)
	}
}

// refusal is the code of a typed refusal.
func refusal(err error) string {
	var f *soap.Fault
	if errors.As(err, &f) {
		if d, ok := f.Detail.(*hotline.OrderFault); ok {
			return d.Code
		}
	}
	return ""
}

func TestStatusesComeInLettersOrInTheHousesWords(t *testing.T) {
	s, hub := serving(t, Options{})
	b := registered(s, Hotline, "RX1")
	tell := func(id string, seq int64, status string) error {
		_, err := hub[Hotline].UpdateOrderStatus(t.Context(), &hotline.UpdateOrderStatus{MessageId: id, Sequence: seq, SentAt: xsd.NewDateTime(may11),
			OrderStatus: hotline.OrderStatus{OrderNo: "W1", ExternalRef: "RX1", Status: status, Phase: "field", At: xsd.NewDateTime(may11)}})
		return err
	}
	for i, status := range []string{"A", "dispatched", "W"} {
		if err := tell("m"+status, int64(i+1), status); err != nil {
			t.Error(err)
		}
	}
	if err := tell("mZ", 9, "Z"); refusal(err) != "unknown_code" {
		t.Errorf("a letter that nobody knows: %v", err)
	}
	if e, _ := b.Find("RX1", ""); e.Status != "W" || e.State != sim.InWork {
		t.Errorf("books: %+v", e)
	}
}

// Each way to go wrong, as a client of the simulator sees it.
func TestFaultsAreSeenByARealClient(t *testing.T) {
	for _, c := range []struct {
		rule    string
		kind    core.Kind // of the error; 0 with ok
		ok      bool
		already bool // the acknowledgement says so
		applied bool // the message took effect
	}{
		{rule: "slow:d=20ms", ok: true, applied: true},
		{rule: "slow:d=2s", kind: core.OutcomeUnknown, applied: true},
		{rule: "status500", kind: core.OutcomeUnknown},
		{rule: "status500-after", kind: core.OutcomeUnknown, applied: true},
		{rule: "unavailable", kind: core.Unavailable},
		{rule: "timeout", kind: core.OutcomeUnknown},
		{rule: "timeout-after", kind: core.OutcomeUnknown, applied: true},
		{rule: "reset", kind: core.OutcomeUnknown},
		{rule: "reset-after", kind: core.OutcomeUnknown, applied: true},
		{rule: "garbage", kind: core.OutcomeUnknown},
		{rule: "garbage-after", kind: core.OutcomeUnknown, applied: true},
		{rule: "truncated", kind: core.OutcomeUnknown, applied: true},
		{rule: "duplicate-ack", ok: true, already: true, applied: true},
		{rule: "refuse:code=order_cancelled", kind: core.Invalid},
		{rule: "internal-fault", kind: core.Unavailable},
	} {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			s, hub := serving(t, Options{Options: sim.Options{Faults: []string{c.rule + ":op=CloseOrder:n=1"}}})
			b := registered(s, Hotline, "RX1")
			a, err := hub[Hotline].CloseOrder(t.Context(), closing("m1", "RX1"))
			switch {
			case c.ok && (err != nil || !a.Acknowledgement.Accepted || a.Acknowledgement.AlreadyDone != c.already):
				t.Errorf("answered %+v, %v", a, err)
			case !c.ok && (err == nil || core.KindOf(err) != c.kind):
				t.Errorf("answered %+v, %v (%s); want %s", a, err, core.KindOf(err), c.kind)
			}
			if strings.HasPrefix(c.rule, "refuse") && refusal(err) != "order_cancelled" {
				t.Errorf("refused with %q: %v", refusal(err), err)
			}
			asked, err := hub[Hotline].GetWriteBackStatus(t.Context(), &hotline.GetWriteBackStatus{MessageId: "q", SentAt: xsd.NewDateTime(may11), AskedMessageId: "m1"})
			if err != nil {
				t.Fatal(err)
			}
			if applied := asked.State == "applied"; applied != c.applied {
				t.Errorf("the message is %s; took effect: want %v", asked.State, c.applied)
			}
			// Whatever happened, the same message once more leaves one effect.
			if again, err := hub[Hotline].CloseOrder(t.Context(), closing("m1", "RX1")); err != nil || !again.Acknowledgement.Accepted || again.Acknowledgement.AlreadyDone != c.applied {
				t.Errorf("again: %+v, %v", again, err)
			}
			if e, _ := b.Find("RX1", ""); e.Effects != 1 {
				t.Errorf("%d effects", e.Effects)
			}
		})
	}
}

func TestClosedBooksAskTheHubToComeAgain(t *testing.T) {
	s, hub := serving(t, Options{Options: sim.Options{Faults: []string{"later:d=90s:n=1"}}})
	registered(s, Hotline, "RX1")
	a, err := hub[Hotline].CloseOrder(t.Context(), closing("m1", "RX1"))
	if err != nil || a.Acknowledgement.Accepted || a.Acknowledgement.Code != "books_closed" || *a.Acknowledgement.RetryAfterSeconds != 90 {
		t.Errorf("%+v, %v", a, err)
	}
	if a, err := hub[Hotline].CloseOrder(t.Context(), closing("m1", "RX1")); err != nil || !a.Acknowledgement.Accepted || a.Acknowledgement.AlreadyDone {
		t.Errorf("again: %+v, %v", a, err)
	}
}

// What the plan of a day holds, without any hub.
func TestTheDayHasWhatItPromises(t *testing.T) {
	s, err := New(Options{Options: sim.Options{Drive: true, Clock: stopped{}}})
	if err != nil {
		t.Fatal(err)
	}
	night := may11.Add(14 * time.Hour)
	for id, want := range map[core.SystemID]map[string]int{
		Hotline: {"BG": 1, "LS": 18, "WS": 9, "TS": 7, "ZX": 7, "HB": 3},
		Website: {"leak": 4, "no_water": 2, "requested_replacement": 3, "enquiry": 2, "complaint": 1},
	} {
		got, refs := map[string]int{}, map[string]bool{}
		for _, e := range s.Books(id).All() {
			got[e.Type]++
			refs[e.Ref] = true
			if e.RegisteredAt.Before(may11) || e.RegisteredAt.After(night) {
				t.Errorf("%s %s is registered at %s", id, e.Ref, e.RegisteredAt)
			}
		}
		total := 0
		for kind, n := range want {
			total += n
			if got[kind] != n {
				t.Errorf("%s: %d of %s, want %d", id, got[kind], kind, n)
			}
		}
		if len(refs) != total {
			t.Errorf("%s: %d references, want %d", id, len(refs), total)
		}
	}
}

func TestOptionsThatCannotBeAreRefused(t *testing.T) {
	for what, o := range map[string]sim.Options{
		"a public address": {ListenAddr: "0.0.0.0:9101"}, "no port": {ListenAddr: "127.0.0.1"}, "no URL": {HubURL: "hub:8080"},
		"too many days": {Days: 1000}, "an unknown fault": {Faults: []string{"explode"}},
	} {
		if _, err := New(Options{Options: o}); err == nil {
			t.Errorf("%s was taken", what)
		}
	}
}

// hubStandIn takes orders as the hub promises to: the same reference is the same order.
type hubStandIn struct {
	hotline.HotlineHubService
	orders map[string]*hotline.Order
	lost   int // answers that get lost, from now on
}

func (h *hubStandIn) SubmitOrder(_ context.Context, r *hotline.SubmitOrder) (*hotline.SubmitOrderResponse, error) {
	_, known := h.orders[r.Order.ExternalRef]
	h.orders[r.Order.ExternalRef] = &r.Order
	if h.lost > 0 {
		h.lost--
		return nil, errors.New("the answer is lost")
	}
	return &hotline.SubmitOrderResponse{OrderNo: "W-" + r.Order.ExternalRef, Status: "received", Known: known, At: xsd.NewDateTime(may11)}, nil
}

func (h *hubStandIn) AmendOrder(_ context.Context, r *hotline.AmendOrder) (*hotline.AmendOrderResponse, error) {
	return &hotline.AmendOrderResponse{OrderNo: "W-" + r.Order.ExternalRef, Status: "received", At: xsd.NewDateTime(may11)}, nil
}

func (h *hubStandIn) CancelOrder(_ context.Context, r *hotline.CancelOrder) (*hotline.CancelOrderResponse, error) {
	return nil, core.Fail(core.Conflict, "work_begun", "", "the crew is on site", "班组已到场")
}

func (h *hubStandIn) ExpediteOrder(_ context.Context, r *hotline.ExpediteOrder) (*hotline.ExpediteOrderResponse, error) {
	return &hotline.ExpediteOrderResponse{OrderNo: "W", Status: "received", At: xsd.NewDateTime(may11), ExpediteCount: 1}, nil
}

func (h *hubStandIn) QueryOrder(_ context.Context, r *hotline.QueryOrder) (*hotline.QueryOrderResponse, error) {
	return &hotline.QueryOrderResponse{Progress: hotline.OrderProgress{OrderNo: "W-" + r.ExternalRef, ExternalRef: r.ExternalRef, Type: "leak", Status: "received", Phase: "received", At: xsd.NewDateTime(may11), ReceivedAt: xsd.NewDateTime(may11), Urgency: "normal"}}, nil
}

// A whole day of the hotline against a hub that loses its first twenty answers: every
// order arrives once, and the books know it by the hub's number.
func TestTheDayArrivesThoughAnswersGetLost(t *testing.T) {
	stand := &hubStandIn{orders: map[string]*hotline.Order{}, lost: 20}
	serialised := make(chan struct{}, 1)
	endpoint, err := soap.NewEndpoint(hotline.NewHotlineHubHandler(stand), soap.EndpointOptions{System: Hotline, Zone: sim.DefaultZone, Detail: detail})
	if err != nil {
		t.Fatal(err)
	}
	hub := httptest.NewServer(oneAtATime(serialised, endpoint))
	defer hub.Close()

	clock := core.ScaledClock{Origin: may11, Anchor: time.Now(), Speed: 30_000}
	s, err := New(Options{Options: sim.Options{Drive: true, Clock: clock, HubURL: hub.URL, ListenAddr: "127.0.0.1:0"}})
	if err != nil {
		t.Fatal(err)
	}
	// Only the hotline drives: the website would call an address that this hub lacks.
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	done := make(chan struct{})
	system := s.System(Hotline)
	go func() { system.Driver.Run(ctx); close(done) }()
	for planned, pending := system.Driver.Left(); planned+pending > 0; planned, pending = system.Driver.Left() {
		select {
		case <-ctx.Done():
			t.Fatalf("%d planned, %d pending after a minute", planned, pending)
		case <-time.After(10 * time.Millisecond):
		}
	}
	cancel()
	<-done
	n := system.Stats()
	if n.Submitted != 45 || n.Acknowledged != 45 || n.Conflicts != 0 || n.Failed < 20 {
		t.Errorf("stats: %+v", n)
	}
	if n.Known < 8 || n.Amended != 4 || n.Cancelled != 0 || n.Refused != 2 || n.Expedited != 3 || n.Queried != 5 {
		t.Errorf("afterthoughts: %+v", n)
	}
	if len(stand.orders) != 45 {
		t.Errorf("the hub has %d orders", len(stand.orders))
	}
	var located, rare, zoneless, photos int
	for ref, o := range stand.orders {
		e, ok := system.Books.Find(ref, "")
		if !ok || e.OrderNo != "W-"+ref {
			t.Errorf("books of %s: %+v", ref, e)
		}
		if !slices.Contains([]string{"1", "2", "3", ""}, o.Urgency) {
			t.Errorf("urgency %q", o.Urgency)
		}
		if o.Place != nil && o.Place.Coordinate != nil {
			located++
		}
		if !o.SourceAt.HasZone() {
			zoneless++
		}
		photos += len(o.Attachment)
		for _, r := range o.Customer.Name {
			if r > 0xFFFF {
				rare++
			}
		}
	}
	if located == 0 || located == len(stand.orders) || zoneless != 45 || photos == 0 || rare == 0 {
		t.Errorf("%d located, %d without a zone, %d photos, %d rare characters", located, zoneless, photos, rare)
	}
}
