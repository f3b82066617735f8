package sqlite

import (
	"database/sql/driver"
	"strings"

	"tundish/core"
)

// Rows that nothing in their transaction reads again are gathered and written several to
// a statement: of a short insert, half the cost is the statement.

// mostRows of one statement; more make it no cheaper.
const mostRows = 8

// table is one that rows are gathered for.
type table struct {
	columns int
	text    [mostRows + 1]string // the insert of so many rows
}

func newTable(insert string, columns int, conflict string) *table {
	t := &table{columns: columns}
	row := "(?" + strings.Repeat(", ?", columns-1) + ")"
	for n := 1; n <= mostRows; n *= 2 {
		t.text[n] = insert + " VALUES " + row + strings.Repeat(", "+row, n-1) + conflict
	}
	return t
}

var (
	newOrders = newTable(`INSERT INTO orders (no, system, external_no, period, version, type, family, phase, urgency, is_open, has_point,
		crew, account, serial, branch, depot, received_at, due_at, alarm_at, updated_at, hashes, body, step, held)`, 24, " ON CONFLICT (external_no, system, period) DO NOTHING")
	newEvents   = newTable("INSERT INTO events (id, at, kind, actor, message_id, remark, deltas)", 7, "")
	newTouched  = newTable("INSERT INTO search_queue (no)", 1, "")
	newMessages = newTable(`INSERT INTO messages (id, system, direction, operation, external_no, order_no, at, took_us, result, detail, charset, request, response, bundle)`, 14, "")
)

// row is one row of a table that is gathered.
type row []driver.Value

// chunk is how many of left rows the next statement takes: a power of two, so that few
// statements are ever prepared.
func chunk(left int) int {
	n := mostRows
	for n > left {
		n /= 2
	}
	return n
}

// insert writes up to mostRows rows, a power of two of them.
func (c *conn) insert(t *table, rows []row) (driver.Result, error) {
	c.args = c.args[:0]
	for _, r := range rows {
		for _, v := range r {
			c.args = append(c.args, driver.NamedValue{Ordinal: len(c.args) + 1, Value: v})
		}
	}
	defer clear(c.args)
	return c.exec(t.text[len(rows)], c.args)
}

// insertAll writes rows that meet nothing.
func (c *conn) insertAll(t *table, rows []row) error {
	for len(rows) > 0 {
		n := chunk(len(rows))
		if _, err := c.insert(t, rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// insertOrders writes new orders and appends their ids, 0 for one whose key exists.
func (c *conn) insertOrders(ids []int64, orders []row) ([]int64, error) {
	for len(orders) > 0 {
		n := chunk(len(orders))
		res, err := c.insert(newOrders, orders[:n])
		if err != nil {
			return ids, err
		}
		written, err := res.RowsAffected()
		if err != nil {
			return ids, err
		}
		last := int64(0)
		if written > 0 {
			if last, err = res.LastInsertId(); err != nil {
				return ids, err
			}
		}
		// SQLite numbers the rows of a statement one after the other, and leaves out none for
		// a row that met its key.
		first := last - written + 1
		if written == int64(n) {
			for i := range int64(n) {
				ids = append(ids, first+i)
			}
		} else if ids, err = c.whichOrders(ids, orders[:n], first, last); err != nil {
			return ids, err
		}
		orders = orders[n:]
	}
	return ids, nil
}

// whichOrders tells which of some orders were written as the rows first to last.
func (c *conn) whichOrders(ids []int64, orders []row, first, last int64) ([]int64, error) {
	written := map[string]int64{}
	if last > 0 {
		if err := c.query("SELECT no, id FROM orders WHERE id BETWEEN ? AND ?", values(first, last), func(r []driver.Value) error {
			written[r[0].(string)] = r[1].(int64)
			return nil
		}); err != nil {
			return ids, err
		}
	}
	for _, o := range orders {
		ids = append(ids, written[o[0].(string)])
	}
	return ids, nil
}

// gathered are rows that wait to be written, at the end of the transaction at the latest.
type gathered struct {
	events, messages []row
	touched          []row // orders that search must look at again
}

func (g *gathered) flush(c *conn) error {
	if err := c.insertAll(newEvents, g.events); err != nil {
		return err
	}
	if err := c.insertAll(newMessages, g.messages); err != nil {
		return err
	}
	if err := c.insertAll(newTouched, g.touched); err != nil {
		return err
	}
	g.clear()
	return nil
}

func (g *gathered) clear() {
	clear(g.events)
	clear(g.messages)
	clear(g.touched)
	g.events, g.messages, g.touched = g.events[:0], g.messages[:0], g.touched[:0]
}

// organisation is a branch or a depot as it is looked for: sources write what they like.
func organisation(s string) driver.Value {
	if s == "" {
		return nil
	}
	return core.LogText(s, core.MaxExternal)
}

// stepOf is where an order stands, heldFlag whether it rests.
func stepOf(o *core.WorkOrder) driver.Value {
	if m := o.Main(); m != nil && m.Step != "" {
		return core.LogText(m.Step, core.MaxCode)
	}
	return nil
}

func heldFlag(o *core.WorkOrder) driver.Value {
	if o.Hold == nil {
		return nil
	}
	return int64(1)
}

// orderRow is a new order's.
func orderRow(ch *core.OrderChange, crew, hash string) row {
	o := &ch.Order
	return row{string(o.No), string(o.Ref.System), o.Ref.External, o.Ref.Period, int64(1),
		o.Type, string(o.Family), string(o.Phase), string(o.Urgency), flag(!o.Phase.Ended()), flag(o.Place.Point != nil),
		crew, o.Customer.Account, o.Meter.Serial, organisation(o.Place.Branch), organisation(o.Place.Depot),
		millis(o.ReceivedAt), millis(o.DueAt), millis(o.AlarmAt), o.UpdatedAt.UnixMilli(), hash, string(ch.Body), stepOf(o), heldFlag(o)}
}
