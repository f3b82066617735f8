package record

import (
	"encoding/json"
	"time"

	"tundish/core"
)

// User is what of a user is kept as one text; the rest has columns.
func User(u core.User) (string, error) {
	u.Version, u.CreatedAt, u.Failed, u.LockedUntil, u.LastLogin = 0, time.Time{}, 0, time.Time{}, time.Time{}
	b, err := json.Marshal(u)
	return string(b), err
}

// TouchAfter is how long a use of a session goes without being written: a small part of the idle
// time, so that who works is never taken for idle.
func TouchAfter(idle time.Duration) time.Duration {
	if idle == 0 {
		return time.Minute
	}
	return min(idle/20, time.Minute)
}

// EndKind is what the record calls the end of a session.
func EndKind(k core.SessionKind) string {
	if k == core.TokenSession {
		return "token_revoked"
	}
	return "logout"
}

// DutyRow is a duty as it is stored; without a body it goes.
type DutyRow struct{ Day, Crew, Body string }

// Duties checks duties and writes them as rows.
func Duties(duties []core.Duty, by string) ([]DutyRow, error) {
	rows := make([]DutyRow, len(duties))
	for i := range duties {
		d := &duties[i]
		if err := d.Check(); err != nil {
			return nil, err
		}
		rows[i] = DutyRow{Day: d.Day, Crew: d.Crew}
		if d.Kind != core.DutyNone {
			x := *d
			x.By = by
			x.At = time.UnixMilli(x.At.UnixMilli()).UTC()
			if d.At.IsZero() {
				x.At = time.Time{}
			}
			body, err := json.Marshal(x)
			if err != nil {
				return nil, err
			}
			rows[i].Body = string(body)
		}
	}
	return rows, nil
}
