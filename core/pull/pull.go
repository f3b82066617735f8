package pull

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/core/intake"
	"tundish/core/life"
)

// Store is what pulling needs of the order store.
type Store interface {
	core.Committer
	core.NumberReserver
	core.LeaseStore
	core.JobStore
	core.RowStore
	// OrdersByRef reads many at once; see core.OrderReader.
	OrdersByRef(ctx context.Context, refs []core.Ref) (map[core.Ref]core.KnownOrder, error)
}

// Window is the span of the source's clock that a run asks for, From ≤ t < To.
type Window struct{ From, To time.Time }

// Item is one pulled row: an order in the hub's words, or the reason why it is none.
type Item struct {
	Order core.WorkOrder
	Hash  core.Hash
	Blobs []core.Blob // of its attachments; stored with it
	Err   error
	// Raw is what the source wrote, asked for when the item is refused; may be nil.
	Raw func() []byte
	// Place is where the source keeps the row, in its own words; the receipt repeats it.
	Place string
}

func (it *Item) raw() []byte {
	if it.Raw == nil {
		return nil
	}
	return it.Raw()
}

// Page is what one call of the source yields.
type Page struct {
	Items []Item
	More  bool
	// Total is how many rows the window has, as the source counts them; 0 if it does not tell.
	Total int
	// SourceTime is the source's clock when it answered; zero if it does not tell.
	SourceTime time.Time
	// Message is the exchange behind the page. Of several pages that one answer yields the
	// first has it, the others its id as MessageID.
	Message   core.LoggedMessage
	MessageID string
	// Bytes that the items hold, roughly; 0 means about as many as the answer has.
	Bytes int
	// Once: the source lists each row once, so one that it lists no more has not vanished.
	Once bool
}

// Receipt tells a source what became of one of its rows.
type Receipt struct {
	Ref     core.Ref
	No      core.OrderNo // empty when refused
	Refused string       // why, for a person there
	// RefusedZH says it in Chinese; empty where only Refused is known, after an interruption.
	RefusedZH string
	Place     string // the item's
}

// Source is a system that is pulled from. Fetch yields the same rows for the same
// window and page, or later versions of them. Confirm hears of every row of the pages that
// were stored, page after page and in the order of their rows; it may be repeated.
type Source interface {
	Fetch(ctx context.Context, w Window, page, size int) (Page, error)
	Confirm(ctx context.Context, rs []Receipt) error
}

// Tried is a Source whose Fetch leaves traces. A dry run fetches from what Try gives, which
// lists what there is and leaves none.
type Tried interface {
	Source
	Try() Source
}

// Schedule computes the slots of a job.
type Schedule interface {
	// Next is the first slot after t; zero if there is none.
	Next(t time.Time) time.Time
}

// Missed says what to do about slots that passed while no hub was running.
type Missed string

const (
	MissedNone Missed = "none" // leave them out
	MissedLast Missed = "last" // run the last one
	MissedAll  Missed = "all"  // run every one
)

// Job is one configured pull.
type Job struct {
	Name     string
	System   core.SystemID
	Source   Source
	Schedule Schedule // nil: it runs only by hand
	Missed   Missed
	// Overlap is how far a window reaches back behind the watermark, because rows
	// become visible late; Lookback is the first window's length.
	Overlap, Lookback time.Duration
	PageSize          int // 0 means 200
	// Ahead is how many pages are fetched before the one that is being stored is done; 0
	// means 4, negative none.
	Ahead int
	// Retries: how often a page is asked for again before the run waits for the next slot;
	// 0 means 5.
	Retries int
	// RetryDelay between them, real time; 0 means 2 s.
	RetryDelay time.Duration
}

// Options of a Runner.
type Options struct {
	Clock  core.Clock
	Log    *zap.Logger
	Rules  func() *life.Rules
	Holder string
	// Lease of a job, real time; 0 means 60 s.
	Lease time.Duration
	// Progress, if given, is told about once a second how a run gets on.
	Progress func(Progress)
}

