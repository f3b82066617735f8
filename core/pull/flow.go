package pull

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"tundish/core"
)

// A run is a line of four hands, each busy with a page of its own: one fetches, one
// decides, one stores, one confirms. Pages pass from hand to hand in their order, and
// the first one fetches only while few pages, and few bytes, lie between it and the
// store, so that memory is bounded however slow the disk or fast the source.

const (
	// mostAheadBytes of answers lie between source and store before no further page is
	// fetched; a single page may be larger.
	mostAheadBytes = 16 << 20
	// unitRows is how many rows of waiting pages are stored with one commit.
	unitRows = 1000
)

// fetched is a page on its way to be decided on, or why there is none.
type fetched struct {
	no   int
	page Page
	size int // bytes, roughly
	err  error
}

// decided is a page with what is to be written for it.
type decided struct {
	fetched
	unit     core.Unit
	receipts []Receipt
	counts   core.Counts
	dry      bool // decide only; see DryRun
	trials   []Trial
}

// told are receipts of stored pages, up to but not including page next.
type told struct {
	receipts []Receipt
	next     int
}

// flow is one run under way.
type flow struct {
	*Runner
	job   *Job
	lease core.Lease
	log   *zap.Logger
	run   core.JobRun

	room      chan int // sizes of pages that were stored, for the hand that fetches
	confirmed atomic.Int64
	guard     repeats
	meter     meter
}

// pages carries the run from its checkpoint to the last page.
func (r *Runner) pages(ctx context.Context, j *Job, lease core.Lease, state core.JobState, run core.JobRun) (core.JobRun, error) {
	log := r.opts.Log.With(zap.String("job", j.Name), zap.String("run", run.ID), zap.String("system", string(j.System)))
	j, resumes, end, err := j.open()
	if err != nil {
		return r.fail(ctx, lease, run, err, log)
	}
	defer func() {
		if err := end(); err != nil {
			log.Error("let go of what a source had answered", zap.Error(err))
		}
	}()
	if !resumes {
		run.Page, run.Confirmed = 0, 0
	}
	f := &flow{Runner: r, job: j, lease: lease, run: run, room: make(chan int, j.Ahead+1), log: log}
	last, err := f.makeGood(ctx)
	if err == nil && !last {
		err = f.flow(ctx)
	}
	if err == nil {
		err = f.vanished(ctx)
	}
	switch {
	case core.IsKind(err, core.OutcomeUnknown):
		// What is stored of the run may be ahead of f.run: leave it, it is the truth.
		return f.run, fmt.Errorf("job %s: %w", j.Name, err)
	case err != nil:
		return r.fail(ctx, lease, f.run, err, f.log)
	}
	return r.finish(ctx, lease, state, f.run, f.log)
}

// makeGood confirms pages that were stored before an interruption. last tells that the
// run's last page is among them: a source need not answer for one behind it.
func (f *flow) makeGood(ctx context.Context) (last bool, err error) {
	for f.run.Confirmed < f.run.Page {
		page, err := f.fetch(ctx, f.job, f.window(), f.run.Confirmed)
		if err != nil {
			return false, err
		}
		if err := f.confirmStored(ctx, f.job, &f.run, page, f.log); err != nil {
			return false, err
		}
		f.run.Confirmed++
		last = !page.More
	}
	return last, nil
}

func (f *flow) window() Window { return Window{From: f.run.From, To: f.run.To} }

// flow sets the hands to work and stores what they bring.
func (f *flow) flow(ctx context.Context) error {
	f.confirmed.Store(int64(f.run.Confirmed))
	working, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	pages := make(chan fetched, f.job.Ahead)
	go f.fetchAhead(working, f.window(), f.run.Page, pages) // f.run is from here on of the hand that stores
	ready := make(chan decided, f.job.Ahead)
	run := f.run
	go f.decideAhead(working, &run, pages, ready)
	f.meter.set(&f.run)
	go f.meter.tell(working, &f.opts, f.log)
	stored := make(chan told, 1)
	confirmed := make(chan error, 1)
	go func() {
		err := f.confirmBehind(working, stored)
		if err != nil {
			stop(err)
		}
		confirmed <- err
	}()
	err := f.storeAll(working, ready, stored)
	close(stored)
	if e := <-confirmed; e != nil && !core.IsKind(err, core.OutcomeUnknown) {
		err = e // it stopped the others
	}
	f.run.Confirmed = int(f.confirmed.Load())
	return err
}

