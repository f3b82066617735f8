package pull

import (
	"context"
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
		if err := f.decide(ctx, f.job, f.run.ID, d); err != nil {
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
		f.log.Debug("stored", zap.Int("pages", len(batch)), zap.Int("page", run.Page-1), zap.Int("fetched", run.Fetched), zap.Int("created", run.Created), zap.Int("refused", run.Refused))
		return false, nil
	case out.Kind == core.Stale && out.Order < 0:
		return false, core.Because(core.Unavailable, "lease_lost", out.Error())
	case out.Kind == core.Known || out.Kind == core.Stale:
		return true, nil
	}
	return false, fmt.Errorf("store page %d: %w", batch[0].no, out.Error())
}

// decide sorts a page into new, amended, known and refused.
func (r *Runner) decide(ctx context.Context, j *Job, run string, d *decided) error {
	page := &d.page
	rules := r.opts.Rules()
	now := r.opts.Clock.Now()
	step := life.Step{Now: now, By: "system:" + string(j.System), MessageID: page.Message.ID}
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
		return fmt.Errorf("look up page %d: %w", d.no, err)
	}
	u := core.Unit{Orders: make([]core.OrderChange, 0, len(page.Items)-len(known))}
	receipts := make([]Receipt, 0, len(page.Items))
	counts := core.Counts{Fetched: len(page.Items)}
	inPage := map[core.Ref]bool{}
	refuse := func(it *Item, err error) {
		counts.Refused++
		u.Refused = append(u.Refused, core.RefusedItem{Run: run, Ref: it.Order.Ref, Code: core.CodeOf(err), Reason: err.Error(), Raw: it.raw(), At: now.UTC()})
		receipts = append(receipts, Receipt{Ref: it.Order.Ref, Refused: err.Error()})
	}
	for i := range page.Items {
		it := &page.Items[i]
		if it.Err != nil {
			refuse(it, it.Err)
			continue
		}
		if inPage[it.Order.Ref] {
			refuse(it, core.Fail(core.Invalid, "twice_in_page", "ExternalRef", fmt.Sprintf("%s stands twice in one page; the first one counts", it.Order.Ref), "同一页中重复"))
			continue
		}
		inPage[it.Order.Ref] = true
		k, ok := known[it.Order.Ref]
		if ok && (slices.Contains(k.Hashes, it.Hash) || intake.Superseded(&k.Order, &it.Order)) {
			counts.Known++
			receipts = append(receipts, Receipt{Ref: it.Order.Ref, No: k.Order.No})
			continue
		}
		var part core.Unit
		if err := intake.Complete(rules.Types, &it.Order); err != nil {
			refuse(it, err)
			continue
		}
		if ok {
			part, err = rules.Amend(k.Order, it.Order, it.Hash, step)
		} else {
			var serial int64
			if serial, err = r.numbers.Next(ctx); err != nil {
				return err
			}
			o := intake.Fresh(it.Order)
			o.No = core.FormatNumber(rules.NumberPrefix, now.In(rules.Zone), serial)
			part, err = rules.Receive(o, it.Hash, step)
		}
		if err != nil {
			refuse(it, err)
			continue
		}
		if ok {
			counts.Amended++
		} else {
			counts.Created++
		}
		u.Orders = append(u.Orders, part.Orders...)
		u.CrewDays = append(u.CrewDays, part.CrewDays...)
		u.Blobs = append(u.Blobs, it.Blobs...)
		receipts = append(receipts, Receipt{Ref: it.Order.Ref, No: part.Orders[0].Order.No})
	}
	if page.Message.ID != "" {
		m := page.Message
		m.Result = "ok"
		u.Messages = []core.LoggedMessage{m}
	}
	d.unit, d.receipts, d.counts = u, receipts, counts
	return nil
}

// confirmStored repeats the confirmation of a page that was stored before a kill.
func (r *Runner) confirmStored(ctx context.Context, j *Job, page Page, log *zap.Logger) error {
	var refs []core.Ref
	for i := range page.Items {
		if it := &page.Items[i]; it.Err == nil && intake.Normalise(&it.Order) == nil {
			refs = append(refs, it.Order.Ref)
		}
	}
	known, err := r.store.OrdersByRef(ctx, refs)
	if err != nil {
		return err
	}
	var rs []Receipt
	for _, ref := range refs {
		if k, ok := known[ref]; ok {
			rs = append(rs, Receipt{Ref: ref, No: k.Order.No})
		}
	}
	log.Info("confirm a page that was stored before the interruption", zap.Int("orders", len(rs)))
	return r.retry(ctx, j, func() error { return j.Source.Confirm(ctx, rs) })
}
