package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tundish/core"
	"tundish/core/life"
)

// Store is what intake needs of the order store.
type Store interface {
	core.Committer
	core.NumberReserver
	Order(ctx context.Context, no core.OrderNo) (core.WorkOrder, error)
	OrderByRef(ctx context.Context, ref core.Ref) (core.WorkOrder, []core.Hash, error)
	Events(ctx context.Context, no core.OrderNo) ([]core.Event, error)
}

// Options of a Service; every field is required.
type Options struct {
	Clock core.Clock
	// Rules in force now; asked for once per message.
	Rules func() *life.Rules
}

// Service answers the systems that orders come from.
type Service struct {
	store   Store
	opts    Options
	numbers *Numbers
	met     met
}

// New makes a Service.
func New(store Store, o Options) (*Service, error) {
	if store == nil || o.Clock == nil || o.Rules == nil {
		return nil, errors.New("intake: store, clock and rules are required")
	}
	return &Service{store: store, opts: o, numbers: NewNumbers(store), met: newMet()}, nil
}

// Submission is one order as a source sent it, in the hub's words.
type Submission struct {
	// Order holds Ref, Type, Urgency and the parts; what the hub decides (number,
	// version, phase, times of receipt) is ignored.
	Order core.WorkOrder
	// Hash of the source's order subtree, normalised.
	Hash  core.Hash
	Blobs []core.Blob
	// Message behind it; stored with the order. ID may not be empty.
	Message core.LoggedMessage
	// Kept is when a message that is taken again first came; zero for one that comes now. An
	// order that its source has sent since stays as it is.
	Kept time.Time
}

// Receipt answers a submission.
type Receipt struct {
	No     core.OrderNo
	Status core.Status // current
	// Known: nothing was changed, this message had been accepted before.
	Known bool
	// Amended: the order existed and was changed by this message.
	Amended bool
	// At is when the message took effect; the first time if Known.
	At time.Time
	// Expedited is how often the order was urged on.
	Expedited int
}

// Superseded tells that a message is a late copy of an earlier state: the source wrote
// it before what the hub has by now. It changes nothing, else a late retry would revert a change.
func Superseded(old, sent *core.WorkOrder) bool {
	return !sent.SourceAt.IsZero() && sent.SourceAt.Before(old.SourceAt)
}

const submitTries = 20

// Submit stores a new order, recognises a known one, or amends it.
//
// Nearly every submission is of a new order, so it is decided as one without a look
// into the store, whose key says when it was not; a number that this hub met lately is
// looked up first.
func (s *Service) Submit(ctx context.Context, sub Submission) (Receipt, error) {
	if err := Normalise(&sub.Order); err != nil {
		return Receipt{}, err
	}
	return s.submit(ctx, sub, s.source(sub), (*life.Rules).Receive, s.met.before(sub.Order.Ref))
}

// source lets the source of a submission act.
func (s *Service) source(sub Submission) life.By {
	id := sub.Order.Ref.System
	return life.By{Name: "system:" + string(id), Actor: life.Source(id)}
}

// Open takes in an order that somebody of the house opens 自开单. Whoever opens it knows it by the key: what he, or his
// crew, sends again under it is the same order, which known tells; nobody else's key is the same. Without a key it is
// new each time.
func (s *Service) Open(ctx context.Context, order core.WorkOrder, key string, by life.By) (no core.OrderNo, known bool, err error) {
	if key = strings.TrimSpace(key); key == "" {
		key = core.NewID(s.opts.Clock.Now())
	}
	whose, id := "user", by.Actor.ID
	if by.Actor.Crew != "" {
		whose, id = "crew", by.Actor.Crew
	}
	return s.open(ctx, order, scoped(whose, id, key), by)
}

// OpenFor is Open for the hub itself, on behalf of the message with that number of another order.
func (s *Service) OpenFor(ctx context.Context, order core.WorkOrder, from core.OrderNo, sequence int64, by life.By) (core.OrderNo, error) {
	key := fmt.Sprintf("%s/%d", from, sequence)
	old, _, err := s.store.OrderByRef(ctx, core.Ref{System: life.House, External: key}) // as the key was before keys had owners
	switch {
	case err == nil && old.Origin != nil && old.Origin.Order == from:
		return old.No, nil
	case err != nil && !core.IsKind(err, core.NotFound):
		return "", err
	}
	no, _, err := s.open(ctx, order, "hub:"+key, by)
	return no, err
}

