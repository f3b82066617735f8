package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"tundish/adapters/api/peoplesim"
	"tundish/adapters/billing/billingsim"
	"tundish/adapters/gis/gissim"
	"tundish/adapters/hotline/hotlinesim"
	"tundish/adapters/newconnection/newconnectionsim"
	"tundish/adapters/sim"
	"tundish/cmd/tundish/app"
	"tundish/config"
	"tundish/core"
)

// runner is whatever runs until told to stop.
type runner interface {
	Run(ctx context.Context) error
}

// simulators by name, in the order in which `all` starts them.
var simulators = []struct {
	name   string
	en, zh string
	start  func(sim.Options) (runner, error)
}{
	{"hotline", "the hotline, and the website beside it", "热线系统及公司官网", func(o sim.Options) (runner, error) { return hotlinesim.New(hotlinesim.Options{Options: o, Unhappy: 1}) }},
	{"billing", "the billing system", "营收系统", func(o sim.Options) (runner, error) { return billingsim.New(billingsim.Options{Options: o}) }},
	{"newconnection", "the new-connection system", "报装系统", func(o sim.Options) (runner, error) { return newconnectionsim.New(newconnectionsim.Options{Options: o}) }},
	{"gis", "the GIS", "地理信息系统", func(o sim.Options) (runner, error) { return gissim.New(gissim.Options{Options: o}) }},
}

// simulation holds the flags of simulate.
type simulation struct {
	listen, hub, level string
	drive              bool
	days, due          int
	seed               uint64
	faults, crews      []string
	origin, anchor     string
	speed              float64
}

func (c *cli) simulate() *cobra.Command {
	s := &simulation{}
	g := group("simulate", c.t("Simulated legacy systems: SOAP servers of their own, with their own books", "模拟老系统：各自独立的 SOAP 服务与账册"))
	f := g.PersistentFlags()
	f.StringVar(&s.listen, "listen", "", c.t("address; default 127.0.0.1 and 9101 hotline, 9102 billing, 9103 newconnection, 9104 gis", "监听地址；默认 127.0.0.1，端口 9101–9104"))
	f.StringVar(&s.hub, "hub", "http://127.0.0.1:8080", c.t("the hub's address", "枢纽地址"))
	f.BoolVar(&s.drive, "drive", true, c.t("submit the day's orders", "按当日剧本提交工单"))
	f.IntVar(&s.days, "days", 1, c.t("how many days are driven", "模拟天数"))
	f.IntVar(&s.due, "due", 0, c.t("scheduled replacements that billing has in a night", "营收每夜登记的定期换表数"))
	f.Uint64Var(&s.seed, "seed", 1, c.t("of the city and its day", "随机种子"))
	f.StringArrayVar(&s.faults, "fault", nil, c.t("a fault on demand, e.g. timeout-after:p=0.2:op=CompleteReplacement:from=14:00:to=15:00", "按需故障"))
	f.StringSliceVar(&s.crews, "crews", nil, c.t("crews whose positions the GIS reports, with their homes: R01@31.2/121.4", "由 GIS 上报位置的班组及出发点，如 R01@31.2/121.4"))
	f.StringVar(&s.origin, "clock-origin", "", c.t("what the clock showed at the anchor, RFC 3339", "锚点时刻所显示的时间"))
	f.StringVar(&s.anchor, "clock-anchor", "", c.t("an instant of the machine's clock, RFC 3339", "本机时钟的锚点"))
	f.Float64Var(&s.speed, "clock-speed", 1, c.t("how many times as fast the clock runs", "快进倍数"))
	f.StringVar(&s.level, "log-level", "info", "debug, info, warn, error")
	for _, one := range simulators {
		g.AddCommand(&cobra.Command{
			Use: one.name, Short: c.t("Simulates "+one.en, "模拟"+one.zh), Args: cobra.NoArgs,
			Example: "  tundish simulate " + one.name + " --fault slow:d=500ms",
			RunE: func(cmd *cobra.Command, _ []string) error {
				return s.run(cmd.Context(), one.name)
			},
		})
	}
	g.AddCommand(&cobra.Command{
		Use: "people", Short: c.t("Plays the control room and the crews over the JSON API", "通过 JSON 接口扮演调度室与班组"), Args: cobra.NoArgs,
		Example: "  tundish simulate people --hub http://127.0.0.1:8080",
		RunE:    func(cmd *cobra.Command, _ []string) error { return s.people(cmd.Context()) },
	}, &cobra.Command{
		Use: "all", Short: c.t("Simulates all systems in one process, each on its own port", "在一个进程中模拟全部系统，各用一个端口"), Args: cobra.NoArgs,
		Example: "  tundish simulate all",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if s.listen != "" {
				return core.Invalidf("not_allowed", "--listen", "all systems have their own ports; start one alone to choose its address", "全部系统各有端口；单独启动时才能指定地址")
			}
			names := make([]string, len(simulators))
			for i, one := range simulators {
				names[i] = one.name
			}
			return s.run(cmd.Context(), names...)
		},
	})
	return g
}

