package core_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tundish/core"
)

// right tells whether a number would be accepted when read back aloud: it is the
// number of its own serial.
func right(number string) bool {
	var serial int64
	for _, c := range number[len("W26-") : len(number)-2] {
		if c < '0' || c > '9' {
			return false
		}
		serial = serial*10 + int64(c-'0')
	}
	year := 2000 + int(number[1]-'0')*10 + int(number[2]-'0')
	return string(core.FormatNumber("W", time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC), serial)) == number
}

func TestTheCheckDigitCatchesAMisheardDigitAndSwappedNeighbours(t *testing.T) {
	at := time.Date(2026, 5, 11, 0, 0, 0, 0, time.UTC)
	rnd := rand.New(rand.NewPCG(1, 1))
	swaps := 0
	for range 3000 {
		number := string(core.FormatNumber("W", at, rnd.Int64N(9_999_999)))
		if !right(number) {
			t.Fatalf("%s is not its own number", number)
		}
		var digits []int
		for i := range len(number) {
			if number[i] >= '0' && number[i] <= '9' {
				digits = append(digits, i)
			}
		}
		for n, i := range digits {
			wrong := []byte(number)
			for d := byte('0'); d <= '9'; d++ {
				if wrong[i] = d; d != number[i] && right(string(wrong)) {
					t.Fatalf("%s heard as %s passes", number, wrong)
				}
			}
			if n == 0 {
				continue
			}
			a, b := number[digits[n-1]], number[i]
			if a == b || a == '0' && b == '9' || a == '9' && b == '0' { // the one pair that Luhn misses
				continue
			}
			swapped := []byte(number)
			swapped[digits[n-1]], swapped[i] = b, a
			swaps++
			if right(string(swapped)) {
				t.Fatalf("%s written as %s passes", number, swapped)
			}
		}
	}
	if swaps < 10_000 {
		t.Errorf("only %d swaps were tried", swaps)
	}
}

func TestAnOrderNumberFitsLegacyColumns(t *testing.T) {
	at := time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC)
	if got := core.FormatNumber("W", at, 12345); got != "W26-0012345-5" {
		t.Errorf("serial 12345 is %s", got)
	}
	// ISO/IEC 7812-1's usual example: the check digit of 7992739871 is 3.
	if got := core.FormatNumber("", time.Date(2079, 1, 1, 0, 0, 0, 0, time.UTC), 92739871); !strings.HasSuffix(string(got), "-3") {
		t.Errorf("the check digit of 79 92739871 in %s, want 3", got)
	}
	for _, serial := range []int64{0, 9_999_999, 10_000_000, 999_999_999} {
		if got := core.FormatNumber("ABCD", at, serial); len(got) > core.MaxNumberLength {
			t.Errorf("%s has %d characters", got, len(got))
		}
	}
}

func TestIDsSortByTheirInstantAndNeverRepeat(t *testing.T) {
	start := time.Date(2026, 5, 11, 1, 0, 0, 0, time.UTC)
	var ids []string
	seen := map[string]bool{}
	for n := range 20_000 {
		id := core.NewID(start.Add(time.Duration(n/100) * time.Millisecond))
		if seen[id] {
			t.Fatalf("%s came twice", id)
		}
		seen[id] = true
		if len(id) != 36 || id[14] != '7' || !strings.ContainsRune("89ab", rune(id[19])) {
			t.Fatalf("%s is no UUID of version 7", id)
		}
		if n%100 == 0 { // of one millisecond any order is right
			ids = append(ids, id)
		}
	}
	if !slices.IsSorted(ids) {
		t.Error("later ids do not sort behind earlier ones")
	}
}
