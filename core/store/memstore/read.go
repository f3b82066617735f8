package memstore

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"tundish/core"
)

func noOrder(what string) error {
	return core.Fail(core.NotFound, "no_order", "", "there is no order "+what, "没有工单 "+what)
}

// Order reads one order.
func (s *Store) Order(ctx context.Context, no core.OrderNo) (o core.WorkOrder, err error) {
	missing := false
	err = s.read(ctx, func() {
		row := s.orders[no]
		if missing = row == nil; !missing {
			o = row.value.Clone()
		}
	})
	if missing {
		err = noOrder(string(no))
	}
	return o, err
}

// OrderByRef reads an order and its hashes by the source's number.
func (s *Store) OrderByRef(ctx context.Context, ref core.Ref) (core.WorkOrder, []core.Hash, error) {
	found, err := s.OrdersByRef(ctx, []core.Ref{ref})
	if k, ok := found[ref]; ok {
		return k.Order, k.Hashes, nil
	}
	return core.WorkOrder{}, nil, cmp.Or(err, noOrder(ref.String()))
}

// OrdersByRef reads many orders in one snapshot.
func (s *Store) OrdersByRef(ctx context.Context, refs []core.Ref) (map[core.Ref]core.KnownOrder, error) {
	found := make(map[core.Ref]core.KnownOrder, len(refs))
	err := s.read(ctx, func() {
		for _, ref := range refs {
			if no, ok := s.byRef[ref]; ok {
				row := s.orders[no]
				found[ref] = core.KnownOrder{Order: row.value.Clone(), Hashes: slices.Clone(row.hashes)}
			}
		}
	})
	return found, err
}

// Orders lists orders by number.
func (s *Store) Orders(ctx context.Context, q core.OrderQuery) (out []core.WorkOrder, err error) {
	limit := q.Limit
	if limit <= 0 {
		limit = 100
	}
	limit = min(limit, 1000)
	err = s.read(ctx, func() {
		at, _ := slices.BinarySearch(s.nos, q.After+"\x00")
		if q.After == "" {
			at = 0
		}
		for _, no := range s.nos[at:] {
			if len(out) == limit {
				return
			}
			if o := &s.orders[no].value; matches(o, &q) {
				out = append(out, o.Clone())
			}
		}
	})
	return out, err
}

func matches(o *core.WorkOrder, q *core.OrderQuery) bool {
	return (q.System == "" || o.Ref.System == q.System) && (len(q.Phases) == 0 || slices.Contains(q.Phases, o.Phase)) && (q.Type == "" || o.Type == q.Type) &&
		(q.Crew == "" || o.Assignment != nil && o.Assignment.CrewID == q.Crew) && (!q.WithoutPoint || o.Place.Point == nil) && (q.Within == nil || q.Within.Contains(o)) &&
		(q.Find == "" || q.Find == string(o.No) || q.Find == o.Ref.External || q.Find == o.Customer.Account || q.Find == o.Meter.Serial)
}

// Alarms lists the orders about which somebody must be told something next.
func (s *Store) Alarms(ctx context.Context, limit int) (out []core.Alarm, err error) {
	err = s.read(ctx, func() {
		for no, row := range s.orders {
			if at := row.value.AlarmAt; !at.IsZero() {
				out = append(out, core.Alarm{Order: no, At: at})
			}
		}
	})
	slices.SortFunc(out, func(a, b core.Alarm) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Order, b.Order)) })
	return out[:min(len(out), limit)], err
}

// Events reads an order's timeline.
func (s *Store) Events(ctx context.Context, no core.OrderNo) (out []core.Event, err error) {
	err = s.read(ctx, func() {
		if row := s.orders[no]; row != nil {
			out = slices.Clone(row.events)
		}
	})
	return out, err
}

// Blob reads an attachment.
func (s *Store) Blob(ctx context.Context, sha256 string) (b core.Blob, err error) {
	found := false
	err = s.read(ctx, func() { b, found = s.blobs[sha256] })
	if err == nil && !found {
		err = core.Fail(core.NotFound, "no_blob", "", "there is no attachment "+sha256, "没有此附件")
	}
	return b, err
}

