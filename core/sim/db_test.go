package sim_test

import (
	"fmt"

	"tundish/core"
	"tundish/core/store/memstore"
)

// db is the database server: one writer that takes whatever has gathered and commits
// it in one transaction, as both stores do. Its disk may fail at any write, and its
// power at any commit.
type db struct {
	w     *world
	store *memstore.Store
	// waiting callers, and the bell that wakes the writer.
	waiting []*request
	bell    chan struct{}

	// fail is the write of this transaction, counted from 0, at which the disk fails; -1: none.
	fail int
	sync bool // fail at the sync
}

type request struct {
	units []core.Unit
	outs  []core.Outcome // nil: the power failed
	done  chan struct{}
}

func newDB(w *world) *db {
	b := &db{w: w, bell: make(chan struct{}, 1), fail: -1}
	b.store = memstore.New(memstore.Options{Disk: b, Applied: w.check.applied, Flaws: w.flaws.store})
	return b
}

// commit queues units and waits for their outcomes; nil when nobody knows them. The
// caller has the turn.
func (b *db) commit(units []core.Unit) []core.Outcome {
	r := &request{units: units, done: make(chan struct{})}
	b.waiting = append(b.waiting, r)
	ring(b.bell)
	select {
	case <-r.done:
		return r.outs
	case <-b.w.quit: // nobody writes any more
		return nil
	}
}

func ring(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// write commits batch after batch.
func (b *db) write() {
	for {
		select {
		case <-b.w.quit:
			b.powerCut(nil)
			return
		case <-b.bell:
		}
		d := b.w.yield(nil, "database writes")
		batch := b.waiting
		b.waiting = nil
		if len(batch) == 0 {
			continue
		}
		if d.chance(b.w.faults.powerCut) {
			d.note("power cut before the commit of %d", len(batch))
			b.powerCut(batch)
			continue
		}
		b.store.Sync() // what a flaw left in memory got to the disk by now
		var units []core.Unit
		for _, r := range batch {
			units = append(units, r.units...)
		}
		b.fail, b.sync = -1, d.chance(b.w.faults.disk)
		if d.chance(b.w.faults.disk) {
			b.fail = d.n(len(units) + 1)
			d.note("the disk fails at write %d of %d", b.fail, len(units))
		}
		outs := b.store.Commit(b.w.ctx, units...)
		b.fail, b.sync = -1, false
		if d.chance(b.w.faults.powerCut) {
			d.note("power cut after the commit of %d", len(batch))
			b.store.Sync() // these were on disk; only their answers are lost
			b.powerCut(batch)
			continue
		}
		for _, r := range batch {
			r.outs, outs = outs[:len(r.units):len(r.units)], outs[len(r.units):]
			close(r.done)
		}
	}
}

// powerCut loses what is not on disk, and the answers of a batch and of all who wait.
func (b *db) powerCut(batch []*request) {
	b.store.Crash()
	for _, r := range append(batch, b.waiting...) {
		close(r.done)
	}
	b.waiting = nil
	b.w.check.stillThere()
}

var errDisk = core.Fail(core.Unavailable, "store_full", "", "there is no room left for the database", "数据库磁盘空间不足")

// Write fails once per transaction that was chosen to fail.
func (b *db) Write(*core.Unit) error {
	b.fail--
	if b.fail == -1 {
		return errDisk
	}
	return nil
}

// Sync fails once, too.
func (b *db) Sync() error {
	if b.sync {
		b.sync = false
		return fmt.Errorf("sync: %w", errDisk)
	}
	return nil
}
