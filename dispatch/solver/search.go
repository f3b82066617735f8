package solver

import "math"

// found is a seat and what an order would cost there.
type found struct {
	seat int32
	cost int64
}

func (f found) better(g found) bool {
	return f.cost < g.cost || f.cost == g.cost && f.seat < g.seat
}

var nowhere = found{seat: none, cost: math.MaxInt64}

// best searches every seat outside one crew, nearest first, for the cheapest
// that may take the order as the plan stands: among crews that are free and
// among those on an urgent order. It stops as soon as the way alone costs more
// than the best free seat.
func (m *model) best(st *state, j *job, notCrew int32) (free, busy found) {
	free, busy = nowhere, nowhere
	if j.pinCrew != none {
		for s := m.first[j.pinCrew]; s < m.first[j.pinCrew+1]; s++ {
			m.consider(st, j, s, notCrew, &free, &busy)
		}
		return free, busy
	}
	m.grid.around(j.place,
		func(s int32) { m.consider(st, j, s, notCrew, &free, &busy) },
		func(atLeast float64) bool {
			return free.seat == none || travelCost(m.road.seconds(atLeast), j.travelRate) <= free.cost
		})
	return free, busy
}

func (m *model) consider(st *state, j *job, s, notCrew int32, free, busy *found) {
	seat := &m.seats[s]
	if seat.crew == notCrew || !m.loadOK(st, j, s) || !m.fixedOK(st, j, s) {
		return
	}
	f := found{s, m.fixedCost(j, s) + m.addCost(st, s, j.minutes)}
	to := free
	if seat.busy {
		to = busy
	}
	if f.better(*to) {
		*to = f
	}
}

// nearest lists up to k free seats by fixed cost, whatever their load: the
// order's edges in the sparse candidate graph.
func (m *model) nearest(j *job, k int, room []found) []found {
	room = room[:0]
	m.grid.around(j.place, func(s int32) {
		if m.seats[s].busy || !m.fixedOK(nil, j, s) {
			return
		}
		f := found{s, m.fixedCost(j, s)}
		if len(room) == k {
			if !f.better(room[k-1]) {
				return
			}
			room = room[:k-1]
		}
		i := len(room)
		room = append(room, f)
		for ; i > 0 && f.better(room[i-1]); i-- {
			room[i] = room[i-1]
		}
		room[i] = f
	}, func(atLeast float64) bool {
		return len(room) < k || travelCost(m.road.seconds(atLeast), j.travelRate) <= room[k-1].cost
	})
	return room
}
