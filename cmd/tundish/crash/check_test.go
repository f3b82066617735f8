package crash

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tundish/core"
)

// finding is one promise that was broken.
type finding struct {
	Checker string
	Text    string
}

func (f finding) String() string { return f.Checker + ": " + f.Text }

// checkers in the order in which they are reported. Each holds the history beside the
// store and returns what is wrong in words.
var checkers = []struct {
	name  string
	check func(history, snapshot) []string
}{
	{"lost", lost},
	{"duplicate", duplicate},
	{"torn", torn},
	{"ghost", ghost},
	{"changed number", changedNumber},
	{"out of order", outOfOrder},
	{"effect twice", effectTwice},
	{"counted wrong", countedWrong},
	{"reverted", reverted},
	{"undelivered", undelivered},
	{"damaged", damaged},
}

// check asks every checker.
func check(h history, s snapshot) []finding {
	var all []finding
	for _, c := range checkers {
		for _, text := range c.check(h, s) {
			all = append(all, finding{c.name, text})
		}
	}
	return all
}

func ordersByRef(s snapshot) map[core.Ref]*stored {
	m := make(map[core.Ref]*stored, len(s.Orders))
	for i := range s.Orders {
		m[s.Orders[i].Ref] = &s.Orders[i]
	}
	return m
}

// lost: an order that was acknowledged, or whose receipt was confirmed to its source, or
// that the source had registered before the watermark of the job that pulls it, is not in
// the store; or a cancellation that was acknowledged is not.
func lost(h history, s snapshot) (out []string) {
	have := ordersByRef(s)
	for i := range h.Orders {
		o := &h.Orders[i]
		got := have[o.Ref]
		switch {
		case o.acknowledged() && got == nil:
			out = append(out, fmt.Sprintf("%s was acknowledged as %s and is not stored", o.Ref, o.Answers[0]))
		case o.Cancelled && got.Phase != core.Cancelled:
			out = append(out, fmt.Sprintf("%s (%s) was cancelled and is in phase %s", o.Ref, got.No, got.Phase))
		}
	}
	mark := s.Jobs[pullJob].Watermark
	for _, e := range h.Books[pulledFrom] {
		ref := core.Ref{System: pulledFrom, External: e.Ref, Period: e.Period}
		switch {
		case have[ref] != nil:
		case e.OrderNo != "":
			out = append(out, fmt.Sprintf("the receipt of %s was confirmed as %s and it is not stored", ref, e.OrderNo))
		case e.RegisteredAt.Before(mark):
			out = append(out, fmt.Sprintf("%s was registered %v, before the watermark %v, and is not stored", ref, e.RegisteredAt, mark))
		}
	}
	return out
}

// duplicate: two orders in the store share a key or a number.
func duplicate(_ history, s snapshot) (out []string) {
	refs, numbers := map[core.Ref]core.OrderNo{}, map[core.OrderNo]core.Ref{}
	for i := range s.Orders {
		o := &s.Orders[i]
		if no, twin := refs[o.Ref]; twin {
			out = append(out, fmt.Sprintf("%s is stored as %s and as %s", o.Ref, no, o.No))
		}
		if ref, twin := numbers[o.No]; twin {
			out = append(out, fmt.Sprintf("%s is the number of %s and of %s", o.No, ref, o.Ref))
		}
		refs[o.Ref], numbers[o.No] = o.No, o.Ref
	}
	return out
}

// torn: a unit was written in part. An order has not one event per version, differs from
// the replay of its events, has no accepted hash, misses a message that it owes, or was
// released without a result; a run counts rows it did not store.
func torn(_ history, s snapshot) (out []string) {
	pulled, amended := 0, 0
	for i := range s.Orders {
		o := &s.Orders[i]
		if o.Ref.System == pulledFrom {
			pulled++
			for _, e := range o.Events {
				if e.Kind == core.EventAmended {
					amended++
				}
			}
		}
		for _, text := range tornOrder(o) {
			out = append(out, fmt.Sprintf("%s (%s) %s", o.Ref, o.No, text))
		}
	}
	var sum core.Counts
	for _, r := range s.Runs {
		if r.Fetched != r.Created+r.Amended+r.Known+r.Refused {
			out = append(out, fmt.Sprintf("run %s counts %+v, which do not add up", r.ID, r.Counts))
		}
		sum.Created += r.Created
		sum.Amended += r.Amended
	}
	if sum.Created != pulled || sum.Amended != amended {
		out = append(out, fmt.Sprintf("the runs' pages created %d orders and amended %d; stored are %d, with %d amendments", sum.Created, sum.Amended, pulled, amended))
	}
	return out
}

