package core

import "time"

// JobState is what a pull job remembers between runs.
type JobState struct {
	Job string `json:"job"`
	// LastSlot is the last scheduled instant that was run or deliberately left out.
	LastSlot time.Time `json:"last_slot,omitzero"`
	// Watermark is how far the pull got, on the source's clock.
	Watermark time.Time `json:"watermark,omitzero"`
	// ForgetBefore, when set, lets the store forget rows of the job with a source time
	// before it, at most RowsForgotten of them with each write. It is not kept.
	ForgetBefore time.Time `json:"-"`
}

// RowsForgotten bounds how many rows of a job one write forgets.
const RowsForgotten = 10_000

// RunState is where a job run stands.
type RunState string

const (
	RunRunning RunState = "running"
	RunDone    RunState = "done"
	RunFailed  RunState = "failed"
)

// JobRun is one run of a pull job. Page is the checkpoint: it moves in the same
// unit that stores the orders of the page before it.
type JobRun struct {
	ID      string `json:"id"`
	Job     string `json:"job"`
	Trigger string `json:"trigger"` // schedule | missed | manual | backfill
	// Slot is the scheduled instant, zero for a manual run.
	Slot time.Time `json:"slot,omitzero"`
	From time.Time `json:"from,omitzero"` // window, source's clock
	To   time.Time `json:"to,omitzero"`
	Page int       `json:"page"` // next page to fetch, from 0
	// Confirmed pages: their receipt was told to the source.
	Confirmed int `json:"confirmed"`
	// SourceTime is the source's clock at the first page; zero if it does not tell.
	SourceTime time.Time `json:"source_time,omitzero"`
	// Total is how many rows the window has, as the source counts them; 0 if it does not tell.
	Total int `json:"total,omitempty"`
	// OnlyMissing: orders that the hub has are left alone, changed or not.
	OnlyMissing bool     `json:"only_missing,omitempty"`
	State       RunState `json:"state"`
	Counts
	// Vanished rows: the source lists them no more; see JobRow.
	Vanished   int       `json:"vanished,omitempty"`
	StartedAt  time.Time `json:"started_at"`
	FinishedAt time.Time `json:"finished_at,omitzero"`
	// Err is why it stands still; the run goes on from its page with the next slot.
	Err string `json:"err,omitempty"`
}

// Counts of a run. Fetched = Created + Amended + Known + Changed + Refused.
type Counts struct {
	Fetched int `json:"fetched"`
	Created int `json:"created"`
	Amended int `json:"amended"`
	Known   int `json:"known"`
	Refused int `json:"refused"`
	// Changed rows are known otherwise, and left alone by a run of what is missing.
	Changed int `json:"changed,omitempty"`
}

// Plus adds what another page brought.
func (c Counts) Plus(d Counts) Counts {
	return Counts{c.Fetched + d.Fetched, c.Created + d.Created, c.Amended + d.Amended, c.Known + d.Known, c.Refused + d.Refused, c.Changed + d.Changed}
}

// RefusedItem is a pulled row that could not become an order, kept with its reason.
type RefusedItem struct {
	Run    string    `json:"run"`
	Ref    Ref       `json:"ref"`
	Code   string    `json:"code"`
	Reason string    `json:"reason"`
	Raw    []byte    `json:"raw,omitempty"`
	At     time.Time `json:"at"`
}

// JobRow is a row that a job's source listed, remembered so that one which is listed no
// more is noticed: it has vanished when a run whose window holds its SourceAt came to its end without
// it, while its order is open and no crew has it.
type JobRow struct {
	Job string  `json:"job"`
	Ref Ref     `json:"ref"`
	No  OrderNo `json:"order"`
	// SourceAt is the order's; rows without one are not looked for.
	SourceAt time.Time `json:"source_at,omitzero"`
	// Was is the SourceAt under which it is remembered, when that is another; zero: the
	// same, or it is not remembered yet.
	Was time.Time `json:"-"`
	// New: it cannot be remembered yet, because its order is created with it.
	New bool `json:"-"`
	// Seen is when the run began that listed it last.
	Seen time.Time `json:"seen"`
	// Vanished is the run that missed it; empty while it is listed.
	Vanished string `json:"vanished,omitempty"`
}

// Lease is the right to do something alone for a while.
type Lease struct {
	Name   string
	Holder string
	// Token rises with every change of hands; units carry it as their Fence.
	Token int64
}

// Fence is what a unit carries to prove that the lease is still held.
func (l Lease) Fence() *Fence { return &Fence{Lease: l.Name, Token: l.Token} }
