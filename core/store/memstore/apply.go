package memstore

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"tundish/core"
)

// moved ends a unit that was decided on something that is no longer so.
type moved struct {
	kind  core.OutcomeKind
	order int
	err   error
}

func (m *moved) Error() string { return m.err.Error() }

func stale(order int, format string, args ...any) error {
	return &moved{core.Stale, order, fmt.Errorf(format, args...)}
}

// apply writes one unit. An outcome that is not Applied, or an error, leaves writes in tx
// that must be taken back.
func (s *Store) apply(tx *undo, u *core.Unit) (core.Outcome, error) {
	err := s.parts(tx, u)
	var m *moved
	switch {
	case errors.As(err, &m):
		return core.Outcome{Kind: m.kind, Order: m.order, Err: m.err}, nil
	case err != nil:
		return core.Outcome{}, err
	}
	return core.Outcome{Kind: core.Applied, Order: -1}, nil
}

func (s *Store) parts(tx *undo, u *core.Unit) error {
	if f := u.Fence; f != nil && !s.opts.Flaws.NoFence {
		// A lease that ran out but was not taken by anybody still fences.
		if l := s.leases[f.Lease]; l.token != f.Token || l.holder == "" {
			return stale(-1, "the lease %s was lost", f.Lease)
		}
	}
	for i := range u.Orders {
		if err := s.change(tx, i, &u.Orders[i]); err != nil {
			return err
		}
	}
	for i := range u.CrewDays {
		if err := s.load(tx, &u.CrewDays[i]); err != nil {
			return err
		}
	}
	for i := range u.Crews {
		if err := s.crew(tx, &u.Crews[i]); err != nil {
			return err
		}
	}
	for _, p := range u.Positions {
		p.At = millis(p.At)
		if old, ok := s.position[p.CrewID]; !ok || !p.At.Before(old.At) {
			put(tx, s.position, p.CrewID, p)
		}
	}
	if u.Delivery != nil {
		if err := s.delivery(tx, u.Delivery); err != nil {
			return err
		}
	}
	s.job(tx, u)
	for i := range u.Messages {
		push(tx, &s.log, logged{LoggedMessage: cutMessage(u.Messages[i])})
	}
	for _, b := range u.Blobs {
		if _, ok := s.blobs[b.SHA256]; !ok {
			put(tx, s.blobs, b.SHA256, core.Blob{SHA256: b.SHA256, ContentType: core.LogText(b.ContentType, core.MaxExternal), Bytes: slices.Clone(b.Bytes)})
		}
	}
	return nil
}

// order is an order with what stands beside it.
type order struct {
	value  core.WorkOrder // as read back from its body
	hashes []core.Hash
	events []core.Event
	// archived: it ended long ago; oldEvents of its events were archived with it.
	archived  bool
	oldEvents int
}

func (s *Store) change(tx *undo, i int, ch *core.OrderChange) error {
	no := ch.Order.No
	old := s.orders[no]
	var next order
	if ch.Expected == 0 {
		if _, ok := s.byRef[ch.Order.Ref]; ok && !s.opts.Flaws.KeyNotUnique {
			return &moved{core.Known, i, fmt.Errorf("an order %s exists", ch.Order.Ref)}
		}
		if old != nil {
			return core.Fail(core.Conflict, "key_taken", "", fmt.Sprintf("order number %s is taken already", no), "工单编号已被占用")
		}
		at, _ := slices.BinarySearch(s.nos, no)
		s.nos = slices.Insert(s.nos, at, no)
		tx.add(func() {
			at, _ := slices.BinarySearch(s.nos, no)
			s.nos = slices.Delete(s.nos, at, at+1)
		})
		put(tx, s.byRef, ch.Order.Ref, no)
	} else {
		if old == nil || old.value.Version != ch.Expected {
			return stale(i, "order %s is no longer at version %d", no, ch.Expected)
		}
		next.hashes, next.events, next.oldEvents = slices.Clip(old.hashes), slices.Clip(old.events), old.oldEvents
	}
	if err := json.Unmarshal(ch.Body, &next.value); err != nil {
		return fmt.Errorf("read the body of order %s: %w", no, err)
	}
	if ch.Hash != "" {
		if s.opts.Flaws.LastHashOnly {
			next.hashes = nil
		}
		next.hashes = append(next.hashes, ch.Hash)
	}
	for _, ev := range ch.Events {
		ev.At = millis(ev.At)
		next.events = append(next.events, ev)
	}
	put(tx, s.orders, no, &next)
	for _, m := range ch.Meters {
		if err := s.meter(tx, no, m); err != nil {
			return err
		}
	}
	for j := range ch.Outbox {
		if err := s.owe(tx, ch.Outbox[j]); err != nil {
			return err
		}
	}
	return nil
}

