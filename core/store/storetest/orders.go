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

func keysApart(w *world) {
	names := []string{"A1", "a1", "Ａ１", "A1x", "ａ1", "𠮷", "𠮶", "吉", "é", "e\u0301", "ß", "ss", "ı", "i", "0", "００", "00"}
	nos := map[string]core.OrderNo{}
	for _, name := range names {
		o := w.order()
		o.Ref.External = name
		o.Customer.Account, o.Meter.Serial = name+string(w.system), name+string(w.system)
		nos[name] = w.stored(o).No
	}
	for _, name := range names {
		o, _, err := w.OrderByRef(w.ctx, core.Ref{System: w.system, External: name})
		w.ok(err)
		if o.No != nos[name] {
			w.Errorf("%q finds %q", name, o.Ref.External)
		}
		found, err := w.Orders(w.ctx, core.OrderQuery{System: w.system, Find: name + string(w.system)})
		w.ok(err)
		if len(found) != 1 || found[0].No != nos[name] {
			w.Errorf("the account of %q finds %d orders", name, len(found))
		}
	}
	// Trailing blanks never count as equal, in either direction.
	for _, name := range []string{"A1 ", " A1", "A1\u3000", "A1\x00"} {
		if _, _, err := w.OrderByRef(w.ctx, core.Ref{System: w.system, External: name}); !core.IsKind(err, core.NotFound) {
			w.Errorf("%q is found: %v", name, err)
		}
		if found, err := w.Orders(w.ctx, core.OrderQuery{System: w.system, Find: name}); err != nil || len(found) != 0 {
			w.Errorf("%q finds %d orders: %v", name, len(found), err)
		}
	}
	refs := []core.Ref{{System: w.system, External: "A1 "}, {System: w.system, External: "a1"}, {System: w.system, External: "Ａ１"}}
	many, err := w.OrdersByRef(w.ctx, refs)
	w.ok(err)
	if len(many) != 2 || many[refs[1]].Order.No != nos["a1"] || many[refs[2]].Order.No != nos["Ａ１"] {
		w.Errorf("by many references: %d found", len(many))
	}
}

func everyPlane(w *world) {
	text := "ASCII \t\r\n ~ é ß 中文，。 あ 한 ع \u200f ﷺ 😀 👩‍👩‍👧 𠮷𠮶 𪚥 𫝀 𮯰 𰻞 \U000E0041 \U000F0000 \U0010FFFD \uE000 \uFFFD \u0000end"
	o := w.order()
	o.Customer.Name, o.Report.Content = text, strings.Repeat(text, 300)
	o.Extra = map[string]string{"𠮷": text}
	o = w.stored(o)
	if o.Customer.Name != text || o.Extra["𠮷"] != text || len(o.Report.Content) != 300*len(text) {
		w.Fatalf("text came back changed: %q", o.Customer.Name)
	}
	next := o.Clone()
	next.Report.Remark = text
	u := w.changed(o, next, core.EventNote)
	plain := strings.ReplaceAll(text, "\u0000", "")
	u.Orders[0].Events[0].Remark = plain
	id := "m" + serial()
	u.Messages = []core.LoggedMessage{{ID: id, System: w.system, Direction: core.Inbound, At: at(0), Result: "ok", Detail: "𠮷" + plain, Request: []byte("\x00\xff\xfe" + text)}}
	w.apply(u)
	events, err := w.Events(w.ctx, o.No)
	w.ok(err)
	if events[1].Remark != plain {
		w.Fatalf("remark came back as %q", events[1].Remark)
	}
	log, err := w.Messages(w.ctx, core.MessageQuery{ID: id, WithBodies: true})
	w.ok(err)
	if len(log) != 1 || log[0].Detail != "𠮷"+plain || string(log[0].Request) != "\x00\xff\xfe"+text {
		w.Fatalf("message came back as %+v", log)
	}
}

