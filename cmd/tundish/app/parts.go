package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"tundish/adapters/api"
	"tundish/adapters/geo"
	"tundish/adapters/mapping"
	"tundish/adapters/schedule"
	"tundish/config"
	"tundish/config/lang"
	"tundish/config/ordertype"
	"tundish/config/reactions"
	"tundish/core"
	"tundish/core/access"
	"tundish/core/deadline"
	"tundish/core/life"
	"tundish/core/lists"
	"tundish/core/store/sqlite"
	"tundish/core/store/sqlserver"
)

// Settings are everything an administrator wrote, read and cross-checked.
type Settings struct {
	*config.Tree
	Types    core.OrderTypes
	Mappings map[string]*mapping.Mapping // of systems whose contract is their own, by their ids
	// Roles are what people may do and see.
	Roles *access.Table
	// Views are the saved lists of orders.
	Views []lists.View
	// Channels are how people and programs are reached.
	Channels *reactions.ChannelsFile
	// Triggers are what the house does by itself when something happens to an order.
	Triggers []core.Trigger
	// Classification says what reports are about.
	Classification reactions.Classification
	// References are the plane grids of the city.
	References geo.References

	language  *ordertype.Language   // of files beside the order types
	lacking   map[string]*unmapped  // by system
	overrides []config.Override     // that it was read with
	read      map[core.Scope]string // content that it was read from, where that is known
	published map[core.Scope]bool   // of these, what was published
	days      *workdays
	older     *olderTypes
}

// ReadSettings reads the settings at path and all they lead to. The error lists every
// mistake of every file.
func ReadSettings(path string, overrides ...config.Override) (*Settings, error) {
	return readSettings(path, map[string]*unmapped{}, nil, overrides)
}

// readSettings takes over who hears of unmapped codes, and mappings that were read before and
// have not changed since.
func readSettings(path string, lacking map[string]*unmapped, known map[string]*mapping.Mapping, overrides []config.Override) (*Settings, error) {
	s := &Settings{overrides: overrides, Mappings: map[string]*mapping.Mapping{}, References: geo.References{}, lacking: lacking, days: &workdays{}, older: newOlderTypes()}
	checks := config.Checks{
		Cron: func(spec string, zone *time.Location) error {
			_, err := schedule.Parse(spec, zone, nil)
			return err
		},
		OrderTypes: func(p *lang.Problems, dir string) []config.Kind {
			s.Types, s.language = ordertype.Read(p, dir, s.roles(), s.roleMay)
			var kinds []config.Kind
			for _, t := range s.Types {
				kinds = append(kinds, config.Kind{Code: t.Code, Name: lang.Text{En: t.Name.EN, Zh: t.Name.ZH}, Skills: t.Skills, Visit: t.Family != core.Desk})
			}
			return kinds
		},
		Reference: s.makeReference,
		Reactions: s.readReactions,
		Roles:     s.readRoles,
		Views:     s.readViews,
		Mapping: func(p *lang.Problems, t *config.Tree, sys *config.System, types []string) []string {
			m := known[sys.ID.V]
			if m == nil {
				m = readMapping(p, t, sys, types, s.References, s.lack(sys.ID.V).hear)
			}
			s.Mappings[sys.ID.V] = m
			return m.Lists()
		},
	}
	var err error
	s.Tree, err = config.Open(path, os.Environ(), checks, overrides...)
	s.days.now.Store(s.Calendar)
	if err == nil {
		s.older.remember(s.Types)
	}
	return s, err
}

// Store is the order store with what its administration needs.
type Store interface {
	core.Store
	core.ArchiveStore
	Migrate(ctx context.Context) error
	Ping(ctx context.Context) error
	// Advice lists what an administrator should do about the database.
	Advice(ctx context.Context) ([]*core.Error, error)
	Dialect() string
}

// OpenStore opens the store that a DSN names; it makes no tables.
func OpenStore(dsn string) (Store, error) {
	if strings.HasPrefix(dsn, "sqlserver://") {
		return sqlserver.Open(dsn, sqlserver.Options{})
	}
	return sqlite.Open(dsn, sqlite.Options{})
}

// Prepare opens the store and brings its tables up to date where the settings say so.
func (s *Settings) Prepare(ctx context.Context) (Store, error) {
	st, err := OpenStore(s.Config.Store.DSN.V)
	if err != nil {
		return nil, err
	}
	s.older.open(st, zap.NewNop())
	if m := s.Config.Store.Migrate; m == "always" || m == "auto" && st.Dialect() == "sqlite" {
		err = st.Migrate(ctx)
	} else {
		err = st.Ping(ctx)
	}
	if err != nil {
		_ = st.Close()
		return nil, err
	}
	return st, nil
}