// scoped is a key as its owner's: "crew:R1/phone-1". What would be too long, or could be read in two ways, becomes a
// digest.
func scoped(whose, id, key string) string {
	if text := whose + ":" + id + "/" + key; !strings.Contains(id, "/") && core.UTF16Len(text) <= MaxRef {
		return text
	}
	sum := sha256.Sum256([]byte(whose + "\x00" + id + "\x00" + key))
	return "key:" + hex.EncodeToString(sum[:])[:MaxRef-len("key:")]
}

func (s *Service) open(ctx context.Context, order core.WorkOrder, key string, by life.By) (core.OrderNo, bool, error) {
	order.Ref = core.Ref{System: life.House, External: key}
	if err := Normalise(&order); err != nil {
		return "", false, err
	}
	sum := sha256.Sum256([]byte(order.Ref.String())) // what is sent again under its key changes nothing
	sub := Submission{Order: order, Hash: core.Hash(hex.EncodeToString(sum[:]))}
	r, err := s.submit(ctx, sub, by, (*life.Rules).Open, true)
	return r.No, r.Known, err
}

type receiving func(*life.Rules, core.WorkOrder, core.Hash, life.Step) (core.Unit, error)

func (s *Service) submit(ctx context.Context, sub Submission, by life.By, receive receiving, lookUp bool) (Receipt, error) {
	rules := s.opts.Rules()
	for range submitTries {
		var old core.WorkOrder
		var hashes []core.Hash
		var err error
		if lookUp {
			if old, hashes, err = s.store.OrderByRef(ctx, sub.Order.Ref); err != nil && !core.IsKind(err, core.NotFound) {
				return Receipt{}, err
			}
		}
		step := by.Step(s.opts.Clock.Now())
		step.MessageID = sub.Message.ID
		var u core.Unit
		var r Receipt
		switch {
		case !lookUp || err != nil: // nobody knows it
			u, err = s.receive(ctx, rules, sub, receive, step)
		case slices.Contains(hashes, sub.Hash), Superseded(&old, &sub.Order):
			return s.known(ctx, &old, sub.Message), nil
		default:
			if since, err := s.sentSince(ctx, old.No, sub.Kept); err != nil {
				return Receipt{}, err
			} else if since {
				return s.known(ctx, &old, sub.Message), nil
			}
			r.Amended = true
			if err = Prepare(rules, &sub.Order, step.Now); err == nil {
				u, err = rules.Amend(old, sub.Order, sub.Hash, step)
			}
		}
		if err != nil {
			return Receipt{}, err
		}
		o := &u.Orders[0].Order
		u.Blobs = sub.Blobs
		u.Messages = logged(sub.Message, o.No)
		out := s.store.Commit(ctx, u)[0]
		switch out.Kind {
		case core.Applied:
			r.No, r.Status, r.At = o.No, core.StatusOf(o), o.ReceivedAt
			return r, nil
		case core.Known, core.Stale: // it was known, or somebody was faster: look
			lookUp = true
			if err := ctx.Err(); err != nil {
				return Receipt{}, core.Because(core.Unavailable, "gave_up", err)
			}
		default:
			return Receipt{}, out.Error()
		}
	}
	return Receipt{}, core.Fail(core.Unavailable, "contended", "", fmt.Sprintf("order %s is being changed by many at once; try again", sub.Order.Ref), "该工单正被多方修改，请稍后重试")
}

// known answers a submission that changes nothing.
func (s *Service) known(ctx context.Context, old *core.WorkOrder, m core.LoggedMessage) Receipt {
	s.log(ctx, m, old.No)
	return Receipt{No: old.No, Status: core.StatusOf(old), Known: true, At: old.ReceivedAt}
}

// sentSince tells that an order's source sent it after a kept message of it came: the old state
// must not come back over the new one.
func (s *Service) sentSince(ctx context.Context, no core.OrderNo, kept time.Time) (bool, error) {
	if kept.IsZero() {
		return false, nil
	}
	events, err := s.store.Events(ctx, no)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(events, func(e core.Event) bool {
		return (e.Kind == core.EventReceived || e.Kind == core.EventAmended) && e.At.After(kept)
	}), nil
}

