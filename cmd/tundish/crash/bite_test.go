package crash

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tundish/adapters/hotline/hotlinesim"
	"tundish/adapters/sim"
	"tundish/core"
	"tundish/core/store/sqlite"
)

// sound is a small day on which nothing went wrong: a report that was amended, urged on
// and done, another that was cancelled, and a replacement that was pulled.
func sound(t *testing.T) (history, snapshot) {
	t.Helper()
	at := time.Date(2026, 5, 11, 1, 0, 0, 0, time.UTC)
	grow := func(o core.WorkOrder, hash core.Hash, steps ...func(*core.WorkOrder) (core.Event, []core.OutboxMessage)) stored {
		var old *core.WorkOrder
		s := stored{Hashes: []core.Hash{hash}}
		for i, step := range steps {
			next := o
			if old != nil {
				next = old.Clone()
			}
			ev, owed := step(&next)
			ev.At = at.Add(time.Duration(i) * time.Minute)
			c, err := core.NewChange(old, next, ev, owed...)
			if err != nil {
				t.Fatal(err)
			}
			s.WorkOrder, s.Events, s.Outbox = c.Order, append(s.Events, c.Events...), append(s.Outbox, c.Outbox...)
			old = &c.Order
		}
		for i := range s.Outbox {
			s.Outbox[i].State = core.MessageDelivered
		}
		return s
	}
	receive := func(*core.WorkOrder) (core.Event, []core.OutboxMessage) {
		return core.Event{Kind: core.EventReceived}, nil
	}
	to := func(p core.Phase, kind core.EventKind, owed ...core.OutboxMessage) func(*core.WorkOrder) (core.Event, []core.OutboxMessage) {
		return func(o *core.WorkOrder) (core.Event, []core.OutboxMessage) {
			o.Phase = p
			return core.Event{Kind: kind}, owed
		}
	}
	leak := func(no, name string) core.WorkOrder {
		return core.WorkOrder{No: core.OrderNo(no), Ref: core.Ref{System: hotlinesim.Hotline, External: name}, Phase: core.Acceptance, Report: core.Report{Content: "00"}}
	}
	done := grow(leak("W26-0000001-8", "A"), "h1", receive,
		func(o *core.WorkOrder) (core.Event, []core.OutboxMessage) {
			o.Report.Content = "01"
			return core.Event{Kind: core.EventAmended}, nil
		},
		func(o *core.WorkOrder) (core.Event, []core.OutboxMessage) {
			o.Expedite, o.Counted = 1, []string{"A-expedite"}
			return core.Event{Kind: core.EventExpedited}, nil
		},
		to(core.Field, core.EventAssigned, core.OutboxMessage{ID: "m1", Target: hotlinesim.Hotline, Kind: core.TellStatus}),
		to(core.FollowUpCall, core.EventCompleted, core.OutboxMessage{ID: "m2", Target: hotlinesim.Hotline, Kind: core.TellResult}))
	cancelled := grow(leak("W26-0000002-6", "B"), "h2", receive, to(core.Cancelled, core.EventCancelled))
	pulled := grow(core.WorkOrder{No: "W26-0000003-4", Ref: core.Ref{System: pulledFrom, External: "DQ1"}, Phase: core.Dispatching}, "h3", receive)

	h := history{
		Orders: []sent{
			{Ref: done.Ref, Answers: []core.OrderNo{done.No, done.No}, Contents: []string{"00", "01"}, Expedites: []string{"A-expedite"}},
			{Ref: cancelled.Ref, Answers: []core.OrderNo{cancelled.No}, Contents: []string{"00"}, Cancelled: true},
		},
		Effects: map[core.SystemID][]sim.Effect{
			hotlinesim.Hotline: {{MessageID: "m1", Sequence: 1, OrderNo: string(done.No), Ref: "A"}, {MessageID: "m2", Sequence: 2, OrderNo: string(done.No), Ref: "A"}},
			pulledFrom:         {{MessageID: "c1"}, {MessageID: "c2"}},
		},
		Books: map[core.SystemID][]sim.Entry{
			hotlinesim.Hotline: {{Ref: "A", OrderNo: string(done.No), Effects: 1}, {Ref: "B", OrderNo: string(cancelled.No)}},
			pulledFrom:         {{Ref: "DQ1", OrderNo: string(pulled.No), RegisteredAt: at}, {Ref: "DQ2", RegisteredAt: at.Add(time.Hour)}},
		},
	}
	s := snapshot{
		Orders: []stored{done, cancelled, pulled},
		Runs:   []core.JobRun{{ID: "r1", Page: 1, State: core.RunDone, Counts: core.Counts{Fetched: 2, Created: 1, Known: 1}}},
		Jobs:   map[string]core.JobState{pullJob: {Watermark: at.Add(time.Minute)}},
	}
	return h, s
}

