package hotline_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"tundish/adapters/hotline"
	"tundish/adapters/soap"
	"tundish/adapters/standard"
	"tundish/adapters/standard/standardtest"
	"tundish/core"
	"tundish/core/outbox"
	wire "tundish/wsdl/hotline"
	"tundish/wsdl/xml"
	"tundish/wsdl/xsd"
)

var _ outbox.Sink = (*hotline.Sink)(nil)

// far is a hotline that answers what it is told to.
type far struct {
	ack    wire.Acknowledgement
	err    error
	state  string
	pages  []wire.ListOrdersResponse
	closed []*wire.CloseOrder
	status []*wire.UpdateOrderStatus
	asked  []*wire.GetWriteBackStatus
	extend []*wire.RequestExtension
}

func (f *far) UpdateOrderStatus(_ context.Context, q *wire.UpdateOrderStatus) (*wire.UpdateOrderStatusResponse, error) {
	f.status = append(f.status, q)
	return &wire.UpdateOrderStatusResponse{Acknowledgement: f.ack}, f.err
}

func (f *far) CloseOrder(_ context.Context, q *wire.CloseOrder) (*wire.CloseOrderResponse, error) {
	f.closed = append(f.closed, q)
	return &wire.CloseOrderResponse{Acknowledgement: f.ack}, f.err
}

func (f *far) ReturnOrder(_ context.Context, q *wire.ReturnOrder) (*wire.ReturnOrderResponse, error) {
	return &wire.ReturnOrderResponse{Acknowledgement: f.ack}, f.err
}

func (f *far) RequestExtension(_ context.Context, q *wire.RequestExtension) (*wire.RequestExtensionResponse, error) {
	f.extend = append(f.extend, q)
	return &wire.RequestExtensionResponse{Acknowledgement: f.ack}, f.err
}

func (f *far) GetWriteBackStatus(_ context.Context, q *wire.GetWriteBackStatus) (*wire.GetWriteBackStatusResponse, error) {
	f.asked = append(f.asked, q)
	return &wire.GetWriteBackStatusResponse{State: f.state}, f.err
}

func (f *far) ListOrders(_ context.Context, q *wire.ListOrders) (*wire.ListOrdersResponse, error) {
	return &f.pages[q.PageNo], f.err
}

func (f *far) serve(t *testing.T, log *standardtest.Recorder) string {
	t.Helper()
	o := soap.EndpointOptions{System: "hotline", Zone: standardtest.Zone}
	if log != nil {
		o.Log = log
	}
	e, err := soap.NewEndpoint(wire.NewHotlineSystemHandler(f), o)
	if err != nil {
		t.Fatal(err)
	}
	return standardtest.Serve(t, e, log)
}

func peer(t *testing.T, url, charset string, log soap.MessageLog) standard.Peer {
	y := standardtest.System(t, "hotline", nil)
	return standard.Peer{System: y, Client: standardtest.Client(t, y, url, charset, log), Clock: standardtest.NewClock(), Blobs: photos{}}
}

type photos struct{}

func (photos) Blob(_ context.Context, sha string) (core.Blob, error) {
	return core.Blob{SHA256: sha, Bytes: []byte("\xff\xd8" + sha)}, nil
}

func sink(t *testing.T, url string) *hotline.Sink {
	t.Helper()
	s, err := hotline.NewSink(peer(t, url, "UTF-8", nil))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// owed is a message as the outbox holds it.
func owed(t *testing.T, kind core.WriteBackKind, o core.WorkOrder) core.OutboxMessage {
	t.Helper()
	wb := core.WriteBack{Kind: kind, At: standardtest.Start, Status: core.StatusOf(&o), Reason: "不在供水范围", By: "crew:C017", Order: o}
	payload, err := json.Marshal(wb)
	if err != nil {
		t.Fatal(err)
	}
	return core.OutboxMessage{ID: "0190f3c2-7f1e-7c55-9a34-1f6f0b8b8a11", Target: "hotline", Order: o.No, Sequence: 7, Kind: kind, Payload: payload}
}

func done() core.WorkOrder {
	return core.WorkOrder{
		No: "W26-0000001-8", Ref: core.Ref{System: "hotline", External: "RX1", Period: "2026"}, Type: "leak", Family: core.Repair, Phase: core.Closed,
		Assignment: &core.Assignment{CrewID: "C017"},
		Completions: []core.Completion{{
			Outcome: core.Done, Handling: "repaired", Work: "更换 DN25 接户管 1.2 米", People: []string{"王小明", "李𠮷"}, CrewID: "C017",
			Photos: []core.Attachment{{Name: "after.jpg", ContentType: "image/jpeg", SHA256: "a", Size: 3, TakenAt: standardtest.Start}},
			Point:  &core.Point{Lat: 31.2304163, Lon: 121.4737012}, ArrivedAt: standardtest.Start.Add(-time.Hour), FinishedAt: standardtest.Start,
		}},
	}
}

func refusal(code string) error {
	return &wire.OrderFault{Code: code, Message: "no", Field: "ExternalRef", CorrelationId: "far-1"}
}

// raw answers with something that is no SOAP message.
func raw(t *testing.T, status int, header, body string) string {
	return standardtest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name, value, ok := strings.Cut(header, ": "); ok {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}), nil)
}

