package api_test

import (
	"context"
	"testing"

	"tundish/core"
)

// books are billing's with two customers of one telephone, at different depots.
type books struct{}

func (books) FindCustomers(_ context.Context, account, phone string, _ int) (found []core.CustomerRecord, total int, err error) {
	for _, c := range []core.CustomerRecord{
		{Customer: core.Customer{Account: "A1", Name: "欧阳明月", Phone: "13800138000", Arrears: "12.50"}, Place: core.Place{Address: "柳园路 1 号", Depot: "north"}, Meters: []core.Meter{{Serial: "M1", DiameterMM: 15}, {Serial: "M2"}}, State: "active"},
		{Customer: core.Customer{Account: "A2", Name: "王小明", Phone: "13800138000"}, Place: core.Place{Address: "柳园路 2 号", Depot: "south"}, State: "closed"},
	} {
		if c.Customer.Account == account || c.Customer.Phone == phone {
			found = append(found, c)
		}
	}
	return found, len(found), nil
}

func TestCustomersAreFoundWithinReachAndCovered(t *testing.T) {
	h := open(t)
	own, foreign := h.receive("leak"), h.receive("leak")
	for no, depot := range map[core.OrderNo]string{own: "north", foreign: "south"} {
		h.depot(no, depot)
		h.edit(no, func(o *core.WorkOrder) { o.Customer.Account = "A1" })
	}
	type page struct {
		Customers []struct {
			core.CustomerRecord
			Orders []core.WorkOrder
		}
		Total int
	}
	var all page
	if code := h.do("GET", "/customers?phone=13800138000", "", &all); code != 200 || all.Total != 2 || len(all.Customers) != 2 || len(all.Customers[0].Orders) != 2 || len(all.Customers[0].Meters) != 2 {
		t.Errorf("%d: %+v", code, all)
	}
	for _, q := range []string{"", "?account=A1&phone=1"} {
		if code := h.do("GET", "/customers"+q, "", nil); code != 422 {
			t.Errorf("%q: %d", q, code)
		}
	}
	token := h.employ(dispatcher("pai", "north"))
	for _, q := range []string{"phone=13800138000", "account=A1"} {
		var mine page
		a := h.send("GET", "/customers?"+q, "", token)
		if a.into(t, &mine); a.Status != 200 || mine.Total != 1 || len(mine.Customers) != 1 {
			t.Errorf("%s: %d %s", q, a.Status, a.Raw)
			continue
		}
		if c := mine.Customers[0]; c.Customer.Account != "A1" || c.Customer.Arrears != "***" || len(c.Meters) != 2 || len(c.Orders) != 1 || c.Orders[0].No != own {
			t.Errorf("%s: %s", q, a.Raw)
		}
	}
	var none page
	if h.send("GET", "/customers?account=A2", "", token).into(t, &none); none.Total != 0 || len(none.Customers) != 0 {
		t.Errorf("another depot's: %+v", none)
	}
}
