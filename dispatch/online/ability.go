package online

import (
	"math/bits"
	"slices"

	"tundish/dispatch/route"
)

// ability knows who can do and may do what: a row of levels per skill, a row of bits
// per skill and district. Tools count as skills.
type ability struct {
	skillNo    map[string]int32
	levels     [][]int32 // skill → crew → level, none for those who lack it
	holders    [][]uint64
	districtNo map[string]int32
	serves     [][]uint64 // district → crews
	anywhere   []uint64   // crews that serve all districts
	roams      []uint64   // crews that are sent elsewhere at a price
	present    []uint64
	words      int
}

const none = -1 << 31

// toolMark sets tools apart from skills of the same name.
const toolMark = "tool\x00"

func newAbility() ability {
	return ability{skillNo: map[string]int32{}, districtNo: map[string]int32{}}
}

func has(row []uint64, r int32) bool { return row[r>>6]&(1<<(r&63)) != 0 }

func put(row []uint64, r int32, on bool) {
	if on {
		row[r>>6] |= 1 << (r & 63)
	} else {
		row[r>>6] &^= 1 << (r & 63)
	}
}

// grow makes room for crew r.
func (a *ability) grow(r int32) {
	for int(r) >= a.words*64 {
		a.words++
		a.anywhere, a.roams, a.present = append(a.anywhere, 0), append(a.roams, 0), append(a.present, 0)
		for k := range a.holders {
			a.holders[k] = append(a.holders[k], 0)
		}
		for k := range a.serves {
			a.serves[k] = append(a.serves[k], 0)
		}
		for k := range a.levels {
			for range 64 {
				a.levels[k] = append(a.levels[k], none)
			}
		}
	}
}

func (a *ability) skill(name string) int32 {
	k, ok := a.skillNo[name]
	if !ok {
		k = int32(len(a.levels))
		a.skillNo[name] = k
		row := make([]int32, a.words*64)
		for r := range row {
			row[r] = none
		}
		a.levels, a.holders = append(a.levels, row), append(a.holders, make([]uint64, a.words))
	}
	return k
}

func (a *ability) district(name string) int32 {
	k, ok := a.districtNo[name]
	if !ok {
		k = int32(len(a.serves))
		a.districtNo[name] = k
		row := make([]uint64, a.words)
		copy(row, a.anywhere)
		a.serves = append(a.serves, row)
	}
	return k
}

// set writes down what crew r can and may do.
func (a *ability) set(r int32, c *route.Crew) {
	a.grow(r)
	for k := range a.levels {
		a.levels[k][r] = none
		put(a.holders[k], r, false)
	}
	hold := func(name string, level int) {
		k := a.skill(name)
		a.levels[k][r] = max(a.levels[k][r], bounded(level))
		put(a.holders[k], r, true)
	}
	for _, s := range c.Skills {
		hold(s.Name, s.Level)
	}
	for _, t := range c.Tools {
		hold(toolMark+t, 0)
	}
	everywhere := len(c.Districts) == 0
	put(a.anywhere, r, everywhere)
	put(a.roams, r, c.Elsewhere > 0)
	for k := range a.serves {
		put(a.serves[k], r, everywhere)
	}
	for _, d := range c.Districts {
		put(a.serves[a.district(d)], r, true)
	}
	put(a.present, r, true)
}

func bounded(level int) int32 { return int32(min(max(level, none+1), -(none + 1))) }

// need is a skill and its least level.
type need struct{ skill, level int32 }

const (
	anyDistrict     = int32(-1)
	unknownDistrict = int32(-2) // served by those only who serve all
	unknownSkill    = int32(-1) // held by nobody
)

// job is an order compiled for asking crews.
type job struct {
	o               *route.Order
	at              route.Spot
	site            site
	service, demand int32
	needs           [6]need // the first of them; a slice of itself would put the job on the heap
	many            int
	more            []need // those beyond
	district        int32
	pinned          bool
	only, shift     int32   // pinned to that person, or that one shift; nobody for none
	not             []int32 // persons that may not
	penalty         int64
}

