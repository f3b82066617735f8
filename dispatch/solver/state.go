package solver

import "slices"

// state is a plan in the making: what each seat holds beside its first load.
type state struct {
	minutes []int32 // load, what was given included
	orders  []int32
	urgent  []int32   // minutes of urgent orders given
	plain   []int32   // number of other orders given
	given   [][]int32 // orders of a seat, in no particular order
	seatOf  []int32   // order → seat, none when unassigned
}

func newState(m *model, orders int) *state {
	n := len(m.seats)
	flat := make([]int32, 4*n)
	st := &state{
		minutes: flat[:n:n], orders: flat[n : 2*n : 2*n], urgent: flat[2*n : 3*n : 3*n], plain: flat[3*n:],
		given: make([][]int32, n), seatOf: make([]int32, orders),
	}
	for s := range m.seats {
		st.minutes[s], st.orders[s] = m.seats[s].loadMinutes, m.seats[s].loadOrders
	}
	for o := range st.seatOf {
		st.seatOf[o] = none
	}
	return st
}

func (st *state) add(j *job, s int32) {
	st.minutes[s] += j.minutes
	st.orders[s]++
	if j.urgent {
		st.urgent[s] += j.minutes
	} else {
		st.plain[s]++
	}
	st.given[s] = append(st.given[s], j.order)
	st.seatOf[j.order] = s
}

func (st *state) remove(j *job) (from int32) {
	s := st.seatOf[j.order]
	st.minutes[s] -= j.minutes
	st.orders[s]--
	if j.urgent {
		st.urgent[s] -= j.minutes
	} else {
		st.plain[s]--
	}
	g := st.given[s]
	i := slices.Index(g, j.order)
	g[i] = g[len(g)-1]
	st.given[s] = g[:len(g)-1]
	st.seatOf[j.order] = none
	return s
}
