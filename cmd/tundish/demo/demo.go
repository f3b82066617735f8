package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"tundish/cmd/tundish/app"
	"tundish/config"
	"tundish/core"
)

// Options of a day.
type Options struct {
	// Exe is the tundish binary that the children run.
	Exe string
	// Dir takes configuration, state and logs; Once uses Dir/once and empties it first.
	Dir string
	// Once runs one whole day at high speed on free ports and ends with the ledger.
	Once bool
	// Store is the DSN; empty means an SQLite file in Dir.
	Store string
	// Speed of the clock; 0 means 1800 for Once (600 on a database server, 300 with several
	// hubs there), else 180.
	Speed float64
	// Due is how many scheduled replacements the billing system has; 0 means 540.
	Due int
	// Hubs is how many hubs share the store, behind a plain TCP balancer if there is more
	// than one; 0 means 1.
	Hubs int
	// Kill ends the hub by SIGKILL in the middle of each of these and starts it again:
	// pull, submit, write-back. Several hubs are killed in turn, each after the one before
	// is back.
	Kill []string
	// BeforeLedger is a shell command run after the day and before the ledger, with
	// DEMO_STORE and DEMO_<SIMULATOR> in its environment: for tests that
	// falsify a book.
	BeforeLedger string
	// Out takes progress lines; T chooses between English and Chinese.
	Out io.Writer
	T   func(en, zh string) string
}

// The day: Monday, 11 May 2026, in the example city.
var (
	zone     = time.FixedZone("UTC+8", 8*3600)
	dayStart = time.Date(2026, 5, 11, 4, 45, 0, 0, zone)
	dayEnd   = time.Date(2026, 5, 11, 20, 30, 0, 0, zone)
	// With Once it goes on until the crews have what was planned for the day after.
	midnight = time.Date(2026, 5, 12, 0, 0, 0, 0, zone)
)

// What goes wrong on that day, so that it is a real one: billing is away for an hour of
// the afternoon and loses some answers after it has processed the message.
var faults = map[string][]string{
	"billing": {"unavailable:from=2026-05-11T14:00:00+08:00:to=2026-05-11T15:00:00+08:00", "timeout-after:p=0.3:n=6:op=CompleteReplacement", "status500-after:p=0.05:n=10"},
	"hotline": {"slow:p=0.1:d=200ms:n=20", "reset-after:p=0.1:n=3:op=CloseOrder"},
	"gis":     {"unavailable:from=2026-05-11T08:00:00+08:00:to=2026-05-11T08:40:00+08:00"},
}

// defaultDue is the billing system's own default.
const defaultDue = 540

func (o *Options) due() int {
	if o.Due == 0 {
		return defaultDue
	}
	return o.Due
}

// onServer tells that the store is a database server's.
func (o *Options) onServer() bool {
	return o.Store != "" && !strings.HasPrefix(o.Store, "sqlite://")
}

// Day is a day under way.
type Day struct {
	opts     Options
	dir      string
	hubURL   string // of the balancer, if there is one
	settings *app.Settings
	store    app.Store
	clock    core.ScaledClock
	hubs     []*process
	hubAt    []string // host:port of each
	balancer *Balancer
	people   *process
	sims     map[string]*process
	simURL   map[string]string
	started  time.Time
	killing  atomic.Bool // a hub is down because kills wanted it so
	killed   []string    // during what; of kills until it is over
	dropped  func()      // gives back what Start made outside Dir
}

var simNames = []string{"hotline", "billing", "newconnection", "gis"}

// Start writes the configuration and starts every process.
func Start(ctx context.Context, o Options) (*Day, error) {
	if o.Speed == 0 {
		o.Speed = 180
		switch {
		case o.Once && o.onServer() && o.Hubs > 1:
			o.Speed = 300
		case o.Once && o.onServer():
			o.Speed = 600
		case o.Once:
			o.Speed = 1800
		}
	}
	d := &Day{opts: o, dir: o.Dir, sims: map[string]*process{}, simURL: map[string]string{}, started: time.Now(), dropped: func() {}}
	if o.Once {
		d.dir = filepath.Join(o.Dir, "once")
		if err := os.RemoveAll(d.dir); err != nil {
			return nil, err
		}
	}
	var err error
	if d.dir, err = filepath.Abs(d.dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(d.dir, "logs"), 0o755); err != nil {
		return nil, err
	}
	if err := d.begin(ctx); err != nil {
		d.Stop()
		return nil, err
	}
	return d, nil
}

