package mapping

import (
	"slices"
	"strings"
	"time"

	"tundish/core"
)

// target is a field of an order that a mapping may fill, of the part that its source decides;
// the rest is the hub's own. One of text, number and instant finds it in an order; a point
// and an extra have none of them.
type target struct {
	name    string // as mappings call it: that of the catalogue without its "order."
	kind    kind
	extra   string // name of an extra
	text    func(*core.WorkOrder) *string
	number  func(*core.WorkOrder) *int
	instant func(*core.WorkOrder) *time.Time
}

// attachments is the one list that a source fills.
const attachments = "report.attachments"

// targets are all that can be filled, extras apart.
var targets = func() []target {
	all := []target{{name: "place.point"}, {name: attachments, kind: listKind}}
	for name, at := range texts {
		all = append(all, target{name: name, text: at})
	}
	for name, at := range numbers {
		all = append(all, target{name: name, number: at})
	}
	for name, at := range instants {
		all = append(all, target{name: name, instant: at})
	}
	for i := range all {
		if all[i].kind == listKind {
			continue
		}
		f, ok := fieldNamed("order." + all[i].name)
		if !ok {
			panic("mapping: the catalogue has no order." + all[i].name)
		}
		all[i].kind = f.kind
	}
	slices.SortFunc(all, func(a, b target) int { return strings.Compare(a.name, b.name) })
	return all
}()

var texts = map[string]func(*core.WorkOrder) *string{
	"ref":                  func(o *core.WorkOrder) *string { return &o.Ref.External },
	"period":               func(o *core.WorkOrder) *string { return &o.Ref.Period },
	"type":                 func(o *core.WorkOrder) *string { return &o.Type },
	"urgency":              func(o *core.WorkOrder) *string { return (*string)(&o.Urgency) },
	"channel":              func(o *core.WorkOrder) *string { return &o.Channel },
	"customer.account":     func(o *core.WorkOrder) *string { return &o.Customer.Account },
	"customer.name":        func(o *core.WorkOrder) *string { return &o.Customer.Name },
	"customer.contact":     func(o *core.WorkOrder) *string { return &o.Customer.Contact },
	"customer.phone":       func(o *core.WorkOrder) *string { return &o.Customer.Phone },
	"customer.tariff":      func(o *core.WorkOrder) *string { return &o.Customer.Tariff },
	"customer.arrears":     func(o *core.WorkOrder) *string { return &o.Customer.Arrears },
	"place.address":        func(o *core.WorkOrder) *string { return &o.Place.Address },
	"place.district":       func(o *core.WorkOrder) *string { return &o.Place.District },
	"place.branch":         func(o *core.WorkOrder) *string { return &o.Place.Branch },
	"place.depot":          func(o *core.WorkOrder) *string { return &o.Place.Depot },
	"place.book":           func(o *core.WorkOrder) *string { return &o.Place.Book },
	"place.detail":         func(o *core.WorkOrder) *string { return &o.Place.Detail },
	"place.service_point":  func(o *core.WorkOrder) *string { return &o.Place.ServicePoint },
	"meter.serial":         func(o *core.WorkOrder) *string { return &o.Meter.Serial },
	"meter.stamp":          func(o *core.WorkOrder) *string { return &o.Meter.Stamp },
	"meter.barcode":        func(o *core.WorkOrder) *string { return &o.Meter.Barcode },
	"meter.model":          func(o *core.WorkOrder) *string { return &o.Meter.Model },
	"meter.maker":          func(o *core.WorkOrder) *string { return &o.Meter.Maker },
	"meter.dial_range":     func(o *core.WorkOrder) *string { return &o.Meter.DialRange },
	"meter.installed_on":   func(o *core.WorkOrder) *string { return &o.Meter.InstalledOn },
	"meter.verified_on":    func(o *core.WorkOrder) *string { return &o.Meter.VerifiedOn },
	"meter.due_on":         func(o *core.WorkOrder) *string { return &o.Meter.DueOn },
	"meter.state":          func(o *core.WorkOrder) *string { return &o.Meter.State },
	"meter.last_reading":   func(o *core.WorkOrder) *string { return &o.Meter.LastReading },
	"meter.reading":        func(o *core.WorkOrder) *string { return &o.Meter.Reading },
	"report.category":      func(o *core.WorkOrder) *string { return &o.Report.Category },
	"report.sub_category":  func(o *core.WorkOrder) *string { return &o.Report.SubCategory },
	"report.content":       func(o *core.WorkOrder) *string { return &o.Report.Content },
	"report.remark":        func(o *core.WorkOrder) *string { return &o.Report.Remark },
	"report.cause":         func(o *core.WorkOrder) *string { return &o.Report.Cause },
	"report.registered_on": func(o *core.WorkOrder) *string { return &o.Report.RegisteredOn },
	"report.registered_by": func(o *core.WorkOrder) *string { return &o.Report.RegisteredBy },
	"appointment.with":     func(o *core.WorkOrder) *string { return &o.Appointment.With },
}

var numbers = map[string]func(*core.WorkOrder) *int{
	"place.book_no":     func(o *core.WorkOrder) *int { return &o.Place.BookNo },
	"meter.diameter_mm": func(o *core.WorkOrder) *int { return &o.Meter.DiameterMM },
}

var instants = map[string]func(*core.WorkOrder) *time.Time{
	"source_at":          func(o *core.WorkOrder) *time.Time { return &o.SourceAt },
	"deadline":           func(o *core.WorkOrder) *time.Time { return &o.DueAt },
	"report.occurred_at": func(o *core.WorkOrder) *time.Time { return &o.Report.OccurredAt },
	"appointment.from":   func(o *core.WorkOrder) *time.Time { return &o.Appointment.From },
	"appointment.to":     func(o *core.WorkOrder) *time.Time { return &o.Appointment.To },
}

func targetNamed(name string) (target, bool) {
	if extra, ok := strings.CutPrefix(name, "extra."); ok && extra != "" {
		return target{name: name, extra: extra}, true
	}
	i := slices.IndexFunc(targets, func(t target) bool { return t.name == name })
	if i < 0 {
		return target{}, false
	}
	return targets[i], true
}

func targetNames() []string {
	names := make([]string, len(targets))
	for i := range targets {
		names[i] = targets[i].name
	}
	return names
}