type dayKey struct{ crew, day string }

func (s *Store) load(tx *undo, d *core.CrewDayChange) error {
	key := dayKey{d.CrewID, d.Day}
	day := s.days[key]
	if d.Guarded && day.Version != d.Expected {
		return stale(-1, "crew %s on %s is no longer at version %d", d.CrewID, d.Day, d.Expected)
	}
	day.CrewID, day.Day = d.CrewID, d.Day
	day.Minutes, day.Orders, day.UrgentOrders = day.Minutes+d.Minutes, day.Orders+d.Orders, day.UrgentOrders+d.UrgentOrders
	day.Version++
	if d.Route != nil {
		day.Route = copied(d.Route)
	}
	put(tx, s.days, key, day)
	return nil
}

// copied is a route that nobody else holds.
func copied(r *core.CrewRoute) *core.CrewRoute {
	if r == nil {
		return nil
	}
	c := *r
	c.Stops = slices.Clone(r.Stops)
	return &c
}

// crew is kept as JSON, so that nobody holds a part of what is stored.
type crew struct {
	body    []byte
	version int64
}

func (s *Store) crew(tx *undo, ch *core.CrewChange) error {
	old := s.crews[ch.Crew.ID]
	if ch.Expected >= 0 && old.version != ch.Expected {
		return stale(-1, "crew %s is no longer at version %d", ch.Crew.ID, ch.Expected)
	}
	body, err := json.Marshal(ch.Crew)
	if err != nil {
		return fmt.Errorf("write crew %s as JSON: %w", ch.Crew.ID, err)
	}
	put(tx, s.crews, ch.Crew.ID, crew{body, old.version + 1})
	return nil
}

func (s *Store) job(tx *undo, u *core.Unit) {
	if u.Run != nil {
		r := *u.Run
		r.Slot, r.From, r.To, r.SourceTime, r.StartedAt, r.FinishedAt = millis(r.Slot), millis(r.From), millis(r.To), millis(r.SourceTime), millis(r.StartedAt), millis(r.FinishedAt)
		r.Err = core.LogText(r.Err, core.MaxText)
		if i := slices.IndexFunc(s.runs, func(x core.JobRun) bool { return x.ID == r.ID }); i >= 0 {
			old := s.runs[i]
			r.Job, r.Trigger, r.Slot, r.StartedAt = old.Job, old.Trigger, old.Slot, old.StartedAt
			set(tx, &s.runs[i], r)
		} else {
			push(tx, &s.runs, r)
		}
	}
	if u.Job != nil {
		put(tx, s.jobs, u.Job.Job, core.JobState{Job: u.Job.Job, LastSlot: millis(u.Job.LastSlot), Watermark: millis(u.Job.Watermark)})
		s.forget(tx, u.Job)
	}
	s.listed(tx, u.Rows)
	for _, r := range u.Refused {
		r.Ref.System, r.Ref.External, r.Ref.Period = core.SystemID(core.LogText(string(r.Ref.System), core.MaxSystem)), core.LogText(r.Ref.External, core.MaxExternal), core.LogText(r.Ref.Period, core.MaxPeriod)
		r.Code, r.Reason, r.At, r.Raw = core.LogText(r.Code, core.MaxCode), core.LogText(r.Reason, core.MaxText), millis(r.At), slices.Clone(r.Raw)
		push(tx, &s.refused, r)
	}
}
