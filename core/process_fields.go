package core

import "strings"

// OwnField is what the paths of the house's own fields begin with.
const OwnField = "extra."

// IsOwn tells that the house declared the field itself.
func (f *FormField) IsOwn() bool { return strings.HasPrefix(f.Path, OwnField) }

// AskFor is a field of an order as a form asks for it: with its label, type, unit and codes. A
// path that no form can ask for gives a field with the path alone.
func AskFor(path string, required bool) FormField {
	f, ok := KnownField(path)
	if !ok {
		f.Path = path
	}
	f.Required = required
	return f
}

// KnownField finds a field of an order that a form can ask for.
func KnownField(path string) (FormField, bool) {
	for _, f := range knownFields {
		if f.Path == path {
			return f, true
		}
	}
	return FormField{}, false
}

// KnownFields lists the fields of an order that forms can ask for, in the order of its parts.
func KnownFields() []FormField { return append([]FormField(nil), knownFields...) }

// knownFields: what a completion holds first, then what a person in the house may put right.
var knownFields = []FormField{
	{Path: "completion.handling", Label: Text{"Handling", "处理类别"}, Type: FieldChoice, Codes: "handling"},
	{Path: "completion.work", Label: Text{"Work done", "处理内容"}, Type: FieldLong},
	{Path: "completion.cause", Label: Text{"Cause", "发生原因"}, Type: FieldText},
	{Path: "completion.solution", Label: Text{"Solution", "解决措施"}, Type: FieldText},
	{Path: "completion.reason", Label: Text{"Reason it could not be done", "无法完成原因"}, Type: FieldChoice, Codes: "reason"},
	{Path: "completion.slip_left", Label: Text{"Slip left", "已留条"}, Type: FieldBool},
	{Path: "completion.next_appointment.with", Label: Text{"Appointment with", "预约人"}, Type: FieldText},
	{Path: "completion.next_appointment.from", Label: Text{"Appointment from", "预约起"}, Type: FieldTime},
	{Path: "completion.next_appointment.to", Label: Text{"Appointment until", "预约止"}, Type: FieldTime},
	{Path: "completion.old_final_reading", Label: Text{"Final reading of the old meter", "旧表止码"}, Type: FieldReading, Unit: "m³"},
	{Path: "completion.new_serial", Label: Text{"Serial of the new meter", "新表号"}, Type: FieldText, Max: "60"},
	{Path: "completion.new_stamp", Label: Text{"Stamped no. of the new meter", "新表钢印号"}, Type: FieldText, Max: "60"},
	{Path: "completion.new_initial_reading", Label: Text{"First reading of the new meter", "新表底码"}, Type: FieldReading, Unit: "m³"},
	{Path: "completion.new_diameter_mm", Label: Text{"Diameter of the new meter", "新表口径"}, Type: FieldInt, Unit: "mm", Min: "15", Max: "300"},
	{Path: "completion.seal", Label: Text{"Seal no.", "铅封号"}, Type: FieldText, Max: "60"},
	{Path: "completion.old_meter_fate", Label: Text{"Fate of the old meter", "旧表去向"}, Type: FieldChoice, Codes: "meter_fate"},
	{Path: "completion.original_reading", Label: Text{"Original reading", "原抄码"}, Type: FieldReading, Unit: "m³"},
	{Path: "completion.rechecked_reading", Label: Text{"Rechecked reading", "复核抄码"}, Type: FieldReading, Unit: "m³"},
	{Path: "completion.confirmation", Label: Text{"Result of the check reading", "复核结论"}, Type: FieldChoice, Codes: "confirmation"},
	{Path: "completion.account_treatment", Label: Text{"Treatment of the account", "账务处理"}, Type: FieldChoice, Codes: "account_treatment"},
	{Path: "completion.point", Label: Text{"Position", "坐标"}, Type: FieldPoint},
	{Path: "completion.photos", Label: Text{"Photos", "照片"}, Type: FieldPhotos, Max: "6"},
	{Path: "completion.people", Label: Text{"People", "作业人员"}, Type: FieldText},

	{Path: "customer.account", Label: Text{"Account no.", "户号"}, Type: FieldText, Max: "60"},
	{Path: "customer.name", Label: Text{"Customer", "户名"}, Type: FieldText},
	{Path: "customer.contact", Label: Text{"Contact", "联系人"}, Type: FieldText},
	{Path: "customer.phone", Label: Text{"Phone", "联系电话"}, Type: FieldText, Max: "40"},
	{Path: "customer.tariff", Label: Text{"Tariff class", "用水性质"}, Type: FieldChoice, Codes: "tariff"},

	{Path: "place.address", Label: Text{"Address", "地址"}, Type: FieldText},
	{Path: "place.branch", Label: Text{"Commercial branch", "营业管理部"}, Type: FieldText, Max: "60"},
	{Path: "place.depot", Label: Text{"Repair depot", "站点"}, Type: FieldText, Max: "60"},
	{Path: "place.book", Label: Text{"Book", "册本号"}, Type: FieldText, Max: "60"},
	{Path: "place.detail", Label: Text{"Meter position", "表位"}, Type: FieldText},

	{Path: "meter.serial", Label: Text{"Meter serial", "表号"}, Type: FieldText, Max: "60"},
	{Path: "meter.stamp", Label: Text{"Stamped no.", "钢印号"}, Type: FieldText, Max: "60"},
	{Path: "meter.diameter_mm", Label: Text{"Diameter", "口径"}, Type: FieldInt, Unit: "mm", Min: "15", Max: "300"},
	{Path: "meter.model", Label: Text{"Model", "表型"}, Type: FieldText},
	{Path: "meter.maker", Label: Text{"Maker", "厂家"}, Type: FieldText},
	{Path: "meter.state", Label: Text{"Reading state", "抄表状态"}, Type: FieldChoice, Codes: "meter_state"},
	{Path: "meter.last_reading", Label: Text{"Last reading", "上次抄码"}, Type: FieldReading, Unit: "m³"},
	{Path: "meter.reading", Label: Text{"Current reading", "现抄码"}, Type: FieldReading, Unit: "m³"},

	{Path: "report.category", Label: Text{"Category", "反映类别"}, Type: FieldChoice, Codes: "category"},
	{Path: "report.cause", Label: Text{"Cause of the fault", "故障原因"}, Type: FieldText},
	{Path: "report.remark", Label: Text{"Remark", "备注"}, Type: FieldText},

	{Path: "appointment.with", Label: Text{"Appointment with", "预约人"}, Type: FieldText},
	{Path: "appointment.from", Label: Text{"Appointment from", "预约起"}, Type: FieldTime},
	{Path: "appointment.to", Label: Text{"Appointment until", "预约止"}, Type: FieldTime},
}