func fullLength(w *world) {
	fill := func(n int) string { return strings.Repeat("𠮷", (n-1)/2) + strings.Repeat("z", n-2*((n-1)/2)) }
	o := w.order()
	o.No = core.OrderNo(string(o.No) + strings.Repeat("9", core.MaxNumberLength-len(o.No)))
	o.Ref = core.Ref{System: core.SystemID(string(w.system) + fill(core.MaxSystem-len(w.system))), External: fill(core.MaxExternal), Period: fill(core.MaxPeriod)}
	o.Type, o.Customer.Account, o.Meter.Serial = fill(core.MaxCode), fill(core.MaxNumber), fill(core.MaxNumber)
	o.Assignment = &core.Assignment{CrewID: fill(core.MaxCode)}
	w.stored(o)
	got, _, err := w.OrderByRef(w.ctx, o.Ref)
	w.ok(err)
	if got.Ref != o.Ref || got.Type != o.Type {
		w.Fatalf("came back as %+v", got.Ref)
	}
}

func find(w *world) {
	o := w.order()
	o.Customer.Account, o.Meter.Serial = "acc"+string(w.system), "ser"+string(w.system)
	o = w.stored(o)
	w.stored(w.order())
	for _, number := range []string{string(o.No), o.Ref.External, o.Customer.Account, o.Meter.Serial} {
		got, err := w.Orders(w.ctx, core.OrderQuery{Find: number})
		w.ok(err)
		if len(got) != 1 || got[0].No != o.No {
			w.Errorf("%q finds %d orders", number, len(got))
		}
	}
	next := o.Clone()
	next.Meter.Serial = "new" + string(w.system)
	w.apply(w.changed(o, next, core.EventAmended))
	for number, want := range map[string]int{o.Meter.Serial: 0, next.Meter.Serial: 1, "ac" + string(w.system): 0} {
		got, err := w.Orders(w.ctx, core.OrderQuery{Find: number})
		w.ok(err)
		if len(got) != want {
			w.Errorf("%q finds %d orders, want %d", number, len(got), want)
		}
	}
}

func pages(w *world) {
	var want []core.OrderNo
	var units []core.Unit
	for range 25 {
		o := w.order()
		units = append(units, w.created(o, ""))
		want = append(want, o.No)
	}
	w.apply(units...)
	slices.Sort(want)
	for name, q := range map[string]core.OrderQuery{
		"by system":        {System: w.system, Limit: 10},
		"by open phase":    {System: w.system, Phases: []core.Phase{core.Dispatching}, Limit: 10},
		"by phases":        {System: w.system, Phases: []core.Phase{core.Dispatching, core.Received}, Limit: 10},
		"by ended phases":  {System: w.system, Phases: []core.Phase{core.Dispatching, core.Closed}, Limit: 10},
		"without a point":  {System: w.system, WithoutPoint: true, Limit: 10},
		"by type in pages": {System: w.system, Type: "burst", Limit: 7},
	} {
		var got []core.OrderNo
		for {
			page, err := w.Orders(w.ctx, q)
			w.ok(err)
			if len(page) == 0 {
				break
			}
			if len(page) > q.Limit {
				w.Fatalf("%s: page of %d, limit %d", name, len(page), q.Limit)
			}
			for _, o := range page {
				got = append(got, o.No)
			}
			q.After = page[len(page)-1].No
		}
		if !slices.Equal(got, want) {
			w.Errorf("%s: pages give %v, want %v", name, got, want)
		}
	}
}

