package reconcile_test

import (
	"testing"

	"tundish/core"
	"tundish/core/reconcile"
)

// books is a pair of books that agree: one order done, one returned, one cancelled, one open.
func books() ([]reconcile.Entry, []reconcile.Order) {
	ref := func(n string) core.Ref { return core.Ref{System: "billing", External: n} }
	told := func(k core.WriteBackKind) []core.OutboxMessage {
		return []core.OutboxMessage{
			{Target: "billing", Sequence: 1, Kind: core.TellStatus, State: core.MessageDelivered}, {Target: "billing", Sequence: 2, Kind: k, State: core.MessageDelivered},
			{Target: "gis", Sequence: 3, Kind: core.TellPoint, State: core.MessageDue},
		}
	}
	done := core.Completion{Outcome: core.Done, OldFinalReading: "120.50", NewSerial: "N1", NewInitialReading: "0.000", Photos: []core.Attachment{{}}}
	entries := []reconcile.Entry{
		{Ref: ref("1"), No: "W1", Type: "removal", State: reconcile.Closed, Outcome: "done", FinalReading: "120.5", NewSerial: "N1", InitialReading: "0", Photos: 1, Effects: 1},
		{Ref: ref("2"), No: "W2", State: reconcile.Returned, Effects: 1},
		{Ref: ref("3"), No: "W3", State: reconcile.Cancelled},
		{Ref: ref("4"), No: "W4", State: reconcile.InWork},
		{Ref: ref("5"), State: reconcile.Registered},
	}
	orders := []reconcile.Order{
		{WorkOrder: core.WorkOrder{No: "W1", Ref: ref("1"), Type: "removal", ResultSequence: 3, Phase: core.Closed, Completions: []core.Completion{done}}, Outbox: told(core.TellResult)},
		{WorkOrder: core.WorkOrder{No: "W2", Ref: ref("2"), ResultSequence: 3, Phase: core.Returned}, Outbox: told(core.TellReturned)},
		{WorkOrder: core.WorkOrder{No: "W3", Ref: ref("3"), Phase: core.Cancelled}},
		{WorkOrder: core.WorkOrder{No: "W4", Ref: ref("4"), Phase: core.Field, Assignment: &core.Assignment{CrewID: "M1"}}},
	}
	return entries, orders
}

func compare(e []reconcile.Entry, o []reconcile.Order) (reconcile.Tally, []reconcile.Difference) {
	return reconcile.Compare(reconcile.Source{Photos: true}, e, o)
}

func TestBooksThatAgreeHaveNoDifference(t *testing.T) {
	tally, diff := compare(books())
	if len(diff) != 0 {
		t.Errorf("differences %v", diff)
	}
	want := reconcile.Tally{Submitted: 4, Dispatched: 2, Completed: 1, WrittenBack: 3, Open: 1}
	if tally != want {
		t.Errorf("tally %+v, want %+v", tally, want)
	}
}

// A request for more time is no result: the books agree while the work goes on, and the
// return after it is the one effect.
func TestARequestForMoreTimeIsNoResult(t *testing.T) {
	entries, orders := books()
	for i, m := range orders[1].Outbox {
		if m.Kind == core.TellStatus {
			orders[1].Outbox[i].Kind = core.TellExtension
		}
	}
	orders[3].ResultSequence = 1
	orders[3].Outbox = []core.OutboxMessage{{Target: "billing", Sequence: 1, Kind: core.TellExtension, State: core.MessageDelivered}}
	if tally, diff := compare(entries, orders); len(diff) != 0 || tally.WrittenBack != 3 {
		t.Errorf("%+v, differences %v", tally, diff)
	}
}