func TestASoundDayHasNoFindings(t *testing.T) {
	h, s := sound(t)
	for _, f := range check(h, s) {
		t.Error(f)
	}
}

// TestEveryCheckerBites falsifies the day in one point after the other; the checker it is
// meant for must say so, in the words given, and each checker must be tried.
func TestEveryCheckerBites(t *testing.T) {
	tried := map[string]bool{}
	for _, c := range []struct {
		checker, words string
		falsify        func(h *history, s *snapshot)
	}{
		{"lost", "hotline/B was acknowledged", func(_ *history, s *snapshot) { s.Orders = slices.Delete(s.Orders, 1, 2) }},
		{"lost", "receipt of billing/DQ1 was confirmed", func(_ *history, s *snapshot) { s.Orders = s.Orders[:2] }},
		{"lost", "billing/DQ2 was registered", func(_ *history, s *snapshot) {
			s.Jobs[pullJob] = core.JobState{Watermark: time.Date(2026, 5, 12, 0, 0, 0, 0, time.UTC)}
		}},
		{"lost", "was cancelled and is in phase", func(_ *history, s *snapshot) { s.Orders[1].Phase = core.Dispatching }},
		{"duplicate", "hotline/A is stored as W26-0000001-8 and as X", func(_ *history, s *snapshot) {
			twin := s.Orders[0]
			twin.No = "X"
			s.Orders = append(s.Orders, twin)
		}},
		{"duplicate", "is the number of", func(_ *history, s *snapshot) { s.Orders[1].No = s.Orders[0].No }},
		{"torn", "is version 1, its last event is 1, and it has 0 events", func(_ *history, s *snapshot) { s.Orders[2].Events = nil }},
		{"torn", "cannot be replayed", func(_ *history, s *snapshot) { s.Orders[0].Events = slices.Delete(s.Orders[0].Events, 1, 2) }},
		{"torn", "differs from its timeline", func(_ *history, s *snapshot) { s.Orders[0].Report.Remark = "unheard of" }},
		{"torn", "is version 6", func(_ *history, s *snapshot) { s.Orders[0].Version++ }},
		{"torn", "has no hash", func(_ *history, s *snapshot) { s.Orders[2].Hashes = nil }},
		{"torn", "was released 1 times and has 0 results", func(_ *history, s *snapshot) { s.Orders[0].Outbox = s.Orders[0].Outbox[:1] }},
		{"torn", "has messages [2]", func(_ *history, s *snapshot) { s.Orders[0].Outbox = s.Orders[0].Outbox[1:] }},
		{"torn", "created 11 orders", func(_ *history, s *snapshot) { s.Runs[0].Created, s.Runs[0].Fetched = 11, 12 }},
		{"torn", "do not add up", func(_ *history, s *snapshot) { s.Runs[0].Fetched = 7 }},
		{"ghost", "and nobody sent it", func(h *history, _ *snapshot) { h.Orders = h.Orders[:1] }},
		{"ghost", "was answered with W26-0000009-9, which is no order", func(h *history, _ *snapshot) {
			h.Orders[0].Answers[1] = "W26-0000009-9"
		}},
		{"ghost", "billing knows DQ1 as W26-0000009-9", func(h *history, _ *snapshot) { h.Books[pulledFrom][0].OrderNo = "W26-0000009-9" }},
		{"changed number", "at answer 2, with W26-0000002-6", func(h *history, _ *snapshot) { h.Orders[0].Answers[1] = "W26-0000002-6" }},
		{"changed number", "in the first answer and W26-0000001-8 in the store", func(h *history, _ *snapshot) {
			h.Orders[0].Answers = []core.OrderNo{"W26-0000002-6"}
		}},
		{"changed number", "in its source's books", func(h *history, _ *snapshot) { h.Books[pulledFrom][0].OrderNo = "W26-0000002-6" }},
		{"out of order", "message 1 of W26-0000001-8 came after message 2", func(h *history, _ *snapshot) { slices.Reverse(h.Effects[hotlinesim.Hotline]) }},
		{"effect twice", "message m1 took effect twice", func(h *history, _ *snapshot) {
			h.Effects[hotlinesim.Hotline] = slices.Insert(h.Effects[hotlinesim.Hotline], 1, h.Effects[hotlinesim.Hotline][0])
		}},
		{"effect twice", "message 2 of W26-0000001-8 took effect as m2 and as m9", func(h *history, _ *snapshot) {
			h.Effects[hotlinesim.Hotline] = append(h.Effects[hotlinesim.Hotline], sim.Effect{MessageID: "m9", Sequence: 2, OrderNo: "W26-0000001-8"})
		}},
		{"effect twice", "2 results of A took effect", func(h *history, _ *snapshot) { h.Books[hotlinesim.Hotline][0].Effects = 2 }},
		{"counted wrong", "counts 2 urgings", func(_ *history, s *snapshot) { s.Orders[0].Expedite = 2 }},
		{"counted wrong", "counts 1 urgings, [A-expedite]; accepted were []", func(h *history, _ *snapshot) { h.Orders[0].Expedites = nil }},
		{"reverted", `has content "00", the last one accepted was "01"`, func(_ *history, s *snapshot) { s.Orders[0].Report.Content = "00" }},
		{"reverted", `went back from "01" to "00"`, func(_ *history, s *snapshot) {
			s.Orders[0].Events[3].Deltas = append(s.Orders[0].Events[3].Deltas, core.Delta{Path: "report/content", New: json.RawMessage(`"00"`)}, core.Delta{Path: "report/content", New: json.RawMessage(`"01"`)})
		}},
		{"undelivered", "is due after", func(_ *history, s *snapshot) { s.Orders[0].Outbox[1].State = core.MessageDue }},
		{"undelivered", "is dead after", func(_ *history, s *snapshot) { s.Orders[0].Outbox[1].State = core.MessageDead }},
		{"undelivered", "is delivered and took no effect", func(h *history, _ *snapshot) { h.Effects[hotlinesim.Hotline] = h.Effects[hotlinesim.Hotline][:1] }},
		{"damaged", "page 7", func(_ *history, s *snapshot) { s.Damage = []string{"page 7"} }},
	} {
		tried[c.checker] = true
		h, s := sound(t)
		c.falsify(&h, &s)
		if !slices.ContainsFunc(check(h, s), func(f finding) bool { return f.Checker == c.checker && strings.Contains(f.Text, c.words) }) {
			t.Errorf("%s said nothing of %q; found were %v", c.checker, c.words, check(h, s))
		}
	}
	for _, c := range checkers {
		if !tried[c.name] {
			t.Errorf("nothing shows that %s bites", c.name)
		}
	}
}

