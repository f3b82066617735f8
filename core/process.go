package core

import "time"

// Process is the way of one order type through the house, as its YAML file says. It is a value
// that nobody changes: orders that are under way keep the version they began with.
type Process struct {
	// Version names the content of the process; equal content has equal versions.
	Version string
	// Code is the house's process code, e.g. "BW-001"; it is part of the application number
	// 流程申请号. Empty: the type has none.
	Code string
	// Steps in the order of the file. An order begins at the first.
	Steps []Step
	// Limits of the whole order, from its receipt to the completion of its work, unless they say otherwise.
	Limits []Limit
	// Effects happen at any step; see [Effect.On].
	Effects []Effect
	// Migrate says what becomes of orders that began with an older version.
	Migrate Migration
}

// Step finds a step by its id, or nil.
func (p *Process) Step(id string) *Step {
	for i := range p.Steps {
		if p.Steps[i].ID == id {
			return &p.Steps[i]
		}
	}
	return nil
}

// StepKind is what the program does at a step. The set is closed: each kind belongs to one
// phase and has its own actions.
type StepKind string

const (
	StepAcceptance StepKind = "acceptance" // 接单审核; actions accept, return
	StepApproval   StepKind = "approval"   // 审批, a numbered node; actions approve, reject, return
	StepDispatch   StepKind = "dispatch"   // 派单, waits for a crew; actions assign, return
	StepField      StepKind = "field"      // with a crew; actions done, could_not, again, give_back
	StepDesk       StepKind = "desk"       // answered by a desk team, no visit; actions answer, return
	StepReview     StepKind = "review"     // 结果审核; actions pass, fail
	StepRelease    StepKind = "release"    // automatic: the result belongs to the source from here on 核销
	StepFollowUp   StepKind = "follow_up"  // 回访; actions satisfied, unsatisfied, not_reached
	StepTask       StepKind = "task"       // anything else that a person does; actions of its own
	StepChoice     StepKind = "choice"     // automatic fork
	StepClosed     StepKind = "closed"     // ends the order
	StepReturned   StepKind = "returned"   // 退单, ends it: back to its source with a reason
	StepCancelled  StepKind = "cancelled"  // 作废, ends it
)

// StepKinds lists every kind in the order of the main line.
func StepKinds() []StepKind {
	return []StepKind{StepAcceptance, StepApproval, StepDispatch, StepField, StepDesk, StepReview, StepRelease, StepFollowUp, StepTask, StepChoice, StepClosed, StepReturned, StepCancelled}
}

// Phase of orders at a step of this kind. A task and a choice have the phase of the file's
// word for them; see [Step.Phase].
func (k StepKind) Phase() Phase {
	switch k {
	case StepAcceptance:
		return Acceptance
	case StepApproval:
		return Approval
	case StepDispatch, StepDesk:
		return Dispatching
	case StepField:
		return Field
	case StepReview:
		return ResultReview
	case StepRelease:
		return Released
	case StepFollowUp:
		return FollowUpCall
	case StepClosed:
		return Closed
	case StepReturned:
		return Returned
	case StepCancelled:
		return Cancelled
	}
	return ""
}

// Automatic tells that nobody acts at such a step: it is left in the decision that enters it.
func (k StepKind) Automatic() bool { return k == StepRelease || k == StepChoice || k.Ends() }

// Ends tells that an order is at its end there.
func (k StepKind) Ends() bool {
	return k == StepClosed || k == StepReturned || k == StepCancelled
}

// Action is what somebody does at a step, and what its exits are named by. Beside those of the
// kinds a task has actions of its own.
type Action string

const (
	ActAccept      Action = "accept"
	ActReturn      Action = "return"
	ActApprove     Action = "approve"
	ActReject      Action = "reject"
	ActAssign      Action = "assign"
	ActDone        Action = "done"      // the crew completed: done
	ActCouldNot    Action = "could_not" // the crew completed: could not be done, nothing agreed
	ActAgain       Action = "again"     // the crew completed: could not be done, a new appointment is made
	ActGiveBack    Action = "give_back" // taken back from the crew, refused by it, or never seen by it
	ActAnswer      Action = "answer"
	ActPass        Action = "pass"
	ActFail        Action = "fail"
	ActSatisfied   Action = "satisfied"
	ActUnsatisfied Action = "unsatisfied"
	ActNotReached  Action = "not_reached"
)

