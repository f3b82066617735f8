package core_test

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"tundish/core"
)

var noon = time.Date(2026, 5, 11, 4, 0, 0, 123_456_789, time.UTC)

// fill gives every field of v a random value, and leaves some out.
func fill(rnd *rand.Rand, v reflect.Value) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		if rnd.IntN(3) > 0 {
			v.Set(reflect.ValueOf(noon.Add(time.Duration(rnd.IntN(1e6)) * time.Millisecond)))
		}
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(word(rnd))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(rnd.IntN(5)) - 1)
	case reflect.Bool:
		v.SetBool(rnd.IntN(2) == 0)
	case reflect.Float64:
		v.SetFloat(rnd.NormFloat64() * 90)
	case reflect.Pointer:
		if rnd.IntN(3) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(rnd, v.Elem())
		}
	case reflect.Slice:
		for range rnd.IntN(3) {
			e := reflect.New(v.Type().Elem()).Elem()
			fill(rnd, e)
			v.Set(reflect.Append(v, e))
		}
	case reflect.Map:
		for range rnd.IntN(4) {
			if v.IsNil() {
				v.Set(reflect.MakeMap(v.Type()))
			}
			k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(rnd, k)
			fill(rnd, e)
			v.SetMapIndex(k, e)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(rnd, v.Field(i))
		}
	default:
		panic("fill does not know " + v.Type().String())
	}
}

// word is a text with everything that is special in a path or in JSON.
func word(rnd *rand.Rand) string {
	parts := []string{"", "/", "~", "~0", "~1", "a", "A", "阀门", "𠮷", "null", `"`, "<b>", " "}
	var b strings.Builder
	for range rnd.IntN(4) {
		b.WriteString(parts[rnd.IntN(len(parts))])
	}
	return b.String()
}

func random(rnd *rand.Rand) core.WorkOrder {
	var o core.WorkOrder
	fill(rnd, reflect.ValueOf(&o).Elem())
	return o
}

func TestATimelineReplaysToTheOrderWhateverChanged(t *testing.T) {
	paths := map[string]bool{}
	for seed := range uint64(150) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		var events []core.Event
		var last core.OrderChange
		for n := range 6 {
			next := random(rnd)
			if n > 0 && rnd.IntN(2) == 0 { // sometimes only one part moves
				o := last.Order.Clone()
				o.Extra, o.Place, o.Assignment = next.Extra, next.Place, next.Assignment
				next = o
			}
			var old *core.WorkOrder
			if n > 0 {
				old = &last.Order
			}
			c, err := core.NewChange(old, next, core.Event{At: noon.Add(time.Duration(n) * time.Minute), Kind: core.EventNote, By: "test"})
			if err != nil {
				t.Fatal(err)
			}
			// What travels through a store is JSON.
			raw, err := json.Marshal(c.Events[0])
			if err != nil {
				t.Fatal(err)
			}
			var ev core.Event
			if err := json.Unmarshal(raw, &ev); err != nil {
				t.Fatal(err)
			}
			for _, d := range ev.Deltas {
				paths[d.Path] = true
			}
			events, last = append(events, ev), c
		}
		var want core.WorkOrder
		if err := json.Unmarshal(last.Body, &want); err != nil {
			t.Fatal(err)
		}
		got, err := core.Replay(events)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: replayed\n%+v\nwant\n%+v\nlast change %s", seed, got, want, marshal(t, events[len(events)-1]))
		}
	}
	for _, needed := range []string{"extra/~1", "extra/~0", "extra/~01", "extra/", "place/point/lat"} {
		if !paths[needed] {
			t.Errorf("no random change ever touched %q: the property is weaker than it looks", needed)
		}
	}
}

func TestATimelineWithAGapIsRefused(t *testing.T) {
	first, err := core.NewChange(nil, core.WorkOrder{No: "W1"}, core.Event{At: noon})
	if err != nil {
		t.Fatal(err)
	}
	late := core.Event{Sequence: 3}
	if _, err := core.Replay([]core.Event{first.Events[0], late}); core.CodeOf(err) != "timeline_gap" {
		t.Errorf("a missing event: %v", err)
	}
	if _, err := core.Replay(nil); !core.IsKind(err, core.NotFound) {
		t.Errorf("no events: %v", err)
	}
}

func TestAChangeThatChangesNothingHasNoDeltas(t *testing.T) {
	first, err := core.NewChange(nil, random(rand.New(rand.NewPCG(7, 7))), core.Event{At: noon})
	if err != nil {
		t.Fatal(err)
	}
	second, err := core.NewChange(&first.Order, first.Order.Clone(), core.Event{At: noon.Add(time.Hour), Remark: "called again"})
	if err != nil {
		t.Fatal(err)
	}
	if d := second.Events[0].Deltas; len(d) != 0 {
		t.Errorf("a note alone changed %+v", d)
	}
	if second.Order.Version != 2 || second.Order.EventSequence != first.Order.EventSequence+1 {
		t.Errorf("version %d, event %d", second.Order.Version, second.Order.EventSequence)
	}
}

func TestMessagesAreNumberedWithinTheirOrder(t *testing.T) {
	first, err := core.NewChange(nil, core.WorkOrder{No: "W1"}, core.Event{At: noon}, core.OutboxMessage{ID: "a"}, core.OutboxMessage{ID: "b"})
	if err != nil {
		t.Fatal(err)
	}
	// A use case that hands on a stale copy must not number a message twice.
	next := first.Order.Clone()
	next.ResultSequence, next.EventSequence, next.Version = 0, 0, 0
	second, err := core.NewChange(&first.Order, next, core.Event{At: noon}, core.OutboxMessage{ID: "c"})
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range append(first.Outbox, second.Outbox...) {
		if m.Sequence != int64(i+1) || m.Order != "W1" || !m.CreatedAt.Equal(noon.Truncate(time.Millisecond)) {
			t.Errorf("message %s has number %d of %s at %v; want %d of W1 at the event's time", m.ID, m.Sequence, m.Order, m.CreatedAt, i+1)
		}
	}
}

// TestACopyOfAnOrderSharesNothing changes everything reachable in a copy and looks at
// the original. A new field of a reference type that Clone forgets fails here.
func TestACopyOfAnOrderSharesNothing(t *testing.T) {
	for seed := range uint64(50) {
		o := random(rand.New(rand.NewPCG(seed, 2)))
		before := marshal(t, o)
		c := o.Clone()
		if marshal(t, c) != before {
			t.Fatalf("seed %d: the copy differs:\n%s\n%s", seed, marshal(t, c), before)
		}
		scribble(reflect.ValueOf(&c).Elem())
		if after := marshal(t, o); after != before {
			t.Fatalf("seed %d: a change of the copy shows in the original:\n%s\n%s", seed, after, before)
		}
	}
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// scribble changes everything that v reaches, in place.
func scribble(v reflect.Value) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(noon.Add(99 * time.Hour)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("scribbled")
	case reflect.Int, reflect.Int64:
		v.SetInt(99)
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Float64:
		v.SetFloat(99)
	case reflect.Pointer:
		if !v.IsNil() {
			scribble(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			scribble(v.Index(i))
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			e := reflect.New(v.Type().Elem()).Elem()
			scribble(e)
			v.SetMapIndex(k, e)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			scribble(v.Field(i))
		}
	}
}
