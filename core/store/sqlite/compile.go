package sqlite

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"

	"tundish/core"
	"tundish/core/store/internal/record"
)

// compile turns a unit into statements in the caller's goroutine, so that the writer
// only binds and steps. What can find that something moved comes before what cannot,
// inside each part.
func compile(u *core.Unit) (*task, error) {
	if err := u.Check(); err != nil {
		return nil, err
	}
	c := &compiler{task: &task{}}
	c.fence(u.Fence)
	c.task.before = len(c.task.steps)
	for i := range u.Orders {
		if err := c.change(i, &u.Orders[i]); err != nil {
			return nil, err
		}
	}
	for i := range u.CrewDays {
		if err := c.crewDay(&u.CrewDays[i]); err != nil {
			return nil, err
		}
	}
	for i := range u.Crews {
		if err := c.crew(&u.Crews[i]); err != nil {
			return nil, err
		}
	}
	for _, p := range u.Positions {
		c.add(`INSERT INTO crew_positions (crew_id, lat, lon, at) VALUES (?, ?, ?, ?)
			ON CONFLICT (crew_id) DO UPDATE SET lat = excluded.lat, lon = excluded.lon, at = excluded.at WHERE excluded.at >= at`,
			p.CrewID, p.Point.Lat, p.Point.Lon, p.At.UnixMilli())
	}
	if u.Delivery != nil {
		c.delivery(u.Delivery)
	}
	c.job(u)
	for i := range u.Messages {
		c.message(&u.Messages[i])
	}
	for i := range u.Blobs {
		b := &u.Blobs[i]
		c.add("INSERT INTO blobs (sha256, content_type, bytes) VALUES (?, ?, ?) ON CONFLICT (sha256) DO NOTHING",
			b.SHA256, core.LogText(b.ContentType, core.MaxExternal), notNil(b.Bytes))
	}
	c.task.savepoint = len(c.task.orders)+c.guards > 1 || c.guards == 1 && c.guardLate
	return c.task, nil
}

// compiler collects steps.
type compiler struct {
	task      *task
	guards    int  // steps that may find something moved
	guardLate bool // the guard is not the first step
}

func (c *compiler) add(text string, vs ...driver.Value) {
	c.task.steps = append(c.task.steps, step{text: text, args: values(vs...)})
}

func (c *compiler) guard(w want, order int, moved, text string, vs ...driver.Value) {
	c.guards++
	c.guardLate = c.guardLate || len(c.task.steps) > 0
	c.task.steps = append(c.task.steps, step{text: text, args: values(vs...), want: w, order: order, moved: moved})
}

// fence demands that nobody took the lease over. A lease that ran out but was not
// taken by anybody still fences: the token is what counts.
func (c *compiler) fence(f *core.Fence) {
	if f == nil {
		return
	}
	c.guard(oneOrStale, -1, "the lease "+f.Lease+" was lost",
		"UPDATE leases SET token = token WHERE name = ? AND token = ? AND holder <> ''", f.Lease, f.Token)
}

const (
	// eventsPerOrder: events.id = orders.id * eventsPerOrder + sequence.
	eventsPerOrder = 1 << 20

	appendEvent = `INSERT INTO events (id, at, kind, actor, message_id, remark, deltas)
		SELECT id * 1048576 + ?, ?, ?, ?, ?, ?, ? FROM orders WHERE no = ?`
)