// Actions that a step of this kind must have an exit for (need), and those it may have (may).
// A task's and a choice's are the file's.
func (k StepKind) Actions() (need, may []Action) {
	switch k {
	case StepAcceptance:
		return []Action{ActAccept}, []Action{ActReturn}
	case StepApproval:
		return []Action{ActApprove, ActReject}, []Action{ActReturn}
	case StepDispatch:
		return []Action{ActAssign}, []Action{ActReturn}
	case StepField:
		return []Action{ActDone, ActCouldNot, ActAgain, ActGiveBack}, nil
	case StepDesk:
		return []Action{ActAnswer}, []Action{ActReturn}
	case StepReview:
		return []Action{ActPass, ActFail}, nil
	case StepFollowUp:
		return []Action{ActSatisfied, ActUnsatisfied, ActNotReached}, nil
	}
	return nil, nil
}

// Step is a place where an order waits for somebody, or passes by itself.
type Step struct {
	ID   string
	Name Text
	Kind StepKind
	// Phase of an order here: that of the kind, or for tasks and choices the file's.
	Phase Phase
	// Number of a node in its process, e.g. "30" of BW-001; empty where there is none.
	Number string
	// Roles that may act here, any of them. Empty: whom the house's roles allow the action.
	Roles []string
	// When, if set, must hold for an order to stop here; else it passes through Skip.
	When Condition
	Skip string
	// After: the step belongs to work that began already (an emergency is dispatched at once
	// and reviewed afterwards): it does not stop the order, it is owed as a [Duty].
	// Nil: never.
	After Condition
	// Form is asked of whoever leaves the step, by any exit that does not say otherwise.
	Form []FormField
	// Tasks run beside the step; none that is open lets the order leave it, but by return.
	Tasks []SubTask
	// Exits in the order in which their guards are asked.
	Exits []Exit
	// Limits of the stay.
	Limits []Limit
	// Effects on entering the step.
	Effects []Effect
}

// Exit leads from a step to the next.
type Exit struct {
	// Action that takes it; empty at automatic steps.
	Action Action
	// Label of an action that is the file's own.
	Label Text
	// When guards it; nil: always. Of the exits of one action the first that holds is taken,
	// the last has no guard.
	When Condition
	To   string
	// Roles that may take it where they differ from the step's.
	Roles []string
	// Reason: whoever takes it must say why.
	Reason bool
	Form   []FormField
	// Effects of taking it.
	Effects []Effect
}

// Condition is a guard. It is a pure function of the order.
type Condition interface {
	// Holds at the instant now.
	Holds(o *WorkOrder, now time.Time) (bool, error)
	// String is the condition as written.
	String() string
}

// SubTask is work beside a step, done by others: a valve to be closed by another depot, a
// permit to be asked for.
type SubTask struct {
	ID    string
	Name  Text
	Roles []string
	When  Condition // nil: always
	Form  []FormField
	// Limit of the task, if any.
	Limits []Limit
}

// FormField is one thing that is asked.
type FormField struct {
	// Path in the order's JSON form, e.g. "completion.old_final_reading", "meter.diameter_mm",
	// "extra.valve_no". What begins with "extra." is a field of the house's own.
	Path  string
	Label Text
	Type  FieldType
	// Codes of a choice: a kind of the vocabulary ("fault_cause"), or Options given here.
	Codes   string
	Options []Option
	Unit    string
	// Required always, or when RequiredWhen holds.
	Required     bool
	RequiredWhen Condition
	// Min and Max of numbers, as decimal texts; of texts the number of characters.
	Min, Max string
	Pattern  string
	Help     Text
}

// Option is one code of a choice.
type Option struct {
	Code string `json:"code"`
	Name Text   `json:"name"`
}

// FieldType is the kind of a value.
type FieldType string

const (
	FieldText    FieldType = "text"
	FieldLong    FieldType = "long_text"
	FieldInt     FieldType = "int"
	FieldDecimal FieldType = "decimal"
	FieldReading FieldType = "reading" // of a meter, m³
	FieldBool    FieldType = "bool"
	FieldDate    FieldType = "date"
	FieldTime    FieldType = "time"
	FieldChoice  FieldType = "choice"
	FieldPhotos  FieldType = "photos"
	FieldPoint   FieldType = "point"
)

