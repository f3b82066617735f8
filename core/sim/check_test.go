package sim_test

import (
	"bytes"
	"encoding/json"
	"slices"

	"tundish/core"
	"tundish/core/intake"
	rules "tundish/core/life"
)

// checker holds what took place against the promises. It keeps books of its own and
// asks the store only for what it compares them with.
type checker struct {
	w *world

	acked map[core.Ref]*receipt
	sent  map[core.Ref][]string // urgings, by the source's id
	heard map[core.Ref][]string // those that were answered
	nos   map[core.Ref]core.OrderNo
	// orders as the units left them
	orders map[core.OrderNo]*core.WorkOrder
	loads  map[[2]string]int            // open orders per crew and day
	books  map[[2]string]int            // the same, as units said
	page   map[string]int               // checkpoint per run
	lanes  map[core.LaneKey]int64       // newest token
	leases map[string]int64             // newest token
	done   map[core.LaneKey][]int64     // effects at targets, by sequence
	owing  map[string]core.MessageState // messages that are not delivered

	effects, pages, kills, freezes int
}

// receipt is what a source was told.
type receipt struct {
	no      core.OrderNo
	version int
}

func newChecker(w *world) *checker {
	return &checker{w: w, acked: map[core.Ref]*receipt{}, sent: map[core.Ref][]string{}, heard: map[core.Ref][]string{}, nos: map[core.Ref]core.OrderNo{},
		orders: map[core.OrderNo]*core.WorkOrder{}, loads: map[[2]string]int{}, books: map[[2]string]int{}, page: map[string]int{}, lanes: map[core.LaneKey]int64{}, leases: map[string]int64{},
		done: map[core.LaneKey][]int64{}, owing: map[string]core.MessageState{}}
}

// acknowledged: what a source was told is stored, under a number that stays.
func (c *checker) acknowledged(ref core.Ref, version int, r intake.Receipt) {
	was := c.acked[ref]
	if was == nil {
		was = &receipt{no: r.No}
		c.acked[ref] = was
	}
	if was.no != r.No {
		c.w.fail("numbers never change", "%s was acknowledged as %s and then as %s", ref, was.no, r.No)
	}
	was.version = max(was.version, version)
	c.there(ref, was)
}

// stillThere looks at everything that was acknowledged, to a hub or to a source, after a
// power cut.
func (c *checker) stillThere() {
	for no, o := range c.orders {
		if is, err := c.w.db.store.Order(c.w.ctx, no); err != nil || is.Version < o.Version {
			c.w.fail("acknowledged is stored", "a hub was told that %s is at version %d; it is at %d: %v", o.Ref, o.Version, is.Version, err)
		}
	}
	for ref, r := range c.acked {
		c.there(ref, r)
	}
}

func (c *checker) there(ref core.Ref, r *receipt) {
	o, err := c.w.db.store.Order(c.w.ctx, r.no)
	switch {
	case err != nil:
		c.w.fail("acknowledged is stored", "%s was acknowledged as %s and is not there: %v", ref, r.no, err)
	case o.Ref != ref:
		c.w.fail("acknowledged is stored", "%s was acknowledged as %s, which is %s", ref, r.no, o.Ref)
	case versionOf(&o) < r.version:
		c.w.fail("acknowledged is stored", "%s was acknowledged as v%d and shows v%d", ref, r.version, versionOf(&o))
	}
}

// confirmed: what a pulled source was told is stored.
func (c *checker) confirmed(ref core.Ref, no core.OrderNo) {
	if o, err := c.w.db.store.Order(c.w.ctx, no); err != nil || o.Ref != ref {
		c.w.fail("acknowledged is stored", "%s was confirmed as %s: %v, %v", ref, no, o.Ref, err)
	}
}

func (c *checker) stored(ref core.Ref) bool { _, ok := c.nos[ref]; return ok }

func (c *checker) urged(ref core.Ref, id string)   { c.sent[ref] = append(c.sent[ref], id) }
func (c *checker) counted(ref core.Ref, id string) { c.heard[ref] = append(c.heard[ref], id) }

