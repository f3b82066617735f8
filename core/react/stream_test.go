package react_test

import (
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/core/life"
	"tundish/core/react"
)

// stream is one of a hub of its own.
func (h *house) stream() *react.Stream {
	h.Helper()
	s, err := react.NewStream(h.store, zap.NewNop(), time.Millisecond)
	if err != nil {
		h.Fatal(err)
	}
	go func() { _ = s.Run(h.Context()) }()
	return s
}

func (h *house) listen(s *react.Stream, after string) *react.Listener {
	h.Helper()
	l, err := s.Listen(h.Context(), after, func(n *react.Notice) bool { return n.For(nil, "R1") })
	if err != nil {
		h.Fatal(err)
	}
	return l
}

func (h *house) shown(l *react.Listener) *react.Notice {
	h.Helper()
	select {
	case n, ok := <-l.C:
		if !ok {
			h.Fatal("the listener was let go")
		}
		return n
	case <-time.After(5 * time.Second):
		h.Fatal("nothing is shown")
		return nil
	}
}

// tell owes crew R1 a notice that was decided at an instant of some hub's clock.
func (h *house) tell(no core.OrderNo, when time.Time, text string) {
	h.Helper()
	h.do(no, func(o core.WorkOrder, _ life.Step) (core.Unit, error) {
		payload, err := json.Marshal(core.WriteBack{Kind: core.TellPeople, At: when, Reaction: &core.Reaction{Do: core.EffectNotify, Crews: []string{"R1"}, Text: core.Text{EN: text}}, Order: o})
		if err != nil {
			return core.Unit{}, err
		}
		c, err := core.NewChange(&o, o.Clone(), core.Event{At: when, Kind: core.EventNote, By: "test"}, core.OutboxMessage{ID: core.NewID(when), Target: life.ToPeople, Kind: core.TellPeople, Payload: payload})
		return core.Unit{Orders: []core.OrderChange{c}}, err
	})
}

func TestANoticeOfAHubWhoseClockIsBehindIsShown(t *testing.T) {
	h := open(t)
	no := h.receive("leak")
	l := h.listen(h.stream(), "")
	for i, late := range []time.Duration{0, time.Minute, 24 * time.Hour, -time.Hour, time.Minute} {
		h.tell(no, nine.Add(-late), strconv.Itoa(i))
		if n := h.shown(l); n.Text.EN != strconv.Itoa(i) {
			t.Fatalf("shown %q, want %d", n.Text.EN, i)
		}
	}
}

// TestAListenerIsShownWhatItMissedByAHubThatWasJustStarted, however long it was away, and nothing twice.
func TestAListenerIsShownWhatItMissedByAHubThatWasJustStarted(t *testing.T) {
	h := open(t)
	no := h.receive("leak")
	one := h.stream()
	l := h.listen(one, "")
	h.tell(no, nine, "seen")
	seen := h.shown(l)
	one.Leave(l)
	const missed = 450 // more than a page, and more than a listener may lag behind
	for i := range missed {
		h.tell(no, nine.Add(time.Duration(i)*time.Minute), strconv.Itoa(i))
	}
	for round, after := range []string{seen.ID, strconv.FormatInt(seen.Place, 10)} {
		fresh := "new " + strconv.Itoa(round)
		hub := h.stream()
		first := h.listen(hub, "") // somebody else begins to listen before
		again := h.listen(hub, after)
		h.tell(no, nine, fresh)
		for i := range missed {
			if n := h.shown(again); n.Text.EN != strconv.Itoa(i) {
				t.Fatalf("behind %s: shown %q, want %d", after, n.Text.EN, i)
			}
		}
		for n := h.shown(again); n.Text.EN != fresh; n = h.shown(again) {
			t.Logf("and %q", n.Text.EN) // of the round before
		}
		if n := h.shown(first); n.Text.EN != fresh || len(first.C) != 0 || len(again.C) != 0 {
			t.Errorf("who asked for nothing that was is shown %q; %d and %d more wait", n.Text.EN, len(first.C), len(again.C))
		}
	}
	if n := h.listen(h.stream(), "gone"); len(n.C) != 0 {
		t.Errorf("behind an id that nobody knows there are %d", len(n.C))
	}
}

func TestAHubHasNoMoreListenersThanItCanServe(t *testing.T) {
	h := open(t)
	s := h.stream()
	for range react.MostListeners {
		h.listen(s, "")
	}
	_, err := s.Listen(t.Context(), "", func(*react.Notice) bool { return true })
	if !core.IsKind(err, core.Unavailable) {
		t.Errorf("one more is answered %v", err)
	}
}

// TestOnlyAlertsAreKeptFromRepeating: work that comes, goes and comes again is told each time, and a program hears every change.
func TestOnlyAlertsAreKeptFromRepeating(t *testing.T) {
	s := &sender{answer: core.Delivery{Outcome: core.Delivered}}
	c, err := react.NewChannel(s, react.ChannelOptions{Repeat: 10 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	say := func(kind core.WriteBackKind, rule, text string, st core.Status) core.DeliveryOutcome {
		t.Helper()
		p, err := json.Marshal(core.WriteBack{Kind: kind, At: nine, Status: st, Reaction: &core.Reaction{Rule: rule, Text: core.Text{EN: text}, Crews: []string{"R1"}}, Order: core.WorkOrder{No: "W1", Urgency: core.Normal}})
		if err != nil {
			t.Fatal(err)
		}
		return c.Deliver(t.Context(), core.OutboxMessage{ID: core.NewID(nine), Order: "W1", Kind: kind, Payload: p}).Outcome
	}
	for i, x := range []struct {
		kind       core.WriteBackKind
		rule, text string
		status     core.Status
		want       core.DeliveryOutcome
	}{
		{core.TellPeople, life.CrewRule, "New work for your crew", core.StatusDispatched, core.Delivered},
		{core.TellPeople, life.CrewRule, "Taken from your crew", core.StatusAccepted, core.Delivered},
		{core.TellPeople, life.CrewRule, "New work for your crew", core.StatusDispatched, core.Delivered},
		{core.TellWebhook, "", "", core.StatusDispatched, core.Delivered},
		{core.TellWebhook, "", "", core.StatusOnSite, core.Delivered},
		{core.TellWebhook, "", "", core.StatusOnSite, core.Delivered},
		{core.TellPeople, "night", "still waits", core.StatusDispatched, core.Delivered},
		{core.TellPeople, "night", "still waits", core.StatusDispatched, core.AlreadyDone},
		{core.TellPeople, "night", "still waits", core.StatusOnSite, core.Delivered},
	} {
		if got := say(x.kind, x.rule, x.text, x.status); got != x.want {
			t.Errorf("%d, %q: %s, want %s", i, x.text, got, x.want)
		}
	}
}
