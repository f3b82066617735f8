package sim_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tundish/core"
	rules "tundish/core/life"
)

// A run: faults for so long, then everything must come to rest.
const (
	faultsLast = 3 * time.Minute
	restWithin = 30 * time.Minute
	mostSteps  = 60_000
)

// world is one run: systems, hubs, crews and their one database.
type world struct {
	*sched
	seed   uint64
	flaws  flaws
	faults faults
	// healed: faults are over for good.
	healed bool

	ctx  context.Context // of the world; ends with it
	quit chan struct{}
	wg   sync.WaitGroup // of the actors

	check   *checker
	db      *db
	rules   *rules.Rules
	hubs    []*hub
	lives   []*life // of all hubs, also those that are over
	billing *billing
	targets map[core.SystemID]*target
	// busy sources that have something to say still.
	busy int
	// calls of sources so far
	calls int
	// arrivals of commands, for the flaw that needs them
	arrivals map[string]int
}

// faults are how often something goes wrong, per thousand calls. Each seed has its own
// mixture, so that rare faults are not always hidden behind frequent ones.
type faults struct {
	storeLost, answerLost, powerCut, disk  int
	requestLost, replyLost, doubled        int
	slowSource, slowTarget                 int
	targetAway, targetAnswerLost, refusals int
	kill, freeze                           int // per look of the one who does it
}

func mixture(r *rand.Rand) faults {
	one := func(most int) int {
		if r.IntN(3) == 0 {
			return 0
		}
		return r.IntN(most + 1)
	}
	return faults{
		storeLost: one(10), answerLost: one(20), powerCut: one(40), disk: one(120),
		requestLost: one(150), replyLost: one(200), doubled: one(300), slowSource: one(600), slowTarget: one(700),
		targetAway: one(200), targetAnswerLost: one(150), refusals: one(30),
		kill: one(500), freeze: one(700),
	}
}

// result of a run.
type result struct {
	broken *violation
	trace  *trace
	steps  int
	took   time.Duration // on the world's clock
	// what took place, so that a run in which nothing happens is noticed
	acked, delivered, pages, kills, freezes int
}

// simulate runs one seed in a bubble of its own.
func simulate(t *testing.T, seed uint64, fl flaws, whole bool) (res result) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(seed, fl, whole)
		w.start()
		w.run(w.atRest)
		if w.broken.Load() == nil {
			w.check.final()
		}
		res = result{broken: w.broken.Load(), trace: &w.trace, steps: w.steps, took: time.Since(w.began),
			acked: len(w.check.acked), delivered: w.check.effects, pages: w.check.pages, kills: w.check.kills, freezes: w.check.freezes}
		w.stop()
	})
	return res
}

func newWorld(seed uint64, fl flaws, whole bool) *world {
	w := &world{sched: newSched(seed, mostSteps, whole), seed: seed, flaws: fl, quit: make(chan struct{}), targets: map[core.SystemID]*target{}, arrivals: map[string]int{}}
	w.faults = mixture(w.actor("faults"))
	w.ctx = context.Background()
	w.rules = houseRules()
	w.check = newChecker(w)
	w.db = newDB(w)
	w.billing = newBilling(w)
	for _, id := range []core.SystemID{"hotline", "billing"} {
		w.targets[id] = &target{w: w, id: id, applied: map[string]bool{}, last: map[core.OrderNo]int64{}}
	}
	return w
}

// actor gives somebody a source of choices that is his alone.
func (w *world) actor(name string) *rand.Rand {
	h := uint64(14695981039346656037)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	return rand.New(rand.NewPCG(w.seed, h))
}

func (w *world) start() {
	w.open()
	w.wg.Go(w.db.write)
	for i := range 2 + int(w.seed%2) {
		h := &hub{w: w, name: fmt.Sprintf("h%d", i+1)}
		w.hubs = append(w.hubs, h)
		h.start()
	}
	for i := range 6 {
		w.source(i)
	}
	w.wg.Go(w.billing.grow)
	for _, c := range crewIDs {
		w.wg.Go(func() { w.crew(c) })
	}
	w.wg.Go(w.controlRoom)
	w.wg.Go(w.trouble)
}

// trouble kills and freezes hubs and changes the moods of targets, until it heals.
func (w *world) trouble() {
	r := w.actor("trouble")
	for time.Since(w.began) < faultsLast {
		if w.pause(time.Duration(1+r.IntN(20)) * time.Second) {
			return
		}
		d := w.yield(nil, "trouble")
		h := w.hubs[d.n(len(w.hubs))]
		switch {
		case d.chance(w.faults.kill):
			d.note("kill %s", h.life)
			w.check.kills++
			h.kill()
		case d.chance(w.faults.freeze):
			long := d.span(5*time.Second, 100*time.Second)
			d.note("freeze %s for %s", h.life, long.Round(time.Second))
			w.check.freezes++
			h.life.frozen = time.Now().Add(long)
		case d.chance(w.faults.kill / 2):
			d.note("stop %s", h.life)
			h.stop()
		default:
			w.targets[[]core.SystemID{"hotline", "billing"}[d.n(2)]].change(d)
		}
	}
	d := w.yield(nil, "trouble ends")
	w.heal()
	d.note("from here on nothing fails")
}

// heal ends all faults: what is owed must now be paid.
func (w *world) heal() {
	w.faults, w.calm, w.healed = faults{}, true, true
	for _, t := range w.targets {
		t.mood = well
	}
	for _, h := range w.hubs {
		h.life.frozen = time.Time{}
	}
}

// pause waits on the world's clock; true when the world ends.
func (w *world) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return false
	case <-w.quit:
		return true
	}
}

// atRest tells that everybody has said what he had to say and nothing is owed any more.
func (w *world) atRest() bool {
	if !w.healed || w.steps%16 != 0 && w.busy > 0 {
		return false
	}
	if time.Since(w.began) > faultsLast+restWithin {
		w.fail("liveness", "%s after the last fault: %d sources are not answered, %d rows not pulled, %d messages not delivered", restWithin, w.busy, w.billing.missing(), w.check.owed())
		return false
	}
	return w.busy == 0 && w.billing.missing() == 0 && w.check.owed() == 0
}

// stop unwinds everybody, so that the bubble can end.
func (w *world) stop() {
	close(w.quit)
	for _, l := range w.lives {
		l.die()
	}
	gone := make(chan struct{})
	go func() { w.wg.Wait(); close(gone) }()
	w.drain(func() bool {
		select {
		case <-gone:
			return false
		default:
			return true
		}
	})
}
