package pull

import (
	"context"
	"errors"

	"tundish/core"
)

// Verdict is what would become of a row.
type Verdict string

const (
	WouldCreate Verdict = "create"
	WouldAmend  Verdict = "amend"
	WouldKnow   Verdict = "known"
	WouldLeave  Verdict = "changed" // known otherwise, left alone by a backfill of what is missing
	WouldRefuse Verdict = "refuse"
)

// Trial is one row of a dry run.
type Trial struct {
	Ref     core.Ref     `json:"ref"`
	Order   core.OrderNo `json:"order,omitempty"` // of one that the hub has
	Verdict Verdict      `json:"verdict"`
	Reason  string       `json:"reason,omitempty"`
}

// DryRun fetches a window and decides on every row as a run would, but writes nothing, takes
// no lease, uses up no number and confirms nothing. visit gets each row as it comes. A zero window is
// the one that the next run would ask for. A row that stands in two pages is judged twice as if it stood there once.
func (r *Runner) DryRun(ctx context.Context, name string, w Window, onlyMissing bool, visit func(Trial)) (run core.JobRun, err error) {
	j, err := r.find(name, w)
	if err != nil {
		return core.JobRun{}, err
	}
	dry := *j
	if t, ok := j.Source.(Tried); ok {
		dry.Source = t.Try()
	}
	j, _, end, err := dry.open()
	if err != nil {
		return core.JobRun{}, err
	}
	defer func() { err = errors.Join(err, end()) }()
	state, err := r.store.JobState(ctx, j.Name)
	if err != nil {
		return core.JobRun{}, err
	}
	run = r.begin(j, state, order{trigger: TriggerManual, window: w, onlyMissing: onlyMissing})
	run.ID = ""
	var guard repeats
	for {
		page, err := r.fetch(ctx, j, Window{From: run.From, To: run.To}, run.Page)
		if err == nil {
			err = guard.check(run.Page, &page)
		}
		if err != nil {
			return run, err
		}
		d := decided{fetched: fetched{no: run.Page, page: page}, dry: true}
		if err := r.decide(ctx, j, &run, &d); err != nil {
			return run, err
		}
		for _, t := range d.trials {
			visit(t)
		}
		run.Counts = run.Counts.Plus(d.counts)
		run.Total = max(run.Total, page.Total)
		if run.Page++; !page.More {
			run.State, run.FinishedAt = core.RunDone, r.opts.Clock.Now().UTC()
			return run, nil
		}
	}
}
