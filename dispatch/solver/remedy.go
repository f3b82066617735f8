package solver

import (
	"cmp"
	"slices"
)

// Remedy is a change that would let one crew take one order beside everything
// else that is planned. Only the fields that are needed are set.
type Remedy struct {
	Order OrderID
	Crew  CrewID
	Shift ShiftID
	// MoreMinutes and MoreOrders raise the shift's caps.
	MoreMinutes, MoreOrders int
	// OvertimeMinutes move the end of the shift.
	OvertimeMinutes int
	// District the crew would have to serve as well.
	District string
	// LiftExclusion lets the crew have the order after all; Unpin takes the
	// order's pin away.
	LiftExclusion, Unpin bool
}

// remedy turns breaches into the change that heals them all; no such change is
// offered for a missing skill, a missed window, or a crew that is off duty or
// nowhere.
func remedy(order OrderID, crew CrewID, shift ShiftID, breaches []Breach) (Remedy, bool) {
	r := Remedy{Order: order, Crew: crew, Shift: shift}
	for _, b := range breaches {
		switch b.Rule {
		case RuleCapMinutes:
			r.MoreMinutes = b.Lack
		case RuleCapOrders:
			r.MoreOrders = b.Lack
		case RuleShift:
			r.OvertimeMinutes = b.Lack
		case RuleDistrict:
			r.District = b.Detail
		case RuleExcluded:
			r.LiftExclusion = true
		case RulePinned:
			r.Unpin = true
		default:
			return Remedy{}, false
		}
	}
	return r, len(breaches) > 0
}

// burden orders remedies: overriding a person's decision weighs most, then
// lending a crew to another district, then the number of bounds moved, then by
// how many minutes.
func (r Remedy) burden() int {
	const step = 10 * maxMinutes
	return r.MoreMinutes + r.OvertimeMinutes + 10*r.MoreOrders +
		step*(bit(r.MoreMinutes > 0)+bit(r.MoreOrders > 0)+bit(r.OvertimeMinutes > 0)+
			4*bit(r.District != "")+8*bit(r.LiftExclusion)+8*bit(r.Unpin))
}

// Apply returns the problem with the remedy in force. The problem given is not
// changed; a remedy for a crew or order that is not in it changes nothing.
func (r Remedy) Apply(p Problem) Problem {
	p.Crews, p.Orders = slices.Clone(p.Crews), slices.Clone(p.Orders)
	for c := range p.Crews {
		if p.Crews[c].ID == r.Crew {
			r.applyCrew(&p.Crews[c])
		}
	}
	for i := range p.Orders {
		if p.Orders[i].ID == r.Order {
			r.applyOrder(&p.Orders[i])
		}
	}
	return p
}

func (r Remedy) applyCrew(c *Crew) {
	if r.District != "" && len(c.Districts) > 0 {
		c.Districts = append(slices.Clone(c.Districts), r.District)
	}
	c.Shifts = slices.Clone(c.Shifts)
	for s := range c.Shifts {
		sh := &c.Shifts[s]
		if sh.ID != r.Shift {
			continue
		}
		if sh.CapMinutes > 0 {
			sh.CapMinutes += r.MoreMinutes
		}
		if sh.CapOrders > 0 {
			sh.CapOrders += r.MoreOrders
		}
		sh.To = sh.To.Add(minutes(r.OvertimeMinutes))
	}
}

func (r Remedy) applyOrder(o *Order) {
	if r.Unpin {
		o.Pin = Pin{}
	}
	if r.LiftExclusion {
		o.Excluded = slices.DeleteFunc(slices.Clone(o.Excluded), func(id CrewID) bool { return id == r.Crew })
	}
}

const maxRemedies = 3

// offers keeps the best few remedies seen, by burden and then by the way.
type offers struct {
	kept []offer
}

type offer struct {
	remedy Remedy
	burden int
	travel int64
}

func (f *offers) add(r Remedy, travel int64) {
	o := offer{r, r.burden(), travel}
	i, _ := slices.BinarySearchFunc(f.kept, o, func(a, b offer) int {
		return cmp.Or(cmp.Compare(a.burden, b.burden), cmp.Compare(a.travel, b.travel),
			cmp.Compare(a.remedy.Crew, b.remedy.Crew), cmp.Compare(a.remedy.Shift, b.remedy.Shift))
	})
	if i >= maxRemedies {
		return
	}
	f.kept = slices.Insert(f.kept, i, o)
	f.kept = f.kept[:min(len(f.kept), maxRemedies)]
}

// wants tells whether a remedy for this breach, alone or among others, could
// still be kept.
func (f *offers) wants(b Breach) bool {
	if len(f.kept) < maxRemedies {
		return true
	}
	r, ok := remedy("", "", "", []Breach{b})
	return ok && r.burden() <= f.kept[maxRemedies-1].burden
}

func (f *offers) remedies() []Remedy {
	var out []Remedy
	for _, o := range f.kept {
		out = append(out, o.remedy)
	}
	return out
}
