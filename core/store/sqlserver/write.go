package sqlserver

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	mssql "github.com/microsoft/go-mssqldb"

	"tundish/core"
	"tundish/core/store/internal/record"
)

// bulkRows is from how many rows on a table is written by bulk copy, which costs five
// short round trips but spares the server hundreds of parameters.
const bulkRows = 4

// script collects the statements of a transaction and sends them in as few requests
// as the parameters allow.
type script struct {
	ctx context.Context
	tx  *sql.Tx
	b   *batch
	err error
}

func (s *script) room(params int) bool {
	if s.err == nil && len(s.b.args) > 0 && len(s.b.args)+params > maxParams {
		s.flush()
	}
	return s.err == nil
}

func (s *script) flush() {
	if s.err == nil && s.b.text.Len() > 0 {
		s.err = s.b.exec(s.ctx, s.tx)
	}
	s.b = &batch{}
}

// moved makes the transaction fail unless the last statement changed n rows.
func (s *script) moved(n int) {
	s.b.add(";\nIF @@ROWCOUNT <> ", s.b.param("int", int64(n)), " THROW 50409, N'what was decided on has moved', 1;\n")
}

// insert adds rows, many at a time.
func (s *script) insert(table string, cols []column, rows [][]any) {
	if len(rows) >= bulkRows && len(cols) > 1 { // a parameter a row is less than bulk copy's trips
		s.bulk(table, cols, rows)
		return
	}
	for len(rows) > 0 {
		n := min(len(rows), chunk(len(cols)))
		if !s.room(powerOfTwo(n) * len(cols)) {
			return
		}
		s.b.add("INSERT INTO ", table, " (", names(cols, ""), ") SELECT ", names(cols, "v."), " FROM ")
		s.b.values(cols, rows[:n], true)
		s.b.add(" WHERE v.", cols[0].name, " IS NOT NULL;\n")
		rows = rows[n:]
	}
}

func (s *script) bulk(table string, cols []column, rows [][]any) {
	s.flush()
	if s.err != nil {
		return
	}
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.name
	}
	st, err := s.tx.PrepareContext(s.ctx, mssql.CopyIn(table, mssql.BulkOptions{CheckConstraints: true, KeepNulls: true}, names...))
	if err != nil {
		s.err = err
		return
	}
	defer st.Close()
	for _, row := range rows {
		if _, s.err = st.ExecContext(s.ctx, row...); s.err != nil {
			return
		}
	}
	_, s.err = st.ExecContext(s.ctx)
}

// update changes rows found by a join with the values v. With check, each must be
// found.
func (s *script) update(table, set, on string, cols []column, rows [][]any, check bool) {
	for len(rows) > 0 {
		n := min(len(rows), chunk(len(cols)+1))
		if !s.room(powerOfTwo(n)*len(cols) + 1) {
			return
		}
		s.b.add("UPDATE t SET ", set, " FROM ", table, " t JOIN ")
		s.b.values(cols, rows[:n], true)
		s.b.add(" ON ", on)
		if check {
			s.moved(n)
		} else {
			s.b.add(";\n")
		}
		rows = rows[n:]
	}
}

