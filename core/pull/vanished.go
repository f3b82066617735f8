package pull

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"tundish/core"
)

// A row has vanished when this job listed it once, a run whose window holds its source
// time came to its end without it, and its order is open and no crew has it. It is marked and
// reported, never cancelled: a person asks the source. The mark goes when a run lists the row again.
//
// The window ends where the source's clock stood at the first page. Rows without a source
// time belong to no window. An order that the source moved to another time by a message of its own
// is remembered under that time instead.

// A row is remembered for rowsKept behind the watermark; no window that runs by itself
// reaches back that far.
const rowsKept = 400 * 24 * time.Hour

const (
	vanishedAtOnce = 1000 // rows that are looked at, and marked, together
	vanishedToldOf = 20   // rows that the log names
)

// vanished marks the rows of the run's window that it did not list, and counts them.
func (f *flow) vanished(ctx context.Context) error {
	w := f.window()
	if t := f.run.SourceTime; !t.IsZero() && t.Before(w.To) {
		w.To = t
	}
	for {
		rows, err := f.store.UnseenRows(ctx, f.job.Name, w.From, w.To, f.run.StartedAt, vanishedAtOnce)
		if err != nil {
			return fmt.Errorf("look for rows that are listed no more: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		refs := make([]core.Ref, len(rows))
		for i := range rows {
			rows[i].Ref.System = f.job.System
			refs[i] = rows[i].Ref
		}
		known, err := f.store.OrdersByRef(ctx, refs)
		if err != nil {
			return fmt.Errorf("look up rows that are listed no more: %w", err)
		}
		run := f.run
		for i := range rows {
			r := &rows[i]
			r.Seen = f.run.StartedAt // looked at: it does not come back to this loop
			if at := known[r.Ref].Order.SourceAt; at.UnixMilli() != r.SourceAt.UnixMilli() {
				r.Was, r.SourceAt = r.SourceAt, at
				continue
			}
			if r.Vanished = run.ID; run.Vanished < vanishedToldOf {
				f.log.Warn("the source lists an order no more; ask there, it is not cancelled by itself", zap.String("order", string(r.No)), zap.String("external_ref", r.Ref.External))
			}
			run.Vanished++
		}
		if out := f.store.Commit(ctx, core.Unit{Fence: f.lease.Fence(), Run: &run, Rows: rows})[0]; out.Kind != core.Applied {
			return fmt.Errorf("mark rows that are listed no more: %w", out.Error())
		}
		f.run = run
	}
}
