package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
)

// points are connections for reads of few rows by their key, which every message begins
// with. Like the writer's they do without database/sql: its pool, and its watch over a
// context that such a read never outlives, cost more than the read.
type points struct {
	connector driver.Connector
	idle      chan *conn // nil for one that is not open yet
}

func newPoints(c driver.Connector, n int) points {
	p := points{connector: c, idle: make(chan *conn, n)}
	for range n {
		p.idle <- nil
	}
	return p
}

// row reads at most one row into dest; sql.ErrNoRows if there is none. Columns are texts.
func (p points) row(ctx context.Context, doing, text string, args []driver.NamedValue, dest ...*string) error {
	found := false
	err := p.use(ctx, doing, func(c *conn) error {
		return c.query(text, args, func(row []driver.Value) error {
			found = true
			for i := range dest {
				*dest[i], _ = row[i].(string) // NULL reads as ""
			}
			return nil
		})
	})
	if err == nil && !found {
		return sql.ErrNoRows
	}
	return err
}

// use lends a connection for some reads.
func (p points) use(ctx context.Context, doing string, read func(*conn) error) error {
	if err := ctx.Err(); err != nil {
		return storeError(doing, err)
	}
	var c *conn
	var open bool
	select {
	case c, open = <-p.idle:
	case <-ctx.Done():
		return storeError(doing, ctx.Err())
	}
	if !open {
		return storeError(doing, sql.ErrConnDone)
	}
	defer func() { p.idle <- c }()
	if c == nil {
		dc, err := p.connector.Connect(ctx)
		if err != nil {
			return storeError(doing, err)
		}
		c = newConn(dc)
	}
	return storeError(doing, read(c))
}

// close waits for the reads under way and refuses any more.
func (p points) close() (err error) {
	for range cap(p.idle) {
		if c := <-p.idle; c != nil {
			if e := c.close(); err == nil {
				err = e
			}
		}
	}
	close(p.idle)
	return err
}
