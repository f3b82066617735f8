// Package reconcile holds the books of a source beside the hub's, order by order and
// field by field. What it says is for people and for exit codes; it changes nothing.
package reconcile

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tundish/core"
)

// Entry is what a source's own books say of one order.
type Entry struct {
	Ref   core.Ref
	No    core.OrderNo // empty until it was told our number
	Type  string       // the house's; empty where it is not known
	State State
	// Outcome and Reason of the result that took effect.
	Outcome, Reason string
	// Readings as decimal texts; empty if the books hold none.
	FinalReading, NewSerial, InitialReading, RecheckedReading string
	Photos                                                    int
	// Effects counts results and returns that took effect.
	Effects int
}

// State of an order in its source's books.
type State string

const (
	Registered State = "registered" // not handed over yet
	HandedOver State = "handed_over"
	InWork     State = "in_work"
	Closed     State = "closed"
	Returned   State = "returned"
	Cancelled  State = "cancelled"
)

// Order is what the hub knows of one order, with what it owes or owed for it.
type Order struct {
	core.WorkOrder
	Outbox []core.OutboxMessage
}

// Difference is one thing on which the books disagree.
type Difference struct {
	Ref core.Ref     `json:"ref"`
	No  core.OrderNo `json:"order,omitempty"`
	// Field that differs: order, number, type, state, outbox, effects, pending, or a field of the result.
	Field  string `json:"field"`
	Hub    string `json:"hub"`
	Source string `json:"source"`
	// Text says it in one sentence.
	Text core.Text `json:"text"`
}

func (d Difference) String() string {
	return fmt.Sprintf("%s (%s) %s: %s", d.Ref, d.No, d.Field, d.Text.EN)
}

// Tally counts one source's day as the hub sees it.
type Tally struct {
	Submitted  int `json:"submitted"`  // orders the hub has of this source
	Dispatched int `json:"dispatched"` // given to a crew at least once
	Completed  int `json:"completed"`  // with a completion
	// WrittenBack orders whose result, return or cancellation the source has.
	WrittenBack int `json:"written_back"`
	Open        int `json:"open"` // not ended in the hub
	// Messages to this system that wait for a person, and that are still owed.
	Dead    int `json:"dead"`
	Pending int `json:"pending"`
}

// Source is what must be known of a system to judge its books.
type Source struct {
	// Photos: it keeps the photos of results.
	Photos bool
}

// Compare holds both sides against each other. Orders must all be of one system;
// entries that were never handed over do not concern the hub.
func Compare(src Source, entries []Entry, orders []Order) (Tally, []Difference) {
	var t Tally
	var out []Difference
	hub := make(map[core.Ref]*Order, len(orders))
	for i := range orders {
		o := &orders[i]
		if twin := hub[o.Ref]; twin != nil {
			out = append(out, differ(o.Ref, o.No, "order", string(twin.No)+", "+string(o.No), "", "the hub has it twice", "枢纽中有两张"))
		}
		hub[o.Ref] = o
		t.count(o)
	}
	seen := make(map[core.Ref]bool, len(entries))
	for i := range entries {
		e := &entries[i]
		if seen[e.Ref] {
			out = append(out, differ(e.Ref, e.No, "order", "", "", "it stands twice in the source's books", "来源账册中重复"))
			continue
		}
		seen[e.Ref] = true
		o := hub[e.Ref]
		switch {
		case o != nil:
			out = append(out, compare(src, e, o)...)
		case e.State != Registered || e.No != "":
			out = append(out, differ(e.Ref, e.No, "order", "", string(e.State), "the source says the hub has it, the hub does not know it", "来源认为已移交，枢纽中没有"))
		}
	}
	for _, o := range orders {
		if !seen[o.Ref] {
			out = append(out, differ(o.Ref, o.No, "order", string(o.Phase), "", "the hub has it, the source's books do not", "枢纽中有，来源账册中没有"))
		}
	}
	slices.SortStableFunc(out, func(a, b Difference) int { return cmp.Compare(a.Ref.String(), b.Ref.String()) })
	return t, out
}

func (t *Tally) count(o *Order) {
	t.Submitted++
	if o.Assignment != nil || len(o.Completions) > 0 {
		t.Dispatched++
	}
	if len(o.Completions) > 0 {
		t.Completed++
	}
	if !o.Phase.Ended() {
		t.Open++
	}
	written := o.Phase == core.Cancelled // at its own wish: it knows
	for _, m := range o.Outbox {
		if m.Target != o.Ref.System {
			continue
		}
		if m.State == core.MessageDelivered && (m.Kind == core.TellResult || m.Kind == core.TellReturned) {
			written = true
		}
		switch m.State {
		case core.MessageDead:
			t.Dead++
		case core.MessageDue, core.MessageUnknown:
			t.Pending++
		}
	}
	if written {
		t.WrittenBack++
	}
}

