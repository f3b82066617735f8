package react_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/core/intake"
	"tundish/core/life"
	"tundish/core/outbox"
	"tundish/core/react"
	"tundish/core/store/memstore"
)

var nine = time.Date(2026, 5, 11, 1, 0, 0, 0, time.UTC)

type stopped struct{}

func (stopped) Now() time.Time                       { return nine }
func (stopped) After(time.Duration) <-chan time.Time { return nil }

// house is a store with what the hub does to its own targets.
type house struct {
	*testing.T
	store  *memstore.Store
	rules  *life.Rules
	intake *intake.Service
	opener *react.Opener
}

func open(t *testing.T) *house {
	t.Helper()
	h := &house{T: t, store: memstore.New(memstore.Options{})}
	h.rules = &life.Rules{
		Types: core.OrderTypes{
			"burst":   {Code: "burst", Family: core.Repair, Minutes: 60, Acceptance: true},
			"leak":    {Code: "leak", Family: core.Repair, Minutes: 60},
			"repave":  {Code: "repave", Family: core.Service, Minutes: 60},
			"enquiry": {Code: "enquiry", Family: core.Desk},
		},
		Systems: map[core.SystemID]life.System{life.ToPeople: {}, life.ToCreate: {}}, Zone: time.UTC, NumberPrefix: "W", TellCrews: true,
	}
	rules := func() *life.Rules { return h.rules }
	var err error
	if h.intake, err = intake.New(h.store, intake.Options{Clock: stopped{}, Rules: rules}); err != nil {
		t.Fatal(err)
	}
	h.opener = &react.Opener{Store: h.store, Intake: h.intake, Rules: rules, Clock: stopped{}}
	return h
}

var serial int

func (h *house) receive(kind string) core.OrderNo {
	h.Helper()
	serial++
	r, err := h.intake.Submit(h.Context(), intake.Submission{Hash: core.Hash(fmt.Sprint("h", serial)), Order: core.WorkOrder{
		Ref: core.Ref{System: "hotline", External: fmt.Sprint("H", serial)}, Type: kind, Urgency: core.Normal,
		Customer: core.Customer{Name: "王", Phone: "13800000000"}, Place: core.Place{Address: "光明路 3 号", Depot: "north"}, Report: core.Report{Content: "路面冒水"},
	}})
	if err != nil {
		h.Fatal(err)
	}
	return r.No
}

func (h *house) order(no core.OrderNo) core.WorkOrder {
	h.Helper()
	o, err := h.store.Order(h.Context(), no)
	if err != nil {
		h.Fatal(err)
	}
	return o
}

// owed are the messages of an order to one target, oldest first.
func (h *house) owed(no core.OrderNo, target core.SystemID) []core.OutboxMessage {
	h.Helper()
	list, err := h.store.OutboxMessages(h.Context(), core.OutboxQuery{Order: no, Target: target, Limit: 1000})
	if err != nil {
		h.Fatal(err)
	}
	slices.Reverse(list)
	return list
}

func (h *house) do(no core.OrderNo, decide func(core.WorkOrder, life.Step) (core.Unit, error)) core.WorkOrder {
	h.Helper()
	o, err := core.Decide(h.Context(), h.store, no, func(o core.WorkOrder) (core.Unit, error) {
		return decide(o, life.Step{Now: nine, Actor: life.Hub("test"), By: "test", Remark: "because"})
	})
	if err != nil {
		h.Fatal(err)
	}
	return o
}

func (h *house) give(no core.OrderNo, crew string) {
	h.Helper()
	h.do(no, func(o core.WorkOrder, s life.Step) (core.Unit, error) {
		days, err := h.store.CrewDays(h.Context(), "2026-05-11")
		if err != nil {
			return core.Unit{}, err
		}
		seen := core.CrewDay{CrewID: crew, Day: "2026-05-11"}
		for _, d := range days {
			if d.CrewID == crew {
				seen = d
			}
		}
		return h.rules.Assign(o, core.Assignment{CrewID: crew, Day: "2026-05-11"}, seen, s)
	})
}

// notices of an order, as "crew: text".
func (h *house) notices(no core.OrderNo) (said []string) {
	h.Helper()
	for _, m := range h.owed(no, life.ToPeople) {
		n, err := react.NoticeOf(m)
		if err != nil {
			h.Fatal(err)
		}
		said = append(said, strings.Join(append(n.Crews, n.To...), ",")+": "+n.Text.EN)
	}
	return said
}

