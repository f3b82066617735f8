package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tundish/adapters/sim"
	"tundish/cmd/tundish/app"
	"tundish/cmd/tundish/demo"
	"tundish/core"
	"tundish/core/reconcile"
)

// A small day: 120 scheduled replacements, an hour in a second. make run and
// tundish demo --once have the whole one.
const (
	smallDue   = 120
	smallSpeed = 3600
)

// ledger is what demo --once --json promises.
type ledger struct {
	Sources map[string]struct {
		Submitted   *int `json:"submitted"`
		Known       *int `json:"known"`
		Dispatched  *int `json:"dispatched"`
		Completed   *int `json:"completed"`
		WrittenBack *int `json:"written_back"`
		Dead        *int `json:"dead"`
	} `json:"sources"`
	Days []struct {
		Day                   string
		Planned, Ahead, Given int
	} `json:"days"`
	Agree   *bool    `json:"agree"`
	Seconds float64  `json:"seconds"`
	Killed  []string `json:"killed"`
}

// demoOnce runs a small day by the command line, in a folder of its own.
func demoOnce(t *testing.T, args ...string) (stdout, stderr string, code int, w *world) {
	t.Helper()
	w = inWorld(t)
	args = append([]string{"demo", "--once", "--dir", w.dir, "--due", fmt.Sprint(smallDue), "--speed", fmt.Sprint(smallSpeed)}, args...)
	stdout, stderr, code = w.run(t, args...)
	w.env = append(w.env, "TUNDISH_CONFIG="+filepath.Join(w.dir, "once/config/tundish.yaml"))
	return stdout, stderr, code, w
}

func TestABusyDayAgreesAlthoughTheHubIsKilledThreeTimes(t *testing.T) {
	t.Parallel()
	out, errs, code, w := demoOnce(t, "--json", "--kill", "pull,submit,write-back")
	if code != 0 {
		t.Fatalf("exit status %d\n%s%s", code, out, errs)
	}
	var l ledger
	d := json.NewDecoder(strings.NewReader(out))
	if err := d.Decode(&l); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Token(); err != io.EOF {
		t.Errorf("more than one JSON value on standard output:\n%s", out)
	}
	if names := slices.Sorted(maps.Keys(l.Sources)); !slices.Equal(names, []string{"billing", "gis", "hotline", "newconnection", "website"}) {
		t.Fatalf("sources %v", names)
	}
	for name, s := range l.Sources {
		if s.Submitted == nil || s.Known == nil || s.Dispatched == nil || s.Completed == nil || s.WrittenBack == nil || s.Dead == nil {
			t.Fatalf("%s misses a count:\n%s", name, out)
		}
		if *s.Submitted == 0 || *s.Completed == 0 || *s.WrittenBack == 0 {
			t.Errorf("%s had no day: %s", name, out)
		}
		if *s.Dead != 0 {
			dead, _, _ := w.run(t, "outbox", "list", "--state", "dead", "--json")
			t.Errorf("%s refused %d results: %s", name, *s.Dead, dead)
		}
	}
	if *l.Sources["billing"].Submitted <= smallDue || *l.Sources["hotline"].Known == 0 {
		t.Errorf("the day was not that of the example: %s", out)
	}
	if l.Agree == nil || !*l.Agree || l.Seconds <= 0 {
		t.Errorf("ledger %s", out)
	}
	// What billing has due is spread over two days; the second is planned on the first, and each crew
	// gets its work on the day.
	if len(l.Days) != 2 || l.Days[0].Planned+l.Days[1].Planned < smallDue*9/10 || l.Days[1].Ahead != l.Days[1].Planned || l.Days[1].Planned < 5 {
		t.Errorf("days %+v", l.Days)
	}
	for _, d := range l.Days {
		if d.Given < d.Planned*9/10 {
			t.Errorf("on %s %d of %d got a crew", d.Day, d.Given, d.Planned)
		}
	}
	slices.Sort(l.Killed)
	if !slices.Equal(l.Killed, []string{"pull", "submit", "write-back"}) || strings.Count(errs, "kill -9") != 3 {
		t.Errorf("killed during %v:\n%s", l.Killed, errs)
	}
	// The run that was killed went on: one run of that slot, done, every page.
	var runs []core.JobRun
	w.list(t, &runs, "job", "history", "scheduled-replacements")
	if len(runs) != 1 || runs[0].State != core.RunDone || runs[0].Created != smallDue {
		t.Errorf("runs %+v", runs)
	}
}

func TestADayOnThreeHubsAgreesAlthoughEachIsKilledThreeTimes(t *testing.T) {
	t.Parallel()
	out, errs, code, _ := demoOnce(t, "--json", "--hubs", "3", "--speed", "1800", "--kill", "pull,submit,write-back")
	var l ledger
	if err := json.Unmarshal([]byte(out), &l); err != nil || code != 0 || l.Agree == nil || !*l.Agree {
		t.Fatalf("exit status %d, %v\n%s%s", code, err, out, errs)
	}
	for _, hub := range []string{"hub-1", "hub-2", "hub-3"} {
		if n := strings.Count(errs, hub+" was killed (kill -9)"); n != 3 {
			t.Errorf("%s was killed %d times:\n%s", hub, n, errs)
		}
	}
}

