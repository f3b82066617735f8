package life

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tundish/core"
)

// turn is one decision under way: the order as it was and as it becomes, and what is owed
// for it.
type turn struct {
	r    *Rules
	t    *core.OrderType
	p    *core.Process
	s    Step
	old  *core.WorkOrder // as it is stored; nil: it is new
	next core.WorkOrder
	// asSent is the order with what its source sends in this decision; nil: the source sends nothing.
	asSent *core.WorkOrder
	ev     core.Event
	owed   []owed
	// guard, when set, is the crew-day that the work was given on.
	guard *core.CrewDay
	// trial takes notes of what triggers do; nil: nobody asks.
	trial *Trial
}

// owed is a message to be sent; its payload is written when the order is final.
type owed struct {
	message core.OutboxMessage
	status  core.Status // if it is another than the order's
	reason  string
	effect  *core.Reaction
}

// begin starts a decision on an order that is stored. It goes by the version of the process
// that the order has; one from before there were processes is placed by its phase.
func (r *Rules) begin(old *core.WorkOrder, s Step, kind core.EventKind) (*turn, error) {
	if n := core.UTF16Len(s.Remark); n > core.MaxText && !s.Actor.All { // what the hub itself says is cut where it is said
		return nil, TooLong("Reason", n)
	}
	t, err := r.version(old)
	if err != nil {
		return nil, err
	}
	s.Now = s.Now.UTC().Truncate(time.Millisecond) // as stores keep instants
	x := &turn{r: r, t: t, p: r.process(t), s: s, old: old, next: old.Clone(), ev: s.event(kind)}
	if len(x.next.Tokens) == 0 {
		x.place()
	}
	return x, nil
}

// main is the step where the order stands. A step that vanished from the process is shown as
// one that nobody can leave.
func (x *turn) main() *core.Step {
	if st := x.p.Step(x.next.Tokens[0].Step); st != nil {
		return st
	}
	return &core.Step{ID: x.next.Tokens[0].Step}
}

// at reports whether the order stands at a step of the kind.
func (x *turn) at(k core.StepKind) bool { return x.main().Kind == k }

// duty finds an owed step of the kind, or nil.
func (x *turn) duty(k core.StepKind) *core.Step {
	for _, tok := range x.next.Tokens {
		if st := x.p.Step(tok.Step); tok.Duty && st != nil && st.Kind == k {
			return st
		}
	}
	return nil
}

// place puts the token of an order from before there were processes where its phase says.
func (x *turn) place() {
	o := &x.next
	o.Process = x.p.Version
	o.Tokens = []core.Token{{Step: x.stepOf(o.Phase), Since: o.UpdatedAt}}
	if !o.DueAt.IsZero() && o.DueBy == core.DueByRule {
		o.DueBy = core.DueBySource // nobody noted whose it was: it stays as it was promised
	}
	if !o.Reviewed && o.Phase != core.Acceptance && o.Phase != core.Received && !o.Phase.Ended() {
		for i := range x.p.Steps {
			if st := &x.p.Steps[i]; st.Kind == core.StepAcceptance {
				o.Tokens = append(o.Tokens, core.Token{Step: st.ID, Duty: true, Since: o.ReceivedAt})
				break
			}
		}
	}
}

// stepOf is the first step of a phase where somebody can be waited for, else of the next phase
// that has one.
func (x *turn) stepOf(phase core.Phase) string {
	phases := core.Phases()
	if phase == core.Released { // the result is told: what is left is behind the release
		phase = core.FollowUpCall
	}
	if phase.Ended() {
		return x.end(core.StepKind(phase)).ID
	}
	for _, ph := range phases[max(slices.Index(phases, phase), 0):] {
		for i := range x.p.Steps {
			if st := &x.p.Steps[i]; st.Phase == ph && (!st.Kind.Automatic() || st.Kind == core.StepClosed) {
				return st.ID
			}
		}
	}
	return x.end(core.StepClosed).ID
}

// end is the step of the process that ends an order in this way.
func (x *turn) end(k core.StepKind) *core.Step {
	for i := range x.p.Steps {
		if x.p.Steps[i].Kind == k {
			return &x.p.Steps[i]
		}
	}
	return &core.Step{ID: string(k), Kind: k, Phase: k.Phase()}
}

// tell owes a system a message.
func (x *turn) tell(to core.SystemID, kind core.WriteBackKind, reason string) *owed {
	if !x.r.writesBack(to) {
		return nil
	}
	m := core.OutboxMessage{ID: core.NewID(x.ev.At), Target: to, Order: x.next.No, Kind: kind, CreatedAt: x.ev.At, State: core.MessageDue}
	x.owed = append(x.owed, owed{message: m, reason: reason})
	return &x.owed[len(x.owed)-1]
}

