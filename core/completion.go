package core

import "time"

// ResultOutcome says whether the work was done.
type ResultOutcome string

const (
	Done ResultOutcome = "done"
	// CouldNotBeDone 无法完成: with a reason; the visit took place.
	CouldNotBeDone ResultOutcome = "could_not_be_done"
)

// Completion is what the crew recorded at the end of a visit. 销单
type Completion struct {
	Outcome ResultOutcome `json:"outcome"`
	// Reason why it could not be done: no_access, meter_not_found, valve_seized, not_needed, …
	Reason   string `json:"reason,omitempty"`
	SlipLeft bool   `json:"slip_left,omitempty"` // 留条
	// NextAppointment, when set, sends the order back to dispatch for a second visit;
	// without it an order that could not be done goes back to its source.
	NextAppointment *Appointment `json:"next_appointment,omitempty"`

	Handling string `json:"handling,omitempty"` // 处理类别
	Work     string `json:"work,omitempty"`     // 处理内容
	Cause    string `json:"cause,omitempty"`    // 发生原因
	Solution string `json:"solution,omitempty"` // 解决措施

	// Meter work. Readings are decimal texts in m³, digits as recorded.
	OldFinalReading   string `json:"old_final_reading,omitempty"` // 旧表止码
	NewSerial         string `json:"new_serial,omitempty"`        // 新表号
	NewStamp          string `json:"new_stamp,omitempty"`
	NewInitialReading string `json:"new_initial_reading,omitempty"` // 新表底码
	NewDiameterMM     int    `json:"new_diameter_mm,omitempty"`
	Seal              string `json:"seal,omitempty"`           // 铅封号
	OldMeterFate      string `json:"old_meter_fate,omitempty"` // scrapped | retested | kept
	// Recheck.
	OriginalReading  string `json:"original_reading,omitempty"`  // 原抄码
	RecheckedReading string `json:"rechecked_reading,omitempty"` // 现抄码
	Confirmation     string `json:"confirmation,omitempty"`      // 确认结果
	AccountTreatment string `json:"account_treatment,omitempty"` // 账务处理

	Point  *Point       `json:"point,omitempty"`
	Photos []Attachment `json:"photos,omitempty"`

	CrewID     string    `json:"crew_id,omitempty"`
	People     []string  `json:"people,omitempty"`
	AcceptedAt time.Time `json:"accepted_at,omitzero"`
	ArrivedAt  time.Time `json:"arrived_at,omitzero"`
	FinishedAt time.Time `json:"finished_at"`
	OnPaper    bool      `json:"on_paper,omitempty"` // keyed in from paper 回填
	// Confirmed: whoever recorded readings that look wrong looked again and stands by them.
	Confirmed bool `json:"confirmed,omitempty"`
	// HandedTo is the body that takes over what is not the house's to do 转外处理.
	HandedTo string `json:"handed_to,omitempty"`
	// SharedWith is the order whose visit it was, where this one was merged into it.
	SharedWith OrderNo `json:"shared_with,omitempty"`

	Review *Review `json:"review,omitempty"`
}

// Review is the verdict on a result before it is released.
type Review struct {
	Passed bool      `json:"passed"`
	Remark string    `json:"remark,omitempty"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// Clone copies the completion deeply.
func (c Completion) Clone() Completion { return c.clone() }

func (c Completion) clone() Completion {
	if c.NextAppointment = clonePtr(c.NextAppointment); c.NextAppointment != nil {
		c.NextAppointment.Kept = clonePtr(c.NextAppointment.Kept)
	}
	c.Point = clonePtr(c.Point)
	c.Photos = append([]Attachment(nil), c.Photos...)
	c.People = append([]string(nil), c.People...)
	c.Review = clonePtr(c.Review)
	return c
}
