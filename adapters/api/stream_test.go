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
)

// listener is a browser's EventSource.
type listener struct {
	*testing.T
	lines *bufio.Scanner
	end   context.CancelFunc
}

func (h *hub) listen(query, lastID string) *listener {
	h.Helper()
	ctx, cancel := context.WithTimeout(h.Context(), 20*time.Second)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url+"/stream"+query, nil)
	h.ok(err)
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
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
