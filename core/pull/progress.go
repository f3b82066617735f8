package pull

import (
	"context"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"tundish/core"
)

// Progress is how far a run has got.
type Progress struct {
	Rows  int // fetched and stored, with those before an interruption
	Total int // of the window, as the source counts them; 0 if it does not tell
	// PerSecond is the rate since this process took the run up; 0 in its first moment.
	PerSecond float64
	// Remaining is zero where Total or the rate is not known.
	Remaining time.Duration
}

// NewProgress tells how far a run is that stored rows of total, did of them within took.
func NewProgress(rows, total, did int, took time.Duration) Progress {
	p := Progress{Rows: rows, Total: total}
	if took > 0 {
		p.PerSecond = float64(did) / took.Seconds()
	}
	if p.PerSecond > 0 && total > rows {
		p.Remaining = time.Duration(float64(total-rows) / p.PerSecond * float64(time.Second)).Round(time.Second)
	}
	return p
}

const (
	logEvery  = 10 * time.Second // a line in the log
	tellEvery = time.Second      // a call of Options.Progress
)

// meter tells how a run gets on, on the machine's clock.
type meter struct {
	rows, total atomic.Int64
}

func (m *meter) set(run *core.JobRun) {
	m.rows.Store(int64(run.Fetched))
	m.total.Store(int64(run.Total))
}

// tell logs and reports until ctx ends.
func (m *meter) tell(ctx context.Context, o *Options, log *zap.Logger) {
	start, before := time.Now(), m.rows.Load()
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	for logged := start; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		rows := m.rows.Load()
		p := NewProgress(int(rows), int(m.total.Load()), int(rows-before), time.Since(start))
		if o.Progress != nil {
			o.Progress(p)
		}
		if time.Since(logged) >= logEvery {
			logged = time.Now()
			log.Info("pulling", zap.Int("rows", p.Rows), zap.Int("total", p.Total), zap.Float64("per_second", p.PerSecond), zap.Duration("remaining", p.Remaining))
		}
	}
}
