package intake

import (
	"context"
	"sync"

	"tundish/core"
)

// numberBlock is how many serials are reserved at once: a restart loses what is
// left of the block, which is why numbers have gaps.
const numberBlock = 64

// Numbers hands out serials from blocks reserved in the store.
type Numbers struct {
	store core.NumberReserver
	mu    sync.Mutex
	next  int64
	end   int64
}

// NewNumbers starts without a block.
func NewNumbers(store core.NumberReserver) *Numbers { return &Numbers{store: store} }

// Next takes one serial.
func (n *Numbers) Next(ctx context.Context) (int64, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next == n.end {
		first, err := n.store.ReserveNumbers(ctx, numberBlock)
		if err != nil {
			return 0, err
		}
		n.next, n.end = first, first+numberBlock
	}
	n.next++
	return n.next - 1, nil
}