func untyped(code string) string {
	return `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:` + code + `</faultcode><faultstring>x</faultstring></s:Fault></s:Body></s:Envelope>`
}

func TestEveryWayThatADeliveryCanEnd(t *testing.T) {
	gone := raw(t, 200, "", "")
	for name, c := range map[string]struct {
		url  func(*testing.T) string
		want core.Delivery // Detail: a part of it
	}{
		"accepted":                       {(&far{ack: wire.Acknowledgement{Accepted: true}}).url, core.Delivery{Outcome: core.Delivered}},
		"done before":                    {(&far{ack: wire.Acknowledgement{Accepted: true, AlreadyDone: true, Code: "already_done"}}).url, core.Delivery{Outcome: core.AlreadyDone, Code: "already_done"}},
		"not now":                        {(&far{ack: wire.Acknowledgement{Code: "books_closed", Message: "month end", RetryAfterSeconds: new(int32(120))}}).url, core.Delivery{Outcome: core.TryLater, Code: "books_closed", Detail: "month end", RetryAfter: 2 * time.Minute}},
		"business says no":               {(&far{err: refusal("conflicting_result")}).url, core.Delivery{Outcome: core.RefusedByPeer, Code: "conflicting_result", Detail: "ExternalRef: no"}},
		"done, as a fault":               {(&far{err: refusal("already_written_back")}).url, core.Delivery{Outcome: core.AlreadyDone, Code: "already_written_back"}},
		"busy, as a fault":               {(&far{err: refusal("busy")}).url, core.Delivery{Outcome: core.TryLater, Code: "busy"}},
		"wrong password":                 {(&far{err: refusal("not_authorised")}).url, core.Delivery{Outcome: core.TryLater, Code: "not_authorised"}},
		"broken there":                   {(&far{err: errors.New("boom")}).url, core.Delivery{Outcome: core.TryLater}},
		"a fault of the server, untyped": {func(t *testing.T) string { return raw(t, 500, "Content-Type: text/xml", untyped("Server")) }, core.Delivery{Outcome: core.TryLater}},
		"a fault of the client, untyped": {func(t *testing.T) string { return raw(t, 500, "Content-Type: text/xml", untyped("Client")) }, core.Delivery{Outcome: core.RefusedByPeer}},
		"503":                            {func(t *testing.T) string { return raw(t, 503, "Retry-After: 30", "closed") }, core.Delivery{Outcome: core.TryLater, RetryAfter: 30 * time.Second, Overloaded: true}},
		"429":                            {func(t *testing.T) string { return raw(t, 429, "Retry-After: 5", "slowly") }, core.Delivery{Outcome: core.TryLater, RetryAfter: 5 * time.Second, Overloaded: true}},
		"a fault with 503":               {func(t *testing.T) string { return raw(t, 503, "Content-Type: text/xml", untyped("Server")) }, core.Delivery{Outcome: core.TryLater, Overloaded: true}},
		"401":                            {func(t *testing.T) string { return raw(t, 401, "", "who?") }, core.Delivery{Outcome: core.TryLater}},
		"400":                            {func(t *testing.T) string { return raw(t, 400, "", "what?") }, core.Delivery{Outcome: core.RefusedByPeer}},
		"500 with HTML":                  {func(t *testing.T) string { return raw(t, 500, "Content-Type: text/html", "<html>oops</html>") }, core.Delivery{Outcome: core.UnknownOutcome}},
		"200 with HTML":                  {func(t *testing.T) string { return raw(t, 200, "Content-Type: text/html", "<html>hello</html>") }, core.Delivery{Outcome: core.UnknownOutcome}},
		"200 with nothing":               {func(*testing.T) string { return gone }, core.Delivery{Outcome: core.UnknownOutcome}},
		"nobody there":                   {func(*testing.T) string { return "http://127.0.0.1:1" }, core.Delivery{Outcome: core.TryLater}},
		"hung up": {func(t *testing.T) string {
			return standardtest.Serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), nil)
		}, core.Delivery{Outcome: core.UnknownOutcome}},
	} {
		t.Run(name, func(t *testing.T) {
			d := sink(t, c.url(t)).Deliver(t.Context(), owed(t, core.TellResult, done()))
			if d.Outcome != c.want.Outcome || d.RetryAfter != c.want.RetryAfter || d.Overloaded != c.want.Overloaded || c.want.Code != "" && d.Code != c.want.Code || !strings.Contains(d.Detail, c.want.Detail) {
				t.Errorf("got %+v, want %+v", d, c.want)
			}
		})
	}
}