// compile makes a job of an order. What nobody knows is not learnt: Offer only reads.
func (b *Board) compile(j *job, o *route.Order) {
	j.o, j.at, j.site = o, b.o.Metric.Spot(o.At), siteOf(o)
	j.service, j.demand, j.penalty = int32(o.Service), int32(o.Demand), o.Penalty
	for _, s := range o.Skills {
		k, ok := b.skillNo[s.Name]
		j.want(k, ok, s.Level)
	}
	for _, t := range o.Tools {
		k, ok := b.skillNo[toolMark+t]
		j.want(k, ok, 0)
	}
	j.district = anyDistrict
	if o.District != "" {
		k, ok := b.districtNo[o.District]
		if j.district = k; !ok {
			j.district = unknownDistrict
		}
	}
	j.pinned, j.only, j.shift = o.Crew != "", nobody, nobody
	if k, ok := b.persons[o.Crew]; ok && j.pinned {
		j.only = k
	}
	if r, ok := b.crewNo[o.Crew]; ok && j.pinned {
		j.shift = r
	}
	for _, name := range o.Not {
		if k, ok := b.persons[name]; ok {
			j.not = append(j.not, k)
		}
	}
}

func (j *job) want(skill int32, known bool, level int) {
	n := need{skill, bounded(level)}
	if !known {
		n.skill = unknownSkill
	}
	if j.many < len(j.needs) {
		j.needs[j.many] = n
	} else {
		j.more = append(j.more, n)
	}
	j.many++
}

// need is the k-th of them.
func (j *job) need(k int) need {
	if k < len(j.needs) {
		return j.needs[k]
	}
	return j.more[k-len(j.needs)]
}

// inside tells whether the order lies in a district of the crew.
func (b *Board) inside(j *job, r int32) bool {
	switch j.district {
	case anyDistrict:
		return true
	case unknownDistrict:
		return has(b.anywhere, r)
	}
	return has(b.serves[j.district], r)
}

func (b *Board) skilled(j *job, r int32) bool {
	for k := range j.many {
		if n := j.need(k); n.skill == unknownSkill || b.levels[n.skill][r] < n.level {
			return false
		}
	}
	return true
}

// may tells whether a crew may have the order whatever else it does.
func (b *Board) may(j *job, r int32) bool {
	return b.named(j, r) && b.allowed(j, r) && b.skilled(j, r) && (b.inside(j, r) || b.tours[r].elsewhere > 0)
}

// named tells whether the order's pin lets a crew come.
func (b *Board) named(j *job, r int32) bool {
	return (!j.pinned || r == j.shift || b.tours[r].person == j.only) && (j.o.Day == "" || j.o.Day == b.crews[r].Day)
}

// allowed tells whether a crew is not among those that may not come.
func (b *Board) allowed(j *job, r int32) bool {
	return len(j.not) == 0 || !slices.Contains(j.not, b.tours[r].person)
}

// able counts the crews that hold the skills at some level and serve the district; it
// lists them in few as long as there are no more than that has room for.
func (b *Board) able(j *job, few []int32) (count int, list []int32) {
	list = few[:0]
	if j.pinned && (j.only == nobody || len(b.shifts[j.only]) < cap(few)) {
		if j.shift != nobody && b.tours[j.shift].on {
			list = append(list, j.shift)
		}
		if j.only != nobody {
			for _, r := range b.shifts[j.only] {
				if b.tours[r].on && r != j.shift {
					list = append(list, r)
				}
			}
		}
		return len(list), list
	}
	for w := range b.words {
		row := b.present[w]
		for k := range j.many {
			n := j.need(k)
			if n.skill == unknownSkill {
				return 0, list
			}
			row &= b.holders[n.skill][w]
		}
		switch {
		case j.district == anyDistrict:
		case j.district == unknownDistrict:
			row &= b.anywhere[w] | b.roams[w]
		default:
			row &= b.serves[j.district][w] | b.roams[w]
		}
		n := bits.OnesCount64(row)
		for ; row != 0 && len(list) < cap(few); row &= row - 1 {
			list = append(list, int32(w<<6+bits.TrailingZeros64(row)))
		}
		count += n
	}
	return count, list
}
