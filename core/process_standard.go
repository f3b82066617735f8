package core

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// StandardProcess is the way that most work takes: the acceptance review if there is one,
// dispatch and field work (or the desk, for what needs no visit), the review of the result if
// there is one, its release, and the follow-up call of work that was done, if there is one.
// Orders of the urgencies named in afterwards do not wait for the acceptance review: it is owed.
func StandardProcess(acceptance, review, followUp, desk bool, afterwards ...Urgency) *Process {
	p := &Process{}
	add := func(s Step) { p.Steps = append(p.Steps, s) }
	if acceptance {
		s := Step{Kind: StepAcceptance}
		if len(afterwards) > 0 {
			s.After = UrgencyIs(afterwards...)
		}
		add(s)
	}
	if desk {
		add(Step{Kind: StepDesk})
	} else {
		add(Step{Kind: StepDispatch})
		add(Step{Kind: StepField})
	}
	if review {
		add(Step{Kind: StepReview})
	}
	add(Step{Kind: StepRelease})
	if followUp {
		add(Step{Kind: StepFollowUp, When: WorkDone()})
	}
	p.Complete()
	return p
}

// Complete fills in what steps leave to the defaults of their kinds: id, name, phase, the way
// past them, the exits of actions that have none, and the three ends that every process has.
// A process that it leaves without a version gets one that names its steps and exits.
//
// The forward action of a kind leads to the next step of the list, from the last to the end;
// could_not goes where done goes; again and give_back lead to the nearest dispatch before, fail
// to the nearest work before, unsatisfied to the nearest dispatch or desk before, reject to the
// nearest work before, or to the return to the source where there is none. Return leads to the
// source; behind work there is none.
func (p *Process) Complete() {
	for _, end := range []StepKind{StepClosed, StepReturned, StepCancelled} {
		if p.Step(string(end)) == nil {
			p.Steps = append(p.Steps, Step{ID: string(end), Kind: end})
		}
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.ID == "" {
			s.ID = string(s.Kind)
		}
		if s.Name == (Text{}) {
			s.Name = s.Kind.Name()
		}
		if s.Phase == "" {
			s.Phase = p.phase(i)
		}
	}
	for i := range p.Steps {
		p.completeExits(i)
	}
	if p.Version == "" {
		p.Version = p.outline()
	}
}

// phase of a step whose file names none: its kind's, or where the order was before; behind work, its review.
func (p *Process) phase(i int) Phase {
	if own := p.Steps[i].Kind.Phase(); own != "" {
		return own
	}
	for j := i - 1; j >= 0; j-- {
		switch before := p.Steps[j]; {
		case before.Kind == StepField || before.Kind == StepDesk:
			return ResultReview // the work is behind it
		case before.Phase != "" && before.Phase != Released:
			return before.Phase
		}
	}
	return Acceptance
}

func (p *Process) completeExits(i int) {
	s := &p.Steps[i]
	if s.Kind.Ends() {
		return
	}
	next := p.next(i)
	if s.Skip == "" && (s.When != nil || s.After != nil) {
		s.Skip = next
	}
	if s.Kind == StepRelease && len(s.Exits) == 0 {
		s.Exits = []Exit{{To: next}}
	}
	need, may := s.Kind.Actions()
	for _, a := range append(need, may...) {
		if len(s.ExitsOf(a)) > 0 {
			continue
		}
		switch a {
		case ActCouldNot:
			for _, e := range s.ExitsOf(ActDone) {
				s.Exits = append(s.Exits, Exit{Action: a, When: e.When, To: e.To})
			}
		case ActAgain, ActGiveBack:
			s.Exits = append(s.Exits, Exit{Action: a, To: p.before(i, StepDispatch)})
		case ActFail:
			s.Exits = append(s.Exits, Exit{Action: a, To: p.before(i, StepField, StepDesk)})
		case ActUnsatisfied:
			s.Exits = append(s.Exits, Exit{Action: a, To: p.before(i, StepDispatch, StepDesk)})
		case ActReject:
			to := p.before(i, StepField, StepDesk)
			if to == "" {
				to = string(StepReturned)
			}
			s.Exits = append(s.Exits, Exit{Action: a, To: to})
		case ActReturn:
			if p.before(i, StepField, StepDesk) == "" { // what was worked on does not go back as if nobody had
				s.Exits = append(s.Exits, Exit{Action: a, To: string(StepReturned)})
			}
		default:
			s.Exits = append(s.Exits, Exit{Action: a, To: next})
		}
	}
	for j := range s.Exits {
		s.Exits[j].complete()
	}
}

// complete gives an exit the form of its action: what the crew says of work that was done is
// not asked of whoever sends an order back.
func (e *Exit) complete() {
	switch e.Action {
	case ActReturn, ActReject, ActFail:
		e.Reason = true
		e.ownForm()
	case ActGiveBack, ActUnsatisfied, ActNotReached:
		e.ownForm()
	case ActCouldNot:
		e.ownForm(AskFor("completion.reason", true), AskFor("completion.slip_left", false), AskFor("completion.photos", false))
	case ActAgain:
		e.ownForm(AskFor("completion.reason", true), AskFor("completion.slip_left", false), AskFor("completion.photos", false),
			AskFor("completion.next_appointment.with", false), AskFor("completion.next_appointment.from", false), AskFor("completion.next_appointment.to", false))
	}
}

