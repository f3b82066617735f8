package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
)

// conn is the writing connection, used by one goroutine. It speaks to the driver
// directly: database/sql's pool, its locks and its conversions cost as much as a
// short insert does. Statements are prepared once, by their text.
type conn struct {
	dc    driver.Conn
	stmts map[string]driver.Stmt
	args  []driver.NamedValue // of the statement that is being written
}

func newConn(dc driver.Conn) *conn {
	return &conn{dc: dc, stmts: map[string]driver.Stmt{}}
}

func (c *conn) stmt(text string) (driver.Stmt, error) {
	if st := c.stmts[text]; st != nil {
		return st, nil
	}
	st, err := c.dc.(driver.ConnPrepareContext).PrepareContext(context.Background(), text)
	if err != nil {
		return nil, err
	}
	c.stmts[text] = st
	return st, nil
}

// exec runs a prepared statement and returns how many rows it touched.
func (c *conn) exec(text string, args []driver.NamedValue) (driver.Result, error) {
	st, err := c.stmt(text)
	if err != nil {
		return nil, err
	}
	return st.(driver.StmtExecContext).ExecContext(context.Background(), args)
}

// query runs a prepared statement and hands each row to visit, which must not keep it.
func (c *conn) query(text string, args []driver.NamedValue, visit func([]driver.Value) error) (err error) {
	st, err := c.stmt(text)
	if err != nil {
		return err
	}
	rows, err := st.(driver.StmtQueryContext).QueryContext(context.Background(), args)
	if err != nil {
		return err
	}
	defer func() {
		if e := rows.Close(); err == nil {
			err = e
		}
	}()
	row := make([]driver.Value, len(rows.Columns()))
	for {
		if err := rows.Next(row); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if err := visit(row); err != nil {
			return err
		}
	}
}

// script runs statements without parameters that are used once.
func (c *conn) script(text string) error {
	_, err := c.dc.(driver.ExecerContext).ExecContext(context.Background(), text, nil)
	return err
}

func (c *conn) begin() error  { _, err := c.exec("BEGIN IMMEDIATE", nil); return err }
func (c *conn) commit() error { _, err := c.exec("COMMIT", nil); return err }

// rollback ends whatever transaction there is. SQLite has ended it by itself after a
// full disk or an I/O error, and then says that none is active; both leave none.
func (c *conn) rollback() { _, _ = c.exec("ROLLBACK", nil) }

func (c *conn) close() error {
	for _, st := range c.stmts {
		_ = st.Close()
	}
	return c.dc.Close()
}

// values makes arguments of Go values: string, int64, float64, []byte or nil.
func values(vs ...driver.Value) []driver.NamedValue {
	args := make([]driver.NamedValue, len(vs))
	for i, v := range vs {
		args[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return args
}
