package intake_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/intake"
	"tundish/core/life"
)

func TestANewOrderGetsANumberAndItsMessageIsLoggedWithIt(t *testing.T) {
	d := open(t)
	s := leak("H1", "漏水")
	s.Order.No, s.Order.Phase, s.Order.Version = "W99-1", core.Closed, 7 // a source decides none of these
	s.Blobs = []core.Blob{{SHA256: strings.Repeat("a", 64), ContentType: "image/png", Bytes: []byte("png")}}
	r := d.submit(s)
	if r.Known || r.Amended || r.Status != core.StatusReceived || !r.At.Equal(morning) {
		t.Errorf("receipt %+v", r)
	}
	if !strings.HasPrefix(string(r.No), "W26-") {
		t.Errorf("number %s", r.No)
	}
	o := d.order(r.No)
	if o.Phase != core.Acceptance || o.Version != 1 || o.Family != core.Repair || o.Urgency != core.Normal {
		t.Errorf("stored as %s, version %d, %s, %s", o.Phase, o.Version, o.Family, o.Urgency)
	}
	ms := d.messages(r.No)
	if len(ms) != 1 || ms[0].ID != s.Message.ID || ms[0].Result != "ok" {
		t.Errorf("logged %+v, want the one message, found by the order's number", ms)
	}
	events, err := d.store.Events(t.Context(), r.No)
	if err != nil || len(events) != 1 || events[0].MessageID != s.Message.ID || events[0].By != "system:hotline" {
		t.Errorf("timeline %+v, %v", events, err)
	}
	if b, err := d.store.Blob(t.Context(), strings.Repeat("a", 64)); err != nil || string(b.Bytes) != "png" {
		t.Errorf("the attachment: %v", err)
	}
}

func TestTheYearInANumberIsTheHubsCivilYear(t *testing.T) {
	d := open(t)
	d.clock.at = time.Date(2026, 12, 31, 16, 30, 0, 0, time.UTC) // half past midnight in the hub's zone
	if r := d.submit(leak("H1", "漏水")); !strings.HasPrefix(string(r.No), "W27-") {
		t.Errorf("number %s, want one of 2027", r.No)
	}
}

func TestAnEarlierVersionIsRecognisedHoweverLate(t *testing.T) {
	d := open(t)
	first := d.submit(leak("H1", "v1"))
	d.clock.at = morning.Add(time.Hour)
	second := d.submit(leak("H1", "v2"))
	if second.No != first.No || !second.Amended || second.Known {
		t.Errorf("v2: %+v, want an amendment of %s", second, first.No)
	}
	third := d.submit(leak("H1", "v1"))
	if third.No != first.No || !third.Known || third.Amended || !third.At.Equal(morning) {
		t.Errorf("v1 again: %+v, want it known", third)
	}
	o := d.order(first.No)
	if o.Report.Content != "v2" || o.Version != 2 {
		t.Errorf("a late repeat of v1 left %q in version %d", o.Report.Content, o.Version)
	}
	if n := len(d.messages(first.No)); n != 3 {
		t.Errorf("%d messages are found under the order, want 3: a repeat is logged too", n)
	}
}

func TestARepeatIsAnsweredWithTheCurrentStatus(t *testing.T) {
	d := open(t)
	r := d.submit(leak("H1", "v1"))
	d.move(r.No)
	again := d.submit(leak("H1", "v1"))
	if !again.Known || again.Status != core.StatusDispatched {
		t.Errorf("%+v, want known and dispatched", again)
	}
	// What is new is refused: a crew has it.
	_, err := d.Submit(t.Context(), leak("H1", "v2"))
	if !core.IsKind(err, core.Conflict) || core.CodeOf(err) != "work_begun" {
		t.Errorf("a change once work has begun: %v", err)
	}
	if o := d.order(r.No); o.Report.Content != "v1" {
		t.Errorf("it became %q", o.Report.Content)
	}
}

