package peoplesim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/core/life"
)

var nine = time.Date(2026, 5, 11, 1, 0, 0, 0, time.UTC)

type stopped struct{}

func (stopped) Now() time.Time                       { return nine }
func (stopped) After(time.Duration) <-chan time.Time { return nil }

func people(t *testing.T, url string) *People {
	t.Helper()
	p, err := New(Options{HubURL: url, Clock: stopped{}, Zone: time.UTC, Log: zap.NewNop()})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestWhateverACrewReportsTheHubTakes: an invented completion that the hub refused would
// leave the day's ledger open.
func TestWhateverACrewReportsTheHubTakes(t *testing.T) {
	p := people(t, "http://127.0.0.1:1")
	rules := &life.Rules{Types: core.OrderTypes{}, Zone: time.UTC}
	required := map[core.Family][]string{
		core.Replacement: {"old_final_reading", "new_serial", "new_initial_reading"}, core.Removal: {"old_final_reading"},
		core.Installation: {"new_serial", "new_initial_reading"}, core.Recheck: {"rechecked_reading"}, core.Repair: {"handling", "work"}, core.Service: {"work"},
	}
	outcomes := map[core.ResultOutcome]int{}
	photos := map[string]bool{}
	taken := 0
	for family, fields := range required {
		code := string(family)
		rules.Types[code] = &core.OrderType{Code: code, Family: family, Minutes: 30, Required: fields}
		for n := range 300 {
			o := core.WorkOrder{
				No: "W26-0000001-0", Version: 1, Ref: core.Ref{System: "billing", External: fmt.Sprint(code, n)}, Type: code, Family: family, Urgency: core.Normal, Phase: core.Field,
				Meter: core.Meter{LastReading: []string{"", "0", "12", "7.125", "999"}[n%5]}, Assignment: &core.Assignment{CrewID: "R1", Day: "2026-05-11", Minutes: 30, State: core.FieldOnSite},
			}
			body := p.completion(&o)
			if _, err := rules.Complete(o, "R1", body.Completion, life.Step{Now: nine, Actor: life.Hub("crew:R1"), By: "crew:R1"}); err != nil {
				t.Fatalf("%s %d: %v", family, n, err)
			}
			outcomes[body.Completion.Outcome]++
			if again := p.completion(&o); !reflect.DeepEqual(again, body) {
				t.Fatalf("%s %d is told differently the second time", family, n)
			}
			for _, ph := range body.Photos {
				taken++
				photos[string(ph.Bytes)] = true
				if kind := http.DetectContentType(ph.Bytes); kind != "image/png" {
					t.Fatalf("a photo is %s", kind)
				}
			}
		}
	}
	if outcomes[core.Done] == 0 || outcomes[core.CouldNotBeDone] == 0 {
		t.Errorf("outcomes %v: a day has both", outcomes)
	}
	if len(photos) < taken*99/100 {
		t.Errorf("%d photos for %d orders: a mixed-up one would not show", len(photos), taken)
	}
}

func TestALaterReadingKeepsItsDecimals(t *testing.T) {
	for before, want := range map[string]string{"": "7", "0": "7", "12": "19", "7.125": "14.125", "0.000": "7.000", "x": "7"} {
		if got := later(before, 7); got != want {
			t.Errorf("%q becomes %q, want %q", before, got, want)
		}
	}
}

func TestSomebodyPressesTheButtonUntilTheHubAnswers(t *testing.T) {
	var calls atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch calls.Add(1) {
		case 1:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 2:
			panic(http.ErrAbortHandler) // the line breaks
		case 3:
			_, _ = w.Write([]byte(`{}`))
		default:
			w.WriteHeader(http.StatusConflict)
			_, _ = w.Write([]byte(`{"error":{"code":"already","message":"the crew has it already"}}`))
		}
	}))
	defer srv.Close()
	p := people(t, srv.URL)
	if err := p.api.post(t.Context(), "/x", "R1", struct{}{}); err != nil || calls.Load() != 3 {
		t.Errorf("%v after %d calls, want an answer at the third", err, calls.Load())
	}
	var no *refused
	if err := p.api.post(t.Context(), "/x", "R1", struct{}{}); !errors.As(err, &no) || no.Code != "already" || calls.Load() != 4 {
		t.Errorf("%v after %d calls: a no is an answer", err, calls.Load())
	}
	srv.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.api.post(ctx, "/x", "R1", struct{}{}); !errors.Is(err, context.Canceled) {
		t.Errorf("after the day has ended: %v", err)
	}
}
