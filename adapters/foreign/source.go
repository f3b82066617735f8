package foreign

import (
	"context"
	"errors"
	"fmt"

	"tundish/adapters/mapping"
	"tundish/core"
	"tundish/core/pull"
)

// Source is a list of orders that a system is asked for in its own operation.
type Source struct {
	Peer
	Pull *mapping.Pulling
	// Complete fills in what orders of the system leave out.
	Complete func(*core.WorkOrder) error
}

var _ pull.Lister = (*Source)(nil)

// Open begins a listing for one run.
func (s *Source) Open() (pull.Listing, error) { return newListing(s), nil }

// Fetch is that of a listing of its own. Of a list that is not cut into pages by a size that the system
// is told, what lies before the page is asked for again.
func (s *Source) Fetch(ctx context.Context, w pull.Window, page, size int) (out pull.Page, err error) {
	l := newListing(s)
	defer func() { err = errors.Join(err, l.Close()) }()
	return l.Fetch(ctx, w, page, size)
}

// Confirm tells the system which orders the hub has, where the mapping says how.
func (s *Source) Confirm(ctx context.Context, rs []pull.Receipt) error {
	if s.Pull.Confirm == nil {
		return nil
	}
	v := s.reading(ctx)
	for _, r := range rs {
		if r.No != "" { // of refused ones the source hears from people
			v.Receipts = append(v.Receipts, mapping.Receipt{Ref: r.Ref, No: r.No, At: v.Message.SentAt})
		}
	}
	if len(v.Receipts) == 0 {
		return nil
	}
	d, err := s.told(ctx, s.Pull.Confirm, &v)
	if err != nil {
		if d, ok := judged(s.Pull.Confirm, err); ok && (d == core.Delivered || d == core.AlreadyDone) {
			return nil
		}
		return fmt.Errorf("confirm %d orders: %w", len(v.Receipts), err)
	}
	if d.Outcome != core.Delivered && d.Outcome != core.AlreadyDone {
		return unfinished(d)
	}
	return nil
}