// Runner runs jobs.
type Runner struct {
	store   Store
	jobs    []Job
	opts    Options
	numbers *intake.Numbers
}

// New makes a Runner; Run starts it.
func New(store Store, jobs []Job, o Options) (*Runner, error) {
	if store == nil || o.Clock == nil || o.Log == nil || o.Rules == nil || o.Holder == "" {
		return nil, errors.New("pull: store, clock, log, rules and holder are required")
	}
	if o.Lease == 0 {
		o.Lease = time.Minute
	}
	for i := range jobs {
		if jobs[i].PageSize == 0 {
			jobs[i].PageSize = 200
		}
		if jobs[i].Ahead == 0 {
			jobs[i].Ahead = 4
		}
		jobs[i].Ahead = max(jobs[i].Ahead, 0)
		if jobs[i].Retries == 0 {
			jobs[i].Retries = 5
		}
		if jobs[i].RetryDelay == 0 {
			jobs[i].RetryDelay = 2 * time.Second
		}
		if jobs[i].Missed == "" {
			jobs[i].Missed = MissedLast
		}
	}
	return &Runner{store: store, jobs: jobs, opts: o, numbers: intake.NewNumberBlocks(store, numberBlock)}, nil
}

// numberBlock is how many order numbers a run reserves at once when it is at full speed.
const numberBlock = 1024

// Trigger is why a run takes place.
const (
	TriggerSchedule = "schedule"
	TriggerMissed   = "missed"
	TriggerManual   = "manual"
	TriggerBackfill = "backfill"
)

// ErrBusy: another hub, or another process, is running the job.
var ErrBusy = core.Fail(core.Conflict, "job_running", "", "the job is running already", "该任务正在运行")

// RunOnce runs the job now. A run that was interrupted is resumed first; a zero window is
// content with that, or means the usual one.
func (r *Runner) RunOnce(ctx context.Context, name string, w Window) (core.JobRun, error) {
	j, err := r.find(name, w)
	if err != nil {
		return core.JobRun{}, err
	}
	return r.run(ctx, j, order{trigger: TriggerManual, window: w})
}

// Backfill pulls a window that lies behind, beside the schedule: it leaves the watermark where
// it is. With onlyMissing it stores only orders that the hub does not have; changed ones are
// counted and left alone. One that was interrupted is resumed when the same window is asked for again.
func (r *Runner) Backfill(ctx context.Context, name string, w Window, onlyMissing bool) (core.JobRun, error) {
	j, err := r.find(name, w)
	if err != nil {
		return core.JobRun{}, err
	}
	if w.From.IsZero() {
		return core.JobRun{}, core.Fail(core.Invalid, "required", "from", "a backfill needs to know from when on", "回补必须给出起始时间")
	}
	return r.run(ctx, j, order{trigger: TriggerBackfill, window: w, onlyMissing: onlyMissing})
}

// order is what a run is asked for.
type order struct {
	trigger     string
	slot        time.Time
	window      Window
	onlyMissing bool
}

// continues tells whether an interrupted run is what o asks for, or must be ended before.
func (o order) continues(run *core.JobRun) bool {
	if o.trigger != TriggerBackfill {
		return run.Trigger != TriggerBackfill
	}
	same := func(a, b time.Time) bool { return a.UnixMilli() == b.UnixMilli() }
	return run.Trigger == TriggerBackfill && run.OnlyMissing == o.onlyMissing && same(run.From, o.window.From) && (o.window.To.IsZero() || same(run.To, o.window.To))
}

// recentRuns are looked through for one that was interrupted.
const recentRuns = 50

// interrupted finds the latest run of o's kind, if it did not come to its end.
func (r *Runner) interrupted(ctx context.Context, job string, o order) (*core.JobRun, error) {
	runs, err := r.store.Runs(ctx, job, recentRuns)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(runs, func(run core.JobRun) bool { return o.continues(&run) })
	if i < 0 || runs[i].State == core.RunDone {
		return nil, nil
	}
	return &runs[i], nil
}

