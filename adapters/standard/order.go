package standard

import (
	"errors"
	"tundish/core"
	"tundish/wsdl/vocabulary"
)

// ApplicationNo is the name in core.WorkOrder.Extra under which the number of the
// process application at the source is kept.
const ApplicationNo = "application_no"

// Order converts an order as its source sent it. The blobs are what its attachments hold.
// Field of an error is a path below Order.
func (s *System) Order(v *vocabulary.Order) (core.WorkOrder, []core.Blob, error) {
	o := core.WorkOrder{Ref: s.Ref(v.ExternalRef, v.RefPeriod), DueAt: s.instant(v.Deadline), SourceAt: s.instant(v.SourceAt)}
	steps := []func(*core.WorkOrder, *vocabulary.Order) error{s.codes, s.customer, s.place, s.meter, s.report, s.appointment, s.complete, extras}
	for _, step := range steps {
		if err := step(&o, v); err != nil {
			return o, nil, err
		}
	}
	attachments, blobs, err := s.attachments(v.Attachment)
	o.Report.Attachments = attachments
	return o, blobs, err
}

// codes translates what the order is and how it came.
func (s *System) codes(o *core.WorkOrder, v *vocabulary.Order) (err error) {
	if o.Type, err = s.Codes.Type.in(v.Type, "unknown_type", "Type"); err != nil {
		return err
	}
	if o.Channel, err = s.Codes.Channel.in(v.Channel, "unknown_code", "Channel"); err != nil {
		return err
	}
	urgency, err := s.Codes.Urgency.in(v.Urgency, "unknown_urgency", "Urgency")
	o.Urgency = core.Urgency(urgency)
	return err
}

// Complete fills in what orders of the system leave out: the channel and the period of their
// number. It refuses attachments beyond the limits.
func (s *System) Complete(o *core.WorkOrder) error {
	if err := s.checkAttachments(o.Report.Attachments); err != nil {
		if e := (*core.Error)(nil); errors.As(err, &e) {
			e.Field = "Report.Attachments"
		}
		return err
	}
	if o.Channel == "" {
		o.Channel = s.DefaultChannel
	}
	return s.period(o)
}

func (s *System) customer(o *core.WorkOrder, v *vocabulary.Order) (err error) {
	c := v.Customer
	if c == nil {
		return nil
	}
	o.Customer = core.Customer{Account: trim(c.Account), Name: trim(c.Name), Contact: trim(c.Contact), Phone: trim(c.Phone), Arrears: digits(c.Arrears)}
	o.Customer.Tariff, err = s.Codes.Tariff.in(c.Tariff, "unknown_code", "Customer.Tariff")
	return err
}

func (s *System) place(o *core.WorkOrder, v *vocabulary.Order) error {
	p := v.Place
	if p == nil {
		return nil
	}
	o.Place = core.Place{
		Address: trim(p.Address), District: trim(p.District), Branch: trim(p.Branch), Depot: trim(p.Depot),
		Book: trim(p.Book), BookNo: count(p.BookNo), Detail: trim(p.Detail), ServicePoint: trim(p.ServicePointNo),
	}
	if p.Coordinate == nil {
		return nil
	}
	point, err := s.Point(p.Coordinate, "Place.Coordinate")
	if err != nil {
		return err
	}
	o.Place.Point, o.Place.PointSource, o.Place.PointSent = &point, core.PointFromSource, s.sent(p.Coordinate)
	return nil
}

func (s *System) meter(o *core.WorkOrder, v *vocabulary.Order) (err error) {
	m := v.Meter
	if m == nil {
		return nil
	}
	o.Meter = core.Meter{
		Serial: trim(m.Serial), Stamp: trim(m.Stamp), Barcode: trim(m.Barcode), DiameterMM: count(m.DiameterMM),
		Model: trim(m.Model), Maker: trim(m.Maker), DialRange: digits(m.DialRange),
		InstalledOn: day(m.InstalledOn), VerifiedOn: day(m.VerifiedOn), DueOn: day(m.DueOn),
		LastReading: digits(m.LastReading), Reading: digits(m.Reading),
	}
	o.Meter.State, err = s.Codes.MeterState.in(m.State, "unknown_code", "Meter.State")
	return err
}