func (d *Day) begin(ctx context.Context) error {
	if err := d.configure(ctx); err != nil {
		return err
	}
	return d.launch(ctx)
}

// configure writes the example configuration with this day's ports, store and clock.
func (d *Day) configure(ctx context.Context) error {
	ports := map[string]int{"hub": 8080, "hotline": 9101, "billing": 9102, "newconnection": 9103, "gis": 9104}
	var taken []net.Listener
	for name, port := range ports {
		addr := fmt.Sprintf("127.0.0.1:%d", port)
		listen := func() (net.Listener, error) { return net.Listen("tcp", addr) }
		if d.opts.Once {
			listen = ListenLasting
		}
		l, err := listen()
		if err != nil {
			return fmt.Errorf("%s wants to listen on %s: %w; end what listens there, or run tundish demo --once, which takes free ports", name, addr, err)
		}
		defer l.Close() // should something fail
		ports[name], taken = l.Addr().(*net.TCPAddr).Port, append(taken, l)
	}
	for _, l := range taken { // all are taken before any is given back
		if err := l.Close(); err != nil {
			return err
		}
	}
	d.hubURL = fmt.Sprintf("http://127.0.0.1:%d", ports["hub"])
	if err := d.placeHubs(); err != nil {
		return err
	}
	for _, name := range simNames {
		d.simURL[name] = fmt.Sprintf("http://127.0.0.1:%d", ports[name])
	}
	dsn, err := d.emptyStore(ctx)
	if err != nil {
		return err
	}
	lead, err := d.lead(ctx)
	if err != nil {
		return err
	}
	d.clock = core.ScaledClock{Origin: dayStart, Anchor: time.Now().Add(lead).Round(0), Speed: d.opts.Speed}
	changes := []config.Change{
		{File: config.SettingsFile, Key: "listen.address", Text: strings.TrimPrefix(d.hubURL, "http://")},
		{File: config.SettingsFile, Key: "store.dsn", Text: dsn},
		{File: config.SettingsFile, Key: "clock.origin", Text: d.clock.Origin.Format(time.RFC3339Nano)},
		{File: config.SettingsFile, Key: "clock.anchor", Text: d.clock.Anchor.Format(time.RFC3339Nano)},
		{File: config.SettingsFile, Key: "clock.speed", Text: fmt.Sprint(d.opts.Speed)},
		{File: config.SettingsFile, Key: "store.lease", Text: "2s"},
		{File: config.SettingsFile, Key: "shutdown.drain", Text: "0s"},
		{File: config.SettingsFile, Key: "dispatch.poll", Text: "50ms"},
		{File: config.SettingsFile, Key: "dispatch.budget", Text: "500ms"},
		// Replacements get their day ahead, some of them the next one, and their crew when the day begins.
		{File: "order-types/scheduled_replacement.yaml", Key: "dispatch.normal", Text: string(core.DispatchPlanned)},
		{File: config.SettingsFile, Key: "dispatch.horizon.days", Text: "2"},
		{File: config.SettingsFile, Key: "dispatch.batch.0", Text: "15 7 * * *"}, // when the days are planned, in a fast day too
		{File: config.SettingsFile, Key: "dispatch.batch.2", Text: "0 0,14 * * *"},
	}
	for _, id := range []string{"hotline", "website", "billing", "newconnection", "gis"} {
		sim := id
		if id == "website" {
			sim = "hotline"
		}
		file := "systems/" + id + ".yaml"
		changes = append(changes,
			config.Change{File: file, Key: "url", Text: d.simURL[sim] + "/soap/" + id},
			// The day runs fast, so what protects real machines must be quick too.
			config.Change{File: file, Key: "write_back.timeout", Text: "1s"},
			config.Change{File: file, Key: "write_back.backoff", Text: "50ms"},
			config.Change{File: file, Key: "write_back.backoff_max", Text: "1s"},
			config.Change{File: file, Key: "write_back.break_for", Text: "300ms"},
		)
	}
	path, err := config.WriteTree(d.folder(), app.Schemas(), changes...)
	if err != nil {
		return fmt.Errorf("write the demo's configuration: %w", err)
	}
	if d.settings, err = app.ReadSettings(path); err != nil {
		return err
	}
	d.store, err = app.OpenStore(dsn)
	if err != nil {
		return err
	}
	return d.store.Migrate(ctx)
}

