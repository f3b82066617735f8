package life

import (
	"maps"
	"slices"
	"time"

	"tundish/core"
)

// Open decides on an order that somebody of the house opens; a crew's own is reviewed while it
// works on it.
func (r *Rules) Open(o core.WorkOrder, hash core.Hash, s Step) (core.Unit, error) {
	o.Ref.System = House
	if o.Channel == "" && s.Actor.Crew != "" {
		o.Channel = ByCrew
	}
	if s.Actor.Crew == "" && !r.may(s.Actor, core.ActOpen, &o, nil) {
		return core.Unit{}, r.denied(&o, s, core.ActOpen, nil)
	}
	if o.Origin == nil { // what is opened for another order has its source's words
		if err := r.openedWell(&o, s); err != nil {
			return core.Unit{}, err
		}
	}
	return r.Receive(o, hash, s)
}

// openedWell holds what somebody of the house says of a new order against what may stand there.
func (r *Rules) openedWell(o *core.WorkOrder, s Step) error {
	var faults []*core.Error
	if o.Channel == ByCrew && s.Actor.Crew == "" { // such an order's review waits until later
		faults = append(faults, core.Invalidf("invalid_value", "channel", "only a crew's own orders come by the channel %q", "渠道 %q 仅用于班组自开单", ByCrew))
	} else if f := (core.FormField{Path: "channel", Type: core.FieldChoice, Codes: "channel"}); o.Channel != "" {
		if e := r.chosen(&f, f.Path, o.Channel); e != nil {
			faults = append(faults, e)
		}
	}
	for _, part := range []string{"customer", "place", "meter", "report", "appointment"} {
		faults = append(faults, r.holdKnown(o, part, nil)...)
	}
	if raw := standing(o, "place.point"); raw != nil {
		if e := r.fits(&core.FormField{Path: "place.point", Type: core.FieldPoint}, raw); e != nil {
			faults = append(faults, e)
		}
	}
	return together(faults)
}

// Receive decides on an order that nobody has seen before.
func (r *Rules) Receive(o core.WorkOrder, hash core.Hash, s Step) (core.Unit, error) {
	t, err := r.Type(&o)
	if err != nil {
		return core.Unit{}, err
	}
	if err := knownUrgency(o.Urgency); err != nil {
		return core.Unit{}, err
	}
	s.Now = s.Now.UTC().Truncate(time.Millisecond)                                                  // as stores keep instants
	x := &turn{r: r, t: t, p: r.process(t), s: s, next: o.Clone(), ev: s.event(core.EventReceived)} // what was sent stays as it is: it may be decided on again
	x.classified()
	next := &x.next
	r.district(next)
	next.Family = t.Family
	next.ReceivedAt = s.Now.UTC()
	if !next.DueAt.IsZero() {
		next.DueBy = core.DueBySource
	}
	x.sent(next.Type)
	if err := x.enter(x.p.Steps[0].ID); err != nil {
		return core.Unit{}, err
	}
	next.Reviewed = !x.at(core.StepAcceptance) && x.duty(core.StepAcceptance) == nil
	x.lookUp()
	u, err := x.change()
	if err != nil {
		return core.Unit{}, err
	}
	u.Orders[0].Hash = hash
	return u, nil
}

// sent remembers the order as it stands once its source's words are taken over.
func (x *turn) sent(kind string) {
	as := x.next.Clone()
	as.Type = kind
	x.asSent = &as
}

func knownUrgency(u core.Urgency) error {
	if !slices.Contains(core.Urgencies(), u) {
		return core.Invalidf("unknown_urgency", "Urgency", "urgency %q is not known; allowed: %v", "紧急程度 %q 未知；可用：%v", u, core.Urgencies())
	}
	return nil
}

// Amend decides on a changed message about a known order: what the source may
// change is taken over, what the hub has done since is kept.
func (r *Rules) Amend(old core.WorkOrder, sent core.WorkOrder, hash core.Hash, s Step) (core.Unit, error) {
	if old.Phase.Ended() {
		return core.Unit{}, r.conflict(&old, s, "ended", "it can no longer be changed; submit a new order", "工单已结束，不能再修改；请提交新工单")
	}
	if old.Begun() {
		return core.Unit{}, r.conflict(&old, s, "work_begun", "a crew has it; cancel it or send the change by phone", "班组已接手，不能修改；请作废或电话联系")
	}
	if !r.may(s.Actor, core.ActAmend, &old, nil) {
		return core.Unit{}, r.denied(&old, s, core.ActAmend, nil)
	}
	if err := knownUrgency(sent.Urgency); err != nil {
		return core.Unit{}, err
	}
	if _, err := r.Type(&sent); err != nil {
		return core.Unit{}, err
	}
	x, err := r.begin(&old, s, core.EventAmended)
	if err != nil {
		return core.Unit{}, err
	}
	next := &x.next
	source := s.Actor.System != "" // else somebody of the house amends it
	if source {
		sent = sent.Clone()
		next.Ours = keepOurs(&old, &sent)
	}
	r.takeOver(next, &old, &sent)
	if source {
		x.sent(sent.Type)
	}
	x.classified()
	if err := x.again(sent.Type); err != nil {
		return core.Unit{}, err
	}
	switch {
	case !sent.DueAt.IsZero():
		next.DueAt, next.DueBy = sent.DueAt, core.DueBySource
	case next.DueBy == core.DueBySource: // it names none any more
		next.DueAt, next.DueBy = time.Time{}, core.DueByRule
	}
	u, err := x.change()
	if err != nil {
		return core.Unit{}, err
	}
	u.Orders[0].Hash = hash
	return u, nil
}

