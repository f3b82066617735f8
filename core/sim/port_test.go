package sim_test

import (
	"context"
	"fmt"
	"time"

	"tundish/core"
)

// task names who works under a context, so that two calls that say the same are told
// apart: the scheduler must know whom it picks.
type task struct{}

func withTask(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, task{}, name)
}

func taskOf(ctx context.Context) string {
	if name, ok := ctx.Value(task{}).(string); ok {
		return " for " + name
	}
	return ""
}

// port is one hub's way to the store: every call takes time, may be lost on its way or
// may lose its answer, and fails once the hub is dead.
type port struct {
	core.Store // the model itself; nothing of it is called without a turn
	w          *world
	life       *life
	// applied hears of the hub's own units, as the application's wiring has it.
	applied func([]*core.Unit)
}

var errDead = core.Fail(core.Unavailable, "dead", "", "the hub is dead", "枢纽已停止")

// ask waits for the turn of one call. The error says that nothing reached the store.
func (p *port) ask(ctx context.Context, what string) (*dice, error) {
	d := p.w.yield(p.life, what+taskOf(ctx))
	switch {
	case p.life.dead.Load():
		return d, errDead
	case d.chance(p.w.faults.storeLost):
		d.note("lost on the way")
		return d, core.Fail(core.Unavailable, "store_busy", "", "the store is not there", "存储不可用")
	}
	return d, nil
}

// answered tells whether the answer of a write arrives.
func (p *port) answered(d *dice) error {
	if d.chance(p.w.faults.answerLost) {
		d.note("answer lost")
		return core.Fail(core.OutcomeUnknown, "store_timeout", "", "the store did not answer in time", "存储未及时应答")
	}
	return nil
}

// read waits for its turn and looks.
func read[T any](ctx context.Context, p *port, what string, look func() (T, error)) (T, error) {
	if _, err := p.ask(ctx, what); err != nil {
		var none T
		return none, err
	}
	return look()
}

// Commit sends units to the database, which gathers them with those of others.
func (p *port) Commit(ctx context.Context, units ...core.Unit) []core.Outcome {
	if p.w.flaws.unit != nil {
		if outs, taken := p.w.flaws.unit(p, ctx, units); taken {
			return outs
		}
	}
	return p.commit(ctx, units)
}

func (p *port) commit(ctx context.Context, units []core.Unit) []core.Outcome {
	all := func(err error) []core.Outcome {
		outs := make([]core.Outcome, len(units))
		for i := range outs {
			outs[i] = core.Outcome{Kind: core.RefusedUnit, Order: -1, Err: err}
		}
		return outs
	}
	if _, err := p.ask(ctx, "commit "+sayUnits(units)); err != nil {
		return all(err)
	}
	if err := ctx.Err(); err != nil {
		return all(core.Because(core.Unavailable, "store_busy", err))
	}
	outs := p.w.db.commit(units)
	d := p.w.yield(p.life, "answer of "+sayUnits(units)+taskOf(ctx))
	if p.life.dead.Load() {
		return all(errDead)
	}
	if outs == nil { // the power failed; nobody knows
		d.note("the database went away")
		return all(core.Fail(core.OutcomeUnknown, "store_timeout", "", "the connection broke during the commit", "提交时连接中断"))
	}
	if err := p.answered(d); err != nil {
		return all(err)
	}
	var applied []*core.Unit
	for i := range outs {
		if outs[i].Kind != core.Applied {
			d.note("%s", outs[i].Kind)
		} else {
			applied = append(applied, &units[i])
		}
	}
	if p.applied != nil {
		p.applied(applied)
	}
	return outs
}

func sayUnits(units []core.Unit) string {
	s := ""
	for i := range units {
		u := &units[i]
		if i > 0 {
			s += "; "
		}
		for j := range u.Orders {
			c := &u.Orders[j]
			s += fmt.Sprintf("%s v%d %s ", c.Order.Ref, c.Order.Version, c.Events[0].Kind)
		}
		if u.Run != nil {
			s += fmt.Sprintf("run page %d %s ", u.Run.Page, u.Run.State)
		}
		if d := u.Delivery; d != nil {
			s += fmt.Sprintf("delivery %s/%s t%d %s ", d.Lane.Target, d.Lane.Order, d.Token, d.State)
		}
		if len(u.Messages) > 0 {
			s += "log"
		}
	}
	return s
}

// Order, and the rest of the reads.
func (p *port) Order(ctx context.Context, no core.OrderNo) (core.WorkOrder, error) {
	return read(ctx, p, "order "+string(no), func() (core.WorkOrder, error) { return p.Store.Order(ctx, no) })
}

func (p *port) OrderByRef(ctx context.Context, ref core.Ref) (core.WorkOrder, []core.Hash, error) {
	if _, err := p.ask(ctx, "order "+ref.String()); err != nil {
		return core.WorkOrder{}, nil, err
	}
	return p.Store.OrderByRef(ctx, ref)
}

func (p *port) OrdersByRef(ctx context.Context, refs []core.Ref) (map[core.Ref]core.KnownOrder, error) {
	return read(ctx, p, fmt.Sprintf("%d orders by reference", len(refs)), func() (map[core.Ref]core.KnownOrder, error) { return p.Store.OrdersByRef(ctx, refs) })
}

func (p *port) Orders(ctx context.Context, q core.OrderQuery) ([]core.WorkOrder, error) {
	return read(ctx, p, fmt.Sprintf("list orders %v %s", q.Phases, q.Crew), func() ([]core.WorkOrder, error) { return p.Store.Orders(ctx, q) })
}

