package sqlserver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"tundish/core"
	"tundish/core/store/internal/record"
)

// plan is a batch being decided: what the store holds of the things it touches, and
// the net effect of the units that went through.
type plan struct {
	// What is there, then what will be there.
	refs     map[core.Ref]core.OrderNo
	versions map[core.OrderNo]int64
	leases   map[string]heldLease
	days     map[dayKey]int64
	crews    map[string]int64
	lanes    map[core.LaneKey]*lane
	owed     map[string]*owedMessage
	meters   map[string]core.MeterRecord
	undo     []func()

	// What is written.
	fences    map[core.Fence]bool
	orders    []*orderWrite
	orderOf   map[core.OrderNo]*orderWrite
	events    [][]any
	outbox    [][]any
	laneOps   []*laneWrite
	laneOf    map[core.LaneKey]*laneWrite
	dayWrites []*dayWrite
	dayOf     map[dayKey]*dayWrite
	crewOps   []*crewWrite
	crewOf    map[string]*crewWrite
	metersWas map[string]core.MeterRecord // those that units say something of, as read
	positions []core.CrewPosition
	delivered []*core.DeliveryChange
	runs      []*core.JobRun
	jobs      []*core.JobState
	refused   [][]any
	rows      []core.JobRow
	messages  [][]any
	blobs     []core.Blob
}

type (
	heldLease struct {
		token  int64
		holder string
	}
	dayKey struct{ day, crew string }
	lane   struct {
		token  int64
		holder string
	}
	owedMessage struct {
		lane core.LaneKey
		owed bool
	}
	// orderWrite is the net change of one order.
	orderWrite struct {
		expected int64 // version as read; 0: insert
		last     *core.OrderChange
		called   bool // who was called to it changed
		hashes   strings.Builder
	}
	laneWrite struct {
		key     core.LaneKey
		create  bool
		token   int64 // to be checked when a delivery is among it
		add     int   // messages that came in
		deliver *core.DeliveryChange
	}
	crewWrite struct {
		expected int64 // as read; 0: insert
		versions int64
		last     *core.CrewChange
	}
	dayWrite struct {
		key                     dayKey
		expected                int64 // as read; 0: insert
		guarded                 bool
		minutes, orders, urgent int
		versions                int64
		route                   sql.NullString // NULL: as it is
	}
)

func newPlan() *plan {
	return &plan{
		refs: map[core.Ref]core.OrderNo{}, versions: map[core.OrderNo]int64{}, leases: map[string]heldLease{}, days: map[dayKey]int64{},
		crews: map[string]int64{}, lanes: map[core.LaneKey]*lane{}, owed: map[string]*owedMessage{}, fences: map[core.Fence]bool{},
		orderOf: map[core.OrderNo]*orderWrite{}, laneOf: map[core.LaneKey]*laneWrite{}, dayOf: map[dayKey]*dayWrite{},
		crewOf: map[string]*crewWrite{}, meters: map[string]core.MeterRecord{}, metersWas: map[string]core.MeterRecord{},
	}
}

// question is one SELECT about many keys of a batch.
type question struct {
	keys []([]any)
	cols []column
	ask  func(b *batch, rows [][]any)
	scan func(*sql.Rows) error
}

var (
	refKey   = columns("external_no nvarchar(100);system nvarchar(40);period nvarchar(20)")
	noKey    = columns("no nvarchar(20)")
	nameKey  = columns("name nvarchar(60)")
	crewDays = columns("day nvarchar(10);crew_id nvarchar(60)")
	crewKey  = columns("id nvarchar(60)")
	laneKey  = columns("target nvarchar(40);order_no nvarchar(20)")
	idKey    = columns("id nvarchar(64)")
	meterKey = columns("serial nvarchar(60)")
)

