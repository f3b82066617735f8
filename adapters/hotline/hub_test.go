package hotline_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tundish/adapters/hotline"
	"tundish/adapters/soap"
	"tundish/adapters/standard"
	"tundish/adapters/standard/standardtest"
	"tundish/core"
	"tundish/core/intake"
	"tundish/core/life"
	"tundish/core/store/sqlite"
	wire "tundish/wsdl/hotline"
	"tundish/wsdl/xsd"
)

// hub is one with a store, served on loopback, and a hotline that calls it.
type hub struct {
	*testing.T
	*wire.HotlineHubClient
	store *sqlite.Store
	clock *standardtest.Clock
	url   string
	log   *standardtest.Recorder // of what the hub serves
}

func serve(t *testing.T, change func(*standard.Settings)) *hub { return serveIn(t, "UTF-8", change) }

func serveIn(t *testing.T, charset string, change func(*standard.Settings)) *hub {
	t.Helper()
	store, err := sqlite.Open(filepath.Join(t.TempDir(), "tundish.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	h := &hub{T: t, store: store, clock: standardtest.NewClock(), log: &standardtest.Recorder{}}
	rules := standardtest.Rules()
	in, err := intake.New(store, intake.Options{Clock: h.clock, Rules: func() *life.Rules { return rules }})
	if err != nil {
		t.Fatal(err)
	}
	y := standardtest.System(t, "hotline", change)
	e, err := hotline.NewEndpoint(standard.Hub{
		System: y, Intake: in, Blobs: store, CrewName: func(id string) string { return "crew " + id },
		SOAP: soap.EndpointOptions{Log: h.log, Clock: h.clock},
	})
	if err != nil {
		t.Fatal(err)
	}
	h.url = standardtest.Serve(t, e, h.log)
	h.HotlineHubClient = wire.NewHotlineHubClient(standardtest.Client(t, y, h.url, charset, nil))
	return h
}

func leak(ref string) wire.Order {
	return wire.Order{
		ExternalRef: ref, Type: "leak", Urgency: "normal",
		Customer: &wire.Customer{Name: "𠮷田", Contact: "李师傅", Phone: "13800000000"},
		Place:    &wire.Place{Address: "浦东新区张杨路1234弄5号"},
		Report:   &wire.Report{Category: "leak", Content: "5 号门前路面冒水"},
	}
}

func (h *hub) submit(o wire.Order) *wire.SubmitOrderResponse {
	h.Helper()
	a, err := h.SubmitOrder(h.Context(), &wire.SubmitOrder{Order: o})
	if err != nil {
		h.Fatal(err)
	}
	return a
}

func (h *hub) order(no string) core.WorkOrder {
	h.Helper()
	o, err := h.store.Order(h.Context(), core.OrderNo(no))
	if err != nil {
		h.Fatal(err)
	}
	return o
}

// wantFault checks the typed detail of a fault.
func wantFault(t *testing.T, err error, code, field, says string) {
	t.Helper()
	var f *soap.Fault
	if !errors.As(err, &f) {
		t.Fatalf("got %v, want a fault %s", err, code)
	}
	d, ok := f.Detail.(*wire.OrderFault)
	if !ok {
		t.Fatalf("fault %v has detail %T", f, f.Detail)
	}
	if d.Code != code || d.Field != field || !strings.Contains(d.Message, says) || d.CorrelationId == "" || d.Message != f.String {
		t.Errorf("got %+v, want code %s, field %q, …%s…", d, code, field, says)
	}
}

func TestASubmittedOrderIsOnDiskWithItsMessage(t *testing.T) {
	h := serve(t, nil)
	o := leak("RX1")
	o.Attachment = []wire.Attachment{{Name: "a.png", ContentType: "x", Content: xsd.Binary("\x89PNG\r\n\x1a\n0000")}}
	a, err := h.SubmitOrder(t.Context(), &wire.SubmitOrder{MessageId: "m-1", Order: o})
	if err != nil {
		t.Fatal(err)
	}
	if a.Known || a.Status != "received" || !a.At.Time(nil).Equal(standardtest.Start) {
		t.Errorf("%+v", a)
	}
	got := h.order(a.OrderNo)
	if got.Customer.Name != "𠮷田" || got.Ref != (core.Ref{System: "hotline", External: "RX1"}) || got.Channel != "phone" {
		t.Errorf("%+v", got)
	}
	blob, err := h.store.Blob(t.Context(), got.Report.Attachments[0].SHA256)
	if err != nil || string(blob.Bytes) != "\x89PNG\r\n\x1a\n0000" {
		t.Errorf("attachment %q, %v", blob.Bytes, err)
	}
	ms, err := h.store.Messages(t.Context(), core.MessageQuery{Order: got.No, WithBodies: true})
	if err != nil || len(ms) != 1 || ms[0].External != "RX1" || ms[0].Operation != "SubmitOrder" || ms[0].Result != "ok" || !bytes.Contains(ms[0].Request, []byte("13800000000")) {
		t.Fatalf("messages %+v, %v", ms, err)
	}
	events, err := h.store.Events(t.Context(), got.No)
	if err != nil || events[0].MessageID != ms[0].ID || events[0].By != "system:hotline" {
		t.Errorf("events %+v, %v", events, err)
	}
	if _, stored := h.log.Last(t); !stored {
		t.Error("the message log would store the message a second time")
	}
}

func TestARepeatIsKnownHoweverItIsWritten(t *testing.T) {
	h := serve(t, nil)
	first := h.submit(leak("RX1"))
	h.clock.Advance(time.Minute)
	again := h.submit(leak("RX1"))
	if !again.Known || again.OrderNo != first.OrderNo || again.At != first.At {
		t.Errorf("%+v after %+v", again, first)
	}
	// The same order from another stack: GBK, prefixes, another order of children, no namespace.
	body := `<?xml version="1.0" encoding="GBK"?><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><q:SubmitOrder xmlns:q="urn:tundish:hotline:v1"><q:Order>` +
		"<q:Type>leak</q:Type><q:ExternalRef> RX1</q:ExternalRef><q:Urgency>normal</q:Urgency><q:Customer><q:Contact>\xc0\xee\xca\xa6\xb8\xb5</q:Contact><q:Name>&#x20BB7;\xcc\xef</q:Name><q:Phone>13800000000</q:Phone></q:Customer>" +
		"<q:Place><q:Address>\xc6\xd6\xb6\xab\xd0\xc2\xc7\xf8\xd5\xc5\xd1\xee\xc2\xb71234\xc5\xaa5\xba\xc5</q:Address></q:Place><q:Report><q:Category>leak</q:Category><q:Content>5 \xba\xc5\xc3\xc5\xc7\xb0\xc2\xb7\xc3\xe6\xc3\xb0\xcb\xae</q:Content></q:Report>" +
		`</q:Order></q:SubmitOrder></e:Body></e:Envelope>`
	if answer := h.post(body); !strings.Contains(answer, "<Known>true</Known>") {
		t.Errorf("from another stack: %s", answer)
	}
	orders, err := h.store.Orders(t.Context(), core.OrderQuery{})
	if err != nil || len(orders) != 1 || orders[0].Version != 1 {
		t.Errorf("%d orders, %v", len(orders), err)
	}
}

func (h *hub) post(body string) string {
	h.Helper()
	r, err := http.Post(h.url, "text/xml; charset=GBK", strings.NewReader(body))
	if err != nil {
		h.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	answer, err := io.ReadAll(r.Body)
	if err != nil {
		h.Fatal(err)
	}
	return string(answer)
}

func TestAHundredParallelRetriesMakeOneOrder(t *testing.T) {
	h := serve(t, nil)
	var wg sync.WaitGroup
	nos := make([]string, 100)
	for i := range nos {
		wg.Go(func() {
			if a, err := h.SubmitOrder(t.Context(), &wire.SubmitOrder{Order: leak("RX1")}); err != nil {
				t.Error(err)
			} else {
				nos[i] = a.OrderNo
			}
		})
	}
	wg.Wait()
	for _, no := range nos {
		if no != nos[0] {
			t.Fatalf("orders %s and %s", no, nos[0])
		}
	}
	if o := h.order(nos[0]); o.Version != 1 {
		t.Errorf("version %d", o.Version)
	}
}

func TestAnOlderVersionThatComesLateIsKnown(t *testing.T) {
	h := serve(t, nil)
	v1, v2 := leak("RX1"), leak("RX1")
	v2.Customer = &wire.Customer{Phone: "13911111111"}
	h.submit(v1)
	if a := h.submit(v2); a.Known {
		t.Error("v2 is known")
	}
	a := h.submit(v1)
	if o := h.order(a.OrderNo); !a.Known || o.Customer.Phone != "13911111111" || o.Version != 2 {
		t.Errorf("%+v, phone %s, version %d", a, o.Customer.Phone, o.Version)
	}
}

func TestAmendChangesWhatIsKnownAndRefusesWhatIsNot(t *testing.T) {
	h := serve(t, nil)
	_, err := h.AmendOrder(t.Context(), &wire.AmendOrder{Order: leak("RX1")})
	wantFault(t, err, "unknown_order", "Order/ExternalRef", "submit it first")
	h.submit(leak("RX1"))
	o := leak("RX1")
	o.Report.Content = "worse"
	a, err := h.AmendOrder(t.Context(), &wire.AmendOrder{Order: o})
	if err != nil || a.Known || h.order(a.OrderNo).Report.Content != "worse" {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestCancellingTwiceIsKnown(t *testing.T) {
	h := serve(t, nil)
	h.submit(leak("RX1"))
	q := &wire.CancelOrder{ExternalRef: "RX1", Reason: "reported twice", By: "陈"}
	a, err := h.CancelOrder(t.Context(), q)
	if err != nil || a.Known || a.Status != "cancelled" {
		t.Fatalf("%+v, %v", a, err)
	}
	h.clock.Advance(time.Hour)
	b, err := h.CancelOrder(t.Context(), q)
	if err != nil || !b.Known || b.At != a.At {
		t.Errorf("%+v after %+v, %v", b, a, err)
	}
	changed := leak("RX1")
	changed.Report.Content = "it came back"
	_, err = h.SubmitOrder(t.Context(), &wire.SubmitOrder{Order: changed})
	wantFault(t, err, "ended", "", "submit a new order")
}

func TestEachUrgingCountsOnce(t *testing.T) {
	h := serve(t, nil)
	h.submit(leak("RX1"))
	urge := func(id string) *wire.ExpediteOrderResponse {
		a, err := h.ExpediteOrder(t.Context(), &wire.ExpediteOrder{MessageId: id, ExternalRef: "RX1", Reason: "called again"})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	first := urge("m-1")
	h.clock.Advance(time.Minute)
	if a := urge("m-2"); a.Known || a.ExpediteCount != 2 {
		t.Errorf("another message: %+v", a)
	}
	if a := urge("m-1"); !a.Known || a.ExpediteCount != 2 || a.At != first.At {
		t.Errorf("the first one again: %+v, first %+v", a, first)
	}
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if _, err := h.ExpediteOrder(t.Context(), &wire.ExpediteOrder{MessageId: "m-3", ExternalRef: "RX1"}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if o := h.order(first.OrderNo); o.Expedite != 3 || o.Urgency != core.Urgent {
		t.Errorf("urged %d times, urgency %s", o.Expedite, o.Urgency)
	}
}

// finish takes an order to its follow-up call.
func (h *hub) finish(no string) {
	h.Helper()
	rules := standardtest.Rules()
	step := life.Step{Now: h.clock.Now(), Actor: life.Hub("test"), By: "test"}
	for _, do := range []func(core.WorkOrder) (core.Unit, error){
		func(o core.WorkOrder) (core.Unit, error) { return rules.Accept(o, step) },
		func(o core.WorkOrder) (core.Unit, error) {
			return rules.Assign(o, core.Assignment{CrewID: "C017", Day: "2026-05-11", Minutes: 60}, core.CrewDay{}, step)
		},
		func(o core.WorkOrder) (core.Unit, error) {
			u, err := rules.Complete(o, "C017", core.Completion{Outcome: core.Done, Work: "a new joint", People: []string{"王"},
				Photos: []core.Attachment{{Name: "a.jpg", ContentType: "image/jpeg", SHA256: strings.Repeat("a", 64), Size: 5}}}, step)
			u.Blobs = []core.Blob{{SHA256: strings.Repeat("a", 64), ContentType: "image/jpeg", Bytes: []byte("photo")}}
			return u, err
		},
	} {
		h.clock.Advance(time.Minute)
		step.Now = h.clock.Now()
		if _, err := core.Decide(context.Background(), h.store, core.OrderNo(no), do); err != nil {
			h.Fatal(err)
		}
	}
}

func TestAQueryTellsHowFarAnOrderIs(t *testing.T) {
	h := serve(t, nil)
	a := h.submit(leak("RX1"))
	p, err := h.QueryOrder(t.Context(), &wire.QueryOrder{ExternalRef: "RX1"})
	if err != nil || p.Progress.Status != "received" || p.Progress.Completion != nil || len(p.Progress.Event) != 1 || p.Progress.Deadline == nil {
		t.Fatalf("%+v, %v", p, err)
	}
	h.finish(a.OrderNo)
	done := h.clock.Now()
	h.clock.Advance(time.Hour)
	p, err = h.QueryOrder(t.Context(), &wire.QueryOrder{OrderNo: a.OrderNo, ExternalRef: "RX1"})
	if err != nil {
		t.Fatal(err)
	}
	g := &p.Progress
	if g.Status != "completed" || g.Phase != "follow_up" || g.CrewName != "crew C017" || g.Completion == nil || g.Completion.Work != "a new joint" || len(g.Completion.Photo) != 0 || !g.At.Time(nil).Equal(done) {
		t.Errorf("%+v", g)
	}
	p, err = h.QueryOrder(t.Context(), &wire.QueryOrder{OrderNo: a.OrderNo, WithPhotos: new(true)})
	if err != nil || len(p.Progress.Completion.Photo) != 1 || string(p.Progress.Completion.Photo[0].Content) != "photo" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestAQueryMustNameOneOrderOfItsOwnSystem(t *testing.T) {
	h := serve(t, nil)
	h.submit(leak("RX1"))
	b := h.submit(leak("RX2"))
	ask := func(q wire.QueryOrder) error {
		_, err := h.QueryOrder(t.Context(), &q)
		return err
	}
	wantFault(t, ask(wire.QueryOrder{}), "required", "ExternalRef", "OrderNo")
	wantFault(t, ask(wire.QueryOrder{ExternalRef: "RX1", OrderNo: b.OrderNo}), "number_mismatch", "OrderNo", b.OrderNo)
	wantFault(t, ask(wire.QueryOrder{ExternalRef: "RX3"}), "unknown_order", "ExternalRef", "hotline/RX3")

	other := core.WorkOrder{No: "W26-9999999-9", Ref: core.Ref{System: "website", External: "RX1"}, Type: "leak", Family: core.Repair}
	c, err := core.NewChange(nil, other, core.Event{At: standardtest.Start, Kind: core.EventReceived, By: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if out := h.store.Commit(t.Context(), core.Unit{Orders: []core.OrderChange{c}})[0]; out.Error() != nil {
		t.Fatal(out.Error())
	}
	wantFault(t, ask(wire.QueryOrder{OrderNo: string(other.No)}), "unknown_order", "OrderNo", "")
}

func TestAFollowUpKeepsWhoCalledAndWhenAndCountsOnce(t *testing.T) {
	h := serve(t, nil)
	a := h.submit(leak("RX1"))
	call := &wire.RecordFollowUp{MessageId: "f-1", ExternalRef: "RX1", FollowUp: wire.FollowUp{Reached: true, Satisfaction: "satisfied", By: "陈", At: xsd.NewLocalDateTime(standardtest.Start.Add(-time.Minute))}}
	_, err := h.RecordFollowUp(t.Context(), call)
	wantFault(t, err, "no_follow_up", "", "waits for no follow-up")
	h.finish(a.OrderNo)
	bad := *call
	bad.FollowUp.Satisfaction = "delighted"
	_, err = h.RecordFollowUp(t.Context(), &bad)
	wantFault(t, err, "unknown_satisfaction", "FollowUp/Satisfaction", "satisfied, neutral, unsatisfied")
	r, err := h.RecordFollowUp(t.Context(), call)
	if err != nil || r.Known || r.Status != "closed" {
		t.Fatalf("%+v, %v", r, err)
	}
	if f := h.order(a.OrderNo).FollowUp; f.By != "陈" || !f.At.Equal(standardtest.Start.Add(-time.Minute)) {
		t.Errorf("%+v", f)
	}
	if r, err = h.RecordFollowUp(t.Context(), call); err != nil || !r.Known {
		t.Errorf("again: %+v, %v", r, err)
	}
}

func TestAFaultNamesTheFieldAndWhatIsAllowed(t *testing.T) {
	h := serve(t, func(s *standard.Settings) {
		s.Codes.Category = standard.Table{Pairs: []standard.Pair{{Source: "leak", House: "leak"}}, Unmapped: standard.Refuse}
	})
	for name, c := range map[string]struct {
		change            func(*wire.Order)
		code, field, says string
	}{
		"type":       {func(o *wire.Order) { o.Type = "leek" }, "unknown_type", "Order/Type", "leak"},
		"urgency":    {func(o *wire.Order) { o.Urgency = "soon" }, "unknown_urgency", "Order/Urgency", "emergency, urgent, normal"},
		"category":   {func(o *wire.Order) { o.Report.Category = "L" }, "unknown_code", "Order/Report/Category", "allowed: leak"},
		"no text":    {func(o *wire.Order) { o.Report = nil }, "required", "Order/Report/Content", "description"},
		"no place":   {func(o *wire.Order) { o.Place = nil }, "required", "Order/Place/Address", "an address, a coordinate"},
		"(0,0)":      {func(o *wire.Order) { o.Place.Coordinate = &wire.Coordinate{} }, "outside_area", "Order/Place/Coordinate", "(0,0)"},
		"text/plain": {func(o *wire.Order) { o.Attachment = []wire.Attachment{{Name: "a", Content: xsd.Binary("text")}} }, "attachment_refused", "Order/Attachment[1]", "image/png"},
		"blank":      {func(o *wire.Order) { o.ExternalRef = "  " }, "required", "Order/ExternalRef", "missing"},
		"too long":   {func(o *wire.Order) { o.Customer.Name = strings.Repeat("𠮷", 150) }, "too_long", "Order/Customer/Name", "at most 200"},
	} {
		t.Run(name, func(t *testing.T) {
			o := leak("RX1")
			c.change(&o)
			_, err := h.SubmitOrder(t.Context(), &wire.SubmitOrder{Order: o})
			wantFault(t, err, c.code, c.field, c.says)
			m, stored := h.log.Last(t)
			if stored || m.Result == "ok" || len(m.Request) == 0 {
				t.Errorf("the log has %+v, stored %v", m, stored)
			}
		})
	}
	t.Run("schema", func(t *testing.T) {
		answer := h.post(`<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><SubmitOrder xmlns="urn:tundish:hotline:v1"><Order><ExternalRef>1</ExternalRef><Type>leak</Type><Deadline>2026/5/1</Deadline></Order></SubmitOrder></e:Body></e:Envelope>`)
		for _, want := range []string{"<code>invalid_message</code>", "<field>Order/Deadline</field>", "2026/5/1"} {
			if !strings.Contains(answer, want) {
				t.Errorf("%s is missing in %s", want, answer)
			}
		}
	})
	orders, err := h.store.Orders(t.Context(), core.OrderQuery{})
	if err != nil || len(orders) != 0 {
		t.Errorf("%d orders were stored, %v", len(orders), err)
	}
}

func TestFaultsSpeakTheLanguageOfTheSystem(t *testing.T) {
	h := serve(t, func(s *standard.Settings) { s.Language = soap.Chinese })
	_, err := h.CancelOrder(t.Context(), &wire.CancelOrder{ExternalRef: "RX1", Reason: "x"})
	wantFault(t, err, "unknown_order", "ExternalRef", "没有工单 hotline/RX1")
}

func TestACallerWithoutAddressingFindsItsMessageByItsMessageId(t *testing.T) {
	h := serve(t, nil)
	answer := h.post(`<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><CancelOrder xmlns="urn:tundish:hotline:v1"><MessageId>PHP-77</MessageId><ExternalRef>RX9</ExternalRef><Reason>x</Reason></CancelOrder></e:Body></e:Envelope>`)
	if !strings.Contains(answer, "<correlationId>PHP-77</correlationId>") {
		t.Errorf("the fault is %s", answer)
	}
	if m, _ := h.log.Last(t); m.ID != "PHP-77" || m.External != "RX9" {
		t.Errorf("the log has %+v", m)
	}
}

func TestNumbersThatBeginAnewNeedTheirYear(t *testing.T) {
	h := serve(t, func(s *standard.Settings) { s.Periods = standard.PeriodsByYear })
	o := leak("1")
	o.Report.RegisteredOn = new(xsd.NewDate(2025, time.December, 31))
	a := h.submit(o)
	if ref := h.order(a.OrderNo).Ref; ref.Period != "2025" {
		t.Errorf("%+v", ref)
	}
	o.Report = &wire.Report{Content: "another", RegisteredOn: new(xsd.NewDate(2026, time.January, 2))}
	if b := h.submit(o); b.OrderNo == a.OrderNo || b.Known {
		t.Errorf("two years' number 1 are one order: %+v", b)
	}
	_, err := h.CancelOrder(t.Context(), &wire.CancelOrder{ExternalRef: "1", Reason: "x"})
	wantFault(t, err, "required", "RefPeriod", "year")
	if c, err := h.CancelOrder(t.Context(), &wire.CancelOrder{ExternalRef: "1", RefPeriod: "2025", Reason: "x"}); err != nil || c.OrderNo != a.OrderNo {
		t.Errorf("%+v, %v", c, err)
	}
}