// classified says on the timeline by which rules the report was classified, where that is news.
func (x *turn) classified() {
	now := x.next.Classified.String()
	if now == "" || x.old != nil && x.old.Classified.String() == now {
		return
	}
	if x.ev.Remark != "" {
		x.ev.Remark += "; "
	}
	x.ev.Remark += "classified 分类：" + now
}

// takeOver what the source may say about its order.
func (r *Rules) takeOver(next, old, sent *core.WorkOrder) {
	next.Channel = sent.Channel
	if old.Expedite == 0 || rank(sent.Urgency) < rank(old.Urgency) {
		next.Urgency = sent.Urgency // what was hurried on stays so
	}
	next.Customer, next.Meter, next.Report, next.Appointment, next.Extra = sent.Customer, sent.Meter, sent.Report, sent.Appointment, sent.Extra
	place := sent.Place
	if place.Point == nil && place.Address == old.Place.Address && place.ServicePoint == "" {
		// The same place: keep what the hub found out about it.
		place.Point, place.PointSource, place.PointSent, place.ServicePoint = old.Place.Point, old.Place.PointSource, old.Place.PointSent, old.Place.ServicePoint
		if place.District == "" {
			place.District = old.Place.District
		}
	}
	next.Classified, next.Team = sent.Classified, sent.Team
	if old.Transfer != nil { // the house knows better whose it is
		place.Depot = old.Place.Depot
	}
	next.Place = place
	r.district(next)
	if !sent.SourceAt.IsZero() {
		next.SourceAt = sent.SourceAt
	}
}

// Expedite 催单 counts the urging and lifts a normal order to urgent.
func (r *Rules) Expedite(old core.WorkOrder, s Step) (core.Unit, error) {
	if old.Phase.Ended() || old.Phase == core.Released || old.Phase == core.FollowUpCall {
		return core.Unit{}, r.conflict(&old, s, "ended", "there is nothing left to hurry", "工单已办结，无需催办")
	}
	x, err := r.side(&old, s, core.ActExpedite, core.EventExpedited)
	if err != nil {
		return core.Unit{}, err
	}
	next := &x.next
	next.Expedite++
	s.count(next)
	if next.Urgency == core.Normal {
		next.Urgency = core.Urgent
	}
	return x.change()
}

// side begins a decision beside the main line, if the actor has the right to it.
func (r *Rules) side(old *core.WorkOrder, s Step, action core.Action, kind core.EventKind) (*turn, error) {
	if !r.may(s.Actor, action, old, nil) {
		return nil, r.denied(old, s, action, nil)
	}
	return r.begin(old, s, kind)
}

// Cancel 作废 at the source's wish, as long as nobody has been on site.
func (r *Rules) Cancel(old core.WorkOrder, s Step) (core.Unit, error) {
	if err := r.cancellable(&old, s); err != nil {
		return core.Unit{}, err
	}
	x, err := r.side(&old, s, core.ActCancel, core.EventCancelled)
	if err != nil {
		return core.Unit{}, err
	}
	if err := x.stay(x.end(core.StepCancelled)); err != nil {
		return core.Unit{}, err
	}
	return x.change()
}

func (r *Rules) cancellable(o *core.WorkOrder, s Step) error {
	switch {
	case o.Phase == core.Cancelled:
		return r.conflict(o, s, "already_cancelled", "it is cancelled already", "工单已作废")
	case o.Phase.Ended(), o.Begun() && o.Phase != core.Field:
		return r.conflict(o, s, "work_done", "the work is done; it can no longer be cancelled", "工作已完成，不能作废")
	case o.Phase == core.Field && o.Assignment != nil && o.Assignment.State == core.FieldOnSite:
		return r.conflict(o, s, "work_begun", "the crew is on site; call the control room", "班组已到场，请联系调度")
	}
	return nil
}

// Locate takes over a coordinate that was looked up.
func (r *Rules) Locate(old core.WorkOrder, p core.Place, s Step) (core.Unit, error) {
	if old.Phase.Ended() {
		return core.Unit{}, r.conflict(&old, s, "ended", "its place no longer matters", "工单已结束")
	}
	x, err := r.side(&old, s, core.ActLocate, core.EventLocated)
	if err != nil {
		return core.Unit{}, err
	}
	next := &x.next
	next.Place.Point, next.Place.PointSource = p.Point, p.PointSource
	if p.ServicePoint != "" {
		next.Place.ServicePoint = p.ServicePoint
	}
	if next.Place.District == "" {
		next.Place.District = p.District
	}
	return x.change()
}

// SentDistrict is the custom field that keeps a district as its source wrote it when no
// crew knows it by that code.
const SentDistrict = "district_sent"

// district puts a code that nobody here knows aside: no crew serves it, so it would keep
// the order from everybody. The place itself, or the GIS, says where it is.
func (r *Rules) district(o *core.WorkOrder) {
	if len(r.Districts) == 0 || o.Place.District == "" || r.Districts[o.Place.District] {
		return
	}
	extra := map[string]string{}
	maps.Copy(extra, o.Extra)
	extra[SentDistrict] = o.Place.District
	o.Extra, o.Place.District = extra, ""
}