func TestAHundredParallelRetriesMakeOneOrder(t *testing.T) {
	d := open(t)
	second, err := intake.New(d.store, intake.Options{Clock: d.clock, Rules: func() *life.Rules { return d.rules }}) // another hub
	if err != nil {
		t.Fatal(err)
	}
	receipts := make([]intake.Receipt, 100)
	errs := make([]error, 100)
	gate := make(chan struct{})
	var wg sync.WaitGroup
	for i := range receipts {
		s := []*intake.Service{d.Service, second}[i%2]
		wg.Go(func() {
			<-gate
			receipts[i], errs[i] = s.Submit(context.Background(), leak("H1", "漏水"))
		})
	}
	close(gate)
	wg.Wait()
	fresh := 0
	for i, r := range receipts {
		if errs[i] != nil {
			t.Fatal(errs[i])
		}
		if r.No != receipts[0].No {
			t.Fatalf("two numbers: %s and %s", r.No, receipts[0].No)
		}
		if !r.Known {
			fresh++
		}
		if r.Amended {
			t.Fatalf("retry %d amended the order", i)
		}
	}
	if fresh != 1 || len(d.orders()) != 1 {
		t.Errorf("%d were taken as new, %d orders stored; want one of each", fresh, len(d.orders()))
	}
	if o := d.orders()[0]; o.Version != 1 {
		t.Errorf("the order is at version %d", o.Version)
	}
	if n := len(d.messages(receipts[0].No)); n != 100 {
		t.Errorf("%d of 100 messages are in the log", n)
	}
}