// Existing is Prepare for commands that look at a store: a mistyped path is an error,
// not an empty store.
func (s *Settings) Existing(ctx context.Context) (Store, error) {
	if err := s.exists(); err != nil {
		return nil, err
	}
	return s.Prepare(ctx)
}

// Look opens a store that exists as it is.
func (s *Settings) Look() (Store, error) {
	if err := s.exists(); err != nil {
		return nil, err
	}
	return OpenStore(s.Config.Store.DSN.V)
}

func (s *Settings) exists() error {
	if path, ok := strings.CutPrefix(s.Config.Store.DSN.V, "sqlite://"); ok {
		if _, err := os.Stat(path); err != nil {
			return &core.Error{Kind: core.NotFound, Code: "no_store", Message: "there is no database " + path + "; tundish serve, migrate or demo make one", MessageZH: "没有数据库 " + path + "；可由 tundish serve、migrate 或 demo 创建", Err: err}
		}
	}
	return nil
}

// Clock is the machine's clock, or the one the settings describe.
func (s *Settings) Clock() core.Clock {
	c := s.Config.Clock
	if c.Origin.IsZero() {
		return core.SystemClock{}
	}
	anchor := c.Anchor
	if anchor.IsZero() {
		anchor = time.Now()
	}
	return core.ScaledClock{Origin: c.Origin, Anchor: anchor, Speed: c.Speed.V}
}

// Rules are what decisions rest on.
func (s *Settings) Rules() *life.Rules {
	r := &life.Rules{
		Types: s.Types, Systems: map[core.SystemID]life.System{}, NumberPrefix: s.Config.Number.Prefix, Zone: s.Config.Location,
		PointsTo: core.SystemID(s.Config.Partners.PointsTo.V), ScrapTo: core.SystemID(s.Config.Partners.ScrapTo.V), CustomersTo: core.SystemID(s.Config.Partners.Customer.V), CustomersFrom: core.SystemID(s.Config.Partners.CustomersFrom.V),
		Deadlines: s.deadlines(), UnseenAfter: s.Config.Dispatch.UnseenAfter, UniqueSerials: s.Config.Readings.Unique,
		Codes: s.codes, Older: s.older.find, Access: api.HouseRights{Table: s.Roles},
	}
	if q := s.Config.Readings.Questioned; q != "never" {
		r.Readings = life.Plausibility{Do: life.Questioned(q), Most: s.Config.Readings.Most.V}
	}
	s.react(r)
	r.Districts = map[string]bool{}
	for _, d := range s.Districts {
		r.Districts[d.Code.V] = true
		r.Depots = append(r.Depots, d.Depot)
	}
	for _, sys := range s.Systems {
		r.Systems[core.SystemID(sys.ID.V)] = life.System{
			Shadow: sys.Mode == "shadow", ResultsOnly: sys.ResultsOnly,
			Extensions: s.extensible(&sys),
		}
	}
	return r
}

// codes lists the codes of a kind of the house's vocabulary.
func (s *Settings) codes(kind string) []string {
	if s.Words == nil {
		return nil
	}
	return s.Words.Codes(kind)
}

// deadlines keeps time limits by the calendar that is live and the house's working hours.
func (s *Settings) deadlines() *deadline.Keeper {
	spans := make([]deadline.Span, len(s.Config.Hours))
	for i, h := range s.Config.Hours {
		spans[i] = deadline.Span(h.V)
	}
	hours, err := deadline.NewHours(s.Config.Location, s.days.Workday, spans...)
	if err != nil {
		return nil // the settings were held against the same rules
	}
	return &deadline.Keeper{Hours: hours}
}

// NewLog makes the hub's own log on standard error.
func NewLog(c config.Log) (*zap.Logger, error) {
	level, err := zapcore.ParseLevel(c.Level)
	if err != nil {
		return nil, fmt.Errorf("log.level: %w", err)
	}
	z := zap.NewProductionConfig()
	z.Level = zap.NewAtomicLevelAt(level)
	z.Encoding = c.Format
	z.Sampling = nil // the story of every order is told whole
	z.DisableStacktrace = true
	z.EncoderConfig.EncodeTime = zapcore.ISO8601TimeEncoder
	if c.Format == "console" {
		z.EncoderConfig.EncodeLevel = zapcore.CapitalLevelEncoder
		z.DisableCaller = true
	}
	return z.Build()
}

// holder names this process in leases: machine, process, and a random part because a
// number may be reused.
func holder() string {
	host, _ := os.Hostname()
	var b [4]byte
	_, _ = rand.Read(b[:])
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), hex.EncodeToString(b[:]))
}
