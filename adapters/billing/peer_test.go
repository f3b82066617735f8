package billing_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"tundish/adapters/billing"
	"tundish/adapters/soap"
	"tundish/adapters/standard"
	"tundish/adapters/standard/standardtest"
	"tundish/core"
	"tundish/core/life"
	"tundish/core/outbox"
	"tundish/core/pull"
	wire "tundish/wsdl/billing"
	"tundish/wsdl/xml"
	"tundish/wsdl/xsd"
)

var _ outbox.Sink = (*billing.Sink)(nil)

// far is a billing system that takes everything and remembers it.
type far struct {
	ack     wire.Acknowledgement
	err     error
	unknown []string
	items   []wire.Order

	sent      []string // operations
	replaced  *wire.CompleteReplacement
	removed   *wire.CompleteRemoval
	rechecked *wire.CompleteRecheck
	status    *wire.UpdateOrderStatus
	scrapped  *wire.RegisterScrappedMeter
	corrected *wire.UpdateCustomer
	confirmed *wire.ConfirmReceived
	asked     *wire.GetScheduledReplacements
}

func (f *far) got(op string) { f.sent = append(f.sent, op) }

func (f *far) GetScheduledReplacements(_ context.Context, q *wire.GetScheduledReplacements) (*wire.GetScheduledReplacementsResponse, error) {
	f.asked = q
	from := int(q.PageNo * q.PageSize)
	to := min(from+int(q.PageSize), len(f.items))
	return &wire.GetScheduledReplacementsResponse{Item: f.items[from:to], Total: int32(len(f.items)), More: to < len(f.items), SourceTime: xsd.NewLocalDateTime(standardtest.Start)}, f.err
}

func (f *far) ConfirmReceived(_ context.Context, q *wire.ConfirmReceived) (*wire.ConfirmReceivedResponse, error) {
	f.confirmed = q
	return &wire.ConfirmReceivedResponse{Acknowledgement: f.ack, Unknown: f.unknown}, f.err
}

func (f *far) UpdateOrderStatus(_ context.Context, q *wire.UpdateOrderStatus) (*wire.UpdateOrderStatusResponse, error) {
	f.got("UpdateOrderStatus")
	f.status = q
	return &wire.UpdateOrderStatusResponse{Acknowledgement: f.ack}, f.err
}

func (f *far) ReturnOrder(context.Context, *wire.ReturnOrder) (*wire.ReturnOrderResponse, error) {
	f.got("ReturnOrder")
	return &wire.ReturnOrderResponse{Acknowledgement: f.ack}, f.err
}

func (f *far) CompleteReplacement(_ context.Context, q *wire.CompleteReplacement) (*wire.CompleteReplacementResponse, error) {
	f.got("CompleteReplacement")
	f.replaced = q
	return &wire.CompleteReplacementResponse{Acknowledgement: f.ack}, f.err
}

func (f *far) CompleteRemoval(_ context.Context, q *wire.CompleteRemoval) (*wire.CompleteRemovalResponse, error) {
	f.got("CompleteRemoval")
	f.removed = q
	return &wire.CompleteRemovalResponse{Acknowledgement: f.ack}, f.err
}

func (f *far) CompleteRecheck(_ context.Context, q *wire.CompleteRecheck) (*wire.CompleteRecheckResponse, error) {
	f.got("CompleteRecheck")
	f.rechecked = q
	return &wire.CompleteRecheckResponse{Acknowledgement: f.ack}, f.err
}

func (f *far) UpdateCustomer(_ context.Context, q *wire.UpdateCustomer) (*wire.UpdateCustomerResponse, error) {
	f.got("UpdateCustomer")
	f.corrected = q
	return &wire.UpdateCustomerResponse{Acknowledgement: f.ack}, f.err
}

func (f *far) RegisterScrappedMeter(_ context.Context, q *wire.RegisterScrappedMeter) (*wire.RegisterScrappedMeterResponse, error) {
	f.got("RegisterScrappedMeter")
	f.scrapped = q
	return &wire.RegisterScrappedMeterResponse{Acknowledgement: f.ack}, f.err
}