func (c *checker) claimed(l core.Lane) { c.lanes[l.LaneKey] = max(c.lanes[l.LaneKey], l.Token) }
func (c *checker) leased(l core.Lease) { c.leases[l.Name] = max(c.leases[l.Name], l.Token) }
func (c *checker) owed() int           { return len(c.owing) }

// applied looks at every unit that the store applied. The store is locked meanwhile.
func (c *checker) applied(u *core.Unit) {
	if f := u.Fence; f != nil && f.Token < c.leases[f.Lease] {
		c.w.fail("one holder writes under a lease", "a unit with token %d of %s was applied after %d had been given out", f.Token, f.Lease, c.leases[f.Lease])
	}
	touched := map[[2]string]bool{}
	for i := range u.Orders {
		c.change(&u.Orders[i], touched)
	}
	if d := u.Delivery; d != nil && d.MessageID != "" && d.Attempt.Outcome != "" {
		if d.Token < c.lanes[d.Lane] {
			c.w.fail("one holder writes under a lease", "a result with token %d of lane %s/%s was applied after %d had been given out", d.Token, d.Lane.Target, d.Lane.Order, c.lanes[d.Lane])
		}
		c.owing[d.MessageID] = d.State
		if d.State == core.MessageDelivered {
			delete(c.owing, d.MessageID)
		}
	}
	c.day(u, touched)
	if r := u.Run; r != nil {
		c.checkpoint(r)
	}
}

// change holds one order's next version against what is known of it.
func (c *checker) change(ch *core.OrderChange, touched map[[2]string]bool) {
	o := &ch.Order
	if no, ok := c.nos[o.Ref]; ok && no != o.No {
		c.w.fail("one order per key", "%s is %s and %s", o.Ref, no, o.No)
	}
	c.nos[o.Ref] = o.No
	old := c.orders[o.No]
	if old != nil {
		c.count(old, -1, touched)
		if versionOf(o) < versionOf(old) {
			c.w.fail("an amendment stays", "%s went from v%d back to v%d", o.Ref, versionOf(old), versionOf(o))
		}
	}
	if had := version(old); o.Version != had+1 || len(ch.Events) != 1 || ch.Events[0].Sequence != o.Version {
		c.w.fail("every version has its event", "%s went from version %d to %d with %d events", o.Ref, had, o.Version, len(ch.Events))
	}
	if o.Expedite > len(c.sent[o.Ref]) {
		c.w.fail("a message counts once", "%s was urged %d times and counts %d", o.Ref, len(c.sent[o.Ref]), o.Expedite)
	}
	for _, m := range ch.Outbox {
		c.owing[m.ID] = core.MessageDue
	}
	value := o.Clone()
	c.orders[o.No] = &value
	c.count(&value, +1, touched)
}

func version(o *core.WorkOrder) int64 {
	if o == nil {
		return 0
	}
	return o.Version
}

func (c *checker) count(o *core.WorkOrder, n int, touched map[[2]string]bool) {
	if rules.Loads(o) {
		day := [2]string{o.Assignment.CrewID, o.Assignment.Day}
		c.loads[day] += n
		touched[day] = true
	}
}

// day holds the crews' loads against the orders they have. What the unit says is added to
// what it said before: the model's own sums are compared at the end.
func (c *checker) day(u *core.Unit, touched map[[2]string]bool) {
	said := map[[2]string]int{}
	for _, d := range u.CrewDays {
		day := [2]string{d.CrewID, d.Day}
		said[day] += d.Orders
		touched[day] = true
		if d.Guarded && d.Orders > 0 && c.loads[day] > room {
			c.w.fail("a crew is never over its cap", "%s has %d orders on %s; it has room for %d", d.CrewID, c.loads[day], d.Day, room)
		}
	}
	for day := range touched {
		c.said(day, said[day])
	}
}

// said adds what units say of a crew's day; it must be what the orders say.
func (c *checker) said(day [2]string, orders int) {
	c.books[day] += orders
	if c.books[day] != c.loads[day] {
		c.w.fail("one message is one unit", "crew %s has %d orders on %s, its day says %d", day[0], c.loads[day], day[1], c.books[day])
	}
}