func TestParallelVersionsOfOneOrderAreAllRemembered(t *testing.T) {
	d := open(t)
	d.submit(leak("H1", "v0"))
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			if _, err := d.Submit(context.Background(), leak("H1", fmt.Sprint("v", n+1))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for n := range 9 {
		if r := d.submit(leak("H1", fmt.Sprint("v", n))); !r.Known {
			t.Errorf("v%d was forgotten", n)
		}
	}
}

func TestReferencesAreComparedToTheLetterOnceTrimmed(t *testing.T) {
	d := open(t)
	no := map[string]core.OrderNo{}
	for _, ref := range []string{"A1", "a1", "Ａ１", "A１", "𠮷1", "吉1"} {
		no[ref] = d.submit(leak(ref, "漏水")).No
	}
	if len(d.orders()) != len(no) {
		t.Fatalf("%d orders for %d references", len(d.orders()), len(no))
	}
	for _, ref := range []string{"A1 ", " A1", "A1\t\n", "A1　"} {
		if r := d.submit(leak(ref, "漏水")); !r.Known || r.No != no["A1"] {
			t.Errorf("%q: %+v, want it known as A1", ref, r)
		}
	}
}

func TestANumberUsedAgainNextYearIsAnotherOrder(t *testing.T) {
	d := open(t)
	old, next := leak("1", "漏水"), leak("1", "漏水")
	old.Order.Ref.Period, next.Order.Ref.Period = "2025", "2026 "
	a, b := d.submit(old), d.submit(next)
	if a.No == b.No || b.Known {
		t.Errorf("%s and %s", a.No, b.No)
	}
	v, err := d.Query(t.Context(), core.Ref{System: "hotline", External: "1", Period: "2026"}, "")
	if err != nil || v.Order.No != b.No {
		t.Errorf("query of 2026: %s, %v", v.Order.No, err)
	}
}

func TestAnotherSystemsNumberIsAnotherOrder(t *testing.T) {
	d := open(t)
	a := d.submit(leak("1", "漏水"))
	web := leak("1", "漏水")
	web.Order.Ref.System = "website"
	if b := d.submit(web); b.Known || b.No == a.No {
		t.Errorf("the website's order 1 is %+v", b)
	}
}

func TestEveryFamilyHasItsLeast(t *testing.T) {
	place := core.Place{Address: "梧桐路 1 号"}
	for name, c := range map[string]struct {
		order core.WorkOrder
		field string // "" when complete
	}{
		"a leak that says what is wrong and where":   {core.WorkOrder{Type: "leak", Place: place, Report: core.Report{Content: "漏水"}}, ""},
		"a leak by category":                         {core.WorkOrder{Type: "leak", Place: place, Report: core.Report{Category: "leak"}}, ""},
		"a leak that says nothing":                   {core.WorkOrder{Type: "leak", Place: place}, "Report.Content"},
		"a leak nowhere":                             {core.WorkOrder{Type: "leak", Report: core.Report{Content: "漏水"}}, "Place.Address"},
		"a leak at a coordinate":                     {core.WorkOrder{Type: "leak", Place: core.Place{Point: &core.Point{Lat: 31, Lon: 121}}, Report: core.Report{Content: "漏水"}}, ""},
		"a leak at a service point":                  {core.WorkOrder{Type: "leak", Place: core.Place{ServicePoint: "SP1"}, Report: core.Report{Content: "漏水"}}, ""},
		"a replacement by the meter's number":        {core.WorkOrder{Type: "replacement", Place: place, Meter: core.Meter{Serial: "M1"}}, ""},
		"a replacement by account":                   {core.WorkOrder{Type: "replacement", Customer: core.Customer{Account: "1"}}, ""},
		"a replacement of nobody's meter":            {core.WorkOrder{Type: "replacement", Place: place}, "Meter.Serial"},
		"a removal of nobody's meter":                {core.WorkOrder{Type: "removal", Place: place}, "Meter.Serial"},
		"a recheck of nobody's meter":                {core.WorkOrder{Type: "recheck", Place: place}, "Meter.Serial"},
		"a blank serial number":                      {core.WorkOrder{Type: "recheck", Place: place, Meter: core.Meter{Serial: " 　"}}, "Meter.Serial"},
		"an installation at an address":              {core.WorkOrder{Type: "installation", Place: place}, ""},
		"an installation nowhere":                    {core.WorkOrder{Type: "installation"}, "Place.Address"},
		"maintenance nowhere":                        {core.WorkOrder{Type: "maintenance"}, "Place.Address"},
		"an enquiry needs no place":                  {core.WorkOrder{Type: "enquiry", Report: core.Report{Content: "水价？"}}, ""},
		"an enquiry that asks nothing":               {core.WorkOrder{Type: "enquiry", Place: place}, "Report.Content"},
		"a type that nobody configured":              {core.WorkOrder{Type: "lake", Place: place}, "Type"},
		"an urgency that is no word of the house":    {core.WorkOrder{Type: "installation", Place: place, Urgency: "soon"}, "Urgency"},
		"an installation without a word on urgency":  {core.WorkOrder{Type: "installation", Place: place, Urgency: ""}, ""},
		"an emergency":                               {core.WorkOrder{Type: "installation", Place: place, Urgency: core.Emergency}, ""},
		"an order without the source's own number":   {core.WorkOrder{Type: "installation", Place: place, Ref: core.Ref{External: " "}}, "ExternalRef"},
		"an order in a period that is no short code": {core.WorkOrder{Type: "installation", Place: place, Ref: core.Ref{External: "1", Period: strings.Repeat("9", 17)}}, "RefPeriod"},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			o := c.order
			o.Ref.System = "hotline"
			if o.Ref.External == "" {
				o.Ref.External = "1"
			}
			_, err := d.Submit(t.Context(), intake.Submission{Order: o, Hash: "h", Message: message()})
			if c.field == "" {
				if err != nil {
					t.Fatal(err)
				}
				// The same words may not be taken back by an amendment.
				o.Place, o.Customer, o.Meter, o.Report, o.Urgency = core.Place{}, core.Customer{}, core.Meter{}, core.Report{}, ""
				if _, err := d.Submit(t.Context(), intake.Submission{Order: o, Hash: "h2", Message: message()}); core.CodeOf(err) != "required" {
					t.Errorf("an amendment that leaves nothing: %v", err)
				}
				return
			}
			if !core.IsKind(err, core.Invalid) || fieldOf(err) != c.field {
				t.Errorf("%v, want a refusal of %s", err, c.field)
			}
			if len(d.orders()) != 0 {
				t.Error("it was stored all the same")
			}
		})
	}
}

