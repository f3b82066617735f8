// Package standardtest is what the tests of the contracts share: a small hub's rules, a
// clock that stands still, and golden messages.
package standardtest

import (
	"bytes"
	"context"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"tundish/adapters/geo"
	"tundish/adapters/soap"
	"tundish/adapters/standard"
	"tundish/core"
	"tundish/core/life"
)

// Zone is the city's.
var Zone = time.FixedZone("UTC+8", 8*60*60)

// Start is when every test begins: a Monday morning.
var Start = time.Date(2026, 5, 11, 9, 30, 0, 0, Zone)

// Clock stands still until it is set.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock shows Start.
func NewClock() *Clock { return &Clock{now: Start} }

// Now is what it shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// After is not for tests of messages.
func (c *Clock) After(time.Duration) <-chan time.Time { panic("nobody waits here") }

// Advance moves it on.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Rules of a small hub that writes back to everybody.
func Rules() *life.Rules {
	auto := map[core.Urgency]core.DispatchMode{core.Emergency: core.DispatchAuto}
	limits := map[core.Urgency]time.Duration{core.Normal: 72 * time.Hour, core.Urgent: 24 * time.Hour, core.Emergency: 4 * time.Hour}
	types := core.OrderTypes{}
	for _, t := range []core.OrderType{
		{Code: "burst", Family: core.Repair, Acceptance: true, Dispatch: auto, FollowUp: true},
		{Code: "leak", Family: core.Repair, Acceptance: true, FollowUp: true},
		{Code: "complaint", Family: core.Desk, Acceptance: true},
		{Code: "maintenance", Family: core.Service},
		{Code: "scheduled_replacement", Family: core.Replacement, ResultReview: true},
		{Code: "faulty_replacement", Family: core.Replacement, ResultReview: true},
		{Code: "removal", Family: core.Removal, ResultReview: true},
		{Code: "recheck", Family: core.Recheck, ResultReview: true},
		{Code: "installation", Family: core.Installation, ResultReview: true},
	} {
		t.Minutes, t.Limits = 60, limits
		t.Tell = []core.Status{core.StatusAccepted, core.StatusDispatched, core.StatusOnSite}
		types[t.Code] = &t
	}
	systems := map[core.SystemID]life.System{}
	for _, id := range []core.SystemID{"hotline", "website", "billing", "newconnection", "gis"} {
		systems[id] = life.System{Extensions: id == "hotline" || id == "website"}
	}
	return &life.Rules{Types: types, Systems: systems, PointsTo: "gis", ScrapTo: "billing", NumberPrefix: "W", Zone: Zone}
}

// System has the ways of a system in the city; change may alter them.
func System(t testing.TB, id core.SystemID, change func(*standard.Settings)) *standard.System {
	t.Helper()
	s := standard.Settings{ID: id, Zone: Zone, Area: geo.Area{South: 30.6, West: 120.8, North: 31.9, East: 122.2}, DefaultChannel: "phone"}
	if change != nil {
		change(&s)
	}
	y, err := standard.NewSystem(s)
	if err != nil {
		t.Fatal(err)
	}
	return y
}

// Serve serves h on loopback until the test ends. log is h's message log, or nil: a message
// is logged when its answer has left already, so that readers of the log must wait.
func Serve(t testing.TB, h http.Handler, log *Recorder) (url string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if log != nil {
			log.underWay.Add(1)
			defer log.underWay.Done()
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// Client is how the hub, or a legacy system in tests of the hub, calls url.
func Client(t testing.TB, y *standard.System, url, charset string, log soap.MessageLog) *soap.Client {
	t.Helper()
	c, err := y.NewClient(soap.ClientOptions{Endpoint: url, Charset: charset, Log: log, Clock: NewClock()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// Recorder is a message log that remembers.
type Recorder struct {
	underWay  sync.WaitGroup // requests whose message is not logged yet
	mu        sync.Mutex
	exchanges []core.LoggedMessage
	stored    []bool
}

// Log keeps one message.
func (r *Recorder) Log(_ context.Context, x *soap.Exchange) {
	m := standard.Logged(x)
	m.Request, m.Response = bytes.Clone(m.Request), bytes.Clone(m.Response)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.exchanges, r.stored = append(r.exchanges, m), append(r.stored, x.Stored)
}

// All are the messages so far.
func (r *Recorder) All() []core.LoggedMessage {
	r.underWay.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.exchanges
}

// Last is the last message, and whether its use case had stored it.
func (r *Recorder) Last(t testing.TB) (m core.LoggedMessage, stored bool) {
	t.Helper()
	r.underWay.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.exchanges) == 0 {
		t.Fatal("no message was sent")
	}
	n := len(r.exchanges) - 1
	return r.exchanges[n], r.stored[n]
}

var update = flag.Bool("update", false, "write testdata instead of comparing with it")

// What differs from run to run: ids made of the clock and chance, and ports.
var (
	madeUp  = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)
	address = regexp.MustCompile(`http://127\.0\.0\.1:[0-9]+`)
)

// Golden compares the first request of every operation with testdata/<Operation>.<charset>.xml,
// byte by byte in its charset but for made-up ids and ports. Every operation wanted must
// have been called, and no other.
func (r *Recorder) Golden(t *testing.T, charset string, want ...string) {
	t.Helper()
	first := map[string][]byte{}
	for _, m := range r.All() {
		if first[m.Operation] == nil {
			first[m.Operation] = m.Request
		}
	}
	for _, op := range want {
		got := first[op]
		if got == nil {
			t.Errorf("%s was never called", op)
			continue
		}
		delete(first, op)
		got = madeUp.ReplaceAll(got, []byte("00000000-0000-7000-8000-000000000000"))
		got = address.ReplaceAll(got, []byte("http://127.0.0.1:0"))
		file := filepath.Join("testdata", op+"."+strings.ToLower(charset)+".xml")
		if *update {
			if err := os.MkdirAll("testdata", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		golden, err := os.ReadFile(file)
		if err != nil {
			t.Errorf("%v; run go test -update and read what it wrote", err)
			continue
		}
		if !bytes.Equal(got, golden) {
			t.Errorf("%s differs.\nwant %s\n got %s", file, golden, got)
		}
	}
	for op := range first {
		t.Errorf("%s was called and has no golden message", op)
	}
}
