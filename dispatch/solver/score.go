package solver

// The soft costs. Each is a function of its own and stays apart until the end;
// only Cost.Total adds them up.

// travelCost of so many seconds on the road.
func travelCost(seconds int, rate int64) int64 { return int64(seconds) * rate }

// latenessCost of being so many seconds late.
func latenessCost(seconds int64, w Weights) int64 { return seconds * int64(w.LatenessPerSecond) }

// workloadCost of a seat's whole load in minutes: rate × load² / (2 × full). It
// rises with the load and rises ever faster, so that it evens out work without
// ever rewarding more of it; its slope at a full load is the rate. Driving is
// not part of the load: nobody looks busy by taking a detour.
func workloadCost(loadMinutes, fullMinutes int32, w Weights) int64 {
	l := int64(loadMinutes)
	return int64(w.WorkloadPerMinute) * (l * l) / (2 * int64(fullMinutes))
}

// arrival is when the crew would be there if it set out as soon as it can.
func (m *model) arrival(j *job, s int32) int64 {
	return m.seats[s].ready + int64(m.road.seconds(metres(j.at, m.seats[s].at)))
}

// startAfter is the first instant at or after t at which the work may start.
func (j *job) startAfter(t int64) (int64, bool) {
	if len(j.windows) == 0 {
		return t, true
	}
	best, ok := never, false
	for _, w := range j.windows { // sorted by from: the first that fits is the earliest
		if t <= w.to {
			best, ok = max(t, w.from), true
			break
		}
	}
	return best, ok
}

// startEstimate is when the work would start after the load the seat already
// had; an urgent order does not wait for it unless the crew is on another one.
func (m *model) startEstimate(j *job, s int32, travelSeconds int) int64 {
	seat := &m.seats[s]
	straight := seat.ready + int64(travelSeconds)
	t := straight
	if !j.urgent || seat.busy {
		t += int64(seat.loadMinutes) * 60
	}
	if start, ok := j.startAfter(t); ok {
		return start
	}
	// The load ends after the last window: the crew must slip this order in.
	if start, ok := j.startAfter(straight); ok {
		return start
	}
	return straight
}

func (j *job) lateness(start int64) int64 {
	late := int64(0)
	if j.arriveBy != never {
		late = max(late, start-j.arriveBy)
	}
	if j.finishBy != never {
		late = max(late, start+int64(j.minutes)*60-j.finishBy)
	}
	return late
}

// fixedCost is travel and lateness: what does not depend on the rest of the
// plan.
func (m *model) fixedCost(j *job, s int32) int64 {
	seconds := m.road.seconds(metres(j.at, m.seats[s].at))
	cost := travelCost(seconds, j.travelRate)
	if j.arriveBy != never || j.finishBy != never {
		cost += latenessCost(j.lateness(m.startEstimate(j, s, seconds)), m.weights)
	}
	return cost
}

// addCost is what the workload cost of a seat grows by with these minutes.
func (m *model) addCost(st *state, s, minutes int32) int64 {
	full := m.seats[s].fullMinutes
	return workloadCost(st.minutes[s]+minutes, full, m.weights) - workloadCost(st.minutes[s], full, m.weights)
}

// terms prices an order on a seat that does not hold it.
func (m *model) terms(st *state, j *job, s int32) (Terms, int64) {
	straight := metres(j.at, m.seats[s].at)
	t := Terms{
		TravelMetres: m.road.metres(straight), TravelSeconds: m.road.seconds(straight),
		LoadMinutes: int(st.minutes[s] + j.minutes),
	}
	start := m.startEstimate(j, s, t.TravelSeconds)
	late := j.lateness(start)
	t.LatenessSeconds = int(late)
	t.Cost = Cost{
		Travel:   travelCost(t.TravelSeconds, j.travelRate),
		Lateness: latenessCost(late, m.weights),
		Workload: m.addCost(st, s, j.minutes),
	}
	return t, start
}

// planCost adds up a whole plan from nothing but who has what.
func (m *model) planCost(st *state, jobs []job) Cost {
	var sum Cost
	for o := range jobs {
		s := st.seatOf[o]
		if s == none {
			continue
		}
		j := &jobs[o]
		seconds := m.road.seconds(metres(j.at, m.seats[s].at))
		sum.Travel += travelCost(seconds, j.travelRate)
		sum.Lateness += latenessCost(j.lateness(m.startEstimate(j, s, seconds)), m.weights)
	}
	for s := range m.seats {
		full := m.seats[s].fullMinutes
		sum.Workload += workloadCost(st.minutes[s], full, m.weights) - workloadCost(m.seats[s].loadMinutes, full, m.weights)
	}
	return sum
}