func (s *System) report(o *core.WorkOrder, v *vocabulary.Order) (err error) {
	r := v.Report
	if r == nil {
		return nil
	}
	o.Report = core.Report{
		Content: trim(r.Content), Remark: trim(r.Remark), Cause: trim(r.Cause),
		OccurredAt: s.instant(r.OccurredAt), RegisteredOn: day(r.RegisteredOn), RegisteredBy: trim(r.RegisteredBy),
	}
	o.Report.Category, o.Report.SubCategory, err = s.Codes.category(r.Category, r.SubCategory, "Report")
	return err
}

func (s *System) appointment(o *core.WorkOrder, v *vocabulary.Order) error {
	a := v.Appointment
	if a == nil {
		return nil
	}
	o.Appointment = core.Appointment{With: trim(a.With), From: s.instant(&a.From), To: s.instant(a.To)}
	if to := o.Appointment.To; !to.IsZero() && to.Before(o.Appointment.From) {
		return core.Invalidf("invalid_value", "Appointment.To", "the appointment ends %s, before it begins %s", "预约结束时间 %s 早于开始时间 %s", a.To, a.From)
	}
	return nil
}

func (s *System) complete(o *core.WorkOrder, _ *vocabulary.Order) error { return s.Complete(o) }

// period finds the period of the order's number where its system leaves it out.
func (s *System) period(o *core.WorkOrder) error {
	if s.Periods != PeriodsByYear || o.Ref.Period != "" {
		return nil
	}
	switch {
	case len(o.Report.RegisteredOn) >= 4:
		o.Ref.Period = o.Report.RegisteredOn[:4]
	case !o.SourceAt.IsZero():
		o.Ref.Period = o.SourceAt.In(s.Zone).Format("2006")
	default:
		return core.Fail(core.Invalid, "required", "RefPeriod", "the numbers of this system begin anew every year: name the year in RefPeriod, or the day of registration in Report/RegisteredOn", "本系统编号每年重编，须在 RefPeriod 注明年份或在 Report/RegisteredOn 注明登记日期")
	}
	return nil
}

func extras(o *core.WorkOrder, v *vocabulary.Order) error {
	put := func(name, value, field string) error {
		if o.Extra == nil {
			o.Extra = map[string]string{}
		}
		if _, twice := o.Extra[name]; twice {
			return core.Invalidf("invalid_value", field, "the field %q stands twice; each name may be given once", "字段 %q 重复，每个名称只能出现一次", name)
		}
		o.Extra[name] = value
		return nil
	}
	if no := trim(v.ApplicationNo); no != "" {
		if err := put(ApplicationNo, no, "ApplicationNo"); err != nil {
			return err
		}
	}
	for i := range v.Extra {
		if err := put(trim(v.Extra[i].Name), v.Extra[i].Value, "Extra"); err != nil {
			return err
		}
	}
	return nil
}

// FollowUp converts a follow-up call that the system's staff made.
func (s *System) FollowUp(v *vocabulary.FollowUp) core.FollowUp {
	return core.FollowUp{Reached: v.Reached, Satisfaction: trim(v.Satisfaction), Comment: trim(v.Comment), By: trim(v.By), At: s.instant(&v.At)}
}

// Appointment writes an appointment; nil if there is none.
func (s *System) Appointment(a *core.Appointment) *vocabulary.Appointment {
	if a == nil || a.From.IsZero() {
		return nil
	}
	return &vocabulary.Appointment{With: Name(a.With), From: s.Time(a.From), To: s.OptionalTime(a.To)}
}