func TestACrewIsToldAtOnceWhatItGetsAndWhatIsTakenFromIt(t *testing.T) {
	h := open(t)
	no := h.receive("leak")
	h.give(no, "R1")
	h.do(no, func(o core.WorkOrder, s life.Step) (core.Unit, error) { return h.rules.Unassign(o, s) })
	h.give(no, "R2")
	h.do(no, func(o core.WorkOrder, s life.Step) (core.Unit, error) { return h.rules.Cancel(o, s) })
	want := []string{"R1,crew: New work for your crew", "R1,crew: Taken from your crew: because", "R2,crew: New work for your crew", "R2,crew: Cancelled: because"}
	if got := h.notices(no); !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
	done := h.receive("leak")
	h.give(done, "R1")
	h.do(done, func(o core.WorkOrder, s life.Step) (core.Unit, error) {
		return h.rules.Complete(o, "R1", core.Completion{Outcome: core.Done}, s)
	})
	if got := h.notices(done); len(got) != 1 {
		t.Errorf("a crew that completed its work is told %q", got)
	}
	h.rules.TellCrews = false
	quiet := h.receive("leak")
	h.give(quiet, "R1")
	if got := h.notices(quiet); len(got) != 0 {
		t.Errorf("switched off, it is told %q", got)
	}
}

func TestANoticeGoesToEveryChannelThatCarriesItByATargetOfItsOwn(t *testing.T) {
	h := open(t)
	h.rules.Systems["hub:notify/north"], h.rules.Systems["hub:notify/sms"] = life.System{}, life.System{}
	h.rules.Channels = func(o *core.WorkOrder, what *core.Reaction) []string {
		if o.Place.Depot != "north" || !slices.Equal(what.Crews, []string{"R1"}) {
			t.Errorf("asked about depot %q, crews %v", o.Place.Depot, what.Crews)
		}
		return []string{"north", "sms"}
	}
	no := h.receive("leak")
	h.give(no, "R1")
	ids := map[string]bool{}
	for _, target := range []core.SystemID{"hub:notify", "hub:notify/north", "hub:notify/sms"} {
		list := h.owed(no, target)
		if len(list) != 1 {
			t.Fatalf("%s is owed %d messages", target, len(list))
		}
		ids[list[0].ID] = true
	}
	if len(ids) != 3 {
		t.Error("messages of different channels share an id")
	}
}

// effect lets every order of a type open another.
func opens(id, of, kind string) core.Trigger {
	return core.Trigger{ID: id, On: []core.EventKind{core.EventReceived}, Types: []string{of}, Effects: []core.Effect{{Do: core.EffectCreate, Type: kind, Copy: []string{"customer", "place"}, Text: core.Text{EN: "repave", ZH: "恢复路面"}}}}
}

// failing is a store that breaks once, at the nth commit.
type failing struct {
	*memstore.Store
	at, seen int
}

var errBroken = errors.New("the process was killed")

func (f *failing) Commit(ctx context.Context, u ...core.Unit) []core.Outcome {
	if f.seen++; f.seen == f.at {
		return []core.Outcome{{Kind: core.RefusedUnit, Err: core.Because(core.Unavailable, "killed", errBroken)}}
	}
	return f.Store.Commit(ctx, u...)
}

func TestAnOrderIsOpenedOnceHoweverOftenItsMessageIsDelivered(t *testing.T) {
	h := open(t)
	h.rules.Triggers = []core.Trigger{opens("repave", "burst", "repave")}
	no := h.receive("burst")
	owed := h.owed(no, life.ToCreate)
	if len(owed) != 1 {
		t.Fatalf("%d messages owed", len(owed))
	}
	broken := &failing{Store: h.store, at: 1} // killed between opening and linking
	h.opener.Store = broken
	if dl := h.opener.Deliver(t.Context(), owed[0]); dl.Outcome != core.TryLater {
		t.Fatalf("%+v", dl)
	}
	h.opener.Store = h.store
	for range 3 {
		if dl := h.opener.Deliver(t.Context(), owed[0]); dl.Outcome != core.Delivered {
			t.Fatalf("%+v", dl)
		}
	}
	all, err := h.store.Orders(t.Context(), core.OrderQuery{System: life.House})
	if err != nil || len(all) != 1 {
		t.Fatalf("%d orders were opened, %v", len(all), err)
	}
	o, from := all[0], h.order(no)
	if o.Ref.External != "hub:"+string(no)+"/1" || o.Type != "repave" || o.Place.Address != "光明路 3 号" || o.Report.Content != "恢复路面 repave" ||
		o.Origin == nil || *o.Origin != (core.Origin{Order: no, Rule: "repave", Depth: 1}) {
		t.Errorf("opened %+v of %+v", o, o.Origin)
	}
	if !slices.Equal(from.Opened, []core.OrderNo{o.No}) {
		t.Errorf("linked %v, want %s", from.Opened, o.No)
	}
	if events, err := h.store.Events(t.Context(), no); err != nil || events[len(events)-1].Kind != core.EventOpened || len(events) != 2 {
		t.Errorf("%d events, %v", len(events), err)
	}
}

