package sqlite

import (
	"database/sql/driver"
	"sync/atomic"
)

const (
	// checkpointAfter is how many statements the writer makes durable before the log is
	// copied into the file: about a thousand pages.
	checkpointAfter = 2500
	// logPages is when the writer copies the log by itself, in pages. It is met when the
	// copy in the background cannot keep up with a writer that never rests: a log starts
	// over only once all of it is copied. By then little is left to copy.
	logPages = "4000"
)

// checkpointer copies the log into the database file beside the writer, which would
// otherwise let every caller wait while it does so itself. The copy takes no lock that
// the writer or a reader needs.
type checkpointer struct {
	conn    *conn
	pending atomic.Int64
	due     chan struct{}
	stopped chan struct{}
}

func startCheckpointer(dc driver.Conn) *checkpointer {
	c := &checkpointer{conn: newConn(dc), due: make(chan struct{}, 1), stopped: make(chan struct{})}
	go c.run()
	return c
}

// wrote counts statements that are durable. It never blocks.
func (c *checkpointer) wrote(statements int) {
	if c.pending.Add(int64(statements)) < checkpointAfter {
		return
	}
	c.pending.Store(0)
	select {
	case c.due <- struct{}{}:
	default:
	}
}

func (c *checkpointer) run() {
	defer close(c.stopped)
	for range c.due {
		// What keeps it from copying (another process copies, the disk is full) keeps the
		// log as it is: nothing is lost, and the next one copies more.
		_ = c.conn.query("PRAGMA wal_checkpoint(PASSIVE)", nil, func([]driver.Value) error { return nil })
	}
}

func (c *checkpointer) close() error {
	close(c.due)
	<-c.stopped
	return c.conn.close()
}
