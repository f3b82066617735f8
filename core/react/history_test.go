package react_test

import (
	"slices"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/life"
	"tundish/core/react"
)

func TestTheHistoryIsOfTheAccountAndOfTheMeter(t *testing.T) {
	h := open(t)
	at := 0
	take := func(external, account, serial string) core.OrderNo {
		t.Helper()
		at++
		no := core.FormatNumber("H", nine, int64(at))
		o := core.WorkOrder{No: no, Ref: core.Ref{System: "billing", External: external}, Type: "leak", Urgency: core.Normal, Customer: core.Customer{Account: account}, Meter: core.Meter{Serial: serial}}
		u, err := h.rules.Receive(o, core.Hash(no), life.Step{Now: nine.Add(time.Duration(at) * time.Hour), Actor: life.Source("billing")})
		if err != nil {
			t.Fatal(err)
		}
		if err := h.store.Commit(t.Context(), u)[0].Error(); err != nil {
			t.Fatal(err)
		}
		return no
	}
	account := take("1", "A1", "M9") // the meter before
	meter := take("2", "A2", "M1")   // the same meter under an older account
	take("A1", "A3", "M3")           // whose own number reads like the account
	both := take("3", "A1", "M1")
	o := h.order(take("4", "A1", "M1"))
	list, err := react.History(t.Context(), h.store, &o)
	if err != nil {
		t.Fatal(err)
	}
	var got []core.OrderNo
	for _, x := range list {
		got = append(got, x.No)
	}
	if want := []core.OrderNo{both, meter, account}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	o.Customer.Account, o.Meter.Serial = "", ""
	if list, err := react.History(t.Context(), h.store, &o); err != nil || len(list) != 0 {
		t.Errorf("without numbers: %d, %v", len(list), err)
	}
}
