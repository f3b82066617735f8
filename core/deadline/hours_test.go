package deadline_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"tundish/core/deadline"
)

var shanghai = must(time.LoadLocation("Asia/Shanghai"))

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// calendar2026 is the year as the State Council's notice of 4 November 2025 has it.
func calendar2026(day time.Time) bool {
	date := day.Format("01-02")
	for _, off := range [][2]string{{"01-01", "01-03"}, {"02-15", "02-23"}, {"04-04", "04-06"}, {"05-01", "05-05"}, {"06-19", "06-21"}, {"09-25", "09-27"}, {"10-01", "10-07"}} {
		if date >= off[0] && date <= off[1] {
			return false
		}
	}
	switch date {
	case "01-04", "02-14", "02-28", "05-09", "09-20", "10-10":
		return true
	}
	return day.Weekday() != time.Saturday && day.Weekday() != time.Sunday
}

// The house works from 8:30 to 11:30 and from 13:00 to 17:00, seven hours.
var office = must(deadline.NewHours(shanghai, calendar2026, deadline.Span{Start: 510, End: 690}, deadline.Span{Start: 780, End: 1020}))

func at(text string) time.Time {
	return must(time.ParseInLocation("2006-01-02 15:04", text, shanghai))
}

func TestWorkingTimePassesInWorkingHoursOnly(t *testing.T) {
	for _, c := range []struct {
		from  string
		hours float64
		want  string
		why   string
	}{
		{"2026-05-11 09:00", 2, "2026-05-11 11:00", "within a morning"},
		{"2026-05-11 11:00", 1, "2026-05-11 13:30", "over noon"},
		{"2026-05-11 11:00", 0.5, "2026-05-11 11:30", "to the end of the morning, not to the afternoon's beginning"},
		{"2026-05-11 06:00", 1, "2026-05-11 09:30", "from before the day begins"},
		{"2026-05-11 20:00", 1, "2026-05-12 09:30", "from the evening"},
		{"2026-05-15 16:00", 2, "2026-05-18 09:30", "over a weekend"},
		{"2026-05-08 16:00", 2, "2026-05-09 09:30", "to a Saturday that is worked"},
		{"2026-04-30 16:00", 4, "2026-05-06 11:30", "over Labour Day"},
		{"2026-02-13 16:30", 8, "2026-02-24 09:00", "over the make-up Saturday and the Spring Festival"},
		{"2026-10-10 09:00", 0, "2026-10-10 09:00", "nothing"},
		{"2026-10-03 09:00", 0, "2026-10-08 08:30", "nothing, from a holiday"},
		{"2026-05-12 09:30", -1.5, "2026-05-11 16:30", "back over a night"},
		{"2026-05-06 09:00", -1, "2026-04-30 16:30", "back over Labour Day"},
	} {
		got := office.Add(at(c.from), time.Duration(c.hours*float64(time.Hour)))
		if !got.Equal(at(c.want)) {
			t.Errorf("%v h from %s (%s): %s, want %s", c.hours, c.from, c.why, got.In(shanghai).Format("2006-01-02 15:04"), c.want)
		}
	}
}

func TestWorkingDaysAreCountedAsTheCivilCodeCountsThem(t *testing.T) {
	for _, c := range []struct {
		from string
		days int
		want string
		why  string
	}{
		{"2026-05-11 09:00", 1, "2026-05-12 17:00", "the first day is left out"},
		{"2026-05-11 23:59", 1, "2026-05-12 17:00", "however late it is"},
		{"2026-05-15 09:00", 3, "2026-05-20 17:00", "over a weekend"},
		{"2026-05-16 09:00", 3, "2026-05-20 17:00", "from a Saturday"},
		{"2026-05-07 09:00", 3, "2026-05-11 17:00", "a Saturday that is worked counts"},
		{"2026-02-13 09:00", 3, "2026-02-25 17:00", "over the Spring Festival and its make-up day"},
		{"2026-09-24 10:00", 3, "2026-09-30 17:00", "over the Mid-Autumn Festival"},
		{"2026-09-30 10:00", 13, "2026-10-23 17:00", "a letter of the mayor's hotline before the National Day"},
		{"2026-10-03 10:00", 0, "2026-10-08 17:00", "the rest of a day that is off"},
		{"2026-05-14 17:00", -1, "2026-05-13 17:00", "back from where limits end"},
		{"2026-05-14 10:00", -1, "2026-05-12 17:00", "back from within a day, which is not a whole one"},
		{"2026-05-16 10:00", -1, "2026-05-14 17:00", "back from a Saturday"},
		{"2026-02-25 17:00", -3, "2026-02-13 17:00", "back over the Spring Festival"},
	} {
		if got := office.Days(at(c.from), c.days); !got.Equal(at(c.want)) {
			t.Errorf("%d days from %s (%s): %s, want %s", c.days, c.from, c.why, got.In(shanghai).Format("2006-01-02 15:04"), c.want)
		}
	}
}

