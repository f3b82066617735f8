package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"slices"

	"tundish/core"
	"tundish/core/store/internal/group"
)

// Limits of one transaction, in statements: enough to make the fsync cheap, few
// enough that the first caller does not wait long for the last.
const (
	batchStatements = 4000
	queueRoom       = 4096
)

// task is what a caller queues: a unit compiled into steps, or another short write.
type task struct {
	// steps run in order, the first before of them ahead of everything else.
	steps  []step
	before int
	// orders are new ones, and changes their indices in Unit.Orders; events are theirs.
	orders   []row
	changes  []int
	events   []orderEvent
	messages []row
	touched  []row // orders of the unit, by their numbers
	// savepoint: more than one step may find that something moved, so that what was
	// written before it must be taken back alone.
	savepoint bool
	// run does other writes; it may run again after a rollback.
	run func(*conn) error

	outcome core.Outcome
	err     error
}

// orderEvent is the first event of the task's order with that index; its key, the first
// column, waits for the order's id.
type orderEvent struct {
	order    int
	sequence int64
	row      row
}

func (t *task) weight() int {
	return 1 + len(t.steps) + len(t.orders) + len(t.events) + len(t.messages) + len(t.touched)
}

// alone tells that the task is a new order that nothing else was decided on: it shares
// its statements with others.
func (t *task) alone() bool { return t.run == nil && len(t.orders) == 1 && !t.savepoint }

// want is what a step's row count means.
type want uint8

const (
	anything   want = iota
	oneOrStale      // no row: something moved
)

// step is one prepared statement of a unit with its arguments.
type step struct {
	text string
	args []driver.NamedValue
	want want
	// order is the index in Unit.Orders that a failed want concerns, or -1.
	order int
	moved string // what moved, in words
	// meter, when set, takes the place of the statement.
	meter *meterStep
}

// write settles batch after batch until the queue is closed.
func (s *Store) write() {
	defer close(s.written)
	var batch []*group.Ticket[*task]
	for {
		batch = s.queue.Next(batch[:0], batchStatements, (*task).weight)
		if len(batch) == 0 {
			return
		}
		s.settle(batch)
		clear(batch)
	}
}

// settle runs a batch in one transaction. When anything unexpected happens the
// transaction is given up whole and each task gets one of its own, so that one bad
// unit never fails its neighbours.
func (s *Store) settle(batch []*group.Ticket[*task]) {
	err := s.transact(batch)
	if err != nil && len(batch) > 1 {
		for i := range batch {
			one := batch[i : i+1]
			if err := s.transact(one); err != nil {
				one[0].Task.fail(err)
			}
			one[0].Done()
		}
		return
	}
	for _, t := range batch {
		if err != nil {
			t.Task.fail(err)
		}
		t.Done()
	}
}

func (t *task) fail(err error) {
	err = storeError("write", err)
	t.err = err
	t.outcome = core.Outcome{Kind: core.RefusedUnit, Order: -1, Err: err}
}

// transact applies the batch in one transaction; an error means that nothing of it
// was written. After a failed commit the pages may lie in the log unseen; the next
// transaction writes over them, and if the machine stops before that, the units'
// own guards (Known, Stale) recognise a repeat.
func (s *Store) transact(batch []*group.Ticket[*task]) error {
	if err := s.conn.begin(); err != nil {
		return err
	}
	if err := s.applyAll(batch); err != nil {
		s.conn.rollback()
		s.later.clear()
		return err
	}
	if err := s.conn.commit(); err != nil {
		s.conn.rollback()
		return err
	}
	written := 0
	for _, t := range batch {
		written += t.Task.weight()
	}
	s.log.wrote(written)
	return nil
}

// applyAll runs tasks in their order inside the transaction. New orders that stand next to
// each other are written together.
func (s *Store) applyAll(batch []*group.Ticket[*task]) error {
	for len(batch) > 0 {
		n := 0
		for n < len(batch) && batch[n].Task.alone() {
			n++
		}
		if n > 0 {
			if err := s.applyNew(batch[:n]); err != nil {
				return err
			}
			batch = batch[n:]
			continue
		}
		if err := s.apply(batch[0].Task); err != nil {
			return err
		}
		batch = batch[1:]
	}
	return s.later.flush(s.conn)
}

// applyNew writes tasks that are a new order each.
func (s *Store) applyNew(batch []*group.Ticket[*task]) (err error) {
	s.orders, s.ids = s.orders[:0], s.ids[:0]
	for _, t := range batch {
		s.orders = append(s.orders, t.Task.orders[0])
	}
	defer clear(s.orders)
	if s.ids, err = s.conn.insertOrders(s.ids, s.orders); err != nil {
		return err
	}
	for i, ticket := range batch {
		t := ticket.Task
		t.outcome, t.err = core.Outcome{Kind: core.Applied, Order: -1}, nil
		if s.ids[i] == 0 {
			t.outcome = core.Outcome{Kind: core.Known, Order: t.changes[0]}
			continue
		}
		if _, err := s.runSteps(t, t.steps); err != nil {
			return err
		}
		s.gather(t, s.ids[i:i+1])
	}
	return nil
}

