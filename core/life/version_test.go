package life_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"tundish/core"
	"tundish/core/life"
	"tundish/core/store/memstore"
)

// checked is a way with one approval, under the name of a version.
func checked(version, approval string, m core.Migration, more ...core.Step) *core.OrderType {
	p := &core.Process{Version: version, Migrate: m, Steps: []core.Step{{Kind: core.StepAcceptance}, {ID: approval, Kind: core.StepApproval}, {Kind: core.StepDispatch}, {Kind: core.StepField}, {Kind: core.StepRelease}}}
	p.Steps = append(p.Steps, more...)
	p.Complete()
	return &core.OrderType{Code: "work", Family: core.Repair, Minutes: 30, Process: p}
}

// versions are rules whose live type is the last, and that know the others.
func versions(list ...*core.OrderType) *life.Rules {
	r := rules()
	r.Types["work"] = list[len(list)-1]
	r.Older = func(code, version string) (*core.OrderType, error) {
		for _, t := range list {
			if t.Code == code && t.Process.Version == version {
				return t, nil
			}
		}
		return nil, nil
	}
	return r
}

// atApproval is an order of the first version that waits for its approval.
func atApproval(t *testing.T, first *core.OrderType) core.WorkOrder {
	t.Helper()
	r, do := versions(first), must(t)
	o := do(r.Receive(order("hotline", "work", core.Normal), "h", step(0))).Orders[0].Order
	o = do(r.Accept(o, step(1))).Orders[0].Order
	if o.Process != first.Process.Version || o.Phase != core.Approval {
		t.Fatalf("%s in %s", o.Process, o.Phase)
	}
	return o
}

func TestAnOrderKeepsTheVersionItBeganWithWhereTheNewOneSaysSo(t *testing.T) {
	first, second := checked("v1", "head", core.Migration{}), checked("v2", "chief", core.Migration{Keep: true})
	o := atApproval(t, first)
	r, do := versions(first, second), must(t)
	if r.Outdated(&o) {
		t.Error("it is to be moved")
	}
	o = do(r.Act(o, life.Command{Action: core.ActApprove}, step(2))).Orders[0].Order
	if o.Process != "v1" || o.Phase != core.Dispatching || o.Approvals[0].Step != "head" {
		t.Errorf("%s in %s, %+v", o.Process, o.Phase, o.Approvals)
	}
	if fresh := do(r.Receive(order("hotline", "work", core.Normal), "h", step(0))).Orders[0].Order; fresh.Process != "v2" {
		t.Errorf("a new order goes by %s", fresh.Process)
	}
}

func TestAnOrderMovesToTheNewVersionByItsRule(t *testing.T) {
	first, second := checked("v1", "head", core.Migration{}), checked("v2", "chief", core.Migration{Steps: map[string]string{"head": "chief"}})
	o := atApproval(t, first)
	r := versions(first, second)
	u := must(t)(r.Migrate(o, step(2)))
	got := u.Orders[0].Order
	if ev := u.Orders[0].Events[0]; got.Process != "v2" || !slices.Equal(steps(got), []string{"chief"}) || ev.Kind != core.EventMigrated || ev.Remark != "head → chief" || !got.Tokens[0].Since.Equal(o.Tokens[0].Since) {
		t.Errorf("%s at %v: %+v", got.Process, steps(got), ev)
	}
	// With its next decision it moves by itself first, by an event of its own.
	st := memstore.New(memstore.Options{})
	before := must(t)(versions(first).Receive(order("hotline", "work", core.Normal), "h", step(0)))
	if err := st.Commit(t.Context(), before)[0].Error(); err != nil {
		t.Fatal(err)
	}
	no := before.Orders[0].Order.No
	after, err := r.Decide(t.Context(), st, no, step(3), func(o core.WorkOrder) (core.Unit, error) { return r.Accept(o, step(3)) })
	events, errEvents := st.Events(t.Context(), no)
	if err != nil || errEvents != nil || after.Process != "v2" || !slices.Equal(steps(after), []string{"chief"}) || len(events) != 3 || events[1].Kind != core.EventMigrated || events[2].Kind != core.EventAccepted {
		t.Errorf("%s at %v after %d events: %v, %v", after.Process, steps(after), len(events), err, errEvents)
	}
}

func TestAVanishedStepWithoutARuleLeavesTheOrderAsItIs(t *testing.T) {
	first, second := checked("v1", "head", core.Migration{}), checked("v2", "chief", core.Migration{})
	o := atApproval(t, first)
	r := versions(first, second)
	if !r.Outdated(&o) {
		t.Fatal("it is not to be moved")
	}
	_, err := r.Migrate(o, step(2))
	if core.CodeOf(err) != "no_step" || !core.IsKind(err, core.Conflict) || !strings.Contains(err.Error(), `"head"`) || !strings.Contains(err.Error(), "migrate.steps") {
		t.Errorf("%v", err)
	}
	if got := must(t)(r.Act(o, life.Command{Action: core.ActApprove}, step(3))).Orders[0].Order; got.Process != "v1" || got.Phase != core.Dispatching {
		t.Errorf("under its own version it goes on to %s by %s", got.Phase, got.Process)
	}
	r.Older = func(string, string) (*core.OrderType, error) { return nil, errors.New("the store is away") }
	if _, err := r.Act(o, life.Command{Action: core.ActApprove}, step(3)); !core.IsKind(err, core.Unavailable) {
		t.Errorf("with a store that cannot be asked: %v", err)
	}
	r.Older = nil
	if _, err := r.Act(o, life.Command{Action: core.ActApprove}, step(3)); core.CodeOf(err) != "unknown_version" || !strings.Contains(err.Error(), "migrate.steps") {
		t.Errorf("with a version that nobody knows: %v", err)
	}
	for name, m := range map[string]core.Migration{
		"to the field": {Steps: map[string]string{"head": "field"}}, "to the release": {Steps: map[string]string{"head": "release"}}, "behind the work": {Steps: map[string]string{"head": "after"}}, "to nowhere": {Steps: map[string]string{"head": "foot"}},
	} {
		if _, err := versions(first, behindWork("v3", m)).Migrate(o, step(2)); core.CodeOf(err) != "no_step" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// behindWork is checked with an approval behind the work.
func behindWork(version string, m core.Migration) *core.OrderType {
	t := checked(version, "chief", m)
	p := &core.Process{Version: version, Migrate: m, Steps: []core.Step{{Kind: core.StepAcceptance}, {ID: "chief", Kind: core.StepApproval}, {Kind: core.StepDispatch}, {Kind: core.StepField}, {ID: "after", Kind: core.StepApproval}, {Kind: core.StepRelease}}}
	p.Complete()
	t.Process = p
	return t
}
