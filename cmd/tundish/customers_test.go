package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"tundish/config"
	"tundish/core"
)

// The account is enough: billing says who it is, and what the order leaves empty is filled in; nothing that it says
// is changed.
func TestTheCustomerOfAnOrderIsLookedUpInBilling(t *testing.T) {
	w := inWorld(t, "billing")
	w.begin(t, config.Change{File: config.SettingsFile, Key: "partners.customers_from", Text: "billing"})
	var pulled struct{ Orders []core.WorkOrder }
	if out, errs, code := w.run(t, "job", "run", "scheduled-replacements"); code != 0 {
		t.Fatal(out, errs)
	}
	w.call(t, "GET", "/orders?system=billing&limit=5", nil, &pulled)
	if len(pulled.Orders) == 0 {
		t.Fatal("billing listed nothing")
	}
	known := pulled.Orders[0].Customer
	a, err := w.soap("hotline", strings.NewReplacer("<Customer><Name>𠮷田物业</Name><Contact>李师傅</Contact><Phone>13800000000</Phone></Customer>",
		"<Customer><Account>"+known.Account+"</Account><Contact>李师傅</Contact><Phone>13800000000</Phone></Customer>").Replace(leak("H1")))
	if err != nil || a.status != http.StatusOK {
		t.Fatalf("%v %d %s", err, a.status, a.body)
	}
	no := a.text("OrderNo")
	if err := soon(func() bool { return w.order(t, no).Customer.Name != "" }); err != nil {
		t.Fatal("the customer was not looked up:", err)
	}
	o := w.order(t, no)
	if o.Customer.Name != known.Name || o.Customer.Contact != "李师傅" || o.Customer.Phone != "13800000000" || o.Place.Address != "梧桐区张杨路1234弄5号" || o.Meter.Serial == "" {
		t.Errorf("filled in: %+v, %+v, %+v; billing has %+v", o.Customer, o.Place, o.Meter, known)
	}
	if out, _, _ := w.run(t, "order", "show", no); !strings.Contains(out, "Customer looked up") || !strings.Contains(out, "found by account "+known.Account) {
		t.Errorf("the timeline says\n%s", out)
	}
	out, errs, code := w.run(t, "customer", "find", "--account", known.Account)
	if code != 0 || !strings.Contains(out, known.Name) || !strings.Contains(out, no) {
		t.Errorf("%d %s\n%s", code, out, errs)
	}
	var page struct {
		Customers []struct {
			Customer core.Customer
			Orders   []core.WorkOrder
		}
	}
	w.call(t, "GET", "/customers?account="+known.Account, nil, &page)
	if len(page.Customers) != 1 || page.Customers[0].Customer.Name != known.Name || len(page.Customers[0].Orders) < 2 {
		t.Errorf("the API finds %+v", page)
	}
}

