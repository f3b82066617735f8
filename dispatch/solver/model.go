package solver

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// model is a problem compiled for speed: names have become numbers, instants
// seconds, and every shift of every crew a seat.
type model struct {
	now     int64 // Unix seconds
	road    road
	weights Weights
	crews   []Crew
	seats   []seat
	first   []int32 // crew → its first seat; first[len(crews)] closes the list
	crewNo  map[CrewID]int32
	grid    *grid

	skillNo    map[string]int32
	levels     [][]int16 // skill → crew → level + 1; 0 means the crew lacks it
	districtNo map[string]int32
	serves     []bitset // district → crews that serve it, the anywhere ones too
	anywhere   bitset
}

// seat is one shift of one crew. A crew without shifts has one that is over, so
// that the rules can speak about it.
type seat struct {
	at          vec
	ready, end  int64 // Unix seconds; ready is not before now
	crew, shift int32 // shift is -1 for a crew without shifts
	capMinutes  int32 // noCap when unbounded
	capOrders   int32
	left        int32 // minutes from ready to end
	fullMinutes int32 // what counts as full for workload
	loadMinutes int32 // given before this plan
	loadOrders  int32
	hasPlace    bool
	offDuty     bool
	busy        bool
}

const (
	noCap      = int32(math.MaxInt32)
	never      = int64(math.MaxInt64)
	maxMinutes = 1_000_000 // bound on every count of minutes; keeps sums in int32 and costs in int64
)

// job is an order compiled against a model.
type job struct {
	order      int32 // index in Problem.Orders; -1 for a roster's order
	at         vec
	place      Point
	minutes    int32
	priority   int
	urgent     bool
	needs      []need
	district   int32 // anyDistrict, unknownDistrict or a number
	windows    []span
	arriveBy   int64
	finishBy   int64
	pinCrew    int32 // none when not pinned
	pinShift   ShiftID
	excluded   []int32
	travelRate int64 // points per second on the road
}

type need struct {
	skill int32 // none: no crew holds it
	level int16 // least level + 1
}

type span struct{ from, to int64 }

const (
	anyDistrict     = int32(-1)
	unknownDistrict = int32(-2) // no crew names it; crews that serve everywhere do
)

type bitset []uint64

func newBitset(n int) bitset      { return make(bitset, (n+63)/64) }
func (b bitset) has(i int32) bool { return b[i>>6]&(1<<(uint(i)&63)) != 0 }
func (b bitset) set(i int32)      { b[i>>6] |= 1 << (uint(i) & 63) }
func (b bitset) clear(i int32)    { b[i>>6] &^= 1 << (uint(i) & 63) }
func (b bitset) put(i int32, v bool) {
	if v {
		b.set(i)
	} else {
		b.clear(i)
	}
}

func compile(p Problem, w Weights) *model {
	m := &model{
		now: p.Now.Unix(), road: newRoad(p.Travel.filled()), weights: w, crews: p.Crews,
		first: make([]int32, 0, len(p.Crews)+1), crewNo: make(map[CrewID]int32, len(p.Crews)),
		skillNo: map[string]int32{}, districtNo: map[string]int32{}, anywhere: newBitset(len(p.Crews)),
	}
	places := make([]Point, 0, len(p.Crews))
	for c := range p.Crews {
		crew := &p.Crews[c]
		m.crewNo[crew.ID] = int32(c)
		m.first = append(m.first, int32(len(m.seats)))
		for s := range seatsOf(crew) {
			m.seats = append(m.seats, m.seatFor(int32(c), crew, s))
			places = append(places, crew.Start)
		}
		m.index(int32(c), crew)
	}
	m.first = append(m.first, int32(len(m.seats)))
	m.grid = newGrid(places)
	return m
}

func seatsOf(c *Crew) int { return max(1, len(c.Shifts)) }

