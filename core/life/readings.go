package life

import (
	"fmt"
	"math/big"

	"tundish/core"
)

// Plausibility is what becomes of readings that look wrong.
type Plausibility struct {
	// Do with them; empty: nothing is looked at.
	Do Questioned
	// Most is how much may have flown since the last reading, in m³ as decimal text; empty:
	// any amount.
	Most string
}

// Questioned says how far a reading that looks wrong is questioned.
type Questioned string

const (
	// Confirm: it is taken when whoever recorded it says that he looked again.
	Confirm Questioned = "confirm"
	// Refuse: it is not taken.
	Refuse Questioned = "refuse"
)

// plausible questions readings that do not go with what is known of the meter: lower than the
// last one, or higher by more than can have flown.
func (r *Rules) plausible(o *core.WorkOrder, c *core.Completion) error {
	if r.Readings.Do == "" || r.Readings.Do == Confirm && c.Confirmed {
		return nil
	}
	last, known := decimal(o.Meter.LastReading)
	if !known {
		return nil
	}
	most, bounded := decimal(r.Readings.Most)
	var faults []*core.Error
	for _, q := range []struct{ field, value string }{{"old_final_reading", c.OldFinalReading}, {"rechecked_reading", c.RecheckedReading}} {
		v, ok := decimal(q.value)
		if !ok {
			continue
		}
		used := new(big.Rat).Sub(v, last)
		en, zh := "", ""
		switch {
		case used.Sign() < 0:
			en, zh = fmt.Sprintf("%s is lower than the last reading %s", q.value, o.Meter.LastReading), fmt.Sprintf("%s 小于上次抄码 %s", q.value, o.Meter.LastReading)
		case bounded && used.Cmp(most) > 0:
			en, zh = fmt.Sprintf("%s is more than %s m³ above the last reading %s", q.value, r.Readings.Most, o.Meter.LastReading), fmt.Sprintf("%s 比上次抄码 %s 多出 %s m³ 以上", q.value, o.Meter.LastReading, r.Readings.Most)
		default:
			continue
		}
		if r.Readings.Do == Confirm {
			en, zh = en+`; look again, and send "confirmed": true if it is right`, zh+"；请复看，确认无误后以 confirmed 提交"
		}
		faults = append(faults, core.Fail(core.Invalid, "implausible_reading", q.field, en, zh))
	}
	return together(faults)
}

func decimal(text string) (*big.Rat, bool) {
	if !decimalText.MatchString(text) {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}