func (r *Rules) writesBack(s core.SystemID) bool {
	sys, known := r.Systems[s]
	return known && !sys.Shadow
}

// change builds the unit of the decision: every change of an order goes through here. Beside
// what is owed already it tells the source when its view of the order changed and the type
// wants it told, and books the crews' work.
func (x *turn) change() (core.Unit, error) {
	source := x.next.Ref.System
	if err := x.happen(); err != nil {
		return core.Unit{}, err
	}
	if err := x.triggers(); err != nil {
		return core.Unit{}, err
	}
	x.judge()
	if err := x.reconsider(); err != nil {
		return core.Unit{}, err
	}
	x.noteOurs()
	x.tellCrews()
	if err := x.clocks(); err != nil {
		return core.Unit{}, err
	}
	told := slices.ContainsFunc(x.owed, func(w owed) bool { return w.message.Target == source })
	if s := core.StatusOf(&x.next); !told && x.old != nil && s != core.StatusOf(x.old) && x.t.Tells(s) && !x.r.Systems[source].ResultsOnly {
		x.tell(source, core.TellStatus, x.reason())
	}
	messages := make([]core.OutboxMessage, len(x.owed))
	for i, w := range x.owed {
		messages[i] = w.message
	}
	c, err := core.NewChange(x.old, x.next, x.ev, messages...)
	if err != nil {
		return core.Unit{}, err
	}
	for i := range c.Meters {
		c.Meters[i].Lenient = !x.r.UniqueSerials
	}
	for i, w := range x.owed {
		wb := core.WriteBack{Kind: w.message.Kind, At: x.ev.At, Status: core.StatusOf(&c.Order), Reason: w.reason, By: x.ev.By, Reaction: w.effect, Order: c.Order}
		if w.status != "" {
			wb.Status = w.status
		}
		if c.Outbox[i].Payload, err = json.Marshal(wb); err != nil {
			return core.Unit{}, fmt.Errorf("write the message owed for %s as JSON: %w", x.next.No, err)
		}
	}
	return core.Unit{Orders: []core.OrderChange{c}, CrewDays: x.days()}, nil
}

// reason that a source hears with a status. Other remarks are the house's own: a source hears
// why its order rests, or why it is open again.
func (x *turn) reason() string {
	if x.ev.Kind == core.EventHeld || x.ev.Kind == core.EventReopened {
		return x.ev.Remark
	}
	return ""
}

// work is what an order loads crews with.
type work struct{ crew, day string }

func loads(o *core.WorkOrder) map[work]core.CrewDayChange {
	urgent := 0
	if o.Urgency != core.Normal {
		urgent = 1
	}
	sum := map[work]core.CrewDayChange{}
	add := func(crew, day string, minutes int) {
		d := sum[work{crew, day}]
		sum[work{crew, day}] = core.CrewDayChange{CrewID: crew, Day: day, Minutes: d.Minutes + minutes, Orders: d.Orders + 1, UrgentOrders: d.UrgentOrders + urgent}
	}
	if Loads(o) {
		add(o.Assignment.CrewID, o.Assignment.Day, o.Assignment.Minutes)
	}
	for _, h := range o.Helpers {
		if h.EndedAt.IsZero() && h.CrewID != "" {
			add(h.CrewID, h.Day, h.Minutes)
		}
	}
	return sum
}

// days books the difference between the crews' work before and after: what is taken first.
func (x *turn) days() []core.CrewDayChange {
	diff := loads(&x.next)
	if x.old != nil {
		for k, was := range loads(x.old) {
			d := diff[k]
			diff[k] = core.CrewDayChange{CrewID: k.crew, Day: k.day, Minutes: d.Minutes - was.Minutes, Orders: d.Orders - was.Orders, UrgentOrders: d.UrgentOrders - was.UrgentOrders}
		}
	}
	var days []core.CrewDayChange
	for k, d := range diff {
		if d.Minutes == 0 && d.Orders == 0 && d.UrgentOrders == 0 {
			continue
		}
		if g := x.guard; g != nil && d.Orders > 0 && k.crew == g.CrewID {
			d.Guarded, d.Expected = true, g.Version
		}
		days = append(days, d)
	}
	slices.SortFunc(days, func(a, b core.CrewDayChange) int {
		if a.Orders != b.Orders {
			return a.Orders - b.Orders
		}
		return strings.Compare(a.CrewID+a.Day, b.CrewID+b.Day)
	})
	return days
}

// Loads reports whether the order's assignment counts as unfinished work of its crew.
func Loads(o *core.WorkOrder) bool {
	return o.Phase == core.Field && o.Assignment != nil && o.Assignment.State != core.FieldCompleted
}