// apply runs one task. A unit that finds something moved leaves no trace and is no error.
func (s *Store) apply(t *task) error {
	t.outcome, t.err = core.Outcome{Kind: core.Applied, Order: -1}, nil
	if t.run != nil {
		if err := s.later.flush(s.conn); err != nil { // it may read them
			return err
		}
		return t.run(s.conn)
	}
	if t.savepoint {
		if _, err := s.conn.exec("SAVEPOINT unit", nil); err != nil {
			return err
		}
	}
	ok, err := s.applyUnit(t)
	if err != nil {
		return err
	}
	if !t.savepoint {
		return nil
	}
	if !ok {
		if _, err := s.conn.exec("ROLLBACK TO unit", nil); err != nil {
			return err
		}
	}
	_, err = s.conn.exec("RELEASE unit", nil)
	return err
}

// applyUnit writes a unit until something is found to have moved; not ok then.
func (s *Store) applyUnit(t *task) (ok bool, err error) {
	if ok, err := s.runSteps(t, t.steps[:t.before]); !ok || err != nil {
		return false, err
	}
	if s.ids, err = s.conn.insertOrders(s.ids[:0], t.orders); err != nil {
		return false, err
	}
	if i := slices.Index(s.ids, 0); i >= 0 {
		t.outcome = core.Outcome{Kind: core.Known, Order: t.changes[i]}
		return false, nil
	}
	if ok, err := s.runSteps(t, t.steps[t.before:]); !ok || err != nil {
		return false, err
	}
	s.gather(t, s.ids)
	return true, nil
}

// runSteps runs steps until one finds that something moved; not ok then.
func (s *Store) runSteps(t *task, steps []step) (ok bool, err error) {
	for i := range steps {
		st := &steps[i]
		if st.meter != nil {
			refusal, err := st.meter.say(s.conn)
			if err != nil {
				return false, err
			}
			if refusal != nil {
				t.outcome = core.Outcome{Kind: core.RefusedUnit, Order: -1, Err: refusal}
				return false, nil
			}
			continue
		}
		res, err := s.conn.exec(st.text, st.args)
		if err != nil {
			return false, err
		}
		if st.want == anything {
			continue
		}
		n, err := res.RowsAffected()
		if err != nil {
			return false, err
		}
		if n == 0 {
			t.outcome = core.Outcome{Kind: core.Stale, Order: st.order, Err: errors.New(st.moved)}
			return false, nil
		}
	}
	return true, nil
}

// gather keeps the rows of a unit that holds for the end of the transaction.
func (s *Store) gather(t *task, ids []int64) {
	for _, ev := range t.events {
		ev.row[0] = ids[ev.order]*eventsPerOrder + ev.sequence
		s.later.events = append(s.later.events, ev.row)
	}
	s.later.messages = append(s.later.messages, t.messages...)
	s.later.touched = append(s.later.touched, t.touched...)
}

// Commit makes units durable; see core.Committer.
func (s *Store) Commit(ctx context.Context, units ...core.Unit) []core.Outcome {
	outcomes := make([]core.Outcome, len(units))
	tickets := make([]*group.Ticket[*task], len(units))
	for i := range units {
		t, err := compile(&units[i])
		if err == nil {
			tickets[i], err = s.queue.Put(ctx, t)
		}
		if err != nil {
			outcomes[i] = core.Outcome{Kind: core.RefusedUnit, Order: -1, Err: err}
		}
	}
	for i, t := range tickets {
		if t == nil {
			continue
		}
		if err := t.Wait(ctx); err != nil {
			outcomes[i] = core.Outcome{Kind: core.RefusedUnit, Order: -1, Err: err}
			continue
		}
		outcomes[i] = t.Task.outcome
	}
	return outcomes
}

// do queues another write among the units and waits for it. What run returns as
// results must be read only after do returned nil.
func (s *Store) do(ctx context.Context, doing string, run func(*conn) error) error {
	t, err := s.queue.Put(ctx, &task{run: run})
	return s.finish(ctx, doing, t, err)
}

// doLow is do for work that may wait until nobody else does.
func (s *Store) doLow(ctx context.Context, doing string, run func(*conn) error) error {
	t, err := s.queue.PutLow(ctx, &task{run: run})
	return s.finish(ctx, doing, t, err)
}

func (s *Store) finish(ctx context.Context, doing string, t *group.Ticket[*task], err error) error {
	if err != nil {
		return err
	}
	if err := t.Wait(ctx); err != nil {
		return err
	}
	return storeError(doing, t.Task.err)
}
