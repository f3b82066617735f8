package peoplesim

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"tundish/core"
)

// offers are what the hub says may be done to an order now.
type offers struct {
	Version int64
	Allowed []offer
}

type offer struct {
	Action     core.Action
	Step, Task string
	Duty       bool
	Beside     bool
	Reason     bool
	Form       []asked
}

type asked struct {
	Path         string
	Type         core.FieldType
	Codes        string
	Options      []core.Option
	Required     bool
	RequiredWhen string `json:"required_when"`
	Min, Pattern string
	Value        json.RawMessage
}

type command struct {
	Action  core.Action                `json:"action"`
	Step    string                     `json:"step,omitempty"`
	Task    string                     `json:"task,omitempty"`
	Fields  map[string]json.RawMessage `json:"fields,omitempty"`
	Remark  string                     `json:"remark,omitempty"`
	Version int64                      `json:"version,omitempty"`
}

// steps does what a type's own steps ask of people: approvals, parallel nodes, sub-tasks, tasks
// with actions of the file's own, duties behind work that could not wait. One approval in forty is
// refused the first time.
func (p *People) steps(ctx context.Context) error {
	for _, phase := range []core.Phase{core.Acceptance, core.Approval, core.Dispatching, core.Field, core.ResultReview, core.FollowUpCall} {
		list, err := p.list(ctx, phase)
		if err != nil {
			return err
		}
		for i := range list {
			o := &list[i]
			own := phase == core.Approval || len(o.Tokens) > 1 || len(o.Tokens) == 1 && o.Tokens[0].Step != usual[phase]
			if own && o.Hold == nil && p.old(o, 4*time.Minute) {
				p.stepOf(ctx, o)
			}
		}
	}
	return nil
}

// usual steps are those that somebody else of the simulation takes care of.
var usual = map[core.Phase]string{core.Acceptance: "acceptance", core.Dispatching: "dispatch", core.Field: "field", core.ResultReview: "review", core.FollowUpCall: "follow_up"}

// stepOf takes the first thing that the hub offers at a step of the type's own.
func (p *People) stepOf(ctx context.Context, o *core.WorkOrder) {
	var now offers
	if err := p.api.do(ctx, http.MethodGet, "/orders/"+url.PathEscape(string(o.No))+"/allowed", "审批人", nil, &now); err != nil || now.Version != o.Version {
		return // it has moved on since it was listed: what is offered may be for a crew to do
	}
	refused := slices.ContainsFunc(o.Approvals, func(v core.Verdict) bool { return v.Action == core.ActReject })
	for _, f := range now.Allowed {
		own := f.Task != "" || f.Duty || f.Step != usual[o.Phase]
		back := f.Action == core.ActReject || f.Action == core.ActReturn || f.Reason
		if f.Beside || !own || back || f.Action == core.ActAssign || o.Phase == core.Field && f.Task == "" && !f.Duty {
			continue
		}
		c := command{Action: f.Action, Step: f.Step, Task: f.Task, Fields: fill(o, f.Form, p.opts.Clock.Now()), Version: now.Version}
		if f.Action == core.ActApprove && f.Task == "" && !f.Duty && !refused && fate(o, "approve", 40) == 0 {
			c.Action, c.Fields, c.Remark = core.ActReject, nil, "资料不全，请补充"
		}
		p.act(ctx, o, "act", "审批人", c)
		return
	}
}

// fill answers what a form demands and the order does not hold yet.
func fill(o *core.WorkOrder, form []asked, now time.Time) map[string]json.RawMessage {
	fields := map[string]json.RawMessage{}
	for _, f := range form {
		if f.Value != nil || !f.Required && f.RequiredWhen == "" {
			continue
		}
		text := "已核实"
		switch {
		case len(f.Options) > 0:
			text = f.Options[0].Code
		case f.Type == core.FieldInt, f.Type == core.FieldDecimal, f.Type == core.FieldReading:
			if text = f.Min; text == "" {
				text = "1"
			}
		case f.Type == core.FieldBool:
			fields[f.Path] = json.RawMessage("true")
			continue
		case f.Type == core.FieldDate:
			text = now.Format(time.DateOnly)
		case f.Type == core.FieldTime:
			text = now.Add(24 * time.Hour).Format(time.RFC3339)
		case f.Type == core.FieldPoint && o.Place.Point != nil:
			fields[f.Path] = json.RawMessage(fmt.Sprintf(`{"lat":%v,"lon":%v}`, o.Place.Point.Lat, o.Place.Point.Lon))
			continue
		case f.Codes != "" || f.Type == core.FieldPhotos || f.Pattern != "":
			continue // whoever knows the house's codes fills these in
		}
		raw, err := json.Marshal(text)
		if err != nil {
			continue
		}
		fields[f.Path] = raw
	}
	return fields
}

// asides are what a day has beside the main line: an order that rests goes on when the water is shut off.
func (p *People) asides(ctx context.Context) error {
	list, err := p.list(ctx, core.Dispatching)
	for i := range list {
		if o := &list[i]; o.Hold != nil && p.opts.Clock.Now().Sub(o.Hold.At) >= 20*time.Minute {
			p.act(ctx, o, "resume", "派单员", remark{})
		}
	}
	return err
}

// rests lets the first ordinary repair of the day, and one in forty, rest once until the water is shut off.
func (p *People) rests(ctx context.Context, o *core.WorkOrder) bool {
	if o.Family != core.Repair || o.Urgency != core.Normal || len(o.Notes) > 0 || len(o.Absorbed) > 0 || !p.once(o, "hold", 40) {
		return false
	}
	if !p.act(ctx, o, "note", "派单员", remark{"停水通知已发，等待关阀"}) || !p.act(ctx, o, "hold", "派单员", remark{"等待停水通知"}) { // the note marks that it rested once
		return false
	}
	p.happened("hold")
	return true
}

// alike asks the hub who reported the same matter before, and lets the two share one visit.
func (p *People) alike(ctx context.Context, o *core.WorkOrder) bool {
	if o.Family != core.Repair || o.Urgency != core.Normal || len(o.Absorbed) > 0 {
		return false
	}
	var list struct {
		Duplicates []struct {
			Order core.OrderNo
			Same  bool `json:"same_category"`
		}
	}
	if err := p.api.do(ctx, http.MethodGet, "/orders/"+url.PathEscape(string(o.No))+"/duplicates?metres=20", "派单员", nil, &list); err != nil {
		return false
	}
	for _, d := range list.Duplicates {
		into, err := json.Marshal(d.Order)
		if err == nil && d.Same && d.Order < o.No && p.act(ctx, o, "act", "派单员", command{Action: core.ActMerge, Fields: map[string]json.RawMessage{"into": into}, Remark: "同一处漏水重复报修"}) {
			return true
		}
	}
	return false
}
