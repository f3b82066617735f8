package sim

import (
	"context"
	"sync"
	"testing"
	"time"

	"tundish/core"
	"tundish/wsdl/vocabulary"
	"tundish/wsdl/xsd"
)

// handClock shows what it was set to.
type handClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *handClock) After(time.Duration) <-chan time.Time { return nil }

func (c *handClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func someBooks(t *testing.T) (*Books, *handClock) {
	t.Helper()
	clock := &handClock{now: may11.Add(8 * time.Hour)}
	b := NewBooks("billing", clock, DefaultZone)
	b.Register(Entry{Ref: "R1", Type: "GZHB", Account: "0101000011", MeterSerial: "2000"})
	if err := b.HandedOver("R1", "", "W26-1", false); err != nil {
		t.Fatal(err)
	}
	return b, clock
}

func replaced(old string) *vocabulary.Completion {
	reading := xsd.MustDecimal(old)
	return &vocabulary.Completion{
		Outcome: "done", FinishedAt: xsd.NewDateTime(may11.Add(10 * time.Hour)),
		MeterExchange: &vocabulary.MeterExchange{OldFinalReading: &reading, NewSerial: "N1"},
	}
}

func TestAResultTakesEffectOnce(t *testing.T) {
	b, clock := someBooks(t)
	m := Message{ID: "m1", Sequence: 3, OrderNo: "W26-1", Ref: "R1"}
	ack, err := b.Result(t.Context(), m, replaced("0123.40"), nil)
	if err != nil || !ack.Accepted || ack.AlreadyDone {
		t.Fatalf("first: %+v, %v", ack, err)
	}
	first := ack.At.String()
	clock.advance(time.Hour)
	ack, err = b.Result(t.Context(), m, replaced("9999"), func(*Entry) error { t.Error("checked again"); return nil })
	if err != nil || !ack.Accepted || !ack.AlreadyDone || ack.At.String() != first {
		t.Errorf("again: %+v, %v; want already done since %s", ack, err, first)
	}
	e, _ := b.Find("R1", "")
	if e.Effects != 1 || e.FinalReading != "0123.40" || e.NewSerial != "N1" || e.InitialReading != "0" || e.State != Closed {
		t.Errorf("books: %+v", e)
	}
	if s := b.Stats(); s.Results != 1 || s.AlreadyDone != 1 || s.Doubled != 0 || s.Open != 0 {
		t.Errorf("stats: %+v", s)
	}
	if state, at, seq := b.WriteBackStatus("m1"); state != "applied" || at.String() != first || *seq != 3 {
		t.Errorf("status: %s %v %v", state, at, seq)
	}
	if state, _, _ := b.WriteBackStatus("m2"); state != "unknown" {
		t.Errorf("status of a message that never came: %s", state)
	}
}

func TestOfManyCopiesOneTakesEffect(t *testing.T) {
	b, _ := someBooks(t)
	m := Message{ID: "m1", Sequence: 1, Ref: "R1"}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := b.Result(context.Background(), m, replaced("1"), nil); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if e, _ := b.Find("R1", ""); e.Effects != 1 {
		t.Errorf("%d effects", e.Effects)
	}
	if s := b.Stats(); s.AlreadyDone != 49 {
		t.Errorf("%d repeats recognised", s.AlreadyDone)
	}
}

func TestWhatAResultIsRefusedFor(t *testing.T) {
	b, _ := someBooks(t)
	b.Register(Entry{Ref: "gone", Type: "CB"})
	b.Cancel("gone", "")
	if _, err := b.Result(t.Context(), Message{ID: "m1", Sequence: 1, Ref: "R1"}, replaced("5"), nil); err != nil {
		t.Fatal(err)
	}
	couldNot := &vocabulary.Completion{Outcome: "could_not_be_done"}
	for _, c := range []struct {
		why  string
		m    Message
		c    *vocabulary.Completion
		code string
	}{
		{"another result is in effect", Message{ID: "m2", Ref: "R1"}, replaced("6"), "conflicting_result"},
		{"nobody knows the order", Message{ID: "m3", Ref: "r1"}, replaced("6"), "unknown_order"},
		{"the period belongs to the key", Message{ID: "m4", Ref: "R1", Period: "2026"}, replaced("6"), "unknown_order"},
		{"the numbers disagree", Message{ID: "m5", Ref: "R1", OrderNo: "W26-2"}, replaced("6"), "number_mismatch"},
		{"the source cancelled", Message{ID: "m6", Ref: "gone"}, replaced("6"), "order_cancelled"},
	} {
		if _, err := b.Result(t.Context(), c.m, c.c, nil); core.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", c.why, err, c.code)
		}
		if state, _, _ := b.WriteBackStatus(c.m.ID); state != "unknown" {
			t.Errorf("%s: the refused message is remembered as %s", c.why, state)
		}
	}
	b.Register(Entry{Ref: "R2", Type: "GZHB"})
	if _, err := b.Result(t.Context(), Message{ID: "m7", Ref: "R2"}, couldNot, nil); core.CodeOf(err) != "required" {
		t.Errorf("without a reason: %v", err)
	}
	couldNot.Reason = "no_access"
	if ack, err := b.Result(t.Context(), Message{ID: "m7", Ref: "R2"}, couldNot, nil); err != nil || ack.AlreadyDone {
		t.Errorf("the same message, mended: %+v, %v", ack, err)
	}
}

