package core_test

import (
	"testing"
	"time"

	"tundish/core"
)

// TestADutyCountsBeforeTheStandingShift looks at a crew that works 08:00-17:00 on working days, and at one
// whose standing shift is the night.
func TestADutyCountsBeforeTheStandingShift(t *testing.T) {
	day := core.Crew{ID: "R1", ShiftStartMin: 480, ShiftEndMin: 1020}
	night := core.Crew{ID: "N1", ShiftStartMin: 1320, ShiftEndMin: 1800, EveryDay: true}
	duty := func(k core.DutyKind, shifts ...core.Shift) *core.Duty { return &core.Duty{Kind: k, Shifts: shifts} }
	split := duty(core.DutyWork, core.Shift{Start: 480, End: 720}, core.Shift{Start: 1080, End: 1320})
	for name, c := range map[string]struct {
		crew             core.Crew
		hour, minute     int
		today, yesterday *core.Duty
		start, end       int
		every, off       bool
	}{
		"nothing is said":                      {day, 9, 0, nil, nil, 480, 1020, false, false},
		"sick today":                           {day, 9, 0, duty(core.DutySick), nil, 480, 1020, false, true},
		"sick yesterday":                       {day, 9, 0, nil, duty(core.DutySick), 480, 1020, false, false},
		"on duty on a Sunday":                  {day, 9, 0, duty(core.DutyGuard, core.Shift{Start: 0, End: 1440}), nil, 0, 1440, true, false},
		"in the first of two shifts":           {day, 11, 59, split, nil, 480, 720, true, false},
		"between two shifts":                   {day, 12, 0, split, nil, 1080, 1320, true, false},
		"after the last":                       {day, 23, 0, split, nil, 1080, 1320, true, false},
		"last night's duty goes on":            {day, 3, 0, nil, duty(core.DutyGuard, core.Shift{Start: 1320, End: 1800}), 1320, 1800, true, false},
		"last night's duty goes before today":  {day, 3, 0, duty(core.DutyOff), duty(core.DutyGuard, core.Shift{Start: 1320, End: 1800}), 1320, 1800, true, false},
		"last night's duty is over":            {day, 6, 0, duty(core.DutyOff), duty(core.DutyGuard, core.Shift{Start: 1320, End: 1800}), 480, 1020, false, true},
		"ill last night, and it is still dark": {night, 3, 0, nil, duty(core.DutySick), 1320, 1800, true, true},
		"ill last night, tonight well":         {night, 6, 0, nil, duty(core.DutySick), 1320, 1800, true, false},
	} {
		now := time.Date(2026, 5, 11, c.hour, c.minute, 0, 0, time.UTC)
		got := c.crew.OnDay(now, c.today, c.yesterday)
		if got.ShiftStartMin != c.start || got.ShiftEndMin != c.end || got.EveryDay != c.every || got.OffDuty != c.off {
			t.Errorf("%s: %d-%d, every day %v, off %v", name, got.ShiftStartMin, got.ShiftEndMin, got.EveryDay, got.OffDuty)
		}
	}
}