func TestAFalsifiedDayEndsWithExitStatusOne(t *testing.T) {
	t.Parallel()
	ref := "REF" // found by the command itself: a replacement that billing has closed
	command := fmt.Sprintf(`ref=$(tundish order list --config "$DIR/once/config/tundish.yaml" --system billing --type scheduled_replacement --phase closed --limit 1 --json | sed -n 's/.*"external": "\(.*\)".*/\1/p' | head -1); echo "$ref" >"$DIR/%s"; falsify store "$DEMO_STORE" "$ref" delete`, ref)
	w := inWorld(t)
	w.env = append(w.env, "DIR="+w.dir)
	out, errs, code := w.run(t, "demo", "--once", "--dir", w.dir, "--due", fmt.Sprint(smallDue), "--speed", fmt.Sprint(smallSpeed), "--before-ledger", command)
	raw, err := os.ReadFile(filepath.Join(w.dir, ref))
	if err != nil {
		t.Fatal(err, errs)
	}
	name := strings.TrimSpace(string(raw))
	if code != 1 || name == "" || !strings.Contains(out, "DISAGREE on 1 points") || !strings.Contains(out, "billing/"+name) || !strings.Contains(out, "the hub does not know it") {
		t.Errorf("%q was deleted; exit status %d\n%s%s", name, code, out, errs)
	}
}

// evening is a day that is over, its hub and simulators still there.
type evening struct {
	*testing.T
	day      *demo.Day
	settings *app.Settings
	found    map[core.Ref]bool // what the ledger named so far
	free     map[string][]core.Ref
}

func TestTheLedgerFindsEveryFalsehoodAndNamesItsOrder(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a day")
	}
	t.Parallel()
	exe, err := exec.LookPath("tundish")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	d, err := demo.Start(t.Context(), demo.Options{Exe: exe, Dir: dir, Once: true, Due: smallDue, Speed: smallSpeed, Out: io.Discard, T: func(en, _ string) string { return en }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Stop)
	l, err := d.Once(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !l.Agree {
		t.Fatalf("%v", l.Differences)
	}
	if none := l.Happened.Missing(); len(none) > 0 {
		t.Errorf("the day had nothing that was %v: %+v", none, l.Happened)
	}
	s, err := app.ReadSettings(filepath.Join(dir, "once/config/tundish.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	y := &evening{T: t, day: d, settings: s, found: map[core.Ref]bool{}, free: map[string][]core.Ref{}}
	y.gather()
	path := strings.TrimPrefix(s.Config.Store.DSN.V, "sqlite://")
	for _, system := range []string{"billing", "hotline", "website", "newconnection", "gis"} {
		for _, op := range []string{"delete", "double", "alter"} {
			y.falsify(op+" in the books of "+system, system, func(ref core.Ref) error {
				return falsifyBooks(y.simulator(system), sim.Tampering{System: system, Op: op, Ref: ref.External, Period: ref.Period})
			})
		}
	}
	y.falsify("another type in the books", "billing", func(ref core.Ref) error {
		other := "CB"
		if strings.HasPrefix(ref.External, other) {
			other = "GZHB"
		}
		return falsifyBooks(y.simulator("billing"), sim.Tampering{System: "billing", Op: "alter", Ref: ref.External, Period: ref.Period, Field: "type", Value: other})
	})
	for _, how := range slices.Sorted(maps.Keys(falsehoods)) {
		y.falsify(how+" in the hub", "billing", func(ref core.Ref) error { return falsifyOrder(path, ref.External, how) })
	}
}

// gather lists by system the orders whose result their source has.
func (y *evening) gather() {
	y.Helper()
	st, err := app.OpenStore(y.settings.Config.Store.DSN.V)
	if err != nil {
		y.Fatal(err)
	}
	defer st.Close()
	for i := range y.settings.Systems {
		id := y.settings.Systems[i].ID.V
		orders, err := st.Orders(y.Context(), core.OrderQuery{System: core.SystemID(id), Limit: 1000})
		if err != nil {
			y.Fatal(err)
		}
		for _, o := range orders {
			if (o.Phase == core.Closed || o.Phase == core.FollowUpCall) && len(o.Completions) > 0 {
				y.free[id] = append(y.free[id], o.Ref)
			}
		}
	}
}

// simulator is the address of the process that simulates a system.
func (y *evening) simulator(system string) string {
	url, _, _ := strings.Cut(y.settings.System(system).URL.V, "/soap/")
	return url
}

// falsify does something false to an order of a system; after it the ledger must disagree
// on that order, and on no other but those falsified before.
func (y *evening) falsify(what, system string, do func(core.Ref) error) {
	y.Helper()
	if len(y.free[system]) == 0 {
		y.Fatalf("%s: no order of %s is left", what, system)
	}
	ref := y.free[system][0]
	y.free[system] = y.free[system][1:]
	if err := do(ref); err != nil {
		y.Fatalf("%s: %v", what, err)
	}
	l, err := y.day.Ledger(y.Context())
	if err != nil {
		y.Fatalf("%s: %v", what, err)
	}
	named := map[core.Ref]bool{}
	for _, d := range l.Differences {
		named[d.Ref] = true
	}
	y.found[ref] = true
	delete(named, core.Ref{System: ref.System, External: "X", Period: ref.Period}) // what one falsehood calls it
	if l.Agree || !maps.Equal(named, y.found) {
		y.Errorf("%s: the ledger (agree: %v) names %v, want %v", what, l.Agree, orders(l.Differences), ref)
	}
}

func orders(diff []reconcile.Difference) []string {
	var list []string
	for _, d := range diff {
		list = append(list, d.String())
	}
	return list
}
