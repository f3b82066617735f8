package bench

import (
	"fmt"
	"strconv"
)

func perSecond(v float64) string {
	if v >= 10000 {
		return fmt.Sprintf("%.1fk/s", v/1000)
	}
	return fmt.Sprintf("%.0f/s", v)
}

func milliseconds(v float64) string { return fmt.Sprintf("%.2f ms", v) }

// microseconds writes a time given in milliseconds.
func microseconds(ms float64) string { return fmt.Sprintf("%.0f µs", ms*1000) }

func ratio(v float64) string { return fmt.Sprintf("%.2f", v) }

func costs(hub, other series) string { return fmt.Sprintf("%.0f / %.0f µs", hub.cpu(), other.cpu()) }

func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
