package sqlite

import (
	"database/sql/driver"

	"tundish/core"
)

// meterStep is what an order's change says of one meter.
type meterStep struct {
	order  core.OrderNo
	change core.MeterChange
}

// meters adds what a change says of meters. Each may be refused, and comes behind the order's own statement.
func (c *compiler) meters(ch *core.OrderChange) {
	for _, m := range ch.Meters {
		c.guards++
		c.guardLate = true
		c.task.steps = append(c.task.steps, step{order: -1, meter: &meterStep{ch.Order.No, m}})
	}
}

// say writes what an order says of a meter; the refusal is one of the unit, not a fault of the store.
func (m *meterStep) say(w *conn) (refusal, err error) {
	was, err := readMeter(w, m.change.Serial)
	if err != nil {
		return nil, err
	}
	is, refusal := was.After(m.order, m.change)
	if refusal != nil {
		return refusal, nil
	}
	return nil, writeMeter(w, m.change.Serial, was, is)
}

func readMeter(w *conn, serial string) (m core.MeterRecord, err error) {
	err = w.query("SELECT installed_by, removed_by, scrapped, at FROM meters WHERE serial = ?", values(serial), func(r []driver.Value) error {
		m = core.MeterRecord{InstalledBy: core.OrderNo(r[0].(string)), RemovedBy: core.OrderNo(r[1].(string)), Scrapped: r[2].(int64) == 1, At: r[3].(int64)}
		return nil
	})
	return m, err
}

func writeMeter(w *conn, serial string, was, is core.MeterRecord) (err error) {
	switch {
	case was == is:
	case !is.Known():
		_, err = w.exec("DELETE FROM meters WHERE serial = ?", values(serial))
	default:
		_, err = w.exec("INSERT OR REPLACE INTO meters (serial, installed_by, removed_by, scrapped, at) VALUES (?, ?, ?, ?, ?)",
			values(serial, string(is.InstalledBy), string(is.RemovedBy), flag(is.Scrapped), is.At))
	}
	return err
}

// learnMeters notes what an order says of meters, where an older version of the store did not.
func learnMeters(w *conn, no core.OrderNo, changes []core.MeterChange) error {
	for _, c := range changes {
		was, err := readMeter(w, c.Serial)
		if err != nil {
			return err
		}
		if err := writeMeter(w, c.Serial, was, was.Learned(no, c)); err != nil {
			return err
		}
	}
	return nil
}