// read asks for everything that the items were decided on, in as few requests as the
// parameters allow. Rows that will be changed are locked for update at once, so that
// two batches do not deadlock by reading first and writing later.
func (p *plan) read(ctx context.Context, tx *sql.Tx, items []*item, w *writer) error {
	seen := map[any]bool{}
	var refs, nos, leases, days, crews, lanes, owed, meters [][]any
	once := func(to *[][]any, key any, vs ...any) {
		if !seen[key] {
			seen[key] = true
			*to = append(*to, vs)
		}
	}
	type fence string
	type crew string
	type message string
	type meter string
	for _, it := range items {
		u := it.unit
		if u.Fence != nil {
			once(&leases, fence(u.Fence.Lease), u.Fence.Lease)
		}
		for i := range u.Orders {
			o := &u.Orders[i].Order
			once(&nos, o.No, string(o.No))
			if u.Orders[i].Expected == 0 {
				once(&refs, o.Ref, o.Ref.External, string(o.Ref.System), o.Ref.Period)
			}
			for j := range u.Orders[i].Meters {
				m := &u.Orders[i].Meters[j]
				once(&meters, meter(m.Serial), m.Serial)
			}
			for j := range u.Orders[i].Outbox {
				k := core.LaneKey{Target: u.Orders[i].Outbox[j].Target, Order: o.No}
				once(&lanes, k, string(k.Target), string(k.Order))
			}
		}
		for i := range u.CrewDays {
			d := &u.CrewDays[i]
			once(&days, dayKey{d.Day, d.CrewID}, d.Day, d.CrewID)
		}
		for i := range u.Crews {
			once(&crews, crew(u.Crews[i].Crew.ID), u.Crews[i].Crew.ID)
		}
		if d := u.Delivery; d != nil {
			once(&lanes, d.Lane, string(d.Lane.Target), string(d.Lane.Order))
			if record.Attempted(d) {
				once(&owed, message(d.MessageID), d.MessageID)
			}
		}
	}
	single := func(head string, typ string) func(*batch, [][]any) {
		return func(b *batch, rows [][]any) {
			b.add(head, " IN (")
			b.list(typ, len(rows), func(i int) any { return rows[i][0] })
			b.add(");\n")
		}
	}
	joined := func(head, on string, cols []column) func(*batch, [][]any) {
		return func(b *batch, rows [][]any) {
			b.add(head)
			b.values(cols, rows, false)
			b.add(" ON ", on, ";\n")
		}
	}
	questions := []question{
		{leases, nameKey, single("SELECT name, token, holder FROM leases WITH (UPDLOCK, ROWLOCK) WHERE name", "nvarchar(60)"), func(r *sql.Rows) error {
			var name string
			var l heldLease
			err := r.Scan(&name, &l.token, &l.holder)
			p.leases[name] = l
			return err
		}},
		{nos, noKey, single("SELECT no, version FROM orders WITH (UPDLOCK, ROWLOCK) WHERE no", "nvarchar(20)"), func(r *sql.Rows) error {
			var no core.OrderNo
			var version int64
			err := r.Scan(&no, &version)
			p.versions[no] = version
			return err
		}},
		// Not locked: what is not there cannot be, short of locking ranges. The unique
		// index decides when two hubs create the same order, and the loser reads again.
		{refs, refKey, joined("SELECT o.external_no, o.system, o.period, o.no FROM orders o JOIN ", "v.external_no = o.external_no AND v.system = o.system AND v.period = o.period", refKey), func(r *sql.Rows) error {
			var ref core.Ref
			var no core.OrderNo
			err := r.Scan(&ref.External, &ref.System, &ref.Period, &no)
			p.refs[ref] = no
			return err
		}},
		{days, crewDays, joined("SELECT d.day, d.crew_id, d.version FROM crew_days d WITH (UPDLOCK, ROWLOCK) JOIN ", "v.day = d.day AND v.crew_id = d.crew_id", crewDays), func(r *sql.Rows) error {
			var k dayKey
			var version int64
			err := r.Scan(&k.day, &k.crew, &version)
			p.days[k] = version
			return err
		}},
		{crews, crewKey, single("SELECT id, version FROM crews WITH (UPDLOCK, ROWLOCK) WHERE id", "nvarchar(60)"), func(r *sql.Rows) error {
			var id string
			var version int64
			err := r.Scan(&id, &version)
			p.crews[id] = version
			return err
		}},
		{lanes, laneKey, joined("SELECT l.target, l.order_no, l.token, l.holder FROM outbox_lanes l WITH (UPDLOCK, ROWLOCK) JOIN ", "v.target = l.target AND v.order_no = l.order_no", laneKey), func(r *sql.Rows) error {
			var k core.LaneKey
			var l lane
			err := r.Scan(&k.Target, &k.Order, &l.token, &l.holder)
			p.lanes[k] = &l
			return err
		}},
		{owed, idKey, single("SELECT id, target, order_no, state FROM outbox_messages WITH (UPDLOCK, ROWLOCK) WHERE id", "nvarchar(64)"), func(r *sql.Rows) error {
			var id string
			var state core.MessageState
			var m owedMessage
			err := r.Scan(&id, &m.lane.Target, &m.lane.Order, &state)
			m.owed = state == core.MessageDue || state == core.MessageUnknown
			p.owed[id] = &m
			return err
		}},
	}
	if len(meters) > 0 {
		questions = append(questions, question{meters, meterKey, single("SELECT "+meterColumns+" FROM meters WITH (UPDLOCK, ROWLOCK) WHERE serial", "nvarchar(60)"), func(r *sql.Rows) error {
			serial, m, err := scanMeter(r)
			p.meters[serial], p.metersWas[serial] = m, m
			return err
		}})
	}
	b := &batch{}
	b.add("SET NOCOUNT ON;\nDECLARE @now DATETIME2(3) = SYSUTCDATETIME();\n")
	id, mark := b.param("nvarchar(64)", w.id), b.param("bigint", w.mark)
	b.add("UPDATE writers SET mark = ", mark, ", seen_at = @now WHERE id = ", id, ";\n",
		"IF @@ROWCOUNT = 0 BEGIN\n DELETE FROM writers WHERE seen_at < DATEADD(day, -7, @now);\n INSERT INTO writers (id, mark, seen_at) VALUES (", id, ", ", mark, ", @now);\nEND\n")
	var scans []func(*sql.Rows) error
	flush := func() error {
		rows, err := b.query(ctx, tx)
		if err != nil {
			return err
		}
		defer rows.Close()
		for _, scan := range scans {
			for rows.Next() {
				if err := scan(rows); err != nil {
					return err
				}
			}
			if err := rows.Err(); err != nil {
				return err
			}
			rows.NextResultSet()
		}
		b, scans = &batch{}, nil
		b.add("SET NOCOUNT ON;\n")
		return rows.Err()
	}
	for _, q := range questions {
		for len(q.keys) > 0 {
			n := min(len(q.keys), chunk(len(q.cols)))
			if len(b.args)+powerOfTwo(n)*len(q.cols) > maxParams {
				if err := flush(); err != nil {
					return err
				}
			}
			q.ask(b, q.keys[:n])
			scans = append(scans, q.scan)
			q.keys = q.keys[n:]
		}
	}
	return flush()
}

