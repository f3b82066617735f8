package dispatch_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"tundish/core"
	"tundish/dispatch"
)

func TestADayIsPlannedAgainWithAChange(t *testing.T) {
	b := board(crew("R1", park, "repair"), crew("R2", east(6000), "repair"), crew("R3", east(3000), "repair"))
	b.WholeDay = true
	b.Crews[0].People, b.Crews[0].Phone = []core.Technician{{ID: "p1", Name: "somebody"}}, "555"
	var kept []dispatch.Record
	p := dispatch.New(dispatch.Options{Seed: 3, Keep: func(r dispatch.Record) { kept = append(kept, r) }})
	var orders []core.WorkOrder
	for k := range 12 {
		o := order(fmt.Sprint("W", k), east(float64(k)*500))
		o.DueAt = nine.Add(4 * time.Hour)
		orders = append(orders, o)
	}
	plan, err := p.Plan(t.Context(), b, orders, core.OrderTypes{"leak": leak})
	if err != nil || len(kept) != 1 {
		t.Fatal(len(kept), err)
	}
	if r := kept[0]; r.Board.Crews[0].People != nil || r.Board.Crews[0].Phone != "" || b.Crews[0].Phone == "" {
		t.Error("who is in a crew was written down, or lost")
	}
	text, err := json.Marshal(kept[0])
	if err != nil {
		t.Fatal(err)
	}
	var record dispatch.Record
	if err := json.Unmarshal(text, &record); err != nil {
		t.Fatal(err)
	}
	ask := func(c dispatch.Change) dispatch.Comparison {
		t.Helper()
		out, err := dispatch.WhatIf(t.Context(), record, c)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	same := ask(dispatch.Change{})
	if len(same.Moves) != 0 || !reflect.DeepEqual(same.Before, same.After) || same.Before.Served != len(plan.Assignments) || same.Before.DriveMin == 0 || same.Before.LateMin == 0 {
		t.Errorf("nothing changed, and yet %+v", same)
	}
	// A crew off sick: its orders go to others or to nobody, with the reason.
	was := map[core.OrderNo]string{}
	for _, a := range plan.Assignments {
		was[a.Order] = a.CrewID
	}
	off := ask(dispatch.Change{Off: []string{"R3"}})
	if off.After.LateMin <= off.Before.LateMin || off.After.Crews != 2 {
		t.Errorf("without R3: %+v", off)
	}
	for _, m := range off.Moves {
		if m.To == "R3" || m.From != was[m.Order] || m.To == "" && !chinese(m.Why.TextZH) {
			t.Errorf("%+v, it was with %q", m, was[m.Order])
		}
	}
	if more := ask(dispatch.Change{More: []string{"R3"}}); more.After.LateMin >= more.Before.LateMin {
		t.Errorf("one more crew: %+v", more)
	}
	if broken := ask(dispatch.Change{Broken: map[string]time.Time{"R3": nine.Add(time.Hour)}}); broken.After.LateMin+int64(broken.After.Unserved) <= broken.Before.LateMin {
		t.Errorf("with a broken vehicle: %+v", broken)
	}
	w := dispatch.DefaultWeights()
	w.LatenessPerSecond, w.WorkloadPerMinute = 0, 0
	if lazy := ask(dispatch.Change{Weights: &w}); lazy.After.DriveMin > lazy.Before.DriveMin {
		t.Errorf("where only driving counts there is more of it: %+v", lazy)
	}
	if _, err := dispatch.WhatIf(t.Context(), record, dispatch.Change{Off: []string{"nobody"}}); !core.IsKind(err, core.Invalid) {
		t.Errorf("an unknown crew: %v", err)
	}
}

// A crew that has work already falls ill: all of it is somebody else's, or is counted and has a reason.
func TestWhatACrewThatIsOffHadIsAccountedFor(t *testing.T) {
	b := board(crew("R1", park, "repair"), crew("R2", park, "repair"))
	b.WholeDay, b.Types = true, core.OrderTypes{"leak": leak}
	b.Work = map[string]core.CrewWork{}
	for k, id := range []string{"R1", "R2"} {
		var has []core.WorkOrder
		for n := range 5 {
			o := order(fmt.Sprint("W", k, n), east(float64(n)*300))
			o.Phase = core.Field
			o.Assignment = &core.Assignment{CrewID: id, Day: b.Day, Minutes: 60, By: "batch", State: core.FieldAssigned, Pinned: n == 4}
			if n == 0 {
				o.Assignment.State, o.Assignment.ArrivedAt = core.FieldOnSite, nine.Add(-10*time.Minute)
			}
			has = append(has, o)
		}
		b.Work[id] = core.CrewWork{Orders: has, Revision: int64(k + 1)}
		b.Days[id] = core.CrewDay{CrewID: id, Day: b.Day, Minutes: 300, Orders: 5, Version: 5}
	}
	var record dispatch.Record
	p := dispatch.New(dispatch.Options{Seed: 3, Keep: func(r dispatch.Record) { record = r }})
	if _, err := p.Plan(t.Context(), b, nil, b.Types); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]dispatch.Change{"off": {Off: []string{"R1"}}, "broken at once": {Broken: map[string]time.Time{"R1": nine}}, "broken later": {Broken: map[string]time.Time{"R1": nine.Add(2 * time.Hour)}}} {
		out, err := dispatch.WhatIf(t.Context(), record, change)
		if err != nil {
			t.Fatal(err)
		}
		if out.Before.Unserved != 0 || out.Before.Served+out.Before.Unserved != out.After.Served+out.After.Unserved {
			t.Errorf("%s: %d and %d before, %d and %d after", name, out.Before.Served, out.Before.Unserved, out.After.Served, out.After.Unserved)
		}
		if name == "broken later" && out.After.Crews != 2 {
			t.Errorf("in the two hours before its vehicle breaks down R1 does nothing: %+v", out)
		}
		for _, m := range out.Moves {
			if m.To == "" && !chinese(m.Why.TextZH) {
				t.Errorf("%s: %+v has no reason", name, m)
			}
		}
	}
}