func (c *compiler) change(i int, ch *core.OrderChange) error {
	o := &ch.Order
	c.task.touched = append(c.task.touched, row{string(o.No)})
	crew := ""
	if o.Assignment != nil {
		crew = o.Assignment.CrewID
	}
	hash := record.HashLine(ch.Hash)
	if ch.Expected == 0 {
		c.task.orders = append(c.task.orders, orderRow(ch, crew, hash))
		c.task.changes = append(c.task.changes, i)
	} else {
		c.guard(oneOrStale, i, fmt.Sprintf("order %s is no longer at version %d", o.No, ch.Expected),
			// One that was archived comes back with its new body.
			`UPDATE orders SET version = ?, type = ?, family = ?, phase = ?, step = ?, urgency = ?, is_open = ?, has_point = ?, held = ?,
				crew = ?, account = ?, serial = ?, branch = ?, depot = ?, due_at = ?, alarm_at = ?, updated_at = ?, hashes = hashes || ?, body = ?, archived_at = NULL
			WHERE no = ? AND version = ?`,
			o.Version, o.Type, string(o.Family), string(o.Phase), stepOf(o), string(o.Urgency), flag(!o.Phase.Ended()), flag(o.Place.Point != nil), heldFlag(o),
			crew, o.Customer.Account, o.Meter.Serial, organisation(o.Place.Branch), organisation(o.Place.Depot), millis(o.DueAt), millis(o.AlarmAt), o.UpdatedAt.UnixMilli(), hash, string(ch.Body),
			string(o.No), ch.Expected)
	}
	c.meters(ch)
	if guests, changed := record.Guests(ch); changed {
		if ch.Expected != 0 {
			c.add("DELETE FROM order_guests WHERE no = ?", string(o.No))
		}
		for _, g := range guests {
			c.add("INSERT INTO order_guests (guest, no) VALUES (?, ?)", g, string(o.No))
		}
	}
	for j := range ch.Events {
		ev := &ch.Events[j]
		deltas, err := record.Deltas(ev.Deltas)
		if err != nil {
			return fmt.Errorf("order %s, event %d: %w", o.No, ev.Sequence, err)
		}
		if ev.Sequence < 1 || ev.Sequence >= eventsPerOrder {
			return core.Invalidf("event_sequence", "event.sequence", "order %s: event %d is out of range", "工单 %s：事件序号 %d 超出范围", o.No, ev.Sequence)
		}
		if ch.Expected == 0 { // the first column waits for the order's id
			c.task.events = append(c.task.events, orderEvent{len(c.task.orders) - 1, ev.Sequence,
				row{nil, ev.At.UnixMilli(), string(ev.Kind), ev.By, ev.MessageID, ev.Remark, deltas}})
			continue
		}
		c.add(appendEvent, ev.Sequence, ev.At.UnixMilli(), string(ev.Kind), ev.By, ev.MessageID, ev.Remark, deltas, string(o.No))
	}
	for j := range ch.Outbox {
		c.outbox(&ch.Outbox[j])
	}
	return nil
}

func (c *compiler) outbox(m *core.OutboxMessage) {
	c.add(`INSERT INTO outbox_messages (id, order_no, sequence, target, kind, created_at, state, attempts, last_error, payload)
		VALUES (?, ?, ?, ?, ?, ?, 'due', 0, '', ?)`,
		m.ID, string(m.Order), m.Sequence, string(m.Target), string(m.Kind), m.CreatedAt.UnixMilli(), string(m.Payload))
	// A message behind others waits with them; only an idle lane becomes due now.
	c.add(`INSERT INTO outbox_lanes (target, order_no, pending, due_at, ready_at) VALUES (?, ?, 1, `+now+`, `+now+`)
		ON CONFLICT (target, order_no) DO UPDATE SET
			pending = pending + 1,
			due_at = CASE WHEN pending = 0 THEN excluded.due_at ELSE due_at END,
			ready_at = CASE WHEN pending = 0 THEN max(excluded.due_at, lease_until) ELSE ready_at END`,
		string(m.Target), string(m.Order))
}

func (c *compiler) crewDay(d *core.CrewDayChange) error {
	route, err := record.Route(d.Route)
	if err != nil {
		return err
	}
	var plan any // NULL leaves what is there
	if route.Valid {
		plan = route.String
	}
	moved := fmt.Sprintf("crew %s on %s is no longer at version %d", d.CrewID, d.Day, d.Expected)
	switch {
	case !d.Guarded:
		c.add(`INSERT INTO crew_days (day, crew_id, minutes, orders, urgent_orders, version, route) VALUES (?, ?, ?, ?, ?, 1, ?)
			ON CONFLICT (day, crew_id) DO UPDATE SET minutes = minutes + excluded.minutes, orders = orders + excluded.orders,
				urgent_orders = urgent_orders + excluded.urgent_orders, version = version + 1, route = coalesce(excluded.route, route)`,
			d.Day, d.CrewID, int64(d.Minutes), int64(d.Orders), int64(d.UrgentOrders), plan)
	case d.Expected == 0:
		c.guard(oneOrStale, -1, moved, `INSERT INTO crew_days (day, crew_id, minutes, orders, urgent_orders, version, route) VALUES (?, ?, ?, ?, ?, 1, ?)
			ON CONFLICT (day, crew_id) DO NOTHING`,
			d.Day, d.CrewID, int64(d.Minutes), int64(d.Orders), int64(d.UrgentOrders), plan)
	default:
		c.guard(oneOrStale, -1, moved, `UPDATE crew_days SET minutes = minutes + ?, orders = orders + ?, urgent_orders = urgent_orders + ?, version = version + 1, route = coalesce(?, route)
			WHERE day = ? AND crew_id = ? AND version = ?`,
			int64(d.Minutes), int64(d.Orders), int64(d.UrgentOrders), plan, d.Day, d.CrewID, d.Expected)
	}
	return nil
}

