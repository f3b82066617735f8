package intake

import (
	"sync/atomic"

	"tundish/core"
)

// met remembers the numbers that were submitted lately, roughly: a repeat that follows
// soon (a caller's retry) is looked up before anything is decided. It may forget, and it
// may take a new number for an old one; either costs a look into the store, no more.
type met struct{ slots []atomic.Uint64 }

// metSlots is how many numbers are remembered, half a MiB of them.
const metSlots = 1 << 16

func newMet() met { return met{slots: make([]atomic.Uint64, metSlots)} }

// before tells whether ref was met, and remembers it.
func (m *met) before(ref core.Ref) bool {
	sum := fnv(fnv(fnv(fnvBasis, string(ref.System)), ref.External), ref.Period)
	return m.slots[sum%metSlots].Swap(sum) == sum
}

// FNV-1a in 64 bits, with a mark behind each
// text. It is the same in every process, so that a run can be repeated; that a caller
// could make numbers collide costs the hub nothing but a look into the store.
const (
	fnvBasis uint64 = 14695981039346656037
	fnvPrime uint64 = 1099511628211
)

func fnv(sum uint64, text string) uint64 {
	for i := range len(text) {
		sum = (sum ^ uint64(text[i])) * fnvPrime
	}
	return (sum ^ 0xff) * fnvPrime
}
