package storetest

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"tundish/core"
)

// full is an order with every field set.
func (w *world) full() core.WorkOrder {
	o := w.order()
	o.Ref.Period = "2026"
	o.Channel, o.Urgency, o.Expedite = "phone", core.Emergency, 2
	o.Hold = &core.Hold{Reason: "等料", By: "李", At: at(1)}
	o.Customer = core.Customer{Account: "0012345678", Name: "王小明", Contact: "王", Phone: "13800000000", Tariff: "居民", Arrears: "120.50"}
	o.Place = core.Place{Address: "天钥桥路 1 弄 2 号", District: "徐汇", Branch: "市南", Depot: "D1", Book: "B7", BookNo: 12, Detail: "表井",
		Point: &core.Point{Lat: 31.1932876, Lon: 121.4371231}, PointSource: core.PointFromSource, PointSent: "121.47,31.23 (GCJ-02)", ServicePoint: "SP-9"}
	o.Meter = core.Meter{Serial: "M-" + string(o.No), Stamp: "G1", Barcode: "4006381333931", DiameterMM: 20, Model: "LXS", Maker: "宁波", DialRange: "99999",
		InstalledOn: "2019-02-03", VerifiedOn: "2019-01-01", DueOn: "2025-02-03", State: "ok", LastReading: "100.0", Reading: "0120"}
	o.Report = core.Report{Category: "leak", SubCategory: "main", Content: "路面冒水\n\t\"大\"", Remark: "急", Cause: "老化", OccurredAt: at(2), RegisteredOn: "2026-05-11", RegisteredBy: "张",
		Attachments: []core.Attachment{{Name: "a.jpg", ContentType: "image/jpeg", SHA256: strings.Repeat("ab", 32), Size: 17, TakenAt: at(3)}}}
	o.Appointment = core.Appointment{With: "王", From: at(4), To: at(5)}
	o.Assignment = &core.Assignment{CrewID: "crew-" + string(w.system), Day: "2026-05-11", State: core.FieldOnSite, Minutes: 90, By: "auto", Pinned: true,
		Reason:     core.Reason{Text: "nearest", TextZH: "最近", Terms: map[string]int64{"travel": 5}, Metres: 1200, RunnerUp: "2", Refused: map[string]int{"skill": 3}},
		AssignedAt: at(6), AcceptedAt: at(7), TravelAt: at(8), ArrivedAt: at(9)}
	o.Completions = []core.Completion{{Outcome: core.CouldNotBeDone, Reason: "no_access", SlipLeft: true, FinishedAt: at(10), People: []string{"赵"},
		Point: &core.Point{Lat: 1, Lon: 2}, Review: &core.Review{Passed: true, By: "钱", At: at(11)}}}
	o.FollowUp = &core.FollowUp{Reached: true, Satisfaction: "satisfied", At: at(12)}
	o.Extra = map[string]string{"k": "v", "空": ""}
	o.SourceAt, o.DueAt, o.ClosedAt, o.Reviewed = at(13), at(14), at(15), true
	fill(reflect.ValueOf(&o).Elem(), "o")
	return o
}

// fill gives every field that is still zero a value, so that a field added to the
// order later is tested without anybody thinking of it.
func fill(v reflect.Value, name string) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		if v.IsZero() {
			v.Set(reflect.ValueOf(at(16)))
		}
	case v.Kind() == reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		fill(v.Elem(), name)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			switch f := v.Type().Field(i); f.Name {
			case "Version", "EventSequence", "ResultSequence", "UpdatedAt": // NewChange sets them
			default:
				fill(v.Field(i), f.Name)
			}
		}
	case v.Kind() == reflect.Slice:
		if v.Len() == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		}
		for i := range v.Len() {
			fill(v.Index(i), name)
		}
	case v.Kind() == reflect.Map:
		if v.Len() == 0 {
			v.Set(reflect.MakeMap(v.Type()))
			e := reflect.New(v.Type().Elem()).Elem()
			fill(e, name)
			v.SetMapIndex(reflect.ValueOf(name).Convert(v.Type().Key()), e)
		}
	case !v.IsZero():
	case v.Kind() == reflect.String:
		v.SetString(name)
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.CanInt():
		v.SetInt(7)
	case v.CanFloat():
		v.SetFloat(7.25)
	case v.CanUint():
		v.SetUint(7)
	}
}