func filters(w *world) {
	crew := "c" + string(w.system)
	a := w.order() // waits, no point
	b := w.order() // with a crew
	b.Phase, b.Place.Point = core.Field, &core.Point{Lat: 31, Lon: 121}
	b.Assignment = &core.Assignment{CrewID: crew, Day: "2026-05-11", State: core.FieldAssigned}
	c := w.order() // closed, once of that crew
	c.Phase, c.Type, c.Assignment = core.Closed, "leak", b.Assignment
	w.apply(w.created(a, ""), w.created(b, ""), w.created(c, ""))
	for _, x := range []struct {
		name string
		q    core.OrderQuery
		want []core.OrderNo
	}{
		{"crew", core.OrderQuery{Crew: crew}, []core.OrderNo{b.No, c.No}},
		{"crew and phase", core.OrderQuery{Crew: crew, Phases: []core.Phase{core.Field}}, []core.OrderNo{b.No}},
		{"phase", core.OrderQuery{System: w.system, Phases: []core.Phase{core.Dispatching}}, []core.OrderNo{a.No}},
		{"ended phase", core.OrderQuery{System: w.system, Phases: []core.Phase{core.Closed, core.Returned}}, []core.OrderNo{c.No}},
		{"mixed phases", core.OrderQuery{System: w.system, Phases: []core.Phase{core.Closed, core.Field}}, []core.OrderNo{b.No, c.No}},
		{"without point", core.OrderQuery{System: w.system, WithoutPoint: true}, []core.OrderNo{a.No, c.No}},
		{"open without point", core.OrderQuery{System: w.system, WithoutPoint: true, Phases: []core.Phase{core.Dispatching, core.Field}}, []core.OrderNo{a.No}},
		{"type", core.OrderQuery{System: w.system, Type: "leak"}, []core.OrderNo{c.No}},
		{"other system", core.OrderQuery{System: w.system + "x"}, nil},
		{"number of another crew", core.OrderQuery{Find: string(a.No), Crew: crew}, nil},
	} {
		got, err := w.Orders(w.ctx, x.q)
		w.ok(err)
		var nos []core.OrderNo
		for _, o := range got {
			nos = append(nos, o.No)
		}
		slices.Sort(x.want)
		if !slices.Equal(nos, x.want) {
			w.Errorf("%s: %v, want %v", x.name, nos, x.want)
		}
	}
	// What is true of an order follows its changes.
	b = w.must(b.No)
	next := b.Clone()
	next.Phase, next.Assignment, next.Place.Point = core.Cancelled, nil, nil
	w.apply(w.changed(b, next, core.EventCancelled))
	got, err := w.Orders(w.ctx, core.OrderQuery{Crew: crew})
	w.ok(err)
	if len(got) != 1 {
		w.Errorf("the crew still has %d orders, want the closed one", len(got))
	}
}

func byRefs(w *world) {
	var units []core.Unit
	var refs []core.Ref
	for range 700 { // more than one statement of a SQL Server can name
		o := w.order()
		units = append(units, w.created(o, "h"))
		refs = append(refs, o.Ref)
	}
	w.apply(units...)
	ask := append(slices.Clone(refs), core.Ref{System: w.system, External: "missing"}, core.Ref{System: w.system + "x", External: refs[0].External}, refs[0])
	got, err := w.OrdersByRef(w.ctx, ask)
	w.ok(err)
	if len(got) != len(refs) {
		w.Fatalf("%d found, want %d", len(got), len(refs))
	}
	for _, ref := range refs {
		if k := got[ref]; k.Order.Ref != ref || len(k.Hashes) != 1 {
			w.Fatalf("%s finds %s with %d hashes", ref, k.Order.Ref, len(k.Hashes))
		}
	}
	none, err := w.OrdersByRef(w.ctx, nil)
	if err != nil || len(none) != 0 {
		w.Fatalf("no references: %v, %v", none, err)
	}
}

// page is a unit of new orders with the checkpoint behind them, as a pull makes it.
func (w *world) page(n int, run core.JobRun, fence *core.Fence) core.Unit {
	w.Helper()
	u := core.Unit{Fence: fence, Run: &run, Job: &core.JobState{Job: run.Job, Watermark: at(run.Page)}}
	for range n {
		u.Orders = append(u.Orders, w.created(w.full(), core.Hash(strings.Repeat("c", 64))).Orders...)
	}
	return u
}

