package core

import (
	"fmt"
	"time"
)

// MaxNumberLength is the most characters an order number may have: legacy
// columns are short.
const MaxNumberLength = 20

// FormatNumber writes a serial as an order number that can be read aloud, e.g.
// "W26-0012345-5": prefix, year, serial, and a Luhn check digit over year and
// serial that catches a misheard digit or two swapped neighbours.
func FormatNumber(prefix string, at time.Time, serial int64) OrderNo {
	digits := fmt.Sprintf("%02d%07d", at.Year()%100, serial)
	return OrderNo(fmt.Sprintf("%s%s-%s-%d", prefix, digits[:2], digits[2:], luhn(digits)))
}

// luhn is the check digit of ISO/IEC 7812-1, annex B.
func luhn(digits string) int {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			d *= 2
			if d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return (10 - sum%10) % 10
}