// same compares orders by their JSON, in which instants have no location.
func (w *world) same(got, want core.WorkOrder) {
	w.Helper()
	g, err := json.Marshal(got)
	w.ok(err)
	x, err := json.Marshal(want)
	w.ok(err)
	if string(g) != string(x) {
		w.Fatalf("orders differ\n got %s\nwant %s", g, x)
	}
}

func everyField(w *world) {
	o := w.full()
	u := w.created(o, "h1")
	w.apply(u)
	want := u.Orders[0].Order
	w.same(w.must(o.No), want)
	got, hashes, err := w.OrderByRef(w.ctx, o.Ref)
	w.ok(err)
	w.same(got, want)
	if !slices.Equal(hashes, []core.Hash{"h1"}) {
		w.Fatalf("hashes %q", hashes)
	}
	_, err = w.Order(w.ctx, "none")
	w.kind(err, core.NotFound)
	_, _, err = w.OrderByRef(w.ctx, core.Ref{System: w.system, External: o.Ref.External})
	w.kind(err, core.NotFound) // another period is another order
}

func replay(w *world) {
	o := w.stored(w.full())
	for i := range 5 {
		next := o.Clone()
		next.Expedite++
		switch i {
		case 1:
			next.Hold, next.Phase = nil, core.Field
		case 2:
			next.Place.Point.Lat = 31.5
			next.Extra["a/b~c"] = "新"
		case 3:
			next.Assignment, next.FollowUp = nil, nil
		case 4:
			delete(next.Extra, "k")
		}
		w.apply(w.changed(o, next, core.EventNote))
		o = w.must(o.No)
	}
	events, err := w.Events(w.ctx, o.No)
	w.ok(err)
	if len(events) != 6 || o.Version != 6 {
		w.Fatalf("%d events, version %d; want 6", len(events), o.Version)
	}
	for i, ev := range events {
		if ev.Order != o.No || ev.Sequence != int64(i+1) {
			w.Fatalf("event %d is %+v", i, ev)
		}
	}
	if ev := events[1]; !ev.At.Equal(at(1)) || ev.Kind != core.EventNote || ev.By != "tester" {
		w.Fatalf("event 2 came back as %+v", ev)
	}
	again, err := core.Replay(events)
	w.ok(err)
	w.same(again, o)
	none, err := w.Events(w.ctx, "none")
	w.ok(err)
	if len(none) != 0 {
		w.Fatalf("an order that does not exist has %d events", len(none))
	}
}

func known(w *world) {
	first := w.stored(w.order())
	second := w.order()
	second.Ref = first.Ref
	out := w.one(core.Known, w.created(second, ""))
	if out.Order != 0 {
		w.Fatalf("the known order has index %d, want 0", out.Order)
	}
	_, err := w.Order(w.ctx, second.No)
	w.kind(err, core.NotFound)
	other := w.order()
	other.No = first.No
	out = w.one(core.RefusedUnit, w.created(other, ""))
	w.kind(out.Err, core.Conflict)
	w.same(w.must(first.No), first)
}

func parallelRetries(w *world) {
	const callers = 100
	ref := core.Ref{System: w.system, External: "one"}
	outcomes := make([]core.Outcome, callers)
	nos := make([]core.OrderNo, callers)
	units := make([]core.Unit, callers)
	for i := range callers {
		o := w.order()
		o.Ref = ref
		nos[i], units[i] = o.No, w.created(o, "h")
	}
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() { outcomes[i] = w.Commit(w.ctx, units[i])[0] })
	}
	wg.Wait()
	var winner core.OrderNo
	for i, out := range outcomes {
		switch out.Kind {
		case core.Applied:
			if winner != "" {
				w.Fatalf("both %s and %s were created", winner, nos[i])
			}
			winner = nos[i]
		case core.Known:
		default:
			w.Fatalf("caller %d: %s: %v", i, out.Kind, out.Err)
		}
	}
	o, hashes, err := w.OrderByRef(w.ctx, ref)
	w.ok(err)
	if o.No != winner || len(hashes) != 1 {
		w.Fatalf("stored %s with %d hashes, the winner is %s", o.No, len(hashes), winner)
	}
	all, err := w.Orders(w.ctx, core.OrderQuery{System: w.system})
	w.ok(err)
	if len(all) != 1 {
		w.Fatalf("%d orders, want 1", len(all))
	}
}