func (f *far) url(t *testing.T) string { return f.serve(t, nil) }

func TestWhatCannotBeSentIsADeadLetterThatSaysWhy(t *testing.T) {
	f := &far{ack: wire.Acknowledgement{Accepted: true}}
	s := sink(t, f.url(t))
	unread := owed(t, core.TellResult, done())
	unread.Payload = []byte("{")
	scrapped := owed(t, core.TellScrapped, done())
	incomplete := done()
	incomplete.Family = core.Installation
	for _, c := range []struct {
		want string
		m    core.OutboxMessage
	}{{"payload", unread}, {"no_operation", scrapped}, {"incomplete", owed(t, core.TellResult, incomplete)}, {"incomplete", owed(t, core.TellExtension, done())}} {
		if d := s.Deliver(t.Context(), c.m); d.Outcome != core.RefusedByPeer || d.Code != c.want || d.Detail == "" {
			t.Errorf("%s: %+v", c.want, d)
		}
	}
	if len(f.closed)+len(f.extend) != 0 {
		t.Error("something was sent")
	}
}

func TestEveryAttemptCarriesTheSameMessageId(t *testing.T) {
	log := &standardtest.Recorder{}
	f := &far{err: errors.New("boom")}
	s := sink(t, f.serve(t, log))
	m := owed(t, core.TellResult, done())
	for range 2 {
		s.Deliver(t.Context(), m)
	}
	if len(f.closed) != 2 || f.closed[0].MessageId != m.ID || f.closed[1].MessageId != m.ID || f.closed[1].Sequence != 7 {
		t.Errorf("%+v", f.closed)
	}
	for _, x := range log.All() {
		if x.ID != "urn:uuid:"+m.ID {
			t.Errorf("wsa:MessageID %s", x.ID)
		}
	}
	q := f.closed[0]
	if q.RefPeriod != "2026" || q.OrderNo != "W26-0000001-8" || string(q.Completion.Photo[0].Content) != "\xff\xd8a" || q.Completion.Person[1] != "李𠮷" {
		t.Errorf("%+v", q)
	}
}

func TestCallsAreFoundInTheLogByTheirOrder(t *testing.T) {
	log := &standardtest.Recorder{}
	s, err := hotline.NewSink(peer(t, (&far{ack: wire.Acknowledgement{Accepted: true}}).url(t), "UTF-8", log))
	if err != nil {
		t.Fatal(err)
	}
	m := owed(t, core.TellResult, done())
	d := s.Deliver(t.Context(), m)
	if x, stored := log.Last(t); x.Order != m.Order || x.External != "RX1" || x.Direction != core.Outbound || x.Operation != "CloseOrder" || x.ID != m.ID || !stored {
		t.Errorf("%+v, stored %v", x, stored)
	} else if k := d.Message; k.ID != x.ID || k.Order != x.Order || k.External != x.External || !bytes.Equal(k.Request, x.Request) || k.Result != "ok" {
		t.Errorf("to be stored with the outcome: %+v; want what the log was told", k)
	}
	s, err = hotline.NewSink(peer(t, (&far{err: errors.New("no")}).url(t), "UTF-8", log))
	if err != nil {
		t.Fatal(err)
	}
	d = s.Deliver(t.Context(), m)
	if x, stored := log.Last(t); x.Order != m.Order || x.Result == "ok" || stored || d.Message.ID != "" {
		t.Errorf("a call that failed: result %s, stored %t, with the outcome %q; the message log keeps it", x.Result, stored, d.Message.ID)
	}
}

