package hotlinesim

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"tundish/adapters/sim"
	"tundish/wsdl/hotline"
	"tundish/wsdl/xsd"
)

// desk is the people of one system who talk to the hub.
type desk struct {
	*sim.System
	host    *sim.Host
	hub     *hotline.HotlineHubClient
	codes   codes
	unhappy int

	calls   atomic.Int64 // follow-ups planned
	asked   atomic.Int64 // extensions asked for
	grudges atomic.Int64 // customers who were not satisfied
}

// messageID is the same in every retry of the same message.
func messageID(ref, op string, n int) string { return fmt.Sprintf("%s-%s-%d", ref, op, n) }

// sentAt is when a copy of a message leaves.
func (d *desk) sentAt() *xsd.DateTime { return sim.Zoned(d.host.Clock.Now(), d.host.Zone) }

// submit plans the submission of an order, or its repetition word for word.
func (d *desk) submit(at time.Time, o *hotline.Order, repeat int) {
	first := repeat == 0
	if first {
		e := sim.Entry{Ref: o.ExternalRef, Type: o.Type, RegisteredAt: at, Account: o.Customer.Account}
		if o.Meter != nil {
			e.MeterSerial = o.Meter.Serial
		}
		d.Books.Register(e)
	}
	d.Driver.Plan(sim.Step{At: at, Key: o.ExternalRef, Op: "SubmitOrder", Do: func(ctx context.Context) error {
		if first {
			first = false
			d.Books.Count(func(n *sim.Stats) { n.Submitted++ })
		}
		a, err := d.hub.SubmitOrder(ctx, &hotline.SubmitOrder{MessageId: messageID(o.ExternalRef, "submit", 0), SentAt: d.sentAt(), Order: *o})
		if err != nil {
			return err
		}
		d.handedOver(o.ExternalRef, a.OrderNo, a.Known)
		return nil
	}})
}

// handedOver keeps the hub's number. That it gives an order a second one must not go
// unnoticed.
func (d *desk) handedOver(ref, orderNo string, known bool) {
	if err := d.Books.HandedOver(ref, "", orderNo, known); err != nil {
		d.Log.Error(err.Error())
	}
}

// amend plans a change: the caller rang again and had more to say.
func (d *desk) amend(at time.Time, o *hotline.Order, more string) {
	changed := *o
	report := *o.Report
	report.Content += more
	changed.Report = &report
	d.Driver.Plan(sim.Step{At: at, Key: o.ExternalRef, Op: "AmendOrder", Do: func(ctx context.Context) error {
		a, err := d.hub.AmendOrder(ctx, &hotline.AmendOrder{MessageId: messageID(o.ExternalRef, "amend", 1), SentAt: d.sentAt(), Order: changed, Reason: "用户来电补充"})
		if err != nil {
			return err
		}
		d.handedOver(o.ExternalRef, a.OrderNo, a.Known)
		d.Books.Count(func(n *sim.Stats) { n.Amended++ })
		return nil
	}})
}

// cancel plans that the customer needs nothing any more.
func (d *desk) cancel(at time.Time, o *hotline.Order, why string) {
	d.Driver.Plan(sim.Step{At: at, Key: o.ExternalRef, Op: "CancelOrder", Do: func(ctx context.Context) error {
		_, err := d.hub.CancelOrder(ctx, &hotline.CancelOrder{MessageId: messageID(o.ExternalRef, "cancel", 1), SentAt: d.sentAt(), ExternalRef: o.ExternalRef, Reason: why, By: "座席 12"})
		if err != nil {
			return err
		}
		d.Books.Cancel(o.ExternalRef, "")
		d.Books.Count(func(n *sim.Stats) { n.Cancelled++ })
		return nil
	}})
}

