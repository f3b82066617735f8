package billingsim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"tundish/adapters/sim"
	"tundish/wsdl/billing"
	"tundish/wsdl/xsd"
)

// What billing submits in a day: 5 faulty-meter replacements, 4 removals, 5 rechecks.
var dayOrders = []string{
	"faulty_replacement", "recheck", "removal", "faulty_replacement", "recheck", "removal", "recheck",
	"faulty_replacement", "removal", "recheck", "faulty_replacement", "recheck", "removal", "faulty_replacement",
}

// planDays plans what billing submits, from 07:30 to 15:30, and what it thinks of later.
func (b *office) planDays() {
	quiet := b.quietPoints()
	for d := range b.host.Days {
		day := b.host.FirstDay().AddDate(0, 0, d)
		r := rand.New(rand.NewPCG(b.host.Seed+uint64(d), 0x6269_6c6c))
		for i, kind := range dayOrders {
			at := day.Add(7*time.Hour + 30*time.Minute + time.Duration(i)*34*time.Minute + time.Duration(r.IntN(600))*time.Second)
			p := quiet[(d*len(dayOrders)+i)%len(quiet)]
			o := b.order(r, kind, p, day, i+1, at)
			b.submit(at, o, true)
			switch i {
			case 1, 7, 11:
				b.submit(at.Add(30*time.Second), o, false) // again, word for word
			case 4:
				b.amend(at.Add(2*time.Minute), o)
			case 5:
				b.cancel(at.Add(5*time.Minute), o)
			}
			if i%5 == 3 {
				b.query(at.Add(2*time.Hour), o)
			}
		}
	}
}

// quietPoints are customers whose meters do not fall due: no second order is about them.
func (b *office) quietPoints() []*sim.ServicePoint {
	due := map[string]bool{}
	for _, p := range b.city.Due() {
		due[p.Account] = true
	}
	var quiet []*sim.ServicePoint
	for i := range b.city.Points {
		if p := &b.city.Points[i]; !due[p.Account] && p.Meter.DiameterMM <= 50 && p.Meter.LastReading != "" {
			quiet = append(quiet, p)
		}
	}
	rand.New(rand.NewPCG(b.host.Seed, 0x7175_6965)).Shuffle(len(quiet), func(i, j int) { quiet[i], quiet[j] = quiet[j], quiet[i] })
	return quiet
}

// order writes an order as billing does. The customer and the meter are copied now: what
// is sent again later must not differ.
func (b *office) order(r *rand.Rand, kind string, p *sim.ServicePoint, day time.Time, n int, at time.Time) *billing.Order {
	letters := typeCodes.Own(kind)
	o := &billing.Order{
		ExternalRef: fmt.Sprintf("%s%s%04d", letters, day.Format("20060102"), n), ApplicationNo: fmt.Sprintf("LC%s%03d", day.Format("20060102"), n),
		Type: letters, Urgency: urgencyCodes.Own("normal"), Customer: p.Customer(), Place: p.Place(n%4 != 2), Meter: p.VocabularyMeter(),
		SourceAt: sim.Local(at, b.host.Zone),
		Report:   &billing.Report{RegisteredOn: sim.On(at, b.host.Zone), RegisteredBy: fmt.Sprintf("营业员%02d", 1+n%7)},
	}
	switch kind {
	case "faulty_replacement":
		o.Meter.State = []string{"stopped", "blurred", "leaking"}[r.IntN(3)]
		o.Report.Category, o.Report.Content = "meter_fault", "抄表发现水表"+map[string]string{"stopped": "停走", "blurred": "玻璃模糊", "leaking": "漏水"}[o.Meter.State]
		if n%3 == 1 {
			o.Urgency = urgencyCodes.Own("urgent")
		}
	case "removal":
		o.Report.Content = []string{"用户申请销户", "欠费停水拆表", "房屋拆迁"}[n%3]
		if n%3 == 1 {
			arrears := xsd.MustDecimal("1286.40")
			o.Customer.Arrears = &arrears
		}
	case "recheck":
		o.Report.Category, o.Report.Content = "billing_dispute", "用户对本月抄码有疑问，请上门复核"
		doubted := xsd.MustDecimal(p.Meter.LastReading).Add(xsd.NewDecimal(int64(60+r.IntN(80)), 0))
		o.Meter.Reading = &doubted
	}
	return o
}

func messageID(ref, op string) string { return ref + "-" + op }

func (b *office) sentAt() *xsd.DateTime { return sim.Local(b.host.Clock.Now(), b.host.Zone) }

// submit plans a submission, or its repetition word for word.
func (b *office) submit(at time.Time, o *billing.Order, first bool) {
	if first {
		b.Books.Register(sim.Entry{Ref: o.ExternalRef, Type: o.Type, RegisteredAt: at, Account: o.Customer.Account, MeterSerial: o.Meter.Serial})
	}
	b.Driver.Plan(sim.Step{At: at, Key: o.ExternalRef, Op: "SubmitOrder", Do: func(ctx context.Context) error {
		if first {
			first = false
			b.Books.Count(func(n *sim.Stats) { n.Submitted++ })
		}
		a, err := b.hub.SubmitOrder(ctx, &billing.SubmitOrder{MessageId: messageID(o.ExternalRef, "submit"), SentAt: b.sentAt(), Order: *o})
		if err != nil {
			return err
		}
		b.handedOver(o.ExternalRef, a.OrderNo, a.Known)
		return nil
	}})
}

// handedOver keeps the hub's number. That it gives an order a second one must not go
// unnoticed.
func (b *office) handedOver(ref, orderNo string, known bool) {
	if err := b.Books.HandedOver(ref, "", orderNo, known); err != nil {
		b.Log.Error(err.Error())
	}
}

func (b *office) amend(at time.Time, o *billing.Order) {
	changed := *o
	report := *o.Report
	report.Remark = "用户要求上午上门"
	changed.Report = &report
	b.Driver.Plan(sim.Step{At: at, Key: o.ExternalRef, Op: "AmendOrder", Do: func(ctx context.Context) error {
		a, err := b.hub.AmendOrder(ctx, &billing.AmendOrder{MessageId: messageID(o.ExternalRef, "amend"), SentAt: b.sentAt(), Order: changed, Reason: "补充上门时间"})
		if err != nil {
			return err
		}
		b.handedOver(o.ExternalRef, a.OrderNo, a.Known)
		b.Books.Count(func(n *sim.Stats) { n.Amended++ })
		return nil
	}})
}

func (b *office) cancel(at time.Time, o *billing.Order) {
	b.Driver.Plan(sim.Step{At: at, Key: o.ExternalRef, Op: "CancelOrder", Do: func(ctx context.Context) error {
		_, err := b.hub.CancelOrder(ctx, &billing.CancelOrder{MessageId: messageID(o.ExternalRef, "cancel"), SentAt: b.sentAt(), ExternalRef: o.ExternalRef, Reason: "用户已缴清欠费，取消拆表", By: "营业员03"})
		if err != nil {
			return err
		}
		b.Books.Cancel(o.ExternalRef, "")
		b.Books.Count(func(n *sim.Stats) { n.Cancelled++ })
		return nil
	}})
}

func (b *office) query(at time.Time, o *billing.Order) {
	b.Driver.Plan(sim.Step{At: at, Key: o.ExternalRef, Op: "QueryOrder", Do: func(ctx context.Context) error {
		if _, err := b.hub.QueryOrder(ctx, &billing.QueryOrder{ExternalRef: o.ExternalRef}); err != nil {
			return err
		}
		b.Books.Count(func(n *sim.Stats) { n.Queried++ })
		return nil
	}})
}