func (m *model) seatFor(no int32, crew *Crew, shift int) seat {
	s := seat{
		at: crew.Start.vec(), crew: no, shift: none, hasPlace: crew.Start.Known(),
		busy: crew.BusyUrgent, capMinutes: noCap, capOrders: noCap, fullMinutes: 1,
		ready: m.now, end: m.now, offDuty: true,
	}
	if len(crew.Shifts) == 0 {
		return s
	}
	sh := &crew.Shifts[shift]
	s.shift = int32(shift)
	s.ready, s.end = max(m.now, sh.From.Unix()), sh.To.Unix()
	s.offDuty = crew.OffDuty || s.end <= s.ready
	s.left = int32(min(maxMinutes, max(0, s.end-s.ready)/60))
	s.fullMinutes = int32(max(1, min(maxMinutes, (sh.To.Unix()-sh.From.Unix())/60)))
	if sh.CapMinutes > 0 {
		s.capMinutes, s.fullMinutes = int32(sh.CapMinutes), int32(sh.CapMinutes)
	}
	if sh.CapOrders > 0 {
		s.capOrders = int32(sh.CapOrders)
	}
	s.loadMinutes, s.loadOrders = int32(sh.LoadMinutes), int32(sh.LoadOrders)
	return s
}

// index enters a crew's skills and districts; what it had before is forgotten.
func (m *model) index(no int32, crew *Crew) {
	for k := range m.levels {
		m.levels[k][no] = 0
	}
	for _, s := range crew.Skills {
		k, ok := m.skillNo[s.Name]
		if !ok {
			k = int32(len(m.levels))
			m.skillNo[s.Name] = k
			m.levels = append(m.levels, make([]int16, len(m.crews)))
		}
		m.levels[k][no] = max(m.levels[k][no], int16(s.Level)+1)
	}
	m.anywhere.put(no, len(crew.Districts) == 0)
	for d := range m.serves {
		m.serves[d].put(no, len(crew.Districts) == 0)
	}
	for _, name := range crew.Districts {
		d, ok := m.districtNo[name]
		if !ok {
			d = int32(len(m.serves))
			m.districtNo[name] = d
			m.serves = append(m.serves, slices.Clone(m.anywhere))
		}
		m.serves[d].set(no)
	}
}

// job compiles an order. The slices given are used as room for the result.
func (m *model) job(o *Order, order int32, needs []need, windows []span, excluded []int32) job {
	j := job{
		order: order, at: o.Place.vec(), place: o.Place, minutes: int32(o.ServiceMinutes),
		priority: o.Priority, urgent: o.Urgent, district: anyDistrict, pinCrew: none,
		arriveBy: unixOr(o.ArriveBy, never), finishBy: unixOr(o.FinishBy, never),
		travelRate: int64(m.weights.TravelPerSecond),
	}
	if o.Urgent {
		j.travelRate = int64(m.weights.UrgentTravelPerSecond)
	}
	for _, s := range o.Skills {
		k, ok := m.skillNo[s.Name]
		if !ok {
			k = none
		}
		needs = append(needs, need{k, int16(s.Level) + 1})
	}
	if o.District != "" {
		d, ok := m.districtNo[o.District]
		if !ok {
			d = unknownDistrict
		}
		j.district = d
	}
	for _, w := range o.Windows {
		windows = append(windows, span{unixOr(w.From, math.MinInt64), unixOr(w.To, never)})
	}
	slices.SortFunc(windows, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	for _, id := range o.Excluded {
		if c, ok := m.crewNo[id]; ok { // a crew that is not here needs no excluding
			excluded = append(excluded, c)
		}
	}
	if o.Pin.Crew != "" {
		j.pinCrew, j.pinShift = m.crewNo[o.Pin.Crew], o.Pin.Shift
	}
	j.needs, j.windows, j.excluded = needs, windows, excluded
	return j
}

func unixOr(t time.Time, zero int64) int64 {
	if t.IsZero() {
		return zero
	}
	return t.Unix()
}

func (m *model) crewID(seat int32) CrewID { return m.crews[m.seats[seat].crew].ID }

func (m *model) shiftID(seat int32) ShiftID {
	s := &m.seats[seat]
	if s.shift == none {
		return ""
	}
	return m.crews[s.crew].Shifts[s.shift].ID
}

// allSeats yields every seat.
func (m *model) allSeats(yield func(int32) bool) {
	for s := range int32(len(m.seats)) {
		if !yield(s) {
			return
		}
	}
}
