package core

import "time"

// FinishLimit is the ID of the time limit that is an order's deadline, unless its source gave one.
const FinishLimit = "finish"

// LimitState is one time limit of an order as it runs: which, since when, until when.
type LimitState struct {
	Limit string `json:"limit"` // its ID in the process
	// Step it belongs to, with "/" and the sub-task where it is a sub-task's; empty: the whole order.
	Step  string    `json:"step,omitempty"`
	Began time.Time `json:"began"`
	// WithinSeconds is the limit's length on its own clock, as it was when DueAt was set, and Clock that clock; states of
	// before clocks were noted have none.
	WithinSeconds int64      `json:"within_s"`
	Clock         LimitClock `json:"clock,omitempty"`
	// Which of the limits of its place it is, from 0: several may share an ID and a length.
	Which int `json:"which,omitempty"`
	// DueAt is when it is over. While its clock stands, it is what it was when it was stopped.
	DueAt time.Time `json:"due_at"`
	// HeldAt, when set, is since when its clock stands 挂起; LeftSeconds is what was left then on
	// its own clock, negative when it was over already. (Working days count from HeldAt instead.)
	HeldAt      time.Time `json:"held_at,omitzero"`
	LeftSeconds int64     `json:"left_s,omitempty"`
	// EndedAt is when what it waited for happened; later than DueAt: it was missed.
	EndedAt time.Time `json:"ended_at,omitzero"`
	// WarnedAt is when people were warned that it runs out; Escalated how many of its escalations were told.
	WarnedAt  time.Time `json:"warned_at,omitzero"`
	Escalated int       `json:"escalated,omitempty"`
}

// Running tells that its time passes.
func (l *LimitState) Running() bool { return l.EndedAt.IsZero() && l.HeldAt.IsZero() }

// Missed tells whether it was over before it ended, or is over at the instant now.
func (l *LimitState) Missed(now time.Time) bool {
	switch {
	case !l.EndedAt.IsZero():
		return l.EndedAt.After(l.DueAt)
	case !l.HeldAt.IsZero():
		return l.HeldAt.After(l.DueAt)
	}
	return now.After(l.DueAt)
}

// DueSource tells who set an order's deadline.
type DueSource string

const (
	// DueByRule: a time limit of its type; a hold moves it.
	DueByRule DueSource = ""
	// DueBySource: the source asked for it; only the source moves it.
	DueBySource DueSource = "source"
	// DueByExtension: the source granted it 延期.
	DueByExtension DueSource = "extension"
	// DueByHouse: it was granted inside the house 内部延期; a hold moves it, a change of the rule does not.
	DueByHouse DueSource = "house"
)
