package reactions_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tundish/config/lang"
	"tundish/config/ordertype"
	"tundish/config/reactions"
	"tundish/core"
	"tundish/core/intake"
	"tundish/core/life"
	"tundish/core/react"
	"tundish/core/store/memstore"
)

// shipped are the order types that triggers are read beside.
var shipped = sync.OnceValues(func() (core.OrderTypes, *ordertype.Language) {
	var p lang.Problems
	types, language := ordertype.Read(&p, "../order-types", core.Roles(), nil)
	if err := p.Err(); err != nil {
		panic(err)
	}
	return types, language
})

// read reads a text as config/triggers.yaml beside the shipped order types.
func read(t *testing.T, text string) (core.OrderTypes, []core.Trigger, *lang.Problems) {
	t.Helper()
	types, language := shipped()
	var p lang.Problems
	path := filepath.Join(t.TempDir(), "triggers.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	list := reactions.ReadTriggers(&p, path, language, []string{"screen"})
	return types, list, &p
}

func TestTheShippedTriggersAreGood(t *testing.T) {
	text, err := os.ReadFile("../triggers.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, list, p := read(t, string(text))
	if err := p.Err(); err != nil || len(list) < 3 {
		t.Fatal(len(list), err)
	}
}

// Each mistake has its place and its words; of those that go round, the path.
func TestWhatATriggerMayNotSay(t *testing.T) {
	const name = ", name: {en: A, zh: 甲}, "
	tell := "effects: [{do: notify, to: [dispatcher], text: {en: A, zh: 甲}}]}\n"
	set := func(id, changed, when, field, value string) string {
		return "  - {id: " + id + name + "changed: " + changed + when + ", effects: [{do: set, set: " + field + ", value: " + value + "}]}\n"
	}
	open := func(id, on, types, of string) string {
		return "  - {id: " + id + name + "on: " + on + types + ", effects: [{do: create_order, type: " + of + "}]}\n"
	}
	var chain strings.Builder
	for i, field := range []string{"place.depot", "place.branch", "place.book", "place.detail", "report.cause", "report.remark"} {
		before := []string{"urgency", "place.depot", "place.branch", "place.book", "place.detail", "report.cause"}[i]
		chain.WriteString(set(fmt.Sprint("t", i), before, "", field, "x"))
	}
	for _, c := range []struct{ what, text, want string }{
		{"nothing sets it off", "  - {id: a" + name + tell, "[trigger]"},
		{"no such event", "  - {id: a" + name + "on: recieved, " + tell, `did you mean "received"?`},
		{"no such field", "  - {id: a" + name + "changed: meter.diameter, " + tell, `did you mean "meter.diameter_mm"?`},
		{"no such type", "  - {id: a" + name + "on: received, types: [brust], " + tell, `did you mean "burst"?`},
		{"a type twice", "  - {id: a" + name + "on: received, types: [burst, burst], " + tell, `"burst" is given twice`},
		{"an id twice", "  - {id: a" + name + "on: received, " + tell + "  - {id: a" + name + "on: received, " + tell, "[duplicate]"},
		{"a guard over nothing", "  - {id: a" + name + "on: received, when: 'urgncy == \"normal\"', " + tell, `did you mean "urgency"?`},
		{"a role nobody has", "  - {id: a" + name + "on: received, effects: [{do: notify, to: [boss], text: {en: A, zh: 甲}}]}\n", `there is no role "boss"`},
		{"a channel nobody has", "  - {id: a" + name + "on: received, effects: [{do: webhook, to: [screan]}]}\n", `did you mean "screen"?`},
		{"the source told", "  - {id: a" + name + "on: received, effects: [{do: tell_source}]}\n", "only a process tells the source"},
		{"an effect with its own event", "  - {id: a" + name + "on: received, effects: [{do: set, on: received, set: urgency, value: urgent}]}\n", "[effect]"},

		{"to and fro", set("a", "place.depot", "", "place.depot", "x") + set("b", "place.depot", "", "place.depot", "y"), "a →(place.depot = x) b →(place.depot = y) a"},
		{"too many in a line", chain.String(), "t0 →(place.depot = x) t1 →(place.branch = x) t2 →(place.book = x) t3 →(place.detail = x) t4 →(report.cause = x) t5"},
		{"opens its own kind", open("a", "received", "", "leak"), "orders would be opened one for another without end: a →(opens leak) a"},
		{"opens in a ring", open("a", "received", ", types: leak", "burst") + open("b", "assigned", ", types: burst", "leak"), "a →(opens burst) b →(opens leak) a"},
		{"opens because it opened", open("a", "opened", ", types: leak", "burst"), "a →(opened) a"},
		{"opens a line", open("a", "received", ", types: leak", "burst") + open("b", "received", ", types: burst", "no_water") + open("c", "received", ", types: no_water", "maintenance") +
			open("d", "received", ", types: maintenance", "recheck") + open("e", "received", ", types: recheck", "meter_test") + open("f", "received", ", types: meter_test", "removal"), "a →(opens burst) b"},
	} {
		_, _, p := read(t, "triggers:\n"+c.text)
		if got := p.In(lang.English); !strings.Contains(strings.ReplaceAll(got, "\n", " "), c.want) || !strings.Contains(got, "triggers.yaml:2:") && !strings.Contains(got, "triggers.yaml:3:") {
			t.Errorf("%s: got\n%s\nwant %s", c.what, got, c.want)
		}
	}

	for _, c := range []struct{ what, text string }{
		{"a field that is put right once", set("a", "place.depot", "", "place.depot", "north")},
		{"guards that end it", set("a", "place.depot", ", when: 'place.depot == \"N\"'", "place.depot", "north") + set("b", "place.depot", ", when: 'place.depot == \"S\"'", "place.depot", "south")},
		{"the urgency only rises", set("a", "urgency", "", "urgency", "urgent") + set("b", "urgency", "", "urgency", "emergency")},
		{"somebody acts in between", open("a", "completed", ", types: recheck", "recheck")},
		{"not of what the hub opens", "  - {id: a" + name + "on: received, when: 'channel != \"hub\"', effects: [{do: create_order, type: leak}]}\n"},
	} {
		if _, _, p := read(t, "triggers:\n"+c.text); p.Err() != nil {
			t.Errorf("%s: %v", c.what, p.Err())
		}
	}
}

type still struct{ at time.Time }

func (s still) Now() time.Time                       { return s.at }
func (s still) After(time.Duration) <-chan time.Time { return nil }

// cut is how the hub says that rules go on for too long.
var cut = []string{"stopped after", "were opened one for another already", "because another one was"}

// play lets triggers act on an order that comes in and is urged on, and on all that are opened for it. It tells how many
// orders there are in the end and what was said of rules that were cut.
func play(t *testing.T, types core.OrderTypes, list []core.Trigger, kind string) (orders int, trouble string) {
	t.Helper()
	ctx := t.Context()
	clock := still{time.Date(2026, 5, 11, 1, 0, 0, 0, time.UTC)}
	store := memstore.New(memstore.Options{})
	rules := &life.Rules{Types: types, Systems: map[core.SystemID]life.System{life.ToPeople: {}, life.ToCreate: {}}, Zone: time.UTC, NumberPrefix: "W", Access: life.Everybody{}, Triggers: list}
	live := func() *life.Rules { return rules }
	in, err := intake.New(store, intake.Options{Clock: clock, Rules: live})
	if err != nil {
		t.Fatal(err)
	}
	opener := &react.Opener{Store: store, Intake: in, Rules: live, Clock: clock}
	ref := core.Ref{System: "hotline", External: "H1"}
	r, err := in.Submit(ctx, intake.Submission{Hash: "h", Order: core.WorkOrder{Ref: ref, Type: kind, Urgency: core.Normal, Place: core.Place{Address: "光明路 3 号"}, Report: core.Report{Content: "冒水"}}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		if _, err := in.Expedite(ctx, intake.Command{Ref: ref, SourceMessageID: fmt.Sprint(i)}); err != nil && core.KindOf(err) != core.Conflict {
			t.Fatal(err)
		}
	}
	waiting := []core.OrderNo{r.No}
	done := map[string]bool{}
	for orders = 1; len(waiting) > 0; waiting = waiting[1:] {
		for again := true; again; {
			again = false
			owed, err := store.OutboxMessages(ctx, core.OutboxQuery{Order: waiting[0], Target: life.ToCreate, Limit: 1000})
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range owed {
				if done[m.ID] {
					continue
				}
				done[m.ID], again = true, true
				if orders++; orders > 2000 {
					return orders, "no end"
				}
				d := opener.Deliver(ctx, m)
				if d.Outcome != core.Delivered {
					t.Fatalf("open an order: %+v", d)
				}
				waiting = append(waiting, core.OrderNo(d.Code))
			}
		}
		events, err := store.Events(ctx, waiting[0])
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			if slices.ContainsFunc(cut, func(words string) bool { return strings.Contains(e.Remark, words) }) {
				trouble = e.Remark
			}
		}
	}
	return orders, trouble
}

// arbitrary triggers over few fields, values and types, so that they meet each other.
func arbitrary(r *rand.Rand) string {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	fields := []string{"place.depot", "place.branch", "report.cause", "urgency"}
	kinds := []string{"leak", "burst", "maintenance", "enquiry"}
	var b strings.Builder
	b.WriteString("triggers:\n")
	for i := range 1 + r.IntN(6) {
		fmt.Fprintf(&b, "  - id: t%d\n    name: {en: T, zh: 触}\n", i)
		if r.IntN(2) == 0 {
			fmt.Fprintf(&b, "    on: [%s]\n", pick("received", "expedited", "opened", "completed", "expedited, received"))
		} else {
			fmt.Fprintf(&b, "    changed: [%s]\n", pick(fields...))
		}
		if r.IntN(3) > 0 {
			fmt.Fprintf(&b, "    types: [%s]\n", pick(kinds...))
		}
		if r.IntN(2) == 0 {
			fmt.Fprintf(&b, "    when: '%s %s \"%s\"'\n", pick(fields[:3]...), pick("==", "!="), pick("x", "y", ""))
		}
		b.WriteString("    effects:\n")
		for range 1 + r.IntN(2) {
			switch field := pick(fields...); {
			case r.IntN(3) == 0:
				fmt.Fprintf(&b, "      - {do: create_order, type: %s, copy: [%s]}\n", pick(kinds...), pick("place", "report", "customer"))
			case field == "urgency":
				fmt.Fprintf(&b, "      - {do: set, set: urgency, value: %s}\n", pick("urgent", "emergency"))
			default:
				guard := ""
				if r.IntN(3) == 0 {
					guard = fmt.Sprintf(", when: '%s == \"%s\"'", pick(fields[:3]...), pick("x", "y", ""))
				}
				fmt.Fprintf(&b, "      - {do: set%s, set: %s, value: %s}\n", guard, field, pick("x", "y"))
			}
		}
	}
	return b.String()
}

// Whatever triggers are written: those that are taken come to their end by themselves, and the hub never has to cut them
// short. Of those that are refused some would really have gone on.
func TestTriggersThatAreTakenComeToAnEnd(t *testing.T) {
	taken, refused, endless := 0, 0, 0
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 5))
		text := arbitrary(r)
		types, list, p := read(t, text)
		kind := []string{"leak", "burst", "maintenance", "enquiry"}[r.IntN(4)]
		if err := p.Err(); err != nil {
			if !strings.Contains(p.In(lang.English), "[loop]") {
				t.Fatalf("seed %d: %v\n%s", seed, err, text)
			}
			refused++
			if _, trouble := play(t, types, list, kind); trouble != "" {
				endless++
			}
			continue
		}
		taken++
		if orders, trouble := play(t, types, list, kind); trouble != "" || orders > 500 {
			t.Fatalf("seed %d: %d orders, %s\n%s", seed, orders, trouble, text)
		}
	}
	t.Logf("%d taken, %d refused, %d of these would have been cut", taken, refused, endless)
	if taken < 150 || refused < 100 || endless < 25 {
		t.Error("the triggers are not of all kinds")
	}
}
