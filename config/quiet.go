package config

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"tundish/config/lang"
)

// Quiet are the times in which something rests.
type Quiet []QuietWindow

// QuietWindow is a span of local time on certain days. It begins on one of Days and ends at To, on the next day if To
// is not after From.
type QuietWindow struct {
	Name string `yaml:"name" en:"Why, for the operators." zh:"原因，供操作人员查看。"`
	// Days of the month counted from its start (1 … 31) or from its end (-1 is the last), or weekdays (mon … sun).
	Days []lang.Value[string] `yaml:"days" en:"Days on which it begins: 1 … 31, -1 for the last day of the month, -2 for the one before …, mon … sun; absent means every day." zh:"开始的日子：1 … 31；-1 为每月最后一天，-2 为倒数第二天……；mon … sun 为星期；不填为每天。"`
	From Minute               `yaml:"from" lang:"required" en:"When it begins, such as 20:00." zh:"开始时间，例如 20:00。"`
	To   Minute               `yaml:"to" lang:"required" en:"When it ends, on the next day if not later than from; 24:00 is the end of the day." zh:"结束时间；不晚于 from 时为次日；24:00 为当日结束。"`
}

// Minute is a time of day in minutes after midnight, written 08:00; 24:00 is the end of the day.
type Minute int

// UnmarshalText reads a time of day.
func (m *Minute) UnmarshalText(text []byte) error {
	hours, minutes, found := strings.Cut(string(text), ":")
	h, err := strconv.ParseUint(hours, 10, 8)
	n, err2 := strconv.ParseUint(minutes, 10, 8)
	if !found || err != nil || err2 != nil || len(minutes) != 2 || len(hours) > 2 || n > 59 || h*60+n > 24*60 {
		return bilingual{"write hours and minutes, such as 08:00; at most 24:00", "请写时和分，例如 08:00；最晚 24:00"}
	}
	*m = Minute(h*60 + n)
	return nil
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

var badDay = lang.NewMessage("day", "%q is no day", "%q 不是有效的日子")

var hintDay = lang.Text{En: "write 1 … 31, -1 … -31 counted from the end of the month, or mon … sun", Zh: "请写 1 … 31、从月末倒数的 -1 … -31，或 mon … sun"}

func (q Quiet) check(p *lang.Problems) {
	for _, w := range q {
		for _, d := range w.Days {
			if n, err := strconv.Atoi(d.V); !slices.Contains(weekdays, d.V) && (err != nil || n == 0 || n < -31 || n > 31) {
				p.At(d.At, badDay, d.V).Hint(hintDay)
			}
		}
	}
}

// mostQuiet bounds how far ahead Held looks: windows that join for ever are for ever.
const mostQuiet = 366

// Held tells for how long rest goes on from t, in the civil time of zone; 0 means that it does not rest now. Windows
// that touch or overlap count as one.
func (q Quiet) Held(t time.Time, zone *time.Location) time.Duration {
	end := t.In(zone)
	for range mostQuiet {
		next := q.until(end)
		if next.IsZero() {
			break
		}
		end = next
	}
	return end.Sub(t)
}

// until is the latest end of the windows that hold at t; zero if none does.
func (q Quiet) until(t time.Time) (end time.Time) {
	for _, w := range q {
		for back := range 2 { // a window that holds now began today or yesterday
			y, m, d := t.AddDate(0, 0, -back).Date()
			day := time.Date(y, m, d, 0, 0, 0, 0, t.Location())
			if !w.on(day) {
				continue
			}
			days := 0
			if w.To <= w.From {
				days = 1
			}
			from := time.Date(y, m, d, 0, int(w.From), 0, 0, t.Location())
			to := time.Date(y, m, d+days, 0, int(w.To), 0, 0, t.Location())
			if !t.Before(from) && t.Before(to) && to.After(end) {
				end = to
			}
		}
	}
	return end
}

// on tells whether the window begins on a day.
func (w *QuietWindow) on(day time.Time) bool {
	if len(w.Days) == 0 {
		return true
	}
	last := time.Date(day.Year(), day.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	for _, d := range w.Days {
		n, err := strconv.Atoi(d.V)
		switch {
		case err != nil && d.V == weekdays[day.Weekday()],
			err == nil && n == day.Day(),
			err == nil && n == day.Day()-last-1:
			return true
		}
	}
	return false
}