func (c *compiler) crew(ch *core.CrewChange) error {
	body, err := json.Marshal(ch.Crew)
	if err != nil {
		return fmt.Errorf("write crew %s as JSON: %w", ch.Crew.ID, err)
	}
	id, depot := ch.Crew.ID, core.LogText(ch.Crew.Depot, core.MaxExternal)
	moved := fmt.Sprintf("crew %s is no longer at version %d", id, ch.Expected)
	switch {
	case ch.Expected < 0:
		c.add(`INSERT INTO crews (id, depot, version, body) VALUES (?, ?, 1, ?)
			ON CONFLICT (id) DO UPDATE SET depot = excluded.depot, version = version + 1, body = excluded.body`, id, depot, string(body))
	case ch.Expected == 0:
		c.guard(oneOrStale, -1, moved, `INSERT INTO crews (id, depot, version, body) VALUES (?, ?, 1, ?) ON CONFLICT (id) DO NOTHING`, id, depot, string(body))
	default:
		c.guard(oneOrStale, -1, moved, `UPDATE crews SET depot = ?, version = version + 1, body = ? WHERE id = ? AND version = ?`, depot, string(body), id, ch.Expected)
	}
	return nil
}

// delivery writes one attempt. Stale: the lane was claimed again, given back or
// freed by a person, or the message is not owed any more.
func (c *compiler) delivery(d *core.DeliveryChange) {
	target, order := string(d.Lane.Target), string(d.Lane.Order)
	delay := d.Delay.Milliseconds()
	if !record.Attempted(d) {
		c.guard(oneOrStale, -1, fmt.Sprintf("the lane %s of order %s was taken over", target, order), `UPDATE outbox_lanes SET holder = '', lease_until = 0, due_at = max(due_at, `+now+` + ?),
				ready_at = CASE WHEN pending = 0 OR parked = 1 THEN NULL ELSE max(due_at, `+now+` + ?) END
			WHERE target = ? AND order_no = ? AND token = ? AND holder <> ''`, delay, delay, target, order, d.Token)
		return
	}
	done, parked := int64(0), int64(0)
	switch d.State {
	case core.MessageDelivered, core.MessageSkipped:
		done, delay = 1, 0
	case core.MessageDead:
		parked = 1
	}
	// One guard that comes first needs no savepoint: it also finds out whether the message
	// is still owed.
	c.guard(oneOrStale, -1, fmt.Sprintf("the lane %s of order %s was taken over, or message %s is not owed any more", target, order, d.MessageID), `UPDATE outbox_lanes SET
			pending = pending - ?1,
			parked = max(parked, ?2),
			due_at = `+now+` + ?3,
			holder = CASE WHEN ?4 THEN '' ELSE holder END,
			lease_until = CASE WHEN ?4 THEN 0 ELSE lease_until END,
			ready_at = CASE WHEN parked = 1 OR ?2 = 1 OR pending - ?1 <= 0 THEN NULL
				WHEN ?4 THEN `+now+` + ?3 ELSE max(`+now+` + ?3, lease_until) END
		WHERE target = ?5 AND order_no = ?6 AND token = ?7 AND holder <> ''
			AND EXISTS (SELECT 1 FROM outbox_messages m WHERE m.id = ?8 AND m.target = ?5 AND m.order_no = ?6 AND m.state IN ('due', 'unknown'))`,
		done, parked, delay, flag(d.Release), target, order, d.Token, d.MessageID)
	var deliveredAt driver.Value
	if d.State == core.MessageDelivered {
		deliveredAt = d.Attempt.At.UnixMilli()
	}
	c.add("UPDATE outbox_messages SET state = ?, attempts = attempts + 1, last_error = ?, delivered_at = ? WHERE id = ?",
		string(d.State), record.LastError(d), deliveredAt, d.MessageID)
	c.add(`INSERT INTO outbox_attempts (message, number, at, took_us, outcome, code, detail)
		SELECT seq, attempts, ?, ?, ?, ?, ? FROM outbox_messages WHERE id = ?`,
		d.Attempt.At.UnixMilli(), d.Attempt.Took.Microseconds(), string(d.Attempt.Outcome),
		core.LogText(d.Attempt.Code, core.MaxCode), core.LogText(d.Attempt.Detail, core.MaxText), d.MessageID)
}