func (f *far) GetCustomer(context.Context, *wire.GetCustomer) (*wire.GetCustomerResponse, error) {
	return nil, errors.New("nobody looks customers up yet")
}

func (f *far) GetWriteBackStatus(context.Context, *wire.GetWriteBackStatus) (*wire.GetWriteBackStatusResponse, error) {
	return &wire.GetWriteBackStatusResponse{State: "applied"}, f.err
}

func (f *far) ListOrders(context.Context, *wire.ListOrders) (*wire.ListOrdersResponse, error) {
	at := xsd.NewDateTime(standardtest.Start)
	return &wire.ListOrdersResponse{Entry: []wire.BookEntry{{ExternalRef: "1", Type: "removal", State: "closed", RegisteredAt: at, UpdatedAt: at, Effects: 2}}, SourceTime: at}, f.err
}

func (f *far) serve(t *testing.T, log *standardtest.Recorder) string {
	t.Helper()
	o := soap.EndpointOptions{System: "billing", Zone: standardtest.Zone}
	if log != nil {
		o.Log = log
	}
	e, err := soap.NewEndpoint(wire.NewBillingSystemHandler(f), o)
	if err != nil {
		t.Fatal(err)
	}
	return standardtest.Serve(t, e, log)
}

func peer(t *testing.T, url, charset string, log soap.MessageLog) standard.Peer {
	y := standardtest.System(t, "billing", nil)
	return standard.Peer{System: y, Client: standardtest.Client(t, y, url, charset, log), Clock: standardtest.NewClock()}
}

func order(family core.Family, c core.Completion) core.WorkOrder {
	c.FinishedAt, c.People = standardtest.Start, []string{"王小明"}
	return core.WorkOrder{
		No: "W26-0000001-8", Ref: core.Ref{System: "billing", External: "CB1"}, Type: string(family), Family: family, Phase: core.Closed,
		Customer: core.Customer{Account: "0310021745", Name: "𠮷田", Phone: "138"}, Place: core.Place{Address: "张杨路"}, Meter: core.Meter{Serial: "OLD", DiameterMM: 20},
		Completions: []core.Completion{c},
	}
}

var work = core.Completion{Outcome: core.Done, OldFinalReading: "0", NewSerial: "NEW", NewInitialReading: "0.0", OriginalReading: "1234.50", RecheckedReading: "0", OldMeterFate: "scrapped", Confirmation: "misread"}

func owed(t *testing.T, kind core.WriteBackKind, o core.WorkOrder) core.OutboxMessage {
	t.Helper()
	payload, err := json.Marshal(core.WriteBack{Kind: kind, At: standardtest.Start, Status: core.StatusOf(&o), Reason: "更正", By: "crew:C017", Order: o})
	if err != nil {
		t.Fatal(err)
	}
	return core.OutboxMessage{ID: "0190f3c2-7f1e-7c55-9a34-1f6f0b8b8a11", Target: "billing", Order: o.No, Sequence: 2, Kind: kind, Payload: payload}
}

