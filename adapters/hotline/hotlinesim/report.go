package hotlinesim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"tundish/adapters/sim"
	"tundish/wsdl/hotline"
)

// said is what callers say, by type: category, sub-category and words.
var said = map[string][][3]string{
	"leak": {
		{"leak", "service_pipe", "门前路面冒水，已持续半小时"}, {"leak", "meter_joint", "水表接头滴水，表箱内有积水"},
		{"leak", "main", "绿化带内渗水，地面塌陷一小块"}, {"leak", "valve", "楼道阀门漏水，流到一楼"}, {"leak", "hydrant", "路边消火栓被车撞歪，一直在流水"},
	},
	"no_water": {
		{"no_water", "", "早上起来家里没水，邻居也没有"}, {"low_pressure", "", "六楼水压很小，热水器打不着"}, {"no_water", "", "整栋楼停水，没有看到通知"},
	},
	"complaint":             {{"water_quality", "", "自来水发黄有异味"}, {"service_attitude", "", "上次维修人员态度不好，要求回复"}, {"billing_dispute", "", "上月水费比平时多一倍，要求核实"}},
	"enquiry":               {{"other", "", "咨询过户需要哪些材料"}, {"other", "", "咨询阶梯水价怎么算"}, {"billing_dispute", "", "询问水费账单在哪里查"}},
	"requested_replacement": {{"meter_fault", "", "水表玻璃破了看不清数字，要求换表"}, {"meter_fault", "", "怀疑水表走得快，申请换表"}},
}

// report is what the hotline writes down of a call.
func (d *desk) report(r *rand.Rand, city *sim.City, day time.Time, n int, at time.Time, c call) *hotline.Order {
	p := &city.Points[r.IntN(len(city.Points))]
	words := said[c.kind][r.IntN(len(said[c.kind]))]
	o := d.order(reference("rx", day, n), c, p, words, at)
	o.Report.RegisteredBy = fmt.Sprintf("座席 %02d", 1+n%24)
	o.Channel = d.codes.channels.Own([]string{"phone", "phone", "phone", "phone", "12345", "counter"}[n%6])
	o.SourceAt = sim.Local(at, d.host.Zone)
	o.Report.OccurredAt = sim.Local(at.Add(-time.Duration(5+r.IntN(50))*time.Minute), d.host.Zone)
	switch {
	case field(c.kind):
		d.locate(o, p, n)
	case n%2 == 0:
		o.Place = nil // a question is about no place
	default:
		o.Place = p.Place(false)
	}
	if n%11 == 3 && o.Place != nil {
		o.Report.Content = "地址" + sim.FullWidth(o.Place.Address) + "，" + o.Report.Content
	}
	if n%15 == 6 {
		o.Attachment = []hotline.Attachment{sim.Photo("report-1.jpg", n, sim.Local(at, d.host.Zone))}
	}
	return o
}

// locate decides what the caller could say about the place: usually the operator found
// the point on the map; sometimes there is an account, an address, or a road nobody knows.
func (d *desk) locate(o *hotline.Order, p *sim.ServicePoint, n int) {
	o.Place = p.Place(true)
	switch n % 9 {
	case 1, 4: // the GIS finds it by the account
		o.Place = p.Place(false)
	case 6: // by the address alone, from somebody who is no customer
		o.Place = &hotline.Place{Address: p.Address, District: p.District.Code}
		o.Customer.Account = ""
	case 8: // not at all: the district must do
		o.Place = &hotline.Place{Address: p.District.Name + "老菜场后面小巷", District: p.District.Code}
		o.Customer.Account = ""
	}
}

// burst is the emergency of the day: a main under a crossing, without an account.
func (d *desk) burst(r *rand.Rand, city *sim.City, day time.Time) *hotline.Order {
	at := day.Add(9*time.Hour + 20*time.Minute)
	p := &city.Points[r.IntN(len(city.Points))]
	o := d.order(reference("rx", day, 1), call{kind: "burst", urgency: "emergency"}, p, [3]string{"burst", "", "路口大量冒水，水柱有一米高，车辆无法通行"}, at)
	o.Customer = &hotline.Customer{Contact: "交警李警官", Phone: "13900001110"}
	o.Place = &hotline.Place{Address: p.District.Name + p.Road + "路口", District: p.District.Code, Depot: p.District.Depot, Coordinate: sim.Coordinate(p.Point, "WGS84"), Detail: "机动车道"}
	o.Report.RegisteredBy = "座席 03"
	o.Channel = d.codes.channels.Own("phone")
	o.SourceAt, o.Report.OccurredAt = sim.Local(at, d.host.Zone), sim.Local(at.Add(-8*time.Minute), d.host.Zone)
	o.Attachment = []hotline.Attachment{sim.Photo("scene-1.jpg", 1, o.SourceAt), sim.Photo("scene-2.jpg", 2, o.SourceAt)}
	return o
}

// entry is what a customer enters on the website: logged in, so the account is right, and
// the point is where the web map shows it.
func (d *desk) entry(r *rand.Rand, city *sim.City, day time.Time, n int, at time.Time, c call) *hotline.Order {
	p := &city.Points[r.IntN(len(city.Points))]
	words := said[c.kind][r.IntN(len(said[c.kind]))]
	o := d.order(reference("web-", day, n), c, p, words, at)
	o.Channel = []string{"web", "app"}[n%2]
	o.SourceAt, o.Report.OccurredAt = sim.Zoned(at, d.host.Zone), sim.Zoned(at.Add(-time.Hour), d.host.Zone)
	o.Place = p.Place(false)
	switch {
	case !field(c.kind):
		o.Place = nil
	case n%3 == 0:
		o.Place.Coordinate = sim.Coordinate(sim.GCJ02(p.Point), "GCJ02")
	case n%3 == 1:
		o.Place.Coordinate = sim.Coordinate(p.Point, "WGS84")
	}
	if c.kind == "requested_replacement" {
		from := day.AddDate(0, 0, 2).Add(14 * time.Hour)
		o.Appointment = &hotline.Appointment{With: p.Contact, From: *sim.Zoned(from, d.host.Zone), To: sim.Zoned(from.Add(3*time.Hour), d.host.Zone)}
		o.Attachment = []hotline.Attachment{sim.Photo("meter.jpg", n, o.SourceAt)}
	}
	return o
}

// order is what both write alike.
func (d *desk) order(ref string, c call, p *sim.ServicePoint, words [3]string, at time.Time) *hotline.Order {
	o := &hotline.Order{
		ExternalRef: ref, Type: d.codes.types.Own(c.kind), Customer: p.Customer(),
		Report: &hotline.Report{Category: d.codes.categories.Own(words[0]), Content: words[2], RegisteredOn: sim.On(at, d.host.Zone)},
	}
	if c.urgency != "" {
		o.Urgency = d.codes.urgencies.Own(c.urgency)
	}
	if words[1] != "" {
		o.Report.SubCategory = d.codes.subCategories.Own(words[1])
	}
	if c.kind == "requested_replacement" {
		o.Meter = p.VocabularyMeter()
	}
	return o
}

// field tells that somebody must go there.
func field(kind string) bool { return kind != "complaint" && kind != "enquiry" }