var (
	orderCols = columns("no nvarchar(20);system nvarchar(40);external_no nvarchar(100);period nvarchar(20);version bigint;type nvarchar(60);family nvarchar(20);" +
		"phase nvarchar(20);urgency nvarchar(20);is_open tinyint;has_point tinyint;crew nvarchar(60);account nvarchar(60);serial nvarchar(60);" +
		"branch nvarchar(100);depot nvarchar(100);received_at datetime2(3);due_at datetime2(3);alarm_at datetime2(3);updated_at datetime2(3);hashes varchar(max);body nvarchar(max);step nvarchar(60);held tinyint")
	orderUpdate = columns("no nvarchar(20);expected bigint;version bigint;type nvarchar(60);family nvarchar(20);phase nvarchar(20);urgency nvarchar(20);" +
		"is_open tinyint;has_point tinyint;crew nvarchar(60);account nvarchar(60);serial nvarchar(60);" +
		"branch nvarchar(100);depot nvarchar(100);due_at datetime2(3);alarm_at datetime2(3);updated_at datetime2(3);hashes varchar(max);body nvarchar(max);step nvarchar(60);held tinyint")
	eventCols  = columns("order_no nvarchar(20);sequence bigint;at datetime2(3);kind nvarchar(30);actor nvarchar(100);message_id nvarchar(64);remark nvarchar(max);deltas nvarchar(max)")
	outboxCols = columns("id nvarchar(64);order_no nvarchar(20);sequence bigint;target nvarchar(40);kind nvarchar(30);created_at datetime2(3);payload nvarchar(max);" +
		"state nvarchar(10);attempts int;last_error nvarchar(1000)")
	queueCols   = columns("no nvarchar(20)")
	guestCols   = columns("guest nvarchar(80);no nvarchar(20)")
	fillCols    = columns("no nvarchar(20);version bigint;branch nvarchar(100);depot nvarchar(100);step nvarchar(60);due_at datetime2(3);alarm_at datetime2(3);held tinyint")
	dayCols     = columns("day nvarchar(10);crew_id nvarchar(60);minutes int;orders int;urgent_orders int;version bigint;route nvarchar(max)")
	dayUpdate   = columns("day nvarchar(10);crew_id nvarchar(60);minutes int;orders int;urgent_orders int;versions bigint;route nvarchar(max);expected bigint")
	rowKey      = columns("job nvarchar(60);source_at bigint;external_no nvarchar(100);period nvarchar(20)")
	rowCols     = columns("job nvarchar(60);source_at bigint;external_no nvarchar(100);period nvarchar(20);order_no nvarchar(20);seen bigint;vanished nvarchar(64)")
	refusedCols = columns("run nvarchar(64);system nvarchar(40);external_no nvarchar(100);period nvarchar(20);code nvarchar(60);reason nvarchar(1000);at datetime2(3);raw varbinary(max)")
	messageCols = columns("id nvarchar(64);system nvarchar(40);direction nvarchar(10);operation nvarchar(100);external_no nvarchar(100);order_no nvarchar(20);at datetime2(3);" +
		"took_us bigint;result nvarchar(60);detail nvarchar(1000);charset nvarchar(60);request varbinary(max);response varbinary(max);bundle varchar(64)")
)

// write sends the net effect.
func (p *plan) write(ctx context.Context, tx *sql.Tx) error {
	s := &script{ctx: ctx, tx: tx, b: &batch{}}
	for f := range p.fences {
		if s.room(4) {
			s.b.add("UPDATE leases SET token = token WHERE name = ", s.b.param("nvarchar(60)", f.Lease), " AND token = ", s.b.param("bigint", f.Token), " AND holder <> N''")
			s.moved(1)
		}
	}
	p.writeOrders(s)
	p.writeMeters(s)
	p.writeGuests(s)
	p.writeQueue(s)
	s.insert("events", eventCols, p.events)
	for i := range p.outbox {
		p.outbox[i] = append(p.outbox[i], string(core.MessageDue), int64(0), "")
	}
	s.insert("outbox_messages", outboxCols, p.outbox)
	p.writeLanes(s)
	p.writeDays(s)
	if err := p.writeCrews(s); err != nil {
		return err
	}
	p.writeJobs(s)
	p.writeRows(s)
	s.insert("refused_items", refusedCols, p.refused)
	s.insert("messages", messageCols, p.messages)
	p.writeBlobs(s)
	s.flush()
	return s.err
}

