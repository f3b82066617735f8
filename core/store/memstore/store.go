package memstore

import (
	"context"
	"sync"
	"time"

	"tundish/core"
)

// Disk fails on purpose. Its methods are called under the store's lock.
type Disk interface {
	// Write is asked before a unit is written in its transaction. An error ends the
	// transaction, as SQLite does on a full disk: all of it is rolled back.
	Write(u *core.Unit) error
	// Sync is asked before a transaction is made durable; an error rolls it back.
	Sync() error
}

// Options of a Store.
type Options struct {
	// Disk under the store; nil: it never fails.
	Disk Disk
	// Applied is called with every unit that was applied, before its transaction
	// answers; the store is locked meanwhile.
	Applied func(u *core.Unit)
	Flaws   Flaws
}

// Store is an order store in memory. Its clock is time.Now, which inside a
// testing/synctest bubble is the bubble's.
type Store struct {
	opts Options

	mu       sync.Mutex
	orders   map[core.OrderNo]*order
	byRef    map[core.Ref]core.OrderNo
	nos      []core.OrderNo // ascending
	serial   int64
	crews    map[string]crew
	position map[string]core.CrewPosition
	days     map[dayKey]core.CrewDay
	messages []*message // in the order they were owed
	byID     map[string]*message
	lanes    map[core.LaneKey]lane
	leases   map[string]lease
	nonces   map[[32]byte]time.Time      // used until
	held     map[core.SystemID]time.Time // may be probed from then on
	runs     []core.JobRun               // in the order they were begun
	jobs     map[string]core.JobState
	refused  []core.RefusedItem
	rows     map[rowKey]core.JobRow
	log      []logged
	moved    int64 // orders archived
	bundles  map[string]core.Bundle
	pointers map[core.Scope]core.BundlePointer
	moves    []core.BundleMove // in the order they were made
	blobs    map[string]core.Blob
	meters   map[string]core.MeterRecord
	users    map[string]core.User
	sessions map[[32]byte]session
	duties   map[dutyKey]core.Duty
	// userEvents in the order they were written.
	userEvents []core.UserEvent
	// tail takes back what was acknowledged but is not on disk, newest last; only a flaw
	// leaves anything here.
	tail undo
}

// New makes an empty store.
func New(o Options) *Store {
	return &Store{
		opts: o, orders: map[core.OrderNo]*order{}, byRef: map[core.Ref]core.OrderNo{}, crews: map[string]crew{}, position: map[string]core.CrewPosition{},
		days: map[dayKey]core.CrewDay{}, byID: map[string]*message{}, lanes: map[core.LaneKey]lane{}, leases: map[string]lease{}, nonces: map[[32]byte]time.Time{}, held: map[core.SystemID]time.Time{},
		jobs: map[string]core.JobState{}, rows: map[rowKey]core.JobRow{}, blobs: map[string]core.Blob{}, meters: map[string]core.MeterRecord{},
		bundles: map[string]core.Bundle{}, pointers: map[core.Scope]core.BundlePointer{},
		users: map[string]core.User{}, sessions: map[[32]byte]session{}, duties: map[dutyKey]core.Duty{},
	}
}

// Close does nothing: the store lives as long as it is held.
func (s *Store) Close() error { return nil }

// undo takes back what was written, newest first.
type undo []func()

func (u *undo) add(f func()) { *u = append(*u, f) }

// back takes back everything behind the first n writes.
func (u *undo) back(n int) {
	for i := len(*u) - 1; i >= n; i-- {
		(*u)[i]()
	}
	*u = (*u)[:n]
}

// put sets a key of a map and remembers how to take that back.
func put[K comparable, V any](u *undo, m map[K]V, k K, v V) {
	old, was := m[k]
	m[k] = v
	u.add(func() {
		if was {
			m[k] = old
		} else {
			delete(m, k)
		}
	})
}

