package intake

import (
	"cmp"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"tundish/core"
	"tundish/core/classify"
	"tundish/core/life"
)

// Limits of stored texts in UTF-16 units, as SQL Server counts NVARCHAR. None is wider
// than the store's own (core.MaxExternal, …), so that a text too long is refused here,
// under the name its sender knows, and never fails the page it came with.
const (
	MaxRef     = 64
	MaxPeriod  = 16
	MaxCode    = core.MaxCode
	MaxNumber  = core.MaxNumber
	MaxName    = 200
	MaxAddress = 400
	MaxContent = 4000
)

// Times of an order outside these years are a source's way to say "none" (0001, 1900,
// 9999) or a mistake; either would make every deadline absurd.
const (
	earliestYear = 2000
	latestYear   = 2099
)

// Normalise trims an order's texts and checks their lengths; the reference must be
// there. All faults of the order are found before anything is stored.
func Normalise(o *core.WorkOrder) error {
	if err := normaliseRef(&o.Ref); err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		text *string
		max  int
	}{
		{"Type", &o.Type, MaxCode}, {"Channel", &o.Channel, MaxCode},
		{"Customer.Account", &o.Customer.Account, MaxNumber}, {"Customer.Name", &o.Customer.Name, MaxName},
		{"Customer.Contact", &o.Customer.Contact, MaxName}, {"Customer.Phone", &o.Customer.Phone, MaxCode},
		{"Customer.Tariff", &o.Customer.Tariff, MaxCode},
		{"Place.Address", &o.Place.Address, MaxAddress}, {"Place.District", &o.Place.District, MaxCode},
		{"Place.Branch", &o.Place.Branch, MaxCode}, {"Place.Depot", &o.Place.Depot, MaxCode},
		{"Place.Book", &o.Place.Book, MaxCode}, {"Place.Detail", &o.Place.Detail, MaxName},
		{"Place.ServicePoint", &o.Place.ServicePoint, MaxRef},
		{"Meter.Serial", &o.Meter.Serial, MaxNumber}, {"Meter.Stamp", &o.Meter.Stamp, MaxCode},
		{"Meter.Barcode", &o.Meter.Barcode, MaxCode}, {"Meter.Model", &o.Meter.Model, MaxName}, {"Meter.Maker", &o.Meter.Maker, MaxName},
		{"Meter.DialRange", &o.Meter.DialRange, MaxCode}, {"Meter.State", &o.Meter.State, MaxCode},
		{"Appointment.With", &o.Appointment.With, MaxName}, {"Report.Cause", &o.Report.Cause, MaxName}, {"Report.RegisteredBy", &o.Report.RegisteredBy, MaxName},
		{"Report.Category", &o.Report.Category, MaxCode}, {"Report.SubCategory", &o.Report.SubCategory, MaxCode},
		{"Report.Content", &o.Report.Content, MaxContent}, {"Report.Remark", &o.Report.Remark, MaxContent},
	} {
		*f.text = strings.TrimSpace(*f.text)
		if err := fits(f.name, *f.text, f.max); err != nil {
			return err
		}
	}
	for _, f := range []struct {
		name string
		at   time.Time
	}{
		{"Deadline", o.DueAt}, {"SourceAt", o.SourceAt}, {"Report.OccurredAt", o.Report.OccurredAt},
		{"Appointment.From", o.Appointment.From}, {"Appointment.To", o.Appointment.To},
	} {
		if !f.at.IsZero() && (f.at.Year() < earliestYear || f.at.Year() > latestYear) {
			return core.Invalidf("invalid_value", f.name, "%s cannot be: times lie between %d and %d; leave the element out where there is none", "时间 %s 不合理：应在 %d 至 %d 年之间；没有时请省略该项", f.at.Format(time.DateOnly), earliestYear, latestYear)
		}
	}
	for name, value := range o.Extra {
		if err := fits("Extra.name", name, MaxCode); err != nil {
			return err
		}
		if err := fits("Extra", value, MaxContent); err != nil {
			return err
		}
	}
	return nil
}

func normaliseRef(r *core.Ref) error {
	r.External, r.Period = strings.TrimSpace(r.External), strings.TrimSpace(r.Period)
	if r.External == "" {
		return core.Fail(core.Invalid, "required", "ExternalRef", "the source's order number is missing", "缺少来源系统的工单编号")
	}
	if err := fits("ExternalRef", r.External, MaxRef); err != nil {
		return err
	}
	return fits("RefPeriod", r.Period, MaxPeriod)
}

func fits(field, text string, max int) error {
	if len(text) <= max {
		return nil
	}
	n := utf8.RuneCountInString(text)
	for _, r := range text {
		if utf16.RuneLen(r) == 2 {
			n++
		}
	}
	if n <= max {
		return nil
	}
	return core.Invalidf("too_long", field, "%d characters; at most %d are allowed", "共 %d 个字符，最多 %d 个", n, max)
}

// Prepare makes an order as its source sent it one that can be decided on: the house's table says what its source left open,
// its type gives what is still missing, and what it must have is asked for. One that was prepared before is prepared anew.
func Prepare(rules *life.Rules, o *core.WorkOrder, now time.Time) error {
	classify.Undo(o)
	if rules.Classify != nil {
		rules.Classify(o, now)
	}
	return Complete(rules.Types, o)
}

// Complete gives an order, new or amended, the urgency of its type where it names none, and holds
// it against the minimum that its family needs to be worked on: an enquiry needs a text, a repair
// a place and somebody to call, meter work a meter or an account.
func Complete(types core.OrderTypes, o *core.WorkOrder) error {
	t, ok := types[o.Type]
	if !ok {
		return core.Invalidf("unknown_type", "Type", "order type %q is not configured; known types: %s", "工单类型 %q 未配置；可用类型：%s", o.Type, strings.Join(types.Codes(), ", "))
	}
	if o.Urgency == "" {
		o.Urgency = cmp.Or(t.Urgency, core.Normal)
	}
	need := func(field, en, zh string) error { return core.Fail(core.Invalid, "required", field, en, zh) }
	if t.Family == core.Desk {
		if o.Report.Content == "" {
			return need("Report.Content", "a complaint or enquiry needs its text", "投诉或咨询必须填写内容")
		}
		return nil
	}
	if o.Place.Address == "" && o.Place.Point == nil && o.Customer.Account == "" && o.Place.ServicePoint == "" {
		return need("Place.Address", "a visit needs a place: an address, a coordinate, an account or a service point", "必须提供地点：地址、坐标、户号或供水点")
	}
	switch t.Family {
	case core.Repair:
		if o.Report.Content == "" && o.Report.Category == "" {
			return need("Report.Content", "a repair report needs a category or a description of what is wrong", "报修必须填写类别或情况描述")
		}
	case core.Replacement, core.Removal, core.Recheck:
		if o.Meter.Serial == "" && o.Customer.Account == "" {
			return need("Meter.Serial", "meter work needs the meter's serial number or the account", "表务工单必须填写表号或户号")
		}
	}
	return nil
}