// compare holds one order against its entry.
func compare(src Source, e *Entry, o *Order) []Difference {
	var out []Difference
	add := func(field, hub, source, en, zh string) {
		out = append(out, differ(e.Ref, o.No, field, hub, source, en, zh))
	}
	if e.No != o.No {
		add("number", string(o.No), string(e.No), fmt.Sprintf("the source calls it %q, the hub %q", e.No, o.No), "双方工单号不一致")
	}
	if e.Type != "" && e.Type != o.Type {
		add("type", o.Type, e.Type, fmt.Sprintf("the hub has type %q, the source %q", o.Type, e.Type), "双方工单类型不一致")
	}
	if n := missing(o); n != 0 {
		add("outbox", fmt.Sprint(len(o.Outbox)), "", fmt.Sprintf("the hub owed %d messages, and message %d of them is not there exactly once", o.ResultSequence, n), fmt.Sprintf("枢纽应有 %d 条回写消息，第 %d 条缺失或重复", o.ResultSequence, n))
	}
	effects, pending := 0, false
	var last core.WriteBackKind
	for _, m := range slices.SortedFunc(slices.Values(o.Outbox), func(a, b core.OutboxMessage) int { return cmp.Compare(a.Sequence, b.Sequence) }) {
		if m.Target != o.Ref.System {
			continue
		}
		switch {
		case m.State == core.MessageDue || m.State == core.MessageUnknown:
			pending = true
		case m.State != core.MessageDelivered:
		case m.Kind == core.TellResult || m.Kind == core.TellReturned:
			effects++
			last = m.Kind
		case effects > 0 && reopens(&m): // the source counts results of an order that is open again from 0
			effects, last = 0, ""
		}
	}
	if pending {
		add("pending", "owed", "", "something is still owed to the source", "仍有待回写消息")
		return out
	}
	if e.Effects != effects {
		add("effects", fmt.Sprint(effects), fmt.Sprint(e.Effects), fmt.Sprintf("the hub delivered %d results, %d took effect", effects, e.Effects), "回写次数与生效次数不一致")
	}
	want := expected(o, last)
	if !slices.Contains(want, e.State) {
		add("state", string(o.Phase), string(e.State), "the hub and the source's books show different states", "双方状态不一致")
		return out
	}
	if e.State == Closed {
		out = append(out, result(src, e, o)...)
	}
	return out
}

// reopens tells that a message told the source that its order, which had a result, is open again.
func reopens(m *core.OutboxMessage) bool {
	var told struct {
		Order struct {
			Phase core.Phase `json:"phase"`
		} `json:"order"`
	}
	if m.Kind != core.TellStatus || json.Unmarshal(m.Payload, &told) != nil {
		return false
	}
	switch told.Order.Phase {
	case core.Received, core.Acceptance, core.Approval, core.Dispatching, core.Field:
		return true
	}
	return false
}

// missing is the number of the first message that was owed for an order and is not in the
// outbox exactly once, 0 if all are there. They are numbered from 1 over all targets.
func missing(o *Order) int64 {
	times := make([]int, o.ResultSequence+1)
	for _, m := range o.Outbox {
		if m.Sequence < 1 || m.Sequence > o.ResultSequence {
			return max(m.Sequence, 1)
		}
		times[m.Sequence]++
	}
	for n := int64(1); n <= o.ResultSequence; n++ {
		if times[n] != 1 {
			return n
		}
	}
	return 0
}

// expected are the states that the source's books may show for an order.
func expected(o *Order, last core.WriteBackKind) []State {
	switch {
	case o.Phase == core.Cancelled:
		return []State{Cancelled}
	case o.Phase == core.Returned && last == core.TellReturned:
		return []State{Returned}
	case (o.Phase == core.Closed || o.Phase == core.FollowUpCall || o.Phase == core.Released) && last == core.TellResult:
		return []State{Closed}
	}
	return []State{HandedOver, InWork}
}

// result compares what took effect with the completion that counts.
func result(src Source, e *Entry, o *Order) []Difference {
	c := o.LastCompletion()
	if c == nil {
		return []Difference{differ(e.Ref, o.No, "completion", "", e.Outcome, "the source has a result, the hub has no completion", "来源已有结果，枢纽没有销单")}
	}
	var out []Difference
	for _, f := range []struct {
		name, hub, source string
		reading           bool
	}{
		{"outcome", string(c.Outcome), e.Outcome, false},
		{"reason", c.Reason, e.Reason, false},
		{"old_final_reading", c.OldFinalReading, e.FinalReading, true},
		{"new_serial", c.NewSerial, e.NewSerial, false},
		{"new_initial_reading", c.NewInitialReading, e.InitialReading, true},
		{"rechecked_reading", c.RecheckedReading, e.RecheckedReading, true},
		{"photos", fmt.Sprint(len(c.Photos)), fmt.Sprint(e.Photos), false},
	} {
		if f.name == "photos" && !src.Photos {
			continue
		}
		a, b := f.hub, f.source
		if f.reading {
			a, b = number(a), number(b)
		}
		if a != b {
			out = append(out, differ(e.Ref, o.No, f.name, f.hub, f.source, "the hub and the source have different values", "双方内容不一致"))
		}
	}
	return out
}

// number is a decimal text without the zeros that do not change its value; no reading
// and a reading of 0 stay apart.
func number(s string) string {
	if s == "" {
		return ""
	}
	whole, frac, _ := strings.Cut(s, ".")
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	if frac = strings.TrimRight(frac, "0"); frac == "" {
		return whole
	}
	return whole + "." + frac
}

func differ(ref core.Ref, no core.OrderNo, field, hub, source, en, zh string) Difference {
	return Difference{Ref: ref, No: no, Field: field, Hub: hub, Source: source, Text: core.Text{EN: en, ZH: zh}}
}