func fieldOf(err error) string {
	if e, ok := err.(*core.Error); ok {
		return e.Field
	}
	return ""
}

func TestLengthsCountAsSQLServerCounts(t *testing.T) {
	beyond := strings.Repeat("𠮷", intake.MaxRef/2) // two units each
	for name, c := range map[string]struct {
		change func(*core.WorkOrder)
		field  string
	}{
		"a full reference beyond the BMP": {func(o *core.WorkOrder) { o.Ref.External = beyond }, ""},
		"one unit more":                   {func(o *core.WorkOrder) { o.Ref.External = beyond + "1" }, "ExternalRef"},
		"a full reference in Chinese":     {func(o *core.WorkOrder) { o.Ref.External = strings.Repeat("漏", intake.MaxRef) }, ""},
		"spaces around do not count":      {func(o *core.WorkOrder) { o.Ref.External = "  " + beyond + "  " }, ""},
		"a long name":                     {func(o *core.WorkOrder) { o.Customer.Name = strings.Repeat("名", intake.MaxName+1) }, "Customer.Name"},
		"a long report":                   {func(o *core.WorkOrder) { o.Report.Content = strings.Repeat("漏", intake.MaxContent) }, ""},
		"a report too long":               {func(o *core.WorkOrder) { o.Report.Content = strings.Repeat("漏", intake.MaxContent-1) + "𠮷" }, "Report.Content"},
		"a full meter number":             {func(o *core.WorkOrder) { o.Meter.Serial = strings.Repeat("9", core.MaxNumber) }, ""},
		"a meter number too long":         {func(o *core.WorkOrder) { o.Meter.Serial = strings.Repeat("9", core.MaxNumber+1) }, "Meter.Serial"},
		"a full account":                  {func(o *core.WorkOrder) { o.Customer.Account = strings.Repeat("9", core.MaxNumber) }, ""},
		"an account too long":             {func(o *core.WorkOrder) { o.Customer.Account = strings.Repeat("9", core.MaxNumber+1) }, "Customer.Account"},
		"a type too long":                 {func(o *core.WorkOrder) { o.Type = strings.Repeat("t", core.MaxCode+1) }, "Type"},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			s := leak("H1", "漏水")
			c.change(&s.Order)
			_, err := d.Submit(t.Context(), s)
			switch {
			case c.field == "" && err != nil:
				t.Error(err)
			case c.field != "" && (core.CodeOf(err) != "too_long" || fieldOf(err) != c.field):
				t.Errorf("%v, want %s to be too long", err, c.field)
			}
		})
	}
}

func TestALateCopyOfAnEarlierStateChangesNothing(t *testing.T) {
	d := open(t)
	at := func(minute int, text string) intake.Submission {
		s := leak("H1", text)
		s.Order.SourceAt = morning.Add(time.Duration(minute) * time.Minute)
		return s
	}
	if _, err := d.Submit(t.Context(), at(2, "new")); err != nil {
		t.Fatal(err)
	}
	r, err := d.Submit(t.Context(), at(1, "old, and late"))
	if err != nil || !r.Known {
		t.Errorf("a late copy: %+v, %v; want it known", r, err)
	}
	o, err := d.store.Order(t.Context(), r.No)
	if err != nil || o.Report.Content != "new" || o.Version != 1 {
		t.Errorf("the order reads %q in version %d, %v", o.Report.Content, o.Version, err)
	}
}

func TestTimesThatCannotBeAreRefused(t *testing.T) {
	d := open(t)
	s := leak("H1", "x")
	s.Order.DueAt = time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC)
	if _, err := d.Submit(t.Context(), s); core.CodeOf(err) != "invalid_value" {
		t.Errorf("the year 1: %v", err)
	}
	s.Order.DueAt, s.Order.Appointment.From = time.Time{}, time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)
	if _, err := d.Submit(t.Context(), s); core.CodeOf(err) != "invalid_value" {
		t.Errorf("the year 1900: %v", err)
	}
}
