package online

import "container/heap"

// arc is a crew that may have a task, and what that costs if it has no other of them.
type arc struct {
	crew int32
	asof int32 // the change of the batch that the cost is as of
	cost int64
}

// matching gives every task to one crew or leaves it out, at the least cost: a flow in
// which a crew's first task costs its arc, and each further one its arc and one step
// more than the one before. Convex, so that augmenting along cheapest paths is exact.
type matching struct {
	arcs    [][]arc // task → crews
	penalty []int64 // task → what leaving it out costs
	step    []int64 // crew → what each further task costs more
	room    []int32 // crew → how many tasks it may have
	crew    []int32 // task → its crew, nobody for none
	has     [][]int32
	taskPot []int64 // potentials: with them no arc costs less than nothing
	crewPot []int64
	dist    []int64 // crew → cheapest way to it in this search
	from    []int32 // crew → the task it is reached by
	seen    []int32 // crew → the search that dist belongs to
	done    []bool  // crew → dist is final
	search  int32
	open    reached
}

func newMatching(arcs [][]arc, penalty, step []int64, room []int32) *matching {
	crews := len(step)
	m := &matching{
		arcs: arcs, penalty: penalty, step: step, room: room, crew: make([]int32, len(arcs)), has: make([][]int32, crews),
		taskPot: make([]int64, len(arcs)), crewPot: make([]int64, crews), dist: make([]int64, crews), from: make([]int32, crews), seen: make([]int32, crews), done: make([]bool, crews),
	}
	for i := range m.crew {
		m.crew[i] = nobody
	}
	return m
}

// solve matches every task.
func (m *matching) solve() {
	for i := range int32(len(m.arcs)) {
		m.augment(i)
	}
}

// augment places one more task and lets others change crews where that is cheapest.
func (m *matching) augment(source int32) {
	m.search++
	m.open = m.open[:0]
	pot := -m.penalty[source]
	for _, a := range m.arcs[source] {
		pot = max(pot, m.crewPot[a.crew]-a.cost)
	}
	m.taskPot[source] = pot
	least, end, dropped := m.penalty[source]+pot, nobody, source
	m.relax(source, 0)
	var settled []int32
	for len(m.open) > 0 {
		at := heap.Pop(&m.open).(way)
		if at.dist >= least {
			break
		}
		r := at.crew
		if m.done[r] || at.dist > m.dist[r] {
			continue
		}
		m.done[r] = true
		settled = append(settled, r)
		if n := int32(len(m.has[r])); n < m.room[r] {
			if d := at.dist + int64(n)*m.step[r] + m.crewPot[r]; d < least {
				least, end, dropped = d, r, nobody
			}
		}
		for _, i := range m.has[r] {
			if d := at.dist + m.penalty[i] + m.taskPot[i]; d < least {
				least, end, dropped = d, r, i
			}
			m.relax(i, at.dist)
		}
	}
	for _, r := range settled {
		if d := m.dist[r] - least; d < 0 {
			m.crewPot[r] += d
			for _, i := range m.has[r] {
				m.taskPot[i] += d
			}
		}
		m.done[r] = false
	}
	m.taskPot[source] -= least
	if end == nobody {
		return
	}
	if dropped != nobody {
		m.leave(dropped, end)
	}
	for r := end; ; {
		i := m.from[r]
		old := m.crew[i]
		if old != nobody {
			m.leave(i, old)
		}
		m.crew[i] = r
		m.has[r] = append(m.has[r], i)
		if i == source {
			return
		}
		r = old
	}
}

// leave takes a task from its crew.
func (m *matching) leave(task, crew int32) {
	list := m.has[crew]
	for k, i := range list {
		if i == task {
			list[k] = list[len(list)-1]
			m.has[crew] = list[:len(list)-1]
		}
	}
	m.crew[task] = nobody
}

// relax looks at the crews that a task may go to.
func (m *matching) relax(i int32, dist int64) {
	for _, a := range m.arcs[i] {
		d := dist + a.cost + m.taskPot[i] - m.crewPot[a.crew]
		if a.crew == m.crew[i] || m.seen[a.crew] == m.search && d >= m.dist[a.crew] {
			continue
		}
		m.seen[a.crew], m.dist[a.crew], m.from[a.crew] = m.search, d, i
		heap.Push(&m.open, way{d, a.crew})
	}
}

// cost of the matching.
func (m *matching) cost() int64 {
	var sum int64
	for i, r := range m.crew {
		if r == nobody {
			sum += m.penalty[i]
			continue
		}
		for _, a := range m.arcs[i] {
			if a.crew == r {
				sum += a.cost
			}
		}
	}
	for r, list := range m.has {
		n := int64(len(list))
		sum += n * (n - 1) / 2 * m.step[r]
	}
	return sum
}

// way to a crew.
type way struct {
	dist int64
	crew int32
}

// reached are crews to be looked at, the nearest first.
type reached []way

func (h reached) Len() int { return len(h) }
func (h reached) Less(a, b int) bool {
	return h[a].dist < h[b].dist || h[a].dist == h[b].dist && h[a].crew < h[b].crew
}
func (h reached) Swap(a, b int) { h[a], h[b] = h[b], h[a] }
func (h *reached) Push(x any)   { *h = append(*h, x.(way)) }
func (h *reached) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}
