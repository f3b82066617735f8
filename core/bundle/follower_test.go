package bundle_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"tundish/core"
	"tundish/core/bundle"
	"tundish/core/store/memstore"
)

// hub applies versions, but for those whose content says "bad".
type hub struct {
	mu    sync.Mutex
	live  string
	tries []string
}

func (h *hub) apply(b core.Bundle) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	text := strings.TrimSpace(string(b.Files[1].Bytes))
	h.tries = append(h.tries, text)
	if strings.HasPrefix(text, "bad") {
		return errors.New("it is bad")
	}
	h.live = text
	return nil
}

func follow(t *testing.T, st bundle.Reader, h *hub) *observer.ObservedLogs {
	t.Helper()
	seen, logs := observer.New(zap.InfoLevel)
	f, err := bundle.NewFollower(st, bundle.FollowerOptions{Clock: core.SystemClock{}, Log: zap.New(seen), Every: time.Second, Apply: one(h.apply)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = f.Run(ctx) })
	t.Cleanup(func() { stop(); running.Wait() })
	return logs
}

func TestEveryHubFollowsThePointer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := memstore.New(memstore.Options{})
		p := bundle.NewPublisher(st, core.SystemClock{})
		hubs := []*hub{{}, {}}
		for _, h := range hubs {
			follow(t, st, h)
		}
		expect := func(want string) {
			t.Helper()
			time.Sleep(time.Second)
			synctest.Wait()
			for i, h := range hubs {
				if h.live != want {
					t.Fatalf("hub %d has %q live, want %q", i, h.live, want)
				}
			}
		}
		publish(t, p, "a")
		expect("a")
		publish(t, p, "b")
		publish(t, p, "c") // of two moves between two looks the last
		expect("c")
		live, _ := p.Live(t.Context(), scope)
		if _, err := rollback(t, p, live, "1", "wang", ""); err != nil {
			t.Fatal(err)
		}
		expect("a")
		if want := []string{"a", "c", "a"}; !slices.Equal(hubs[0].tries, want) {
			t.Fatalf("applied %v, want %v", hubs[0].tries, want)
		}
	})
}

func TestAVersionThatCannotBeUsedIsTriedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := memstore.New(memstore.Options{})
		p := bundle.NewPublisher(st, core.SystemClock{})
		h := &hub{}
		logs := follow(t, st, h)
		publish(t, p, "a")
		time.Sleep(time.Second)
		synctest.Wait()
		publish(t, p, "bad")
		time.Sleep(time.Minute)
		synctest.Wait()
		if want := []string{"a", "bad"}; !slices.Equal(h.tries, want) || h.live != "a" {
			t.Fatalf("tried %v, live is %q", h.tries, h.live)
		}
		if n := logs.FilterLevelExact(zap.ErrorLevel).Len(); n != 1 {
			t.Fatalf("it was logged %d times", n)
		}
		publish(t, p, "b")
		time.Sleep(time.Second)
		synctest.Wait()
		publish(t, p, "bad")
		time.Sleep(time.Second)
		synctest.Wait()
		if want := []string{"a", "bad", "b", "bad"}; !slices.Equal(h.tries, want) || h.live != "b" {
			t.Fatalf("tried %v, live is %q: a pointer that moves is reason to try again", h.tries, h.live)
		}
	})
}

// failing does not answer while it is told not to.
type failing struct {
	bundle.Reader
	pointers, bundles atomic.Bool
}

func (f *failing) BundlePointers(ctx context.Context) ([]core.BundlePointer, error) {
	if f.pointers.Load() {
		return nil, core.Because(core.Unavailable, "store_away", errors.New("away"))
	}
	return f.Reader.BundlePointers(ctx)
}

func (f *failing) Bundle(ctx context.Context, s core.Scope, id string) (core.Bundle, error) {
	if f.bundles.Load() {
		return core.Bundle{}, core.Because(core.Unavailable, "store_away", errors.New("away"))
	}
	return f.Reader.Bundle(ctx, s, id)
}

func TestAStoreThatIsAwayIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := memstore.New(memstore.Options{})
		p := bundle.NewPublisher(st, core.SystemClock{})
		h, away := &hub{}, &failing{Reader: st}
		logs := follow(t, away, h)
		publish(t, p, "a")
		time.Sleep(time.Second)
		synctest.Wait()
		for _, outage := range []*atomic.Bool{&away.pointers, &away.bundles} {
			outage.Store(true)
			publish(t, p, h.live+"a")
			time.Sleep(time.Minute)
			synctest.Wait()
			before := h.live
			outage.Store(false)
			time.Sleep(time.Second)
			synctest.Wait()
			if h.live != before+"a" {
				t.Fatalf("after the outage %q is live, want %q", h.live, before+"a")
			}
		}
		if n := logs.FilterLevelExact(zap.WarnLevel).Len(); n != 2 {
			t.Fatalf("two outages were logged %d times", n)
		}
	})
}

// desks is a hub with two scopes: a system must not use order types that there are not.
type desks map[core.Scope]string

func (d desks) apply(b core.Bundle) error {
	text := strings.TrimSpace(string(b.Files[0].Bytes))
	if b.Scope == core.OrderTypesScope && text == "none" && d[core.SystemScope("a")] == "uses" {
		return errors.New("system a uses a type that there is not")
	}
	d[b.Scope] = text
	return nil
}

