package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/life"
)

// listener is a browser's EventSource.
type listener struct {
	*testing.T
	lines *bufio.Scanner
	end   context.CancelFunc
}

func (h *hub) listen(query, lastID string) *listener {
	h.Helper()
	return h.listenAs(func(*http.Request) {}, query, lastID)
}

func (h *hub) listenAs(who func(*http.Request), query, lastID string) *listener {
	h.Helper()
	ctx, cancel := context.WithTimeout(h.Context(), 20*time.Second)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url+"/stream"+query, nil)
	h.ok(err)
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	who(req)
	r, err := http.DefaultClient.Do(req)
	h.ok(err)
	if r.StatusCode != 200 || r.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" {
		h.Fatal(r.Status, r.Header)
	}
	h.Cleanup(func() { cancel(); _ = r.Body.Close() })
	l := &listener{h.T, bufio.NewScanner(r.Body), cancel}
	for l.lines.Scan() && l.lines.Text() != "" { // retry
	}
	return l
}

type shown struct {
	ID    string
	Order core.OrderNo
	Text  core.Text
	About map[string]any
}

// next is the next event.
func (l *listener) next() (s shown) {
	l.Helper()
	for l.lines.Scan() {
		line := l.lines.Text()
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			if err := json.Unmarshal([]byte(data), &s); err != nil {
				l.Fatal(err)
			}
		}
		if line == "" && s.ID != "" {
			return s
		}
	}
	l.Fatal("the stream ended", l.lines.Err())
	return s
}

// notice owes people a message about an order.
func (h *hub) notice(no core.OrderNo, r core.Reaction) {
	h.Helper()
	o := h.order(no)
	r.Do = core.EffectNotify
	payload, err := json.Marshal(core.WriteBack{Kind: core.TellPeople, At: nine, Status: core.StatusOf(&o), Reaction: &r, Order: o})
	h.ok(err)
	c, err := core.NewChange(&o, o.Clone(), core.Event{At: nine, Kind: core.EventNote, By: "test"}, core.OutboxMessage{ID: core.NewID(nine), Target: life.ToPeople, Kind: core.TellPeople, Payload: payload})
	h.ok(err)
	h.commit(core.Unit{Orders: []core.OrderChange{c}})
}

func TestWhomANoticeNamesIsShownIt(t *testing.T) {
	h := open(t)
	h.rules.TellCrews = true
	no := h.with("R1")
	h.depot(no, "ST-01")
	r1, r2, r3 := h.employ(crewUser("r1", "R1")), h.employ(crewUser("r2", "R2")), h.employ(crewUser("r3", "M1"))
	pai := h.employ(dispatcher("pai", "ST-01"))
	admin := h.employ(core.User{ID: "adm", Name: "adm", Roles: []core.Role{core.RoleAdmin}})
	s1, s2, s3, boss := h.listenAs(r1, "", ""), h.listenAs(r2, "", ""), h.listenAs(r3, "", ""), h.listenAs(admin, "", "")
	h.must(h.send("POST", "/orders/"+string(no)+"/act", `{"action":"assist","fields":{"crew":"R2"}}`, pai))
	if n := s2.next(); n.Text.EN != "Your crew is called to assist" {
		t.Errorf("the crew that is called is shown %+v", n)
	}
	if n := s1.next(); n.Text.EN != "Your crew is called to assist" {
		t.Errorf("the crew that has the order is shown %+v", n)
	}
	h.must(h.send("POST", "/orders/"+string(no)+"/unassign", `{"remark":"go home"}`, pai))
	for {
		if n := s1.next(); strings.HasPrefix(n.Text.EN, "Taken from your crew") {
			break
		}
	}
	// A trouble of the house, and then a notice for everybody: what comes first was let through.
	h.notice(no, core.Reaction{To: []string{"admin"}, Text: core.Text{EN: "trouble"}, Trouble: true})
	h.notice(no, core.Reaction{To: []string{"admin"}, Text: core.Text{EN: "about an order"}})
	h.notice(no, core.Reaction{Crews: []string{"M1"}, To: []string{"admin"}, Text: core.Text{EN: "the end"}, Trouble: true})
	if n := boss.next(); n.Text.EN != "trouble" {
		t.Errorf("the administrator is shown %+v", n)
	}
	if n := boss.next(); n.Text.EN != "the end" {
		t.Errorf("the administrator, who may not see orders, is shown %+v", n)
	}
	if n := s3.next(); n.Text.EN != "the end" {
		t.Errorf("a crew that has nothing to do with it is shown %+v", n)
	}
}

