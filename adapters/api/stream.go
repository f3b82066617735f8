package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/core/access"
	"tundish/core/react"
)

// beat is how often a silent stream says that it is still there: proxies close what is silent for a minute.
const beat = 15 * time.Second

// writeTime bounds one write to a listener: a connection that takes nothing is given up.
const writeTime = 10 * time.Second

// stream is the event stream (text/event-stream): what people are told, at once. A browser that lost it sends
// Last-Event-ID by itself and is shown what it missed.
func (a *API) stream() {
	if a.Stream == nil {
		return
	}
	a.route(Route{Pattern: "GET /api/v1/stream?crew&roles&after", media: "text/event-stream"}, house(access.See), func(w http.ResponseWriter, r *http.Request) error {
		after := r.Header.Get("Last-Event-ID")
		if after == "" {
			after = r.URL.Query().Get("after")
		}
		l, err := a.Stream.Listen(r.Context(), after, a.sees(r, wants(r)))
		if err != nil {
			return err
		}
		defer a.Stream.Leave(l)
		h := w.Header()
		h.Set("Content-Type", "text/event-stream; charset=utf-8")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Accel-Buffering", "no") // a proxy must not gather it
		h.Set("X-Content-Type-Options", "nosniff")
		if err := a.tell(w, r, l); err != nil {
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

// sees lets only notices of orders through that the listener may see.
func (a *API) sees(r *http.Request, wanted func(*react.Notice) bool) func(*react.Notice) bool {
	c, t := callerOf(r), a.People.Table()
	return func(n *react.Notice) bool { return wanted(n) && t.May(c.actor, access.See, &n.Of) == nil }
}

// tell writes notices until somebody hangs up.
func (a *API) tell(w http.ResponseWriter, r *http.Request, l *react.Listener) error {
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
			if err := write(": still here\n\n"); err != nil {
				return err
			}
		case n, open := <-l.C:
			if !open {
				return core.Fail(core.Unavailable, "left", "", "the stream ends; come back with the last id", "事件流结束，请用最后的编号重新连接")
			}
			shown := *n
			shown.About.Address, shown.About.Point = "", nil
			data, err := json.Marshal(shown)
			if err != nil {
				return err
			}
			if err := write(fmt.Sprintf("id: %s\nevent: notice\ndata: %s\n\n", n.ID, data)); err != nil {
				return err
			}
		}
	}
}