func status(s, phase, outcome string) *vocabulary.OrderStatus {
	return &vocabulary.OrderStatus{OrderNo: "W26-1", ExternalRef: "R1", Status: s, Phase: phase, Outcome: outcome, At: xsd.NewDateTime(may11)}
}

func TestAnOvertakenStatusChangesNothing(t *testing.T) {
	b, _ := someBooks(t)
	tell := func(id string, seq int64, s string) vocabulary.Acknowledgement {
		t.Helper()
		ack, err := b.Status(t.Context(), Message{ID: id, Sequence: seq, OrderNo: "W26-1", Ref: "R1"}, status(s, "field", ""), nil)
		if err != nil {
			t.Fatal(err)
		}
		return ack
	}
	tell("m2", 2, "YPG")
	if ack := tell("m1", 1, "YSL"); !ack.Accepted || !ack.AlreadyDone {
		t.Errorf("an older status: %+v", ack)
	}
	e, _ := b.Find("R1", "")
	if e.Status != "YPG" || e.State != InWork || e.LastSequence != 2 {
		t.Errorf("books: %+v", e)
	}
	if s := b.Stats(); s.OutOfOrder != 1 || s.Statuses != 1 {
		t.Errorf("stats: %+v", s)
	}
}

func TestAReopenedOrderTakesAnotherResult(t *testing.T) {
	b, _ := someBooks(t)
	result := func(id string, seq int64) {
		t.Helper()
		if _, err := b.Result(t.Context(), Message{ID: id, Sequence: seq, Ref: "R1"}, replaced("7"), nil); err != nil {
			t.Fatal(err)
		}
	}
	result("m1", 1)
	if _, err := b.Status(t.Context(), Message{ID: "m1b", Sequence: 2, Ref: "R1"}, status("GB", "closed", ""), nil); err != nil {
		t.Fatal(err)
	}
	if e, _ := b.Find("R1", ""); e.State != Closed || e.Effects != 1 {
		t.Errorf("closed after the follow-up: %+v", e)
	}
	if _, err := b.Status(t.Context(), Message{ID: "m2", Sequence: 2, Ref: "R1"}, status("YSL", "dispatch", ""), nil); err != nil {
		t.Fatal(err)
	}
	if e, _ := b.Find("R1", ""); e.State != InWork || e.Effects != 0 || e.Reopened != 1 || !e.ClosedAt.IsZero() {
		t.Errorf("reopened: %+v", e)
	}
	result("m3", 3)
	if e, _ := b.Find("R1", ""); e.State != Closed || e.Effects != 1 {
		t.Errorf("closed again: %+v", e)
	}
}

func TestAStatusWithAnOutcomeIsTheResultWhereNoOperationIs(t *testing.T) {
	b, _ := someBooks(t)
	all := func(*Entry) bool { return true }
	if _, err := b.Status(t.Context(), Message{ID: "m1", Sequence: 1, Ref: "R1"}, status("dispatched", "field", ""), all); err != nil {
		t.Fatal(err)
	}
	if e, _ := b.Find("R1", ""); e.State != InWork {
		t.Errorf("a status without outcome: %+v", e)
	}
	if _, err := b.Status(t.Context(), Message{ID: "m2", Sequence: 2, Ref: "R1"}, status("completed", "closed", "done"), all); err != nil {
		t.Fatal(err)
	}
	if e, _ := b.Find("R1", ""); e.State != Closed || e.Outcome != "done" || e.Effects != 1 {
		t.Errorf("a status with outcome: %+v", e)
	}
	if _, err := b.Status(t.Context(), Message{ID: "m3", Sequence: 3, Ref: "R1"}, status("completed", "closed", "done"), all); core.CodeOf(err) != "conflicting_result" {
		t.Errorf("a second outcome: %v", err)
	}
}

func TestAReturnToldByStatusEndsTheOrder(t *testing.T) {
	b, _ := someBooks(t)
	all := func(*Entry) bool { return true }
	if _, err := b.Status(t.Context(), Message{ID: "m1", Sequence: 1, Ref: "R1"}, status("returned", "returned", ""), all); err != nil {
		t.Fatal(err)
	}
	if e, _ := b.Find("R1", ""); e.State != Returned || e.Effects != 1 || e.ClosedAt.IsZero() {
		t.Errorf("books: %+v", e)
	}
}

