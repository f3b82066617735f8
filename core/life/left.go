package life

import (
	"time"

	"tundish/core"
	"tundish/core/deadline"
)

// Left is what a time limit of an order has left.
type Left struct {
	Limit string    `json:"limit"`
	Name  core.Text `json:"name"`
	// Step it belongs to, with "/" and the sub-task where it is one's; empty: the whole order.
	Step  string    `json:"step,omitempty"`
	DueAt time.Time `json:"due_at"`
	// Clock on which Seconds count; negative: for how long it has been over.
	Clock   core.LimitClock `json:"clock"`
	Seconds int64           `json:"left_s"`
	// Running: its time passes; else it stands, or has ended.
	Running bool `json:"running"`
	Ended   bool `json:"ended,omitempty"`
	Missed  bool `json:"missed,omitempty"`
}

// Left tells what each limit of an order has left at an instant. A limit that the order's process has no
// definition of any more is left out.
func (r *Rules) Left(o *core.WorkOrder, now time.Time) ([]Left, error) {
	if len(o.Limits) == 0 {
		return nil, nil
	}
	t, err := r.version(o)
	if err != nil {
		return nil, err
	}
	p, k := r.process(t), r.keeper()
	var list []Left
	for i := range o.Limits {
		st := &o.Limits[i]
		if l := deadline.Definition(st, p); l != nil {
			list = append(list, Left{Limit: st.Limit, Name: l.Name, Step: st.Step, DueAt: st.DueAt, Clock: l.Clock, Seconds: int64(k.Left(st, l, now) / time.Second),
				Running: st.Running(), Ended: !st.EndedAt.IsZero(), Missed: st.Missed(now)})
		}
	}
	return list, nil
}
