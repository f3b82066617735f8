package pull

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"

	"tundish/core"
)

// Run keeps every job's schedule until ctx ends. Slots are remembered in the store:
// what was missed while no hub ran is dealt with as the job says, and an interrupted
// run is resumed at once.
func (r *Runner) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for i := range r.jobs {
		if r.jobs[i].Schedule == nil {
			continue
		}
		wg.Go(func() { r.loop(ctx, &r.jobs[i]) })
	}
	wg.Wait()
	return nil
}

func (r *Runner) loop(ctx context.Context, j *Job) {
	log := r.opts.Log.With(zap.String("job", j.Name))
	last, ok := r.start(ctx, j, log)
	if !ok {
		return
	}
	for {
		slot := j.Schedule.Next(last)
		if slot.IsZero() {
			log.Error("the schedule never fires again")
			return
		}
		for now := r.opts.Clock.Now(); now.Before(slot); now = r.opts.Clock.Now() {
			select {
			case <-ctx.Done():
				return
			case <-r.opts.Clock.After(slot.Sub(now)):
			}
		}
		r.slot(ctx, j, TriggerSchedule, slot, log)
		last = slot
		if ctx.Err() != nil {
			return
		}
	}
}

// start deals with the past: an interrupted run, then missed slots. It returns the
// instant from which slots are kept.
func (r *Runner) start(ctx context.Context, j *Job, log *zap.Logger) (time.Time, bool) {
	var state core.JobState
	var old *core.JobRun
	for {
		var err error
		if state, err = r.store.JobState(ctx, j.Name); err == nil {
			old, err = r.interrupted(ctx, j.Name, order{trigger: TriggerSchedule})
		}
		if err == nil {
			break
		}
		log.Error("read what the job did before", zap.Error(err))
		select {
		case <-ctx.Done():
			return time.Time{}, false
		case <-time.After(time.Second):
		}
	}
	now := r.opts.Clock.Now()
	if old != nil {
		r.slot(ctx, j, old.Trigger, old.Slot, log)
		if old.Slot.After(state.LastSlot) {
			state.LastSlot = old.Slot
		}
	}
	if state.LastSlot.IsZero() {
		return now, ctx.Err() == nil
	}
	var missed []time.Time
	for s := j.Schedule.Next(state.LastSlot); !s.IsZero() && !s.After(now) && len(missed) < 10_000; s = j.Schedule.Next(s) {
		missed = append(missed, s)
	}
	if j.Missed == MissedLast && len(missed) > 1 {
		missed = missed[len(missed)-1:]
	}
	if j.Missed == MissedNone {
		missed = nil
	}
	for _, s := range missed {
		r.slot(ctx, j, TriggerMissed, s, log)
	}
	return now, ctx.Err() == nil
}

// busyWait is how often a slot that another process holds is looked at again.
const busyWait = time.Second

// slot runs one slot; while another hub has the job it waits to see whether that hub
// finishes it or dies.
func (r *Runner) slot(ctx context.Context, j *Job, trigger string, slot time.Time, log *zap.Logger) {
	for ctx.Err() == nil {
		_, err := r.run(ctx, j, order{trigger: trigger, slot: slot})
		if !errors.Is(err, ErrBusy) {
			if err != nil && ctx.Err() == nil {
				log.Error("the run stopped; it goes on from its page with the next slot", zap.Error(err))
			}
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(busyWait):
		}
	}
}