func TestAWriteBackMayBeFasterThanTheAcknowledgement(t *testing.T) {
	clock := &handClock{now: may11}
	b := NewBooks("hotline", clock, DefaultZone)
	b.Register(Entry{Ref: "R1", Type: "LS"})
	if _, err := b.Result(t.Context(), Message{ID: "m1", Sequence: 1, OrderNo: "W26-1", Ref: "R1"}, replaced("1"), nil); err != nil {
		t.Fatal(err)
	}
	if err := b.HandedOver("R1", "", "W26-1", true); err != nil {
		t.Error(err)
	}
	if err := b.HandedOver("R1", "", "W26-9", true); err == nil {
		t.Error("a second number went unnoticed")
	}
	if s := b.Stats(); s.Conflicts != 1 || s.Known != 2 {
		t.Errorf("stats: %+v", s)
	}
}

func TestConfirmationNamesWhatIsUnknown(t *testing.T) {
	b, _ := someBooks(t)
	b.Register(Entry{Ref: "R2", Type: "DQHB"})
	received := []vocabulary.ReceivedOrder{{ExternalRef: "R2", OrderNo: "W26-2"}, {ExternalRef: "R3", OrderNo: "W26-3"}}
	ack, unknown, err := b.Confirm(t.Context(), "c1", received)
	if err != nil || !ack.Accepted || len(unknown) != 1 || unknown[0] != "R3" {
		t.Errorf("%+v, %v, %v", ack, unknown, err)
	}
	if ack, _, _ := b.Confirm(t.Context(), "c1", received); !ack.AlreadyDone {
		t.Errorf("repeated: %+v", ack)
	}
	if e, _ := b.Find("R2", ""); e.State != HandedOver || e.OrderNo != "W26-2" {
		t.Errorf("books: %+v", e)
	}
	if s := b.Stats(); s.Confirmed != 1 {
		t.Errorf("%d confirmed", s.Confirmed)
	}
}

func TestTheBooksAreListedPageByPage(t *testing.T) {
	clock := &handClock{now: may11}
	b := NewBooks("billing", clock, DefaultZone)
	for i := range 25 {
		b.Register(Entry{Ref: string(rune('z' - i)), Type: "DQHB", RegisteredAt: may11.Add(time.Duration(i/10) * time.Minute)})
	}
	b.Register(Entry{Ref: "tomorrow", RegisteredAt: may11.Add(24 * time.Hour)})
	clock.advance(time.Hour)
	var seen []string
	for page := int32(0); ; page++ {
		entries, total, more, err := b.ListOrders(nil, nil, page, 10)
		if err != nil || total != 25 {
			t.Fatalf("page %d: total %d, %v", page, total, err)
		}
		for _, e := range entries {
			seen = append(seen, e.ExternalRef)
		}
		if !more {
			break
		}
	}
	if len(seen) != 25 || seen[0] != "q" || seen[24] != "f" {
		t.Errorf("listed %v", seen)
	}
	from, to := xsd.NewDateTime(may11.Add(time.Minute)), xsd.NewDateTime(may11.Add(2*time.Minute))
	if entries, total, _, err := b.ListOrders(&from, &to, 0, 1000); err != nil || total != 10 || len(entries) != 10 {
		t.Errorf("window: %d of %d, %v", len(entries), total, err)
	}
	if _, _, _, err := b.ListOrders(nil, nil, 3, 10); core.CodeOf(err) != "invalid_page" {
		t.Errorf("beyond the last page: %v", err)
	}
	if _, _, _, err := b.ListOrders(&to, &from, 0, 10); core.CodeOf(err) != "invalid_value" {
		t.Errorf("a window that ends before it starts: %v", err)
	}
}

func TestTamperingFalsifiesOneEntry(t *testing.T) {
	b, _ := someBooks(t)
	if _, err := b.Result(t.Context(), Message{ID: "m1", Ref: "R1"}, replaced("0123.40"), nil); err != nil {
		t.Fatal(err)
	}
	if e, err := b.Tamper(Tampering{Op: "alter", Ref: "R1"}); err != nil || e.FinalReading != "124.40" {
		t.Errorf("altered: %+v, %v", e, err)
	}
	if e, err := b.Tamper(Tampering{Op: "alter", Ref: "R1", Field: "new_serial", Value: "X"}); err != nil || e.NewSerial != "X" {
		t.Errorf("altered: %+v, %v", e, err)
	}
	for _, wrong := range []Tampering{{Op: "alter", Ref: "R1", Field: "colour"}, {Op: "burn", Ref: "R1"}, {Op: "delete", Ref: "R9"}, {Op: "alter", Ref: "R1", Field: "final_reading", Value: "a lot"}} {
		if _, err := b.Tamper(wrong); err == nil {
			t.Errorf("%+v was done", wrong)
		}
	}
	if _, err := b.Tamper(Tampering{Op: "double", Ref: "R1"}); err != nil || len(b.Entries()) != 2 {
		t.Errorf("doubled: %d entries, %v", len(b.Entries()), err)
	}
	if _, err := b.Tamper(Tampering{Op: "delete", Ref: "R1"}); err != nil || len(b.Entries()) != 1 {
		t.Errorf("deleted: %d entries, %v", len(b.Entries()), err)
	}
}
