package sqlite

import (
	"database/sql/driver"
	"encoding/json"
	"slices"

	"tundish/core"
)

// columns are what lists look at of an order, beside what every version of the store wrote.
type columns struct {
	id, version int64
	no          core.OrderNo
	values      [6]any // as named by columnNames
	guests      []string
	differ      bool               // what the store has of values and guests is another
	meters      []core.MeterChange // what its results say of meters
}

const (
	columnNames = "o.branch, o.depot, o.step, o.due_at, o.alarm_at, o.held"
	guestsOf    = "(SELECT json_group_array(guest) FROM (SELECT guest FROM order_guests g WHERE g.no = o.no ORDER BY guest))"
)

// columnsOf are the columns as the order's body has them.
func columnsOf(o *core.WorkOrder) columns {
	return columns{no: o.No, guests: o.Guests(), meters: o.MeterWork().Changes(),
		values: [6]any{organisation(o.Place.Branch), organisation(o.Place.Depot), stepOf(o), millis(o.DueAt), millis(o.AlarmAt), heldFlag(o)}}
}

func (c *columns) same(has *columns) bool {
	return c.values == has.values && slices.Equal(c.guests, has.guests)
}

// fill writes what may lack, unless the order changed meanwhile: then whoever changed it wrote them.
func (c *columns) fill(w *conn) error {
	still := false
	if err := w.query("SELECT 1 FROM orders WHERE id = ? AND version = ?", values(c.id, c.version), func([]driver.Value) error { still = true; return nil }); err != nil || !still {
		return err
	}
	if c.differ {
		if err := c.rewrite(w); err != nil {
			return err
		}
	}
	return learnMeters(w, c.no, c.meters)
}

func (c *columns) rewrite(w *conn) error {
	v := c.values
	if _, err := w.exec("UPDATE orders SET branch = ?, depot = ?, step = ?, due_at = ?, alarm_at = ?, held = ? WHERE id = ?", values(v[0], v[1], v[2], v[3], v[4], v[5], c.id)); err != nil {
		return err
	}
	if _, err := w.exec("DELETE FROM order_guests WHERE no = ?", values(string(c.no))); err != nil {
		return err
	}
	for _, g := range c.guests {
		if _, err := w.exec("INSERT INTO order_guests (guest, no) VALUES (?, ?)", values(g, string(c.no))); err != nil {
			return err
		}
	}
	return nil
}

// scanned reads what the store has of an order's guests.
func (c *columns) scanned(guests string) error { return json.Unmarshal([]byte(guests), &c.guests) }
