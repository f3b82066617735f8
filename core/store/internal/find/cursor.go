package find

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"time"

	"tundish/core"
)

// Cursor is the place behind which a page goes on: the last order of the page before and, where a list is by
// deadline, that. Row is a number of the store's own.
type Cursor struct {
	List uint64       `json:"l"`
	No   core.OrderNo `json:"n,omitempty"`
	Due  int64        `json:"d,omitempty"` // milliseconds since 1970
	Row  int64        `json:"r,omitempty"`
}

// Begin reads the cursor of a query; the zero cursor for the first page.
func Begin(q *core.ListQuery) (Cursor, error) {
	c := Cursor{}
	if q.Cursor == "" {
		return c, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(q.Cursor)
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil || c.List != list(q) {
		return c, core.Fail(core.Invalid, "bad_cursor", "cursor", "the cursor is not one of this list; begin again without one", "游标不属于此列表，请从第一页重新开始")
	}
	return c, nil
}

// Next is the cursor behind a place.
func Next(q *core.ListQuery, c Cursor) string {
	c.List = list(q)
	raw, err := json.Marshal(c)
	if err != nil {
		panic(fmt.Sprintf("a cursor of texts and numbers: %v", err))
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// list tells lists apart. The instant at which deadlines are looked at passes from page to page.
func list(q *core.ListQuery) uint64 {
	k := *q
	k.Cursor, k.Limit = "", 0
	if !k.DueBefore.IsZero() {
		k.DueBefore = time.Unix(0, 0)
	}
	raw, err := json.Marshal(k)
	if err != nil {
		panic(fmt.Sprintf("a query of texts and instants: %v", err))
	}
	h := fnv.New64a()
	_, _ = h.Write(raw)
	return h.Sum64()
}

// Fits tells whether an order belongs to a list, but for who handled it.
func Fits(o *core.WorkOrder, q *core.ListQuery) bool {
	step := ""
	if m := o.Main(); m != nil {
		step = m.Step
	}
	crew := ""
	if o.Assignment != nil {
		crew = o.Assignment.CrewID
	}
	return in(q.Phases, o.Phase) && in(q.Types, o.Type) && in(q.Urgencies, o.Urgency) &&
		is(q.System, o.Ref.System) && is(q.Branch, o.Place.Branch) && is(q.Depot, o.Place.Depot) && is(q.Crew, crew) &&
		(q.Within == nil || q.Within.Contains(o)) &&
		(len(q.Steps) == 0 || in(q.Steps, core.StepOf{Type: o.Type, Step: step}) || in(q.Steps, core.StepOf{Step: step})) &&
		(q.DueBefore.IsZero() || !o.DueAt.IsZero() && o.DueAt.Before(q.DueBefore)) && (!q.ByDue || !o.DueAt.IsZero()) &&
		(!q.OnHold || o.Hold != nil) &&
		(q.ReceivedFrom.IsZero() || !o.ReceivedAt.Before(q.ReceivedFrom)) && (q.ReceivedTo.IsZero() || !o.ReceivedAt.IsZero() && o.ReceivedAt.Before(q.ReceivedTo))
}

func in[T comparable](list []T, v T) bool {
	if len(list) == 0 {
		return true
	}
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}

func is[T comparable](want, v T) bool {
	var none T
	return want == none || want == v
}

// Silent are the kinds of events that nobody did by hand.
func Silent() []core.EventKind { return []core.EventKind{core.EventSeen, core.EventDownloaded} }