// folder is where this day's configuration is.
func (d *Day) folder() string { return filepath.Join(d.dir, "config") }

// lead is real time between starting the children and the beginning of the day: a
// server takes longer to get its tables than a file, and a busy machine longer for each child, which one
// that reads the example configuration tells beforehand.
func (d *Day) lead(ctx context.Context) (time.Duration, error) {
	path, err := config.WriteTree(d.folder(), app.Schemas())
	if err != nil {
		return 0, fmt.Errorf("write the demo's configuration: %w", err)
	}
	start := time.Now()
	if out, err := exec.CommandContext(ctx, d.opts.Exe, "config", "check", "--config", path).CombinedOutput(); err != nil {
		return 0, fmt.Errorf("check the example configuration: %w: %s", err, out)
	}
	children := len(simNames) + max(1, d.opts.Hubs)
	lead := 3*time.Second + time.Duration(children)*time.Since(start)
	if d.opts.onServer() {
		lead += 17 * time.Second
	}
	return lead, nil
}

// balancing is how often the balancer looks whether a hub is ready, which the hub asks its
// store.
func (o *Options) balancing() time.Duration {
	if o.onServer() {
		return time.Second
	}
	return 50 * time.Millisecond
}

// placeHubs finds each hub its address: the one that callers know, or free ports behind
// the balancer there.
func (d *Day) placeHubs() error {
	front := strings.TrimPrefix(d.hubURL, "http://")
	d.hubAt = []string{front}
	if d.opts.Hubs <= 1 {
		return nil
	}
	d.hubAt = nil
	for range d.opts.Hubs {
		l, err := ListenLasting()
		if err != nil {
			return err
		}
		defer l.Close() // all are taken before any is given back
		d.hubAt = append(d.hubAt, l.Addr().String())
	}
	var err error
	d.balancer, err = NewBalancer(front, d.opts.balancing(), d.hubAt...)
	return err
}

// emptyStore makes a store with nothing in it and returns its DSN.
func (d *Day) emptyStore(ctx context.Context) (string, error) {
	if d.opts.onServer() {
		dsn, drop, err := app.NewDatabase(ctx, d.opts.Store, fmt.Sprintf("tundish_demo_%d", time.Now().UnixMilli()))
		if err != nil {
			return "", err
		}
		d.dropped = drop
		return dsn, nil
	}
	path := filepath.Join(d.dir, "demo.db")
	if p, ok := strings.CutPrefix(d.opts.Store, "sqlite://"); ok {
		if _, err := os.Stat(p); err == nil {
			return "", core.Invalidf("not_empty", "--store", "%s exists; a demo begins with an empty store", "%s 已存在；演示须从空库开始", p)
		}
		path = p
	}
	for _, f := range []string{path, path + "-wal", path + "-shm"} {
		if err := os.Remove(f); err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
	}
	return "sqlite://" + path, nil
}

