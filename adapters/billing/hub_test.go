package billing_test

import (
	"errors"
	"path/filepath"
	"testing"

	"tundish/adapters/billing"
	"tundish/adapters/soap"
	"tundish/adapters/standard"
	"tundish/adapters/standard/standardtest"
	"tundish/core"
	"tundish/core/intake"
	"tundish/core/life"
	"tundish/core/store/sqlite"
	wire "tundish/wsdl/billing"
	"tundish/wsdl/xml"
	"tundish/wsdl/xsd"
)

func open(t *testing.T) *sqlite.Store {
	t.Helper()
	store, err := sqlite.Open(filepath.Join(t.TempDir(), "tundish.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return store
}

func removal() wire.Order {
	return wire.Order{
		ExternalRef: "CB1", Type: "removal", Customer: &wire.Customer{Account: "0310021745", Name: "𠮷田", Arrears: new(xsd.MustDecimal("86.40"))},
		Place: &wire.Place{Address: "张杨路1234弄5号", Book: "0310", BookNo: new(int32(0))}, Meter: &wire.Meter{Serial: "OLD", LastReading: new(xsd.MustDecimal("0"))},
	}
}

func TestTheHubServesBilling(t *testing.T) {
	for _, charset := range []string{xml.UTF8, xml.GBK} {
		t.Run(charset, func(t *testing.T) {
			store, clock, log := open(t), standardtest.NewClock(), &standardtest.Recorder{}
			rules := standardtest.Rules()
			in, err := intake.New(store, intake.Options{Clock: clock, Rules: func() *life.Rules { return rules }})
			if err != nil {
				t.Fatal(err)
			}
			y := standardtest.System(t, "billing", func(s *standard.Settings) { s.DefaultChannel = "batch" })
			e, err := billing.NewEndpoint(standard.Hub{System: y, Intake: in, Blobs: store, SOAP: soap.EndpointOptions{Log: log, Clock: clock}})
			if err != nil {
				t.Fatal(err)
			}
			c := wire.NewBillingHubClient(standardtest.Client(t, y, standardtest.Serve(t, e, log), charset, nil))

			a, err := c.SubmitOrder(t.Context(), &wire.SubmitOrder{Order: removal()})
			if err != nil || a.Known {
				t.Fatalf("%+v, %v", a, err)
			}
			o, err := store.Order(t.Context(), core.OrderNo(a.OrderNo))
			if err != nil || o.Ref.System != "billing" || o.Meter.LastReading != "0" || o.Customer.Arrears != "86.40" || o.Customer.Name != "𠮷田" || o.Family != core.Removal || o.Channel != "batch" {
				t.Errorf("%+v, %v", o, err)
			}
			if a, err = c.SubmitOrder(t.Context(), &wire.SubmitOrder{Order: removal()}); err != nil || !a.Known {
				t.Errorf("again: %+v, %v", a, err)
			}
			changed := removal()
			changed.Customer.Arrears = new(xsd.MustDecimal("0.00"))
			if b, err := c.AmendOrder(t.Context(), &wire.AmendOrder{Order: changed, Reason: "已缴清"}); err != nil || b.Known {
				t.Errorf("amended: %+v, %v", b, err)
			}
			if q, err := c.QueryOrder(t.Context(), &wire.QueryOrder{ExternalRef: "CB1"}); err != nil || q.Progress.Type != "removal" || len(q.Progress.Event) != 2 {
				t.Errorf("%+v, %v", q, err)
			}
			if b, err := c.CancelOrder(t.Context(), &wire.CancelOrder{ExternalRef: "CB1", Reason: "用户已缴费"}); err != nil || b.Status != "cancelled" {
				t.Errorf("cancelled: %+v, %v", b, err)
			}
			bare := removal()
			bare.ExternalRef, bare.Meter, bare.Customer = "CB2", nil, nil
			_, err = c.SubmitOrder(t.Context(), &wire.SubmitOrder{Order: bare})
			if f := (*soap.Fault)(nil); !errors.As(err, &f) || f.Detail.(*wire.OrderFault).Field != "Order/Meter/Serial" {
				t.Errorf("got %v", err)
			}
			log.Golden(t, charset, "SubmitOrder", "AmendOrder", "QueryOrder", "CancelOrder")
		})
	}
}
