package app

import (
	"context"
	"sync/atomic"

	"tundish/core"
	"tundish/core/assign"
	"tundish/core/outbox"
	"tundish/core/pull"
)

// link is a connected system's place in the hub. What stands there may be replaced while
// the hub runs: a message is handled whole by the connection that it found.
type link struct {
	now atomic.Pointer[connection]
}

func newLink(c *connection) *link {
	l := &link{}
	l.now.Store(c)
	return l
}

// replace puts another connection there. The old one finishes what it has begun.
func (l *link) replace(c *connection) { l.now.Swap(c).close() }

func (l *link) Deliver(ctx context.Context, m core.OutboxMessage) core.Delivery {
	return l.now.Load().sink.Deliver(ctx, m)
}

func (l *link) Ask(ctx context.Context, m core.OutboxMessage) core.Delivery {
	return l.now.Load().sink.Ask(ctx, m)
}

// Locate answers NotFound where the system does not locate.
func (l *link) Locate(ctx context.Context, o *core.WorkOrder) (core.Place, error) {
	if at := l.now.Load().locator; at != nil {
		return at.Locate(ctx, o)
	}
	return core.Place{}, core.Fail(core.NotFound, "unlocated", "", "the system has no look-up of places", "该系统没有定位查询")
}

// FindCustomers answers Invalid where the system has no look-up of customers.
func (l *link) FindCustomers(ctx context.Context, account, phone string, most int) ([]core.CustomerRecord, int, error) {
	if from := l.now.Load().finder; from != nil {
		return from.FindCustomers(ctx, account, phone, most)
	}
	return nil, 0, errNoCustomers()
}

func errNoCustomers() error {
	return core.Fail(core.Invalid, "no_customers", "partners.customers_from", "the system has no look-up of customers; only those on the contract of billing do", "该系统没有用户查询；仅 billing 契约的系统提供")
}

var (
	_ outbox.Sink    = (*link)(nil)
	_ assign.Locator = (*link)(nil)
)

// linkSource is one of the lists that a system is pulled from.
type linkSource struct {
	link      *link
	operation string
}

// Open begins a listing: a run reads its list by the mapping that it found.
func (s linkSource) Open() (pull.Listing, error) {
	switch from := s.link.now.Load().sources[s.operation].(type) {
	case nil:
		return nil, s.gone()
	case pull.Lister:
		return from.Open()
	default:
		return listOfPages{s}, nil
	}
}

// listOfPages is a list on a contract of the hub's own: nothing is kept of it.
type listOfPages struct{ pull.Source }

func (listOfPages) Resumes() bool { return true }
func (listOfPages) Close() error  { return nil }

func (s linkSource) Fetch(ctx context.Context, w pull.Window, page, size int) (pull.Page, error) {
	from := s.link.now.Load().sources[s.operation]
	if from == nil {
		return pull.Page{}, s.gone()
	}
	return from.Fetch(ctx, w, page, size)
}

func (s linkSource) Confirm(ctx context.Context, rs []pull.Receipt) error {
	from := s.link.now.Load().sources[s.operation]
	if from == nil {
		return s.gone()
	}
	return from.Confirm(ctx, rs)
}

// Try is for dry runs, which leave no traces.
func (s linkSource) Try() pull.Source {
	if t, ok := s.link.now.Load().sources[s.operation].(pull.Tried); ok {
		return t.Try()
	}
	return s
}

func (s linkSource) gone() error {
	return core.Invalidf("unknown_operation", "operation", "the mapping that is live has no pull %q any more", "当前生效的映射中已没有 pull %q", s.operation)
}

// sourcesOf finds the lists of connected systems; nil where there is no such list now.
func sourcesOf(links map[core.SystemID]*link) func(core.SystemID, string) pull.Source {
	return func(system core.SystemID, operation string) pull.Source {
		l := links[system]
		if l == nil || l.now.Load().sources[operation] == nil {
			return nil
		}
		return linkSource{l, operation}
	}
}
