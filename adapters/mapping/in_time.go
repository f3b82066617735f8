package mapping

import (
	"strings"
	"time"
)

// layout is how a time is written.
type layout struct {
	text string // of package time
	// stamp is the same layout where every part of it has its width: "yyyy-MM-dd HH:mm:ss",
	// letter for letter and byte for byte. Such a time is read without package time, which
	// takes ten times as long. "" otherwise.
	stamp string
}

func newLayout(text string) (layout, error) {
	ours, err := layoutOf(text)
	return layout{text: ours, stamp: stampOf(text)}, err
}

func stampOf(text string) string {
	rest := text
	for _, part := range []string{"yyyy", "MM", "dd", "HH", "mm", "ss"} {
		rest = strings.Replace(rest, part, "", 1)
	}
	if strings.ContainsFunc(rest, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '\'' }) {
		return "" // parts without a width, or text
	}
	return text
}

var (
	dayLayout     = layout{text: time.DateOnly, stamp: "yyyy-MM-dd"}
	instantLayout = layout{stamp: "yyyy-MM-ddTHH:mm:ss"}
)

// parse reads a time in the layout.
func (l *layout) parse(text []byte, zone *time.Location) (time.Time, bool) {
	if at, ok := readStamp(l.stamp, text, zone); ok {
		return at, true
	}
	at, err := time.ParseInLocation(l.text, string(text), zone)
	return at, err == nil
}

// readStamp reads a text that is written like the stamp, byte for byte. What it does not
// understand may still be a time.
func readStamp(stamp string, text []byte, zone *time.Location) (time.Time, bool) {
	if len(stamp) != len(text) || stamp == "" {
		return time.Time{}, false
	}
	var year, month, day, hour, minute, second int
	month, day = 1, 1
	before := byte(0)
	for i, c := range text {
		letter := stamp[i]
		var part *int
		switch letter {
		case 'y':
			part = &year
		case 'M':
			part = &month
		case 'd':
			part = &day
		case 'H':
			part = &hour
		case 'm':
			part = &minute
		case 's':
			part = &second
		default:
			if c != letter {
				return time.Time{}, false
			}
			before = 0
			continue
		}
		if c < '0' || c > '9' {
			return time.Time{}, false
		}
		if letter != before {
			*part, before = 0, letter
		}
		*part = *part*10 + int(c-'0')
	}
	if month < 1 || month > 12 || day < 1 || day > 28 && day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	return time.Date(year, time.Month(month), day, hour, minute, second, 0, zone), true
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month+1), 0, 0, 0, 0, 0, time.UTC).Day()
}

// readInstant reads an xs:dateTime as most write it: whole seconds, in no zone, Z or +08:00.
func readInstant(text []byte, zone *time.Location) (time.Time, bool) {
	n := len(instantLayout.stamp)
	if len(text) < n || string(text[:4]) == "0000" {
		return time.Time{}, false
	}
	switch rest := text[n:]; {
	case len(rest) == 0:
	case string(rest) == "Z":
		zone = time.UTC
	case len(rest) == len("+08:00") && rest[0] == '+':
		offset, ok := readStamp("+HH:mm", rest, time.UTC)
		if !ok || offset.Hour() > 13 {
			return time.Time{}, false
		}
		seconds := offset.Hour()*3600 + offset.Minute()*60
		if zone = time.UTC; seconds != 0 {
			zone = time.FixedZone("", seconds)
		}
	default:
		return time.Time{}, false
	}
	return readStamp(instantLayout.stamp, text[:n], zone)
}