// options turns the flags into what every simulator takes.
func (s *simulation) options() (sim.Options, error) {
	log, err := app.NewLog(config.Log{Level: s.level, Format: "console"})
	if err != nil {
		return sim.Options{}, core.Invalidf("bad_level", "--log-level", "%v", "%v", err)
	}
	o := sim.Options{ListenAddr: s.listen, HubURL: s.hub, Clock: core.SystemClock{}, Drive: s.drive, Days: s.days, Due: s.due, Seed: s.seed, Faults: s.faults, Log: log}
	if o.Crews, err = vehicles(s.crews); err != nil {
		return o, err
	}
	if s.origin != "" {
		clock := core.ScaledClock{Speed: s.speed, Anchor: time.Now()}
		if clock.Origin, err = time.Parse(time.RFC3339Nano, s.origin); err != nil {
			return o, core.Invalidf("bad_date", "--clock-origin", "%q is no instant; write 2026-05-11T05:00:00+08:00", "%q 不是时刻；请写 2026-05-11T05:00:00+08:00", s.origin)
		}
		if s.anchor != "" {
			if clock.Anchor, err = time.Parse(time.RFC3339Nano, s.anchor); err != nil {
				return o, core.Invalidf("bad_date", "--clock-anchor", "%q is no instant; write 2026-05-11T05:00:00+08:00", "%q 不是时刻；请写 2026-05-11T05:00:00+08:00", s.anchor)
			}
		}
		if s.speed <= 0 {
			return o, core.Invalidf("out_of_range", "--clock-speed", "the clock must run forward", "时钟只能向前")
		}
		o.Clock = clock
	}
	return o, nil
}

// vehicles reads crews with their homes, "R01@31.2/121.4".
func vehicles(list []string) ([]sim.Vehicle, error) {
	var out []sim.Vehicle
	for _, text := range list {
		var v sim.Vehicle
		id, at, _ := strings.Cut(text, "@")
		lat, lon, ok := strings.Cut(at, "/")
		v.Crew = id
		var errLat, errLon error
		v.Home.Lat, errLat = strconv.ParseFloat(lat, 64)
		v.Home.Lon, errLon = strconv.ParseFloat(lon, 64)
		if id == "" || !ok || errLat != nil || errLon != nil {
			return nil, core.Invalidf("bad_crew", "--crews", "%q is no crew with its home; write R01@31.2/121.4", "%q 格式不对；请写 R01@31.2/121.4", text)
		}
		out = append(out, v)
	}
	return out, nil
}

func (s *simulation) run(ctx context.Context, names ...string) error {
	o, err := s.options()
	if err != nil {
		return err
	}
	defer func() { _ = o.Log.Sync() }()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for _, one := range simulators {
		if !slices.Contains(names, one.name) {
			continue
		}
		r, err := one.start(o)
		if err != nil {
			return err
		}
		wg.Go(func() {
			if err := r.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
				cancel(fmt.Errorf("simulate %s: %w", one.name, err))
			}
		})
	}
	wg.Wait()
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

func (s *simulation) people(ctx context.Context) error {
	o, err := s.options()
	if err != nil {
		return err
	}
	defer func() { _ = o.Log.Sync() }()
	p, err := peoplesim.New(peoplesim.Options{HubURL: s.hub, Clock: o.Clock, Zone: sim.DefaultZone, Log: o.Log.Named("people")})
	if err != nil {
		return err
	}
	o.Log.Info("people are at work", zap.String("hub", s.hub))
	return p.Run(ctx)
}
