package standard

import (
	"cmp"
	"context"
	"strings"
	"time"

	"tundish/core"
	"tundish/wsdl/vocabulary"
)

// Status writes that an order has reached a status, as it was when wb was decided. A
// result told by a status has the status of its outcome.
func (s *System) Status(wb *core.WriteBack) (*vocabulary.OrderStatus, error) {
	o := &wb.Order
	status := wb.Status
	v := &vocabulary.OrderStatus{
		OrderNo: string(o.No), ExternalRef: o.Ref.External, RefPeriod: o.Ref.Period, Phase: string(o.Phase), At: s.Time(wb.At),
		By: Name(wb.By), Remark: Remark(wb.Reason),
	}
	if o.Assignment != nil {
		v.CrewId = o.Assignment.CrewID
	}
	if c := o.LastCompletion(); c != nil && released(o) {
		if wb.Kind == core.TellResult {
			status = core.StatusCompleted
			if c.Outcome == core.CouldNotBeDone {
				status = core.StatusCouldNot
			}
			v.Remark = Remark(cmp.Or(wb.Reason, c.Work))
		}
		v.Outcome = string(c.Outcome)
		reason, ok := s.Codes.Reason.out(c.Reason)
		if !ok {
			return nil, s.unmapped("OrderStatus.Reason", c.Reason)
		}
		v.Reason = reason
	}
	code, ok := s.Codes.Status.out(string(status))
	if !ok {
		return nil, s.unmapped("OrderStatus.Status", string(status))
	}
	v.Status = code
	return v, nil
}

// released tells that the result belongs to the source.
func released(o *core.WorkOrder) bool {
	switch o.Phase {
	case core.Released, core.FollowUpCall, core.Closed:
		return true
	}
	return false
}

// StatusCode is the system's word for how far an order is; one that its table lacks
// stays the house's.
func (s *System) StatusCode(status core.Status) string {
	return s.Codes.Status.known(string(status))
}

// Progress writes how far an order is. photos may be nil: then the result comes without
// them. crewName names crews for customers; nil leaves names out.
func (s *System) Progress(ctx context.Context, o *core.WorkOrder, events []core.Event, photos Blobs, crewName func(id string) string) (*vocabulary.OrderProgress, error) {
	v := &vocabulary.OrderProgress{
		OrderNo: string(o.No), ExternalRef: o.Ref.External, RefPeriod: o.Ref.Period, Type: s.Codes.Type.known(o.Type),
		Status: s.StatusCode(core.StatusOf(o)), Phase: string(o.Phase), At: s.Time(since(o, events)), ReceivedAt: s.Time(o.ReceivedAt),
		Urgency: s.Codes.Urgency.known(string(o.Urgency)), Deadline: s.OptionalTime(o.DueAt), OnHold: o.Hold != nil,
		ExpediteCount: int32(o.Expedite), Appointment: s.Appointment(&o.Appointment),
	}
	if o.Assignment != nil {
		v.CrewId = o.Assignment.CrewID
		if crewName != nil {
			v.CrewName = Name(crewName(v.CrewId))
		}
	}
	own := "system:" + string(s.ID)
	for i := range events {
		if ev := &events[i]; !ev.Kind.Inside() || ev.Kind == core.EventNote && ev.By == own {
			v.Event = append(v.Event, vocabulary.OrderEvent{At: s.Time(ev.At), Kind: string(ev.Kind), By: Name(ev.By), Remark: remarkOf(ev)})
		}
	}
	if f := o.FollowUp; f != nil {
		v.FollowUp = &vocabulary.FollowUp{Reached: f.Reached, Satisfaction: f.Satisfaction, Comment: cut(f.Comment, textLength), By: Name(f.By), At: s.Time(f.At)}
	}
	if o.LastCompletion() == nil || !released(o) {
		return v, nil
	}
	c, err := s.Completion(ctx, o, photos)
	if core.IsKind(err, core.Invalid) {
		return v, nil // a result that cannot be told is a matter of the write-back, not of who asks
	}
	v.Completion = c
	return v, err
}

// remarkOf gives the remark of a timeline entry that is meant for the source. What the
// hub's people tell each other stays here.
func remarkOf(ev *core.Event) string {
	switch ev.Kind {
	case core.EventReturned, core.EventCancelled, core.EventExpedited, core.EventHeld, core.EventFollowedUp, core.EventReopened, core.EventNote,
		core.EventExtensionRequested, core.EventExtensionAnswered:
		return Remark(ev.Remark)
	}
	return ""
}

// since finds when the order got its present status: the last change of what
// core.StatusOf looks at.
func since(o *core.WorkOrder, events []core.Event) time.Time {
	for i := len(events) - 1; i >= 0; i-- {
		for _, d := range events[i].Deltas {
			switch at, _, _ := strings.Cut(d.Path, "/"); at {
			case "", "phase", "reviewed", "hold", "completions":
				return events[i].At
			case "assignment":
				if d.Path == at || strings.HasPrefix(d.Path, "assignment/state") {
					return events[i].At
				}
			}
		}
	}
	return o.ReceivedAt
}
