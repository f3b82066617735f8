// Package schedule computes the slots of jobs from cron expressions. It is the home
// of robfig/cron, of which only the parser and its arithmetic are used: which slots
// were run is remembered in the store, and the waiting is done on the hub's clock.
package schedule

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Cron is a parsed schedule in one time zone.
type Cron struct {
	spec     string
	zone     *time.Location
	schedule cron.Schedule
	keep     func(time.Time) bool
}

// Parse reads the five fields minute, hour, day of month, month, day of week, or one
// of @hourly, @daily, @weekly, @monthly, @yearly, in the civil time of zone.
//
// Refused are @every, whose slots depend on when the hub was started, a zone inside
// the expression, and dates that never come, such as 30 February. keep, if given, leaves
// out the slots for which it is false: days that are not worked, quiet hours.
func Parse(spec string, zone *time.Location, keep func(time.Time) bool) (*Cron, error) {
	s := strings.TrimSpace(spec)
	switch {
	case s == "":
		return nil, errors.New(`the schedule is empty; write five fields, e.g. "30 5 * * *" for 05:30 every day`)
	case strings.HasPrefix(s, "@every"):
		return nil, fmt.Errorf(`%q: @every counts from the moment the hub was started, so its slots cannot be remembered; write the times, e.g. "*/15 * * * *"`, spec)
	case strings.HasPrefix(s, "TZ="), strings.HasPrefix(s, "CRON_TZ="):
		return nil, fmt.Errorf("%q: the zone is that of the system and is not written into the expression", spec)
	}
	parsed, err := cron.ParseStandard(s)
	if err != nil {
		return nil, fmt.Errorf(`%q: %w; write minute hour day month weekday, e.g. "30 5 * * 1-5"`, spec, err)
	}
	c := &Cron{spec: s, zone: zone, schedule: parsed, keep: keep}
	if c.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, zone)).IsZero() {
		return nil, fmt.Errorf("%q never fires: no such date exists", spec)
	}
	return c, nil
}

// maxSkipped bounds the search for a slot that is kept: a year of hourly slots without
// one is a schedule that never fires.
const maxSkipped = 366 * 24

// Next is the first slot after t, in the schedule's zone; zero if there is none.
func (c *Cron) Next(t time.Time) time.Time {
	t = t.In(c.zone)
	for range maxSkipped {
		t = c.schedule.Next(t)
		if t.IsZero() || c.keep == nil || c.keep(t) {
			return t
		}
	}
	return time.Time{}
}

// String is the expression as it was written.
func (c *Cron) String() string { return c.spec }