func TestWhatAskingFindsOut(t *testing.T) {
	for name, c := range map[string]struct {
		url  func(*testing.T) string
		want core.DeliveryOutcome
	}{
		"applied":          {(&far{state: "applied"}).url, core.Delivered},
		"known":            {(&far{state: "known"}).url, core.TryLater},
		"unknown":          {(&far{state: "unknown"}).url, core.NotSent},
		"nonsense":         {(&far{state: "maybe"}).url, core.UnknownOutcome},
		"a fault":          {(&far{err: refusal("invalid_message")}).url, core.TryLater},
		"200 with nothing": {func(t *testing.T) string { return raw(t, 200, "", "") }, core.TryLater},
		"nobody there":     {func(*testing.T) string { return "http://127.0.0.1:1" }, core.TryLater},
	} {
		t.Run(name, func(t *testing.T) {
			if d := sink(t, c.url(t)).Ask(t.Context(), owed(t, core.TellResult, done())); d.Outcome != c.want {
				t.Errorf("got %+v, want %s", d, c.want)
			}
		})
	}
	f := &far{state: "applied"}
	sink(t, f.url(t)).Ask(t.Context(), owed(t, core.TellResult, done()))
	if q := f.asked[0]; q.AskedMessageId != owed(t, core.TellResult, done()).ID || q.MessageId == q.AskedMessageId || q.ExternalRef != "RX1" || q.Sequence != 0 {
		t.Errorf("%+v", q)
	}
}

func TestBooksAreReadToTheEnd(t *testing.T) {
	at := xsd.NewLocalDateTime(standardtest.Start)
	entry := func(ref string) wire.BookEntry {
		return wire.BookEntry{ExternalRef: ref, OrderNo: "W1", Type: "leak", State: "closed", Outcome: "done", FinalReading: new(xsd.MustDecimal("0.0")), RegisteredAt: at, UpdatedAt: at, Effects: 1}
	}
	f := &far{pages: []wire.ListOrdersResponse{
		{Entry: []wire.BookEntry{entry("1"), entry("2")}, More: true, SourceTime: at},
		{Entry: []wire.BookEntry{entry("3")}, SourceTime: at},
	}}
	b, err := hotline.NewBooks(peer(t, f.url(t), "UTF-8", nil))
	if err != nil {
		t.Fatal(err)
	}
	var refs []string
	for e, err := range b.Entries(t.Context(), time.Time{}, time.Time{}) {
		if err != nil {
			t.Fatal(err)
		}
		refs = append(refs, e.Ref.String())
		if e.FinalReading != "0.0" || e.Effects != 1 || !e.RegisteredAt.Equal(standardtest.Start) || !e.ClosedAt.IsZero() {
			t.Errorf("%+v", e)
		}
	}
	if strings.Join(refs, " ") != "hotline/1 hotline/2 hotline/3" {
		t.Errorf("read %v", refs)
	}
	f.pages = []wire.ListOrdersResponse{{More: true, SourceTime: at}}
	for _, err := range b.Entries(t.Context(), standardtest.Start, standardtest.Start) {
		if !core.IsKind(err, core.Unavailable) {
			t.Errorf("an endless book: %v", err)
		}
	}
}

func TestSystemMessagesAreAsWritten(t *testing.T) {
	for _, charset := range []string{xml.UTF8, xml.GBK} {
		t.Run(charset, func(t *testing.T) {
			log := &standardtest.Recorder{}
			f := &far{ack: wire.Acknowledgement{Accepted: true}, state: "applied", pages: []wire.ListOrdersResponse{{SourceTime: xsd.NewDateTime(standardtest.Start)}}}
			p := peer(t, f.serve(t, log), charset, nil)
			s, err := hotline.NewSink(p)
			if err != nil {
				t.Fatal(err)
			}
			gave := done()
			gave.Phase = core.Returned
			late := done()
			late.Extension = &core.Extension{No: "W26-0000001-8-E1", State: core.ExtensionRequested, Until: standardtest.Start.Add(48 * time.Hour), Reason: "掘路许可未批", By: "调度 03", RequestedAt: standardtest.Start}
			for _, m := range []core.OutboxMessage{owed(t, core.TellStatus, done()), owed(t, core.TellResult, done()), owed(t, core.TellReturned, gave), owed(t, core.TellExtension, late)} {
				if d := s.Deliver(t.Context(), m); d.Outcome != core.Delivered {
					t.Errorf("%s: %+v", m.Kind, d)
				}
			}
			if d := s.Ask(t.Context(), owed(t, core.TellResult, done())); d.Outcome != core.Delivered {
				t.Error(d)
			}
			b, err := hotline.NewBooks(p)
			if err != nil {
				t.Fatal(err)
			}
			for range b.Entries(t.Context(), standardtest.Start, time.Time{}) {
				t.Error("the books are not empty")
			}
			if got := f.closed[0].Completion.Person[1]; got != "李𠮷" {
				t.Errorf("%q arrived", got)
			}
			log.Golden(t, charset, "UpdateOrderStatus", "CloseOrder", "ReturnOrder", "RequestExtension", "GetWriteBackStatus", "ListOrders")
		})
	}
}
