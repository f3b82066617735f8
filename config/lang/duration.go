package lang

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// durationForm is what a duration looks like: numbers with units, days first.
const durationForm = `^(0|-?(\d+(\.\d+)?d)?(\d+(\.\d+)?(h|m|s|ms|us|µs|ns))*)$`

var durationPattern = regexp.MustCompile(durationForm)

// ParseDuration reads what [time.ParseDuration] reads and days: "1d12h". A day is 24 hours, also when clocks change.
func ParseDuration(s string) (time.Duration, error) {
	if s == "" || s == "-" || !durationPattern.MatchString(s) {
		return 0, fmt.Errorf("duration %q: expected numbers with units, such as 30s, 5m, 2h or 1d", s)
	}
	days, rest, found := strings.Cut(s, "d")
	if !found {
		return time.ParseDuration(s)
	}
	n, err := strconv.ParseFloat(days, 64)
	if err != nil {
		return 0, fmt.Errorf("duration %q: %w", s, err)
	}
	whole := n * float64(24*time.Hour)
	if math.Abs(whole) > math.MaxInt64/2 {
		return 0, fmt.Errorf("duration %q is too long", s)
	}
	total := time.Duration(math.Round(whole))
	if rest == "" {
		return total, nil
	}
	more, err := time.ParseDuration(rest)
	if err != nil {
		return 0, err
	}
	if more > math.MaxInt64/2 {
		return 0, fmt.Errorf("duration %q is too long", s)
	}
	if strings.HasPrefix(s, "-") {
		more = -more
	}
	return total + more, nil
}
