package config_test

import (
	"path/filepath"
	"testing"
	"time"

	"tundish/config"
	"tundish/config/lang"
)

func TestWorkingDaysFollowTheNotice(t *testing.T) {
	var p lang.Problems
	c := config.LoadCalendar(&p, "calendar")
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	worked := map[string]bool{ // checked by hand against the notice
		"2026-01-01": false, "2026-01-03": false, "2026-01-04": true, // a Sunday
		"2026-02-14": true, "2026-02-15": false, "2026-02-23": false, "2026-02-24": true, "2026-02-28": true,
		"2026-04-06": false, "2026-05-05": false, "2026-05-06": true, "2026-05-09": true, "2026-05-10": false, "2026-05-11": true,
		"2026-06-19": false, "2026-09-20": true, "2026-09-25": false, "2026-10-07": false, "2026-10-08": true, "2026-10-10": true, "2026-10-11": false,
		"2027-01-01": true, "2027-01-02": false, // a year without a calendar follows the week
	}
	for day, want := range worked {
		d, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Workday(d); got != want {
			t.Errorf("%s: worked %v, want %v", day, got, want)
		}
	}
	// 23:30 UTC on Friday 8 May is Saturday 9 May in Shanghai, a make-up day; on the 9th it is Sunday there.
	zone := time.FixedZone("UTC+8", 8*60*60)
	for day, want := range map[int]bool{8: true, 9: false} {
		if got := c.Workday(time.Date(2026, 5, day, 23, 30, 0, 0, time.UTC).In(zone)); got != want {
			t.Errorf("%d May 23:30 UTC: worked %v, want %v", day, got, want)
		}
	}
}

func TestQuietWindowsHold(t *testing.T) {
	path := tree(t)
	write(t, filepath.Join(filepath.Dir(path), "systems", "billing.yaml"), `
id: billing
name: {en: Billing, zh: 营收系统}
contract: billing
mode: live
url: http://127.0.0.1:9102/soap/billing
write_back:
  quiet:
    - {name: month-end closing, days: [-1], from: 20:00, to: 06:00}
    - {days: [1], from: 06:00, to: 07:30}
    - {days: [wed, 15], from: 00:00, to: 24:00}
`)
	tr, err := config.Open(path, nil, checks(nil))
	if err != nil {
		t.Fatal(err)
	}
	zone := tr.Config.Location
	quiet := tr.System("billing").WriteBack.Quiet
	for at, want := range map[string]time.Duration{
		"2026-05-31 19:59": 0, "2026-05-31 20:00": 11*time.Hour + 30*time.Minute, "2026-06-01 05:59": 91 * time.Minute,
		"2026-06-01 07:29": time.Minute, "2026-06-01 07:30": 0, "2026-06-02 05:00": 0, "2026-05-30 21:00": 0,
		"2026-02-28 23:00": 8*time.Hour + 30*time.Minute,
		"2026-05-13 12:00": 12 * time.Hour, "2026-05-14 00:00": 0, "2026-05-15 00:00": 24 * time.Hour,
		"2026-07-14 23:59": 0, "2026-07-15 00:00": 24 * time.Hour, // a Wednesday and a 15th
	} {
		local, err := time.ParseInLocation("2006-01-02 15:04", at, zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := quiet.Held(local.UTC(), zone); got != want {
			t.Errorf("%s: held for %v, want %v", at, got, want)
		}
	}
	always := config.Quiet{{From: 0, To: 24 * 60}}
	if got := always.Held(monday, zone); got < 360*24*time.Hour {
		t.Errorf("what is quiet every day all day is held for %v", got)
	}
}

func TestSizesAndShiftsAreReadAsTheyAreWritten(t *testing.T) {
	for text, want := range map[string]config.Size{"512KiB": 512 << 10, "8MiB": 8 << 20, "1GiB": 1 << 30, "100": 100, "7B": 7, "8 MiB": 8 << 20} {
		var s config.Size
		if err := s.UnmarshalText([]byte(text)); err != nil || s != want {
			t.Errorf("%s: %d, %v", text, s, err)
		}
		var again config.Size
		if err := again.UnmarshalText([]byte(s.String())); err != nil || again != s {
			t.Errorf("%s is written as %s", text, s)
		}
	}
	for _, text := range []string{"", "0", "8MB", "-1", "MiB", "99999999999GiB", "1.5MiB"} {
		if err := new(config.Size).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
	for text, want := range map[string]config.Shift{"08:00-17:00": {Start: 480, End: 1020}, "22:00-06:00": {Start: 1320, End: 1800}, "00:00-24:00": {Start: 0, End: 1440}, "8:00-17:00": {Start: 480, End: 1020}} {
		var s config.Shift
		if err := s.UnmarshalText([]byte(text)); err != nil || s != want {
			t.Errorf("%s: %v, %v", text, s, err)
		}
	}
	for _, text := range []string{"", "08:00", "8-17", "08:00-08:00", "24:00-08:00", "08:00-24:01", "08:60-17:00", "08:00-17:0", "08:00-17:00-", "-08:00-17:00"} {
		if err := new(config.Shift).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}
