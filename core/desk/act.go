package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tundish/core"
	"tundish/core/life"
)

// Command is what somebody wants to do to an order, as it comes from a form.
type Command struct {
	Action core.Action `json:"action"`
	// Step and Task say where; empty: where the order stands.
	Step string `json:"step,omitempty"`
	Task string `json:"task,omitempty"`
	// Fields of the form by their paths. "crew" names the crew of an assign, reassign or assist, "into" the
	// order that a duplicate is merged into.
	Fields map[string]json.RawMessage `json:"fields,omitempty"`
	Remark string                     `json:"remark,omitempty"`
	// Version that whoever acts has seen; 0: he takes the order as it is.
	Version int64 `json:"version,omitempty"`
	// Photos of a completion, attachments of a comment.
	Photos []Photo `json:"photos,omitempty"`
}

// Allowed lists what the actor may do to the order now, with the forms.
func (s *Service) Allowed(o core.WorkOrder, a life.Actor) ([]life.Offer, error) {
	return s.opts.Rules().Allowed(o, a, s.opts.Clock.Now())
}

// RightFor is the action whose right a command takes on the order.
func (s *Service) RightFor(o core.WorkOrder, c Command) core.Action {
	return s.opts.Rules().RightFor(o, life.Command{Action: c.Action, Step: c.Step, Task: c.Task})
}

// Left tells what each time limit of the order has left now.
func (s *Service) Left(o *core.WorkOrder) ([]life.Left, error) {
	return s.opts.Rules().Left(o, s.opts.Clock.Now())
}

// Act does whatever is possible to an order now.
func (s *Service) Act(ctx context.Context, no core.OrderNo, c Command, by By) (core.WorkOrder, error) {
	list, blobs, err := s.attach(c.Photos, c.Action != core.ActComment)
	if err != nil {
		return core.WorkOrder{}, err
	}
	if by.Remark == "" {
		by.Remark = c.Remark
	}
	if by.Expected = max(by.Expected, c.Version); by.Expected == 0 && (c.Action == core.ActApprove || c.Action == core.ActReject) {
		return core.WorkOrder{}, core.Invalidf("required", "version", "a verdict names the version of the order that it was given on", "审批须注明所依据的工单版本")
	}
	return s.do(ctx, no, by, func(r *life.Rules, o core.WorkOrder, st life.Step) (core.Unit, error) {
		cmd := life.Command{Action: c.Action, Step: c.Step, Task: c.Task, Fields: c.Fields, Attachments: list}
		if err := s.prepare(ctx, r, &o, &cmd, st); err != nil {
			return core.Unit{}, err
		}
		u, err := r.Act(o, cmd, st)
		u.Blobs = blobs
		return u, err
	})
}

// prepare reads what an action needs beside the order itself.
func (s *Service) prepare(ctx context.Context, r *life.Rules, o *core.WorkOrder, c *life.Command, st life.Step) error {
	text := func(path string) (v string) {
		_ = json.Unmarshal(c.Fields[path], &v) // what is no text is refused with the form
		return v
	}
	switch c.Action {
	case core.ActAssign, core.ActReassign, core.ActAssist:
		crew := text("crew")
		if c.Fields["crew"] != nil && c.Action == core.ActAssign { // a form of the file's own does not ask for it
			c.Fields = without(c.Fields, "crew")
		}
		if crew == "" {
			return nil // the decision says that it is missing
		}
		return s.crewDay(ctx, r, c, crew, st)
	case core.ActMerge:
		lead, err := s.store.Order(ctx, core.OrderNo(text("into")))
		if core.IsKind(err, core.NotFound) {
			return life.UnknownLead(core.OrderNo(text("into")))
		}
		c.Lead = &lead
		return err
	case core.ActUnmerge:
		if o.Merged == nil {
			return nil
		}
		lead, err := s.store.Order(ctx, o.Merged.Into)
		if core.IsKind(err, core.NotFound) {
			return nil
		}
		c.Lead = &lead
		return err
	case core.ActTransfer:
		return s.depot(ctx, r, "depot", text("depot"))
	}
	if depot := text("place.depot"); depot != "" && depot != o.Place.Depot {
		if err := s.depot(ctx, r, "place.depot", depot); err != nil {
			return err
		}
	}
	return s.fresh(ctx, r, o, text("completion.new_serial"))
}

// depot refuses a depot that neither a district nor a crew belongs to: nobody would see the order there.
func (s *Service) depot(ctx context.Context, r *life.Rules, field, code string) error {
	crews, err := s.store.Crews(ctx)
	if err != nil {
		return err
	}
	known := slices.Clone(r.Depots)
	for i := range crews {
		known = append(known, crews[i].Depot)
	}
	known = slices.DeleteFunc(known, func(d string) bool { return d == "" })
	slices.Sort(known)
	if known = slices.Compact(known); code == "" || len(known) == 0 || slices.Contains(known, code) {
		return nil // a transfer without one is refused where it is decided
	}
	return core.Invalidf("unknown_depot", field, "there is no depot %q; there are: %s", "没有站点 %q；现有：%s", code, strings.Join(known, ", "))
}

