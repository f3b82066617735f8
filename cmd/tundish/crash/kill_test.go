package crash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"tundish/cmd/tundish/app"
	"tundish/core"
)

// phases of a run. All of the load goes on in each; what differs is the moment of the
// kills, and what share of them it gets, in percent. The rest is for tundish migrate.
var phases = []struct {
	name    string
	share   int
	moments []string
}{
	{"intake", 35, []string{anyMoment, submitted, submitted, logged}},
	{"pull", 25, []string{asked, served, confirmed, anyMoment}},
	{"write-back", 20, []string{arrived, applied, logged}},
	{"start", 10, []string{starting}},
}

// death is one kill of the schedule.
type death struct {
	moment string
	uptime time.Duration // how long the hub serves, at least, before the moment is waited for
	delay  time.Duration // between the moment and the kill
}

// schedule is the same for a seed and a phase.
func schedule(phase, n int) []death {
	r := rand.New(rand.NewPCG(theSeed(), 0x6465_6164+uint64(phase)))
	list := make([]death, n)
	for i := range list {
		d := &list[i]
		d.moment = phases[phase].moments[r.IntN(len(phases[phase].moments))]
		d.uptime = time.Duration(50+r.IntN(700)) * time.Millisecond
		switch d.moment {
		case submitted, logged:
			d.delay = time.Duration(r.IntN(4000)) * time.Microsecond
		case starting:
			d.delay = time.Duration(r.IntN(80)) * time.Millisecond
		}
	}
	return list
}

// die kills the hub once and starts it again; missed tells that its moment did not come,
// so that it was killed at another.
func (w *world) die(d death) (missed bool, err error) {
	time.Sleep(d.uptime)
	// A slow machine needs longer: no life without a few answers, or callers wait for ever.
	answered := w.journal.acknowledged.Load() + callersAtWork
	for late := time.Now().Add(10 * time.Second); w.journal.acknowledged.Load() < answered && time.Now().Before(late); {
		time.Sleep(time.Millisecond)
	}
	if d.moment == starting {
		if !w.hub.kill() {
			return false, fmt.Errorf("the hub had ended by itself (%v) after it said:\n%s", w.hub.err, w.hub.said())
		}
		if _, err := w.spawn(); err != nil {
			return false, err
		}
		time.Sleep(d.delay)
		if !w.hub.kill() {
			return false, fmt.Errorf("the hub did not start (%v); it said:\n%s", w.hub.err, w.hub.said())
		}
		return false, w.serve()
	}
	release := func() {}
	if d.moment != anyMoment {
		var reached bool
		reached, release = w.moments.await(d.moment, 5*time.Second)
		missed = !reached
	}
	time.Sleep(d.delay)
	lived := w.hub.kill()
	release()
	if !lived {
		return missed, fmt.Errorf("the hub had ended by itself (%v) after it said:\n%s", w.hub.err, w.hub.said())
	}
	return missed, w.serve()
}

// load is everybody at work.
type load struct {
	w                    *world
	people               *people
	callers, pulls, desk sync.WaitGroup
	stopCallers          chan struct{}
	stopPulls, stopDesk  chan struct{}
	mu                   sync.Mutex
	failed               error
}

const callersAtWork = 6

// everybody starts the load. Phase keeps the names of the orders of each apart.
func (w *world) everybody(phase int) *load {
	l := &load{w: w, people: newPeople(w.hubURL), stopCallers: make(chan struct{}), stopPulls: make(chan struct{}), stopDesk: make(chan struct{})}
	for n := range callersAtWork {
		c := newCaller(w, phase*callersAtWork+n)
		l.callers.Go(func() {
			if err := c.work(l.stopCallers); err != nil {
				l.mu.Lock()
				l.failed = err
				l.mu.Unlock()
			}
		})
	}
	l.pulls.Go(func() { l.people.pull(l.stopPulls) })
	l.desk.Go(func() { l.people.work(l.stopDesk) })
	return l
}

// settle lets everybody come to an end: callers get their last answers, the pull that was
// interrupted is resumed, what is owed is delivered. Then the hub is asked to stop.
func (l *load) settle() error {
	close(l.stopCallers)
	l.callers.Wait()
	close(l.stopPulls)
	l.pulls.Wait()
	close(l.stopDesk)
	l.desk.Wait()
	if l.failed != nil {
		return l.failed
	}
	if err := l.w.disturb(false); err != nil {
		return err
	}
	if err := soon("the pull is done", func() bool {
		var run core.JobRun
		return l.people.call("POST", "/jobs/"+pullJob+"/run", struct{}{}, &run) == nil && run.State == core.RunDone
	}); err != nil {
		return err
	}
	if err := soon("what is owed is delivered", func() bool {
		var owed struct{ Messages []core.OutboxMessage }
		return l.people.call("GET", "/outbox?state=due,unknown&limit=1", nil, &owed) == nil && len(owed.Messages) == 0
	}); err != nil {
		return err
	}
	return l.w.hub.stop()
}