// receive decides on an order under a number of its own.
func (s *Service) receive(ctx context.Context, rules *life.Rules, sub Submission, receive receiving, step life.Step) (core.Unit, error) {
	if err := Prepare(rules, &sub.Order, step.Now); err != nil {
		return core.Unit{}, err
	}
	serial, err := s.numbers.Next(ctx)
	if err != nil {
		return core.Unit{}, err
	}
	o := Fresh(sub.Order)
	o.No = core.FormatNumber(rules.NumberPrefix, step.Now.In(rules.Zone), serial)
	return receive(rules, o, sub.Hash, step)
}

// Fresh is the order as sent, without anything only the hub decides.
func Fresh(sent core.WorkOrder) core.WorkOrder {
	return core.WorkOrder{
		Ref: sent.Ref, Type: sent.Type, Channel: sent.Channel, Urgency: sent.Urgency,
		Customer: sent.Customer, Place: sent.Place, Meter: sent.Meter, Report: sent.Report, Appointment: sent.Appointment,
		Classified: sent.Classified, Team: sent.Team,
		Extra: sent.Extra, SourceAt: sent.SourceAt, DueAt: sent.DueAt, Origin: sent.Origin,
	}
}

func logged(m core.LoggedMessage, no core.OrderNo) []core.LoggedMessage {
	if m.ID == "" {
		return nil
	}
	m.Order = no
	if m.Result != core.ResultPartly {
		m.Result = core.ResultOK
	}
	return []core.LoggedMessage{m}
}

// log keeps a message that changed nothing. The answer does not depend on it, so a
// failure here is left to the store's own alarm.
func (s *Service) log(ctx context.Context, m core.LoggedMessage, no core.OrderNo) {
	if ms := logged(m, no); ms != nil {
		s.store.Commit(ctx, core.Unit{Messages: ms})
	}
}

// Command is a source's wish about an order it submitted.
type Command struct {
	Ref    core.Ref
	Reason string
	// SourceMessageID is the source's own id of the message. Where it is given, the
	// message counts once, however often it arrives.
	SourceMessageID string
	Message         core.LoggedMessage
}

// errCounted ends a decision about a message that has taken effect already.
var errCounted = errors.New("this message has taken effect already")

// Amend is a Submit that refuses to create: the order must be known.
func (s *Service) Amend(ctx context.Context, sub Submission) (Receipt, error) {
	if err := Normalise(&sub.Order); err != nil {
		return Receipt{}, err
	}
	if _, _, err := s.store.OrderByRef(ctx, sub.Order.Ref); err != nil {
		return Receipt{}, unknownOrder(err, sub.Order.Ref)
	}
	return s.submit(ctx, sub, s.source(sub), (*life.Rules).Receive, true)
}

// Cancel 作废. Cancelling twice is answered as the first time.
func (s *Service) Cancel(ctx context.Context, c Command) (Receipt, error) {
	return s.command(ctx, c, "already_cancelled", (*life.Rules).Cancel)
}

// Expedite 催单. Every message counts once, by its SourceMessageID.
func (s *Service) Expedite(ctx context.Context, c Command) (Receipt, error) {
	return s.command(ctx, c, "", (*life.Rules).Expedite)
}

// FollowUp records a follow-up call that the source's staff made.
func (s *Service) FollowUp(ctx context.Context, c Command, f core.FollowUp) (Receipt, error) {
	return s.command(ctx, c, "", func(r *life.Rules, o core.WorkOrder, st life.Step) (core.Unit, error) {
		return r.FollowUp(o, f, st)
	})
}

// AnswerExtension takes the source's answer to the request for more time with number no.
func (s *Service) AnswerExtension(ctx context.Context, c Command, no string, granted bool, until time.Time) (Receipt, error) {
	return s.command(ctx, c, "", func(r *life.Rules, o core.WorkOrder, st life.Step) (core.Unit, error) {
		return r.AnswerExtension(o, no, granted, until, st)
	})
}