func TestEachResultTakesTheOperationOfItsFamily(t *testing.T) {
	f := &far{ack: wire.Acknowledgement{Accepted: true}}
	s, err := billing.NewSink(peer(t, f.serve(t, nil), xml.UTF8, nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kind core.WriteBackKind
		o    core.WorkOrder
		op   string
	}{
		{core.TellResult, order(core.Replacement, work), "CompleteReplacement"},
		{core.TellResult, order(core.Removal, work), "CompleteRemoval"},
		{core.TellResult, order(core.Recheck, work), "CompleteRecheck"},
		{core.TellResult, order(core.Service, work), "UpdateOrderStatus"},
		{core.TellStatus, order(core.Replacement, work), "UpdateOrderStatus"},
		{core.TellReturned, order(core.Removal, work), "ReturnOrder"},
		{core.TellScrapped, order(core.Replacement, work), "RegisterScrappedMeter"},
		{core.TellCustomer, order(core.Replacement, work), "UpdateCustomer"},
	} {
		d := s.Deliver(t.Context(), owed(t, c.kind, c.o))
		if d.Outcome != core.Delivered || f.sent[len(f.sent)-1] != c.op {
			t.Errorf("%s of %s: %+v by %v, want %s", c.kind, c.o.Family, d, f.sent, c.op)
		}
		if c.kind == core.TellResult && c.o.Family == core.Service {
			if q := f.status.OrderStatus; q.Status != "completed" || q.Outcome != "done" {
				t.Errorf("the result of a service by its status: %+v", q)
			}
		}
	}
	if q := f.replaced; q.Account != "0310021745" || q.Completion.MeterExchange.OldFinalReading.String() != "0" || q.Completion.MeterExchange.NewInitialReading.String() != "0.0" {
		t.Errorf("%+v", q.Completion.MeterExchange)
	}
	if q := f.removed.Completion.MeterRemoval; q == nil || q.Serial != "OLD" || q.FinalReading.String() != "0" {
		t.Errorf("%+v", q)
	}
	if q := f.rechecked.Completion.Recheck; q == nil || q.OriginalReading.String() != "1234.50" || q.RecheckedReading.String() != "0" || q.Confirmation != "misread" {
		t.Errorf("%+v", q)
	}
	if q := f.scrapped; q.ExternalRef != "CB1" || q.Meter.Serial != "OLD" || q.FinalReading.String() != "0" || q.RemovedOn.String() != "2026-05-11" || q.By != "王小明" {
		t.Errorf("%+v", q)
	}
	if q := f.corrected; q.Customer.Name != "𠮷田" || q.Customer.Account != "" || q.Account != "0310021745" || q.Remark != "更正" {
		t.Errorf("%+v", q)
	}
}

func TestAnOrderOfAnotherSystemIsNotQuotedByItsNumber(t *testing.T) {
	f := &far{ack: wire.Acknowledgement{Accepted: true}}
	s, err := billing.NewSink(peer(t, f.serve(t, nil), xml.UTF8, nil))
	if err != nil {
		t.Fatal(err)
	}
	o := order(core.Repair, work)
	o.Ref.System = "hotline"
	o.Completions[0].OldFinalReading = ""
	if d := s.Deliver(t.Context(), owed(t, core.TellScrapped, o)); d.Outcome != core.Delivered {
		t.Fatal(d)
	}
	if f.scrapped.ExternalRef != "" || f.scrapped.FinalReading != nil {
		t.Errorf("%+v", f.scrapped)
	}
	o.Meter = core.Meter{}
	if d := s.Deliver(t.Context(), owed(t, core.TellScrapped, o)); d.Outcome != core.RefusedByPeer || d.Code != "incomplete" {
		t.Errorf("a meter without number: %+v", d)
	}
}

func TestARefusalOfBillingIsADeadLetterWithItsCode(t *testing.T) {
	f := &far{err: &wire.OrderFault{Code: "implausible_reading", Message: "lower than the last one", Field: "Completion/MeterExchange/OldFinalReading", CorrelationId: "x"}}
	s, err := billing.NewSink(peer(t, f.serve(t, nil), xml.UTF8, nil))
	if err != nil {
		t.Fatal(err)
	}
	if d := s.Deliver(t.Context(), owed(t, core.TellResult, order(core.Replacement, work))); d.Outcome != core.RefusedByPeer || d.Code != "implausible_reading" || !strings.Contains(d.Detail, "OldFinalReading: lower") {
		t.Errorf("%+v", d)
	}
}

func due(ref string) wire.Order {
	return wire.Order{ExternalRef: ref, Type: "scheduled_replacement", Customer: &wire.Customer{Account: "A" + ref}, Place: &wire.Place{Address: "张杨路"}, Meter: &wire.Meter{Serial: "S" + ref, LastReading: new(xsd.MustDecimal("0"))}}
}

var window = pull.Window{From: standardtest.Start.Add(-24 * time.Hour), To: standardtest.Start}

func TestPagesArePulledWithTheMessageBehindThem(t *testing.T) {
	f := &far{ack: wire.Acknowledgement{Accepted: true}, items: []wire.Order{due("1"), due("2"), due("3")}}
	log := &standardtest.Recorder{}
	s, err := billing.NewSource(peer(t, f.serve(t, nil), xml.GBK, log))
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Fetch(t.Context(), window, 1, 2)
	if err != nil || p.More || len(p.Items) != 1 || !p.SourceTime.Equal(standardtest.Start) {
		t.Fatalf("%+v, %v", p, err)
	}
	it := p.Items[0]
	if it.Err != nil || it.Order.Ref != (core.Ref{System: "billing", External: "3"}) || it.Order.Meter.LastReading != "0" || it.Hash == "" {
		t.Errorf("%+v", it)
	}
	m := p.Message
	if m.ID == "" || m.Direction != core.Outbound || m.Operation != "GetScheduledReplacements" || m.System != "billing" || !strings.Contains(string(m.Response), "<ExternalRef>3</ExternalRef>") {
		t.Errorf("%+v", m)
	}
	if _, stored := log.Last(t); !stored {
		t.Error("the page is logged twice: by the message log and with its orders")
	}
	if q := f.asked; q.PageNo != 1 || q.PageSize != 2 || !q.WindowFrom.Time(nil).Equal(window.From) || q.MessageId == "" {
		t.Errorf("%+v", q)
	}
	f.err = errors.New("boom")
	if _, err := s.Fetch(t.Context(), window, 0, 2); !core.IsKind(err, core.Unavailable) {
		t.Errorf("%v", err)
	}
	if _, stored := log.Last(t); stored {
		t.Error("a failed call is in nobody's log")
	}
}

func TestAPulledPageBecomesOrders(t *testing.T) {
	bad := due("2")
	bad.Type = "unheard_of"
	f := &far{ack: wire.Acknowledgement{Accepted: true}, items: []wire.Order{due("1"), bad, due("3"), due("4")}}
	s, err := billing.NewSource(peer(t, f.serve(t, nil), xml.UTF8, nil))
	if err != nil {
		t.Fatal(err)
	}
	store, rules := open(t), standardtest.Rules()
	r, err := pull.New(store, []pull.Job{{Name: "due", System: "billing", Source: s, PageSize: 3, Ahead: -1}}, pull.Options{Clock: standardtest.NewClock(), Log: zap.NewNop(), Rules: func() *life.Rules { return rules }, Holder: "test"})
	if err != nil {
		t.Fatal(err)
	}
	run, err := r.RunOnce(t.Context(), "due", window)
	if err != nil || run.Created != 3 || run.Refused != 1 || run.Fetched != 4 {
		t.Fatalf("%+v, %v", run, err)
	}
	if f.confirmed == nil || len(f.confirmed.Received) != 1 || f.confirmed.Received[0].ExternalRef != "4" || f.confirmed.Received[0].OrderNo == "" {
		t.Errorf("confirmed %+v", f.confirmed)
	}
	if again, err := r.RunOnce(t.Context(), "due", window); err != nil || again.Known != 3 || again.Created != 0 {
		t.Errorf("again: %+v, %v", again, err)
	}
	ms, err := store.Messages(t.Context(), core.MessageQuery{System: "billing"})
	if err != nil || len(ms) != 4 {
		t.Errorf("%d messages for four pages, %v", len(ms), err)
	}
	items, err := store.RefusedItems(t.Context(), run.ID, 10)
	if err != nil || len(items) != 1 || items[0].Ref.External != "2" || !strings.Contains(string(items[0].Raw), "unheard_of") {
		t.Errorf("%+v, %v", items, err)
	}
}

func TestConfirmationsThatAreNotTaken(t *testing.T) {
	seen, logs := observer.New(zap.WarnLevel)
	f := &far{ack: wire.Acknowledgement{Accepted: true}, unknown: []string{"9"}}
	p := peer(t, f.serve(t, nil), xml.UTF8, nil)
	p.Log = zap.New(seen)
	s, err := billing.NewSource(p)
	if err != nil {
		t.Fatal(err)
	}
	rs := []pull.Receipt{{Ref: core.Ref{External: "9"}, No: "W1"}}
	if err := s.Confirm(t.Context(), rs); err != nil || logs.FilterMessageSnippet("does not know").Len() != 1 {
		t.Errorf("%v, %v", err, logs.All())
	}
	f.ack = wire.Acknowledgement{Code: "books_closed", Message: "later"}
	if err := s.Confirm(t.Context(), rs); !core.IsKind(err, core.Unavailable) || core.CodeOf(err) != "books_closed" {
		t.Errorf("%v", err)
	}
	f.confirmed = nil
	if err := s.Confirm(t.Context(), []pull.Receipt{{Refused: "x"}}); err != nil || f.confirmed != nil {
		t.Errorf("a page of refusals is confirmed: %v", err)
	}
}

func TestAPageThatIsGarbageIsNotAnEmptyOne(t *testing.T) {
	for name, body := range map[string]string{
		"cut off": `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><GetScheduledReplacementsResponse xmlns="urn:tundish:billing:v1"><Item><ExternalRef>1</ExternalRef>`,
		"other":   `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><ListOrdersResponse xmlns="urn:tundish:billing:v1"/></s:Body></s:Envelope>`,
	} {
		url := standardtest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/xml")
			_, _ = w.Write([]byte(body))
		}), nil)
		s, err := billing.NewSource(peer(t, url, xml.UTF8, nil))
		if err != nil {
			t.Fatal(err)
		}
		if p, err := s.Fetch(t.Context(), window, 0, 10); err == nil {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestSystemMessagesAreAsWritten(t *testing.T) {
	for _, charset := range []string{xml.UTF8, xml.GBK} {
		t.Run(charset, func(t *testing.T) {
			log := &standardtest.Recorder{}
			f := &far{ack: wire.Acknowledgement{Accepted: true}, items: []wire.Order{due("1")}}
			p := peer(t, f.serve(t, log), charset, nil)
			s, err := billing.NewSink(p)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range []core.OutboxMessage{
				owed(t, core.TellResult, order(core.Replacement, work)), owed(t, core.TellResult, order(core.Removal, work)), owed(t, core.TellResult, order(core.Recheck, work)),
				owed(t, core.TellStatus, order(core.Service, work)), owed(t, core.TellReturned, order(core.Removal, work)),
				owed(t, core.TellScrapped, order(core.Replacement, work)), owed(t, core.TellCustomer, order(core.Replacement, work)),
			} {
				if d := s.Deliver(t.Context(), m); d.Outcome != core.Delivered {
					t.Errorf("%s: %+v", m.Kind, d)
				}
			}
			if d := s.Ask(t.Context(), owed(t, core.TellResult, order(core.Removal, work))); d.Outcome != core.Delivered {
				t.Error(d)
			}
			source, err := billing.NewSource(p)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := source.Fetch(t.Context(), window, 0, 200); err != nil {
				t.Error(err)
			}
			if err := source.Confirm(t.Context(), []pull.Receipt{{Ref: core.Ref{External: "1"}, No: "W26-0000001-8"}}); err != nil {
				t.Error(err)
			}
			b, err := billing.NewBooks(p)
			if err != nil {
				t.Fatal(err)
			}
			for e, err := range b.Entries(t.Context(), time.Time{}, standardtest.Start) {
				if err != nil || e.Effects != 2 {
					t.Errorf("%+v, %v", e, err)
				}
			}
			log.Golden(t, charset, "CompleteReplacement", "CompleteRemoval", "CompleteRecheck", "UpdateOrderStatus", "ReturnOrder", "RegisterScrappedMeter", "UpdateCustomer",
				"GetWriteBackStatus", "GetScheduledReplacements", "ConfirmReceived", "ListOrders")
		})
	}
}