// TestWholeDaysBackAgreeWithCounting: behind the instant lie the days asked for, whole and worked, and behind the next
// end of work one less.
func TestWholeDaysBackAgreeWithCounting(t *testing.T) {
	var ends []time.Time // of work, day by day
	for day := at("2026-01-01 17:00"); day.Year() == 2026; day = day.AddDate(0, 0, 1) {
		if calendar2026(day) {
			ends = append(ends, day)
		}
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		to, n := at("2026-02-10 00:00").Add(time.Duration(r.IntN(320*24*60))*time.Minute), 1+r.IntN(15)
		if r.IntN(4) == 0 {
			to = ends[60+r.IntN(len(ends)-60)] // where limits end
		}
		past := 0
		for past < len(ends) && !ends[past].After(to) {
			past++
		}
		if got, want := office.Days(to, -n), ends[past-1-n]; !got.Equal(want) {
			t.Fatalf("%d days before %s: %s, counted %s", n, to.In(shanghai), got.In(shanghai), want.In(shanghai))
		}
	}
}

// TestSumsAgreeWithCountingMinutes holds the sums against counting minute by minute.
func TestSumsAgreeWithCountingMinutes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	begin := at("2026-01-01 00:00")
	worked := make([]bool, 365*24*60)
	for i := range worked {
		m := begin.Add(time.Duration(i) * time.Minute).In(shanghai)
		minute := m.Hour()*60 + m.Minute()
		worked[i] = calendar2026(m) && (minute >= 510 && minute < 690 || minute >= 780 && minute < 1020)
	}
	for range 3000 {
		a := r.IntN(len(worked) - 60*24*60)
		b := a + r.IntN(30*24*60)
		n := 0
		for i := a; i < b; i++ {
			if worked[i] {
				n++
			}
		}
		from, to := begin.Add(time.Duration(a)*time.Minute), begin.Add(time.Duration(b)*time.Minute)
		if got := office.Between(from, to); got != time.Duration(n)*time.Minute {
			t.Fatalf("from %s to %s: %v, counted %d min", from.In(shanghai), to.In(shanghai), got, n)
		}
		if got := office.Between(to, from); got != -time.Duration(n)*time.Minute {
			t.Fatalf("backwards: %v, counted %d min", got, n)
		}
		if n == 0 {
			continue
		}
		last := b // the minute behind the n-th one that was worked
		for !worked[last-1] {
			last--
		}
		if got, want := office.Add(from, time.Duration(n)*time.Minute), begin.Add(time.Duration(last)*time.Minute); !got.Equal(want) {
			t.Fatalf("%d min from %s: %s, counted %s", n, from.In(shanghai), got.In(shanghai), want.In(shanghai))
		}
		first := a
		for !worked[first] {
			first++
		}
		if got, want := office.Add(to, -time.Duration(n)*time.Minute), begin.Add(time.Duration(first)*time.Minute); !got.Equal(want) {
			t.Fatalf("%d min before %s: %s, counted %s", n, to.In(shanghai), got.In(shanghai), want.In(shanghai))
		}
	}
}

func TestHoursThatCannotBeAreRefused(t *testing.T) {
	for name, spans := range map[string][]deadline.Span{
		"none": {}, "empty": {{Start: 500, End: 500}}, "backwards": {{Start: 600, End: 500}}, "beyond the day": {{Start: 600, End: 1441}},
		"not in order": {{Start: 780, End: 1020}, {Start: 510, End: 690}}, "overlapping": {{Start: 500, End: 700}, {Start: 690, End: 800}},
	} {
		if _, err := deadline.NewHours(shanghai, calendar2026, spans...); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := deadline.NewHours(nil, calendar2026, deadline.Span{Start: 1, End: 2}); err == nil {
		t.Error("no zone: taken")
	}
}

func TestACalendarOnWhichNothingIsWorkedDoesNotHang(t *testing.T) {
	never := must(deadline.NewHours(shanghai, func(time.Time) bool { return false }, deadline.Span{Start: 510, End: 690}))
	from := at("2026-05-11 09:00")
	if got := never.Add(from, time.Hour); got.Sub(from) < 19*365*24*time.Hour {
		t.Errorf("an hour is over %s", got)
	}
	if got := never.Days(from, 1); got.Sub(from) < 19*365*24*time.Hour {
		t.Errorf("a day is over %s", got)
	}
	if got := never.Days(from, -1); from.Sub(got) < 19*365*24*time.Hour {
		t.Errorf("a day before it was %s", got)
	}
}

func BenchmarkThreeWorkingDaysOverAHoliday(b *testing.B) {
	from := at("2026-02-13 09:00")
	for b.Loop() {
		office.Days(from, 3)
	}
}
