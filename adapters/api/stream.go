package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/core/access"
	"tundish/core/react"
)

// beat is how often a silent stream says that it is still there: proxies close what is silent for a minute.
const beat = 15 * time.Second

// askAgain is how long a listener is taken for who he was: his rights may have changed, his session may have ended.
const askAgain = time.Second

// writeTime bounds one write to a listener: a connection that takes nothing is given up.
const writeTime = 10 * time.Second

// stream is the event stream (text/event-stream): what people are told, at once. A browser that lost it sends
// Last-Event-ID by itself and is shown what it missed. Whoever is signed in may listen: he is shown notices of orders
// that he may see, those that name his crew, and the house's troubles that name a role of his.
func (a *API) stream() {
	if a.Stream == nil {
		return
	}
	a.route(Route{Pattern: "GET /api/v1/stream?crew&roles&after", media: "text/event-stream"}, inPerson, func(w http.ResponseWriter, r *http.Request) error {
		after := r.Header.Get("Last-Event-ID")
		if after == "" {
			after = r.URL.Query().Get("after")
		}
		e := &ear{api: a, session: callerOf(r).session, wants: wants(r), asked: time.Now()}
		e.actor.Store(&callerOf(r).actor)
		l, err := a.Stream.Listen(r.Context(), after, e.hears)
		if err != nil {
			return err
		}
		defer a.Stream.Leave(l)
		h := w.Header()
		h.Set("Content-Type", "text/event-stream; charset=utf-8")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Accel-Buffering", "no") // a proxy must not gather it
		h.Set("X-Content-Type-Options", "nosniff")
		if err := a.tell(w, r, e, l); err != nil {
			a.Log.Debug("a listener left", zap.Error(err))
		}
		return nil
	})
}

// wants is what a listener is shown: all that it may see, or only what is told to a crew or to some roles.
func wants(r *http.Request) func(*react.Notice) bool {
	crew := r.URL.Query().Get("crew")
	roles := strings.FieldsFunc(r.URL.Query().Get("roles"), func(c rune) bool { return c == ',' })
	if crew == "" && len(roles) == 0 {
		return func(*react.Notice) bool { return true }
	}
	return func(n *react.Notice) bool { return n.For(roles, crew) }
}

// ear is whoever listens, as long as he may.
type ear struct {
	api     *API
	session core.Session
	wants   func(*react.Notice) bool
	actor   atomic.Pointer[access.Actor]
	asked   time.Time // when he was last found to be who he is
}

// hears tells whether a notice is for the listener, and for him to see.
func (e *ear) hears(n *react.Notice) bool {
	who := e.actor.Load()
	if !e.wants(n) {
		return false
	}
	if e.api.People.Table().May(*who, access.See, &n.Of) == nil || n.For(nil, who.Crew) {
		return true
	}
	return n.Trouble && slices.ContainsFunc(who.Roles, func(role core.Role) bool { return slices.Contains(n.To, string(role)) })
}

// again asks who listens, and with what rights; not more than once in askAgain.
func (e *ear) again(ctx context.Context) error {
	if time.Since(e.asked) < askAgain {
		return nil
	}
	e.asked = time.Now()
	if e.actor.Load().All {
		peopled, err := e.api.People.Any(ctx)
		if err == nil && peopled {
			err = core.Fail(core.Denied, "signed_out", "", "the house has people now: sign in", "已添加人员，请登录")
		}
		return err
	}
	u, err := e.api.People.Still(ctx, e.session)
	if err != nil {
		return err
	}
	actor := access.ActorOf(&u)
	e.actor.Store(&actor)
	return nil
}

// tell writes notices until somebody hangs up, or the listener is nobody any more.
func (a *API) tell(w http.ResponseWriter, r *http.Request, e *ear, l *react.Listener) error {
	to := http.NewResponseController(w)
	write := func(text string) error {
		if err := to.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
			return err
		}
		if _, err := fmt.Fprint(w, text); err != nil {
			return err
		}
		return to.Flush()
	}
	if err := write("retry: 2000\n\n"); err != nil {
		return err
	}
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case <-r.Context().Done():
			return nil
		case <-tick.C:
			if err := e.again(r.Context()); err != nil {
				return err
			}
			if err := write(": still here\n\n"); err != nil {
				return err
			}
		case n, open := <-l.C:
			if !open {
				return core.Fail(core.Unavailable, "left", "", "the stream ends; come back with the last id", "事件流结束，请用最后的编号重新连接")
			}
			if err := e.again(r.Context()); err != nil {
				return err
			}
			if !e.hears(n) { // his rights changed while it waited
				continue
			}
			shown := *n
			shown.About.Address, shown.About.Point = "", nil
			data, err := json.Marshal(shown)
			if err != nil {
				return err
			}
			if err := write(fmt.Sprintf("id: %d\nevent: notice\ndata: %s\n\n", n.Place, data)); err != nil {
				return err
			}
		}
	}
}
