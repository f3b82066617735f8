package life

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"tundish/core"
	"tundish/core/deadline"
)

// Rules are what decisions rest on besides the order itself.
type Rules struct {
	Types core.OrderTypes
	// Older finds a type as it was under an older version of its process; nil: it is not known any more. An error
	// means that it cannot be told now, and nothing is decided. Nil: none is known.
	Older func(code, version string) (*core.OrderType, error)
	// Access is what the house's roles allow; nil: nothing but what steps name roles for.
	Access Access
	// Systems that results go back to. A system that is missing here or in shadow
	// mode is told nothing.
	Systems map[core.SystemID]System
	// PointsTo is told of coordinates captured in the field, ScrapTo of old meters
	// to be scrapped, CustomersTo of corrected customer data; empty: nobody.
	PointsTo, ScrapTo, CustomersTo core.SystemID
	// CustomersFrom is asked whose account or telephone it is; empty: nobody is.
	CustomersFrom core.SystemID
	// Triggers are what the house does by itself, on top of every process.
	Triggers []core.Trigger
	// Classify fills in what a source left open about a report, when it comes; nil: nothing is.
	Classify func(o *core.WorkOrder, now time.Time)
	// TellCrews: a crew is told at once of work that it gets or that is taken from it.
	TellCrews bool
	// Channels finds the channels that reach the people of a notice; nil: there are none.
	Channels func(o *core.WorkOrder, what *core.Reaction) []string
	// Codes lists the codes of a kind of the house's vocabulary; nil: choices among them are
	// not checked.
	Codes func(kind string) []string
	// Districts are the codes that crews know; empty: any is taken.
	Districts map[string]bool
	// Depots are those that districts belong to; crews may name more.
	Depots []string
	// Readings says what becomes of a completion whose readings look wrong.
	Readings Plausibility
	// UniqueSerials: a new meter whose serial stands elsewhere is not taken.
	UniqueSerials bool
	// UnseenAfter is how long a crew may leave an assignment unseen before it goes back to the
	// dispatcher; 0: for ever.
	UnseenAfter time.Duration
	// Deadlines keeps the time limits; nil: on every day but Saturday and Sunday, 8:30 to 17:00.
	Deadlines *deadline.Keeper
	// NumberPrefix begins every order number, at most 4 ASCII characters.
	NumberPrefix string
	// Zone is the hub's civil time zone: crew-days and order numbers follow it.
	Zone *time.Location

	standard sync.Map // *core.OrderType → *core.Process, of types without a process
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

// ProcessOf is the process that new orders of the type go by.
func (r *Rules) ProcessOf(t *core.OrderType) *core.Process { return r.process(t) }

// process of a type. One that names none has the standard one.
func (r *Rules) process(t *core.OrderType) *core.Process {
	if t.Process != nil {
		return t.Process
	}
	if p, ok := r.standard.Load(t); ok {
		return p.(*core.Process)
	}
	var afterwards []core.Urgency
	for _, u := range core.Urgencies() {
		if t.Mode(u) == core.DispatchAuto {
			afterwards = append(afterwards, u)
		}
	}
	p := core.StandardProcess(t.Acceptance, t.ResultReview && t.Family != core.Desk, t.FollowUp, t.Family == core.Desk, afterwards...)
	for i := range p.Steps {
		if k := p.Steps[i].Kind; k == core.StepField || k == core.StepDesk {
			for _, field := range t.Required {
				p.Steps[i].Form = append(p.Steps[i].Form, core.AskFor("completion."+field, true))
			}
		}
	}
	p.Limits = finish(t)
	known, _ := r.standard.LoadOrStore(t, p)
	return known.(*core.Process)
}

// House is the system of orders that the house opened itself; ByCrew is the channel of those
// that a crew opened 自开单.
const (
	House  core.SystemID = "hub"
	ByCrew string        = "crew"
)

// Step is who does something, when, and because of which message.
type Step struct {
	Now time.Time
	// Actor has the rights; By is how the timeline names him.
	Actor     Actor
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

// conflict refuses what the order's state forbids and says what is allowed now.
func (r *Rules) conflict(o *core.WorkOrder, s Step, code, en, zh string) error {
	now, nowZH := r.now(o, s.Actor)
	return core.Fail(core.Conflict, code, "", fmt.Sprintf("order %s is in %s: %s%s", o.No, o.Phase, en, now), fmt.Sprintf("工单 %s 处于 %s：%s%s", o.No, o.Phase, zh, nowZH))
}

// now names what the actor may do now, for the end of a refusal.
func (r *Rules) now(o *core.WorkOrder, a Actor) (en, zh string) {
	offers, err := r.Allowed(*o, a, o.UpdatedAt)
	if err != nil || len(offers) == 0 {
		return "", ""
	}
	var words, wordsZH []string
	for _, f := range offers {
		if f.Beside {
			continue
		}
		words, wordsZH = append(words, string(f.Action)), append(wordsZH, f.Label.ZH)
	}
	if len(words) == 0 {
		return "", ""
	}
	return "; allowed now: " + strings.Join(words, ", "), "；当前可执行：" + strings.Join(wordsZH, "、")
}
