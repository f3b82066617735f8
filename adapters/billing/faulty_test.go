package billing_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"tundish/adapters/billing"
	"tundish/adapters/soap"
	"tundish/adapters/standard"
	"tundish/adapters/standard/standardtest"
	"tundish/core"
	"tundish/core/life"
	"tundish/core/pull"
	wire "tundish/wsdl/billing"
	"tundish/wsdl/xsd"
)

// books is a billing system with many rows that counts what is confirmed to it.
type books struct {
	*far
	mu        sync.Mutex
	confirmed map[string]int
}

func (b *books) GetScheduledReplacements(_ context.Context, q *wire.GetScheduledReplacements) (*wire.GetScheduledReplacementsResponse, error) {
	from := int(q.PageNo * q.PageSize)
	to := min(from+int(q.PageSize), len(b.items))
	return &wire.GetScheduledReplacementsResponse{Item: b.items[from:to], Total: int32(len(b.items)), More: to < len(b.items), SourceTime: xsd.NewLocalDateTime(standardtest.Start)}, nil
}

func (b *books) ConfirmReceived(_ context.Context, q *wire.ConfirmReceived) (*wire.ConfirmReceivedResponse, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range q.Received {
		b.confirmed[r.ExternalRef]++
	}
	return &wire.ConfirmReceivedResponse{Acknowledgement: wire.Acknowledgement{Accepted: true}}, nil
}

// unsteady stands before a system and, by the seed, answers with 500, does not answer,
// or breaks off in the middle of an answer, before or after the system has acted.
func unsteady(t *testing.T, next http.Handler, seed uint64) (url string, struck func() map[string]int) {
	var mu sync.Mutex
	r := rand.New(rand.NewPCG(seed, 1))
	count := map[string]int{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		kinds := []string{"500 before", "500 after", "time-out", "cut", "fine", "fine", "fine", "fine", "fine", "fine"}
		mu.Lock()
		kind := kinds[r.IntN(len(kinds))]
		count[kind]++
		mu.Unlock()
		if kind == "500 before" {
			http.Error(w, "overloaded", http.StatusInternalServerError)
			return
		}
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, req)
		switch kind {
		case "500 after":
			http.Error(w, "overloaded", http.StatusInternalServerError)
		case "time-out":
			<-req.Context().Done()
		case "cut":
			maps.Copy(w.Header(), answer.Header())
			w.Header().Set("Content-Length", fmt.Sprint(answer.Body.Len()))
			_, _ = io.CopyN(w, answer.Body, int64(answer.Body.Len()/2))
		default:
			maps.Copy(w.Header(), answer.Header())
			w.WriteHeader(answer.Code)
			_, _ = io.Copy(w, answer.Body)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL, func() map[string]int { mu.Lock(); defer mu.Unlock(); return maps.Clone(count) }
}

// However a source fails, and wherever the hub is killed, every row becomes one order and
// is confirmed.
func TestAnUnsteadySourceIsPulledWhole(t *testing.T) {
	const n, size = 300, 10
	b := &books{far: &far{}, confirmed: map[string]int{}}
	for i := range n {
		b.items = append(b.items, due(fmt.Sprint(i)))
	}
	e, err := soap.NewEndpoint(wire.NewBillingSystemHandler(b), soap.EndpointOptions{System: "billing", Zone: standardtest.Zone})
	if err != nil {
		t.Fatal(err)
	}
	url, struck := unsteady(t, e, 7)
	y := standardtest.System(t, "billing", nil)
	client, err := y.NewClient(soap.ClientOptions{Endpoint: url, Timeouts: soap.Timeouts{Header: 150 * time.Millisecond, Whole: 300 * time.Millisecond}, Repeatable: true})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	source, err := billing.NewSource(standard.Peer{System: y, Client: client, Clock: standardtest.NewClock()})
	if err != nil {
		t.Fatal(err)
	}
	store, rules := open(t), standardtest.Rules()
	kill := rand.New(rand.NewPCG(7, 2))
	var run core.JobRun
	lives := 0
	for ; run.State != core.RunDone; lives++ {
		if lives > 200 {
			t.Fatalf("after %d lives: %+v", lives, run)
		}
		r, err := pull.New(store, []pull.Job{{Name: "due", System: "billing", Source: source, PageSize: size, Retries: 2, RetryDelay: time.Millisecond}},
			pull.Options{Clock: standardtest.NewClock(), Log: zap.NewNop(), Rules: func() *life.Rules { return rules }, Holder: fmt.Sprint("life ", lives)})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(20+kill.IntN(400))*time.Millisecond)
		run, _ = r.RunOnce(ctx, "due", pull.Window{})
		cancel()
	}
	if run.Created != n || run.Fetched != n || run.Total != n || run.Page != n/size || run.Confirmed != run.Page {
		t.Errorf("%+v", run)
	}
	orders, err := store.Orders(t.Context(), core.OrderQuery{Limit: 1000})
	if err != nil || len(orders) != n || len(b.confirmed) != n {
		t.Errorf("%d orders, %d confirmed, %v", len(orders), len(b.confirmed), err)
	}
	for _, kind := range []string{"500 before", "500 after", "time-out", "cut"} {
		if struck()[kind] == 0 {
			t.Errorf("%s never struck: %v", kind, struck())
		}
	}
	if lives < 2 {
		t.Error("the hub was never killed")
	}
}
