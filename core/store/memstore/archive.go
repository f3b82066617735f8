package memstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tundish/core"
)

// ended are the numbers of orders that may be archived, the oldest first, with whether
// something is owed for them.
func (s *Store) ended(before time.Time, after core.ArchiveMark) (nos []core.OrderNo, owes map[core.OrderNo]bool) {
	owes = map[core.OrderNo]bool{}
	for _, m := range s.messages {
		owes[m.Order] = owes[m.Order] || owed(m) || m.State == core.MessageDead
	}
	for no, row := range s.orders {
		at := row.value.UpdatedAt
		later := cmp.Or(at.Compare(after.At), cmp.Compare(no, after.No)) > 0
		if row.value.Phase.Ended() && !row.archived && at.Before(before.Truncate(time.Millisecond)) && later {
			nos = append(nos, no)
		}
	}
	slices.SortFunc(nos, func(a, b core.OrderNo) int {
		return cmp.Or(s.orders[a].value.UpdatedAt.Compare(s.orders[b].value.UpdatedAt), cmp.Compare(a, b))
	})
	return nos, owes
}

// Archive marks one batch; see core.ArchiveStore. In the model nothing moves, but lists
// that name no order pass over what is marked.
func (s *Store) Archive(ctx context.Context, b core.ArchiveBatch) (moved core.Archived, err error) {
	n := b.Orders
	if n <= 0 {
		n = 10
	}
	n = min(n, 1000)
	err = s.do(ctx, func(tx *undo) error {
		if f := b.Fence; f != nil {
			if l := s.leases[f.Lease]; l.token != f.Token || l.holder == "" {
				return core.Fail(core.Conflict, "lease_lost", "", "the lease "+f.Lease+" was lost", "租约已失去")
			}
		}
		nos, owes := s.ended(b.Before, b.After)
		moved = core.Archived{Next: b.After, Done: len(nos) < n}
		for _, no := range nos[:min(n, len(nos))] {
			row := *s.orders[no]
			moved.Next = core.ArchiveMark{At: row.value.UpdatedAt, No: no}
			if owes[no] {
				moved.Held++
				continue
			}
			moved.Orders++
			moved.Events += len(row.events) - row.oldEvents
			row.archived, row.oldEvents = true, len(row.events)
			put(tx, s.orders, no, &row)
			for _, m := range s.messages {
				if m.Order == no && !m.archived {
					moved.Outbox++
					moved.Attempts += len(m.attempts)
					set(tx, &m.archived, true)
				}
			}
			for i := range s.log {
				if m := &s.log[i]; b.Messages && m.Order == no && !m.archived {
					moved.Messages++
					set(tx, &m.archived, true)
				}
			}
		}
		set(tx, &s.moved, s.moved+int64(moved.Orders))
		return nil
	})
	if err != nil {
		return core.Archived{}, err
	}
	return moved, nil
}

// Archivable tells what there is to move.
func (s *Store) Archivable(ctx context.Context, before time.Time) (a core.Archivable, err error) {
	err = s.read(ctx, func() {
		nos, owes := s.ended(before, core.ArchiveMark{})
		a = core.Archivable{Orders: len(nos), Moved: s.moved}
		for i, no := range nos {
			if i == 0 {
				a.Oldest = s.orders[no].value.UpdatedAt
			}
			if owes[no] {
				a.Held++
			}
		}
	})
	return a, err
}
