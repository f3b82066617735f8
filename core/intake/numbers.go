package intake

import (
	"context"
	"sync"
	"time"

	"tundish/core"
)

// How many serials are reserved at once: a restart loses what is left of the block and
// of the one behind it, which is why numbers have gaps. Blocks grow while they are used
// up faster than one a second.
const (
	numberBlock    = 64
	maxNumberBlock = 256
)

// Numbers hands out serials from blocks reserved in the store. The next block is
// reserved while the last half of this one is handed out, so that nobody waits for it.
type Numbers struct {
	store core.NumberReserver
	mu    sync.Mutex
	now   block
	size  int
	most  int
	since time.Time // when the present block was begun
	// ahead is the block behind this one, nil until somebody asks for it.
	ahead *reservation
}

type block struct{ next, end int64 }

func (b block) left() int64 { return b.end - b.next }

// reservation is a block that is being reserved; done is closed when it is there.
type reservation struct {
	done chan struct{}
	block
	err error
}

// NewNumbers starts without a block.
func NewNumbers(store core.NumberReserver) *Numbers { return NewNumberBlocks(store, maxNumberBlock) }

// NewNumberBlocks is NewNumbers for one who takes so many at once that blocks may grow to most.
func NewNumberBlocks(store core.NumberReserver, most int) *Numbers {
	return &Numbers{store: store, size: numberBlock, most: most}
}

// Next takes one serial.
func (n *Numbers) Next(ctx context.Context) (int64, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for n.now.left() == 0 {
		r := n.reserve(ctx)
		if err := n.await(ctx, r); err != nil {
			return 0, err
		}
		if n.ahead != r {
			continue // somebody else has gone over to it
		}
		n.ahead = nil
		if r.err == nil { // else it failed long ago, behind the back of everybody: try anew
			n.begin(r.block)
		}
	}
	serial := n.now.next
	n.now.next++
	if n.ahead == nil && n.now.left() <= int64(n.size/2) {
		n.reserve(ctx)
	}
	return serial, nil
}

// await lets others in until r is there. The error is that of a reservation that failed
// while it was waited for.
func (n *Numbers) await(ctx context.Context, r *reservation) error {
	select {
	case <-r.done:
		return nil
	default:
	}
	n.mu.Unlock()
	defer n.mu.Lock()
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
		return core.Because(core.Unavailable, "gave_up", ctx.Err())
	}
}

// begin goes over to a block.
func (n *Numbers) begin(b block) {
	if now := time.Now(); now.Sub(n.since) < time.Second {
		n.size = min(2*n.size, n.most)
	} else {
		n.size = numberBlock
	}
	n.now, n.since = b, time.Now()
}

// reserve starts reserving the next block, or gives the reservation that is under way.
// It goes on without its caller, for the others that wait for it.
func (n *Numbers) reserve(ctx context.Context) *reservation {
	if n.ahead != nil {
		return n.ahead
	}
	r := &reservation{done: make(chan struct{})}
	n.ahead = r
	size := n.size
	go func() {
		defer close(r.done)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), reserveTime)
		defer cancel()
		first, err := n.store.ReserveNumbers(ctx, size)
		r.block, r.err = block{first, first + int64(size)}, err
	}()
	return r
}

// reserveTime bounds a reservation that nobody may be waiting for.
const reserveTime = 30 * time.Second