func (e *Exit) ownForm(fields ...FormField) {
	if e.Form == nil {
		e.Form = append([]FormField{}, fields...)
	}
}

// next is the step behind one of the list; behind the last stands the end.
func (p *Process) next(i int) string {
	if i+1 < len(p.Steps) && !(p.Steps[i+1].Kind.Ends() && p.Steps[i+1].ID == string(p.Steps[i+1].Kind)) {
		return p.Steps[i+1].ID
	}
	return string(StepClosed)
}

// before is the nearest step of one of the kinds before one of the list. Where there is none it
// is empty: a check of the process says so.
func (p *Process) before(i int, kinds ...StepKind) string {
	for j := i - 1; j >= 0; j-- {
		for _, k := range kinds {
			if p.Steps[j].Kind == k {
				return p.Steps[j].ID
			}
		}
	}
	return ""
}

// outline names the content of a process that was made without a file.
func (p *Process) outline() string {
	var b strings.Builder
	b.WriteString(p.Code)
	condition := func(c Condition) string {
		if c == nil {
			return ""
		}
		return c.String()
	}
	for _, s := range p.Steps {
		fmt.Fprintf(&b, "\n%s %s %q %q %q %v", s.ID, s.Kind, condition(s.When), condition(s.After), s.Skip, s.Roles)
		for _, e := range s.Exits {
			fmt.Fprintf(&b, " %s %q %s", e.Action, condition(e.When), e.To)
		}
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:16])
}

// ExitsOf lists the exits of one action in the order in which their guards are asked.
func (s *Step) ExitsOf(a Action) (exits []*Exit) {
	for i := range s.Exits {
		if s.Exits[i].Action == a {
			exits = append(exits, &s.Exits[i])
		}
	}
	return exits
}

// Actions that lead out of the step, each once, in the order of the file.
func (s *Step) Actions() (actions []Action) {
next:
	for _, e := range s.Exits {
		for _, a := range actions {
			if a == e.Action {
				continue next
			}
		}
		actions = append(actions, e.Action)
	}
	return actions
}

// Name is what people call a step of this kind if its file gives it no name of its own.
func (k StepKind) Name() Text { return kindNames[k] }

var kindNames = map[StepKind]Text{
	StepAcceptance: {"Acceptance review", "接单审核"},
	StepApproval:   {"Approval", "审批"},
	StepDispatch:   {"Dispatch", "派单"},
	StepField:      {"Field work", "现场处理"},
	StepDesk:       {"Desk", "坐席处理"},
	StepReview:     {"Result review", "结果审核"},
	StepRelease:    {"Release", "回写核销"},
	StepFollowUp:   {"Follow-up", "回访"},
	StepTask:       {"Task", "任务"},
	StepChoice:     {"Choice", "判断"},
	StepClosed:     {"Closed", "办结"},
	StepReturned:   {"Returned", "退单"},
	StepCancelled:  {"Cancelled", "作废"},
}

// Name is what people call an action of the program; empty for the actions of a file's own.
func (a Action) Name() Text {
	if name, ok := actionNames[a]; ok {
		return name
	}
	return sideNames[a]
}

var actionNames = map[Action]Text{
	ActAccept:      {"Accept", "受理"},
	ActReturn:      {"Return to source", "退单"},
	ActApprove:     {"Approve", "同意"},
	ActReject:      {"Reject", "不同意"},
	ActAssign:      {"Assign", "派单"},
	ActDone:        {"Done", "完成"},
	ActCouldNot:    {"Could not be done", "无法完成"},
	ActAgain:       {"Come again", "再次上门"},
	ActGiveBack:    {"Give back", "退回派单"},
	ActAnswer:      {"Answer", "答复"},
	ActPass:        {"Right", "通过"},
	ActFail:        {"Wrong", "退回重做"},
	ActSatisfied:   {"Satisfied", "满意"},
	ActUnsatisfied: {"Unsatisfied", "不满意"},
	ActNotReached:  {"Not reached", "未接通"},
}

// If makes a condition of a function; text is how it reads.
func If(text string, holds func(o *WorkOrder, now time.Time) bool) Condition {
	return condition{text, holds}
}

type condition struct {
	text  string
	holds func(*WorkOrder, time.Time) bool
}

func (c condition) Holds(o *WorkOrder, now time.Time) (bool, error) { return c.holds(o, now), nil }
func (c condition) String() string                                  { return c.text }

// UrgencyIs holds for orders of these urgencies.
func UrgencyIs(urgencies ...Urgency) Condition {
	words := make([]string, len(urgencies))
	for i, u := range urgencies {
		words[i] = fmt.Sprintf("%q", u)
	}
	return If("urgency in ["+strings.Join(words, ", ")+"]", func(o *WorkOrder, _ time.Time) bool {
		for _, u := range urgencies {
			if o.Urgency == u {
				return true
			}
		}
		return false
	})
}

// WorkDone holds when the last visit, or the answer of the desk, ended with the work done.
func WorkDone() Condition {
	return If(`completion.outcome == "done"`, func(o *WorkOrder, _ time.Time) bool {
		c := o.LastCompletion()
		return c != nil && c.Outcome == Done
	})
}