// FieldTypes lists every type.
func FieldTypes() []FieldType {
	return []FieldType{FieldText, FieldLong, FieldInt, FieldDecimal, FieldReading, FieldBool, FieldDate, FieldTime, FieldChoice, FieldPhotos, FieldPoint}
}

// Limit is a time limit 时限 of an order, a step or a sub-task.
type Limit struct {
	ID   string
	Name Text
	// When it applies; nil: always. Of the limits with one ID the first that applies counts.
	When Condition
	// From: which instant begins it. Empty: entering the step (an order's: receipt).
	From Milestone
	// Until: which instant ends it. Empty: leaving the step (an order's: the completion of its work, or its end).
	Until  Milestone
	Within time.Duration
	Clock  LimitClock
	// Warn, before it is over; zero: no warning.
	Warn time.Duration
	// WarnTo and Escalations are told; roles, or "crew".
	WarnTo      []string
	Escalations []Escalation
	Basis       Text
	// Metric is what statistics call it: "on_site_in_time".
	Metric  string
	Penalty Text
	// RunsOnHold: a hold does not stop it.
	RunsOnHold bool
}

// Milestone is an instant in an order's life.
type Milestone string

const (
	AtReceipt    Milestone = "received"
	AtAssignment Milestone = "assigned"
	AtAccepted   Milestone = "accepted"
	AtArrival    Milestone = "on_site"
	AtCompletion Milestone = "completed"
	AtRelease    Milestone = "released"
	AtEnd        Milestone = "ended"
)

// Milestones lists every milestone in the order of an order's life.
func Milestones() []Milestone {
	return []Milestone{AtReceipt, AtAssignment, AtAccepted, AtArrival, AtCompletion, AtRelease, AtEnd}
}

// LimitFinish is the id of the limit of an order that gives it its deadline.
const LimitFinish = "finish"

// LimitClock is how a limit's time runs.
type LimitClock string

const (
	// ClockElapsed: day and night, on holidays too.
	ClockElapsed LimitClock = "elapsed"
	// ClockWorking: within the working hours of working days.
	ClockWorking LimitClock = "working"
	// ClockDays: whole working days; the limit ends with the working hours of the last.
	ClockDays LimitClock = "working_days"
)

// LimitClocks lists every clock.
func LimitClocks() []LimitClock { return []LimitClock{ClockElapsed, ClockWorking, ClockDays} }

// Escalation tells somebody when a limit is over, once.
type Escalation struct {
	// After the limit is over; zero: at once. On the limit's clock.
	After time.Duration
	To    []string
}

// Effect is what happens beside a change, in the same unit.
type Effect struct {
	// On is the event kind it belongs to, for effects of the process ("" for those of steps and exits).
	On   EventKind
	When Condition
	Do   EffectKind
	// To: roles, "crew", "source", a system or a webhook, by Do.
	To []string
	// Status that the source is told, if it is another than the phase's.
	Status Status
	// Type of the order to be created, and the fields it takes over.
	Type string
	Copy []string
	// Set is a field's path, Value its new value.
	Set, Value string
	Text       Text
}

// EffectKind is one of a closed list.
type EffectKind string

const (
	// EffectTellSource: the source is told of the status.
	EffectTellSource EffectKind = "tell_source"
	// EffectNotify: people are told.
	EffectNotify EffectKind = "notify"
	// EffectWebhook: a configured address is called.
	EffectWebhook EffectKind = "webhook"
	// EffectCreate: another order is opened, linked to this one.
	EffectCreate EffectKind = "create_order"
	// EffectSet: a field gets a value; "urgency" only rises.
	EffectSet EffectKind = "set"
)

// EffectKinds lists every kind.
func EffectKinds() []EffectKind {
	return []EffectKind{EffectTellSource, EffectNotify, EffectWebhook, EffectCreate, EffectSet}
}

// Migration is the declared rule for orders under way when the process changes.
type Migration struct {
	// Keep: they stay with the version they began with. Otherwise they move.
	Keep bool
	// Steps leads from steps that are gone to those that stand for them.
	Steps map[string]string
}
