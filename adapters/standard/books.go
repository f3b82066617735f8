package standard

import (
	"context"
	"fmt"
	"iter"
	"time"

	"tundish/core"
	"tundish/core/reconcile"
	"tundish/wsdl/vocabulary"
	"tundish/wsdl/xsd"
)

// BookEntry is what a system's own books say about one order: what is compared with the
// hub's, and what helps people to find it.
type BookEntry struct {
	reconcile.Entry
	Status string // the last one told, in the system's own words

	Account, Serial                               string
	RegisteredAt, UpdatedAt, FinishedAt, ClosedAt time.Time
	LastMessageID                                 string
	LastSequence                                  int64
}

// BookPage is one page of a system's books.
type BookPage struct {
	Entries []vocabulary.BookEntry
	More    bool
}

// ListOrders calls the operation of that name. from and to are nil where the window is
// open.
type ListOrders func(ctx context.Context, h Head, from, to *xsd.DateTime, page, size int32) (BookPage, error)

// Books reads a system's own books.
type Books struct {
	System *System
	Clock  core.Clock
	List   ListOrders
}

// pageSize of ListOrders.
const pageSize = 500

// Entries reads the orders registered from from until before to, each zero for no bound,
// one after another. It ends with the first error.
func (b *Books) Entries(ctx context.Context, from, to time.Time) iter.Seq2[BookEntry, error] {
	return func(yield func(BookEntry, error) bool) {
		for page := int32(0); ; page++ {
			p, err := b.List(ctx, b.System.Reading(b.Clock), b.System.OptionalTime(from), b.System.OptionalTime(to), page, pageSize)
			if err == nil && p.More && len(p.Entries) == 0 {
				err = core.Fail(core.Unavailable, "endless", "", "an empty page says that more follow", "空页却声明还有后续页")
			}
			if err != nil {
				yield(BookEntry{}, fmt.Errorf("read page %d of the books of %s: %w", page, b.System.ID, err))
				return
			}
			for i := range p.Entries {
				if !yield(b.System.bookEntry(&p.Entries[i]), nil) {
					return
				}
			}
			if !p.More {
				return
			}
		}
	}
}

func (s *System) bookEntry(v *vocabulary.BookEntry) BookEntry {
	e := BookEntry{
		Entry: reconcile.Entry{
			Ref: s.Ref(v.ExternalRef, v.RefPeriod), No: core.OrderNo(v.OrderNo), Type: s.Codes.Type.house(v.Type), State: reconcile.State(v.State),
			Outcome: v.Outcome, Reason: s.Codes.Reason.house(v.Reason),
			FinalReading: digits(v.FinalReading), NewSerial: trim(v.NewSerial), InitialReading: digits(v.InitialReading), RecheckedReading: digits(v.RecheckedReading),
			Photos: int(v.PhotoCount), Effects: int(v.Effects),
		},
		Status: v.Status, Account: trim(v.Account), Serial: trim(v.MeterSerial),
		RegisteredAt: s.instant(&v.RegisteredAt), UpdatedAt: s.instant(&v.UpdatedAt),
		FinishedAt: s.instant(v.FinishedAt), ClosedAt: s.instant(v.ClosedAt), LastMessageID: v.LastMessageId,
	}
	if v.LastSequence != nil {
		e.LastSequence = *v.LastSequence
	}
	return e
}
