package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"tundish/config"
	"tundish/config/lang"
	"tundish/config/ordertype"
	"tundish/config/reactions"
	"tundish/config/roles"
	"tundish/config/views"
	"tundish/core"
)

// monday is the day that these tests take for today.
var monday = time.Date(2026, 5, 11, 8, 0, 0, 0, time.FixedZone("", 8*60*60))

// checks are those of the hub, but for a parser of schedules that knows one mistake.
func checks(types *core.OrderTypes) config.Checks {
	var language *ordertype.Language
	var live core.OrderTypes
	return config.Checks{
		Now: monday,
		Cron: func(spec string, _ *time.Location) error {
			if strings.Contains(spec, "30 2") {
				return errors.New("no such date exists")
			}
			return nil
		},
		Roles: func(p *lang.Problems, file string) { roles.Read(p, file) },
		Reactions: func(p *lang.Problems, t *config.Tree, env []string) {
			reactions.ReadClassification(p, t.Config.Dirs.Classification, language, reactions.House{Categories: []string{"burst", "leak", "leak/meter_joint", "no_water", "water_quality", "billing_dispute", "service_attitude", "other"}, Depots: []string{"ST-01", "ST-02", "ST-03"}, Districts: []string{"D1", "D2", "D3"}})
			channels := reactions.ReadChannels(p, t.Config.Dirs.Channels, t.Config.File, env, []string{"admin", "dispatcher", "deputy_head"})
			reactions.ReadTriggers(p, t.Config.Dirs.Triggers, language, channels.Names())
		},
		Views: func(p *lang.Problems, t *config.Tree, file string) {
			views.Read(p, file, views.Known{Types: live, Roles: core.Roles()})
		},
		OrderTypes: func(p *lang.Problems, dir string) (kinds []config.Kind) {
			var read core.OrderTypes
			read, language = ordertype.Read(p, dir, core.Roles(), nil)
			live = read
			if types != nil {
				*types = read
			}
			for _, code := range read.Codes() {
				kinds = append(kinds, config.Kind{Code: code, Name: lang.Text{En: read[code].Name.EN, Zh: read[code].Name.ZH}, Skills: read[code].Skills, Visit: read[code].Family != core.Desk})
			}
			return kinds
		},
	}
}

// tree writes the shipped files to a folder of the test's own and returns the settings' path.
func tree(t *testing.T, changes ...config.Change) string {
	t.Helper()
	path, err := config.WriteTree(filepath.Join(t.TempDir(), "config"), nil, changes...)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
