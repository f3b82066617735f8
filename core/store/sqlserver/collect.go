package sqlserver

import (
	"database/sql"
	"time"

	"tundish/core"
	"tundish/core/store/internal/record"
)

// collect adds an admitted unit to the net effect.
func (p *plan) collect(it *item) {
	u := it.unit
	if u.Fence != nil {
		p.fences[*u.Fence] = true
	}
	for i := range u.Orders {
		ch := &u.Orders[i]
		w := p.orderOf[ch.Order.No]
		if w == nil {
			w = &orderWrite{expected: ch.Expected}
			p.orderOf[ch.Order.No] = w
			p.orders = append(p.orders, w)
		}
		w.last = ch
		_, called := record.Guests(ch)
		w.called = w.called || called
		w.hashes.WriteString(record.HashLine(ch.Hash))
		for j := range ch.Events {
			ev := &ch.Events[j]
			p.events = append(p.events, []any{string(ch.Order.No), ev.Sequence, instant(ev.At), string(ev.Kind), ev.By, ev.MessageID, ev.Remark, it.deltas[i][j]})
		}
		for j := range ch.Outbox {
			m := &ch.Outbox[j]
			p.outbox = append(p.outbox, []any{m.ID, string(m.Order), m.Sequence, string(m.Target), string(m.Kind), instant(m.CreatedAt), string(m.Payload)})
			p.lane(core.LaneKey{Target: m.Target, Order: ch.Order.No}).add++
		}
	}
	for i := range u.CrewDays {
		d := &u.CrewDays[i]
		k := dayKey{d.Day, d.CrewID}
		w := p.dayOf[k]
		if w == nil {
			w = &dayWrite{key: k}
			p.dayOf[k] = w
			p.dayWrites = append(p.dayWrites, w)
		}
		w.guarded = w.guarded || d.Guarded
		w.minutes, w.orders, w.urgent, w.versions = w.minutes+d.Minutes, w.orders+d.Orders, w.urgent+d.UrgentOrders, w.versions+1
		if route := it.routes[i]; route.Valid {
			w.route = route
		}
	}
	for _, w := range p.dayWrites {
		w.expected = p.days[w.key] - w.versions
	}
	for i := range u.Crews {
		id := u.Crews[i].Crew.ID
		w := p.crewOf[id]
		if w == nil {
			w = &crewWrite{}
			p.crewOf[id] = w
			p.crewOps = append(p.crewOps, w)
		}
		w.last, w.versions = &u.Crews[i], w.versions+1

	}
	for _, w := range p.crewOps {
		w.expected = p.crews[w.last.Crew.ID] - w.versions
	}
	p.positions = append(p.positions, u.Positions...)
	if d := u.Delivery; d != nil {
		w := p.lane(d.Lane)
		w.deliver, w.token = d, d.Token
		if record.Attempted(d) {
			p.delivered = append(p.delivered, d)
		}
	}
	if u.Run != nil {
		p.runs = append(p.runs, u.Run)
	}
	if u.Job != nil {
		p.jobs = append(p.jobs, u.Job)
	}
	p.rows = append(p.rows, u.Rows...)
	for i := range u.Refused {
		r := &u.Refused[i]
		p.refused = append(p.refused, []any{r.Run, core.LogText(string(r.Ref.System), core.MaxSystem), core.LogText(r.Ref.External, core.MaxExternal),
			core.LogText(r.Ref.Period, core.MaxPeriod), core.LogText(r.Code, core.MaxCode), core.LogText(r.Reason, core.MaxText), instant(r.At), bytesOrNull(r.Raw)})
	}
	for i := range u.Messages {
		m := &u.Messages[i]
		p.messages = append(p.messages, []any{m.ID, core.LogText(string(m.System), core.MaxSystem), string(m.Direction), core.LogText(m.Operation, core.MaxExternal),
			core.LogText(m.External, core.MaxExternal), core.LogText(string(m.Order), core.MaxNumberLength), instant(m.At), m.Took.Microseconds(),
			core.LogText(m.Result, core.MaxCode), core.LogText(m.Detail, core.MaxText), core.LogText(m.Charset, core.MaxCode), bytesOrNull(m.Request), bytesOrNull(m.Response), textOrNull(core.LogText(m.Bundle, core.MaxID))})
	}
	p.blobs = append(p.blobs, u.Blobs...)
}

func (p *plan) lane(k core.LaneKey) *laneWrite {
	w := p.laneOf[k]
	if w == nil {
		w = &laneWrite{key: k, create: p.lanes[k] == nil}
		p.laneOf[k] = w
		p.laneOps = append(p.laneOps, w)
	}
	return w
}

// empty tells that no unit went through.
func (p *plan) empty() bool {
	return len(p.fences)+len(p.orders)+len(p.dayWrites)+len(p.crewOps)+len(p.positions)+len(p.laneOps)+
		len(p.runs)+len(p.jobs)+len(p.rows)+len(p.refused)+len(p.messages)+len(p.blobs) == 0
}

// instant is a time as it is stored: UTC, milliseconds, cut and not rounded.
func instant(t time.Time) sql.NullTime {
	return sql.NullTime{Time: t.UTC().Truncate(time.Millisecond), Valid: !t.IsZero()}
}

func textOrNull(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }

func bytesOrNull(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}
