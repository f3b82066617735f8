package api_test

import (
	"context"
	"net/http"
	"testing"

	"go.uber.org/zap"

	"tundish/adapters/api"
	"tundish/core"
	"tundish/core/assign"
	"tundish/core/desk"
	"tundish/core/life"
	"tundish/core/pull"
)

type nobody struct{}

func (nobody) Propose(context.Context, core.OrderNo) (core.Ranking, error) {
	return core.Ranking{}, nil
}
func (nobody) Explain(context.Context, core.OrderNo) (assign.Explanation, error) {
	return assign.Explanation{}, nil
}
func (nobody) Give(context.Context, core.OrderNo, string, life.By) (core.WorkOrder, error) {
	return core.WorkOrder{}, nil
}
func (nobody) Batch(context.Context) (assign.BatchResult, error) { return assign.BatchResult{}, nil }
func (nobody) PlanDays(context.Context, bool) (assign.DaysResult, error) {
	return assign.DaysResult{}, nil
}
func (nobody) RunOnce(context.Context, string, pull.Window) (core.JobRun, error) {
	return core.JobRun{}, nil
}

func (nobody) Backfill(context.Context, string, pull.Window, bool) (core.JobRun, error) {
	return core.JobRun{}, nil
}

// handlerOf is the handler without a listener: a test may call from anywhere.
func handlerOf(t *testing.T) http.Handler {
	t.Helper()
	h := open(t)
	d, err := desk.New(h.store, desk.Options{Clock: stopped{}, Rules: func() *life.Rules { return h.rules }})
	h.ok(err)
	a, err := api.New(api.Deps{Views: shippedViews(t), Words: inWords, House: setUp, Reader: h.store, Commit: h.store, Desk: d, Dispatch: nobody{}, Pull: nobody{}, People: staff(t, h.store), Clock: stopped{}, Wake: func() {}, Replay: func(context.Context, string, bool) error { return nil }, Log: zap.NewNop()})
	h.ok(err)
	return a
}