func without(fields map[string]json.RawMessage, path string) map[string]json.RawMessage {
	rest := map[string]json.RawMessage{}
	for k, v := range fields {
		if k != path {
			rest[k] = v
		}
	}
	return rest
}

// crewDay reads the crew's work today, on which it gets more.
func (s *Service) crewDay(ctx context.Context, r *life.Rules, c *life.Command, crew string, st life.Step) error {
	crews, err := s.store.Crews(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(crews, func(x core.Crew) bool { return x.ID == crew }) {
		return core.Invalidf("unknown_crew", "crew", "there is no crew %q", "没有班组 %q", crew)
	}
	day := st.Now.In(r.Zone).Format(time.DateOnly)
	days, err := s.store.CrewDays(ctx, day)
	if err != nil {
		return err
	}
	for _, d := range days {
		if d.CrewID == crew {
			c.Seen = d
		}
	}
	c.Assignment = &core.Assignment{CrewID: crew, Day: day, By: st.By, Pinned: true, Reason: core.Reason{Override: st.Remark}}
	return nil
}

// fresh refuses the serial of a new meter that stands at another customer, or was scrapped, as far as the orders about
// it tell. That no two orders install one meter is the store's to say, see core.MeterRecord.
func (s *Service) fresh(ctx context.Context, r *life.Rules, o *core.WorkOrder, serial string) error {
	if serial = strings.TrimSpace(serial); serial == "" || !r.UniqueSerials {
		return nil
	}
	if serial == o.Meter.Serial {
		return core.Invalidf("serial_in_use", "new_serial", "%s is the old meter's serial", "%s 是旧表的表号", serial)
	}
	list, err := s.store.Orders(ctx, core.OrderQuery{Find: serial, Limit: 200})
	if err != nil {
		return err
	}
	var last *core.WorkOrder
	var at time.Time
	for i := range list {
		x := &list[i]
		if x.No == o.No || x.Meter.Serial != serial {
			continue
		}
		when := x.ReceivedAt
		if c := x.LastCompletion(); c != nil {
			when = c.FinishedAt
		}
		if last == nil || when.After(at) {
			last, at = x, when
		}
	}
	if last == nil {
		return nil
	}
	if w := last.MeterWork(); w.Removed == serial && !w.Scrapped {
		return nil
	}
	return core.Fail(core.Conflict, "serial_in_use", "new_serial", fmt.Sprintf("meter %s stands elsewhere, or was scrapped: see order %s", serial, last.No), fmt.Sprintf("表号 %s 已在别处使用或已报废：见工单 %s", serial, last.No))
}

// Opener takes in orders of the house's own.
type Opener interface {
	Open(ctx context.Context, order core.WorkOrder, key string, by By) (no core.OrderNo, known bool, err error)
}

// Open opens an order 自开单. key is how whoever opens it knows it: the same key of the same person, or of the same
// crew, is the same order, which known tells. With take the crew of the actor has it at once.
func (s *Service) Open(ctx context.Context, order core.WorkOrder, key string, take bool, by By) (o core.WorkOrder, known bool, err error) {
	if s.opts.Opener == nil {
		return core.WorkOrder{}, false, fmt.Errorf("desk: nobody takes in orders of the house's own")
	}
	if len(order.Report.Attachments) > 0 { // a digest would show him whatever file has it
		return core.WorkOrder{}, false, core.Invalidf("unknown_field", "report.attachments", "files are attached with a comment, once the order is open", "附件请在开单后随备注上传")
	}
	if err := s.depot(ctx, s.opts.Rules(), "place.depot", order.Place.Depot); err != nil {
		return core.WorkOrder{}, false, err
	}
	no, known, err := s.opts.Opener.Open(ctx, order, key, by)
	if err != nil {
		return core.WorkOrder{}, false, err
	}
	crew := by.Actor.Crew
	if !take || crew == "" {
		o, err = s.store.Order(ctx, no)
		return o, known, err
	}
	if known { // killed between the two, it is taken now; what a dispatcher did with it since stands
		events, err := s.store.Events(ctx, no)
		if err != nil {
			return core.WorkOrder{}, false, err
		}
		if slices.ContainsFunc(events, func(e core.Event) bool { return e.Kind == core.EventAssigned }) {
			o, err = s.store.Order(ctx, no)
			return o, true, err
		}
	}
	own := by
	own.Actor = life.Hub(by.Step(time.Time{}).By) // a crew may take what it opened itself, and nothing else
	o, err = s.do(ctx, no, own, func(r *life.Rules, o core.WorkOrder, st life.Step) (core.Unit, error) {
		if o.Assignment != nil {
			return core.Unit{}, nil // somebody was faster
		}
		cmd := life.Command{Action: core.ActAssign}
		if err := s.crewDay(ctx, r, &cmd, crew, st); err != nil {
			return core.Unit{}, err
		}
		return r.Act(o, cmd, st)
	})
	if core.IsKind(err, core.Conflict) { // something must come before, an approval say: it is open, and not the crew's yet
		o, err = s.store.Order(ctx, no)
	}
	return o, known, err
}
