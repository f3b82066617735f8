package life

import (
	"encoding/json"
	"slices"
	"time"

	"tundish/core"
)

// Offer is something that an actor may do to an order now.
type Offer struct {
	Action core.Action `json:"action"`
	Label  core.Text   `json:"label"`
	// Step where it is done, and the sub-task, where it is one; empty for what is possible
	// beside the main line.
	Step string `json:"step,omitempty"`
	Task string `json:"task,omitempty"`
	// Duty: the step is owed, the order is somewhere else.
	Duty bool `json:"duty,omitempty"`
	// Beside the main line: it moves the order nowhere.
	Beside bool `json:"beside,omitempty"`
	// Reason: it needs a remark.
	Reason bool `json:"reason,omitempty"`
	// Form is what is asked.
	Form []Asked `json:"form,omitempty"`
}

// Asked is one field of a form, as a console shows it.
type Asked struct {
	Path         string          `json:"path"`
	Label        core.Text       `json:"label"`
	Type         core.FieldType  `json:"type"`
	Codes        string          `json:"codes,omitempty"`
	Options      []core.Option   `json:"options,omitempty"`
	Unit         string          `json:"unit,omitempty"`
	Required     bool            `json:"required,omitempty"`
	RequiredWhen string          `json:"required_when,omitempty"`
	Min          string          `json:"min,omitempty"`
	Max          string          `json:"max,omitempty"`
	Pattern      string          `json:"pattern,omitempty"`
	Help         core.Text       `json:"help,omitzero"`
	Value        json.RawMessage `json:"value,omitempty"` // what stands there already
	// Covered: what stands there is not shown, or not whole. Sent back so, it is left as it is.
	Covered bool `json:"covered,omitempty"`
}

// Allowed lists what the actor may do to the order at this instant: the steps' actions first,
// then what is possible beside them.
func (r *Rules) Allowed(o core.WorkOrder, a Actor, now time.Time) ([]Offer, error) {
	x, err := r.begin(&o, Step{Now: now, Actor: a}, "")
	if err != nil {
		return nil, err
	}
	var offers []Offer
	for _, tok := range x.next.Tokens {
		if st := x.p.Step(tok.Step); st != nil {
			list, err := x.offers(tok, st)
			if err != nil {
				return nil, err
			}
			offers = append(offers, list...)
		}
	}
	for i := range sides {
		side := &sides[i]
		if side.possible(r, &x.next) && r.may(a, side.action, &x.next, x.besideRoles(side.action)) {
			offers = append(offers, Offer{Action: side.action, Label: side.action.Name(), Beside: true, Reason: side.reason, Form: asked(side.form)})
		}
	}
	return offers, nil
}

// offers at one token.
func (x *turn) offers(tok core.Token, st *core.Step) ([]Offer, error) {
	if tok.Task != "" {
		i := slices.IndexFunc(st.Tasks, func(t core.SubTask) bool { return t.ID == tok.Task })
		if i < 0 || !x.r.mayAt("", x.s.Actor, core.ActDone, &x.next, taskRoles(st, &st.Tasks[i])) {
			return nil, nil
		}
		form, err := x.show(st.Tasks[i].Form)
		done := Offer{Action: core.ActDone, Label: st.Tasks[i].Name, Step: st.ID, Task: tok.Task, Form: form}
		if st.Kind != core.StepApproval {
			return []Offer{done}, err
		}
		done.Action, done.Label = core.ActApprove, core.ActApprove.Name()
		if exit, e := x.exit(st, core.ActReject); e != nil || x.leadsLost(exit) {
			return []Offer{done}, err
		}
		return []Offer{done, {Action: core.ActReject, Label: core.ActReject.Name(), Step: st.ID, Task: tok.Task, Reason: true}}, err
	}
	var offers []Offer
	for _, action := range st.Actions() {
		exit, err := x.exit(st, action)
		if core.IsKind(err, core.Conflict) {
			continue
		} else if err != nil {
			return nil, err
		}
		roles := st.Roles
		if len(exit.Roles) > 0 {
			roles = exit.Roles
		}
		if !x.r.mayAt(st.Kind, x.s.Actor, action, &x.next, roles) || !tok.Duty && !x.open(st, action) || action == core.ActReturn && (tok.Duty || x.old.Begun()) {
			continue
		}
		if !tok.Duty && x.leadsLost(exit) {
			continue
		}
		form := exit.Form
		if form == nil {
			form = st.Form
		}
		offer := Offer{Action: action, Label: exit.Label, Step: st.ID, Duty: tok.Duty, Reason: exit.Reason}
		if offer.Label == (core.Text{}) {
			offer.Label = action.Name()
		}
		if offer.Form, err = x.show(form); err != nil {
			return nil, err
		}
		offers = append(offers, offer)
	}
	return offers, nil
}

// leadsLost tells that an exit leads to an end that would keep a result from the source.
func (x *turn) leadsLost(exit *core.Exit) bool {
	st := x.p.Step(exit.To)
	return st != nil && x.lost(st)
}

// open tells whether nothing but the form keeps the order from leaving its step by an action.
func (x *turn) open(st *core.Step, action core.Action) bool {
	o := &x.next
	if back(action) {
		return action != core.ActGiveBack || o.Assignment != nil && o.Assignment.State != core.FieldOnSite
	}
	if Waiting(o) || o.Hold != nil && o.Phase != core.Field {
		return false
	}
	return !slices.ContainsFunc(o.Tokens, func(t core.Token) bool { return t.Task != "" && t.Step == st.ID })
}

// show makes a form what a console shows, with what stands in the order already.
func (x *turn) show(form []core.FormField) ([]Asked, error) {
	list := asked(form)
	for i := range list {
		v, err := value(&x.next, list[i].Path)
		if err != nil {
			return nil, err
		}
		list[i].Value = v
	}
	return list, nil
}

func asked(form []core.FormField) []Asked {
	var list []Asked
	for i := range form {
		f := &form[i]
		q := Asked{Path: f.Path, Label: f.Label, Type: f.Type, Codes: f.Codes, Options: f.Options, Unit: f.Unit, Required: f.Required, Min: f.Min, Max: f.Max, Pattern: f.Pattern, Help: f.Help}
		if f.RequiredWhen != nil {
			q.RequiredWhen = f.RequiredWhen.String()
		}
		list = append(list, q)
	}
	return list
}

// taskRoles are those who do a sub-task: its own, or its step's.
func taskRoles(st *core.Step, t *core.SubTask) []string {
	if len(t.Roles) > 0 {
		return t.Roles
	}
	return st.Roles
}
