package core

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// SystemID names a connected system, e.g. "hotline", "website", "billing".
// It comes from the endpoint and the credentials, never from a message's body.
type SystemID string

// OrderNo is the hub's own order number: at most 20 ASCII characters, unique
// for ever, readable aloud. Gaps are allowed.
type OrderNo string

// Ref is the identity of an order at its source. The triple is unique.
type Ref struct {
	System SystemID `json:"system"`
	// External is the source's own order number, trimmed, compared binary.
	External string `json:"external"`
	// Period separates numbers that a source uses again, e.g. "2026"; empty
	// where numbers are never reused.
	Period string `json:"period,omitempty"`
}

// String writes the reference as people quote it: "billing/4711" or "billing/2026/4711".
func (r Ref) String() string {
	if r.Period == "" {
		return string(r.System) + "/" + r.External
	}
	return string(r.System) + "/" + r.Period + "/" + r.External
}

// Family is the closed set behind the configurable order types: it decides what
// a completion carries and which operation of the source takes it.
type Family string

const (
	Repair       Family = "repair"
	Replacement  Family = "replacement"
	Removal      Family = "removal"
	Installation Family = "installation"
	Recheck      Family = "recheck"
	Service      Family = "service"
	Desk         Family = "desk" // no field visit: answered by a desk team
)

// Families lists every family.
func Families() []Family {
	return []Family{Repair, Replacement, Removal, Installation, Recheck, Service, Desk}
}

// Phase is where an order is in its life. The set is closed, so that statistics,
// write-back and time limits can rely on it; the steps inside are configured.
type Phase string

const (
	Received     Phase = "received"      // 登记
	Acceptance   Phase = "acceptance"    // 接单审核
	Approval     Phase = "approval"      // 审批
	Dispatching  Phase = "dispatch"      // 待派单: waits for a crew
	Field        Phase = "field"         // with a crew: assigned, accepted, travelling, on site
	ResultReview Phase = "result_review" // 结果审核
	Released     Phase = "released"      // the result belongs to the source
	FollowUpCall Phase = "follow_up"     // 回访
	Closed       Phase = "closed"
	Returned     Phase = "returned"  // 退单
	Cancelled    Phase = "cancelled" // 作废
)

// Phases lists every phase in the order of the main line, then the side exits.
func Phases() []Phase {
	return []Phase{Received, Acceptance, Approval, Dispatching, Field, ResultReview, Released, FollowUpCall, Closed, Returned, Cancelled}
}

// Ended tells that nothing more is expected of the order.
func (p Phase) Ended() bool { return p == Closed || p == Returned || p == Cancelled }

// WorkBegun tells that a crew has the order or had it: from here on a changed
// message from the source is refused instead of amending the order.
func (p Phase) WorkBegun() bool {
	switch p {
	case Field, ResultReview, Released, FollowUpCall, Closed:
		return true
	}
	return false
}

// FieldState is how far a crew has got with an order in the phase Field.
type FieldState string

const (
	FieldAssigned  FieldState = "assigned"
	FieldAccepted  FieldState = "accepted"  // 接单
	FieldTravel    FieldState = "travel"    // 出发
	FieldOnSite    FieldState = "on_site"   // 到场
	FieldCompleted FieldState = "completed" // 销单
)

// Urgency of an order, as the house vocabulary has it.
type Urgency string

const (
	Emergency Urgency = "emergency" // 紧急: a burst, a gas leak
	Urgent    Urgency = "urgent"    // 加急
	Normal    Urgency = "normal"    // 一般
)

// Urgencies lists every urgency, most pressing first.
func Urgencies() []Urgency { return []Urgency{Emergency, Urgent, Normal} }

