// Package record holds the forms in which every dialect keeps values that are more
// than a column: an event's differences, the hashes of an order, the last error of a
// message.
package record

import (
	"encoding/json"
	"strings"
	"sync/atomic"
	"time"

	"tundish/core"
)

// Deltas is json.Marshal for deltas whose values are JSON already: it does not look
// through the whole order again.
func Deltas(deltas []core.Delta) (string, error) {
	size := 2
	for i := range deltas {
		size += 40 + len(deltas[i].Path) + len(deltas[i].Old) + len(deltas[i].New)
	}
	b := append(make([]byte, 0, size), '[')
	for i := range deltas {
		d := &deltas[i]
		path, err := json.Marshal(d.Path)
		if err != nil {
			return "", err
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, `{"path":`...), path...)
		if len(d.Old) > 0 {
			b = append(append(b, `,"old":`...), d.Old...)
		}
		if len(d.New) > 0 {
			b = append(append(b, `,"new":`...), d.New...)
		}
		b = append(b, '}')
	}
	return string(append(b, ']')), nil
}

// HashLine is what an accepted hash adds to an order's hashes; "" for none.
func HashLine(h core.Hash) string {
	if h == "" {
		return ""
	}
	return string(h) + "\n"
}

// Hashes takes an order's hashes apart, oldest first.
func Hashes(lines string) []core.Hash {
	if lines == "" {
		return nil
	}
	parts := strings.Split(strings.TrimSuffix(lines, "\n"), "\n")
	out := make([]core.Hash, len(parts))
	for i, p := range parts {
		out[i] = core.Hash(p)
	}
	return out
}

// Attempted tells whether a delivery says what became of a message, or gives its
// lane back unsent.
func Attempted(d *core.DeliveryChange) bool { return d.MessageID != "" && d.Attempt.Outcome != "" }

// LastError is what a message shows after an attempt.
func LastError(d *core.DeliveryChange) string {
	if d.State == core.MessageDelivered {
		return ""
	}
	return core.LogText(d.Attempt.Code+" "+d.Attempt.Detail, core.MaxText)
}

// RowTime is an instant of a job's row: milliseconds since 1970, 0 for none.
func RowTime(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// RowInstant is the way back.
func RowInstant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// SkipNote is the last error of a message that a person gave up.
func SkipNote(by, reason string) string {
	return core.LogText("skipped by "+by+": "+reason, core.MaxText)
}

// Of nonces, every sweepEvery-th sweeps away at most SweepRows whose time is over: twice
// as many as came since.
const (
	sweepEvery = 256
	SweepRows  = 2 * sweepEvery
)

// Sweeps counts nonces; the zero value is ready.
type Sweeps struct{ used atomic.Uint64 }

// Due counts one more nonce and tells whether it is the one that sweeps.
func (s *Sweeps) Due() bool { return s.used.Add(1)%sweepEvery == 0 }