// TestAListenerIsWhoHeIsNow: a session that ends and rights that change are seen on an open stream.
func TestAListenerIsWhoHeIsNow(t *testing.T) {
	h := open(t)
	no := h.receive("leak")
	h.depot(no, "ST-01")
	s := staff(t, h.store)
	li, wang := h.employ(dispatcher("li")), h.employ(dispatcher("wang", "ST-01"))
	h.employ(core.User{ID: "sec", Roles: []core.Role{core.RoleSecurity}})
	gone, moved := h.listenAs(li, "", ""), h.listenAs(wang, "", "")
	h.ok(s.Disable(t.Context(), "li", true, "os:root"))
	_, err := s.Change(t.Context(), dispatcher("wang", "ST-02"), "os:root")
	h.ok(err)
	over := make(chan struct{})
	go func() { // notices come until the one whose session has ended is let go
		defer close(over)
		for gone.lines.Scan() {
		}
	}()
	for i := 0; ; i++ {
		h.notice(no, core.Reaction{To: []string{"dispatcher"}, Text: core.Text{EN: "for ST-01"}})
		select {
		case <-over:
		case <-time.After(100 * time.Millisecond):
			if i == 100 {
				t.Fatal("after ten seconds a disabled person still listens")
			}
			continue
		}
		break
	}
	other := h.receive("leak")
	h.depot(other, "ST-02")
	h.notice(no, core.Reaction{To: []string{"dispatcher"}, Text: core.Text{EN: "not for him any more"}})
	h.notice(other, core.Reaction{To: []string{"dispatcher"}, Text: core.Text{EN: "for ST-02"}})
	for {
		n := moved.next()
		if n.Text.EN == "not for him any more" {
			t.Error("who moved to another depot is shown notices of his former one")
		}
		if n.Text.EN == "for ST-02" {
			break
		}
	}
}

func TestTheEventStreamTellsACrewAtOnceAndGoesOnWhereItBroke(t *testing.T) {
	h := open(t)
	h.rules.TellCrews = true
	give := func(no core.OrderNo, crew string) {
		t.Helper()
		if code := h.do("POST", "/orders/"+string(no)+"/assign", `{"crew":"`+crew+`","reason":"x"}`, nil); code != 200 {
			t.Fatal(code)
		}
	}
	l := h.listen("?crew=R1", "")
	other, first, second := h.receive("leak"), h.receive("leak"), h.receive("leak")
	give(other, "R2")
	give(first, "R1")
	seen := l.next()
	if seen.Order != first || seen.Text.EN != "New work for your crew" || seen.About["crew"] != "R1" || seen.About["urgency"] != "normal" {
		t.Fatalf("shown %+v, want %s", seen, first)
	}
	if seen.About["address"] != nil {
		t.Error("the stream shows an address, which may be protected")
	}
	l.end()
	give(second, "R1")
	if missed := h.listen("?crew=R1", seen.ID).next(); missed.Order != second {
		t.Errorf("after the break it is shown %s, want %s", missed.Order, second)
	}
	if missed := h.listen("?crew=R1&after="+seen.ID, "").next(); missed.Order != second {
		t.Errorf("with after it is shown %s, want %s", missed.Order, second)
	}
}