func (c *compiler) job(u *core.Unit) {
	if r := u.Run; r != nil {
		c.add(`INSERT INTO job_runs (id, job, trigger_kind, slot, window_from, window_to, page, confirmed, source_time, state,
				fetched, created, amended, known, refused, started_at, finished_at, err,
				total, changed, vanished, only_missing)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET window_from = excluded.window_from, window_to = excluded.window_to, page = excluded.page,
				confirmed = excluded.confirmed, source_time = excluded.source_time,
				state = excluded.state, fetched = excluded.fetched, created = excluded.created, amended = excluded.amended,
				known = excluded.known, refused = excluded.refused, finished_at = excluded.finished_at, err = excluded.err,
				total = excluded.total, changed = excluded.changed, vanished = excluded.vanished`,
			r.ID, r.Job, r.Trigger, millis(r.Slot), millis(r.From), millis(r.To), int64(r.Page), int64(r.Confirmed), millis(r.SourceTime), string(r.State),
			int64(r.Fetched), int64(r.Created), int64(r.Amended), int64(r.Known), int64(r.Refused),
			millis(r.StartedAt), millis(r.FinishedAt), core.LogText(r.Err, core.MaxText),
			int64(r.Total), int64(r.Changed), int64(r.Vanished), flag(r.OnlyMissing))
	}
	if j := u.Job; j != nil {
		c.add(`INSERT INTO jobs (job, last_slot, watermark) VALUES (?, ?, ?)
			ON CONFLICT (job) DO UPDATE SET last_slot = excluded.last_slot, watermark = excluded.watermark`,
			j.Job, millis(j.LastSlot), millis(j.Watermark))
		if !j.ForgetBefore.IsZero() {
			c.add(`DELETE FROM job_rows WHERE (job, source_at, external_no, period) IN
				(SELECT job, source_at, external_no, period FROM job_rows WHERE job = ? AND source_at < ? ORDER BY source_at LIMIT ?)`,
				j.Job, j.ForgetBefore.UnixMilli(), int64(core.RowsForgotten))
		}
	}
	for i := range u.Rows {
		r := &u.Rows[i]
		if !r.Was.IsZero() && !r.Was.Equal(r.SourceAt) {
			c.add("DELETE FROM job_rows WHERE job = ? AND source_at = ? AND external_no = ? AND period = ?", r.Job, r.Was.UnixMilli(), r.Ref.External, r.Ref.Period)
		}
		c.add(`INSERT INTO job_rows (job, source_at, external_no, period, order_no, seen, vanished) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (job, source_at, external_no, period) DO UPDATE SET order_no = excluded.order_no, seen = excluded.seen, vanished = excluded.vanished`,
			r.Job, record.RowTime(r.SourceAt), r.Ref.External, r.Ref.Period, string(r.No), record.RowTime(r.Seen), r.Vanished)
	}
	for i := range u.Refused {
		r := &u.Refused[i]
		c.add(`INSERT INTO refused_items (run, system, external_no, period, code, reason, at, raw) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			r.Run, core.LogText(string(r.Ref.System), core.MaxSystem), core.LogText(r.Ref.External, core.MaxExternal), core.LogText(r.Ref.Period, core.MaxPeriod),
			core.LogText(r.Code, core.MaxCode), core.LogText(r.Reason, core.MaxText), r.At.UnixMilli(), maybe(r.Raw))
	}
}

func (c *compiler) message(m *core.LoggedMessage) {
	c.task.messages = append(c.task.messages, row{m.ID, core.LogText(string(m.System), core.MaxSystem), string(m.Direction), core.LogText(m.Operation, core.MaxExternal),
		core.LogText(m.External, core.MaxExternal), core.LogText(string(m.Order), core.MaxNumberLength),
		m.At.UnixMilli(), m.Took.Microseconds(), core.LogText(m.Result, core.MaxCode), core.LogText(m.Detail, core.MaxText),
		core.LogText(m.Charset, core.MaxCode), maybe(m.Request), maybe(m.Response), textOrNull(core.LogText(m.Bundle, core.MaxID))})
}

func flag(b bool) driver.Value {
	if b {
		return int64(1)
	}
	return int64(0)
}

// millis is an instant as it is stored: NULL for none.
func millis(t time.Time) driver.Value {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

func textOrNull(s string) driver.Value {
	if s == "" {
		return nil
	}
	return s
}

func maybe(b []byte) driver.Value {
	if len(b) == 0 {
		return nil
	}
	return b
}

// notNil: an attachment may be empty, its column may not be NULL.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
