package lang

import (
	"strings"
	"unicode"
)

// Nearest gives the choice that name was probably meant to be, or "" when none is near. A letter too many, too few, wrong
// or swapped with its neighbour counts one; case, full-width forms and the difference between _, - and nothing count less
// than that. Of equally near choices the first wins.
func Nearest(name string, choices []string) string {
	const longest = 80 // nobody mistypes a longer name, and the work is quadratic
	typed := []rune(fold(name))
	if len(typed) == 0 || len(typed) > longest {
		return ""
	}
	if !strings.ContainsFunc(name, unicode.IsLetter) {
		return "" // numbers are not mistyped words
	}
	best, found := 0, ""
	for _, choice := range choices {
		if choice == name {
			continue
		}
		meant := []rune(fold(choice))
		if len(meant) == 0 || len(meant) > longest {
			continue
		}
		d := distance(typed, meant)
		if d >= max(len(typed), len(meant)) {
			continue // nothing in common
		}
		if d <= max(1, max(len(typed), len(meant))/3) && (found == "" || d < best) {
			best, found = d, choice
		}
	}
	return found
}

// fold removes the differences that people do not see or do not mean.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' { // full-width ASCII
			r -= '！' - '!'
		}
		if r == '_' || r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// distance is the optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours.
func distance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