// WorkOrder is a job to be done for a source. It is a value: use cases copy it,
// change the copy and hand it to the store inside a Unit.
type WorkOrder struct {
	No  OrderNo `json:"no"`
	Ref Ref     `json:"ref"`
	// Version counts changes, from 1. A change is accepted only by the version
	// it was decided on.
	Version int64 `json:"version"`

	Type   string `json:"type"` // configured code, e.g. "burst", "scheduled_replacement"
	Family Family `json:"family"`
	// Process is the version of the type's process that the order goes by. Empty for orders
	// from before there were processes: their next change places them by their phase.
	Process string `json:"process,omitempty"`
	// Tokens are where the order stands: its step first, then the open sub-tasks of that step,
	// then what is owed afterwards.
	Tokens []Token `json:"tokens,omitempty"`
	// Approvals are the verdicts of approval nodes, oldest first.
	Approvals []Verdict `json:"approvals,omitempty"`
	// Phase is that of the step.
	Phase    Phase   `json:"phase"`
	Channel  string  `json:"channel,omitempty"` // phone, web, app, counter, email, 12345, crew, patrol, batch
	Urgency  Urgency `json:"urgency"`
	Expedite int     `json:"expedite,omitempty"` // how often the source urged it on 催单
	// Hold, when set, keeps the order where it is until resumed.
	Hold *Hold `json:"hold,omitempty"`

	// HoldRequest waits for its answer.
	HoldRequest *HoldRequest `json:"hold_request,omitempty"`
	// Transfer is the last one to another depot.
	Transfer *Transfer `json:"transfer,omitempty"`
	// Merged: the order is a duplicate and shares the visit of another; Absorbed are the
	// duplicates of this one.
	Merged   *Merged   `json:"merged,omitempty"`
	Absorbed []OrderNo `json:"absorbed,omitempty"`
	// Origin is the order that this one was opened for; Opened are those that were opened for this
	// one. 关联单
	Origin *Origin   `json:"origin,omitempty"`
	Opened []OrderNo `json:"opened,omitempty"`
	// Collaborators may read the order and comment on it, by their ids.
	Collaborators []string `json:"collaborators,omitempty"`
	// Notes are comments and progress notes, oldest first.
	Notes []Note `json:"notes,omitempty"`

	// Classified is what the house's table filled in when the order came; nil: nothing.
	Classified *Classified `json:"classified,omitempty"`
	// Team of the desk that answers it 坐席组, for work that needs no visit; empty: any.
	Team string `json:"team,omitempty"`

	Customer    Customer    `json:"customer"`
	Place       Place       `json:"place"`
	Meter       Meter       `json:"meter"`
	Report      Report      `json:"report"`
	Appointment Appointment `json:"appointment"`

	// Planned is the day that scheduled work is meant for, before it is given to a crew on that day.
	Planned    *PlannedDay `json:"planned,omitempty"`
	Assignment *Assignment `json:"assignment,omitempty"`
	// GaveBack are crews that gave the order back: no plan gives it to them again.
	GaveBack []string `json:"gave_back,omitempty"`
	// Helpers are crews that assist, and requests for one. 协助
	Helpers []Helper `json:"helpers,omitempty"`
	// Unassigned is why dispatch found no crew the last time it tried.
	Unassigned *Reason `json:"unassigned,omitempty"`
	// Completions has one entry per visit that ended, the last one counts.
	Completions []Completion `json:"completions,omitempty"`
	FollowUp    *FollowUp    `json:"follow_up,omitempty"`
	// Extension is the last request for more time, if there was one.
	Extension *Extension `json:"extension,omitempty"`
	// Extra holds declared custom fields.
	Extra map[string]string `json:"extra,omitempty"`
	// Ours are the paths of what the house wrote over its source's words, each with a digest of what the source says
	// there: while it goes on saying so, ours stands.
	Ours map[string]string `json:"ours,omitempty"`
	// Counted are the source's ids of messages that count once each (urgings, follow-up
	// calls, answers), oldest first: a repeated one is recognised. They stand in the
	// order, not beside it, so that two copies arriving together cannot both count.
	Counted []string `json:"counted,omitempty"`

	ReceivedAt time.Time `json:"received_at"`
	// SourceAt is when the source registered or last changed it, by its own clock.
	SourceAt time.Time `json:"source_at,omitzero"`
	// DueAt is the deadline the source asked for or the type's rule gave; zero if none.
	DueAt time.Time `json:"due_at,omitzero"`
	// DueBy tells who gave it.
	DueBy DueSource `json:"due_by,omitempty"`
	// Limits are the time limits that run or ran: the order's, then those of its steps.
	Limits []LimitState `json:"limits,omitempty"`
	// AlarmAt is when somebody must next be told something about it, a limit that runs out or
	// is over; zero: never, as things stand.
	AlarmAt   time.Time `json:"alarm_at,omitzero"`
	UpdatedAt time.Time `json:"updated_at"`
	ClosedAt  time.Time `json:"closed_at,omitzero"`
	// Reviewed tells that the acceptance review is done; an urgent order that was
	// dispatched at once is reviewed later.
	Reviewed bool `json:"reviewed,omitempty"`
	// ResultSequence counts the messages owed to the source for this order.
	ResultSequence int64 `json:"result_sequence,omitempty"`
	// EventSequence is the number of the last event on the timeline.
	EventSequence int64 `json:"event_sequence"`
}

