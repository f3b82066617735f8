package schedule

import (
	"strings"
	"testing"
	"time"
)

var shanghai = time.FixedZone("UTC+8", 8*3600)

func TestSlotsFollowTheCivilDayOfTheZone(t *testing.T) {
	c, err := Parse("30 5 * * *", shanghai, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := c.Next(time.Date(2026, 5, 10, 22, 0, 0, 0, time.UTC)) // 06:00 on the 11th there
	want := time.Date(2026, 5, 12, 5, 30, 0, 0, shanghai)
	if !got.Equal(want) {
		t.Errorf("next slot %v, want %v", got, want)
	}
}

func TestSlotsOnlyOnWorkdaysIncludeMakeUpDays(t *testing.T) {
	makeUp := time.Date(2026, 5, 9, 0, 0, 0, 0, shanghai) // a Saturday that is worked
	workday := func(d time.Time) bool {
		if d.YearDay() == makeUp.YearDay() {
			return true
		}
		return d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
	}
	c, err := Parse("0 6 * * *", shanghai, workday)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 5, 8, 7, 0, 0, 0, shanghai) // Friday, after the slot
	var days []int
	for range 3 {
		at = c.Next(at)
		days = append(days, at.Day())
	}
	if days[0] != 9 || days[1] != 11 || days[2] != 12 {
		t.Errorf("slots on %v May, want 9 (made up), 11, 12", days)
	}
}

func TestScheduleIsRefusedWithARemedy(t *testing.T) {
	for spec, remedy := range map[string]string{
		"":                      "five fields",
		"@every 5m":             "write the times",
		"0 0 30 2 *":            "never fires",
		"61 * * * *":            "minute hour day month weekday",
		"* * * *":               "minute hour day month weekday",
		"CRON_TZ=UTC 0 5 * * *": "not written into the expression",
	} {
		if _, err := Parse(spec, shanghai, nil); err == nil || !strings.Contains(err.Error(), remedy) {
			t.Errorf("%q: got %v, want a refusal that says %q", spec, err, remedy)
		}
	}
	if _, err := Parse("0 6 * * *", shanghai, func(time.Time) bool { return false }); err == nil {
		t.Error("a schedule without any working day was accepted")
	}
}
