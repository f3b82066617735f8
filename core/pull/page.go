package pull

import (
	"context"
	"fmt"
	"slices"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/core/intake"
	"tundish/core/life"
)

const storeTries = 10

// storePage makes one page durable: its orders, its refusals, its counts and the
// checkpoint behind it. When somebody changed one of its orders in between, the
// whole page is decided again.
func (r *Runner) storePage(ctx context.Context, j *Job, lease core.Lease, run core.JobRun, page Page) ([]Receipt, core.JobRun, error) {
	for range storeTries {
		unit, receipts, next, err := r.decide(ctx, j, run, page)
		if err != nil {
			return nil, run, err
		}
		unit.Fence = lease.Fence()
		out := r.store.Commit(ctx, unit)[0]
		switch {
		case out.Kind == core.Applied:
			return receipts, next, nil
		case out.Kind == core.Stale && out.Order < 0:
			return nil, run, core.Because(core.Unavailable, "lease_lost", out.Error())
		case out.Kind == core.Known || out.Kind == core.Stale:
			if ctx.Err() != nil {
				return nil, run, context.Cause(ctx)
			}
		default:
			return nil, run, fmt.Errorf("store page %d: %w", run.Page, out.Error())
		}
	}
	return nil, run, core.Fail(core.Unavailable, "contended", "", fmt.Sprintf("page %d is being changed by many at once", run.Page), "该页数据正被多方修改")
}

// decide sorts a page into new, amended, known and refused.
func (r *Runner) decide(ctx context.Context, j *Job, run core.JobRun, page Page) (core.Unit, []Receipt, core.JobRun, error) {
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
		return core.Unit{}, nil, run, fmt.Errorf("look up a page: %w", err)
	}
	var u core.Unit
	receipts := make([]Receipt, 0, len(page.Items))
	inPage := map[core.Ref]bool{}
	run.Fetched += len(page.Items)
	refuse := func(it *Item, err error) {
		run.Refused++
		u.Refused = append(u.Refused, core.RefusedItem{Run: run.ID, Ref: it.Order.Ref, Code: core.CodeOf(err), Reason: err.Error(), Raw: it.Raw, At: now.UTC()})
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
			run.Known++
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
				return core.Unit{}, nil, run, err
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
			run.Amended++
		} else {
			run.Created++
		}
		u.Orders = append(u.Orders, part.Orders...)
		u.CrewDays = append(u.CrewDays, part.CrewDays...)
		u.Blobs = append(u.Blobs, it.Blobs...)
		receipts = append(receipts, Receipt{Ref: it.Order.Ref, No: part.Orders[0].Order.No})
	}
	run.Page++
	run.State, run.Err = core.RunRunning, ""
	u.Run = &run
	if page.Message.ID != "" {
		m := page.Message
		m.Result = "ok"
		u.Messages = []core.LoggedMessage{m}
	}
	return u, receipts, run, nil
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