// expedite plans that the customer asks where the crew is.
func (d *desk) expedite(at time.Time, o *hotline.Order) {
	d.Driver.Plan(sim.Step{At: at, Key: o.ExternalRef, Op: "ExpediteOrder", Do: func(ctx context.Context) error {
		_, err := d.hub.ExpediteOrder(ctx, &hotline.ExpediteOrder{MessageId: messageID(o.ExternalRef, "expedite", 1), SentAt: d.sentAt(), ExternalRef: o.ExternalRef, Reason: "用户再次来电催促"})
		if err != nil {
			return err
		}
		d.Books.Count(func(n *sim.Stats) { n.Expedited++ })
		return nil
	}})
}

// query plans that somebody wants to know how far an order is.
func (d *desk) query(at time.Time, o *hotline.Order) {
	d.Driver.Plan(sim.Step{At: at, Key: o.ExternalRef, Op: "QueryOrder", Do: func(ctx context.Context) error {
		if _, err := d.hub.QueryOrder(ctx, &hotline.QueryOrder{ExternalRef: o.ExternalRef}); err != nil {
			return err
		}
		d.Books.Count(func(n *sim.Stats) { n.Queried++ })
		return nil
	}})
}

// followUp plans the call after the work for every sixth order that was done in time
// for one. The control room may have called already; then the hub refuses ours.
func (d *desk) followUp(r *hotline.CloseOrder) {
	const (
		every    = 6
		lastHour = 18
	)
	now := d.host.Clock.Now()
	if !d.host.Drive || r.Completion.Outcome != "done" || now.In(d.host.Zone).Hour() >= lastHour || d.calls.Add(1)%every != 1 {
		return
	}
	f := hotline.FollowUp{Reached: true, Satisfaction: "satisfied", Comment: "处理及时，满意", By: "座席 08"}
	if d.grudges.Add(1) <= int64(d.unhappy) {
		f.Satisfaction, f.Comment = "unsatisfied", "还在渗水，请再来看看"
	}
	at := now.Add(25 * time.Minute)
	f.At = *sim.Zoned(at, d.host.Zone)
	d.Driver.Plan(sim.Step{At: at, Key: r.ExternalRef, Op: "RecordFollowUp", Do: func(ctx context.Context) error {
		_, err := d.hub.RecordFollowUp(ctx, &hotline.RecordFollowUp{MessageId: messageID(r.ExternalRef, "followup", int(r.Sequence)), SentAt: d.sentAt(), ExternalRef: r.ExternalRef, RefPeriod: r.RefPeriod, FollowUp: f})
		if err != nil {
			return err
		}
		d.Books.Count(func(n *sim.Stats) { n.FollowedUp++ })
		return nil
	}})
}

// answerExtension plans the answer to a request for more time: two of three are granted.
func (d *desk) answerExtension(r *hotline.RequestExtension) {
	if !d.host.Drive {
		return
	}
	granted := d.asked.Add(1)%3 != 0
	at := d.host.Clock.Now().Add(20 * time.Minute)
	a := &hotline.AnswerExtension{
		MessageId: messageID(r.ExternalRef, "extension", int(r.Sequence)), ExternalRef: r.ExternalRef, RefPeriod: r.RefPeriod,
		ExtensionNo: r.ExtensionNo, Granted: granted, By: "值班长", At: *sim.Zoned(at, d.host.Zone),
	}
	if granted {
		until := r.Until
		a.Until = &until
	} else {
		a.Remark = "用户不同意延期"
	}
	d.Driver.Plan(sim.Step{At: at, Key: r.ExternalRef, Op: "AnswerExtension", Do: func(ctx context.Context) error {
		copied := *a
		copied.SentAt = d.sentAt()
		if _, err := d.hub.AnswerExtension(ctx, &copied); err != nil {
			return err
		}
		d.Books.Count(func(n *sim.Stats) { n.Extensions++ })
		return nil
	}})
}

// reference is the number of the n-th order of a day.
func reference(prefix string, day time.Time, n int) string {
	return fmt.Sprintf("%s%s%06d", strings.ToUpper(prefix), day.Format("20060102"), n)
}
