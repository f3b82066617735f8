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

const storeTries = 10

// storeTime bounds one commit of a page. A run that is told to stop still waits for it:
// only then is it known where the checkpoint stands.
const storeTime = time.Minute

// storeBatch makes pages durable: their orders, their refusals, their counts and the
// checkpoint behind them are one unit. When one of their orders was changed in between,
// by somebody else or by a page before, they are decided again, one by one.
func (f *flow) storeBatch(ctx context.Context, batch []decided) ([]Receipt, error) {
	retry, err := f.commit(ctx, batch)
	for i := range batch {
		if err == nil && retry {
			err = f.storeAgain(ctx, &batch[i])
		}
	}
	if err != nil {
		return nil, err
	}
	var receipts []Receipt
	for i := range batch {
		receipts = append(receipts, batch[i].receipts...)
	}
	return receipts, nil
}

// storeAgain decides on a page anew until nothing moves while it is stored.
func (f *flow) storeAgain(ctx context.Context, d *decided) error {
	for range storeTries {
		if err := f.decide(ctx, f.job, &f.run, d); err != nil {
			return err
		}
		if retry, err := f.commit(ctx, []decided{*d}); err != nil || !retry {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	return core.Fail(core.Unavailable, "contended", "", fmt.Sprintf("page %d is being changed by many at once", d.no), "该页数据正被多方修改")
}

// commit stores pages as one unit; retry tells that something had moved and nothing was
// written.
func (f *flow) commit(ctx context.Context, batch []decided) (retry bool, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
	defer cancel()
	run := f.run
	run.State, run.Err = core.RunRunning, ""
	run.Confirmed = int(f.confirmed.Load())
	u := core.Unit{Fence: f.lease.Fence(), Run: &run}
	for i := range batch {
		d := &batch[i]
		u.Orders = append(u.Orders, d.unit.Orders...)
		u.CrewDays = append(u.CrewDays, d.unit.CrewDays...)
		u.Blobs = append(u.Blobs, d.unit.Blobs...)
		u.Refused = append(u.Refused, d.unit.Refused...)
		u.Messages = append(u.Messages, d.unit.Messages...)
		if !d.page.Once {
			u.Rows = append(u.Rows, d.unit.Rows...)
		}
		run.Total = max(run.Total, d.page.Total)
		run.Counts = run.Counts.Plus(d.counts)
		run.Page = d.no + 1
		if run.SourceTime.IsZero() {
			run.SourceTime = d.page.SourceTime
		}
	}
	out := f.store.Commit(ctx, u)[0]
	switch {
	case out.Kind == core.Applied:
		f.run = run
		f.meter.set(&run)
		f.log.Debug("stored", zap.Int("pages", len(batch)), zap.Int("page", run.Page-1), zap.Int("fetched", run.Fetched), zap.Int("created", run.Created), zap.Int("refused", run.Refused))
		return false, nil
	case out.Kind == core.Stale && out.Order < 0:
		return false, core.Because(core.Unavailable, "lease_lost", out.Error())
	case out.Kind == core.Known || out.Kind == core.Stale:
		return true, nil
	}
	return false, fmt.Errorf("store page %d: %w", batch[0].no, out.Error())
}

// decide sorts a page into new, amended, known, changed and refused. Of run it takes what
// does not change while the run goes on.
func (r *Runner) decide(ctx context.Context, j *Job, run *core.JobRun, d *decided) error {
	page := &d.page
	rules := r.opts.Rules()
	now := r.opts.Clock.Now()
	step := life.Step{Now: now, Actor: life.Source(j.System), By: "system:" + string(j.System), MessageID: page.messageID()}
	var refs []core.Ref
	for i := range page.Items {
		it := &page.Items[i]
		if it.Err == nil {
			it.Err = intake.Normalise(&it.Order)
		}
		if it.Order.Ref.External != "" { // also of one that is refused: it is listed
			refs = append(refs, it.Order.Ref)
		}
	}
	known, err := r.store.OrdersByRef(ctx, refs)
	if err != nil {
		return fmt.Errorf("look up page %d: %w", d.no, err)
	}
	*d = decided{fetched: d.fetched, dry: d.dry, receipts: make([]Receipt, 0, len(page.Items)), counts: core.Counts{Fetched: len(page.Items)}}
	inPage := map[core.Ref]bool{}
	for i := range page.Items {
		it := &page.Items[i]
		k, ok := known[it.Order.Ref]
		err := it.Err
		if err == nil && inPage[it.Order.Ref] {
			err = core.Fail(core.Invalid, "twice_in_page", "ExternalRef", fmt.Sprintf("%s stands twice in one page; the first one counts", it.Order.Ref), "同一页中重复")
		}
		if err == nil {
			inPage[it.Order.Ref] = true
			var fatal error
			if err, fatal = r.row(ctx, rules, run, d, it, k, ok, step); fatal != nil {
				return fatal
			}
		}
		if err != nil {
			d.refuse(run, it, k.Order.No, err, now)
			if ok && !inPage[it.Order.Ref] {
				d.listed(run, &k.Order, k.Order.SourceAt, false)
			}
		}
	}
	if page.Message.ID != "" {
		m := page.Message
		m.Result = core.ResultOK
		d.unit.Messages = []core.LoggedMessage{m}
	}
	return nil
}

func (p *Page) messageID() string {
	if p.Message.ID != "" {
		return p.Message.ID
	}
	return p.MessageID
}

// row decides on one row: refused is why it cannot be an order, err why nothing can be decided.
func (r *Runner) row(ctx context.Context, rules *life.Rules, run *core.JobRun, d *decided, it *Item, k core.KnownOrder, known bool, step life.Step) (refused, err error) {
	if known && (slices.Contains(k.Hashes, it.Hash) || intake.Superseded(&k.Order, &it.Order)) {
		d.counts.Known++
		d.keep(run, it, &k.Order, WouldKnow)
		return nil, nil
	}
	if known && run.OnlyMissing {
		d.counts.Changed++
		d.keep(run, it, &k.Order, WouldLeave)
		return nil, nil
	}
	var part core.Unit
	refused = intake.Prepare(rules, &it.Order, step.Now)
	verdict := WouldAmend
	switch {
	case refused != nil:
	case known:
		part, refused = rules.Amend(k.Order, it.Order, it.Hash, step)
	default:
		verdict = WouldCreate
		o := intake.Fresh(it.Order)
		var serial int64
		if !d.dry { // which uses up no number
			if serial, err = r.numbers.Next(ctx); err != nil {
				return nil, err
			}
		}
		o.No = core.FormatNumber(rules.NumberPrefix, step.Now.In(rules.Zone), serial)
		part, refused = rules.Receive(o, it.Hash, step)
	}
	if refused != nil {
		if known {
			d.listed(run, &k.Order, k.Order.SourceAt, false)
		}
		return refused, nil
	}
	o := &part.Orders[0].Order
	if known {
		d.counts.Amended++
	} else {
		d.counts.Created++
	}
	d.unit.Orders = append(d.unit.Orders, part.Orders...)
	d.unit.CrewDays = append(d.unit.CrewDays, part.CrewDays...)
	d.unit.Blobs = append(d.unit.Blobs, it.Blobs...)
	d.receipts = append(d.receipts, Receipt{Ref: it.Order.Ref, No: o.No, Place: it.Place})
	d.listed(run, o, k.Order.SourceAt, !known)
	d.try(o.Ref, k.Order.No, verdict, "")
	return nil, nil
}

// keep leaves a known order as it is.
func (d *decided) keep(run *core.JobRun, it *Item, o *core.WorkOrder, v Verdict) {
	d.receipts = append(d.receipts, Receipt{Ref: o.Ref, No: o.No, Place: it.Place})
	d.listed(run, o, o.SourceAt, false)
	d.try(o.Ref, o.No, v, "")
}

// refuse keeps a row with its reason.
func (d *decided) refuse(run *core.JobRun, it *Item, no core.OrderNo, err error, now time.Time) {
	d.counts.Refused++
	d.unit.Refused = append(d.unit.Refused, core.RefusedItem{Run: run.ID, Ref: it.Order.Ref, Code: core.CodeOf(err), Reason: err.Error(), Raw: it.raw(), At: now.UTC()})
	d.receipts = append(d.receipts, refusal(it, err))
	d.try(it.Order.Ref, no, WouldRefuse, err.Error())
}

// listed remembers that the source lists an order; see vanished.go.
func (d *decided) listed(run *core.JobRun, o *core.WorkOrder, was time.Time, created bool) {
	d.unit.Rows = append(d.unit.Rows, core.JobRow{Job: run.Job, Ref: o.Ref, No: o.No, SourceAt: o.SourceAt, Was: was, New: created, Seen: run.StartedAt})
}

func (d *decided) try(ref core.Ref, no core.OrderNo, v Verdict, reason string) {
	if d.dry {
		d.trials = append(d.trials, Trial{ref, no, v, reason})
	}
}

// refusal is the receipt of a refused row.
func refusal(it *Item, err error) Receipt {
	r := Receipt{Ref: it.Order.Ref, Refused: err.Error(), Place: it.Place}
	var e *core.Error
	if errors.As(err, &e) && e.MessageZH != "" {
		if r.RefusedZH = e.MessageZH; e.Field != "" {
			r.RefusedZH = e.Field + "：" + e.MessageZH
		}
	}
	return r
}

// mostRefused of a run's refusals are looked through for those of a page.
const mostRefused = 10_000

// confirmStored repeats the confirmation of a page that was stored before a kill. A row that
// the run neither stored nor refused has come to the page since: nothing is said of it.
func (r *Runner) confirmStored(ctx context.Context, j *Job, run *core.JobRun, page Page, log *zap.Logger) error {
	said, err := r.store.RefusedItems(ctx, run.ID, mostRefused)
	if err != nil {
		return err
	}
	key := func(ref core.Ref, raw []byte) string {
		return ref.External + "\x00" + ref.Period + "\x00" + string(raw)
	}
	refused := map[string]string{}
	for i := range said {
		refused[key(said[i].Ref, said[i].Raw)] = said[i].Reason
	}
	var refs []core.Ref
	for i := range page.Items {
		it := &page.Items[i]
		if it.Err == nil {
			it.Err = intake.Normalise(&it.Order)
		}
		if it.Err == nil {
			refs = append(refs, it.Order.Ref)
		}
	}
	known, err := r.store.OrdersByRef(ctx, refs)
	if err != nil {
		return err
	}
	var rs []Receipt
	for i := range page.Items {
		it := &page.Items[i]
		reason, no := refused[key(it.Order.Ref, it.raw())]
		k, ok := known[it.Order.Ref]
		switch {
		case no && it.Err != nil:
			rs = append(rs, refusal(it, it.Err))
		case no:
			rs = append(rs, Receipt{Ref: it.Order.Ref, Refused: reason, Place: it.Place})
		case ok && it.Err == nil:
			rs = append(rs, Receipt{Ref: it.Order.Ref, No: k.Order.No, Place: it.Place})
		}
	}
	log.Info("confirm a page that was stored before the interruption", zap.Int("rows", len(rs)))
	return r.retry(ctx, j, func() error { return j.Source.Confirm(ctx, rs) })
}