func hashes(w *world) {
	v1, v2 := core.Hash(strings.Repeat("1a", 32)), core.Hash(strings.Repeat("2b", 32))
	o := w.order()
	w.apply(w.created(o, v1))
	o = w.must(o.No)
	amended := w.changed(o, o, core.EventAmended)
	amended.Orders[0].Hash = v2
	w.apply(amended)
	noted := w.changed(w.must(o.No), w.must(o.No), core.EventNote)
	w.apply(noted)
	_, got, err := w.OrderByRef(w.ctx, o.Ref)
	w.ok(err)
	if !slices.Equal(got, []core.Hash{v1, v2}) {
		w.Fatalf("hashes %q, want v1 and v2: v1 sent again must be recognised", got)
	}
	many, err := w.OrdersByRef(w.ctx, []core.Ref{o.Ref})
	w.ok(err)
	if !slices.Equal(many[o.Ref].Hashes, got) {
		w.Fatalf("read by many references: hashes %q", many[o.Ref].Hashes)
	}
}

func stale(w *world) {
	o := w.stored(w.order())
	good := w.changed(o, o, core.EventNote)
	late := w.changed(o, o, core.EventHeld)
	w.apply(good)
	fresh := w.order()
	both := w.created(fresh, "")
	both.Orders = append(both.Orders, late.Orders...)
	out := w.one(core.Stale, both)
	if out.Order != 1 || out.Err == nil {
		w.Fatalf("stale order has index %d (%v), want 1 and a reason", out.Order, out.Err)
	}
	_, err := w.Order(w.ctx, fresh.No)
	w.kind(err, core.NotFound)
	ghost := w.order()
	ghost.Version = 3
	w.one(core.Stale, w.changed(ghost, ghost, core.EventNote))
}

func concurrentChanges(w *world) {
	o := w.stored(w.order())
	const callers = 24
	var applied sync.Map
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			for {
				old, err := w.Order(w.ctx, o.No)
				if err != nil {
					w.Error(err)
					return
				}
				next := old.Clone()
				next.Expedite++
				ch, err := core.NewChange(&old, next, core.Event{At: at(1), Kind: core.EventExpedited, By: "caller"})
				if err != nil {
					w.Error(err)
					return
				}
				out := w.Commit(w.ctx, core.Unit{Orders: []core.OrderChange{ch}})[0]
				if out.Kind == core.Applied {
					applied.Store(i, true)
					return
				}
				if out.Kind != core.Stale {
					w.Errorf("caller %d: %s: %v", i, out.Kind, out.Err)
					return
				}
			}
		})
	}
	wg.Wait()
	if got := w.must(o.No); got.Expedite != callers || got.Version != callers+1 {
		w.Fatalf("expedited %d times at version %d, want %d", got.Expedite, got.Version, callers)
	}
	events, err := w.Events(w.ctx, o.No)
	w.ok(err)
	if len(events) != callers+1 {
		w.Fatalf("%d events, want %d", len(events), callers+1)
	}
}

// badAmongGood commits, in one call and from many callers at once, units of which
// some can never be written.
func badAmongGood(w *world) {
	takenID := note(w.system)
	taken := w.stored(w.order(), takenID)
	var mu sync.Mutex
	var good []core.OrderNo
	var wg sync.WaitGroup
	for range 8 {
		var units []core.Unit
		var bad []int
		for i := range 6 {
			o := w.order()
			u := w.created(o, "")
			switch {
			case i%3 == 1 && len(units)%2 == 1:
				o.No = taken.No // the number is taken
				u = w.created(o, "")
				bad = append(bad, i)
			case i%3 == 1: // a message's id is taken, which nobody looks for beforehand
				u = w.created(o, "", core.OutboxMessage{ID: takenID.ID, Target: w.system, Kind: core.TellStatus})
				bad = append(bad, i)
			default:
				mu.Lock()
				good = append(good, o.No)
				mu.Unlock()
			}
			units = append(units, u)
		}
		wg.Go(func() {
			for i, out := range w.Commit(w.ctx, units...) {
				want := core.Applied
				if slices.Contains(bad, i) {
					want = core.RefusedUnit
				}
				if out.Kind != want {
					w.Errorf("unit %d is %s (%v), want %s", i, out.Kind, out.Err, want)
				}
			}
		})
	}
	wg.Wait()
	for _, no := range good {
		w.must(no)
	}
	all, err := w.Orders(w.ctx, core.OrderQuery{System: w.system, Limit: 1000})
	w.ok(err)
	if len(all) != len(good)+1 {
		w.Fatalf("%d orders are stored, want %d: a bad unit left something behind", len(all), len(good)+1)
	}
	w.same(w.must(taken.No), taken)
}

