package sim_test

import (
	"context"
	"fmt"
	"time"

	"tundish/core"
	"tundish/core/pull"
)

type servedKey struct {
	from, to int64
	page     int
}

func newBilling(w *world) *billing { return &billing{w: w, served: map[servedKey][]core.Ref{}} }

// grow adds rows until the faults end, and changes some that are there.
func (b *billing) grow() {
	r := b.w.actor("billing")
	for time.Since(b.w.began) < faultsLast {
		d := b.w.yield(nil, "billing grows")
		for range d.n(3) {
			ref := core.Ref{System: "billing", External: fmt.Sprint(len(b.rows) + 1), Period: "2026"}
			b.rows = append(b.rows, &row{ref: ref, at: time.Now(), changed: time.Now(), version: 1})
		}
		if len(b.rows) > 0 && d.chance(500) {
			x := b.rows[d.n(len(b.rows))]
			x.version, x.changed = x.version+1, time.Now()
			d.note("row %s is v%d now", x.ref, x.version)
		}
		if b.w.pause(time.Duration(5+r.IntN(25)) * time.Second) {
			return
		}
	}
}

// missing counts rows that have not become orders.
func (b *billing) missing() int {
	n := 0
	for _, x := range b.rows {
		if !b.w.check.stored(x.ref) {
			n++
		}
	}
	return n
}

// billingPort is one hub's way to it.
type billingPort struct {
	b    *billing
	life *life
}

// Fetch yields one page of the rows in a window.
func (p billingPort) Fetch(_ context.Context, w pull.Window, page, size int) (pull.Page, error) {
	b := p.b
	d := b.w.yield(p.life, fmt.Sprintf("fetch page %d", page))
	switch {
	case p.life.dead.Load():
		return pull.Page{}, errDead
	case d.chance(b.w.faults.targetAway):
		d.note("billing is away")
		return pull.Page{}, core.Fail(core.Unavailable, "away", "", "billing is away", "计费系统不可用")
	}
	if d.chance(b.w.faults.slowSource) && b.w.pause(d.span(time.Second, 15*time.Second)) {
		return pull.Page{}, errDead
	}
	w.From, w.To = w.From.Truncate(time.Millisecond), w.To.Truncate(time.Millisecond) // as on the wire
	var rows []*row
	for _, x := range b.rows {
		if !x.at.Before(w.From) && x.at.Before(w.To) {
			rows = append(rows, x)
		}
	}
	from := min(page*size, len(rows))
	to := min(from+size, len(rows))
	out := pull.Page{More: to < len(rows), SourceTime: time.Now()}
	var refs []core.Ref
	for _, x := range rows[from:to] {
		s := submission(x.ref, x.version, x.changed, core.Normal)
		s.Order.Type, s.Order.Meter.Serial = "replacement", "M"+x.ref.External
		if b.w.flaws.sent != nil {
			b.w.flaws.sent(&s)
		}
		out.Items = append(out.Items, pull.Item{Order: s.Order, Hash: s.Hash})
		refs = append(refs, x.ref)
	}
	key := servedKey{w.From.UnixMilli(), w.To.UnixMilli(), page}
	if _, ok := b.served[key]; !ok {
		b.served[key] = refs
	}
	d.note("%d rows, more %v", len(refs), out.More)
	// The answer travels, and is old when it arrives.
	b.w.yield(p.life, fmt.Sprintf("fetched page %d", page))
	if p.life.dead.Load() {
		return pull.Page{}, errDead
	}
	return out, nil
}

// Confirm takes receipts; they must be true.
func (p billingPort) Confirm(_ context.Context, rs []pull.Receipt) error {
	d := p.b.w.yield(p.life, fmt.Sprintf("confirm %d", len(rs)))
	if p.life.dead.Load() {
		return errDead
	}
	for _, r := range rs {
		if r.No != "" {
			p.b.w.check.confirmed(r.Ref, r.No)
		}
	}
	if d.chance(p.b.w.faults.targetAnswerLost) {
		d.note("answer lost")
		return core.Fail(core.OutcomeUnknown, "no_answer", "", "no answer came", "无应答")
	}
	return nil
}