// fetchAhead fetches page after page of the window while there is room.
func (f *flow) fetchAhead(ctx context.Context, w Window, no int, out chan<- fetched) {
	defer close(out)
	held, bytes := 0, 0
	for ; ctx.Err() == nil; no++ { // a page that just fitted in is the last one of a run that was stopped
		for held > f.job.Ahead || held > 0 && bytes >= mostAheadBytes {
			select {
			case size := <-f.room:
				held, bytes = held-1, bytes-size
			case <-ctx.Done():
				return
			}
		}
		p, err := f.fetch(ctx, f.job, w, no)
		if err == nil {
			err = f.guard.check(no, &p)
		}
		one := fetched{no: no, page: p, size: sizeOf(&p), err: err}
		held, bytes = held+1, bytes+one.size
		select {
		case out <- one:
		case <-ctx.Done():
			return
		}
		if err != nil || !p.More {
			return
		}
	}
}

func sizeOf(p *Page) int {
	n := len(p.Message.Request) + len(p.Message.Response)
	if p.Bytes > 0 {
		n += p.Bytes
	} else {
		n += len(p.Message.Response) // items keep what they were written as
	}
	for i := range p.Items {
		for _, b := range p.Items[i].Blobs {
			n += len(b.Bytes)
		}
	}
	return n
}

// decideAhead decides on each page by what the store holds now. Pages before it may not
// be stored yet: should one of its orders stand in them too, the store says so and the
// page is decided anew.
func (f *flow) decideAhead(ctx context.Context, run *core.JobRun, in <-chan fetched, out chan<- decided) {
	defer close(out)
	for one := range in {
		d := decided{fetched: one}
		if ctx.Err() != nil {
			return
		}
		if d.err == nil {
			d.err = f.decide(ctx, f.job, run, &d)
		}
		select {
		case out <- d:
		case <-ctx.Done():
			return
		}
	}
}

// storeAll stores pages in their order, as many at once as wait, until the last one.
func (f *flow) storeAll(ctx context.Context, ready <-chan decided, stored chan<- told) error {
	var next *decided // taken, but not stored with those before it
	for {
		var d decided
		if next != nil {
			d, next = *next, nil
		} else {
			var more bool
			select {
			case d, more = <-ready:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			if !more || ctx.Err() != nil {
				return context.Cause(ctx) // the others were stopped: there is no end without a last page
			}
		}
		if d.err != nil {
			return d.err
		}
		batch := []decided{d}
		batch, next = gather(batch, ready)
		receipts, err := f.storeBatch(ctx, batch)
		if err != nil {
			return err
		}
		for i := range batch {
			f.room <- batch[i].size
		}
		end := batch[len(batch)-1]
		if ctx.Err() != nil {
			return context.Cause(ctx) // the next run confirms it
		}
		select {
		case stored <- told{receipts, end.no + 1}:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if !end.page.More {
			return nil
		}
	}
}

// gather adds pages that wait already, up to a good size of a commit. One that does not
// belong there comes back apart.
func gather(batch []decided, ready <-chan decided) ([]decided, *decided) {
	rows := len(batch[0].page.Items)
	for rows < unitRows {
		select {
		case d, more := <-ready:
			switch {
			case !more:
				return batch, nil
			case d.err != nil || rows+len(d.page.Items) > unitRows:
				return batch, &d
			}
			batch = append(batch, d)
			rows += len(d.page.Items)
		default:
			return batch, nil
		}
	}
	return batch, nil
}

// confirmBehind tells the source what was stored. It is not stopped by the end of the
// work before it, only by ctx.
func (f *flow) confirmBehind(ctx context.Context, stored <-chan told) error {
	for t := range stored {
		if err := f.retry(ctx, f.job, func() error { return f.job.Source.Confirm(ctx, t.receipts) }); err != nil {
			return fmt.Errorf("confirm up to page %d: %w", t.next-1, err)
		}
		f.confirmed.Store(int64(t.next))
	}
	return nil
}

func (r *Runner) fetch(ctx context.Context, j *Job, w Window, page int) (p Page, err error) {
	err = r.retry(ctx, j, func() error {
		p, err = j.Source.Fetch(ctx, w, page, j.PageSize)
		return err
	})
	if err != nil {
		return p, fmt.Errorf("fetch page %d: %w", page, err)
	}
	return p, nil
}

// retry repeats what may be well in a moment.
func (r *Runner) retry(ctx context.Context, j *Job, do func() error) error {
	for n := 0; ; n++ {
		err := do()
		if err == nil || n >= j.Retries || core.IsKind(err, core.Invalid) || core.IsKind(err, core.Denied) {
			return err
		}
		wait := j.RetryDelay << min(n, 6)
		r.opts.Log.Warn("the source is away; it is asked again", zap.String("job", j.Name), zap.Int("attempt", n+1), zap.Duration("again_in", wait), zap.String("kind", core.KindOf(err).String()))
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return errors.Join(context.Cause(ctx), err)
		case <-timer.C:
		}
	}
}
