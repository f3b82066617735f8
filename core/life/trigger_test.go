package life_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/life"
)

// when is a condition of a test's own.
type when func(*core.WorkOrder) (bool, error)

func (w when) Holds(o *core.WorkOrder, _ time.Time) (bool, error) { return w(o) }
func (when) String() string                                       { return "a condition" }

func set(path, value string) core.Effect {
	return core.Effect{Do: core.EffectSet, Set: path, Value: value}
}

// said are the notices of a unit.
func said(t *testing.T, u core.Unit) (list []core.Reaction) {
	t.Helper()
	for _, m := range u.Orders[0].Outbox {
		if m.Target == life.ToPeople {
			var wb core.WriteBack
			if err := json.Unmarshal(m.Payload, &wb); err != nil {
				t.Fatal(err)
			}
			list = append(list, *wb.Reaction)
		}
	}
	return list
}

func withTriggers(list ...core.Trigger) *life.Rules {
	r := rules()
	r.Systems[life.ToPeople], r.Systems["hub:webhook/screen"] = life.System{}, life.System{}
	r.Triggers = list
	return r
}

func TestATriggerRaisesTellsCallsAndSets(t *testing.T) {
	r := withTriggers(core.Trigger{
		ID: "hospital", On: []core.EventKind{core.EventReceived}, Types: []string{"burst"},
		When: when(func(o *core.WorkOrder) (bool, error) { return strings.Contains(o.Place.Address, "医院"), nil }),
		Effects: []core.Effect{set("urgency", "emergency"), set("place.depot", "north"), set("meter.diameter_mm", "100"),
			{Do: core.EffectNotify, To: []string{"dispatcher"}, Text: core.Text{EN: "hospital", ZH: "医院"}}, {Do: core.EffectWebhook, To: []string{"screen"}}},
	})
	o := order("hotline", "burst", core.Normal)
	o.Place.Address = "中心医院"
	u := must(t)(r.Receive(o, "h", step(0)))
	got := u.Orders[0].Order
	if got.Urgency != core.Emergency || got.Place.Depot != "north" || got.Meter.DiameterMM != 100 {
		t.Errorf("urgency %s, depot %q, diameter %d", got.Urgency, got.Place.Depot, got.Meter.DiameterMM)
	}
	if got.Phase != core.Dispatching {
		t.Errorf("it stands in %s: an emergency of this type waits for no review", got.Phase)
	}
	if list := said(t, u); len(list) != 1 || list[0].Rule != "hospital" || list[0].To[0] != "dispatcher" {
		t.Errorf("told %+v", list)
	}
	if !slices.ContainsFunc(u.Orders[0].Outbox, func(m core.OutboxMessage) bool { return m.Target == "hub:webhook/screen" }) {
		t.Error("the screen is not called")
	}
	for name, change := range map[string]func(*core.WorkOrder){
		"another place": func(o *core.WorkOrder) { o.Place.Address = "光明路" },
		"another type":  func(o *core.WorkOrder) { o.Type = "replacement" },
	} {
		o := order("hotline", "burst", core.Normal)
		o.Place.Address = "中心医院"
		change(&o)
		if got := must(t)(r.Receive(o, "h", step(0))).Orders[0].Order; got.Urgency != core.Normal {
			t.Errorf("%s: %s", name, got.Urgency)
		}
	}
}

func TestTriggersThatFeedEachOtherStopWithAnAlarm(t *testing.T) {
	is := func(v string) core.Condition {
		return when(func(o *core.WorkOrder) (bool, error) { return o.Extra["side"] == v, nil })
	}
	r := withTriggers(
		core.Trigger{ID: "begin", On: []core.EventKind{core.EventReceived}, Effects: []core.Effect{set("extra.side", "left")}},
		core.Trigger{ID: "to_right", Changed: []string{"extra.side"}, When: is("left"), Effects: []core.Effect{set("extra.side", "right")}},
		core.Trigger{ID: "to_left", Changed: []string{"extra.side"}, When: is("right"), Effects: []core.Effect{set("extra.side", "left")}},
	)
	u := must(t)(r.Receive(order("hotline", "burst", core.Normal), "h", step(0)))
	list := said(t, u)
	if len(list) != 1 || !list[0].Trouble || list[0].To[0] != string(core.RoleAdmin) || !strings.Contains(list[0].Text.EN, "triggers feed each other (to_") || !strings.Contains(list[0].Text.ZH, "互相触发") {
		t.Errorf("the alarm is %+v", list)
	}
	if got := u.Orders[0].Order.Extra["side"]; got != "left" { // begin, then to and fro, five in all
		t.Errorf("it ends %s", got)
	}
	if e := u.Orders[0].Events[0]; !strings.Contains(e.Remark, "stopped after 5 rounds") {
		t.Errorf("the timeline says %q", e.Remark)
	}
	r.Triggers = r.Triggers[:2] // a chain that ends is none
	u = must(t)(r.Receive(order("hotline", "burst", core.Normal), "h", step(0)))
	if list := said(t, u); len(list) != 0 || u.Orders[0].Order.Extra["side"] != "right" {
		t.Errorf("%+v, %v", list, u.Orders[0].Order.Extra)
	}
}

func TestABrokenTriggerKeepsNoOrderOut(t *testing.T) {
	r := withTriggers(
		core.Trigger{ID: "asks", On: []core.EventKind{core.EventReceived}, When: when(func(*core.WorkOrder) (bool, error) { return false, errors.New("boom") })},
		core.Trigger{ID: "sets", On: []core.EventKind{core.EventReceived}, Effects: []core.Effect{set("meter.diameter_mm", "wide")}},
	)
	u, err := r.Receive(order("hotline", "burst", core.Normal), "h", step(0))
	if err != nil {
		t.Fatal(err)
	}
	var rules []string
	for _, s := range said(t, u) {
		rules = append(rules, s.Rule)
	}
	if !slices.Equal(rules, []string{"asks", "sets"}) {
		t.Errorf("told of %v", rules)
	}
}

func TestWhatSomebodyChangesSetsATriggerOff(t *testing.T) {
	r := withTriggers(core.Trigger{ID: "louder", Changed: []string{"urgency"}, Effects: []core.Effect{{Do: core.EffectNotify, To: []string{"dispatcher"}}}})
	o := must(t)(r.Receive(order("hotline", "burst", core.Normal), "h", step(0))).Orders[0].Order
	if u := must(t)(r.Note(o, step(1))); len(said(t, u)) != 0 {
		t.Error("a note sets it off")
	}
	if u := must(t)(r.Expedite(o, step(1))); len(said(t, u)) != 1 {
		t.Error("an urging does not")
	}
}
