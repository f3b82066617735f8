package life

import (
	"reflect"
	"time"

	"tundish/core"
)

// amendable is what somebody of the house may put right before a crew has the order; a customer's data are corrected,
// which billing is told of, and a place is located.
var amendable = []core.FormField{
	{Path: "type", Type: core.FieldChoice, Codes: "type", Label: core.Text{EN: "Order type", ZH: "工单类型"}},
	{Path: "urgency", Type: core.FieldChoice, Codes: "urgency", Label: core.Text{EN: "Urgency", ZH: "紧急程度"}},
	{Path: "category", Type: core.FieldChoice, Codes: "category", Label: core.Text{EN: "Category", ZH: "反映类别"}},
	{Path: "sub_category", Type: core.FieldChoice, Codes: "sub_category", Label: core.Text{EN: "Sub-category", ZH: "反映子类"}},
	field("content", core.FieldLong, false, "Report", "反映内容"),
	field("remark", core.FieldLong, false, "Remark", "备注"),
	field("address", core.FieldText, false, "Address", "地址"),
	field("detail", core.FieldText, false, "Meter position", "表位"),
}

// amendBy changes an order as its source could: fields that are not empty replace what stands there. At another address
// the order has to be located anew.
func (r *Rules) amendBy(old core.WorkOrder, in answers, s Step) (core.Unit, error) {
	sent := old.Clone()
	if old.DueBy != core.DueBySource {
		sent.DueAt = time.Time{} // a rule's deadline follows the rule
	}
	urgency := string(sent.Urgency)
	for path, to := range map[string]*string{"type": &sent.Type, "urgency": &urgency, "category": &sent.Report.Category, "sub_category": &sent.Report.SubCategory, "content": &sent.Report.Content,
		"remark": &sent.Report.Remark, "address": &sent.Place.Address, "detail": &sent.Place.Detail} {
		if v := in.text(path); v != "" {
			*to = v
		}
	}
	sent.Urgency = core.Urgency(urgency)
	if sent.Place.Address != old.Place.Address {
		sent.Place.Point, sent.Place.PointSource, sent.Place.PointSent, sent.Place.ServicePoint = nil, "", "", ""
	}
	if same := old.Clone(); reflect.DeepEqual(sent.Report, same.Report) && sent.Type == old.Type && sent.Urgency == old.Urgency && reflect.DeepEqual(sent.Place, same.Place) {
		return core.Unit{}, r.conflict(&old, s, "already", "nothing would change", "没有变化")
	}
	return r.Amend(old, sent, "", s)
}