func (d *Day) launch(ctx context.Context) error {
	clock := []string{
		"--hub", d.hubURL, "--clock-origin", d.clock.Origin.Format(time.RFC3339Nano), "--clock-anchor", d.clock.Anchor.Format(time.RFC3339Nano),
		"--clock-speed", fmt.Sprint(d.opts.Speed),
	}
	for _, name := range simNames {
		p := &process{name: name, logs: logFile(d.dir, name), args: append([]string{"simulate", name, "--listen", strings.TrimPrefix(d.simURL[name], "http://")}, clock...)}
		for _, f := range faults[name] {
			p.args = append(p.args, "--fault", f)
		}
		if name == "billing" && d.opts.Due > 0 {
			p.args = append(p.args, "--due", fmt.Sprint(d.opts.Due))
		}
		if name == "gis" {
			p.args = append(p.args, "--crews", strings.Join(d.repairCrews(), ","))
		}
		d.sims[name] = p
		if err := p.start(d.opts.Exe); err != nil {
			return err
		}
	}
	for i, at := range d.hubAt {
		name := "hub"
		if len(d.hubAt) > 1 {
			name = fmt.Sprintf("hub-%d", i+1)
		}
		d.hubs = append(d.hubs, &process{name: name, logs: logFile(d.dir, name), args: []string{"serve", "--config", d.settings.Config.File, "--listen", at}})
	}
	d.people = &process{name: "people", logs: logFile(d.dir, "people"), args: append([]string{"simulate", "people"}, clock...)}
	for _, hub := range d.hubs {
		if err := hub.start(d.opts.Exe); err != nil {
			return err
		}
	}
	for _, name := range simNames {
		if err := d.sims[name].ready(ctx, d.simURL[name]+"/healthz"); err != nil {
			return err
		}
	}
	for i := range d.hubs {
		if err := d.hubReady(ctx, i); err != nil {
			return err
		}
	}
	return d.people.start(d.opts.Exe)
}

// hubReady waits until a hub takes callers, and the balancer knows.
func (d *Day) hubReady(ctx context.Context, i int) error {
	if err := d.hubs[i].ready(ctx, "http://"+d.hubAt[i]+"/readyz"); err != nil {
		return err
	}
	for d.balancer != nil && !d.balancer.Ready(i) {
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// repairCrews report their positions; those that change meters work by the list.
func (d *Day) repairCrews() []string {
	var ids []string
	for _, c := range d.settings.Crews {
		for _, s := range c.Skills {
			if s.V == "repair" {
				ids = append(ids, fmt.Sprintf("%s@%g/%g", c.ID.V, c.Home.Lat, c.Home.Lon))
				break
			}
		}
	}
	return ids
}

// Stop ends every process and gives back what Start took.
func (d *Day) Stop() {
	for _, p := range append([]*process{d.people}, d.hubs...) {
		if p != nil {
			p.stop(10 * time.Second)
		}
	}
	if d.balancer != nil {
		_ = d.balancer.Close()
	}
	for _, p := range d.sims {
		p.stop(5 * time.Second)
	}
	if d.store != nil {
		_ = d.store.Close()
	}
	d.dropped()
}

// check tells when a process that should run has ended. While a day is only watched the
// hub may be killed and started again by hand: the others stay for it.
func (d *Day) check() error {
	all := []*process{d.people}
	if d.opts.Once {
		all = append(all, d.hubs...)
	}
	for _, p := range d.sims {
		all = append(all, p)
	}
	for _, p := range all {
		if p.ended() {
			return fmt.Errorf("%s ended; its log %s ends with:\n%s", p.name, p.logs, p.tail())
		}
	}
	return nil
}

// stats are the few numbers of a simulator that the demo waits for.
type stats struct {
	Planned, Pending, Known, Refused int
	OutOfOrder                       int `json:"out_of_order"`
	Doubled, Conflicts               int
}

func (d *Day) simStats(ctx context.Context) (map[core.SystemID]stats, error) {
	out := map[core.SystemID]stats{}
	for _, name := range simNames {
		body, err := get(ctx, d.simURL[name]+"/control/stats")
		if err != nil {
			return nil, fmt.Errorf("ask simulator %s how it stands: %w", name, err)
		}
		var v struct{ Systems map[core.SystemID]stats }
		err = json.NewDecoder(body).Decode(&v)
		_ = body.Close()
		if err != nil {
			return nil, err
		}
		for id, s := range v.Systems {
			out[id] = s
		}
	}
	return out, nil
}

func (d *Day) say(en, zh string, args ...any) {
	fmt.Fprintf(d.opts.Out, d.opts.T(en, zh)+"\n", args...)
}

// quiet is a log for reading books.
var quiet = zap.NewNop()