// buildOn commits units of which later ones were decided on what earlier ones do.
func buildOn(w *world) {
	o := w.order()
	crew, day := "c"+string(w.system), "2026-05-20"
	load := func(expected int64) core.CrewDayChange {
		return core.CrewDayChange{CrewID: crew, Day: day, Guarded: true, Expected: expected, Minutes: 10, Orders: 1}
	}
	first := w.created(o, "h1", note(w.system))
	first.CrewDays = []core.CrewDayChange{load(0)}
	made := first.Orders[0].Order
	next := made.Clone()
	next.Expedite = 1
	second := w.changed(made, next, core.EventExpedited, note(w.system))
	second.Orders[0].Hash = "h2"
	second.CrewDays = []core.CrewDayChange{load(1)}
	late := w.created(w.order(), "")
	late.CrewDays = []core.CrewDayChange{load(1)} // the second has moved it on
	twin := w.order()
	twin.Ref = o.Ref
	third := w.created(w.order(), "")
	third.CrewDays = []core.CrewDayChange{load(2)}
	got := w.Commit(w.ctx, first, second, late, w.created(twin, ""), third)
	for i, want := range []core.OutcomeKind{core.Applied, core.Applied, core.Stale, core.Known, core.Applied} {
		if got[i].Kind != want {
			w.Fatalf("unit %d is %s (%v), want %s", i, got[i].Kind, got[i].Err, want)
		}
	}
	w.same(w.must(o.No), second.Orders[0].Order)
	_, hashes, err := w.OrderByRef(w.ctx, o.Ref)
	w.ok(err)
	events, err := w.Events(w.ctx, o.No)
	w.ok(err)
	if len(hashes) != 2 || len(events) != 2 {
		w.Fatalf("%d hashes and %d events, want 2 of each", len(hashes), len(events))
	}
	if d := w.load(crew, day); d.Version != 3 || d.Minutes != 30 || d.Orders != 3 {
		w.Fatalf("load %+v", d)
	}
	l := w.mustClaim(time.Minute)
	if len(l.Messages) != 2 {
		w.Fatalf("%d messages in the lane, want 2", len(l.Messages))
	}
	o = w.must(o.No)
	w.apply(delivered(l, 0, core.MessageDelivered, 0, false), w.changed(o, o, core.EventNote, note(w.system)), delivered(l, 1, core.MessageDelivered, 0, true))
	if rest := w.mustClaim(time.Minute); len(rest.Messages) != 1 || rest.Messages[0].Sequence != 3 {
		w.Fatalf("the rest of the lane is %+v", rest.Messages)
	}
}

func unstorable(w *world) {
	for name, spoil := range map[string]func(*core.OrderChange){
		"no external number":       func(c *core.OrderChange) { c.Order.Ref.External = "" },
		"external number too long": func(c *core.OrderChange) { c.Order.Ref.External = strings.Repeat("x", core.MaxExternal+1) },
		"half too long beyond the BMP": func(c *core.OrderChange) {
			c.Order.Ref.External = strings.Repeat("𠮷", core.MaxExternal/2+1)
		},
		"trailing space": func(c *core.OrderChange) { c.Order.Ref.External += " " },
		"wide space":     func(c *core.OrderChange) { c.Order.Ref.External += "　" },
		"not UTF-8":      func(c *core.OrderChange) { c.Order.Ref.External += "\xff" },
		"no body":        func(c *core.OrderChange) { c.Body = nil },
		"wrong version":  func(c *core.OrderChange) { c.Order.Version = 7 },
	} {
		u := w.created(w.order(), "")
		spoil(&u.Orders[0])
		out := w.Commit(w.ctx, u)[0]
		if out.Kind != core.RefusedUnit || !core.IsKind(out.Err, core.Invalid) {
			w.Errorf("%s: %s (%v), want refused as invalid", name, out.Kind, out.Err)
		}
	}
	all, err := w.Orders(w.ctx, core.OrderQuery{System: w.system})
	w.ok(err)
	if len(all) != 0 {
		w.Fatalf("%d orders were written", len(all))
	}
}

