package crash

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tundish/adapters/billing/billingsim"
	"tundish/adapters/hotline/hotlinesim"
	"tundish/adapters/sim"
	"tundish/cmd/tundish/app"
	"tundish/cmd/tundish/demo"
	"tundish/config"
	"tundish/core"
)

const (
	pullJob    = "scheduled-replacements"
	pulledFrom = billingsim.Billing

	// The clock of hub and systems. At night the billing system registers a scheduled
	// replacement every two seconds, which is ten a second at this speed.
	night = "2026-05-11T02:00:00+08:00"
	speed = 20
)

// world is a hub as a process of its own and the systems around it, which live in this
// process and survive it; everything speaks HTTP.
type world struct {
	exe      string
	dir      string
	dsn      string
	settings *app.Settings
	hubURL   string
	moments  moments
	killing  atomic.Bool // the hub is being killed again and again
	journal  *journal

	hub     *process
	hotline *hotlinesim.Sim
	billing *billingsim.Sim
	found   []finding // by the last look
	servers []*http.Server
	stops   sync.WaitGroup
}

// newWorld writes the settings and starts the systems; dsn "" means a file in dir. More
// are changes to the settings.
func newWorld(t testing.TB, dir, dsn string, more ...config.Change) *world {
	t.Helper()
	w := &world{exe: program(t), dir: dir, dsn: cmp.Or(dsn, "sqlite://"+filepath.Join(dir, "hub.db")), journal: newJournal()}
	t.Cleanup(w.end)
	if err := w.begin(more); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) begin(more []config.Change) error {
	l, err := demo.ListenLasting() // a port that the hub keeps over its lives
	if err != nil {
		return err
	}
	address := l.Addr().String()
	w.hubURL = "http://" + address
	if err := l.Close(); err != nil {
		return err
	}
	origin, err := time.Parse(time.RFC3339, night)
	if err != nil {
		return err
	}
	clock := core.ScaledClock{Origin: origin, Anchor: time.Now().Round(0), Speed: speed}
	o := sim.Options{HubURL: w.hubURL, Clock: clock, Due: sim.CityDue, Seed: 1}
	if w.hotline, err = hotlinesim.New(hotlinesim.Options{Options: o}); err != nil {
		return err
	}
	if w.billing, err = billingsim.New(billingsim.Options{Options: o}); err != nil {
		return err
	}
	changes := []config.Change{
		{File: config.SettingsFile, Key: "listen.address", Text: address},
		{File: config.SettingsFile, Key: "store.dsn", Text: w.dsn},
		{File: config.SettingsFile, Key: "store.migrate", Text: "always"},
		{File: config.SettingsFile, Key: "store.lease", Text: "1s"},
		{File: config.SettingsFile, Key: "clock.origin", Text: clock.Origin.Format(time.RFC3339Nano)},
		{File: config.SettingsFile, Key: "clock.anchor", Text: clock.Anchor.Format(time.RFC3339Nano)},
		{File: config.SettingsFile, Key: "clock.speed", Text: fmt.Sprint(speed)},
		{File: "jobs/pending-installations.yaml", Key: "enabled", Text: "false"},
		{File: "jobs/scheduled-replacements.yaml", Key: "enabled", Text: "false"}, // it is run by hand, again and again
		{File: "jobs/scheduled-replacements.yaml", Key: "page_size", Text: "10"},
		{File: "jobs/scheduled-replacements.yaml", Key: "retry_delay", Text: "50ms"},
		{File: "jobs/scheduled-replacements.yaml", Key: "window.overlap", Text: "2m"},
	}
	hotlineURL, err := w.serveSystem(w.hotline.Handler())
	if err != nil {
		return err
	}
	billingURL, err := w.serveSystem(w.billing.Handler())
	if err != nil {
		return err
	}
	for system, url := range map[string]string{"hotline": hotlineURL, "website": hotlineURL, "billing": billingURL, "newconnection": "http://127.0.0.1:1", "gis": "http://127.0.0.1:1"} {
		file := "systems/" + system + ".yaml"
		changes = append(changes,
			config.Change{File: file, Key: "url", Text: url + "/soap/" + system},
			// What a dead hub had claimed is free again after three timeouts.
			config.Change{File: file, Key: "write_back.timeout", Text: "400ms"},
			config.Change{File: file, Key: "write_back.backoff", Text: "50ms"},
			config.Change{File: file, Key: "write_back.backoff_max", Text: "200ms"},
			config.Change{File: file, Key: "write_back.break_for", Text: "100ms"})
	}
	path, err := config.WriteTree(filepath.Join(w.dir, "config"), app.Schemas(), append(changes, more...)...)
	if err != nil {
		return err
	}
	w.settings, err = app.ReadSettings(path)
	return err
}

