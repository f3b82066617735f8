package intake_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/intake"
	"tundish/core/life"
	"tundish/core/store/sqlite"
)

var morning = time.Date(2026, 5, 11, 1, 0, 0, 0, time.UTC)

// hand is a clock that a test moves.
type hand struct{ at time.Time }

func (h *hand) Now() time.Time                       { return h.at }
func (h *hand) After(time.Duration) <-chan time.Time { return nil }

func rules() *life.Rules {
	return &life.Rules{
		Types: core.OrderTypes{
			"leak":         {Code: "leak", Family: core.Repair, Minutes: 60, Acceptance: true},
			"replacement":  {Code: "replacement", Family: core.Replacement, Minutes: 25},
			"removal":      {Code: "removal", Family: core.Removal, Minutes: 25},
			"recheck":      {Code: "recheck", Family: core.Recheck, Minutes: 15},
			"installation": {Code: "installation", Family: core.Installation, Minutes: 45},
			"maintenance":  {Code: "maintenance", Family: core.Service, Minutes: 45},
			"enquiry":      {Code: "enquiry", Family: core.Desk},
		},
		Systems: map[core.SystemID]life.System{"hotline": {}, "website": {}}, NumberPrefix: "W", Zone: time.FixedZone("CST", 8*3600),
	}
}

// desk is where orders are taken in.
type desk struct {
	*intake.Service
	t     *testing.T
	store *sqlite.Store
	clock *hand
	rules *life.Rules
}