// push appends to a list and remembers how to take that back.
func push[V any](u *undo, list *[]V, v V) {
	n := len(*list)
	*list = append(*list, v)
	u.add(func() { *list = (*list)[:n] })
}

// set changes a value and remembers how to take that back.
func set[V any](u *undo, at *V, v V) {
	old := *at
	*at = v
	u.add(func() { *at = old })
}

// Commit applies units in one transaction; see core.Committer.
func (s *Store) Commit(ctx context.Context, units ...core.Unit) []core.Outcome {
	outs := make([]core.Outcome, len(units))
	if err := ctx.Err(); err != nil {
		for i := range outs {
			outs[i] = refuse(core.Because(core.Unavailable, "store_busy", err))
		}
		return outs
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.transact(units, outs); err == nil || len(units) == 1 {
		if err != nil {
			outs[0] = refuse(err)
		}
		return outs
	}
	for i := range units { // one bad unit never fails its neighbours
		if err := s.transact(units[i:i+1], outs[i:i+1]); err != nil {
			outs[i] = refuse(err)
		}
	}
	return outs
}

func refuse(err error) core.Outcome {
	return core.Outcome{Kind: core.RefusedUnit, Order: -1, Err: err}
}

// transact applies units in one transaction. An error means that nothing of it was written.
func (s *Store) transact(units []core.Unit, outs []core.Outcome) error {
	var tx undo
	for i := range units {
		u := &units[i]
		if err := u.Check(); err != nil { // refused before the transaction sees it
			outs[i] = refuse(err)
			continue
		}
		err := s.write(u)
		before := len(tx)
		if err == nil {
			outs[i], err = s.apply(&tx, u)
		}
		if err != nil {
			tx.back(0)
			if !s.opts.Flaws.TornBatch {
				return err
			}
			outs[i] = refuse(err)
			continue
		}
		if outs[i].Kind != core.Applied {
			tx.back(before)
		}
	}
	if err := s.commit(&tx); err != nil {
		return err
	}
	for i := range units {
		if outs[i].Kind == core.Applied && s.opts.Applied != nil {
			s.opts.Applied(&units[i])
		}
	}
	return nil
}

func (s *Store) write(u *core.Unit) error {
	if s.opts.Disk == nil {
		return nil
	}
	return s.opts.Disk.Write(u)
}

// commit makes a transaction durable.
func (s *Store) commit(tx *undo) error {
	if s.opts.Flaws.AckBeforeSync {
		s.tail = append(s.tail, *tx...)
		return nil
	}
	if s.opts.Disk != nil {
		if err := s.opts.Disk.Sync(); err != nil {
			tx.back(0)
			return err
		}
	}
	return nil
}

// Sync puts what is still in memory on disk. Without a flaw nothing is.
func (s *Store) Sync() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tail = nil
}

// Crash is a power cut: what is not on disk is gone.
func (s *Store) Crash() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tail.back(0)
}

// do runs one short write in a transaction of its own.
func (s *Store) do(ctx context.Context, write func(*undo) error) error {
	if err := ctx.Err(); err != nil {
		return core.Because(core.Unavailable, "store_busy", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var tx undo
	if err := write(&tx); err != nil {
		tx.back(0)
		return err
	}
	return s.commit(&tx)
}

// read looks at the store as it is now.
func (s *Store) read(ctx context.Context, look func()) error {
	if err := ctx.Err(); err != nil {
		return core.Because(core.Unavailable, "store_busy", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	look()
	return nil
}

// millis cuts an instant as every store keeps it.
func millis(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return time.UnixMilli(t.UnixMilli()).UTC()
}

// newest gives what match takes of a list, the last first, at most n (0: 100).
func newest[V any](list []V, n int, match func(*V) bool) []V {
	if n <= 0 {
		n = 100
	}
	var out []V
	for i := len(list) - 1; i >= 0 && len(out) < n; i-- {
		if match(&list[i]) {
			out = append(out, list[i])
		}
	}
	return out
}
