package billingsim

import (
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"reflect"
	"sync"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"tundish/adapters/sim"
	"tundish/adapters/soap"
	"tundish/core"
	"tundish/wsdl/billing"
	"tundish/wsdl/xsd"
)

var may11 = time.Date(2026, 5, 11, 5, 30, 0, 0, sim.DefaultZone)

// handClock shows what it was set to.
type handClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *handClock) After(time.Duration) <-chan time.Time { return nil }

func (c *handClock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

func serving(t *testing.T, days int, faults ...string) (*Sim, *billing.BillingSystemClient, *handClock) {
	t.Helper()
	clock := &handClock{now: may11}
	s, err := New(Options{sim.Options{Clock: clock, Days: days, Faults: faults}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	c, err := soap.NewClient(soap.ClientOptions{System: Billing, Endpoint: server.URL + "/soap/billing", Zone: sim.DefaultZone, Timeouts: soap.Timeouts{Header: 400 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return s, billing.NewBillingSystemClient(c), clock
}

func refusal(err error) string {
	var f *soap.Fault
	if errors.As(err, &f) {
		if d, ok := f.Detail.(*billing.OrderFault); ok {
			return d.Code
		}
	}
	return ""
}

func stamp(t time.Time) xsd.DateTime { return xsd.NewDateTime(t) }

// pull reads a window from its first page to its last.
func pull(t *testing.T, hub *billing.BillingSystemClient, from, to time.Time, size int32) (items []billing.Order) {
	t.Helper()
	for page := int32(0); ; page++ {
		a, err := hub.GetScheduledReplacements(t.Context(), &billing.GetScheduledReplacements{
			MessageId: "p", SentAt: stamp(may11), WindowFrom: stamp(from), WindowTo: stamp(to), PageNo: page, PageSize: size,
		})
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, a.Item...)
		if !a.More {
			if int(a.Total) != len(items) {
				t.Fatalf("total %d, %d items", a.Total, len(items))
			}
			return items
		}
		if len(a.Item) != int(size) {
			t.Fatalf("page %d holds %d items and says that more follow", page, len(a.Item))
		}
	}
}

func TestTheDayOffersEnoughToPull(t *testing.T) {
	_, hub, clock := serving(t, 4)
	day := pull(t, hub, may11.AddDate(0, 0, -30), may11, 200)
	if len(day) != 540 {
		t.Fatalf("%d scheduled replacements, want 540", len(day))
	}
	seen := map[string]bool{}
	var zoneless, never, located, equal int
	for i, o := range day {
		seen[o.ExternalRef] = true
		if o.Type != "DQHB" || o.Customer.Account == "" || o.Meter.Serial == "" || o.Place.Address == "" {
			t.Fatalf("incomplete: %+v", o)
		}
		if !o.SourceAt.HasZone() {
			zoneless++
		}
		if o.Meter.LastReading == nil {
			never++
		}
		if o.Place.Coordinate != nil {
			located++
		}
		if i > 0 {
			before, now := day[i-1].SourceAt.Time(sim.DefaultZone), o.SourceAt.Time(sim.DefaultZone)
			if now.Before(before) || now.Equal(before) && o.ExternalRef <= day[i-1].ExternalRef {
				t.Fatalf("%s stands behind %s", o.ExternalRef, day[i-1].ExternalRef)
			}
			if now.Equal(before) {
				equal++
			}
		}
	}
	if len(seen) != 540 || zoneless != 540 || never == 0 || located == 0 || located == 540 || equal == 0 {
		t.Errorf("%d references, %d zone-less, %d never read, %d located, %d of the same second", len(seen), zoneless, never, located, equal)
	}
	clock.set(may11.AddDate(0, 0, 5))
	if all := pull(t, hub, may11.AddDate(0, 0, -30), may11.AddDate(0, 0, 5), 1000); len(all) != sim.CityDue {
		t.Errorf("%d after four nights, want %d", len(all), sim.CityDue)
	}
}

func TestAWindowOfThePastStaysAsItIs(t *testing.T) {
	s, hub, clock := serving(t, 1)
	from, to := may11.Add(-4*time.Hour), may11.Add(-201*time.Minute) // ends in the middle of the night's run
	before := pull(t, hub, from, to, 100)
	received := []billing.ReceivedOrder{{ExternalRef: before[0].ExternalRef, OrderNo: "W26-1", ReceivedAt: stamp(may11)}}
	if a, err := hub.ConfirmReceived(t.Context(), &billing.ConfirmReceived{MessageId: "c1", SentAt: stamp(may11), Received: append(received, billing.ReceivedOrder{ExternalRef: "DQ9", OrderNo: "W26-2", ReceivedAt: stamp(may11)})}); err != nil || len(a.Unknown) != 1 || a.Unknown[0] != "DQ9" {
		t.Fatalf("%+v, %v", a, err)
	}
	clock.set(may11.AddDate(0, 0, 1))
	if after := pull(t, hub, from, to, 137); !reflect.DeepEqual(before, after) {
		t.Error("the window changed with time, confirmation or page size")
	}
	if e, _ := s.Books(Billing).Find(before[0].ExternalRef, ""); e.State != sim.HandedOver || e.OrderNo != "W26-1" {
		t.Errorf("books: %+v", e)
	}
	_, err := hub.GetScheduledReplacements(t.Context(), &billing.GetScheduledReplacements{MessageId: "p", SentAt: stamp(may11), WindowFrom: stamp(to), WindowTo: stamp(from), PageSize: 10})
	if refusal(err) != "invalid_value" {
		t.Errorf("a window that ends before it starts: %v", err)
	}
	_, err = hub.GetScheduledReplacements(t.Context(), &billing.GetScheduledReplacements{MessageId: "p", SentAt: stamp(may11), WindowFrom: stamp(from), WindowTo: stamp(to), PageNo: 3, PageSize: 100})
	if refusal(err) != "invalid_page" {
		t.Errorf("a page too far: %v", err)
	}
}

// replacement is a result for a pulled order whose old meter used 12 m³ more.
func replacement(id string, o *billing.Order, serial string) *billing.CompleteReplacement {
	old := xsd.MustDecimal("12")
	if o.Meter.LastReading != nil {
		old = o.Meter.LastReading.Add(old)
	}
	return &billing.CompleteReplacement{
		MessageId: id, Sequence: 2, SentAt: stamp(may11), OrderNo: "W26-" + o.ExternalRef[2:], ExternalRef: o.ExternalRef, Account: o.Customer.Account,
		Completion: billing.Completion{Outcome: "done", FinishedAt: stamp(may11), MeterExchange: &billing.MeterExchange{OldFinalReading: &old, NewSerial: serial}},
	}
}

func TestAReplacementIsCheckedAndTakesEffectOnce(t *testing.T) {
	s, hub, _ := serving(t, 1)
	orders := pull(t, hub, may11.Add(-6*time.Hour), may11, 1000)
	read := func(o *billing.Order) bool { return o.Meter.LastReading != nil && !o.Meter.LastReading.IsZero() }
	var some []*billing.Order
	for i := range orders {
		if read(&orders[i]) {
			some = append(some, &orders[i])
		}
	}
	first, second := some[0], some[1]
	if a, err := hub.CompleteReplacement(t.Context(), replacement("m1", first, "N1")); err != nil || a.Acknowledgement.AlreadyDone {
		t.Fatalf("%+v, %v", a, err)
	}
	if a, err := hub.CompleteReplacement(t.Context(), replacement("m1", first, "N1")); err != nil || !a.Acknowledgement.AlreadyDone {
		t.Errorf("again: %+v, %v", a, err)
	}
	wrong := map[string]*billing.CompleteReplacement{
		"conflicting_result": replacement("m2", first, "N2"),
		"serial_in_use":      replacement("m3", second, "N1"),
	}
	low := replacement("m4", second, "N4")
	zero := xsd.MustDecimal("0")
	low.Completion.MeterExchange.OldFinalReading = &zero
	wrong["implausible_reading"] = low
	stranger := replacement("m5", second, "N5")
	stranger.Account = first.Customer.Account
	wrong["unknown_account"] = stranger
	empty := replacement("m6", second, "N6")
	empty.Completion.MeterExchange = nil
	wrong["required"] = empty
	for code, r := range wrong {
		if _, err := hub.CompleteReplacement(t.Context(), r); refusal(err) != code {
			t.Errorf("%v, want %s", err, code)
		}
	}
	unread := replacement("m7", second, "N7")
	unread.Completion.MeterExchange.OldFinalReading = nil // could not be read
	if _, err := hub.CompleteReplacement(t.Context(), unread); err != nil {
		t.Errorf("a meter that could not be read: %v", err)
	}
	books, err := hub.ListOrders(t.Context(), &billing.ListOrders{MessageId: "l", SentAt: stamp(may11), PageSize: 1000})
	if err != nil || books.Total != 540 {
		t.Fatalf("%d in the books, %v", books.Total, err)
	}
	for _, e := range books.Entry {
		switch e.ExternalRef {
		case first.ExternalRef:
			if e.Effects != 1 || e.NewSerial != "N1" || e.InitialReading == nil || !e.InitialReading.IsZero() || e.FinalReading == nil || e.MeterSerial != first.Meter.Serial {
				t.Errorf("%+v", e)
			}
		case second.ExternalRef:
			if e.Effects != 1 || e.NewSerial != "N7" || e.FinalReading != nil {
				t.Errorf("%+v", e)
			}
		default:
			if e.Effects != 0 || e.State != "registered" {
				t.Errorf("%+v", e)
			}
		}
	}
	found, err := hub.GetCustomer(t.Context(), &billing.GetCustomer{MessageId: "g", SentAt: stamp(may11), Account: first.Customer.Account})
	if err != nil || found.Total != 1 || found.Match[0].Meter[0].Serial != "N1" || !found.Match[0].Meter[0].LastReading.IsZero() {
		t.Errorf("the customer after the exchange: %+v, %v", found, err)
	}
	if n := s.Books(Billing).Stats(); n.Results != 2 || n.Doubled != 0 || n.AlreadyDone != 1 {
		t.Errorf("stats: %+v", n)
	}
}

func TestRemovalRecheckCustomerAndScrap(t *testing.T) {
	s, hub, _ := serving(t, 1)
	city := sim.NewCity(1, may11.Add(-5*time.Hour-30*time.Minute))
	b := s.Books(Billing)
	at := func(i int) *sim.ServicePoint { return &city.Points[i] }
	for i, kind := range []string{"CB", "FH"} {
		b.Register(sim.Entry{Ref: kind + "1", Type: kind, Account: at(i).Account, MeterSerial: at(i).Meter.Serial})
	}
	last := func(i int) xsd.Decimal {
		if at(i).Meter.LastReading == "" {
			return xsd.MustDecimal("10")
		}
		return xsd.MustDecimal(at(i).Meter.LastReading).Add(xsd.MustDecimal("10"))
	}
	reading := last(0)
	removal := &billing.CompleteRemoval{MessageId: "r1", Sequence: 1, SentAt: stamp(may11), OrderNo: "W1", ExternalRef: "CB1",
		Completion: billing.Completion{Outcome: "done", FinishedAt: stamp(may11), MeterRemoval: &billing.MeterRemoval{FinalReading: &reading}}}
	if a, err := hub.CompleteRemoval(t.Context(), removal); err != nil || a.Acknowledgement.AlreadyDone {
		t.Errorf("%+v, %v", a, err)
	}
	recheck := &billing.CompleteRecheck{MessageId: "r2", Sequence: 1, SentAt: stamp(may11), OrderNo: "W2", ExternalRef: "FH1",
		Completion: billing.Completion{Outcome: "done", FinishedAt: stamp(may11), Recheck: &billing.Recheck{RecheckedReading: last(1)}}}
	if a, err := hub.CompleteRecheck(t.Context(), recheck); err != nil || a.Acknowledgement.AlreadyDone {
		t.Errorf("%+v, %v", a, err)
	}
	if e, _ := b.Find("FH1", ""); e.RecheckedReading != last(1).String() {
		t.Errorf("books: %+v", e)
	}
	found, err := hub.GetCustomer(t.Context(), &billing.GetCustomer{MessageId: "g1", SentAt: stamp(may11), Account: at(0).Account})
	if err != nil || found.Match[0].State != "closed" || len(found.Match[0].Meter) != 0 {
		t.Errorf("after the removal: %+v, %v", found, err)
	}
	if _, err := hub.UpdateCustomer(t.Context(), &billing.UpdateCustomer{MessageId: "u1", Sequence: 2, SentAt: stamp(may11), OrderNo: "W2", Account: at(1).Account, Customer: &billing.Customer{Phone: "13900000009"}, At: stamp(may11)}); err != nil {
		t.Error(err)
	}
	if found, err = hub.GetCustomer(t.Context(), &billing.GetCustomer{MessageId: "g2", SentAt: stamp(may11), Phone: "13900000009"}); err != nil || found.Total != 1 || found.Match[0].Customer.Account != at(1).Account || found.Match[0].Customer.Name != at(1).Holder {
		t.Errorf("by the new telephone: %+v, %v", found, err)
	}
	if _, err := hub.GetCustomer(t.Context(), &billing.GetCustomer{MessageId: "g3", SentAt: stamp(may11)}); refusal(err) != "required" {
		t.Errorf("neither account nor telephone: %v", err)
	}
	scrap := func(id, order string) error {
		_, err := hub.RegisterScrappedMeter(t.Context(), &billing.RegisterScrappedMeter{MessageId: id, Sequence: 3, SentAt: stamp(may11), OrderNo: order, ExternalRef: "X", Account: at(0).Account,
			Meter: billing.Meter{Serial: "OLD-1"}, Fate: "scrapped", RemovedOn: xsd.DateOf(may11)})
		return err
	}
	if err := errors.Join(scrap("s1", "W1"), scrap("s1", "W1")); err != nil {
		t.Error(err)
	}
	if err := scrap("s2", "W9"); refusal(err) != "already_registered" {
		t.Errorf("the same meter under another order: %v", err)
	}
	if n := b.Stats(); n.Notes != 2 {
		t.Errorf("%d notes took effect", n.Notes)
	}
}

func TestATimeoutAfterProcessingIsClearedUpByAsking(t *testing.T) {
	_, hub, _ := serving(t, 1, "timeout-after:op=CompleteReplacement:n=1")
	o := pull(t, hub, may11.Add(-6*time.Hour), may11, 1)[0]
	_, err := hub.CompleteReplacement(t.Context(), replacement("m1", &o, "N1"))
	if core.KindOf(err) != core.OutcomeUnknown {
		t.Fatalf("%v", err)
	}
	asked, err := hub.GetWriteBackStatus(t.Context(), &billing.GetWriteBackStatus{MessageId: "q", SentAt: stamp(may11), AskedMessageId: "m1"})
	if err != nil || asked.State != "applied" || *asked.Sequence != 2 {
		t.Errorf("%+v, %v", asked, err)
	}
}

// hubStandIn takes orders as the hub promises to.
type hubStandIn struct {
	billing.BillingHubService
	mu     sync.Mutex
	orders map[string]*billing.Order
}

func (h *hubStandIn) SubmitOrder(_ context.Context, r *billing.SubmitOrder) (*billing.SubmitOrderResponse, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, known := h.orders[r.Order.ExternalRef]
	h.orders[r.Order.ExternalRef] = &r.Order
	return &billing.SubmitOrderResponse{OrderNo: "W-" + r.Order.ExternalRef, Status: "received", Known: known, At: stamp(may11)}, nil
}

func (h *hubStandIn) AmendOrder(_ context.Context, r *billing.AmendOrder) (*billing.AmendOrderResponse, error) {
	return &billing.AmendOrderResponse{OrderNo: "W-" + r.Order.ExternalRef, Status: "received", At: stamp(may11)}, nil
}

func (h *hubStandIn) CancelOrder(_ context.Context, r *billing.CancelOrder) (*billing.CancelOrderResponse, error) {
	return &billing.CancelOrderResponse{OrderNo: "W-" + r.ExternalRef, Status: "cancelled", At: stamp(may11)}, nil
}

func (h *hubStandIn) QueryOrder(_ context.Context, r *billing.QueryOrder) (*billing.QueryOrderResponse, error) {
	return nil, core.Fail(core.Unavailable, "try_later", "", "not now", "请稍后") // every time: the asker gives up with the day
}

func TestTheDayIsSubmitted(t *testing.T) {
	stand := &hubStandIn{orders: map[string]*billing.Order{}}
	endpoint, err := soap.NewEndpoint(billing.NewBillingHubHandler(stand), soap.EndpointOptions{System: Billing, Zone: sim.DefaultZone, Detail: detail})
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
	system := s.System(Billing)
	done := func(n sim.Stats) bool {
		return n.Planned == 0 && n.Acknowledged == 14 && n.Known == 3 && n.Amended == 1 && n.Cancelled == 1
	}
	for !done(system.Stats()) {
		select {
		case <-ctx.Done():
			t.Fatalf("stats: %+v", system.Stats())
		case <-time.After(5 * time.Millisecond):
		}
	}
	if n := system.Stats(); n.Submitted != 14 || n.Conflicts != 0 || n.Refused != 0 || n.Pending == 0 {
		t.Errorf("stats: %+v; a question that is never answered is still pending", n)
	}
	kinds := map[string]int{}
	stand.mu.Lock()
	for _, o := range stand.orders {
		kinds[o.Type]++
	}
	stand.mu.Unlock()
	if kinds["GZHB"] != 5 || kinds["CB"] != 4 || kinds["FH"] != 5 {
		t.Errorf("%v", kinds)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestTheCodesAreThoseOfTheConfiguration(t *testing.T) {
	raw, err := os.ReadFile("../../../config/systems/billing.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Codes map[string]struct{ Map map[string]string }
	}
	if err := yaml.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	for name, ours := range map[string]sim.Table{"type": typeCodes, "status": statusCodes, "urgency": urgencyCodes} {
		theirs := file.Codes[name].Map
		if len(theirs) != len(ours) {
			t.Errorf("%s: %d codes here, %d in the configuration", name, len(ours), len(theirs))
		}
		for _, pair := range ours {
			if theirs[pair[0]] != pair[1] {
				t.Errorf("%s: %s is %s here, %q in the configuration", name, pair[0], pair[1], theirs[pair[0]])
			}
		}
	}
}
