package intake_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tundish/core/intake"
)

// counter reserves serials as a store does, after a while, unless it fails.
type counter struct {
	mu    sync.Mutex
	takes time.Duration
	err   error
	last  int64
	calls int
}

func (c *counter) ReserveNumbers(_ context.Context, n int) (int64, error) {
	time.Sleep(c.takes) // on the clock of the bubble
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	if c.err != nil {
		return 0, c.err
	}
	first := c.last + 1
	c.last += int64(n)
	return first, nil
}

func (c *counter) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
}

func (c *counter) asked() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls
}

func TestNobodyWaitsForTheNextBlockOfNumbers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &counter{takes: 5 * time.Millisecond}
		n := intake.NewNumbers(c)
		seen := map[int64]bool{}
		for i := range 5000 {
			start := time.Now()
			serial, err := n.Next(t.Context())
			if err != nil || seen[serial] {
				t.Fatalf("number %d: %d (seen %t), %v", i, serial, seen[serial], err)
			}
			seen[serial] = true
			if waited := time.Since(start); i > 0 && waited > 0 {
				t.Fatalf("number %d was waited for %s", i, waited)
			}
			time.Sleep(200 * time.Microsecond)
		}
		time.Sleep(time.Second) // whatever is being reserved is there
		if asked := c.asked(); asked > 24 {
			t.Errorf("%d reservations for 5000 numbers in a second", asked)
		}
	})
}

func TestNumbersComeAgainWhenTheStoreDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("disk full")
		c := &counter{takes: time.Millisecond, err: full}
		n := intake.NewNumbers(c)
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if _, err := n.Next(t.Context()); !errors.Is(err, full) {
					t.Errorf("got %v", err)
				}
			})
		}
		wg.Wait()
		if asked := c.asked(); asked != 1 {
			t.Errorf("the store was asked %d times for 20 who waited together", asked)
		}
		c.fail(nil)
		if _, err := n.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.fail(full) // meets the block that is reserved ahead
		for range 63 {
			if _, err := n.Next(t.Context()); err != nil {
				t.Fatalf("of the present block: %v", err)
			}
		}
		synctest.Wait()
		time.Sleep(time.Second)
		c.fail(nil)
		if _, err := n.Next(t.Context()); err != nil {
			t.Errorf("after a failure that nobody saw: %v", err)
		}
	})
}

func TestACallerThatGivesUpLeavesTheNumbersToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &counter{takes: time.Second}
		n := intake.NewNumbers(c)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := n.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v", err)
		}
		if serial, err := n.Next(t.Context()); err != nil || serial != 1 || c.asked() != 1 {
			t.Errorf("got %d, %v after %d reservations; want 1 of the block that was on its way", serial, err, c.asked())
		}
	})
}