func (p *plan) writeOrders(s *script) {
	var created, changed [][]any
	for _, w := range p.orders {
		o := &w.last.Order
		crew := ""
		if o.Assignment != nil {
			crew = o.Assignment.CrewID
		}
		if w.expected == 0 {
			created = append(created, []any{string(o.No), string(o.Ref.System), o.Ref.External, o.Ref.Period, o.Version, o.Type, string(o.Family),
				string(o.Phase), string(o.Urgency), flag(!o.Phase.Ended()), flag(o.Place.Point != nil), crew, o.Customer.Account, o.Meter.Serial,
				organisation(o.Place.Branch), organisation(o.Place.Depot), instant(o.ReceivedAt), instant(o.DueAt), instant(o.AlarmAt), instant(o.UpdatedAt), w.hashes.String(), string(w.last.Body), stepOf(o), heldFlag(o)})
			continue
		}
		changed = append(changed, []any{string(o.No), w.expected, o.Version, o.Type, string(o.Family), string(o.Phase), string(o.Urgency),
			flag(!o.Phase.Ended()), flag(o.Place.Point != nil), crew, o.Customer.Account, o.Meter.Serial,
			organisation(o.Place.Branch), organisation(o.Place.Depot), instant(o.DueAt), instant(o.AlarmAt), instant(o.UpdatedAt), w.hashes.String(), string(w.last.Body), stepOf(o), heldFlag(o)})
	}
	s.insert("orders", orderCols, created)
	s.update("orders", `version = v.version, type = v.type, family = v.family, phase = v.phase, urgency = v.urgency, is_open = v.is_open,
		has_point = v.has_point, crew = v.crew, account = v.account, serial = v.serial,
		branch = v.branch, depot = v.depot, due_at = v.due_at, alarm_at = v.alarm_at, updated_at = v.updated_at,
		hashes = t.hashes + v.hashes, body = v.body, step = v.step, held = v.held, archived_at = NULL`, "v.no = t.no AND v.expected = t.version", orderUpdate, changed, true)
}

// writeQueue tells search which orders to look at.
func (p *plan) writeQueue(s *script) {
	rows := make([][]any, len(p.orders))
	for i, w := range p.orders {
		rows[i] = []any{string(w.last.Order.No)}
	}
	s.insert("search_queue", queueCols, rows)
}

// writeGuests writes who was called to an order, where that changed.
func (p *plan) writeGuests(s *script) {
	var rows [][]any
	for _, w := range p.orders {
		if !w.called {
			continue
		}
		no := string(w.last.Order.No)
		if w.expected != 0 && s.room(1) {
			s.b.add("DELETE FROM order_guests WHERE no = ", s.b.param("nvarchar(20)", no), ";\n")
		}
		for _, g := range w.last.Order.Guests() {
			rows = append(rows, []any{g, no})
		}
	}
	s.insert("order_guests", guestCols, rows)
}

// stepOf is where an order stands, heldFlag whether it rests.
func stepOf(o *core.WorkOrder) sql.NullString {
	if m := o.Main(); m != nil {
		return textOrNull(core.LogText(m.Step, core.MaxCode))
	}
	return sql.NullString{}
}

func heldFlag(o *core.WorkOrder) sql.NullInt64 {
	return sql.NullInt64{Int64: 1, Valid: o.Hold != nil}
}

// organisation is a branch or a depot as it is looked for: sources write what they like.
func organisation(s string) sql.NullString { return textOrNull(core.LogText(s, core.MaxExternal)) }

func (p *plan) writeDays(s *script) {
	var created, guarded, free [][]any
	for _, w := range p.dayWrites {
		row := []any{w.key.day, w.key.crew, int64(w.minutes), int64(w.orders), int64(w.urgent), w.versions, w.route}
		switch {
		case w.expected == 0:
			created = append(created, row)
		case w.guarded:
			guarded = append(guarded, append(row, w.expected))
		default:
			free = append(free, append(row, w.expected))
		}
	}
	s.insert("crew_days", dayCols, created)
	const set = "minutes = t.minutes + v.minutes, orders = t.orders + v.orders, urgent_orders = t.urgent_orders + v.urgent_orders, version = t.version + v.versions, route = COALESCE(v.route, t.route)"
	s.update("crew_days", set, "v.day = t.day AND v.crew_id = t.crew_id AND v.expected = t.version", dayUpdate, guarded, true)
	s.update("crew_days", set, "v.day = t.day AND v.crew_id = t.crew_id", dayUpdate, free, true)
}