func (s *Service) command(ctx context.Context, c Command, doneCode string, decide func(*life.Rules, core.WorkOrder, life.Step) (core.Unit, error)) (Receipt, error) {
	if err := normaliseRef(&c.Ref); err != nil {
		return Receipt{}, err
	}
	old, _, err := s.store.OrderByRef(ctx, c.Ref)
	if err != nil {
		return Receipt{}, unknownOrder(err, c.Ref)
	}
	known := false
	rules := s.opts.Rules()
	step := life.Step{Now: s.opts.Clock.Now(), Actor: life.Source(c.Ref.System), By: "system:" + string(c.Ref.System), MessageID: c.Message.ID, Remark: c.Reason, SourceMessageID: c.SourceMessageID}
	o, err := rules.Decide(ctx, s.store, old.No, step, func(o core.WorkOrder) (core.Unit, error) {
		if c.SourceMessageID != "" && slices.Contains(o.Counted, c.SourceMessageID) {
			return core.Unit{}, errCounted
		}
		step.Now = s.opts.Clock.Now() // of this try
		u, err := decide(rules, o, step)
		if err == nil {
			u.Messages = logged(c.Message, o.No)
		}
		return u, err
	})
	at := o.UpdatedAt
	switch {
	case err == nil:
	case errors.Is(err, errCounted):
		known = true
		if at, err = s.countedAt(ctx, &o, c.SourceMessageID); err != nil {
			return Receipt{}, err
		}
	case doneCode != "" && core.CodeOf(err) == doneCode:
		known = true
		at = o.ClosedAt
	default:
		return Receipt{}, err
	}
	if known {
		s.log(ctx, c.Message, old.No)
	}
	return Receipt{No: o.No, Status: core.StatusOf(&o), Known: known, At: at, Expedited: o.Expedite}, nil
}

// countedAt finds on the timeline when a message took effect that counts once.
func (s *Service) countedAt(ctx context.Context, o *core.WorkOrder, id string) (time.Time, error) {
	events, err := s.store.Events(ctx, o.No)
	if err != nil {
		return time.Time{}, err
	}
	nth := slices.Index(o.Counted, id)
	for _, ev := range events {
		for _, d := range ev.Deltas {
			if d.Path != "counted" {
				continue
			}
			if nth == 0 {
				return ev.At, nil
			}
			nth--
		}
	}
	return o.UpdatedAt, nil
}

// View is an order as its source may see it.
type View struct {
	Order  core.WorkOrder
	Events []core.Event
}

// Query finds an order by the source's number, or by ours when ref.External is
// empty; where both are given they must agree. A source sees its own orders only.
func (s *Service) Query(ctx context.Context, ref core.Ref, no core.OrderNo) (View, error) {
	var o core.WorkOrder
	var err error
	if ref.External != "" {
		if err := normaliseRef(&ref); err != nil {
			return View{}, err
		}
		o, _, err = s.store.OrderByRef(ctx, ref)
		if err == nil && no != "" && o.No != no {
			return View{}, core.Invalidf("number_mismatch", "OrderNo", "order %s of %s is %s, not %s; send one of the two numbers, or both of one order", "%[2]s 的工单 %[1]s 是 %[3]s，不是 %[4]s；请只传一个编号，或传同一工单的两个编号", ref.External, ref.System, o.No, no)
		}
	} else {
		o, err = s.store.Order(ctx, no)
		ref.External = string(no)
		if err == nil && o.Ref.System != ref.System {
			err = core.Fail(core.NotFound, "unknown_order", "", "", "")
		}
	}
	if err != nil && core.IsKind(err, core.NotFound) && no != "" && ref.External == string(no) {
		return View{}, core.Fail(core.NotFound, "unknown_order", "OrderNo", fmt.Sprintf("no order %s of this system is known here", no), fmt.Sprintf("没有本系统的工单 %s", no))
	}
	if err != nil {
		return View{}, unknownOrder(err, ref)
	}
	events, err := s.store.Events(ctx, o.No)
	return View{Order: o, Events: events}, err
}

func unknownOrder(err error, ref core.Ref) error {
	if !core.IsKind(err, core.NotFound) {
		return err
	}
	return core.Fail(core.NotFound, "unknown_order", "ExternalRef", fmt.Sprintf("no order %s is known here; submit it first", ref), fmt.Sprintf("没有工单 %s；请先提交", ref))
}