func tornOrder(o *stored) (out []string) {
	if int64(len(o.Events)) != o.Version || o.EventSequence != o.Version {
		out = append(out, fmt.Sprintf("is version %d, its last event is %d, and it has %d events", o.Version, o.EventSequence, len(o.Events)))
	}
	if replayed, err := core.Replay(o.Events); err != nil {
		out = append(out, "cannot be replayed: "+err.Error())
	} else if a, b := asJSON(o.WorkOrder), asJSON(replayed); !bytes.Equal(a, b) {
		out = append(out, fmt.Sprintf("differs from its timeline:\n\tstored   %s\n\treplayed %s", a, b))
	}
	if len(o.Hashes) == 0 {
		out = append(out, "has no hash under which a repeat would be recognised")
	}
	sequences := make([]int64, len(o.Outbox))
	results := 0
	for i, m := range o.Outbox {
		sequences[i] = m.Sequence
		if m.Kind == core.TellResult && m.Target == o.Ref.System {
			results++
		}
	}
	slices.Sort(sequences)
	for i, n := range sequences {
		if n != int64(i+1) {
			out = append(out, fmt.Sprintf("has messages %v", sequences))
			break
		}
	}
	if int64(len(o.Outbox)) != o.ResultSequence {
		out = append(out, fmt.Sprintf("owed %d messages and has %d", o.ResultSequence, len(o.Outbox)))
	}
	released := 0 // every reopening followed a release
	for _, e := range o.Events {
		if e.Kind == core.EventReopened {
			released++
		}
	}
	switch o.Phase {
	case core.Released, core.FollowUpCall, core.Closed:
		released++
	}
	if results != released {
		out = append(out, fmt.Sprintf("is in phase %s, was released %d times and has %d results for its source", o.Phase, released, results))
	}
	return out
}

func asJSON(o core.WorkOrder) []byte {
	raw, err := json.Marshal(o)
	if err != nil {
		return []byte(err.Error())
	}
	return raw
}

// ghost: an order in the store that nobody sent, or a number in an answer, a confirmation
// or a write-back that no order in the store has.
func ghost(h history, s snapshot) (out []string) {
	sources := map[core.Ref]bool{}
	for i := range h.Orders {
		sources[h.Orders[i].Ref] = true
	}
	for _, e := range h.Books[pulledFrom] {
		sources[core.Ref{System: pulledFrom, External: e.Ref, Period: e.Period}] = true
	}
	numbers := map[core.OrderNo]bool{}
	for i := range s.Orders {
		o := &s.Orders[i]
		numbers[o.No] = true
		if !sources[o.Ref] {
			out = append(out, fmt.Sprintf("%s is stored as %s, and nobody sent it", o.Ref, o.No))
		}
	}
	for i := range h.Orders {
		for _, no := range h.Orders[i].Answers {
			if !numbers[no] {
				out = append(out, fmt.Sprintf("%s was answered with %s, which is no order", h.Orders[i].Ref, no))
			}
		}
	}
	for system, entries := range h.Books {
		for _, e := range entries {
			if e.OrderNo != "" && !numbers[core.OrderNo(e.OrderNo)] {
				out = append(out, fmt.Sprintf("%s knows %s as %s, which is no order", system, e.Ref, e.OrderNo))
			}
		}
	}
	return out
}

// changedNumber: two answers about one order named two numbers, or an answer or the
// source's books another one than the store.
func changedNumber(h history, s snapshot) (out []string) {
	have := ordersByRef(s)
	differ := func(ref core.Ref, no core.OrderNo, where string) {
		if o := have[ref]; o != nil && o.No != no {
			out = append(out, fmt.Sprintf("%s is %s in %s and %s in the store", ref, no, where, o.No))
		}
	}
	for i := range h.Orders {
		o := &h.Orders[i]
		for n, no := range o.Answers {
			if no != o.Answers[0] {
				out = append(out, fmt.Sprintf("%s was answered with %s and, at answer %d, with %s", o.Ref, o.Answers[0], n+1, no))
			}
		}
		if o.acknowledged() {
			differ(o.Ref, o.Answers[0], "the first answer")
		}
	}
	for system, entries := range h.Books {
		for _, e := range entries {
			if e.OrderNo != "" {
				differ(core.Ref{System: system, External: e.Ref, Period: e.Period}, core.OrderNo(e.OrderNo), "its source's books")
			}
		}
	}
	return out
}

