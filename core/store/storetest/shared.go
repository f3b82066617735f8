package storetest

import (
	"crypto/sha256"
	"sync"
	"sync/atomic"
	"time"

	"tundish/core"
)

func nonces(w *world) {
	other := w.open(w.T)
	digest := func(name string) [32]byte { return sha256.Sum256([]byte(string(w.system) + name)) }
	use := func(st core.NonceStore, name string, ttl time.Duration) bool {
		w.Helper()
		fresh, err := st.UseNonce(w.ctx, digest(name), ttl)
		w.ok(err)
		return fresh
	}
	if !use(w, "a", time.Minute) || use(w, "a", time.Minute) || use(other, "a", time.Minute) {
		w.Fatal("a nonce must be fresh once, at whichever hub")
	}
	if !use(other, "b", time.Minute) || use(w, "b", time.Minute) {
		w.Fatal("what the second hub took is not fresh at the first")
	}
	if !use(w, "c", 50*time.Millisecond) {
		w.Fatal("a nonce that nobody used is not fresh")
	}
	w.eventually("a nonce may come back when its time is over", func() bool { return use(other, "c", time.Minute) })
	if use(w, "c", time.Minute) {
		w.Fatal("it came back twice")
	}
	// A captured message is sent to both hubs many times at once.
	var taken atomic.Int32
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			st := core.NonceStore(w)
			if i%2 == 0 {
				st = other
			}
			fresh, err := st.UseNonce(w.ctx, digest("d"), time.Minute)
			if err != nil {
				w.Error(err)
			}
			if fresh {
				taken.Add(1)
			}
		})
	}
	all.Wait()
	if n := taken.Load(); n != 1 {
		w.Fatalf("one nonce was fresh %d times", n)
	}
}

func heldTarget(w *world) {
	other := w.open(w.T)
	target := w.system
	look := func(st core.TargetStore) (bool, time.Duration) {
		w.Helper()
		held, in, err := st.TargetHeld(w.ctx, target)
		w.ok(err)
		return held, in
	}
	yes := func(what string, want bool) func(bool, error) {
		return func(got bool, err error) {
			w.Helper()
			w.ok(err)
			if got != want {
				w.Fatalf("%s: %v", what, got)
			}
		}
	}
	if held, _ := look(w); held {
		w.Fatal("held before anybody held it")
	}
	yes("nobody held it, so there is nothing to probe", false)(w.ProbeTarget(w.ctx, target, time.Minute))
	yes("nobody held it, so it cannot be freed", false)(w.FreeTarget(w.ctx, target))
	yes("the first hub holds it", true)(w.HoldTarget(w.ctx, target, 300*time.Millisecond))
	yes("the second finds it held", false)(other.HoldTarget(w.ctx, target, 300*time.Millisecond))
	if held, in := look(other); !held || in > 300*time.Millisecond {
		w.Fatalf("the second hub sees %v, %v", held, in)
	}
	yes("it is too early for a probe", false)(other.ProbeTarget(w.ctx, target, time.Minute))
	w.eventually("the hold may be probed", func() bool { held, in := look(other); return held && in == 0 })
	// Both ask for the probe at once, many times: one gets it.
	var probes atomic.Int32
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			st := core.TargetStore(w)
			if i%2 == 0 {
				st = other
			}
			mine, err := st.ProbeTarget(w.ctx, target, time.Minute)
			if err != nil {
				w.Error(err)
			}
			if mine {
				probes.Add(1)
			}
		})
	}
	all.Wait()
	if n := probes.Load(); n != 1 {
		w.Fatalf("%d probes at once", n)
	}
	if held, in := look(w); !held || in < 30*time.Second {
		w.Fatalf("while it is probed: %v, %v", held, in)
	}
	yes("the probe failed", false)(w.HoldTarget(w.ctx, target, 10*time.Second))
	if held, in := look(other); !held || in > 10*time.Second {
		w.Fatalf("after it failed: %v, %v", held, in)
	}
	yes("whoever is answered ends the hold", true)(other.FreeTarget(w.ctx, target))
	yes("once", false)(w.FreeTarget(w.ctx, target))
	if held, _ := look(w); held {
		w.Fatal("still held after it was freed")
	}
}
