package lists_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/lists"
	"tundish/core/store/sqlite"
)

func received(t *testing.T, st *sqlite.Store, no, name string) {
	t.Helper()
	o := core.WorkOrder{No: core.OrderNo(no), Ref: core.Ref{System: "hotline", External: "x" + no}, Type: "leak", Family: core.Repair, Phase: core.Dispatching, Customer: core.Customer{Name: name}}
	ch, err := core.NewChange(nil, o, core.Event{At: time.Now(), Kind: core.EventReceived, By: "system:hotline"})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Commit(t.Context(), core.Unit{Orders: []core.OrderChange{ch}})[0].Error(); err != nil {
		t.Fatal(err)
	}
}

// Of two hubs one indexes; when it stops, the other goes on where it was.
func TestTheOtherHubGoesOnIndexing(t *testing.T) {
	st, err := sqlite.Open(filepath.Join(t.TempDir(), "hub.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if err := st.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	run := func(holder string) (stop func()) {
		x, err := lists.NewIndexer(st, lists.Options{Holder: holder, Lease: 300 * time.Millisecond, Every: 10 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- x.Run(ctx) }()
		return func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	stopA := run("a")
	stopB := run("b")
	defer stopB()
	findable := func(name string) {
		t.Helper()
		end := time.Now().Add(20 * time.Second)
		for {
			found, err := st.Search(t.Context(), core.SearchQuery{Text: name})
			if err != nil {
				t.Fatal(err)
			}
			if len(found) == 1 {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%s is not found", name)
			}
			<-time.After(5 * time.Millisecond)
		}
	}
	received(t, st, "W1", "王伟")
	findable("王伟")
	stopA()
	received(t, st, "W2", "李娜")
	findable("李娜")
}
