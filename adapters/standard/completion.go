package standard

import (
	"context"
	"fmt"

	"tundish/core"
	"tundish/wsdl/vocabulary"
	"tundish/wsdl/xsd"
)

// Completion writes the result that counts. What a family demands and the completion
// lacks is an error: a result without its reading must not leave as one with 0. blobs may be
// nil: then it goes without photos.
func (s *System) Completion(ctx context.Context, o *core.WorkOrder, blobs Blobs) (*vocabulary.Completion, error) {
	c := o.LastCompletion()
	if c == nil {
		return nil, core.Invalidf("incomplete", "Completion", "order %s has no result", "工单 %s 没有结果", o.No)
	}
	reason, ok := s.Codes.Reason.out(c.Reason)
	if !ok {
		return nil, s.unmapped("Completion.Reason", c.Reason)
	}
	v := &vocabulary.Completion{
		Outcome: string(c.Outcome), Reason: reason, SlipLeft: c.SlipLeft, NextAppointment: s.Appointment(c.NextAppointment),
		Handling: trim(c.Handling), Work: cut(c.Work, textLength), Cause: Remark(c.Cause), Solution: Remark(c.Solution),
		CrewId: c.CrewID, AcceptedAt: s.OptionalTime(c.AcceptedAt), ArrivedAt: s.OptionalTime(c.ArrivedAt),
		FinishedAt: s.Time(c.FinishedAt), OnPaper: c.OnPaper,
	}
	for _, p := range c.People {
		v.Person = append(v.Person, Name(p))
	}
	if c.Point != nil {
		v.Coordinate = new(s.Coordinate(*c.Point))
	}
	if r := c.Review; r != nil {
		v.Review = &vocabulary.Review{Passed: r.Passed, Remark: Remark(r.Remark), By: Name(r.By), At: s.Time(r.At)}
	}
	if c.Outcome == core.Done {
		if err := s.work(v, o, c); err != nil {
			return nil, err
		}
	}
	var err error
	v.Photo, err = s.photos(ctx, blobs, c.Photos)
	return v, err
}

// work fills in what was done to the meter, by the family of the order.
func (s *System) work(v *vocabulary.Completion, o *core.WorkOrder, c *core.Completion) error {
	f := readings{order: o.No}
	finished := s.OptionalTime(c.FinishedAt)
	switch {
	case o.Family == core.Replacement, o.Family == core.Repair && c.NewSerial != "":
		v.MeterExchange = &vocabulary.MeterExchange{
			OldSerial: o.Meter.Serial, OldFinalReading: f.optional("OldFinalReading", c.OldFinalReading),
			NewSerial: f.text("NewSerial", c.NewSerial), NewStamp: c.NewStamp, NewInitialReading: f.needed("NewInitialReading", c.NewInitialReading),
			NewDiameterMM: millimetres(c.NewDiameterMM), Seal: c.Seal, OldMeterFate: c.OldMeterFate, ExchangedAt: finished,
		}
	case o.Family == core.Removal:
		v.MeterRemoval = &vocabulary.MeterRemoval{
			Serial: o.Meter.Serial, FinalReading: f.optional("FinalReading", c.OldFinalReading), Seal: c.Seal, Fate: c.OldMeterFate, RemovedAt: finished,
		}
	case o.Family == core.Installation:
		v.MeterInstallation = &vocabulary.MeterInstallation{
			Serial: f.text("Serial", c.NewSerial), Stamp: c.NewStamp, InitialReading: f.needed("InitialReading", c.NewInitialReading),
			DiameterMM: millimetres(c.NewDiameterMM), Seal: c.Seal, InstalledAt: finished,
		}
	case o.Family == core.Recheck:
		v.Recheck = &vocabulary.Recheck{
			OriginalReading: f.optional("OriginalReading", c.OriginalReading), RecheckedReading: f.needed("RecheckedReading", c.RecheckedReading),
			Confirmation: c.Confirmation, AccountTreatment: c.AccountTreatment,
		}
	}
	return f.err
}

// readings turns texts into readings and keeps the first that cannot be one.
type readings struct {
	order core.OrderNo
	err   error
}

func (f *readings) fail(field, what, zh string) {
	if f.err == nil {
		f.err = core.Fail(core.Invalid, "incomplete", "Completion."+field, fmt.Sprintf("the result of order %s cannot be written back: %s", f.order, what), fmt.Sprintf("工单 %s 的结果无法回写：%s", f.order, zh))
	}
}

func (f *readings) optional(field, text string) *xsd.Decimal {
	d, err := Reading(text)
	if err != nil {
		f.fail(field, fmt.Sprintf("%q is no reading", text), fmt.Sprintf("%q 不是读数", text))
	}
	return d
}

func (f *readings) needed(field, text string) xsd.Decimal {
	if d := f.optional(field, text); d != nil {
		return *d
	}
	f.fail(field, field+" is missing", "缺少 "+field)
	return xsd.Decimal{}
}

func (f *readings) text(field, text string) string {
	if text == "" {
		f.fail(field, field+" is missing", "缺少 "+field)
	}
	return text
}

// unmapped says that a code of the house has no counterpart at the system.
func (s *System) unmapped(field, code string) error {
	return core.Invalidf("unknown_code", field, "the code table of %s has no code for %q; add one", "%s 的代码表没有 %q 对应的代码，请补充", s.ID, code)
}

// MeterOf writes the meter that an order is about.
func (s *System) MeterOf(m *core.Meter) vocabulary.Meter {
	state, _ := s.Codes.MeterState.out(m.State)
	return vocabulary.Meter{
		Serial: m.Serial, Stamp: m.Stamp, Barcode: m.Barcode, DiameterMM: millimetres(m.DiameterMM), Model: m.Model, Maker: m.Maker, State: state,
	}
}