func (p *plan) writeCrews(s *script) error {
	for _, w := range p.crewOps {
		ch := w.last
		body, err := json.Marshal(ch.Crew)
		if err != nil {
			return fmt.Errorf("write crew %s as JSON: %w", ch.Crew.ID, err)
		}
		if !s.room(6) {
			return s.err
		}
		b := s.b
		id, depot := b.param("nvarchar(60)", ch.Crew.ID), b.param("nvarchar(100)", core.LogText(ch.Crew.Depot, core.MaxExternal))
		text, version := b.param("nvarchar(max)", string(body)), b.param("bigint", w.expected+w.versions)
		if w.expected == 0 {
			b.add("INSERT INTO crews (id, depot, version, body) VALUES (", id, ", ", depot, ", ", version, ", ", text, ");\n")
			continue
		}
		b.add("UPDATE crews SET depot = ", depot, ", version = ", version, ", body = ", text, " WHERE id = ", id, " AND version = ", b.param("bigint", w.expected))
		s.moved(1)
	}
	latest := map[string]core.CrewPosition{}
	for _, at := range p.positions {
		if had, ok := latest[at.CrewID]; !ok || !at.At.Before(had.At) {
			latest[at.CrewID] = at
		}
	}
	for _, at := range latest {
		if !s.room(4) {
			return s.err
		}
		b := s.b
		id, lat, lon, when := b.param("nvarchar(60)", at.CrewID), b.param("float", at.Point.Lat), b.param("float", at.Point.Lon), b.param("datetime2(3)", instant(at.At))
		b.add("UPDATE crew_positions SET lat = ", lat, ", lon = ", lon, ", at = ", when, " WHERE crew_id = ", id, " AND at <= ", when, ";\n",
			"INSERT INTO crew_positions (crew_id, lat, lon, at) SELECT ", id, ", ", lat, ", ", lon, ", ", when,
			" WHERE NOT EXISTS (SELECT 1 FROM crew_positions WHERE crew_id = ", id, ");\n")
	}
	return s.err
}

func (p *plan) writeJobs(s *script) {
	for _, r := range p.runs {
		if !s.room(22) {
			return
		}
		b := s.b
		id, job, trigger := b.param("nvarchar(64)", r.ID), b.param("nvarchar(60)", r.Job), b.param("nvarchar(20)", core.LogText(r.Trigger, 20))
		slot, started := b.param("datetime2(3)", instant(r.Slot)), b.param("datetime2(3)", instant(r.StartedAt))
		from, to := b.param("datetime2(3)", instant(r.From)), b.param("datetime2(3)", instant(r.To))
		page, confirmed, source := b.param("int", int64(r.Page)), b.param("int", int64(r.Confirmed)), b.param("datetime2(3)", instant(r.SourceTime))
		state, finished, err := b.param("nvarchar(20)", string(r.State)), b.param("datetime2(3)", instant(r.FinishedAt)), b.param("nvarchar(1000)", core.LogText(r.Err, core.MaxText))
		var counts [5]string
		for i, n := range []int{r.Fetched, r.Created, r.Amended, r.Known, r.Refused} {
			counts[i] = b.param("int", int64(n))
		}
		total, changed, vanished, only := b.param("int", int64(r.Total)), b.param("int", int64(r.Changed)), b.param("int", int64(r.Vanished)), b.param("tinyint", flag(r.OnlyMissing))
		b.add("UPDATE job_runs SET total = ", total, ", changed = ", changed, ", vanished = ", vanished, ", window_from = ", from, ", window_to = ", to, ", page = ", page, ", confirmed = ", confirmed, ", source_time = ", source,
			", state = ", state, ", fetched = ", counts[0], ", created = ", counts[1], ", amended = ", counts[2], ", known = ", counts[3], ", refused = ", counts[4],
			", finished_at = ", finished, ", err = ", err, " WHERE id = ", id, ";\n",
			"IF @@ROWCOUNT = 0 INSERT INTO job_runs (id, job, trigger_kind, slot, window_from, window_to, page, confirmed, source_time, state, ",
			"fetched, created, amended, known, refused, started_at, finished_at, err, total, changed, vanished, only_missing) VALUES (", id, ", ", job, ", ", trigger, ", ", slot, ", ", from, ", ", to, ", ",
			page, ", ", confirmed, ", ", source, ", ", state, ", ", counts[0], ", ", counts[1], ", ", counts[2], ", ", counts[3], ", ", counts[4], ", ",
			started, ", ", finished, ", ", err, ", ", total, ", ", changed, ", ", vanished, ", ", only, ");\n")
	}
	for _, j := range p.jobs {
		if !s.room(5) {
			return
		}
		b := s.b
		job, slot, mark := b.param("nvarchar(60)", j.Job), b.param("datetime2(3)", instant(j.LastSlot)), b.param("datetime2(3)", instant(j.Watermark))
		b.add("UPDATE jobs SET last_slot = ", slot, ", watermark = ", mark, " WHERE job = ", job, ";\n",
			"IF @@ROWCOUNT = 0 INSERT INTO jobs (job, last_slot, watermark) VALUES (", job, ", ", slot, ", ", mark, ");\n")
		if !j.ForgetBefore.IsZero() {
			b.add("DELETE TOP (", b.param("bigint", int64(core.RowsForgotten)), ") FROM job_rows WHERE job = ", job, " AND source_at < ", b.param("bigint", j.ForgetBefore.UnixMilli()), ";\n")
		}
	}
}