func (p *port) Alarms(ctx context.Context, limit int) ([]core.Alarm, error) {
	return read(ctx, p, "alarms", func() ([]core.Alarm, error) { return p.Store.Alarms(ctx, limit) })
}

func (p *port) Events(ctx context.Context, no core.OrderNo) ([]core.Event, error) {
	return read(ctx, p, "events of "+string(no), func() ([]core.Event, error) { return p.Store.Events(ctx, no) })
}

func (p *port) Crews(ctx context.Context) ([]core.Crew, error) {
	return read(ctx, p, "crews", func() ([]core.Crew, error) { return p.Store.Crews(ctx) })
}

func (p *port) CrewDays(ctx context.Context, day string) ([]core.CrewDay, error) {
	return read(ctx, p, "crew-days "+day, func() ([]core.CrewDay, error) { return p.Store.CrewDays(ctx, day) })
}

func (p *port) JobState(ctx context.Context, job string) (core.JobState, error) {
	return read(ctx, p, "job "+job, func() (core.JobState, error) { return p.Store.JobState(ctx, job) })
}

func (p *port) Runs(ctx context.Context, job string, n int) ([]core.JobRun, error) {
	return read(ctx, p, "runs of "+job, func() ([]core.JobRun, error) { return p.Store.Runs(ctx, job, n) })
}

func (p *port) NextDue(ctx context.Context, target core.SystemID) (in time.Duration, ok bool, err error) {
	if _, err := p.ask(ctx, "next due of "+string(target)); err != nil {
		return 0, false, err
	}
	return p.Store.NextDue(ctx, target)
}

func (p *port) OutboxMessages(ctx context.Context, q core.OutboxQuery) ([]core.OutboxMessage, error) {
	return read(ctx, p, "outbox", func() ([]core.OutboxMessage, error) { return p.Store.OutboxMessages(ctx, q) })
}

// Short writes: each may take effect without an answer.

func (p *port) ReserveNumbers(ctx context.Context, n int) (int64, error) {
	d, err := p.ask(ctx, "reserve numbers")
	if err != nil {
		return 0, err
	}
	first, err := p.Store.ReserveNumbers(ctx, n)
	if err == nil {
		err = p.answered(d)
	}
	return first, err
}

func (p *port) ClaimLanes(ctx context.Context, target core.SystemID, n int, holder string, ttl time.Duration) ([]core.Lane, error) {
	d, err := p.ask(ctx, "claim lanes of "+string(target))
	if err != nil {
		return nil, err
	}
	// One at a time, which is up to n: the goroutines of several lanes would stand in
	// line for their calls in an order that the runtime chooses.
	lanes, err := p.Store.ClaimLanes(ctx, target, min(n, 1), holder, ttl)
	for _, l := range lanes {
		d.note("%s/%s t%d", l.Target, l.Order, l.Token)
		p.w.check.claimed(l)
	}
	if err == nil {
		err = p.answered(d)
	}
	if err != nil {
		return nil, err
	}
	return lanes, nil
}

func (p *port) Requeue(ctx context.Context, id string) error {
	if _, err := p.ask(ctx, "requeue"); err != nil {
		return err
	}
	return p.Store.Requeue(ctx, id)
}

func (p *port) Acquire(ctx context.Context, name, holder string, ttl time.Duration) (core.Lease, bool, error) {
	d, err := p.ask(ctx, "acquire "+name)
	if err != nil {
		return core.Lease{}, false, err
	}
	l, ok, err := p.Store.Acquire(ctx, name, holder, ttl)
	if ok {
		d.note("t%d", l.Token)
		p.w.check.leased(l)
	}
	if err == nil {
		err = p.answered(d)
	}
	return l, ok && err == nil, err
}

func (p *port) Renew(ctx context.Context, l core.Lease, ttl time.Duration) error {
	d, err := p.ask(ctx, "renew "+l.Name)
	if err != nil {
		return err
	}
	if err := p.Store.Renew(ctx, l, ttl); err != nil {
		return err
	}
	return p.answered(d)
}

func (p *port) Release(ctx context.Context, l core.Lease) error {
	d, err := p.ask(ctx, "release "+l.Name)
	if err != nil {
		return err
	}
	if err := p.Store.Release(ctx, l); err != nil {
		return err
	}
	return p.answered(d)
}

func (p *port) TargetHeld(ctx context.Context, target core.SystemID) (held bool, in time.Duration, err error) {
	if _, err := p.ask(ctx, "held "+string(target)); err != nil {
		return false, 0, err
	}
	return p.Store.TargetHeld(ctx, target)
}

// touch is a write that answers yes or no.
func (p *port) touch(ctx context.Context, what string, write func() (bool, error)) (bool, error) {
	d, err := p.ask(ctx, what)
	if err != nil {
		return false, err
	}
	yes, err := write()
	if err == nil {
		err = p.answered(d)
	}
	return yes && err == nil, err
}

func (p *port) HoldTarget(ctx context.Context, target core.SystemID, d time.Duration) (bool, error) {
	return p.touch(ctx, "hold "+string(target), func() (bool, error) { return p.Store.HoldTarget(ctx, target, d) })
}

func (p *port) ProbeTarget(ctx context.Context, target core.SystemID, d time.Duration) (bool, error) {
	return p.touch(ctx, "probe "+string(target), func() (bool, error) { return p.Store.ProbeTarget(ctx, target, d) })
}

func (p *port) FreeTarget(ctx context.Context, target core.SystemID) (bool, error) {
	return p.touch(ctx, "free "+string(target), func() (bool, error) { return p.Store.FreeTarget(ctx, target) })
}
