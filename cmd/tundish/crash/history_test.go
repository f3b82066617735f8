package crash

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"tundish/adapters/sim"
	"tundish/core"
)

// history is what the world outside the hub knows: what was sent, what was answered,
// what took effect.
type history struct {
	Orders []sent
	// Effects by target, in the order in which the target let them happen.
	Effects map[core.SystemID][]sim.Effect
	// Books by system: what each believes of its orders. Orders of systems that are pulled
	// from stand here only.
	Books map[core.SystemID][]sim.Entry
}

// sent is one order and all that its source sent about it.
type sent struct {
	Ref core.Ref
	// Answers with an order number, of any operation.
	Answers []core.OrderNo
	// Contents of the submission and of each amendment that was accepted, in their order.
	// A content is one of a kind and sorts by age.
	Contents []string
	// Expedites are the MessageIds of the urgings that were accepted.
	Expedites []string
	// Cancelled: the hub accepted that it is.
	Cancelled bool
}

func (s *sent) acknowledged() bool { return len(s.Answers) > 0 }

// journal gathers the history while callers write it down.
type journal struct {
	mu     sync.Mutex
	orders map[core.Ref]*sent

	acknowledged atomic.Int64 // messages that were answered
	retried      atomic.Int64 // messages that had to be sent again
	faults       atomic.Int64 // of them those that were answered with a fault
}

func newJournal() *journal { return &journal{orders: map[core.Ref]*sent{}} }

// note changes what is known of an order.
func (j *journal) note(ref core.Ref, change func(*sent)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.orders[ref]
	if s == nil {
		s = &sent{Ref: ref}
		j.orders[ref] = s
	}
	change(s)
}

// history is what the callers and the simulated systems know by now.
func (j *journal) history(books map[core.SystemID]*sim.Books) history {
	h := history{Effects: map[core.SystemID][]sim.Effect{}, Books: map[core.SystemID][]sim.Entry{}}
	j.mu.Lock()
	for _, ref := range slices.SortedFunc(maps.Keys(j.orders), byRef) {
		h.Orders = append(h.Orders, *j.orders[ref])
	}
	j.mu.Unlock()
	for id, b := range books {
		h.Effects[id], h.Books[id] = b.Effects(), b.Entries()
	}
	return h
}