// writeRows remembers rows: those that may be there are taken out first. Of a row that
// came twice the last word counts.
func (p *plan) writeRows(s *script) {
	type key struct {
		job string
		at  int64
		ref core.Ref
	}
	at := map[key]int{}
	var gone, rows [][]any
	for i := range p.rows {
		r := &p.rows[i]
		ref := core.Ref{External: r.Ref.External, Period: r.Ref.Period}
		k := key{r.Job, record.RowTime(r.SourceAt), ref}
		out := func(ms int64) {
			gone = append(gone, []any{r.Job, ms, ref.External, ref.Period})
			if j, ok := at[key{r.Job, ms, ref}]; ok {
				rows[j] = nil
			}
		}
		if !r.New {
			out(k.at)
			if was := record.RowTime(r.Was); was != 0 && was != k.at {
				out(was)
			}
		}
		at[k] = len(rows)
		rows = append(rows, []any{r.Job, k.at, ref.External, ref.Period, string(r.No), record.RowTime(r.Seen), r.Vanished})
	}
	for len(gone) > 0 {
		n := min(len(gone), chunk(len(rowKey)))
		if !s.room(powerOfTwo(n) * len(rowKey)) {
			return
		}
		s.b.add("DELETE t FROM job_rows t JOIN ")
		s.b.values(rowKey, gone[:n], true)
		s.b.add(" ON v.job = t.job AND v.source_at = t.source_at AND v.external_no = t.external_no AND v.period = t.period;\n")
		gone = gone[n:]
	}
	s.insert("job_rows", rowCols, slices.DeleteFunc(rows, func(r []any) bool { return r == nil }))
}

func (p *plan) writeBlobs(s *script) {
	done := map[string]bool{}
	for _, blob := range p.blobs {
		if done[blob.SHA256] || !s.room(3) {
			continue
		}
		done[blob.SHA256] = true
		bytes := blob.Bytes
		if bytes == nil {
			bytes = []byte{}
		}
		b := s.b
		sum := b.param("nvarchar(64)", blob.SHA256)
		b.add("INSERT INTO blobs (sha256, content_type, bytes) SELECT ", sum, ", ", b.param("nvarchar(100)", core.LogText(blob.ContentType, core.MaxExternal)),
			", ", b.param("varbinary(max)", bytes), " WHERE NOT EXISTS (SELECT 1 FROM blobs WHERE sha256 = ", sum, ");\n")
	}
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// maxDelay is as far as DATEADD(millisecond, …) and DATEDIFF reach with an INT, rounded down.
const maxDelay = 20 * 24 * time.Hour

func delay(d time.Duration) int64 { return min(max(d, 0), maxDelay).Milliseconds() }