func open(t *testing.T) *desk {
	t.Helper()
	st, err := sqlite.Open(filepath.Join(t.TempDir(), "hub.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	if err := st.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, store: st, clock: &hand{morning}, rules: rules()}
	if d.Service, err = intake.New(st, intake.Options{Clock: d.clock, Rules: func() *life.Rules { return d.rules }}); err != nil {
		t.Fatal(err)
	}
	return d
}

// leak is a report as the hotline sends it.
func leak(external, content string) intake.Submission {
	return intake.Submission{
		Order: core.WorkOrder{
			Ref: core.Ref{System: "hotline", External: external}, Type: "leak", Urgency: core.Normal,
			Customer: core.Customer{Phone: "5551234"}, Place: core.Place{Address: "梧桐路 1 号"}, Report: core.Report{Content: content},
		},
		Hash:    core.Hash("hash of " + content),
		Message: message(),
	}
}

func message() core.LoggedMessage {
	return core.LoggedMessage{ID: core.NewID(morning), System: "hotline", Direction: core.Inbound, Operation: "SubmitOrder", At: morning, Request: []byte("<Order/>")}
}

func (d *desk) submit(s intake.Submission) intake.Receipt {
	d.t.Helper()
	r, err := d.Submit(d.t.Context(), s)
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

func (d *desk) order(no core.OrderNo) core.WorkOrder {
	d.t.Helper()
	o, err := d.store.Order(d.t.Context(), no)
	if err != nil {
		d.t.Fatal(err)
	}
	return o
}

func (d *desk) orders() []core.WorkOrder {
	d.t.Helper()
	list, err := d.store.Orders(d.t.Context(), core.OrderQuery{Limit: 1000})
	if err != nil {
		d.t.Fatal(err)
	}
	return list
}

func (d *desk) messages(no core.OrderNo) []core.LoggedMessage {
	d.t.Helper()
	list, err := d.store.Messages(d.t.Context(), core.MessageQuery{Order: no})
	if err != nil {
		d.t.Fatal(err)
	}
	return list
}

// move puts an order with a crew, as dispatching would.
func (d *desk) move(no core.OrderNo) {
	d.t.Helper()
	step := life.Step{Now: d.clock.at, By: "test"}
	for _, decide := range []func(core.WorkOrder) (core.Unit, error){
		func(o core.WorkOrder) (core.Unit, error) { return d.rules.Accept(o, step) },
		func(o core.WorkOrder) (core.Unit, error) {
			return d.rules.Assign(o, core.Assignment{CrewID: "R1", Day: "2026-05-11"}, core.CrewDay{}, step)
		},
	} {
		if _, err := core.Decide(d.t.Context(), d.store, no, decide); err != nil {
			d.t.Fatal(err)
		}
	}
}

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

func TestAnAmendmentNeedsAnOrder(t *testing.T) {
	d := open(t)
	if _, err := d.Amend(t.Context(), leak("H1", "v2")); !core.IsKind(err, core.NotFound) || core.CodeOf(err) != "unknown_order" {
		t.Errorf("of nothing: %v", err)
	}
	if len(d.orders()) != 0 {
		t.Fatal("an amendment made an order")
	}
	first := d.submit(leak("H1", "v1"))
	r, err := d.Amend(t.Context(), leak("H1", "v2"))
	if err != nil || !r.Amended || r.No != first.No {
		t.Errorf("%+v, %v", r, err)
	}
}

func (d *desk) command(external, id string) intake.Command {
	return intake.Command{Ref: core.Ref{System: "hotline", External: external}, Reason: "用户来电", SourceMessageID: id, Message: message()}
}

func TestCancellingTwiceIsAnsweredAsTheFirstTime(t *testing.T) {
	d := open(t)
	no := d.submit(leak("H1", "v1")).No
	d.clock.at = morning.Add(time.Hour)
	first, err := d.Cancel(t.Context(), d.command("H1", ""))
	if err != nil || first.Known || first.Status != core.StatusCancelled {
		t.Fatalf("%+v, %v", first, err)
	}
	d.clock.at = morning.Add(2 * time.Hour)
	again, err := d.Cancel(t.Context(), d.command(" H1 ", ""))
	if err != nil {
		t.Fatal(err)
	}
	if !again.Known || again.Status != core.StatusCancelled || !again.At.Equal(morning.Add(time.Hour)) {
		t.Errorf("%+v, want it known since the first time", again)
	}
	if o := d.order(no); o.Version != 2 {
		t.Errorf("the second time changed the order: version %d", o.Version)
	}
	if n := len(d.messages(no)); n != 3 {
		t.Errorf("%d messages under the order, want 3", n)
	}
}

func TestEachUrgingCountsOnce(t *testing.T) {
	d := open(t)
	no := d.submit(leak("H1", "v1")).No
	d.clock.at = morning.Add(time.Minute)
	var wg sync.WaitGroup
	for range 10 { // the same message, ten times at once
		wg.Go(func() {
			if _, err := d.Expedite(context.Background(), d.command("H1", "M1")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	d.clock.at = morning.Add(2 * time.Minute)
	second, err := d.Expedite(t.Context(), d.command("H1", "M2"))
	if err != nil || second.Expedited != 2 || second.Known {
		t.Errorf("another message: %+v, %v; want 2", second, err)
	}
	d.clock.at = morning.Add(3 * time.Minute)
	late, err := d.Expedite(t.Context(), d.command("H1", "M1"))
	if err != nil || !late.Known || late.Expedited != 2 || !late.At.Equal(morning.Add(time.Minute)) {
		t.Errorf("the first one again: %+v, %v; want known since its own minute", late, err)
	}
	if o := d.order(no); o.Urgency != core.Urgent || !slices.Equal(o.Counted, []string{"M1", "M2"}) {
		t.Errorf("urgency %s, counted %v", o.Urgency, o.Counted)
	}
}

func TestACommandAboutAnUnknownOrderIsRefused(t *testing.T) {
	d := open(t)
	d.submit(leak("H1", "v1"))
	for name, do := range map[string]func(intake.Command) (intake.Receipt, error){
		"cancel":    func(c intake.Command) (intake.Receipt, error) { return d.Cancel(t.Context(), c) },
		"expedite":  func(c intake.Command) (intake.Receipt, error) { return d.Expedite(t.Context(), c) },
		"follow-up": func(c intake.Command) (intake.Receipt, error) { return d.FollowUp(t.Context(), c, core.FollowUp{}) },
		"extension": func(c intake.Command) (intake.Receipt, error) {
			return d.AnswerExtension(t.Context(), c, true, morning)
		},
	} {
		c := d.command("H1", "")
		c.Ref.System = "website" // H1 is the hotline's
		if _, err := do(c); !core.IsKind(err, core.NotFound) {
			t.Errorf("%s of another system's order: %v", name, err)
		}
		c = d.command("", "")
		if _, err := do(c); core.CodeOf(err) != "required" {
			t.Errorf("%s of no order: %v", name, err)
		}
	}
}

func TestASourceSeesItsOwnOrdersOnly(t *testing.T) {
	d := open(t)
	no := d.submit(leak("H1", "v1")).No
	other := d.submit(leak("H2", "v1")).No
	for name, c := range map[string]struct {
		ref  core.Ref
		no   core.OrderNo
		kind core.Kind
		code string
	}{
		"by its number":                    {ref: core.Ref{System: "hotline", External: " H1"}},
		"by ours":                          {ref: core.Ref{System: "hotline"}, no: no},
		"by both":                          {ref: core.Ref{System: "hotline", External: "H1"}, no: no},
		"by two numbers that disagree":     {core.Ref{System: "hotline", External: "H1"}, other, core.Invalid, "number_mismatch"},
		"of another by its number":         {core.Ref{System: "website", External: "H1"}, "", core.NotFound, "unknown_order"},
		"of another by ours":               {core.Ref{System: "website"}, no, core.NotFound, "unknown_order"},
		"of a number that never was given": {core.Ref{System: "hotline"}, "W26-0000000-0", core.NotFound, "unknown_order"},
	} {
		v, err := d.Query(t.Context(), c.ref, c.no)
		if c.code == "" {
			if err != nil || v.Order.No != no || len(v.Events) != 1 {
				t.Errorf("%s: %s with %d events, %v", name, v.Order.No, len(v.Events), err)
			}
			continue
		}
		if !core.IsKind(err, c.kind) || core.CodeOf(err) != c.code || v.Order.No != "" {
			t.Errorf("%s: %q, %v; want %s", name, v.Order.No, err, c.code)
		}
	}
}

func TestAFollowUpAndAnExtensionTakeEffect(t *testing.T) {
	d := open(t)
	no := d.submit(leak("H1", "v1")).No
	until := morning.Add(48 * time.Hour)
	if _, err := d.AnswerExtension(t.Context(), d.command("H1", "E1"), true, until); err != nil {
		t.Fatal(err)
	}
	if o := d.order(no); !o.DueAt.Equal(until) {
		t.Errorf("due %v, want %v", o.DueAt, until)
	}
	if _, err := d.FollowUp(t.Context(), d.command("H1", "F1"), core.FollowUp{Reached: true, Satisfaction: "satisfied"}); core.CodeOf(err) != "no_follow_up" {
		t.Errorf("a follow-up of work that is not done: %v", err)
	}
}

func TestNumbersOfTwoHubsNeverMeet(t *testing.T) {
	d := open(t)
	hubs := []*intake.Numbers{intake.NewNumbers(d.store), intake.NewNumbers(d.store)}
	var mu sync.Mutex
	seen := map[int64]bool{}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 100 {
				n, err := hubs[i%2].Next(context.Background())
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if seen[n] {
					t.Errorf("%d was given twice", n)
				}
				seen[n] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

func TestChangesAreToldAndRepeatsAreNot(t *testing.T) {
	d := open(t)
	var told []core.OrderNo
	s, err := intake.New(d.store, intake.Options{Clock: d.clock, Rules: func() *life.Rules { return d.rules }, OnChange: func(no core.OrderNo) { told = append(told, no) }})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []string{"v1", "v1", "v2", "v1"} {
		if _, err := s.Submit(t.Context(), leak("H1", v)); err != nil {
			t.Fatal(err)
		}
	}
	if len(told) != 2 {
		t.Errorf("told of %v, want the new order and its one change", told)
	}
	if _, err := intake.New(nil, intake.Options{}); err == nil {
		t.Error("an intake without a store was made")
	}
}
