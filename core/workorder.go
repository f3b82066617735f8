package core

import (
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

	Type     string  `json:"type"` // configured code, e.g. "burst", "scheduled_replacement"
	Family   Family  `json:"family"`
	Phase    Phase   `json:"phase"`
	Channel  string  `json:"channel,omitempty"` // phone, web, app, counter, email, 12345, crew, patrol, batch
	Urgency  Urgency `json:"urgency"`
	Expedite int     `json:"expedite,omitempty"` // how often the source urged it on 催单
	// Hold, when set, keeps the order where it is until resumed.
	Hold *Hold `json:"hold,omitempty"`

	Customer    Customer    `json:"customer"`
	Place       Place       `json:"place"`
	Meter       Meter       `json:"meter"`
	Report      Report      `json:"report"`
	Appointment Appointment `json:"appointment"`

	Assignment *Assignment `json:"assignment,omitempty"`
	// Unassigned is why dispatch found no crew the last time it tried.
	Unassigned *Reason `json:"unassigned,omitempty"`
	// Completions has one entry per visit that ended, the last one counts.
	Completions []Completion `json:"completions,omitempty"`
	FollowUp    *FollowUp    `json:"follow_up,omitempty"`
	// Extension is the last request for more time, if there was one.
	Extension *Extension `json:"extension,omitempty"`
	// Extra holds declared custom fields.
	Extra map[string]string `json:"extra,omitempty"`
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

// Hold remembers why an order rests. 挂起
type Hold struct {
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
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
	AnsweredAt  time.Time `json:"answered_at,omitzero"`
	Remark      string    `json:"remark,omitempty"` // of whoever answered
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
	c.Hold = clonePtr(o.Hold)
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
	if o.Extra != nil {
		c.Extra = make(map[string]string, len(o.Extra))
		for k, v := range o.Extra {
			c.Extra[k] = v
		}
	}
	return c
}

func clonePtr[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}