// publishAt makes one file live in a scope.
func publishAt(t *testing.T, p *bundle.Publisher, s core.Scope, path, text string) {
	t.Helper()
	live, err := p.Live(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Publish(t.Context(), live, []core.BundleFile{{Path: path, Bytes: []byte(text)}}, "li", ""); err != nil {
		t.Fatal(err)
	}
}

func TestAVersionIsTriedAgainBesideItsNeighbours(t *testing.T) {
	st := memstore.New(memstore.Options{})
	p := bundle.NewPublisher(st, core.SystemClock{})
	live := desks{}
	seen, logs := observer.New(zap.InfoLevel)
	f, err := bundle.NewFollower(st, bundle.FollowerOptions{Clock: core.SystemClock{}, Log: zap.New(seen), Every: time.Second, Apply: one(live.apply)})
	if err != nil {
		t.Fatal(err)
	}
	look := func() {
		t.Helper()
		if err := f.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	sys := core.SystemScope("a")
	put := func(s core.Scope, text string) {
		t.Helper()
		path := "systems/a.yaml"
		if s == core.OrderTypesScope {
			path = "order-types/x.yaml"
		}
		publishAt(t, p, s, path, text)
	}
	put(core.OrderTypesScope, "one")
	put(sys, "uses")
	look()
	put(sys, "does not use")
	put(core.OrderTypesScope, "none") // is looked at first
	look()
	if live[core.OrderTypesScope] != "none" || logs.FilterLevelExact(zap.ErrorLevel).Len() != 0 {
		t.Fatalf("both moved between two looks: live are %v, logged was %v", live, logs.All())
	}
	put(core.OrderTypesScope, "one")
	put(sys, "uses")
	look()
	put(core.OrderTypesScope, "none")
	look()
	look()
	if live[core.OrderTypesScope] != "one" || logs.FilterLevelExact(zap.ErrorLevel).Len() != 1 {
		t.Fatalf("a bad version: live are %v, logged was %v", live, logs.All())
	}
	put(sys, "does not use")
	look()
	if live[core.OrderTypesScope] != "none" {
		t.Fatalf("its neighbour moved later: live are %v", live)
	}
}

func TestAVersionIsTriedAgainAfterAFailureOfTheMachine(t *testing.T) {
	st := memstore.New(memstore.Options{})
	p := bundle.NewPublisher(st, core.SystemClock{})
	seen, logs := observer.New(zap.InfoLevel)
	tries, full := 0, true
	f, err := bundle.NewFollower(st, bundle.FollowerOptions{Clock: core.SystemClock{}, Log: zap.New(seen), Every: time.Second, Apply: func(...core.Bundle) error {
		if tries++; full {
			return core.Because(core.Unavailable, "temp", errors.New("no space left on device"))
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	publish(t, p, "a")
	for i := range 6 {
		full = i < 3
		if err := f.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if tries != 4 {
		t.Fatalf("tried %d times, want 3 in vain and one more", tries)
	}
	if n := logs.FilterLevelExact(zap.ErrorLevel).Len(); n != 1 {
		t.Fatalf("the failure was logged %d times", n)
	}
}

// pair is a hub whose scopes a and b must have the same text; c takes anything but "bad".
type pair map[core.Scope]string

func (p pair) check(versions []core.Bundle) (map[core.Scope]string, error) {
	next := maps.Clone(map[core.Scope]string(p))
	for _, b := range versions {
		next[b.Scope] = strings.TrimSpace(string(b.Files[0].Bytes))
	}
	if next["system/a"] != next["system/b"] {
		return nil, errors.New("a and b do not agree")
	}
	if next["system/c"] == "bad" {
		return nil, errors.New("c is bad")
	}
	return next, nil
}

func (p pair) apply(versions ...core.Bundle) error {
	next, err := p.check(versions)
	if err == nil {
		maps.Copy(p, next)
	}
	return err
}

func TestVersionsThatAreGoodOnlyTogetherGoLiveTogether(t *testing.T) {
	st := memstore.New(memstore.Options{})
	p := bundle.NewPublisher(st, core.SystemClock{})
	live := pair{}
	tries := 0
	seen, logs := observer.New(zap.InfoLevel)
	f, err := bundle.NewFollower(st, bundle.FollowerOptions{Clock: core.SystemClock{}, Log: zap.New(seen), Every: time.Second, Apply: func(versions ...core.Bundle) error {
		tries++
		return live.apply(versions...)
	}})
	if err != nil {
		t.Fatal(err)
	}
	put := func(text string, scopes ...core.Scope) {
		t.Helper()
		for _, s := range scopes {
			publishAt(t, p, s, "systems/"+strings.TrimPrefix(string(s), "system/")+".yaml", text)
		}
	}
	look := func() {
		t.Helper()
		if err := f.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	put("1", "system/a", "system/b", "system/c")
	look()
	put("2", "system/a", "system/b")
	look()
	if live["system/a"] != "2" || live["system/b"] != "2" || logs.FilterLevelExact(zap.ErrorLevel).Len() != 0 {
		t.Fatalf("live are %v, logged was %v", live, logs.All())
	}
	put("3", "system/a") // the other half comes a look later
	look()
	put("bad", "system/c")
	put("3", "system/b")
	look()
	if live["system/a"] != "3" || live["system/b"] != "3" || live["system/c"] != "1" {
		t.Fatalf("with a bad one beside them: live are %v", live)
	}
	before := tries
	look()
	look()
	if tries != before {
		t.Errorf("%d more tries although nothing moved", tries-before)
	}
}