func pulledPage(w *world) {
	job := "pull-" + string(w.system)
	l, ok, err := w.Acquire(w.ctx, job, "hub", time.Minute)
	if err != nil || !ok {
		w.Fatal(ok, err)
	}
	run := core.JobRun{ID: "r" + serial(), Job: job, Trigger: "schedule", Slot: at(0), From: at(1), To: at(2), State: core.RunRunning, StartedAt: at(3)}
	for p := range 2 {
		run.Page, run.Fetched = p+1, 500*(p+1)
		run.Created = run.Fetched
		w.apply(w.page(500, run, l.Fence()))
	}
	runs, err := w.Runs(w.ctx, job, 10)
	w.ok(err)
	if len(runs) != 1 || runs[0].Page != 2 || runs[0].Fetched != 1000 || !runs[0].Slot.Equal(at(0)) || !runs[0].StartedAt.Equal(at(3)) {
		w.Fatalf("runs %+v", runs)
	}
	n, after := 0, core.OrderNo("")
	for {
		page, err := w.Orders(w.ctx, core.OrderQuery{System: w.system, After: after, Limit: 1000})
		w.ok(err)
		if len(page) == 0 {
			break
		}
		n, after = n+len(page), page[len(page)-1].No
	}
	if n != 1000 {
		w.Fatalf("%d orders stored, want 1000", n)
	}
	events, err := w.Events(w.ctx, after)
	if err != nil || len(events) != 1 {
		w.Fatalf("the last order has %d events: %v", len(events), err)
	}
}

// pageAgain stores a page of which one order came another way in the meantime: the
// unit is known as a whole, names the order, and goes through without it.
func pageAgain(w *world) {
	run := core.JobRun{ID: "r" + serial(), Job: "pull-" + string(w.system), State: core.RunRunning, StartedAt: at(0), Page: 1}
	u := w.page(300, run, nil)
	twin := w.order()
	twin.Ref = u.Orders[123].Order.Ref
	twin = w.stored(twin)
	out := w.one(core.Known, u)
	if out.Order != 123 {
		w.Fatalf("known is order %d, want 123", out.Order)
	}
	runs, err := w.Runs(w.ctx, run.Job, 1)
	w.ok(err)
	all, err := w.Orders(w.ctx, core.OrderQuery{System: w.system, Limit: 1000})
	w.ok(err)
	if len(runs) != 0 || len(all) != 1 {
		w.Fatalf("%d runs and %d orders were written", len(runs), len(all))
	}
	u.Orders = slices.Delete(u.Orders, 123, 124)
	w.apply(u)
	w.same(w.must(twin.No), twin)
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

func alarms(w *world) {
	before, err := w.Alarms(w.ctx, 1000)
	w.ok(err)
	var nos []core.OrderNo
	for i, in := range []int{30, 10, 0, 20, 10} { // minutes; 0: none
		o := w.order()
		if in > 0 {
			o.AlarmAt = at(in)
		}
		o.Place.Depot = []string{"", " D1 ", strings.Repeat("站", 150), "D2", "D3"}[i] // as sources write
		nos = append(nos, w.stored(o).No)
	}
	mine := func() (got []core.OrderNo) {
		all, err := w.Alarms(w.ctx, len(before)+10)
		w.ok(err)
		for i, a := range all {
			if i > 0 && a.At.Before(all[i-1].At) {
				w.Errorf("alarm %d comes before %d", i, i-1)
			}
			if slices.Contains(nos, a.Order) {
				got = append(got, a.Order)
			}
		}
		return got
	}
	if got, want := mine(), []core.OrderNo{nos[1], nos[4], nos[3], nos[0]}; !slices.Equal(got, want) {
		w.Errorf("alarms %v, want %v", got, want)
	}
	if got, err := w.Alarms(w.ctx, 1); err != nil || len(got) != 1 {
		w.Errorf("one alarm: %v, %v", got, err)
	}
	next := w.must(nos[1])
	next.AlarmAt = time.Time{}
	w.apply(w.changed(w.must(nos[1]), next, core.EventNote))
	if got, want := mine(), []core.OrderNo{nos[4], nos[3], nos[0]}; !slices.Equal(got, want) {
		w.Errorf("after one was told: %v, want %v", got, want)
	}
}