// line is one row of the table at the end.
type line struct {
	phase                                           string
	kills, acknowledged, retried, delivered, faults int
	took                                            time.Duration
}

const rowFormat = "%-12s %6v %13v %8v %10v %7v %8v\n"

func printTable(lines []line) {
	fmt.Printf("\n"+rowFormat, "phase", "kills", "acknowledged", "retried", "delivered", "faults", "time")
	sum := line{phase: "all"}
	row := func(l line) {
		fmt.Printf(rowFormat, l.phase, l.kills, l.acknowledged, l.retried, l.delivered, l.faults, l.took.Round(100*time.Millisecond))
	}
	for _, l := range lines {
		row(l)
		sum.kills, sum.acknowledged, sum.retried, sum.delivered, sum.faults, sum.took = sum.kills+l.kills, sum.acknowledged+l.acknowledged, sum.retried+l.retried, sum.delivered+l.delivered, sum.faults+l.faults, sum.took+l.took
	}
	row(sum)
	fmt.Println()
}

// TestTheHubKeepsItsPromisesThroughKills is the crash harness on SQLite.
func TestTheHubKeepsItsPromisesThroughKills(t *testing.T) {
	t.Parallel()
	survive(t, "", migrationOfAFile)
}

// TestTheHubKeepsItsPromisesThroughKillsOnAServer is the same on the server in
// TUNDISH_TEST_SQLSERVER.
func TestTheHubKeepsItsPromisesThroughKillsOnAServer(t *testing.T) {
	dsn := os.Getenv("TUNDISH_TEST_SQLSERVER")
	if dsn == "" {
		t.Skip("TUNDISH_TEST_SQLSERVER is not set")
	}
	fresh, drop, err := app.NewDatabase(t.Context(), dsn, fmt.Sprintf("tundish_crash_%d", time.Now().UnixMilli()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			fmt.Printf("evidence is kept: database %s\n", fresh)
			return
		}
		drop()
	})
	survive(t, fresh, migrationOnAServer(dsn))
}

// survive kills the hub, phase after phase, then tundish migrate.
func survive(t *testing.T, dsn string, migration func(*testing.T, int) line) {
	fmt.Printf("seed %d, %d kills\n", theSeed(), *kills)
	w := newWorld(t, evidence(t), dsn)
	if err := w.serve(); err != nil {
		t.Fatal(err)
	}
	var lines []line
	left := *kills
	for i, p := range phases {
		n := *kills * p.share / 100
		left -= n
		l, err := w.phase(t.Context(), i, n)
		if err != nil {
			t.Fatalf("%s: %v\nseed %d, %s", p.name, err, theSeed(), w.dir)
		}
		lines = append(lines, l)
		for _, f := range w.found {
			t.Errorf("after the kills of %s: %s", p.name, f)
		}
		if t.Failed() {
			break
		}
		if i < len(phases)-1 {
			if err := w.serve(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !t.Failed() {
		lines = append(lines, migration(t, left))
	}
	printTable(lines)
	for _, l := range lines {
		if l.phase != "migration" && (l.acknowledged == 0 || l.delivered == 0) {
			t.Errorf("%s: nothing was acknowledged, or nothing delivered: nothing has been shown", l.phase)
		}
	}
}

// phase kills the hub n times under full load, lets everything settle, and looks.
func (w *world) phase(ctx context.Context, i, n int) (line, error) {
	begun := time.Now()
	acknowledged, retried := w.journal.acknowledged.Load(), w.journal.retried.Load()
	effects := w.delivered()
	if err := w.disturb(true); err != nil {
		return line{}, err
	}
	everybody := w.everybody(i)
	missed := 0
	var failed error
	w.killing.Store(true)
	for _, d := range schedule(i, n) {
		gone, err := w.die(d)
		if err != nil {
			failed = err
			break
		}
		if gone {
			missed++
		}
	}
	w.killing.Store(false)
	if failed != nil {
		return line{}, failed
	}
	if err := everybody.settle(); err != nil {
		return line{}, err
	}
	s, found, err := w.look(ctx)
	if err != nil {
		return line{}, err
	}
	w.found = found
	l := line{phases[i].name, n, int(w.journal.acknowledged.Load() - acknowledged), int(w.journal.retried.Load() - retried), w.delivered() - effects, len(found), time.Since(begun)}
	fmt.Printf("%s: %d kills (%d at another moment than planned), %d orders stored, %d runs of the pull; %d faults found\n", l.phase, n, missed, len(s.Orders), len(s.Runs), len(found))
	return l, nil
}

// delivered counts the messages that took effect at their targets.
func (w *world) delivered() (n int) {
	for _, b := range w.books() {
		n += len(b.Effects())
	}
	return n
}
