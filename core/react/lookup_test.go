package react_test

import (
	"context"
	"strings"
	"testing"

	"tundish/core"
	"tundish/core/life"
	"tundish/core/react"
)

// oneCustomer is billing with a single customer.
type oneCustomer core.CustomerRecord

func (c oneCustomer) FindCustomers(context.Context, string, string, int) ([]core.CustomerRecord, int, error) {
	return []core.CustomerRecord{core.CustomerRecord(c)}, 1, nil
}

// TestWhoCallsFromElsewhereIsNotSuppliedThere: the meter of a caller's home is not the one in the street that he calls about.
func TestWhoCallsFromElsewhereIsNotSuppliedThere(t *testing.T) {
	h := open(t)
	home := oneCustomer{Customer: core.Customer{Account: "A7", Name: "王伟"}, Place: core.Place{Address: "柳园路 1 号", Branch: "B1", Book: "K7"}, Meters: []core.Meter{{Serial: "M7"}}}
	street, there := h.receive("leak"), h.receive("leak")
	for _, c := range []struct {
		no     core.OrderNo
		finder oneCustomer
		serial string
	}{
		{street, home, ""},
		{there, oneCustomer{Customer: home.Customer, Place: core.Place{Address: "光明路3号", Branch: "B1"}, Meters: home.Meters}, "M7"},
	} {
		look := &react.LookUp{Store: h.store, Finder: c.finder, Rules: func() *life.Rules { return h.rules }, Clock: stopped{}}
		if dl := look.Deliver(t.Context(), core.OutboxMessage{Order: c.no}); dl.Outcome != core.Delivered || dl.Code != "found" {
			t.Fatalf("%+v", dl)
		}
		o := h.order(c.no)
		if o.Customer.Account != "A7" || o.Meter.Serial != c.serial || (o.Place.Branch == "B1") != (c.serial != "") || o.Place.Book != "" || o.Place.Address != "光明路 3 号" {
			t.Errorf("%s: %+v %+v %+v", c.no, o.Customer, o.Meter, o.Place)
		}
		events, err := h.store.Events(t.Context(), c.no)
		if err != nil || strings.Contains(events[len(events)-1].Remark, "another's") != (c.serial == "") {
			t.Errorf("%s: the timeline says %q, %v", c.no, events[len(events)-1].Remark, err)
		}
	}
}