// checkpoint: whoever goes on behind a page must find its orders.
func (c *checker) checkpoint(r *core.JobRun) {
	if r.Page > c.page[r.ID] {
		c.pages++
	}
	c.page[r.ID] = r.Page
	for p := range r.Page {
		for _, ref := range c.w.billing.served[servedKey{r.From.UnixMilli(), r.To.UnixMilli(), p}] {
			if !c.stored(ref) {
				c.w.fail("a checkpoint never precedes its orders", "the run is behind page %d, and %s of that page is not stored", p, ref)
			}
		}
	}
	if r.Fetched != r.Created+r.Amended+r.Known+r.Refused {
		c.w.fail("a run accounts for every row", "%+v", r.Counts)
	}
}

// effect of a message at its target.
func (c *checker) effect(t *target, m core.OutboxMessage) {
	lane := core.LaneKey{Target: t.id, Order: m.Order}
	c.effects++
	switch done := c.done[lane]; {
	case slices.Contains(done, m.Sequence):
		c.w.fail("a message has its effect once", "message %d of %s took effect twice at %s", m.Sequence, m.Order, t.id)
	case m.Sequence < t.last[m.Order]:
		c.w.fail("a lane goes in sequence", "message %d of %s took effect at %s after %d", m.Sequence, m.Order, t.id, t.last[m.Order])
	}
	c.done[lane] = append(c.done[lane], m.Sequence)
}

// final goes over the whole store when everything has come to rest.
func (c *checker) final() {
	st, ctx := c.w.db.store, c.w.ctx
	c.stillThere()
	list, err := st.Orders(ctx, core.OrderQuery{Limit: 1000})
	if err != nil || len(list) != len(c.nos) || len(list) != len(c.orders) {
		c.w.fail("one order per key", "%d orders are stored under %d keys: %v", len(list), len(c.nos), err)
		return
	}
	for i := range list {
		o := &list[i]
		events, err := st.Events(ctx, o.No)
		if err != nil {
			c.w.fail("every version has its event", "%v", err)
			return
		}
		again, err := core.Replay(events)
		if err != nil || !same(&again, o) || !same(c.orders[o.No], o) {
			c.w.fail("every version has its event", "%s replayed differs from what is stored: %v", o.Ref, err)
		}
		if o.Expedite != len(o.Counted) {
			c.w.fail("a message counts once", "%s counts %d urgings and remembers %d", o.Ref, o.Expedite, len(o.Counted))
		}
		for _, id := range c.heard[o.Ref] {
			if !slices.Contains(o.Counted, id) {
				c.w.fail("acknowledged is stored", "%s of %s was acknowledged and does not count", id, o.Ref)
			}
		}
		messages, err := st.OutboxMessages(ctx, core.OutboxQuery{Order: o.No, Limit: 1000})
		if err != nil || int64(len(messages)) != o.ResultSequence {
			c.w.fail("a result owed is delivered", "%s owes %d messages, %d are there: %v", o.Ref, o.ResultSequence, len(messages), err)
		}
		for _, m := range messages {
			if m.State != core.MessageDelivered || !slices.Contains(c.done[core.LaneKey{Target: m.Target, Order: m.Order}], m.Sequence) {
				c.w.fail("a result owed is delivered", "message %d of %s is %s at the end", m.Sequence, o.Ref, m.State)
			}
		}
	}
	for day, n := range c.loads {
		days, err := st.CrewDays(ctx, day[1])
		i := slices.IndexFunc(days, func(d core.CrewDay) bool { return d.CrewID == day[0] })
		if err != nil || i < 0 || days[i].Orders != n {
			c.w.fail("one message is one unit", "crew %s has %d orders on %s; the store says otherwise: %v", day[0], n, day[1], err)
		}
	}
}

// same compares orders as they are written.
func same(a, b *core.WorkOrder) bool {
	x, errA := json.Marshal(a)
	y, errB := json.Marshal(b)
	return errA == nil && errB == nil && bytes.Equal(x, y)
}