// serveSystem lets a simulated system listen, its moments around it.
func (w *world) serveSystem(h http.Handler) (url string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	s := &http.Server{Handler: w.moments.around(h), ReadHeaderTimeout: patience}
	w.servers = append(w.servers, s)
	w.stops.Go(func() { _ = s.Serve(l) })
	return "http://" + l.Addr().String(), nil
}

func (w *world) end() {
	if w.hub != nil {
		w.hub.kill()
	}
	for _, s := range w.servers {
		_ = s.Close()
	}
	w.stops.Wait()
}

// Faults of the systems while the hub is killed.
var systemFaults = map[string][]string{
	"billing": {
		"unavailable:p=0.05:op=GetScheduledReplacements", "reset:p=0.03:op=GetScheduledReplacements", "status500-after:p=0.05:op=ConfirmReceived",
		"reset-after:p=0.05:op=CompleteReplacement", "status500-after:p=0.03:op=CompleteReplacement|UpdateOrderStatus|RegisterScrappedMeter", "garbage-after:p=0.02:op=CompleteReplacement",
	},
	"hotline": {"reset-after:p=0.05:op=CloseOrder", "unavailable:p=0.02", "status500-after:p=0.03:op=UpdateOrderStatus", "slow:p=0.05:d=20ms"},
}

// disturb sets the systems' faults in force, or lifts them.
func (w *world) disturb(on bool) error {
	for name, faults := range map[string]*sim.Faults{"billing": w.billing.Faults(), "hotline": w.hotline.Faults()} {
		var rules []sim.Rule
		for _, text := range systemFaults[name] {
			r, err := sim.ParseRule(text)
			if err != nil {
				return err
			}
			if on {
				rules = append(rules, r)
			}
		}
		if err := faults.Set(rules); err != nil {
			return err
		}
	}
	return nil
}

var hubListens = regexp.MustCompile(`^listening on `)

// spawn starts a process of the hub and does not wait for it.
func (w *world) spawn() (ready chan struct{}, err error) {
	ready = make(chan struct{})
	once := sync.OnceFunc(func() { close(ready) })
	w.hub, err = launch(w.exe, filepath.Join(w.dir, "hub.log"), func(line string) {
		if hubListens.MatchString(line) {
			once()
		}
		if strings.Contains(line, "\torder\t") {
			w.moments.pass(logged)
		}
	}, "serve", "--config", w.settings.Config.File)
	return ready, err
}

// serve starts the hub and waits until it listens.
func (w *world) serve() error {
	ready, err := w.spawn()
	if err != nil {
		return err
	}
	select {
	case <-ready:
		return nil
	case <-w.hub.done:
		return fmt.Errorf("the hub ended (%v) after it said:\n%s", w.hub.err, w.hub.said())
	case <-time.After(patience):
		return errors.New("the hub does not listen")
	}
}

// books are those of every system that the hub writes back to.
func (w *world) books() map[core.SystemID]*sim.Books {
	return map[core.SystemID]*sim.Books{
		hotlinesim.Hotline: w.hotline.Books(hotlinesim.Hotline), hotlinesim.Website: w.hotline.Books(hotlinesim.Website), pulledFrom: w.billing.Books(pulledFrom),
	}
}

// look reads the store of a hub that does not run and asks every checker.
func (w *world) look(ctx context.Context) (snapshot, []finding, error) {
	var damage []string
	if path, ok := strings.CutPrefix(w.dsn, "sqlite://"); ok {
		var err error
		if damage, err = inspect(ctx, path); err != nil {
			return snapshot{}, nil, err
		}
	}
	st, err := app.OpenStore(w.dsn)
	if err != nil {
		return snapshot{}, nil, err
	}
	defer st.Close()
	s, err := read(ctx, st, pullJob)
	if err != nil {
		return snapshot{}, nil, err
	}
	s.Damage = damage
	return s, check(w.journal.history(w.books()), s), nil
}