// Token is a place in the process where the order waits for somebody.
type Token struct {
	// Step by its id; with Task, that sub-task of it.
	Step string `json:"step"`
	Task string `json:"task,omitempty"`
	// Duty: the step is owed for work that has begun already. It stops nothing.
	Duty bool `json:"duty,omitempty"`
	// Since is when the order came here.
	Since time.Time `json:"since"`
}

// Main is the token of the step where the order stands, nil if it was never placed.
func (o *WorkOrder) Main() *Token {
	if len(o.Tokens) == 0 {
		return nil
	}
	return &o.Tokens[0]
}

// Begun tells that a crew has the order or had it, see [Phase.WorkBegun], or that it has a result without one.
func (o *WorkOrder) Begun() bool { return o.Phase.WorkBegun() || o.Settled() }

// Settled tells that the work has a result that stands: of a crew, of a desk, or of whoever said that nothing is to
// be done. An order that waits for a crew or a desk again, or is with a crew, has none, whatever was tried before.
func (o *WorkOrder) Settled() bool {
	c := o.LastCompletion()
	switch {
	case c == nil || c.NextAppointment != nil, o.Phase == Dispatching, o.Phase == Returned, o.Phase == Cancelled:
		return false
	case o.Phase == Field:
		return o.Assignment != nil && o.Assignment.State == FieldCompleted
	}
	return true
}

