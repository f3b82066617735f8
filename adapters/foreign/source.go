package foreign

import (
	"context"
	"fmt"

	"tundish/adapters/mapping"
	"tundish/adapters/standard"
	"tundish/core"
	"tundish/core/pull"
	"tundish/wsdl/xml"
)

// Source is a list of orders that a system is asked for in its own operation.
type Source struct {
	Peer
	Pull *mapping.Pulling
	// Complete fills in what orders of the system leave out.
	Complete func(*core.WorkOrder) error
}

var _ pull.Source = (*Source)(nil)

// Fetch lists one page; page counts from 0, theirs from 1. A system that knows no pages answers with everything, and the first
// page is the last.
func (s *Source) Fetch(ctx context.Context, w pull.Window, page, size int) (pull.Page, error) {
	ctx, message := standard.Keeping(ctx)
	v := s.reading(ctx)
	v.From, v.To, v.Number, v.Size = w.From, w.To, page+1, size
	var out pull.Page
	var listed mapping.Listed
	err := s.call(ctx, s.Pull.Outward, &v, func(r *xml.Reader) (err error) {
		listed, err = s.Pull.Read(r, v.Number, size, func(row mapping.Row) error {
			out.Items = append(out.Items, s.item(row))
			return nil
		})
		return err
	})
	if err != nil {
		return pull.Page{}, fmt.Errorf("list %s: %w", s.Pull.Name, err)
	}
	if d := listed.Verdict; d.Outcome != core.Delivered && d.Outcome != core.AlreadyDone {
		return pull.Page{}, fmt.Errorf("list %s: %w", s.Pull.Name, unfinished(d))
	}
	out.More, out.Total, out.Message = listed.More, listed.Total, *message
	return out, nil
}

func (s *Source) item(row mapping.Row) pull.Item {
	it := pull.Item{Order: row.Order, Hash: row.Hash, Raw: func() []byte { return row.Raw }}
	it.Order.Ref.System = s.System
	if row.Err != nil {
		it.Err = row.Err
	} else {
		it.Err = s.Complete(&it.Order)
	}
	return it
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