// Nobody finds a customer by a telephone that he is not shown, nor one of other stations, and what is found is covered
// like an order, with the orders beside it.
func TestACustomerIsFoundAsFarAsOneSees(t *testing.T) {
	w := inWorld(t, "billing")
	w.begin(t, config.Change{File: config.SettingsFile, Key: "partners.customers_from", Text: "billing"})
	if out, errs, code := w.run(t, "job", "run", "scheduled-replacements"); code != 0 {
		t.Fatal(out, errs)
	}
	var pulled struct{ Orders []core.WorkOrder }
	w.call(t, "GET", "/orders?system=billing&limit=1", nil, &pulled)
	if len(pulled.Orders) != 1 || pulled.Orders[0].Customer.Phone == "" {
		t.Fatalf("billing listed %+v", pulled.Orders)
	}
	known := pulled.Orders[0].Customer
	for _, person := range []struct {
		id                       string
		args                     []string
		status                   int
		byAccount, byPhone, sees bool
	}{
		{"intake", []string{"--role", "intake"}, http.StatusOK, true, true, true},
		{"reviewer", []string{"--role", "reviewer", "--everywhere"}, http.StatusOK, true, false, false},
		{"elsewhere", []string{"--role", "dispatcher", "--depot", "ELSEWHERE"}, http.StatusOK, false, false, false},
		{"crew", []string{"--role", "crew", "--crew", "R01"}, http.StatusForbidden, false, false, false},
	} {
		token := w.signedIn(t, person.id, person.args...)
		for query, finds := range map[string]bool{"account=" + known.Account: person.byAccount, "phone=" + known.Phone: person.byPhone} {
			a, err := send("GET", w.hubURL+"/api/v1/customers?"+query, "", http.Header{"Authorization": {"Bearer " + token}})
			var page struct {
				Customers []struct{ Orders []core.WorkOrder }
				Total     int
			}
			if err != nil || a.status != person.status || a.status == http.StatusOK && json.Unmarshal([]byte(a.body), &page) != nil {
				t.Errorf("%s, %s: %v %d %s", person.id, query, err, a.status, a.body)
			}
			if found := len(page.Customers) > 0 && len(page.Customers[0].Orders) > 0; found != finds || found != (page.Total > 0) || strings.Contains(a.body, known.Phone) != (finds && person.sees) {
				t.Errorf("%s, %s: found %v, want %v; %s", person.id, query, found, finds, a.body)
			}
		}
	}
}

// While billing is away orders are taken all the same, which the timeline notes; when it is back it is asked.
func TestBillingAwayKeepsNoOrderOut(t *testing.T) {
	w := inWorld(t)
	from := config.Change{File: config.SettingsFile, Key: "partners.customers_from", Text: "billing"}
	w.begin(t, from)
	no, _ := w.submit(t, "H1")
	if err := soon(func() bool {
		out, _, _ := w.run(t, "order", "show", no)
		return strings.Contains(out, "billing does not answer; the customer is looked up as soon as it does")
	}); err != nil {
		t.Fatal("the timeline says nothing:", err)
	}
	var owed []core.OutboxMessage
	w.list(t, &owed, "outbox", "list", "--target", "hub:customer")
	if len(owed) != 1 || owed[0].State != core.MessageDue {
		t.Errorf("owed: %+v", owed)
	}
	if _, errs, code := w.run(t, "customer", "find", "--phone", "13800000000"); code == 0 || !strings.Contains(errs, "billing does not answer") {
		t.Errorf("%d %s", code, errs)
	}

	if err := w.simulate("billing"); err != nil {
		t.Fatal(err)
	}
	if err := w.configure(from); err != nil { // billing has an address now, which goes live by itself
		t.Fatal(err)
	}
	if err := soon(func() bool {
		out, _, _ := w.run(t, "order", "show", no)
		return strings.Contains(out, "billing knows no customer by its telephone")
	}); err != nil {
		t.Error("billing is back and was not asked:", err)
	}
}

// A look-up that nobody is named for any more is no debt for ever: with the next start it is a dead letter that says why.
func TestALookUpThatNobodyIsNamedForIsADeadLetter(t *testing.T) {
	w := inWorld(t)
	w.begin(t, config.Change{File: config.SettingsFile, Key: "partners.customers_from", Text: "billing"})
	no, _ := w.submit(t, "H1") // billing is away
	var owed []core.OutboxMessage
	list := func(state string) int {
		w.list(t, &owed, "outbox", "list", "--target", "hub:customer", "--state", state)
		return len(owed)
	}
	if err := soon(func() bool { return list("due") == 1 }); err != nil {
		t.Fatal("nothing is owed:", err)
	}
	if err := w.hub.stop(); err != nil {
		t.Fatal(err)
	}
	w.begin(t)
	if err := soon(func() bool { return list("dead") == 1 }); err != nil {
		t.Fatal("it is owed for ever:", err)
	}
	if m := owed[0]; m.Order != core.OrderNo(no) || !strings.Contains(m.LastError, "partners.customers_from") {
		t.Errorf("%+v", m)
	}
}