// errSplit: the unit belongs into a later transaction than its predecessors.
var errSplit = errors.New("split")

// decide gives outcomes to the first n items and collects the net effect of those
// that go through.
func (p *plan) decide(items []*item) (n int) {
	for i, it := range items {
		p.undo = p.undo[:0]
		outcome, err := p.admit(it.unit)
		if err == nil && outcome.Kind == core.Applied {
			it.outcome = outcome
			p.collect(it)
			continue
		}
		for j := len(p.undo) - 1; j >= 0; j-- {
			p.undo[j]()
		}
		if err != nil {
			return i
		}
		it.outcome = outcome
	}
	return len(items)
}

func staleOutcome(order int, format string, args ...any) core.Outcome {
	return core.Outcome{Kind: core.Stale, Order: order, Err: fmt.Errorf(format, args...)}
}

// set changes one entry and remembers how to take that back.
func set[K comparable, V any](p *plan, m map[K]V, k K, v V) {
	old, had := m[k]
	p.undo = append(p.undo, func() {
		if had {
			m[k] = old
		} else {
			delete(m, k)
		}
	})
	m[k] = v
}

// admit checks a unit against what is there after its predecessors.
func (p *plan) admit(u *core.Unit) (core.Outcome, error) {
	if f := u.Fence; f != nil {
		if l, ok := p.leases[f.Lease]; !ok || l.token != f.Token || l.holder == "" {
			return staleOutcome(-1, "the lease %s was lost", f.Lease), nil
		}
	}
	for i := range u.Orders {
		ch := &u.Orders[i]
		no, ref := ch.Order.No, ch.Order.Ref
		version, there := p.versions[no]
		if ch.Expected == 0 {
			if _, known := p.refs[ref]; known {
				return core.Outcome{Kind: core.Known, Order: i}, nil
			}
			if there {
				return refused(core.Fail(core.Conflict, "key_taken", "order.no", fmt.Sprintf("the number %s is taken by another order", no), "工单号已被占用")), nil
			}
			set(p, p.refs, ref, no)
		} else if version != ch.Expected {
			return staleOutcome(i, "order %s is no longer at version %d", no, ch.Expected), nil
		}
		set(p, p.versions, no, ch.Expected+1)
		for _, m := range ch.Meters {
			is, err := p.meters[m.Serial].After(no, m)
			if err != nil {
				return refused(err), nil
			}
			set(p, p.meters, m.Serial, is)
		}
		for j := range ch.Outbox {
			if w := p.laneOf[core.LaneKey{Target: ch.Outbox[j].Target, Order: no}]; w != nil && w.deliver != nil {
				return core.Outcome{}, errSplit
			}
		}
	}
	for i := range u.CrewDays {
		d := &u.CrewDays[i]
		k := dayKey{d.Day, d.CrewID}
		version := p.days[k]
		if d.Guarded && version != d.Expected {
			return staleOutcome(-1, "crew %s on %s is no longer at version %d", d.CrewID, d.Day, d.Expected), nil
		}
		set(p, p.days, k, version+1)
	}
	for i := range u.Crews {
		ch := &u.Crews[i]
		version := p.crews[ch.Crew.ID]
		if ch.Expected >= 0 && version != ch.Expected {
			return staleOutcome(-1, "crew %s is no longer at version %d", ch.Crew.ID, ch.Expected), nil
		}
		set(p, p.crews, ch.Crew.ID, version+1)
	}
	if d := u.Delivery; d != nil {
		if p.laneOf[d.Lane] != nil {
			return core.Outcome{}, errSplit
		}
		l := p.lanes[d.Lane]
		if l == nil || l.token != d.Token || l.holder == "" {
			return staleOutcome(-1, "the lane %s of order %s was taken over", d.Lane.Target, d.Lane.Order), nil
		}
		if m := p.owed[d.MessageID]; record.Attempted(d) && (m == nil || !m.owed || m.lane != d.Lane) {
			return staleOutcome(-1, "message %s is not owed any more", d.MessageID), nil
		}
	}
	return core.Outcome{Kind: core.Applied, Order: -1}, nil
}
