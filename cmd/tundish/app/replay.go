package app

import (
	"context"
	"time"

	"go.uber.org/zap"

	"tundish/adapters/soap"
	"tundish/core"
	"tundish/core/intake"
	"tundish/core/life"
)

// Replayed is what became of a kept message that was taken again.
type Replayed struct {
	core.LoggedMessage
	Answer  []byte
	Refused error // of the whole or the first of its orders that was; nil: all was taken, or was known
	// Later is the message that was taken for the same order since; then this one was left alone.
	Later string
}

// Replay takes kept messages of one system's callers again, under the settings as they are
// now: after a mapping was mended, an order that was refused is received. It works beside a
// hub or without one.
//
// A message whose order had a later one taken is left alone unless force is set: its sender has
// changed its mind or sent it again, and the old state must not come back over the new one. Of a
// message of several orders that holds for each of them: those that were taken, then or since, are
// known, the others are tried again.
//
// A message whose sender had not proved who he is when it came is never taken: its credentials were
// cut out, and nobody can ask for them now.
func Replay(ctx context.Context, s *Settings, st Store, ids []string, force bool, told func(Replayed)) error {
	clock, log := s.Clock(), zap.NewNop()
	rules := s.Rules()
	in, err := intake.New(st, intake.Options{Clock: clock, Rules: func() *life.Rules { return rules }})
	if err != nil {
		return err
	}
	return replay(ctx, s, st, func(core.SystemID) deps { return deps{intake: in, store: st, log: log, clock: clock} }, ids, force, told)
}

// replay is Replay with what the hub, or a command, handles each system's messages with.
func replay(ctx context.Context, s *Settings, st Store, of func(core.SystemID) deps, ids []string, force bool, told func(Replayed)) error {
	conns := map[core.SystemID]*connection{}
	defer func() {
		for _, c := range conns {
			c.close()
		}
	}()
	for _, id := range ids {
		found, err := st.Messages(ctx, core.MessageQuery{ID: id, WithBodies: true})
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return core.Invalidf("unknown_message", "", "there is no message %s", "没有报文 %s", id)
		}
		m := found[0]
		sys := s.System(string(m.System))
		switch {
		case m.Direction != core.Inbound:
			return core.Invalidf("wrong_direction", "", "message %s was sent by the hub; what is owed is sent again with tundish outbox retry", "报文 %s 由本系统发出；重发请用 tundish outbox retry", id)
		case sys == nil:
			return core.Invalidf("unknown_system", "", "message %s is of the system %s, which is not connected any more", "报文 %s 属于系统 %s，该系统已不再连接", id, string(m.System))
		}
		if !sys.Credentials.In.Open() && !soap.Proved(m.Operation, m.Result) {
			told(Replayed{LoggedMessage: m, Refused: errUnproved(id)})
			continue
		}
		if later, err := laterThan(ctx, st, &m); err != nil {
			return err
		} else if later != "" && !force {
			told(Replayed{LoggedMessage: m, Later: later})
			continue
		}
		conn := conns[m.System]
		if conn == nil {
			d := of(m.System)
			d.messages, d.open = nil, true // what is refused again is in the log already, and credentials were asked for when it came
			if conn, err = connect(s, sys, d); err != nil {
				return err
			}
			conns[m.System] = conn
		}
		came := m.At
		if force {
			came = time.Time{}
		}
		answer, refused := conn.endpoint.Replay(ctx, m.Operation, m.Request, m.Charset, came)
		told(Replayed{LoggedMessage: m, Answer: answer, Refused: refused})
	}
	return nil
}

func errUnproved(id string) error {
	return core.Fail(core.Conflict, "authentication", "", "message "+id+" was refused before its sender had proved who he is; it is taken only when he sends it again", "报文 "+id+" 在发送方通过身份验证之前已被拒绝；只能由对方重新发送")
}

// replay takes one message again as the settings are live in this hub.
func (h *Hub) replay(ctx context.Context, id string, force bool) error {
	h.applying.Lock()
	s := h.current
	h.applying.Unlock()
	var refused error
	err := replay(ctx, s, h.store, h.deps, []string{id}, force, func(r Replayed) {
		if refused = r.Refused; r.Later != "" {
			refused = core.Fail(core.Conflict, "superseded", "force", "message "+r.Later+" about the same order was taken since; force takes this one all the same", "同一工单此后已接收报文 "+r.Later+"；仍要接收请设 force")
		}
	})
	if err != nil {
		return err
	}
	return refused
}

// laterThan finds a message about the same order that was taken after m came; "" if there is
// none, or m does not tell which order it is about.
func laterThan(ctx context.Context, st Store, m *core.LoggedMessage) (id string, err error) {
	if m.External == "" {
		return "", nil
	}
	all, err := st.Messages(ctx, core.MessageQuery{System: m.System, External: m.External, Direction: core.Inbound, Limit: 1000})
	if err != nil {
		return "", err
	}
	for i := range all {
		if o := &all[i]; o.ID != m.ID && o.Result == core.ResultOK && o.Order != "" && o.At.After(m.At) {
			return o.ID, nil
		}
	}
	return "", nil
}
