package sqlserver

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"time"

	"tundish/core"
	"tundish/core/store/internal/group"
)

const (
	// batchWeight is about how many rows one transaction writes.
	batchWeight = 600
	// heavyWeight is from where on a call goes to the writer of the large ones.
	heavyWeight = 150
	// tries is how often a transaction is run before its units are tried singly, and a
	// single unit before it is refused.
	tries = 5
)

// writer settles batches on a connection of its own.
type writer struct {
	store *Store
	queue *group.Queue[*call]
	id    string
	conn  *sql.Conn
	mark  int64 // of the transaction under way; see the table writers
}

func (w *writer) run() {
	defer w.drop()
	var batch []*group.Ticket[*call]
	for {
		batch = w.queue.Next(batch[:0], batchWeight, (*call).weight)
		if len(batch) == 0 {
			return
		}
		owner := map[*item]*group.Ticket[*call]{}
		var items []*item
		for _, t := range batch {
			items = append(items, t.Task.items...)
			for _, it := range t.Task.items {
				owner[it] = t
			}
		}
		w.settleAll(owner, items)
		clear(batch)
	}
}

// settleAll runs transactions until every item has its outcome. One that fails for a
// passing reason is run again; otherwise its units get one each, so that one bad
// unit never fails its neighbours.
func (w *writer) settleAll(owner map[*item]*group.Ticket[*call], items []*item) {
	single, failures := 0, 0
	for len(items) > 0 {
		some := items
		if single > 0 {
			some = items[:1]
		}
		n, err := w.transact(some)
		if err != nil {
			failures++
			if again(err) && failures < tries {
				pause(failures)
				continue
			}
			if len(some) > 1 && !lost(err) {
				single, failures = len(some), 0
				continue
			}
			for _, it := range some { // a single unit, or a server that is away for all
				it.outcome = refused(storeError("write", err))
			}
			n = len(some)
		}
		settle(owner, items[:n])
		items, failures = items[n:], 0
		single = max(0, single-n)
	}
}

// pause lets the winner of a deadlock or the holder of a key get ahead.
func pause(failures int) {
	timer := time.NewTimer(time.Duration(1+rand.IntN(5*failures*failures)) * time.Millisecond)
	defer timer.Stop()
	<-timer.C
}

// transact settles the first n of the items in one transaction. An error means that
// none of them was written.
func (w *writer) transact(items []*item) (n int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), w.store.opts.Timeout)
	defer cancel()
	if err := w.connect(ctx); err != nil {
		return 0, err
	}
	tx, err := w.conn.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		w.drop()
		return 0, err
	}
	p := newPlan()
	w.mark++
	if err = p.read(ctx, tx, items, w); err == nil {
		n = p.decide(items)
		if p.empty() {
			_ = tx.Rollback()
			return n, nil
		}
		err = p.write(ctx, tx)
	}
	if err != nil {
		_ = tx.Rollback()
		if number(err) == 0 {
			w.drop()
		}
		return 0, err
	}
	if err := tx.Commit(); err != nil {
		if !lost(err) && ctx.Err() == nil {
			return 0, err
		}
		done, lookErr := w.committed()
		if lookErr != nil {
			for _, it := range items[:n] {
				if it.outcome.Kind == core.Applied {
					it.outcome = refused(&core.Error{Kind: core.OutcomeUnknown, Code: "store_away",
						Message:   "the database server went away during the commit; the change may or may not have been written",
						MessageZH: "提交时数据库连接中断，更改可能已写入也可能未写入", Err: fmt.Errorf("%w; %w", err, lookErr)})
				}
			}
			return n, nil
		}
		if !done {
			return 0, err
		}
	}
	return n, nil
}

// connect makes sure of a connection. Its settings last as long as it does, because
// it never goes back to the pool in between.
func (w *writer) connect(ctx context.Context) error {
	if w.conn != nil {
		return nil
	}
	conn, err := w.store.db.Conn(ctx)
	if err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, fmt.Sprintf("SET XACT_ABORT ON; SET LOCK_TIMEOUT %d;", w.store.opts.LockTimeout.Milliseconds())); err != nil {
		_ = conn.Close()
		return err
	}
	w.conn = conn
	return nil
}

// drop lets the connection go. Its session is reset before anybody else uses it.
func (w *writer) drop() {
	if w.conn != nil {
		_ = w.conn.Close()
		w.conn = nil
	}
}

// committed looks, on a new connection, whether the transaction that carried the
// writer's present mark went through. The update waits until the server has done
// with the broken session.
func (w *writer) committed() (bool, error) {
	w.drop()
	ctx, cancel := context.WithTimeout(context.Background(), w.store.opts.Timeout)
	defer cancel()
	if err := w.connect(ctx); err != nil {
		return false, err
	}
	if _, err := w.conn.ExecContext(ctx, "UPDATE writers SET seen_at = SYSUTCDATETIME() WHERE id = @p1", w.id); err != nil {
		return false, err
	}
	var mark int64
	err := w.conn.QueryRowContext(ctx, "SELECT mark FROM writers WHERE id = @p1", w.id).Scan(&mark)
	if err == sql.ErrNoRows {
		return false, nil
	}
	return mark == w.mark, err
}