// find looks a job up and checks a window.
func (r *Runner) find(name string, w Window) (*Job, error) {
	i := slices.IndexFunc(r.jobs, func(j Job) bool { return j.Name == name })
	if i < 0 {
		names := make([]string, len(r.jobs))
		for i, j := range r.jobs {
			names[i] = j.Name
		}
		return nil, core.Invalidf("unknown_job", "name", "no job %q; configured: %v", "没有任务 %q；已配置：%v", name, names)
	}
	if !w.From.IsZero() && !w.To.IsZero() && !w.From.Before(w.To) {
		return nil, core.Invalidf("window", "from,to", "the window ends %v, not after it begins %v", "时间窗口结束 %v 不晚于开始 %v", w.To, w.From)
	}
	return &r.jobs[i], nil
}

// run takes the job's lease and fetches one window.
func (r *Runner) run(ctx context.Context, j *Job, o order) (core.JobRun, error) {
	slot, w := o.slot, o.window
	lease, ok, err := r.store.Acquire(ctx, "job/"+j.Name, r.opts.Holder, r.opts.Lease)
	if err != nil {
		return core.JobRun{}, fmt.Errorf("take the lease of job %s: %w", j.Name, err)
	}
	if !ok {
		return core.JobRun{}, ErrBusy
	}
	defer func() { _ = r.store.Release(context.WithoutCancel(ctx), lease) }() // a lease that is not given back runs out
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	go r.keep(ctx, lease, stop)

	state, err := r.store.JobState(ctx, j.Name)
	if err != nil {
		return core.JobRun{}, err
	}
	if !slot.IsZero() && !slot.After(state.LastSlot) {
		return core.JobRun{}, nil // another hub ran this slot
	}
	old, err := r.interrupted(ctx, j.Name, o)
	if err != nil {
		return core.JobRun{}, err
	}
	if old != nil {
		r.opts.Log.Info("resume an interrupted run", zap.String("job", j.Name), zap.String("run", old.ID), zap.Int("page", old.Page))
		done, err := r.pages(ctx, j, lease, state, *old)
		if err != nil || o.trigger == TriggerBackfill || o.trigger == TriggerManual && w == (Window{}) {
			return done, err
		}
		if state, err = r.store.JobState(ctx, j.Name); err != nil {
			return done, err
		}
		if !slot.IsZero() && !slot.After(state.LastSlot) {
			return done, nil // it was this slot's run
		}
	}
	run := r.begin(j, state, o)
	// From here on the run is known, and its window fixed, even if it is killed before its first page.
	if out := r.store.Commit(ctx, core.Unit{Fence: lease.Fence(), Run: &run})[0]; out.Kind != core.Applied {
		return run, fmt.Errorf("begin a run of job %s: %w", j.Name, out.Error())
	}
	return r.pages(ctx, j, lease, state, run)
}

// begin makes a run with its window.
func (r *Runner) begin(j *Job, state core.JobState, o order) core.JobRun {
	// Stores keep milliseconds; what is compared with them must not have more.
	now := r.opts.Clock.Now().UTC().Truncate(time.Millisecond)
	run := core.JobRun{ID: core.NewID(now), Job: j.Name, Trigger: o.trigger, OnlyMissing: o.onlyMissing, Slot: o.slot, From: o.window.From, To: o.window.To, State: core.RunRunning, StartedAt: now}
	if run.To.IsZero() {
		run.To = now
	}
	if run.From.IsZero() {
		run.From = run.To.Add(-j.Lookback)
		if !state.Watermark.IsZero() {
			run.From = state.Watermark.Add(-j.Overlap)
		}
	}
	return run
}

// keep renews the lease until ctx ends, and ends ctx when it is lost.
func (r *Runner) keep(ctx context.Context, l core.Lease, stop context.CancelCauseFunc) {
	t := time.NewTicker(r.opts.Lease / 3)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if ctx.Err() != nil { // both were ready: the lease may be given back by now
				return
			}
			if err := r.store.Renew(ctx, l, r.opts.Lease); core.IsKind(err, core.Conflict) {
				stop(core.Because(core.Unavailable, "lease_lost", err))
				return
			}
		}
	}
}