// Verdict is what somebody decided at an approval node. 审批意见
type Verdict struct {
	Step   string `json:"step"`
	Task   string `json:"task,omitempty"`   // of parallel nodes
	Number string `json:"number,omitempty"` // of the node, e.g. "30"
	// Action taken: approve, reject or return.
	Action Action    `json:"action"`
	Remark string    `json:"remark,omitempty"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	// Digest of what it was given on: the order's data, without fields of the house that are asked only behind the node.
	Digest string `json:"digest,omitempty"`
}

// Hold remembers why an order rests. 挂起
type Hold struct {
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	// Until is when it is meant to end; zero if nobody can tell.
	Until time.Time `json:"until,omitzero"`
	// AskedBy is who had asked for it, if somebody had.
	AskedBy string `json:"asked_by,omitempty"`
}

// HoldRequest asks for a hold. 挂起申请
type HoldRequest struct {
	Reason string    `json:"reason"`
	Until  time.Time `json:"until,omitzero"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// Transfer hands an order to another depot, which takes it or refuses. 转站
type Transfer struct {
	From       string        `json:"from,omitempty"` // empty: from the centre
	To         string        `json:"to"`
	Reason     string        `json:"reason,omitempty"`
	By         string        `json:"by"`
	At         time.Time     `json:"at"`
	State      TransferState `json:"state"`
	AnsweredBy string        `json:"answered_by,omitempty"`
	AnsweredAt time.Time     `json:"answered_at,omitzero"`
	Remark     string        `json:"remark,omitempty"` // of whoever answered
}

// TransferState tells what became of a transfer.
type TransferState string

const (
	TransferOffered TransferState = "offered"
	TransferTaken   TransferState = "taken"
	TransferRefused TransferState = "refused"
)

// Merged ties a duplicate 重复报修 to the order whose visit it shares.
type Merged struct {
	Into OrderNo   `json:"into"`
	By   string    `json:"by"`
	At   time.Time `json:"at"`
	// SharedAt is when the visit's result became this order's too; zero until then.
	SharedAt time.Time `json:"shared_at,omitzero"`
}

// MaxChain is how many orders may be opened one for another, and how often in one decision triggers may follow
// from what triggers set: rules that feed each other stop there.
const MaxChain = 5

// Origin ties an order that the hub opened to the one it was opened for.
type Origin struct {
	Order OrderNo `json:"order"`
	// Rule that opened it: the id of a trigger; empty: the order's process.
	Rule string `json:"rule,omitempty"`
	// Depth counts the orders before it in the chain, 1 … [MaxChain].
	Depth int `json:"depth"`
}

// Classified tells what the house's table of classification made of a report, and by which rules.
type Classified struct {
	// Table names the content of the table.
	Table  string            `json:"table"`
	Fields []ClassifiedField `json:"fields"`
}

// ClassifiedField is one field that the table filled.
type ClassifiedField struct {
	Field string `json:"field"` // category, type, urgency, depot, team
	Value string `json:"value"`
	Sent  string `json:"sent,omitempty"` // what the source had said instead
	Rule  string `json:"rule"`
	Place string `json:"place"` // where the rule is written: "classification.yaml:12"
}

// String says it for people, as "type leak by rule words (classification.yaml:12)".
func (c *Classified) String() string {
	if c == nil {
		return ""
	}
	said := make([]string, len(c.Fields))
	for i, f := range c.Fields {
		said[i] = f.Field + " " + f.Value + " ← " + f.Rule + " (" + f.Place + ")"
	}
	return strings.Join(said, "; ")
}

// Helper is a crew that assists, or a request for one.
type Helper struct {
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	// CrewID is empty until a crew is sent; then it works so many minutes of its day.
	CrewID  string    `json:"crew_id,omitempty"`
	Day     string    `json:"day,omitempty"`
	Minutes int       `json:"minutes,omitempty"`
	SentAt  time.Time `json:"sent_at,omitzero"`
	EndedAt time.Time `json:"ended_at,omitzero"`
}

// Note is a comment or a progress note.
type Note struct {
	At          time.Time    `json:"at"`
	By          string       `json:"by"`
	Text        string       `json:"text,omitempty"`
	Progress    bool         `json:"progress,omitempty"`
	Attachments []Attachment `json:"attachments,omitempty"`
}

// Customer is who the order concerns.
type Customer struct {
	Account string `json:"account,omitempty"` // 户号
	Name    string `json:"name,omitempty"`    // 户名
	Contact string `json:"contact,omitempty"` // 联系人
	Phone   string `json:"phone,omitempty"`
	Tariff  string `json:"tariff,omitempty"`  // 用水性质
	Arrears string `json:"arrears,omitempty"` // 欠费, decimal text in yuan, digits as sent
}

// Place is where the work is.
type Place struct {
	Address string `json:"address,omitempty"`
	// District is the service district used for routing to depots.
	District string `json:"district,omitempty"`
	// Branch 营业管理部 owns the account and the reading book; Depot 站点 owns the crews.
	Branch string `json:"branch,omitempty"`
	Depot  string `json:"depot,omitempty"`
	Book   string `json:"book,omitempty"`    // 册本号
	BookNo int    `json:"book_no,omitempty"` // 册内序号
	Detail string `json:"detail,omitempty"`  // 表位: meter position
	Point  *Point `json:"point,omitempty"`   // WGS 84
	// PointSource tells how the point was found.
	PointSource PointSource `json:"point_source,omitempty"`
	// PointSent keeps what the source wrote, e.g. "121.47,31.23 (GCJ-02)".
	PointSent string `json:"point_sent,omitempty"`
	// ServicePoint is the GIS's number of the supply point, if known.
	ServicePoint string `json:"service_point,omitempty"`
}

// PointSource tells how a coordinate was found, best first.
type PointSource string

const (
	PointFromSource       PointSource = "source"
	PointFromServicePoint PointSource = "service_point"
	PointFromGeocode      PointSource = "geocode"
	// PointFromCentroid is the district's centre: too coarse to send somebody
	// without a look; a dispatcher sees the flag.
	PointFromCentroid PointSource = "centroid"
	PointFromCrew     PointSource = "crew"
	PointFromDesk     PointSource = "desk" // put on the map by somebody in the house
)

// Point is a position in WGS 84 degrees: Lat −90…90, Lon −180…180.
type Point struct {
	Lat float64 `json:"lat"`
	Lon float64 `json:"lon"`
}

// Meter is the meter the order is about; decimals are texts so that no digit is lost.
type Meter struct {
	Serial     string `json:"serial,omitempty"`      // 表号
	Stamp      string `json:"stamp,omitempty"`       // 钢印号
	Barcode    string `json:"barcode,omitempty"`     // 条码
	DiameterMM int    `json:"diameter_mm,omitempty"` // 口径: 15 … 300
	Model      string `json:"model,omitempty"`       // 表型
	Maker      string `json:"maker,omitempty"`       // 厂家
	DialRange  string `json:"dial_range,omitempty"`  // 量程
	// Civil dates "2026-05-11" or empty.
	InstalledOn string `json:"installed_on,omitempty"` // 装表日期
	VerifiedOn  string `json:"verified_on,omitempty"`  // 首次检定日期
	DueOn       string `json:"due_on,omitempty"`       // 到期日期
	State       string `json:"state,omitempty"`        // 抄表状态
	LastReading string `json:"last_reading,omitempty"` // 上次抄码, m³
	Reading     string `json:"reading,omitempty"`      // 现抄码, m³
}

// Report is what was said or found.
type Report struct {
	Category    string    `json:"category,omitempty"`     // 反映类别, house vocabulary
	SubCategory string    `json:"sub_category,omitempty"` // hierarchical
	Content     string    `json:"content,omitempty"`      // 反映内容
	Remark      string    `json:"remark,omitempty"`
	Cause       string    `json:"cause,omitempty"` // 故障原因
	OccurredAt  time.Time `json:"occurred_at,omitzero"`
	// RegisteredOn 登记日期 and RegisteredBy are the source's.
	RegisteredOn string       `json:"registered_on,omitempty"`
	RegisteredBy string       `json:"registered_by,omitempty"`
	Attachments  []Attachment `json:"attachments,omitempty"`
}

// Appointment is what was agreed with the customer.
type Appointment struct {
	With string    `json:"with,omitempty"` // 预约人
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
	// Kept tells whether the crew was there in time, once that is known.
	Kept *bool `json:"kept,omitempty"`
}

// Attachment is a photo or a document. The bytes lie in the store under their digest.
type Attachment struct {
	Name        string    `json:"name"`
	ContentType string    `json:"content_type"`
	SHA256      string    `json:"sha256"` // hex
	Size        int64     `json:"size"`   // bytes
	TakenAt     time.Time `json:"taken_at,omitzero"`
}

// FollowUp is the call after the work. 回访
type FollowUp struct {
	Reached      bool      `json:"reached"`
	Satisfaction string    `json:"satisfaction,omitempty"` // satisfied | neutral | unsatisfied
	Comment      string    `json:"comment,omitempty"`
	By           string    `json:"by,omitempty"`
	At           time.Time `json:"at"`
}

// Satisfactions lists what a customer who was reached may say.
func Satisfactions() []string { return []string{"satisfied", "neutral", "unsatisfied"} }

// Extension is a request to the source for more time, and its answer. 延期
type Extension struct {
	// No is unique for ever: the order's number with "-E1", "-E2", …
	No    string         `json:"no"`
	State ExtensionState `json:"state"`
	// Until is the deadline asked for; what was granted is the order's DueAt.
	Until       time.Time `json:"until"`
	Reason      string    `json:"reason"`
	By          string    `json:"by"`
	RequestedAt time.Time `json:"requested_at"`
	// Inside: it waits for somebody of the house, not for the source.
	Inside     bool      `json:"inside,omitempty"`
	AnsweredAt time.Time `json:"answered_at,omitzero"`
	Remark     string    `json:"remark,omitempty"` // of whoever answered
}

// ExtensionState tells what became of a request for more time.
type ExtensionState string

const (
	ExtensionRequested ExtensionState = "requested"
	ExtensionGranted   ExtensionState = "granted"
	ExtensionRefused   ExtensionState = "refused"
)

// LastCompletion is the completion that counts, or nil.
func (o *WorkOrder) LastCompletion() *Completion {
	if len(o.Completions) == 0 {
		return nil
	}
	return &o.Completions[len(o.Completions)-1]
}

// Clone copies the order so deeply that changing the copy never shows in the original.
func (o WorkOrder) Clone() WorkOrder {
	c := o
	c.Tokens = slices.Clone(o.Tokens)
	c.Approvals = slices.Clone(o.Approvals)
	c.Hold = clonePtr(o.Hold)
	c.HoldRequest = clonePtr(o.HoldRequest)
	c.Transfer = clonePtr(o.Transfer)
	c.Merged = clonePtr(o.Merged)
	if o.Planned != nil {
		p := *o.Planned
		p.Reason = p.Reason.clone()
		c.Planned = &p
	}
	c.Absorbed = slices.Clone(o.Absorbed)
	c.Origin = clonePtr(o.Origin)
	if o.Classified != nil {
		c.Classified = &Classified{Table: o.Classified.Table, Fields: slices.Clone(o.Classified.Fields)}
	}
	c.Opened = slices.Clone(o.Opened)
	c.Collaborators = slices.Clone(o.Collaborators)
	c.Helpers = slices.Clone(o.Helpers)
	c.GaveBack = slices.Clone(o.GaveBack)
	c.Notes = slices.Clone(o.Notes)
	for i := range c.Notes {
		c.Notes[i].Attachments = slices.Clone(c.Notes[i].Attachments)
	}
	c.Appointment.Kept = clonePtr(o.Appointment.Kept)
	c.Place.Point = clonePtr(o.Place.Point)
	c.Report.Attachments = append([]Attachment(nil), o.Report.Attachments...)
	c.Counted = append([]string(nil), o.Counted...)
	c.Limits = append([]LimitState(nil), o.Limits...)
	if o.Assignment != nil {
		a := o.Assignment.clone()
		c.Assignment = &a
	}
	c.Completions = make([]Completion, len(o.Completions))
	for i, x := range o.Completions {
		c.Completions[i] = x.clone()
	}
	if len(c.Completions) == 0 {
		c.Completions = nil
	}
	if o.Unassigned != nil {
		r := o.Unassigned.clone()
		c.Unassigned = &r
	}
	c.FollowUp = clonePtr(o.FollowUp)
	c.Extension = clonePtr(o.Extension)
	c.Extra, c.Ours = maps.Clone(o.Extra), maps.Clone(o.Ours)
	return c
}

func clonePtr[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}
