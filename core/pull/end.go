package pull

import (
	"context"
	"fmt"

	"go.uber.org/zap"

	"tundish/core"
)

// finish closes the run and moves the watermark.
func (r *Runner) finish(ctx context.Context, lease core.Lease, state core.JobState, run core.JobRun, log *zap.Logger) (core.JobRun, error) {
	run.State = core.RunDone
	run.FinishedAt = r.opts.Clock.Now().UTC()
	state.Job = run.Job
	if run.Slot.After(state.LastSlot) {
		state.LastSlot = run.Slot
	}
	mark := run.To
	if !run.SourceTime.IsZero() && run.SourceTime.Before(mark) {
		mark = run.SourceTime // the source's clock is behind ours: it has not seen the rest yet
	}
	// A window that begins behind the watermark would leave a gap, and a backfill may have left
	// changed rows alone: neither moves it.
	gap := !state.Watermark.IsZero() && run.From.After(state.Watermark)
	if mark.After(state.Watermark) && !gap && run.Trigger != TriggerBackfill {
		state.Watermark = mark
	}
	if !state.Watermark.IsZero() {
		state.ForgetBefore = state.Watermark.Add(-rowsKept)
	}
	if out := r.store.Commit(ctx, core.Unit{Fence: lease.Fence(), Run: &run, Job: &state})[0]; out.Kind != core.Applied {
		return run, out.Error()
	}
	log.Info("pulled", zap.String("trigger", run.Trigger), zap.Int("fetched", run.Fetched), zap.Int("created", run.Created), zap.Int("amended", run.Amended), zap.Int("known", run.Known), zap.Int("changed", run.Changed), zap.Int("refused", run.Refused), zap.Int("vanished", run.Vanished))
	return run, nil
}

// fail writes down why a run stopped. It is resumed at its page by the next slot, or
// by an operator.
func (r *Runner) fail(ctx context.Context, lease core.Lease, run core.JobRun, cause error, log *zap.Logger) (core.JobRun, error) {
	run.State, run.Err = core.RunFailed, cause.Error()
	out := r.store.Commit(context.WithoutCancel(ctx), core.Unit{Fence: lease.Fence(), Run: &run})[0]
	if out.Kind != core.Applied && out.Kind != core.Stale {
		log.Error("the end of a run could not be stored", zap.Error(out.Error()))
	}
	return run, fmt.Errorf("job %s: %w", run.Job, cause)
}
