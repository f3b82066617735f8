package life

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"tundish/core"
)

// Rules are what decisions rest on besides the order itself.
type Rules struct {
	Types core.OrderTypes
	// Systems that results go back to. A system that is missing here or in shadow
	// mode is told nothing.
	Systems map[core.SystemID]System
	// PointsTo is told of coordinates captured in the field, ScrapTo of old meters
	// to be scrapped; empty: nobody.
	PointsTo, ScrapTo core.SystemID
	// Districts are the codes that crews know; empty: any is taken.
	Districts map[string]bool
	// NumberPrefix begins every order number, at most 4 ASCII characters.
	NumberPrefix string
	// Zone is the hub's civil time zone: crew-days and order numbers follow it.
	Zone *time.Location
}

// System is what decisions must know about a connected system.
type System struct {
	// Shadow: receive and map, never write back.
	Shadow bool
	// TellsNothing: it has no operation to be told of statuses, only of results.
	ResultsOnly bool
	// Extensions: it can be asked for more time.
	Extensions bool
}

// Type finds an order's type.
func (r *Rules) Type(o *core.WorkOrder) (*core.OrderType, error) {
	if t, ok := r.Types[o.Type]; ok {
		return t, nil
	}
	return nil, core.Invalidf("unknown_type", "Type", "order type %q is not configured; known types: %s", "工单类型 %q 未配置；可用类型：%s", o.Type, strings.Join(r.Types.Codes(), ", "))
}

// Step is who does something, when, and because of which message.
type Step struct {
	Now       time.Time
	By        string
	MessageID string
	Remark    string
	// SourceMessageID is the source's own id of a message that counts once; empty for
	// others. The order remembers it.
	SourceMessageID string
}

// count remembers on the order that the source's message has taken effect.
func (s Step) count(o *core.WorkOrder) {
	if s.SourceMessageID != "" {
		o.Counted = append(o.Counted, s.SourceMessageID)
	}
}

func (s Step) event(k core.EventKind) core.Event {
	return core.Event{At: s.Now.UTC(), Kind: k, By: s.By, MessageID: s.MessageID, Remark: s.Remark}
}

// conflict refuses a step that the order's state forbids and says what is allowed.
func conflict(o *core.WorkOrder, code, en, zh string) error {
	return core.Fail(core.Conflict, code, "", fmt.Sprintf("order %s is in %s: %s", o.No, o.Phase, en), fmt.Sprintf("工单 %s 处于 %s：%s", o.No, o.Phase, zh))
}

// change builds the unit of one step. Beside the messages given it tells the
// source when its view of the order changed and the type wants it told.
func (r *Rules) change(old *core.WorkOrder, next core.WorkOrder, t *core.OrderType, ev core.Event, messages ...core.OutboxMessage) (core.Unit, error) {
	told := false
	for _, m := range messages {
		told = told || m.Target == next.Ref.System
	}
	if s := core.StatusOf(&next); !told && old != nil && s != core.StatusOf(old) && t.Tells(s) && !r.Systems[next.Ref.System].ResultsOnly {
		if r.writesBack(next.Ref.System) {
			messages = append(messages, r.message(next.Ref.System, core.TellStatus, &next, ev))
		}
	}
	c, err := core.NewChange(old, next, ev, messages...)
	if err != nil {
		return core.Unit{}, err
	}
	for i := range c.Outbox {
		wb := core.WriteBack{Kind: c.Outbox[i].Kind, At: ev.At, Status: core.StatusOf(&c.Order), Reason: reason(&c.Outbox[i], ev), By: ev.By, Order: c.Order}
		if c.Outbox[i].Payload, err = json.Marshal(wb); err != nil {
			return core.Unit{}, fmt.Errorf("write the message owed for %s as JSON: %w", next.No, err)
		}
	}
	return core.Unit{Orders: []core.OrderChange{c}}, nil
}

func reason(m *core.OutboxMessage, ev core.Event) string {
	// Other remarks are the house's own: a source hears why it gets an order back, why
	// its order rests, or why it is open again.
	if m.Kind == core.TellReturned || ev.Kind == core.EventHeld || ev.Kind == core.EventReopened {
		return ev.Remark
	}
	return ""
}

func (r *Rules) writesBack(s core.SystemID) bool {
	sys, known := r.Systems[s]
	return known && !sys.Shadow
}

// message is addressed here; change fills in its payload once the order is final.
func (r *Rules) message(to core.SystemID, kind core.WriteBackKind, o *core.WorkOrder, ev core.Event) core.OutboxMessage {
	return core.OutboxMessage{ID: core.NewID(ev.At), Target: to, Order: o.No, Kind: kind, CreatedAt: ev.At, State: core.MessageDue}
}

// load is the crew-day entry of giving (+1) or taking (−1) an assignment.
func load(a *core.Assignment, u core.Urgency, sign int) core.CrewDayChange {
	d := core.CrewDayChange{CrewID: a.CrewID, Day: a.Day, Minutes: sign * a.Minutes, Orders: sign}
	if u != core.Normal {
		d.UrgentOrders = sign
	}
	return d
}

// Loads reports whether the order's assignment counts as unfinished work of its crew.
func Loads(o *core.WorkOrder) bool {
	return o.Phase == core.Field && o.Assignment != nil && o.Assignment.State != core.FieldCompleted
}
