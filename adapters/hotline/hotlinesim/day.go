package hotlinesim

import (
	"math/rand/v2"
	"time"

	"tundish/adapters/sim"
	"tundish/wsdl/hotline"
)

// call is one report of a day as the plan has it.
type call struct {
	kind    string // house code of the type
	urgency string // house code; "" leaves it to the hub
	count   int
}

// What the hotline hears in a day: 45 reports, one of them a burst at 09:20.
var hotlineCalls = []call{
	{"leak", "urgent", 10}, {"leak", "normal", 8}, {"no_water", "urgent", 5}, {"no_water", "normal", 4},
	{"complaint", "normal", 7}, {"enquiry", "", 7}, {"requested_replacement", "normal", 3},
}

// What customers enter on the website in a day: 12 orders.
var websiteCalls = []call{
	{"leak", "urgent", 2}, {"leak", "normal", 2}, {"no_water", "normal", 2}, {"requested_replacement", "normal", 3}, {"enquiry", "", 2}, {"complaint", "", 1},
}

// shuffled lists each call as often as it comes, in a random sequence.
func shuffled(r *rand.Rand, calls []call) []call {
	var all []call
	for _, c := range calls {
		for range c.count {
			all = append(all, c)
		}
	}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// planHotline plans the reports of every day, and what callers do about them afterwards.
func (d *desk) planHotline(city *sim.City) {
	for n := range d.host.Days {
		day := d.host.FirstDay().AddDate(0, 0, n)
		r := rand.New(rand.NewPCG(d.host.Seed+uint64(n), 0x686f_746c))
		burst := d.burst(r, city, day)
		at := day.Add(9*time.Hour + 20*time.Minute)
		d.submit(at, burst, 0)
		d.submit(at.Add(2*time.Minute), burst, 1) // a second caller, the same form sent again
		d.query(at.Add(45*time.Minute), burst)

		calls := shuffled(r, hotlineCalls)
		seen := map[string]int{}
		var heard *hotline.Order // a leak that a neighbour reports, too
		var again time.Time
		pairs := 0
		for i, c := range calls {
			// 06:30 to 20:00, each report in a slice of its own.
			slice := 13*time.Hour + 30*time.Minute
			at := day.Add(6*time.Hour + 30*time.Minute + slice*time.Duration(i)/time.Duration(len(calls)) + time.Duration(r.IntN(900))*time.Second).Truncate(time.Second)
			seen[c.kind]++
			o := d.report(r, city, day, i+2, at, c)
			if c.kind == "leak" && c.urgency == "normal" && pairs < neighbours {
				if heard != nil {
					at = again
					d.neighbour(o, heard, at)
					heard = nil
					pairs++
				} else if o.Place.Coordinate != nil {
					heard, again = o, at.Add(4*time.Minute)
				}
			}
			d.submit(at, o, 0)
			d.afterthoughts(at, o, c, seen[c.kind], i)
		}
	}
}

// neighbours is how many leaks of a day are reported by two people.
const neighbours = 2

// neighbour makes an order the report of a leak that was heard of before, by somebody else.
func (d *desk) neighbour(o, heard *hotline.Order, at time.Time) {
	place, report := *heard.Place, *heard.Report
	report.Content, report.RegisteredBy, report.RegisteredOn = "邻居也看到："+report.Content, o.Report.RegisteredBy, o.Report.RegisteredOn
	report.OccurredAt = heard.Report.OccurredAt
	o.Place, o.Report, o.SourceAt = &place, &report, sim.Local(at, d.host.Zone)
}

// afterthoughts are what a day has besides new reports: some sent again word for word,
// some amended, cancelled, urged on, asked about.
func (d *desk) afterthoughts(at time.Time, o *hotline.Order, c call, nth, i int) {
	if i%9 == 4 {
		d.submit(at.Add(15*time.Second), o, 1)
	}
	switch {
	case c.kind == "complaint" && nth <= 2, c.kind == "enquiry" && nth == 1, c.kind == "leak" && nth == 3:
		d.amend(at.Add(40*time.Second), o, "；用户补充：联系时请先打电话")
		if nth == 1 {
			d.submit(at.Add(3*time.Minute), o, 2) // the version before the change, once more
		}
	case c.kind == "no_water" && (nth == 2 || nth == 6):
		d.cancel(at.Add(4*time.Minute), o, "用户来电称已恢复供水")
	case c.kind == "leak" && nth%6 == 0:
		d.expedite(at.Add(25*time.Minute), o)
		d.query(at.Add(26*time.Minute), o)
	}
	if c.kind == "requested_replacement" && nth == 1 {
		d.query(at.Add(70*time.Minute), o)
	}
}

// planWebsite plans what customers enter themselves.
func (d *desk) planWebsite(city *sim.City) {
	for n := range d.host.Days {
		day := d.host.FirstDay().AddDate(0, 0, n)
		r := rand.New(rand.NewPCG(d.host.Seed+uint64(n), 0x7765_6273))
		calls := shuffled(r, websiteCalls)
		for i, c := range calls {
			at := day.Add(7*time.Hour + 12*time.Hour*time.Duration(i)/time.Duration(len(calls)) + time.Duration(r.IntN(2400))*time.Second).Truncate(time.Second)
			o := d.entry(r, city, day, i+1, at, c)
			d.submit(at, o, 0)
			switch i {
			case 1, 4, 8:
				d.submit(at.Add(time.Second), o, 1) // a double click
			case 5:
				d.cancel(at.Add(6*time.Minute), o, "用户在线取消")
			case 6:
				d.amend(at.Add(2*time.Minute), o, "。补充：家里有老人，请尽快")
			}
			if i%4 == 3 {
				d.query(at.Add(90*time.Minute), o)
			}
		}
	}
}
