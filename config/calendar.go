package config

import (
	"strconv"
	"time"

	"tundish/config/lang"
)

// Year is config/calendar/<year>.yaml: what is special about the days of one year.
type Year struct {
	Year     lang.Value[int]    `yaml:"year" lang:"required,min=1990,max=2200" en:"The year, the same as the file's name." zh:"年份，与文件名相同。"`
	Basis    Name               `yaml:"basis" lang:"required" en:"The notice it is taken from." zh:"依据的通知。"`
	Complete bool               `yaml:"complete" lang:"default=true" en:"false: not all of the notice is here, and the hub warns." zh:"false：通知内容尚未录全，系统会提示。"`
	Holidays []Holiday          `yaml:"holidays" en:"Days off besides Saturdays and Sundays." zh:"周六、周日以外的放假日。"`
	Workdays []lang.Value[Date] `yaml:"workdays" en:"Saturdays and Sundays that are worked (make-up days)." zh:"调休上班的周六、周日。"`
}

// Holiday is a run of days off.
type Holiday struct {
	Name Name             `yaml:"name" lang:"required" en:"Its name." zh:"名称。"`
	From lang.Value[Date] `yaml:"from" lang:"required" en:"First day." zh:"第一天。"`
	To   lang.Value[Date] `yaml:"to" lang:"required" en:"Last day." zh:"最后一天。"`
}

// Date is a civil date, written 2026-05-11.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// UnmarshalText reads a date.
func (d *Date) UnmarshalText(text []byte) error {
	t, err := time.Parse(time.DateOnly, string(text))
	if err != nil {
		return bilingual{"write a date such as 2026-05-11", "请写日期，例如 2026-05-11"}
	}
	*d = dateOf(t)
	return nil
}

// String writes the date as it is read.
func (d Date) String() string { return d.time().Format(time.DateOnly) }

func (d Date) time() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

func (d Date) weekend() bool {
	w := d.time().Weekday()
	return w == time.Saturday || w == time.Sunday
}

func dateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// Calendar knows working days.
type Calendar struct {
	years map[int]*Year
	off   map[Date]bool // of the days that do not follow the week: true is off, false is worked
}

var (
	wrongYear  = lang.NewMessage("file-name", "the year %d is not the file's name %q", "年份 %d 与文件名 %q 不一致")
	otherYear  = lang.NewMessage("calendar", "%v is not in %d", "%v 不在 %d 年内")
	backwards  = lang.NewMessage("calendar", "the holiday ends %v before it begins %v", "假期结束 %v 早于开始 %v")
	notWeekend = lang.NewMessage("calendar", "%v is a %v, a working day anyway", "%v 是%v，本就是工作日")
	twiceDay   = lang.NewMessage("calendar", "%v is given twice", "%v 重复")
	notBoth    = lang.NewMessage("calendar", "%v is a holiday and a working day at once", "%v 既放假又上班")

	noYear     = lang.NewMessage("calendar-year", "there is no calendar of %d: every Saturday and Sunday counts as off, every other day as worked", "没有 %d 年的日历：周六、周日一律视为休息，其余视为工作日")
	incomplete = lang.NewMessage("calendar-year", "the calendar of %d is marked as incomplete: holidays may count as worked", "%d 年日历标记为不完整：部分假日可能被当作工作日")
)

var hintYear = lang.Text{En: "add %s when the notice of that year is published", Zh: "该年度通知发布后请增加 %s"}

var weekdayNames = [...]lang.Text{
	{En: "Sunday", Zh: "星期日"}, {En: "Monday", Zh: "星期一"}, {En: "Tuesday", Zh: "星期二"}, {En: "Wednesday", Zh: "星期三"},
	{En: "Thursday", Zh: "星期四"}, {En: "Friday", Zh: "星期五"}, {En: "Saturday", Zh: "星期六"},
}

// mostHoliday is longer than any holiday and shorter than a year that was mistyped.
const mostHoliday = 60

// LoadCalendar reads every year of a folder.
func LoadCalendar(p *lang.Problems, dir string) *Calendar {
	c := &Calendar{years: map[int]*Year{}, off: map[Date]bool{}}
	for _, f := range folder(p, dir) {
		var y Year
		lang.DecodeFile(p, f.path, &y)
		if y.Year.V == 0 {
			continue // said already
		}
		if strconv.Itoa(y.Year.V) != f.stem {
			p.At(y.Year.At, wrongYear, y.Year.V, f.stem).Hint(hintFileName)
			continue
		}
		c.years[y.Year.V] = &y
		c.add(p, &y)
	}
	return c
}

func (c *Calendar) add(p *lang.Problems, y *Year) {
	mark := func(d Date, at lang.Pos, off bool) {
		switch was, there := c.off[d]; {
		case there && was == off:
			p.At(at, twiceDay, d)
		case there:
			p.At(at, notBoth, d)
		}
		c.off[d] = off
	}
	inside := func(v lang.Value[Date]) bool {
		if v.V.Year != y.Year.V {
			p.At(v.At, otherYear, v.V, y.Year.V)
			return false
		}
		return true
	}
	for _, h := range y.Holidays {
		if h.From.V == (Date{}) || h.To.V == (Date{}) || !inside(h.From) || !inside(h.To) {
			continue
		}
		if h.To.V.time().Before(h.From.V.time()) {
			p.At(h.To.At, backwards, h.To.V, h.From.V)
			continue
		}
		for t, n := h.From.V.time(), 0; !t.After(h.To.V.time()) && n < mostHoliday; t, n = t.AddDate(0, 0, 1), n+1 {
			mark(dateOf(t), h.From.At, true)
		}
	}
	for _, w := range y.Workdays {
		if w.V == (Date{}) || !inside(w) {
			continue
		}
		if !w.V.weekend() {
			p.At(w.At, notWeekend, w.V, weekdayNames[w.V.time().Weekday()])
			continue
		}
		mark(w.V, w.At, false)
	}
}

// Workday tells whether the civil day of t, in t's own zone, is worked: Monday to Friday but for holidays, and the
// make-up days.
func (c *Calendar) Workday(t time.Time) bool {
	d := dateOf(t)
	if off, special := c.off[d]; special {
		return !off
	}
	return !d.weekend()
}

// Warn adds to p what the hub should say about a year: that it is missing or incomplete. dir is named as the place.
func (c *Calendar) Warn(p *lang.Problems, dir string, year int) {
	switch y := c.years[year]; {
	case y == nil:
		p.At(lang.Place(dir), noYear, year).Hint(hintYear, strconv.Itoa(year)+".yaml")
	case !y.Complete:
		p.At(y.Year.At, incomplete, year)
	}
}
