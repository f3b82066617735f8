package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tundish/config"
	"tundish/config/lang"
	"tundish/core"
)

func TestTheEnvironmentGoesBeforeTheFileAndFlagsBeforeBoth(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tundish.yaml")
	write(t, path, "listen: {address: 127.0.0.1:1}\nlog: {level: warn}\ndispatch: {travel: {speed_kmh: 30}}\n")
	env := []string{
		"PATH=/bin", "TUNDISH_LISTEN_ADDRESS=127.0.0.1:2", "TUNDISH_DISPATCH_TRAVEL_SPEED_KMH=40", "TUNDISH_ZONE=", "TUNDISH_CLOCK_ORIGIN=2026-05-11T05:00:00+08:00",
		"TUNDISH_DISPATCH_BATCH=0 7 * * *,0 9 * * *", "TUNDISH_TEST_SQLSERVER=x",
	}
	c, err := config.Load(path, env, config.Override{Key: "listen.address", Text: "127.0.0.1:3", From: "--listen"}, config.Override{Key: "clock.speed", Text: "60", From: "--speed"})
	if err != nil {
		t.Fatal(err)
	}
	for what, pair := range map[string][2]any{
		"flag": {c.Listen.Address.V, "127.0.0.1:3"}, "variable": {c.Dispatch.Travel.SpeedKMH, 40.0}, "file": {c.Log.Level, "warn"},
		"an empty variable": {c.Zone.V, "Asia/Shanghai"}, "default": {c.Dispatch.Travel.Detour, 1.3}, "zone": {c.Location.String(), "Asia/Shanghai"},
		"instant": {c.Clock.Origin.UTC().Format(time.RFC3339), "2026-05-10T21:00:00Z"}, "list": {len(c.Dispatch.Batch), 2}, "second of list": {c.Dispatch.Batch[1].V, "0 9 * * *"},
		"size": {c.Intake.Body, config.Size(8 << 20)}, "relative path": {c.Dirs.Systems, filepath.Join(filepath.Dir(path), "systems")},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: got %v, want %v", what, pair[0], pair[1])
		}
	}
}

func TestAMistakeInAVariableOrFlagNamesIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tundish.yaml")
	write(t, path, "{}")
	_, err := config.Load(path, []string{"TUNDISH_LISTEN_ADRESS=x", "TUNDISH_ZONE=Mars", "TUNDISH_STORE_DSN=sqlserver:hub:hunter2@db"},
		config.Override{Key: "log.level", Text: "loud", From: "--log-level"}, config.Override{Key: "lisen.address", Text: "x", From: "--set lisen.address"})
	for place, want := range map[string]string{
		"TUNDISH_LISTEN_ADRESS": `did you mean "TUNDISH_LISTEN_ADDRESS"?`,
		"TUNDISH_ZONE":          "write a name of the tz database, such as Asia/Shanghai",
		"TUNDISH_STORE_DSN":     "write sqlite://var/tundish.db or sqlserver://user:password@host:1433?database=tundish",
		"--log-level":           "",
		"--set lisen.address":   `did you mean "listen.address"?`,
	} {
		if f := find(err, place); f == nil || f.Hint != want {
			t.Errorf("%s: got %+v", place, f)
		}
	}
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a secret is repeated: %v", err)
	}
}

func TestAnUnknownKeyIsRefusedWithItsPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tundish.yaml")
	write(t, path, "zone: Asia/Shanghai\nlisten:\n  adress: 127.0.0.1:8080\n")
	_, err := config.Load(path, nil)
	if err == nil || !strings.Contains(err.Error(), "tundish.yaml:3:3: ") || !strings.Contains(err.Error(), `did you mean "address"?`) {
		t.Errorf("got %v", err)
	}
}

func TestAMissingSettingsFileIsAnErrorWithUsableDefaults(t *testing.T) {
	c, err := config.Load(filepath.Join(t.TempDir(), "none.yaml"), nil)
	if err == nil || c == nil {
		t.Fatalf("got %v, %v", c, err)
	}
}

func TestTheDSNNearestToThePersonCounts(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "tundish.yaml")
	write(t, path, "store: {dsn_file: dsn}\n")
	write(t, filepath.Join(dir, "dsn"), "sqlserver://hub:x@db:1433?database=tundish\n")
	c, err := config.Load(path, nil)
	if err != nil || c.Store.DSN.V != "sqlserver://hub:x@db:1433?database=tundish" {
		t.Errorf("got %q, %v", c.Store.DSN.V, err)
	}
	c, err = config.Load(path, []string{"TUNDISH_STORE_DSN=sqlite://x.db"})
	if err != nil || c.Store.DSN.V != "sqlite://x.db" {
		t.Errorf("got %q, %v", c.Store.DSN.V, err)
	}
}

