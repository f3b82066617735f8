package horizon

import (
	"fmt"
	"slices"

	"tundish/dispatch/route"
)

// Validate lists everything that is wrong with a problem, of its days and of its orders.
func Validate(p Problem) []Fault {
	var out []Fault
	say := func(day, order, format string, args ...any) {
		out = append(out, Fault{Day: day, Order: order, Text: fmt.Sprintf(format, args...)})
	}
	if len(p.Days) == 0 {
		say("", "", "there are no days")
		return out
	}
	names := map[string]bool{}
	var all []route.Crew
	for d := range p.Days {
		day := &p.Days[d]
		switch {
		case day.Name == "":
			say("", "", "day no. %d has no name", d+1)
		case names[day.Name]:
			say(day.Name, "", "the name is another day's, too")
		case day.Off && len(day.Published) > 0:
			say(day.Name, "", "nobody works on the day, and it has a plan")
		case max(len(day.Published), len(day.Planned)) > len(day.Crews):
			say(day.Name, "", "the plan has %d routes for %d crews", max(len(day.Published), len(day.Planned)), len(day.Crews))
		}
		names[day.Name] = true
		for _, c := range day.Crews {
			c.ID = day.Name + "/" + c.ID
			all = append(all, c)
			if c.Of == "" { // orders may be for it
				all[len(all)-1].Of = c.Name()[len(day.Name)+1:]
			}
		}
		for _, list := range slices.Concat(day.Published, day.Planned) {
			for _, i := range list {
				if i < 0 || i >= len(p.Orders) {
					say(day.Name, "", "the plan names order no. %d of %d", i, len(p.Orders))
				}
			}
		}
	}
	orders := make([]route.Order, len(p.Orders))
	for i := range p.Orders {
		o := &p.Orders[i]
		orders[i] = o.Order
		if o.Day != "" && !names[o.Day] {
			say("", o.ID, "is for day %q, which is none of these", o.Day)
		}
		switch {
		case o.Earliest < 0 || o.Latest >= len(p.Days) || o.Earliest > o.Latest:
			say("", o.ID, "may be done from day %d to %d; give days from 0 to %d", o.Earliest, o.Latest, len(p.Days)-1)
		case o.Deadline < 0 || o.PerDay < 0:
			say("", o.ID, "deadline %d and %d for each day later cannot be negative", o.Deadline, o.PerDay)
		}
	}
	if len(all) == 0 {
		return append(out, Fault{Text: "there is no crew on any day"})
	}
	for _, f := range route.Validate(route.Problem{Metric: p.Metric, Periods: p.Periods, Crews: all, Orders: orders}) {
		switch f.On {
		case "crew":
			say("", "", "crew %s: %s", f.ID, f.Text)
		case "order":
			out = append(out, Fault{Order: f.ID, Kind: f.Kind, Text: f.Text})
		default:
			say("", "", "%s", f.Text)
		}
	}
	return out
}
