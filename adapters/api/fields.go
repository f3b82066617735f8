package api

import (
	"strings"

	"tundish/core"
)

// bookkeeping are parts of an order that change beside what people do.
var bookkeeping = map[string]bool{"process": true, "tokens": true, "alarm_at": true, "limits": true, "counted": true, "result_sequence": true, "ours": true}

type shown struct {
	label core.Text
	codes string // the kind in the vocabulary, where it is a code
}

// fieldOf is how people call a part of an order.
func fieldOf(path string) shown {
	if f, ok := shownFields[path]; ok {
		return f
	}
	if f, ok := core.KnownField(strings.ReplaceAll(path, "/", ".")); ok {
		return shown{f.Label, f.Codes}
	}
	return shown{label: core.Text{EN: path, ZH: path}}
}

var shownFields = map[string]shown{
	"phase":                {core.Text{EN: "Phase", ZH: "阶段"}, "phase"},
	"urgency":              {core.Text{EN: "Urgency", ZH: "紧急程度"}, "urgency"},
	"type":                 {core.Text{EN: "Order type", ZH: "工单类型"}, "type"},
	"family":               {core.Text{EN: "Family", ZH: "大类"}, "family"},
	"channel":              {core.Text{EN: "Channel", ZH: "来源渠道"}, "channel"},
	"expedite":             {core.Text{EN: "Times expedited", ZH: "催单次数"}, ""},
	"hold":                 {core.Text{EN: "Hold", ZH: "挂起"}, ""},
	"hold_request":         {core.Text{EN: "Request for a hold", ZH: "挂起申请"}, ""},
	"transfer":             {core.Text{EN: "Transfer", ZH: "转站"}, ""},
	"merged":               {core.Text{EN: "Merged into", ZH: "合并到"}, ""},
	"absorbed":             {core.Text{EN: "Duplicates", ZH: "重复单"}, ""},
	"approvals":            {core.Text{EN: "Approvals", ZH: "审批意见"}, ""},
	"notes":                {core.Text{EN: "Comments", ZH: "备注"}, ""},
	"assignment":           {core.Text{EN: "Assignment", ZH: "派单"}, ""},
	"assignment/crew_id":   {core.Text{EN: "Crew", ZH: "班组"}, ""},
	"assignment/state":     {core.Text{EN: "State of the crew", ZH: "班组状态"}, "field_state"},
	"helpers":              {core.Text{EN: "Assisting crews", ZH: "协助班组"}, ""},
	"unassigned":           {core.Text{EN: "Why nobody has it", ZH: "未派原因"}, ""},
	"completions":          {core.Text{EN: "Results", ZH: "销单结果"}, ""},
	"follow_up":            {core.Text{EN: "Follow-up", ZH: "回访"}, ""},
	"extension":            {core.Text{EN: "Request for more time", ZH: "延期"}, ""},
	"collaborators":        {core.Text{EN: "Collaborators", ZH: "协作人"}, ""},
	"appointment":          {core.Text{EN: "Appointment", ZH: "预约"}, ""},
	"appointment/from":     {core.Text{EN: "Appointment from", ZH: "预约起"}, ""},
	"appointment/to":       {core.Text{EN: "Appointment until", ZH: "预约止"}, ""},
	"due_at":               {core.Text{EN: "Deadline", ZH: "办理时限"}, ""},
	"due_by":               {core.Text{EN: "Who set the deadline", ZH: "时限来源"}, ""},
	"reviewed":             {core.Text{EN: "Acceptance reviewed", ZH: "已接单审核"}, ""},
	"closed_at":            {core.Text{EN: "Closed", ZH: "办结时间"}, ""},
	"source_at":            {core.Text{EN: "Changed at the source", ZH: "来源更新时间"}, ""},
	"customer/account":     {core.Text{EN: "Account", ZH: "户号"}, ""},
	"customer/name":        {core.Text{EN: "Customer", ZH: "户名"}, ""},
	"customer/contact":     {core.Text{EN: "Contact", ZH: "联系人"}, ""},
	"customer/phone":       {core.Text{EN: "Phone", ZH: "联系电话"}, ""},
	"customer/arrears":     {core.Text{EN: "Arrears", ZH: "欠费"}, ""},
	"customer/tariff":      {core.Text{EN: "Tariff class", ZH: "用水性质"}, ""},
	"place/address":        {core.Text{EN: "Address", ZH: "地址"}, ""},
	"place/district":       {core.Text{EN: "District", ZH: "区域"}, "district"},
	"place/branch":         {core.Text{EN: "Branch", ZH: "营业管理部"}, ""},
	"place/depot":          {core.Text{EN: "Depot", ZH: "站点"}, ""},
	"place/point":          {core.Text{EN: "Position", ZH: "坐标"}, ""},
	"place/point_source":   {core.Text{EN: "Origin of the position", ZH: "坐标来源"}, "point_source"},
	"meter/serial":         {core.Text{EN: "Meter serial", ZH: "表号"}, ""},
	"meter/diameter_mm":    {core.Text{EN: "Diameter", ZH: "口径"}, ""},
	"report/category":      {core.Text{EN: "Category", ZH: "反映类别"}, "category"},
	"report/content":       {core.Text{EN: "Report", ZH: "反映内容"}, ""},
	"report/remark":        {core.Text{EN: "Remark", ZH: "备注"}, ""},
	"assignment/minutes":   {core.Text{EN: "Minutes planned", ZH: "计划工时"}, ""},
	"assignment/seen_at":   {core.Text{EN: "Seen", ZH: "已读时间"}, ""},
	"place/service_point":  {core.Text{EN: "Supply point", ZH: "供水点"}, ""},
	"place/point/lat":      {core.Text{EN: "Latitude", ZH: "纬度"}, ""},
	"place/point/lon":      {core.Text{EN: "Longitude", ZH: "经度"}, ""},
	"assignment/travel_at": {core.Text{EN: "Set out", ZH: "出发时间"}, ""},
}
