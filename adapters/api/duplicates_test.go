package api_test

import (
	"testing"

	"tundish/core"
	"tundish/core/react"
)

func TestDuplicatesAndHistoryAreShown(t *testing.T) {
	h := open(t)
	first, second := h.receive("leak"), h.receive("leak")
	var out struct{ Duplicates []react.Suggestion }
	if code := h.do("GET", "/orders/"+string(second)+"/duplicates?metres=100&minutes=10", "", &out); code != 200 || len(out.Duplicates) != 1 || out.Duplicates[0].Order != first || out.Duplicates[0].Metres != 0 {
		t.Errorf("%d: %+v", code, out)
	}
	if code := h.do("GET", "/orders/"+string(second)+"/duplicates?metres=99999", "", nil); code != 422 {
		t.Errorf("beyond all measure: %d", code)
	}
	h.edit(first, func(o *core.WorkOrder) { o.Customer.Account = "A1" })
	h.edit(second, func(o *core.WorkOrder) { o.Customer.Account = "A1" })
	var page struct{ Orders []core.WorkOrder }
	if code := h.do("GET", "/orders/"+string(second)+"/history", "", &page); code != 200 || len(page.Orders) != 1 || page.Orders[0].No != first {
		t.Errorf("%d: %+v", code, page)
	}
}

func TestSuggestionsShowNobodyWhatHeMayNotSee(t *testing.T) {
	h := open(t)
	own, foreign, mine := h.receive("leak"), h.receive("leak"), h.receive("leak")
	for no, depot := range map[core.OrderNo]string{own: "north", foreign: "south", mine: "north"} {
		h.depot(no, depot)
		h.edit(no, func(o *core.WorkOrder) { o.Customer.Account = "A1" })
	}
	token := h.employ(dispatcher("pai", "north"))
	var out struct{ Duplicates []react.Suggestion }
	a := h.send("GET", "/orders/"+string(mine)+"/duplicates", "", token)
	if a.into(t, &out); a.Status != 200 || len(out.Duplicates) != 1 || out.Duplicates[0].Order != own {
		t.Errorf("%d: %s, want %s alone", a.Status, a.Raw, own)
	}
	var page struct{ Orders []core.WorkOrder }
	a = h.send("GET", "/orders/"+string(mine)+"/history", "", token)
	if a.into(t, &page); a.Status != 200 || len(page.Orders) != 1 || page.Orders[0].No != own || page.Orders[0].Customer.Arrears != "***" {
		t.Errorf("%d: %s, want %s alone, without what is protected", a.Status, a.Raw, own)
	}
	if a := h.send("GET", "/orders/"+string(foreign)+"/duplicates", "", token); a.Status != 403 {
		t.Errorf("another station's order: %d", a.Status)
	}
}