// wholeUnit spoils the last part of a large unit in every way a guard can fail.
func wholeUnit(w *world) {
	old := w.stored(w.order())
	w.apply(w.changed(old, old, core.EventNote))
	crew := "crew-" + string(w.system)
	w.apply(core.Unit{CrewDays: []core.CrewDayChange{{CrewID: crew, Day: "2026-05-11", Minutes: 10, Orders: 1}}})
	for name, spoil := range map[string]func(*core.Unit){
		"fence":     func(u *core.Unit) { u.Fence = &core.Fence{Lease: "no-" + string(w.system), Token: 1} },
		"order":     func(u *core.Unit) { u.Orders = append(u.Orders, w.changed(old, old, core.EventHeld).Orders...) },
		"new crew":  func(u *core.Unit) { u.Crews = []core.CrewChange{{Expected: 4, Crew: core.Crew{ID: "no-" + crew}}} },
		"crew-day":  func(u *core.Unit) { u.CrewDays[0].Expected = 9 },
		"first day": func(u *core.Unit) { u.CrewDays[0].Expected = 0 },
		"delivery": func(u *core.Unit) {
			u.Delivery = &core.DeliveryChange{Lane: core.LaneKey{Target: w.system, Order: old.No}, Token: 1, MessageID: "none", State: core.MessageDelivered}
		},
	} {
		o := w.order()
		u := w.created(o, "", core.OutboxMessage{ID: "m" + serial(), Target: w.system, Kind: core.TellStatus})
		u.CrewDays = []core.CrewDayChange{{CrewID: crew, Day: "2026-05-11", Guarded: true, Expected: 1, Minutes: 5}}
		u.Messages = []core.LoggedMessage{{ID: "l" + string(o.No), System: w.system, Direction: core.Inbound, At: at(0), Result: "ok"}}
		u.Job = &core.JobState{Job: "j" + string(w.system), Watermark: at(1)}
		spoil(&u)
		if out := w.Commit(w.ctx, u)[0]; out.Kind != core.Stale {
			w.Fatalf("%s: %s (%v), want stale", name, out.Kind, out.Err)
		}
		_, err := w.Order(w.ctx, o.No)
		w.kind(err, core.NotFound)
		log, err := w.Messages(w.ctx, core.MessageQuery{ID: "l" + string(o.No)})
		w.ok(err)
		days, err := w.CrewDays(w.ctx, "2026-05-11")
		w.ok(err)
		i := slices.IndexFunc(days, func(d core.CrewDay) bool { return d.CrewID == crew })
		job, err := w.JobState(w.ctx, "j"+string(w.system))
		w.ok(err)
		_, due, err := w.NextDue(w.ctx, w.system)
		w.ok(err)
		if len(log) != 0 || i < 0 || days[i].Minutes != 10 || !job.Watermark.IsZero() || due {
			w.Fatalf("%s: half of the unit was written: %d messages, load %+v, watermark %s, owed %v", name, len(log), days[i], job.Watermark, due)
		}
	}
}

func givesUp(w *world) {
	gone, cancel := context.WithCancel(w.ctx)
	cancel()
	var wg sync.WaitGroup
	for range 20 {
		lost, kept := w.created(w.order(), ""), w.created(w.order(), "")
		wg.Go(func() {
			out := w.Commit(gone, lost)[0]
			if out.Kind == core.RefusedUnit && !core.IsKind(out.Err, core.Unavailable) && !core.IsKind(out.Err, core.OutcomeUnknown) {
				w.Errorf("a caller that gave up got %v", out.Err)
			}
			if out.Kind == core.RefusedUnit && core.IsKind(out.Err, core.Unavailable) {
				if _, err := w.Order(w.ctx, lost.Orders[0].Order.No); !core.IsKind(err, core.NotFound) {
					w.Errorf("an order was written though its caller was told that it was not: %v", err)
				}
			}
		})
		wg.Go(func() {
			if out := w.Commit(w.ctx, kept)[0]; out.Kind != core.Applied {
				w.Errorf("a neighbour is %s: %v", out.Kind, out.Err)
			}
		})
	}
	wg.Wait()
}
