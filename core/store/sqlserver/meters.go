package sqlserver

import (
	"context"
	"database/sql"
	"maps"
	"slices"

	"tundish/core"
)

const meterColumns = "serial, installed_by, removed_by, scrapped, at"

var (
	meterCols    = columns("serial nvarchar(60);installed_by nvarchar(20);removed_by nvarchar(20);scrapped tinyint;at bigint")
	orderVersion = columns("no nvarchar(20);version bigint")
)

func scanMeter(r *sql.Rows) (serial string, m core.MeterRecord, err error) {
	var scrapped int64
	err = r.Scan(&serial, &m.InstalledBy, &m.RemovedBy, &scrapped, &m.At)
	m.Scrapped = scrapped == 1
	return serial, m, err
}

// writeMeters writes what units of the batch say of meters, in the sequence of serials, so that two batches meet in the
// same one.
func (p *plan) writeMeters(s *script) { s.meters(p.metersWas, p.meters) }

// meters turns records as they were read into those that should be. One that somebody else changed meanwhile makes the
// transaction fail and run again: a lock that a server ignores does not give one meter to two orders.
func (s *script) meters(was, is map[string]core.MeterRecord) {
	for _, serial := range slices.Sorted(maps.Keys(is)) {
		old, m := was[serial], is[serial]
		if old == m || !s.room(9) {
			continue
		}
		b := s.b
		key := b.param("nvarchar(60)", serial)
		if !old.Known() {
			b.add("INSERT INTO meters (", meterColumns, ") VALUES (", key)
			for i, v := range []any{string(m.InstalledBy), string(m.RemovedBy), flag(m.Scrapped), m.At} {
				b.add(", ", b.param(meterCols[i+1].typ, v))
			}
			b.add(");\n")
			continue
		}
		if m.Known() {
			b.add("UPDATE meters SET installed_by = ", b.param("nvarchar(20)", string(m.InstalledBy)), ", removed_by = ", b.param("nvarchar(20)", string(m.RemovedBy)),
				", scrapped = ", b.param("tinyint", flag(m.Scrapped)), ", at = ", b.param("bigint", m.At))
		} else {
			b.add("DELETE FROM meters")
		}
		b.add(" WHERE serial = ", key, " AND installed_by = ", b.param("nvarchar(20)", string(old.InstalledBy)), " AND removed_by = ", b.param("nvarchar(20)", string(old.RemovedBy)),
			" AND scrapped = ", b.param("tinyint", flag(old.Scrapped)))
		s.moved(1)
	}
}

// learnMeters notes what orders say of meters, where an older version of the store did not. Only the orders that it learns
// from are touched: one that changes meanwhile has said so itself.
func learnMeters(ctx context.Context, tx *sql.Tx, s *script, orders map[string]*toIndex) error {
	said := map[string][]core.MeterChange{} // by order
	var serials []string
	for no, x := range orders {
		if list := x.order.MeterWork().Changes(); len(list) > 0 {
			said[no] = list
			for _, c := range list {
				serials = append(serials, c.Serial)
			}
		}
	}
	slices.Sort(serials)
	serials = slices.Compact(serials)
	was := map[string]core.MeterRecord{}
	for part := range slices.Chunk(serials, 1024) {
		b := &batch{}
		b.add("SELECT ", meterColumns, " FROM meters WHERE serial IN (")
		b.list("nvarchar(60)", len(part), func(i int) any { return part[i] })
		b.add(")")
		rows, err := b.query(ctx, tx)
		if err != nil {
			return err
		}
		if err := each(rows, func(r *sql.Rows) error {
			serial, m, err := scanMeter(r)
			was[serial] = m
			return err
		}); err != nil {
			return err
		}
	}
	is := maps.Clone(was)
	var learned [][]any
	for _, no := range slices.Sorted(maps.Keys(said)) {
		new := false
		for _, c := range said[no] {
			m := is[c.Serial].Learned(core.OrderNo(no), c)
			new = new || m != is[c.Serial]
			is[c.Serial] = m
		}
		if new {
			learned = append(learned, []any{no, orders[no].order.Version})
		}
	}
	s.update("orders", "version = v.version", "v.no = t.no AND v.version = t.version", orderVersion, learned, true)
	s.meters(was, is)
	return s.err
}
