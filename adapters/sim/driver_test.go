package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"tundish/adapters/soap"
	"tundish/core"
)

func TestStepsAreDoneAtTheirTimeAndInSequence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := NewDriver(NewBooks("hotline", core.SystemClock{}, DefaultZone), core.SystemClock{}, 1, zap.NewNop())
		start := time.Now()
		var mu sync.Mutex
		var story []string
		tell := func(name string, failures int) func(context.Context) error {
			return func(context.Context) error {
				mu.Lock()
				defer mu.Unlock()
				if failures > 0 {
					failures--
					return errors.New("the hub is away")
				}
				story = append(story, name)
				return nil
			}
		}
		d.Plan(
			Step{At: start.Add(time.Hour), Key: "A", Op: "submit", Do: tell("A submitted", 9)},
			Step{At: start.Add(time.Hour + time.Second), Key: "A", Op: "amend", Do: tell("A amended", 0)},
			Step{At: start.Add(time.Hour + 2*time.Second), Key: "B", Op: "submit", Do: tell("B submitted", 0)},
		)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { d.Run(ctx); close(done) }()
		synctest.Wait()
		if planned, pending := d.Left(); planned != 3 || pending != 0 {
			t.Errorf("before: %d planned, %d pending", planned, pending)
		}
		time.Sleep(time.Hour + 3*time.Second)
		synctest.Wait()
		if planned, pending := d.Left(); planned != 0 || pending != 2 {
			t.Errorf("while the hub is away: %d planned, %d pending", planned, pending)
		}
		d.Plan(Step{At: start, Key: "B", Op: "query", Do: tell("B queried", 0)})
		time.Sleep(time.Hour)
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		want := []string{"B submitted", "B queried", "A submitted", "A amended"}
		if !slices.Equal(story, want) {
			t.Errorf("happened %v, want %v", story, want)
		}
		if n := d.books.Stats(); n.Attempts != 13 || n.Failed != 9 {
			t.Errorf("%d attempts, %d failed", n.Attempts, n.Failed)
		}
		cancel()
		<-done
	})
}

func TestARefusalIsNotRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := NewDriver(NewBooks("hotline", core.SystemClock{}, DefaultZone), core.SystemClock{}, 1, zap.NewNop())
		calls := 0
		refusal := &soap.Fault{Code: soap.CodeClient, Detail: "work_begun", Err: core.Fail(core.Invalid, "work_begun", "", "a crew has it", "")}
		d.Plan(Step{At: time.Now(), Key: "A", Op: "amend", Do: func(context.Context) error {
			calls++
			return fmt.Errorf("amend A: %w", refusal)
		}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		d.Run(ctx)
		if n := d.books.Stats(); calls != 1 || n.Refused != 1 || n.Failed != 0 {
			t.Errorf("%d calls, %+v", calls, n)
		}
	})
	if Refused(&soap.Fault{Code: soap.CodeServer, Detail: "internal", Err: core.Fail(core.Unavailable, "internal", "", "", "")}) {
		t.Error("a fault of the hub's own is no refusal")
	}
	if Refused(&soap.Fault{Code: soap.CodeClient, Err: core.Fail(core.Invalid, "unknown_address", "", "", "")}) {
		t.Error("a fault without the contract's detail is no refusal")
	}
}
