package core_test

import (
	"context"
	"errors"
	"testing"

	"tundish/core"
)

// contested is a store in which somebody else is faster a number of times.
type contested struct {
	order   core.WorkOrder
	losses  int
	after   core.Outcome // what the others meet
	commits int
}

func (s *contested) Order(_ context.Context, no core.OrderNo) (core.WorkOrder, error) {
	if no != s.order.No {
		return core.WorkOrder{}, core.Fail(core.NotFound, "no_order", "", "there is no such order", "没有工单")
	}
	return s.order.Clone(), nil
}

func (s *contested) Commit(_ context.Context, units ...core.Unit) []core.Outcome {
	s.commits++
	if s.losses > 0 {
		s.losses--
		s.order.Version++ // the other's change
		return []core.Outcome{{Kind: core.Stale}}
	}
	if s.after.Kind != 0 {
		return []core.Outcome{s.after}
	}
	s.order = units[0].Orders[0].Order
	return []core.Outcome{{Kind: core.Applied}}
}

func remark(o core.WorkOrder) (core.Unit, error) {
	next := o.Clone()
	next.Report.Remark = "seen"
	c, err := core.NewChange(&o, next, core.Event{At: noon, Kind: core.EventNote})
	return core.Unit{Orders: []core.OrderChange{c}}, err
}

func TestADecisionIsTakenAnewOnWhatSomebodyElseLeft(t *testing.T) {
	s := &contested{order: core.WorkOrder{No: "W1", Version: 4}, losses: 3}
	var versions []int64
	o, err := core.Decide(t.Context(), s, "W1", func(o core.WorkOrder) (core.Unit, error) {
		versions = append(versions, o.Version)
		return remark(o)
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(versions) != 4 || versions[0] != 4 || versions[3] != 7 {
		t.Errorf("decided on versions %v, want 4 to 7", versions)
	}
	if o.Version != 8 || o.Report.Remark != "seen" {
		t.Errorf("it returned version %d, %q: want the order after the change", o.Version, o.Report.Remark)
	}
}

func TestADecisionGivesUpWhenTooManyAreFaster(t *testing.T) {
	s := &contested{order: core.WorkOrder{No: "W1", Version: 1}, losses: 1000}
	_, err := core.Decide(t.Context(), s, "W1", remark)
	if !core.IsKind(err, core.Unavailable) || core.CodeOf(err) != "contended" {
		t.Errorf("%v, want to be told to try again", err)
	}
	if s.commits < 5 || s.commits > 100 {
		t.Errorf("it tried %d times", s.commits)
	}
}

func TestADecisionStopsWithItsCaller(t *testing.T) {
	s := &contested{order: core.WorkOrder{No: "W1", Version: 1}, losses: 1000}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := core.Decide(ctx, s, "W1", remark); core.CodeOf(err) != "gave_up" || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if s.commits != 1 {
		t.Errorf("it went on %d times for a caller who had left", s.commits)
	}
}

func TestADecisionThatSaysNoWritesNothing(t *testing.T) {
	s := &contested{order: core.WorkOrder{No: "W1", Version: 1}}
	no := errors.New("no")
	o, err := core.Decide(t.Context(), s, "W1", func(core.WorkOrder) (core.Unit, error) { return core.Unit{}, no })
	if !errors.Is(err, no) || s.commits != 0 || o.No != "W1" {
		t.Errorf("%v after %d commits on %q", err, s.commits, o.No)
	}
	if _, err := core.Decide(t.Context(), s, "W2", remark); !core.IsKind(err, core.NotFound) {
		t.Errorf("an order that is not there: %v", err)
	}
}

func TestARefusalOfTheStoreIsNotTriedAgain(t *testing.T) {
	full := core.Fail(core.Unavailable, "full", "", "the disk is full", "磁盘已满")
	s := &contested{order: core.WorkOrder{No: "W1", Version: 1}, after: core.Outcome{Kind: core.RefusedUnit, Err: full}}
	if _, err := core.Decide(t.Context(), s, "W1", remark); core.CodeOf(err) != "full" || s.commits != 1 {
		t.Errorf("%v after %d commits", err, s.commits)
	}
}
