package billingsim

import (
	"fmt"
	"sort"
	"time"

	"tundish/adapters/sim"
	"tundish/wsdl/billing"
	"tundish/wsdl/xsd"
)

// due is a scheduled replacement that billing registered, or will register one night.
type due struct {
	at    time.Time
	order billing.Order
}

// registerDue enters the scheduled replacements of the night before every day that is
// driven: Due of them, from 02:00 on, two seconds apart and three in one second now and
// then, as long as there are meters that fall due.
func (b *office) registerDue() {
	points := b.city.Due()
	for n := 0; n < b.host.Days && len(points) > 0; n++ {
		night := b.host.FirstDay().AddDate(0, 0, n).Add(2 * time.Hour)
		tonight := points[:min(b.host.Due, len(points))]
		points = points[len(tonight):]
		for i, p := range tonight {
			at := night.Add(time.Duration(i) * 2 * time.Second)
			if i%10 > 7 {
				at = night.Add(time.Duration(i-i%10+7) * 2 * time.Second)
			}
			b.due = append(b.due, due{at, b.scheduled(p, night, i+1, at)})
			b.Books.Register(sim.Entry{Ref: b.due[len(b.due)-1].order.ExternalRef, Type: typeCodes.Own("scheduled_replacement"), RegisteredAt: at, Account: p.Account, MeterSerial: p.Meter.Serial})
		}
	}
	sort.SliceStable(b.due, func(i, j int) bool {
		x, y := &b.due[i], &b.due[j]
		if !x.at.Equal(y.at) {
			return x.at.Before(y.at)
		}
		return x.order.ExternalRef < y.order.ExternalRef
	})
}

// scheduled is the order of a meter that falls due.
func (b *office) scheduled(p *sim.ServicePoint, night time.Time, n int, at time.Time) billing.Order {
	o := billing.Order{
		ExternalRef: fmt.Sprintf("DQ%s%04d", night.Format("060102"), n), ApplicationNo: "LC" + night.Format("20060102"),
		Type: typeCodes.Own("scheduled_replacement"), Channel: "batch", Urgency: urgencyCodes.Own("normal"),
		Customer: p.Customer(), Place: p.Place(n%7 != 3), Meter: p.VocabularyMeter(), SourceAt: sim.Local(at, b.host.Zone),
	}
	if n%4 == 0 {
		o.Report = &billing.Report{Remark: "到期轮换，请提前联系用户"}
	}
	return o
}

// window lists what was registered in a window and up to now, by time and number. The
// list of a window that lies in the past never changes.
func (b *office) window(from, to xsd.DateTime) ([]billing.Order, error) {
	start, end, err := sim.Window(&from, &to, b.host.Zone)
	if err != nil {
		return nil, err
	}
	now := b.host.Clock.Now()
	var list []billing.Order
	for i := range b.due {
		if d := &b.due[i]; sim.Within(d.at, start, end) && !d.at.After(now) {
			list = append(list, d.order)
		}
	}
	return list, nil
}
