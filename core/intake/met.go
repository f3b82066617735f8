package intake

import (
	"hash/maphash"
	"sync/atomic"

	"tundish/core"
)

// met remembers the numbers that were submitted lately, roughly: a repeat that follows
// soon (a caller's retry) is looked up before anything is decided. It may forget, and it
// may take a new number for an old one; either costs a look into the store, no more.
type met struct {
	seed  maphash.Seed
	slots []atomic.Uint64
}

// metSlots is how many numbers are remembered, half a MiB of them.
const metSlots = 1 << 16

func newMet() met { return met{seed: maphash.MakeSeed(), slots: make([]atomic.Uint64, metSlots)} }

// before tells whether ref was met, and remembers it.
func (m *met) before(ref core.Ref) bool {
	sum := maphash.Comparable(m.seed, ref)
	return m.slots[sum%metSlots].Swap(sum) == sum
}