// TestWhatIsShippedIsRight reads the files of this folder as the hub does.
func TestWhatIsShippedIsRight(t *testing.T) {
	var types core.OrderTypes
	tr, err := config.Open("tundish.yaml", nil, checks(&types))
	if err != nil {
		t.Fatal(err)
	}
	if tr.Warnings.Len() > 0 {
		t.Error(&tr.Warnings)
	}
	var ids []string
	for _, s := range tr.Systems {
		ids = append(ids, s.ID.V)
	}
	if want := []string{"billing", "gis", "hotline", "newconnection", "website"}; !slices.Equal(ids, want) {
		t.Errorf("systems %v, want %v", ids, want)
	}
	if got := tr.System("website").Contract.V; got != "hotline" {
		t.Errorf("the website speaks %s", got)
	}
	if len(tr.Jobs) != 2 || len(tr.Districts) != 6 {
		t.Errorf("%d jobs, %d districts", len(tr.Jobs), len(tr.Districts))
	}
	if b := types["burst"]; b == nil || b.Mode(core.Emergency) != core.DispatchAuto || b.ResultReview || b.Limits[core.Emergency] != 24*time.Hour {
		t.Errorf("burst: %+v", b)
	}
	// A day of the example city: 600 replacements and a repair at any hour must find somebody.
	minutes, nights := 0, 0
	for _, c := range tr.Crews {
		if slices.ContainsFunc(c.Skills, func(v lang.Value[string]) bool { return v.V == "meter" }) {
			minutes += c.CapMinutes
		}
		if c.EveryDay && c.Shift == (config.Shift{Start: 0, End: 24 * 60}) && slices.ContainsFunc(c.Skills, func(v lang.Value[string]) bool { return v.V == "repair" }) {
			nights++
		}
	}
	if need := 600 * types["scheduled_replacement"].Minutes; minutes < need {
		t.Errorf("meter crews have %d minutes a day, 600 replacements take %d", minutes, need)
	}
	if nights < 2 {
		t.Errorf("%d crews repair at night", nights)
	}
}

// TestEveryShippedFileNamesItsSchema so that editors complete it.
func TestEveryShippedFileNamesItsSchema(t *testing.T) {
	files, err := filepath.Glob("*.yaml")
	more, err2 := filepath.Glob("*/*.yaml")
	if err != nil || err2 != nil || len(more) < 20 {
		t.Fatal(len(more), err, err2)
	}
	for _, name := range append(files, more...) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(data), "\n")
		schema, found := strings.CutPrefix(first, "# yaml-language-server: $schema=")
		if _, err := os.Stat(filepath.Join(filepath.Dir(name), schema)); !found || err != nil {
			t.Errorf("%s begins with %q: %v", name, first, err)
		}
	}
}

func TestWarningsDoNotStopTheHub(t *testing.T) {
	path := tree(t)
	root := filepath.Dir(path)
	write(t, filepath.Join(root, "crews.yaml"), "crews:\n  - {id: M01, name: 换表一组, skills: [meter], districts: [D1], shift: 08:00-17:00, home: {lat: 31.2, lon: 121.5}}\n")
	write(t, filepath.Join(root, "calendar", "2026.yaml"), "year: 2026\nbasis: {en: a draft, zh: 草案}\ncomplete: false\n")
	tr, err := config.Open(path, nil, checks(nil))
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, f := range append(tr.Warnings.Findings(lang.English), tr.Warnings.Findings(lang.Chinese)...) {
		said = append(said, f.Message)
	}
	for _, want := range []string{
		"the calendar of 2026 is marked as incomplete: holidays may count as worked", `no crew works in district "D2"`,
		`no crew has all skills that order type "burst" needs: [repair]`, "2026 年日历标记为不完整：部分假日可能被当作工作日",
	} {
		if !slices.Contains(said, want) {
			t.Errorf("nobody says %q", want)
		}
	}
	later := checks(nil)
	later.Now = monday.AddDate(1, 0, 0)
	if tr, _ = config.Open(path, nil, later); !strings.Contains(tr.Warnings.Error(), "there is no calendar of 2027") {
		t.Errorf("got %v", &tr.Warnings)
	}
}

func TestSecretsComeFromFilesAndVariables(t *testing.T) {
	path := tree(t)
	root := filepath.Dir(path)
	write(t, filepath.Join(root, "secrets", "hotline"), "s3cret \r\n")
	write(t, filepath.Join(root, "systems", "hotline.yaml"), `
id: hotline
name: {en: Hotline, zh: 热线系统}
contract: hotline
mode: shadow
url: https://hotline.example/ws
credentials:
  in: {accept: [basic, digest], user: hotline, password_file: secrets/hotline}
  out: {send: digest, user: hub, password_env: HOTLINE_PASSWORD}
`)
	tr, err := config.Open(path, []string{"HOTLINE_PASSWORD=geheim"}, checks(nil), config.Override{Key: "listen.address", Text: "localhost:0", From: "--listen"})
	if err != nil {
		t.Fatal(err)
	}
	c := tr.System("hotline").Credentials
	if c.In.Password != "s3cret " || c.Out.Password != "geheim" || c.In.Open() || !c.In.Accepts("digest") || c.In.Accepts("text") {
		t.Errorf("got %+v", c)
	}
	if s := tr.System("billing"); !s.Credentials.In.Open() || s.Limits.Body != tr.Config.Intake.Body || s.Location != tr.Config.Location {
		t.Errorf("what a system leaves out is not the hub's: %+v", s)
	}
}

func TestEveryMistakeIsAProblems(t *testing.T) {
	_, err := config.Open(filepath.Join(t.TempDir(), "none.yaml"), nil, config.Checks{})
	if !errors.As(err, new(*lang.Problems)) {
		t.Errorf("got %T", err)
	}
}