// An order that was opened again counts its results from 0, at the source and here, whatever the sequence in which
// messages are listed.
func TestAReopenedOrderHasOneMoreResult(t *testing.T) {
	status := func(seq int64, phase core.Phase) core.OutboxMessage {
		return core.OutboxMessage{Target: "billing", Sequence: seq, Kind: core.TellStatus, State: core.MessageDelivered, Payload: []byte(`{"order":{"phase":"` + string(phase) + `"}}`)}
	}
	result := func(seq int64) core.OutboxMessage {
		return core.OutboxMessage{Target: "billing", Sequence: seq, Kind: core.TellResult, State: core.MessageDelivered}
	}
	entries, orders := books()
	orders[0].ResultSequence = 4
	orders[0].Outbox = []core.OutboxMessage{result(4), status(3, core.Dispatching), result(2), status(1, core.Field)}
	if _, diff := compare(entries, orders); len(diff) != 0 {
		t.Errorf("done again: %v", diff)
	}
	orders[0].Outbox[1] = status(3, core.Closed)
	if _, diff := compare(entries, orders); len(diff) != 1 || diff[0].Field != "effects" {
		t.Errorf("two results without a reopening: %v", diff)
	}
	orders[0].Phase, orders[0].ResultSequence = core.Dispatching, 3
	orders[0].Outbox = []core.OutboxMessage{status(3, core.Dispatching), result(2), status(1, core.Field)}
	entries[0].State, entries[0].Effects = reconcile.InWork, 0
	if _, diff := compare(entries, orders); len(diff) != 0 {
		t.Errorf("open again: %v", diff)
	}
}

// Every single alteration of either side is found and names its order.
func TestEveryAlterationIsFound(t *testing.T) {
	type both struct {
		e []reconcile.Entry
		o []reconcile.Order
	}
	for name, c := range map[string]struct {
		alter func(*both)
		field string
		ref   string
	}{
		"deleted at the source":     {func(b *both) { b.e = b.e[1:] }, "order", "1"},
		"deleted in the hub":        {func(b *both) { b.o = b.o[1:] }, "order", "1"},
		"doubled at the source":     {func(b *both) { b.e = append(b.e, b.e[0]) }, "order", "1"},
		"doubled in the hub":        {func(b *both) { b.o = append(b.o, b.o[3]) }, "order", "4"},
		"another number":            {func(b *both) { b.e[1].No = "W9" }, "number", "2"},
		"done twice":                {func(b *both) { b.e[0].Effects = 2 }, "effects", "1"},
		"never took effect":         {func(b *both) { b.e[0].Effects = 0 }, "effects", "1"},
		"another state":             {func(b *both) { b.e[3].State = reconcile.Closed }, "state", "4"},
		"cancelled only here":       {func(b *both) { b.e[2].State = reconcile.InWork }, "state", "3"},
		"another reading":           {func(b *both) { b.e[0].FinalReading = "120.05" }, "old_final_reading", "1"},
		"a zero that got lost":      {func(b *both) { b.e[0].InitialReading = "" }, "new_initial_reading", "1"},
		"another serial":            {func(b *both) { b.e[0].NewSerial = "n1" }, "new_serial", "1"},
		"a photo got lost":          {func(b *both) { b.e[0].Photos = 0 }, "photos", "1"},
		"another outcome":           {func(b *both) { b.e[0].Outcome = "could_not_be_done" }, "outcome", "1"},
		"still owed":                {func(b *both) { b.o[0].Outbox[1].State = core.MessageDue }, "pending", "1"},
		"handed over but unknown":   {func(b *both) { b.e[4].State = reconcile.HandedOver }, "order", "5"},
		"another type":              {func(b *both) { b.e[0].Type = "recheck" }, "type", "1"},
		"a message that got lost":   {func(b *both) { b.o[0].Outbox = b.o[0].Outbox[1:] }, "outbox", "1"},
		"the last message got lost": {func(b *both) { b.o[0].Outbox = b.o[0].Outbox[:2] }, "outbox", "1"},
		"a doubled message":         {func(b *both) { b.o[1].Outbox = append(b.o[1].Outbox, b.o[1].Outbox[0]) }, "outbox", "2"},
		"a message of nobody":       {func(b *both) { b.o[3].Outbox = b.o[0].Outbox[:1] }, "outbox", "4"},
		"a dead letter took effect": {func(b *both) { b.o[1].Outbox[1].State = core.MessageDead }, "effects", "2"},
	} {
		var b both
		b.e, b.o = books()
		c.alter(&b)
		_, diff := compare(b.e, b.o)
		if len(diff) == 0 || diff[0].Field != c.field || diff[0].Ref.External != c.ref {
			t.Errorf("%s: %v, want a difference of %s on order %s", name, diff, c.field, c.ref)
		}
	}
}