func TestOrdersThatOpenEachOtherStopWithAnAlarm(t *testing.T) {
	h := open(t)
	h.rules.Triggers = []core.Trigger{opens("a", "burst", "leak"), opens("b", "leak", "burst")}
	no := h.receive("burst")
	for opened := 0; ; opened++ {
		owed := h.owed(no, life.ToCreate)
		if len(owed) == 0 {
			if opened != core.MaxChain {
				t.Errorf("%d orders were opened one for another, want %d", opened, core.MaxChain)
			}
			break
		}
		if opened > 2*core.MaxChain {
			t.Fatal("they open each other for ever")
		}
		dl := h.opener.Deliver(t.Context(), owed[0])
		if dl.Outcome != core.Delivered {
			t.Fatalf("%+v", dl)
		}
		no = core.OrderNo(dl.Code)
	}
	n := h.owed(no, life.ToPeople)
	if len(n) != 1 {
		t.Fatalf("%d alarms", len(n))
	}
	alarm, err := react.NoticeOf(n[0])
	if err != nil || !alarm.Trouble || !slices.Contains(alarm.To, string(core.RoleAdmin)) || !strings.Contains(alarm.Text.EN, "5 orders were opened one for another") || !strings.Contains(alarm.Text.ZH, "已连续开出 5 张") {
		t.Errorf("the alarm is %+v, %v", alarm, err)
	}
}

// sender keeps what is sent.
type sender struct {
	mu     sync.Mutex
	sent   [][]react.Notice
	at     []time.Time
	answer core.Delivery
}

func (s *sender) Send(_ context.Context, list []react.Notice) core.Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent, s.at = append(s.sent, list), append(s.at, time.Now())
	return s.answer
}

func notice(no core.OrderNo, u core.Urgency, text string, trouble bool) core.OutboxMessage {
	payload, err := json.Marshal(core.WriteBack{Kind: core.TellPeople, At: nine, Reaction: &core.Reaction{Do: core.EffectNotify, Rule: "r", Text: core.Text{EN: text, ZH: text}, Trouble: trouble}, Order: core.WorkOrder{No: no, Urgency: u}})
	if err != nil {
		panic(err)
	}
	return core.OutboxMessage{ID: core.NewID(nine), Target: "hub:notify/x", Order: no, Kind: core.TellPeople, Payload: payload}
}

func TestWhatComesInAFloodIsSaidTogetherTheMostUrgentFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &sender{answer: core.Delivery{Outcome: core.Delivered}}
		c, err := react.NewChannel(s, react.ChannelOptions{Together: 20, Gap: 3 * time.Second, Repeat: 10 * time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		var wg sync.WaitGroup
		tell := func(m core.OutboxMessage, want core.DeliveryOutcome) {
			wg.Go(func() {
				if dl := c.Deliver(t.Context(), m); dl.Outcome != want {
					t.Errorf("%s: %+v", m.Order, dl)
				}
			})
		}
		tell(notice("W0", core.Normal, "x", false), core.Delivered)
		synctest.Wait()
		for i := range 30 {
			u := core.Normal
			if i == 29 {
				u = core.Emergency
			}
			tell(notice(core.OrderNo(fmt.Sprint("W", i+1)), u, "x", false), core.Delivered)
			synctest.Wait()
		}
		tell(notice("W1", core.Normal, "x", false), core.AlreadyDone) // twice in one message
		wg.Wait()
		if len(s.sent) != 3 || len(s.sent[0]) != 1 || len(s.sent[1]) != 20 || len(s.sent[2]) != 10 {
			t.Fatalf("%d messages", len(s.sent))
		}
		if s.sent[1][0].Order != "W30" {
			t.Errorf("the first of the next is %s, want the emergency", s.sent[1][0].Order)
		}
		if s.at[1].Sub(began) != 3*time.Second || s.at[2].Sub(began) != 6*time.Second {
			t.Errorf("sent after %v and %v", s.at[1].Sub(began), s.at[2].Sub(began))
		}
	})
}

func TestTheSameAlertIsNotRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &sender{answer: core.Delivery{Outcome: core.Delivered}}
		c, err := react.NewChannel(s, react.ChannelOptions{Repeat: 10 * time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		outcomes := func(list ...core.OutboxMessage) (out []core.DeliveryOutcome) {
			for _, m := range list {
				out = append(out, c.Deliver(t.Context(), m).Outcome)
			}
			return out
		}
		got := outcomes(notice("W1", core.Normal, "x", false), notice("W1", core.Normal, "x", false), notice("W2", core.Normal, "x", false), notice("W1", core.Normal, "other", false),
			notice("W1", core.Normal, "broken", true), notice("W2", core.Normal, "broken", true))
		want := []core.DeliveryOutcome{core.Delivered, core.AlreadyDone, core.Delivered, core.Delivered, core.Delivered, core.AlreadyDone}
		if !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
		time.Sleep(10 * time.Minute)
		if got := outcomes(notice("W1", core.Normal, "x", false)); got[0] != core.Delivered {
			t.Errorf("ten minutes later: %v", got)
		}
		s.answer = core.Delivery{Outcome: core.TryLater}
		if got := outcomes(notice("W9", core.Normal, "x", false), notice("W9", core.Normal, "x", false)); got[1] != core.TryLater {
			t.Errorf("what was not said counts as said: %v", got)
		}
	})
}

func TestAListenerIsShownWhatItMissedByWhicheverHub(t *testing.T) {
	h := open(t)
	stream := func() *react.Stream {
		s, err := react.NewStream(h.store, zap.NewNop(), time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		go func() { _ = s.Run(t.Context()) }()
		return s
	}
	mine := func(n *react.Notice) bool { return n.For(nil, "R1") }
	next := func(l *react.Listener) *react.Notice {
		t.Helper()
		select {
		case n := <-l.C:
			return n
		case <-time.After(5 * time.Second):
			t.Fatal("nothing is shown")
			return nil
		}
	}
	one, other := stream(), stream()
	l, err := one.Listen(t.Context(), "", mine)
	if err != nil {
		t.Fatal(err)
	}
	first, second, foreign := h.receive("leak"), h.receive("leak"), h.receive("leak")
	h.give(foreign, "R2")
	h.give(first, "R1")
	seen := next(l)
	if seen.Order != first {
		t.Fatalf("shown %s, want %s", seen.Order, first)
	}
	one.Leave(l)
	h.give(second, "R1")
	again, err := other.Listen(t.Context(), seen.ID, mine)
	if err != nil {
		t.Fatal(err)
	}
	if n := next(again); n.Order != second || n.Text.ZH != "您班组有新派工单" {
		t.Errorf("shown %+v, want %s", n, second)
	}
	third := h.receive("leak")
	h.give(third, "R1")
	if n := next(again); n.Order != third {
		t.Errorf("shown %s, want %s", n.Order, third)
	}
	if len(again.C) != 0 {
		t.Errorf("%d more are shown, though they were", len(again.C))
	}
}

var _ outbox.Sink = (*react.Opener)(nil)

func TestANoticeIsOneLineInEitherLanguage(t *testing.T) {
	words := func(kind, code, lang string) string {
		if lang == "en" {
			return code
		}
		return map[string]string{"emergency": "紧急", "burst": "爆管"}[code]
	}
	n := react.Notice{Order: "W1", Text: core.Text{EN: "New work", ZH: "新派工单"}, Of: core.WorkOrder{Type: "burst", Urgency: core.Emergency, Place: core.Place{Address: "光明路\n3 号"}, Report: core.Report{Content: "冒水"}}}
	for lang, want := range map[string]string{"zh-CN": "【紧急】新派工单：爆管 W1，光明路 3 号，冒水", "en": "[emergency] New work: burst W1, 光明路 3 号, 冒水"} {
		if got := n.Line(lang, words); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
