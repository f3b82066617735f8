package group

import (
	"context"
	"slices"
	"sync"
	"testing"

	"tundish/core"
)

func one(int) int { return 1 }

func TestACallerThatGivesUpBeforeItsTurnLeavesNothingBehind(t *testing.T) {
	q := NewQueue[int](4)
	ctx, cancel := context.WithCancel(t.Context())
	first, _ := q.Put(ctx, 1)
	second, _ := q.Put(t.Context(), 2)
	cancel()
	if err := first.Wait(ctx); !core.IsKind(err, core.Unavailable) {
		t.Fatalf("withdrawn task: %v, want unavailable", err)
	}
	batch := q.Next(nil, 10, one)
	if len(batch) != 1 || batch[0] != second {
		t.Fatalf("the writer got %d tasks, want only the second", len(batch))
	}
	batch[0].Done()
	if err := second.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestACallerThatGivesUpDuringItsTurnIsToldThatTheFateIsUnknown(t *testing.T) {
	q := NewQueue[int](4)
	ctx, cancel := context.WithCancel(t.Context())
	ticket, _ := q.Put(ctx, 1)
	q.Next(nil, 10, one)
	cancel()
	if err := ticket.Wait(ctx); !core.IsKind(err, core.OutcomeUnknown) {
		t.Fatalf("taken task: %v, want outcome unknown", err)
	}
}

func TestAFullQueueHoldsCallersBackNoLongerThanTheyWish(t *testing.T) {
	q := NewQueue[int](1)
	if _, err := q.Put(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := q.Put(ctx, 2); !core.IsKind(err, core.Unavailable) {
		t.Fatalf("full queue: %v, want unavailable", err)
	}
}

func TestABatchEndsAtItsWeight(t *testing.T) {
	q := NewQueue[int](8)
	for i := range 5 {
		if _, err := q.Put(t.Context(), i); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(q.Next(nil, 3, one)); got != 3 {
		t.Fatalf("batch of %d, want 3", got)
	}
	if got := len(q.Next(nil, 3, one)); got != 2 {
		t.Fatalf("batch of %d, want the remaining 2", got)
	}
}

func TestCloseSettlesWhatWaitsAndRefusesTheRest(t *testing.T) {
	q := NewQueue[int](2)
	var settled sync.WaitGroup
	settled.Go(func() {
		for batch := q.Next(nil, 10, one); len(batch) > 0; batch = q.Next(nil, 10, one) {
			for _, ticket := range batch {
				ticket.Done()
			}
		}
	})
	var callers sync.WaitGroup
	for range 50 {
		callers.Go(func() {
			ticket, err := q.Put(context.Background(), 1)
			if err == nil {
				err = ticket.Wait(context.Background())
			}
			if err != nil && core.CodeOf(err) != "store_closed" {
				t.Errorf("got %v, want settled or closed", err)
			}
		})
	}
	q.Close()
	callers.Wait()
	settled.Wait()
	if _, err := q.Put(t.Context(), 1); core.CodeOf(err) != "store_closed" {
		t.Fatalf("after Close: %v, want store_closed", err)
	}
}

func TestALowTaskGoesAloneWhenNobodyElseWaitsOrHasWaitedLongEnough(t *testing.T) {
	q := NewQueue[int](100)
	put := func(put func(context.Context, int) (*Ticket[int], error), task int) {
		t.Helper()
		if _, err := put(t.Context(), task); err != nil {
			t.Fatal(err)
		}
	}
	next := func() (tasks []int) {
		for _, ticket := range q.Next(nil, 10, one) {
			tasks = append(tasks, ticket.Task)
		}
		return tasks
	}
	put(q.PutLow, -1)
	put(q.Put, 1)
	put(q.Put, 2)
	if got := next(); !slices.Equal(got, []int{1, 2}) {
		t.Fatalf("first %v, want what was not low", got)
	}
	if got := next(); !slices.Equal(got, []int{-1}) {
		t.Fatalf("then %v, want the low task", got)
	}
	put(q.PutLow, -2)
	for i := range patience {
		put(q.Put, i)
		if got := next(); !slices.Equal(got, []int{i}) {
			t.Fatalf("batch %d is %v, want what was not low", i, got)
		}
	}
	put(q.Put, 7)
	if got := next(); !slices.Equal(got, []int{-2}) {
		t.Fatalf("after %d batches %v, want the low task", patience, got)
	}
	if got := next(); !slices.Equal(got, []int{7}) {
		t.Fatalf("then %v", got)
	}
	put(q.PutLow, -3)
	q.Close()
	if got := next(); !slices.Equal(got, []int{-3}) {
		t.Fatalf("closed with a low task waiting: %v", got)
	}
	if got := next(); len(got) != 0 {
		t.Fatalf("closed and empty: %v", got)
	}
}
