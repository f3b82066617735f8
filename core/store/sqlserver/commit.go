package sqlserver

import (
	"context"
	"database/sql"

	"tundish/core"
	"tundish/core/store/internal/group"
	"tundish/core/store/internal/record"
)

// call is one Commit: its units are settled in their order by one writer.
type call struct {
	items []*item
	open  int // items without an outcome
}

func (c *call) weight() int {
	n := 0
	for _, it := range c.items {
		n += it.weight
	}
	return n
}

// item is one unit on its way.
type item struct {
	unit    *core.Unit
	deltas  [][]string       // per order and event, as JSON
	routes  []sql.NullString // per crew-day
	weight  int              // rows, roughly
	outcome core.Outcome
}

func prepare(u *core.Unit) (*item, error) {
	if err := u.Check(); err != nil {
		return nil, err
	}
	it := &item{unit: u, weight: 1 + len(u.Messages) + len(u.Refused) + len(u.Rows), deltas: make([][]string, len(u.Orders))}
	for i := range u.Orders {
		ch := &u.Orders[i]
		it.weight += 1 + len(ch.Events) + 2*len(ch.Outbox)
		for j := range ch.Events {
			d, err := record.Deltas(ch.Events[j].Deltas)
			if err != nil {
				return nil, err
			}
			it.deltas[i] = append(it.deltas[i], d)
		}
	}
	for i := range u.CrewDays {
		r, err := record.Route(u.CrewDays[i].Route)
		if err != nil {
			return nil, err
		}
		it.routes = append(it.routes, r)
	}
	return it, nil
}

// Commit makes units durable; see core.Committer.
func (s *Store) Commit(ctx context.Context, units ...core.Unit) []core.Outcome {
	outcomes := make([]core.Outcome, len(units))
	c := &call{}
	var index []int
	for i := range units {
		it, err := prepare(&units[i])
		if err != nil {
			outcomes[i] = refused(err)
			continue
		}
		c.items = append(c.items, it)
		index = append(index, i)
	}
	if c.open = len(c.items); c.open == 0 {
		return outcomes
	}
	queue := s.queue
	if c.weight() >= heavyWeight {
		queue = s.heavy
	}
	t, err := queue.Put(ctx, c)
	if err == nil {
		err = t.Wait(ctx)
	}
	for k, i := range index {
		if err != nil {
			outcomes[i] = refused(err)
			continue
		}
		outcomes[i] = c.items[k].outcome
	}
	return outcomes
}

func refused(err error) core.Outcome {
	return core.Outcome{Kind: core.RefusedUnit, Order: -1, Err: err}
}

// settle marks items whose outcomes stand and tells the callers whose calls
// are complete.
func settle(owner map[*item]*group.Ticket[*call], items []*item) {
	for _, it := range items {
		t := owner[it]
		if t.Task.open--; t.Task.open == 0 {
			t.Done()
		}
	}
}