// outOfOrder: a target let a message of an order take effect after one with a higher
// Sequence.
func outOfOrder(h history, _ snapshot) (out []string) {
	for target, effects := range h.Effects {
		last := map[string]int64{}
		for _, e := range effects {
			if e.OrderNo == "" || e.Sequence == 0 {
				continue // a confirmation of receipt, about many orders
			}
			if e.Sequence < last[e.OrderNo] {
				out = append(out, fmt.Sprintf("at %s message %d of %s came after message %d", target, e.Sequence, e.OrderNo, last[e.OrderNo]))
			}
			last[e.OrderNo] = max(last[e.OrderNo], e.Sequence)
		}
	}
	return out
}

// effectTwice: a target let one MessageId, or one Sequence of an order, take effect
// twice: a retry that its target could not recognise.
func effectTwice(h history, _ snapshot) (out []string) {
	type place struct {
		order    string
		sequence int64
	}
	for target, effects := range h.Effects {
		ids, places := map[string]bool{}, map[place]string{}
		for _, e := range effects {
			if ids[e.MessageID] {
				out = append(out, fmt.Sprintf("at %s message %s took effect twice", target, e.MessageID))
			}
			ids[e.MessageID] = true
			if e.OrderNo == "" || e.Sequence == 0 {
				continue
			}
			at := place{e.OrderNo, e.Sequence}
			if first, twice := places[at]; twice && first != e.MessageID {
				out = append(out, fmt.Sprintf("at %s message %d of %s took effect as %s and as %s", target, e.Sequence, e.OrderNo, first, e.MessageID))
			}
			places[at] = e.MessageID
		}
	}
	for system, entries := range h.Books {
		for _, e := range entries {
			if e.Effects > 1 {
				out = append(out, fmt.Sprintf("in the books of %s %d results of %s took effect", system, e.Effects, e.Ref))
			}
		}
	}
	return out
}

// countedWrong: an order counts more or fewer urgings than were accepted, or one of them
// twice.
func countedWrong(h history, s snapshot) (out []string) {
	have := ordersByRef(s)
	for i := range h.Orders {
		want := &h.Orders[i]
		o := have[want.Ref]
		if o == nil {
			continue
		}
		counted := slices.Sorted(slices.Values(o.Counted))
		if accepted := slices.Sorted(slices.Values(want.Expedites)); o.Expedite != len(accepted) || !slices.Equal(counted, accepted) {
			out = append(out, fmt.Sprintf("%s (%s) counts %d urgings, %v; accepted were %v", o.Ref, o.No, o.Expedite, counted, accepted))
		}
	}
	return out
}

// reverted: an order does not have the content of the last message that was accepted, or
// had it once and went back to an older one.
func reverted(h history, s snapshot) (out []string) {
	have := ordersByRef(s)
	for i := range h.Orders {
		want := &h.Orders[i]
		o := have[want.Ref]
		if o == nil || len(want.Contents) == 0 {
			continue
		}
		if last := want.Contents[len(want.Contents)-1]; o.Report.Content != last {
			out = append(out, fmt.Sprintf("%s (%s) has content %q, the last one accepted was %q", o.Ref, o.No, o.Report.Content, last))
		}
		content := ""
		for _, e := range o.Events {
			for _, d := range e.Deltas {
				next := content
				switch d.Path {
				case "":
					var first core.WorkOrder
					if json.Unmarshal(d.New, &first) == nil {
						next = first.Report.Content
					}
				case "report/content":
					_ = json.Unmarshal(d.New, &next) // what is no text stays as it was, and differs above
				}
				if next < content {
					out = append(out, fmt.Sprintf("%s (%s) went back from %q to %q with event %d", o.Ref, o.No, content, next, e.Sequence))
				}
				content = next
			}
		}
	}
	return out
}

// undelivered: something is still owed although every target answers again, or was given
// up, or is called delivered and its target let nothing of it take effect.
func undelivered(h history, s snapshot) (out []string) {
	did := map[string]bool{}
	for _, effects := range h.Effects {
		for _, e := range effects {
			did[e.MessageID] = true
		}
	}
	for i := range s.Orders {
		for _, m := range s.Orders[i].Outbox {
			switch {
			case m.State != core.MessageDelivered:
				out = append(out, fmt.Sprintf("message %d of %s to %s (%s) is %s after %d attempts: %s", m.Sequence, m.Order, m.Target, m.Kind, m.State, m.Attempts, m.LastError))
			case strings.HasPrefix(string(m.Target), "hub:"): // the hub's own listeners keep no books
			case !did[m.ID]:
				out = append(out, fmt.Sprintf("message %d of %s to %s (%s) is delivered and took no effect", m.Sequence, m.Order, m.Target, m.Kind))
			}
		}
	}
	return out
}

// damaged: the database complains, or rows stand alone.
func damaged(_ history, s snapshot) []string { return s.Damage }
