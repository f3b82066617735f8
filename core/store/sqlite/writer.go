package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"

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
	steps []step
	// savepoint: more than one step may find that something moved, so that what was
	// written before it must be taken back alone.
	savepoint bool
	// run does other writes; it may run again after a rollback.
	run func(*conn) error

	outcome core.Outcome
	err     error
}

func (t *task) weight() int { return 1 + len(t.steps) }

// want is what a step's row count means.
type want uint8

const (
	anything    want = iota
	oneOrStale       // no row: something moved
	oneOrKnown       // no row: the key exists
	rememberRow      // like oneOrKnown; later steps use the new row's id
)

// step is one prepared statement of a unit with its arguments.
type step struct {
	text string
	args []driver.NamedValue
	want want
	// order is the index in Unit.Orders that a failed want concerns, or -1.
	order int
	moved string // what moved, in words
	// sequence, when set, makes the first argument the event's key: the remembered
	// row's id and this.
	sequence int64
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
	for _, t := range batch {
		if err := s.apply(t.Task); err != nil {
			s.conn.rollback()
			return err
		}
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

// apply runs one task inside the transaction. A unit that finds something moved
// leaves no trace and is no error.
func (s *Store) apply(t *task) error {
	t.outcome, t.err = core.Outcome{Kind: core.Applied, Order: -1}, nil
	if t.run != nil {
		return t.run(s.conn)
	}
	if t.savepoint {
		if _, err := s.conn.exec("SAVEPOINT unit", nil); err != nil {
			return err
		}
	}
	var row int64
	for i := range t.steps {
		st := &t.steps[i]
		if st.sequence != 0 {
			st.args[0].Value = row*eventsPerOrder + st.sequence
		}
		res, err := s.conn.exec(st.text, st.args)
		if err != nil {
			return err
		}
		if st.want == anything {
			continue
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		if n == 0 {
			t.outcome = core.Outcome{Kind: core.Stale, Order: st.order, Err: errors.New(st.moved)}
			if st.want != oneOrStale {
				t.outcome = core.Outcome{Kind: core.Known, Order: st.order}
			}
			if t.savepoint {
				if _, err := s.conn.exec("ROLLBACK TO unit", nil); err != nil {
					return err
				}
			}
			break
		}
		if st.want == rememberRow {
			if row, err = res.LastInsertId(); err != nil {
				return err
			}
		}
	}
	if t.savepoint {
		_, err := s.conn.exec("RELEASE unit", nil)
		return err
	}
	return nil
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