// Crews reads every crew with its latest position.
func (s *Store) Crews(ctx context.Context) (out []core.Crew, err error) {
	var broken error
	err = s.read(ctx, func() {
		for id, row := range s.crews {
			var c core.Crew
			if err := json.Unmarshal(row.body, &c); err != nil {
				broken = fmt.Errorf("read crew %s: %w", id, err)
				return
			}
			c.Version = row.version
			if p, ok := s.position[id]; ok && !p.At.Before(c.PositionAt) {
				c.Position, c.PositionAt = &p.Point, p.At
			}
			out = append(out, c)
		}
	})
	slices.SortFunc(out, func(a, b core.Crew) int { return cmp.Compare(a.ID, b.ID) })
	return out, cmp.Or(err, broken)
}

// CrewDays reads the loads of one day.
func (s *Store) CrewDays(ctx context.Context, day string) (out []core.CrewDay, err error) {
	err = s.read(ctx, func() {
		for key, d := range s.days {
			if key.day == day {
				d.Route = copied(d.Route)
				out = append(out, d)
			}
		}
	})
	slices.SortFunc(out, func(a, b core.CrewDay) int { return cmp.Compare(a.CrewID, b.CrewID) })
	return out, err
}

// JobState reads what a job remembers; the zero state if it never ran.
func (s *Store) JobState(ctx context.Context, job string) (st core.JobState, err error) {
	err = s.read(ctx, func() { st = s.jobs[job] })
	st.Job = job
	return st, err
}

// Runs lists job runs, newest first.
func (s *Store) Runs(ctx context.Context, job string, n int) (out []core.JobRun, err error) {
	err = s.read(ctx, func() { out = newest(s.runs, n, func(r *core.JobRun) bool { return job == "" || r.Job == job }) })
	return out, err
}

// RefusedItems lists what a run could not take, in the order of the source.
func (s *Store) RefusedItems(ctx context.Context, run string, n int) (out []core.RefusedItem, err error) {
	if n <= 0 {
		n = 100
	}
	err = s.read(ctx, func() {
		for _, r := range s.refused {
			if r.Run == run && len(out) < n {
				out = append(out, r)
			}
		}
	})
	return out, err
}

// Messages finds logged messages, newest first.
func (s *Store) Messages(ctx context.Context, q core.MessageQuery) (out []core.LoggedMessage, err error) {
	err = s.read(ctx, func() {
		for _, m := range newest(s.log, q.Limit, func(m *logged) bool {
			return (!m.archived || q.ID != "" || q.Order != "" || q.External != "") && (q.System == "" || m.System == q.System) && (q.Direction == "" || m.Direction == q.Direction) && (q.Order == "" || m.Order == q.Order) &&
				(q.External == "" || m.External == q.External) && (q.ID == "" || m.ID == q.ID) && (!q.Refused || m.Result != "ok")
		}) {
			if !q.WithBodies {
				m.Request, m.Response, m.Bundle = nil, nil, ""
			}
			out = append(out, m.LoggedMessage)
		}
	})
	return out, err
}

// logged is a row of the message log.
type logged struct {
	core.LoggedMessage
	archived bool
}

// cutMessage is a message as the log keeps it: cut where it is too long.
func cutMessage(m core.LoggedMessage) core.LoggedMessage {
	m.System, m.Operation = core.SystemID(core.LogText(string(m.System), core.MaxSystem)), core.LogText(m.Operation, core.MaxExternal)
	m.External, m.Order = core.LogText(m.External, core.MaxExternal), core.OrderNo(core.LogText(string(m.Order), core.MaxNumberLength))
	m.At, m.Took = millis(m.At), m.Took.Truncate(time.Microsecond)
	m.Result, m.Detail, m.Charset = core.LogText(m.Result, core.MaxCode), core.LogText(m.Detail, core.MaxText), core.LogText(m.Charset, core.MaxCode)
	m.Bundle = core.LogText(m.Bundle, core.MaxID)
	m.Request, m.Response = slices.Clone(m.Request), slices.Clone(m.Response)
	return m
}