// TestALookAtTheFileFindsWhatIsDamaged falsifies rows of a real file.
func TestALookAtTheFileFindsWhatIsDamaged(t *testing.T) {
	for what, falsehood := range map[string]string{
		"":                                     "",
		"integrity_check":                      "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'account <>', 'account =') WHERE name = 'orders_account'",
		"a row without its parent":             "DELETE FROM orders",
		"an event without its order":           "INSERT INTO events SELECT id + 1048576, at, kind, actor, message_id, remark, deltas FROM events",
		"a message without its lane":           "DELETE FROM outbox_lanes",
		"a lane that counts wrong":             "UPDATE outbox_lanes SET pending = 7",
		"a number handed out beyond the count": "UPDATE counters SET value = 0",
	} {
		path := filepath.Join(t.TempDir(), "hub.db")
		st, err := sqlite.Open(path, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := st.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		serial, err := st.ReserveNumbers(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		o := core.WorkOrder{No: core.FormatNumber("W", time.Now(), serial), Ref: core.Ref{System: "hotline", External: "A"}, Type: "leak", Family: core.Repair, Phase: core.Dispatching, Urgency: core.Normal, Meter: core.Meter{Serial: "S1"}}
		c, err := core.NewChange(nil, o, core.Event{Kind: core.EventReceived, By: "system:hotline"}, core.OutboxMessage{ID: "m1", Target: "hotline", Payload: []byte("{}")})
		if err != nil {
			t.Fatal(err)
		}
		if out := st.Commit(t.Context(), core.Unit{Orders: []core.OrderChange{c}})[0]; out.Kind != core.Applied {
			t.Fatal(out.Error())
		}
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
		if falsehood != "" {
			falsify(t, path, falsehood)
		}
		damage, err := inspect(t.Context(), path)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if found := strings.Join(damage, "\n"); (what == "") != (found == "") || !strings.Contains(found, what) {
			t.Errorf("%q after %q: found %q", what, falsehood, found)
		}
	}
}

// falsify runs statements on a file without regard for its constraints.
func falsify(t *testing.T, path, statements string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("PRAGMA foreign_keys = OFF; " + statements); err != nil {
		t.Fatal(fmt.Errorf("%s: %w", statements, err))
	}
}
