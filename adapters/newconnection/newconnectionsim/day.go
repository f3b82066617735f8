package newconnectionsim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"tundish/adapters/sim"
	"tundish/wsdl/newconnection"
	"tundish/wsdl/xsd"
)

const (
	readyADay     = 10 // installations to be pulled
	submittedADay = 3
)

// pending is an installation that is ready for work from at on.
type pending struct {
	at    time.Time
	order newconnection.Order
}

// registerPending enters the installations of every day: seven the evening before at 17:00
// and the minutes after, three at 05:00.
func (b *bureau) registerPending() {
	for d := range b.host.Days {
		day := b.host.FirstDay().AddDate(0, 0, d)
		for i := range readyADay {
			at := day.Add(-7*time.Hour + time.Duration(i)*4*time.Minute)
			if i >= 7 {
				at = day.Add(5*time.Hour + time.Duration(i)*time.Minute)
			}
			o := b.application(day, i+1, at, "installation")
			b.pending = append(b.pending, pending{at, *o})
			b.Books.Register(sim.Entry{Ref: o.ExternalRef, Type: o.Type, RegisteredAt: at})
		}
	}
}

// application is what somebody who wants water has asked for. There is no account yet.
func (b *bureau) application(day time.Time, n int, at time.Time, kind string) *newconnection.Order {
	r := rand.New(rand.NewPCG(b.host.Seed, uint64(day.Unix())+uint64(n)))
	p := &b.city.Points[r.IntN(len(b.city.Points))]
	place := p.Place(n%5 != 2)
	place.Book, place.BookNo = "", nil
	place.Address = sim.Address(p.District.Name, p.Road, p.Lane, p.House, p.Room+10*n)
	place.Detail = "新建表箱第" + fmt.Sprint(1+n%4) + "位"
	dn := newconnection.DiameterMM([]int{15, 20, 20, 25, 40}[r.IntN(5)])
	o := &newconnection.Order{
		ExternalRef: fmt.Sprintf("XZ%s-%03d", day.Format("20060102"), n), ApplicationNo: fmt.Sprintf("BZ%s%03d", day.Format("0601"), 100+n),
		Type: kind, Channel: "batch", Urgency: "normal",
		Customer: &newconnection.Customer{Name: p.Holder, Contact: p.Contact, Phone: p.Phone, Tariff: p.Tariff},
		Place:    place, Meter: &newconnection.Meter{DiameterMM: &dn}, SourceAt: sim.Zoned(at, b.host.Zone),
	}
	if n%3 == 0 {
		from := day.Add(13 * time.Hour)
		o.Appointment = &newconnection.Appointment{With: p.Contact, From: *sim.Zoned(from, b.host.Zone), To: sim.Zoned(from.Add(3*time.Hour), b.host.Zone)}
	}
	if n%4 == 1 {
		o.Extra = []newconnection.Extra{{Name: "build_project", Value: p.Road + "地块" + fmt.Sprint(n) + "期"}}
	}
	return o
}

// window lists what became ready in a window and up to now.
func (b *bureau) window(from, to xsd.DateTime) ([]newconnection.Order, error) {
	start, end, err := sim.Window(&from, &to, b.host.Zone)
	if err != nil {
		return nil, err
	}
	now := b.host.Clock.Now()
	var list []newconnection.Order
	for i := range b.pending {
		if p := &b.pending[i]; sim.Within(p.at, start, end) && !p.at.After(now) {
			list = append(list, p.order)
		}
	}
	return list, nil
}

// planDays plans what is submitted: at 08:40, 11:10 and 14:20, the second one twice.
func (b *bureau) planDays() {
	for d := range b.host.Days {
		day := b.host.FirstDay().AddDate(0, 0, d)
		for i, at := range []time.Duration{8*time.Hour + 40*time.Minute, 11*time.Hour + 10*time.Minute, 14*time.Hour + 20*time.Minute}[:submittedADay] {
			at := day.Add(at)
			kind := "installation"
			if i == 2 {
				kind = "reinstallation"
			}
			o := b.application(day, readyADay+1+i, at, kind)
			b.submit(at, o, true)
			switch i {
			case 0:
				b.query(at.Add(3*time.Hour), o)
			case 1:
				b.submit(at.Add(time.Minute), o, false)
				b.amend(at.Add(5*time.Minute), o)
			}
		}
	}
}

func (b *bureau) sentAt() *xsd.DateTime { return sim.Zoned(b.host.Clock.Now(), b.host.Zone) }

// submit plans a submission, or its repetition word for word.
func (b *bureau) submit(at time.Time, o *newconnection.Order, first bool) {
	if first {
		b.Books.Register(sim.Entry{Ref: o.ExternalRef, Type: o.Type, RegisteredAt: at})
	}
	b.Driver.Plan(sim.Step{At: at, Key: o.ExternalRef, Op: "SubmitInstallation", Do: func(ctx context.Context) error {
		if first {
			first = false
			b.Books.Count(func(n *sim.Stats) { n.Submitted++ })
		}
		a, err := b.hub.SubmitInstallation(ctx, &newconnection.SubmitInstallation{MessageId: o.ExternalRef + "-submit", SentAt: b.sentAt(), Order: *o})
		if err != nil {
			return err
		}
		b.handedOver(o.ExternalRef, a.OrderNo, a.Known)
		return nil
	}})
}

// handedOver keeps the hub's number. That it gives an order a second one must not go
// unnoticed.
func (b *bureau) handedOver(ref, orderNo string, known bool) {
	if err := b.Books.HandedOver(ref, "", orderNo, known); err != nil {
		b.Log.Error(err.Error())
	}
}

// amend plans that the applicant wants a larger meter.
func (b *bureau) amend(at time.Time, o *newconnection.Order) {
	changed := *o
	dn := newconnection.DiameterMM(40)
	changed.Meter = &newconnection.Meter{DiameterMM: &dn}
	b.Driver.Plan(sim.Step{At: at, Key: o.ExternalRef, Op: "AmendOrder", Do: func(ctx context.Context) error {
		a, err := b.hub.AmendOrder(ctx, &newconnection.AmendOrder{MessageId: o.ExternalRef + "-amend", SentAt: b.sentAt(), Order: changed, Reason: "申请口径变更"})
		if err != nil {
			return err
		}
		b.handedOver(o.ExternalRef, a.OrderNo, a.Known)
		b.Books.Count(func(n *sim.Stats) { n.Amended++ })
		return nil
	}})
}

func (b *bureau) query(at time.Time, o *newconnection.Order) {
	b.Driver.Plan(sim.Step{At: at, Key: o.ExternalRef, Op: "QueryOrder", Do: func(ctx context.Context) error {
		if _, err := b.hub.QueryOrder(ctx, &newconnection.QueryOrder{ExternalRef: o.ExternalRef}); err != nil {
			return err
		}
		b.Books.Count(func(n *sim.Stats) { n.Queried++ })
		return nil
	}})
}
