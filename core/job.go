package core

import "time"

// JobState is what a pull job remembers between runs.
type JobState struct {
	Job string `json:"job"`
	// LastSlot is the last scheduled instant that was run or deliberately left out.
	LastSlot time.Time `json:"last_slot,omitzero"`
	// Watermark is how far the pull got, on the source's clock.
	Watermark time.Time `json:"watermark,omitzero"`
}

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
	State      RunState  `json:"state"`
	Counts
	StartedAt  time.Time `json:"started_at"`
	FinishedAt time.Time `json:"finished_at,omitzero"`
	// Err is why it stands still; the run goes on from its page with the next slot.
	Err string `json:"err,omitempty"`
}

// Counts of a run. Fetched = Created + Amended + Known + Refused.
type Counts struct {
	Fetched int `json:"fetched"`
	Created int `json:"created"`
	Amended int `json:"amended"`
	Known   int `json:"known"`
	Refused int `json:"refused"`
}

// Plus adds what another page brought.
func (c Counts) Plus(d Counts) Counts {
	return Counts{c.Fetched + d.Fetched, c.Created + d.Created, c.Amended + d.Amended, c.Known + d.Known, c.Refused + d.Refused}
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

// Lease is the right to do something alone for a while.
type Lease struct {
	Name   string
	Holder string
	// Token rises with every change of hands; units carry it as their Fence.
	Token int64
}

// Fence is what a unit carries to prove that the lease is still held.
func (l Lease) Fence() *Fence { return &Fence{Lease: l.Name, Token: l.Token} }
