package bind

import (
	"strings"
	"unicode/utf8"
)

// suggest ends a message about an unknown name: the nearest known one, or all
// of them when there are few, or nothing.
func suggest(name string, known []string, show func(string) string) words {
	if len(known) == 0 {
		return say("; none is allowed here", "；此处不允许任何内容")
	}
	best, distance := "", 0
	for _, k := range known {
		d := edits(strings.ToLower(name), strings.ToLower(k))
		if best == "" || d < distance {
			best, distance = k, d
		}
	}
	if distance <= (utf8.RuneCountInString(name)+1)/3 {
		return say("; did you mean %s?", "；是否应为 %s？", show(best))
	}
	if len(known) > 12 {
		return say("; the nearest known is %s", "；最接近的是 %s", show(best))
	}
	shown := make([]string, len(known))
	for i, k := range known {
		shown[i] = show(k)
	}
	return say("; allowed: %s", "；允许：%s", strings.Join(shown, ", "))
}

// edits counts insertions, deletions, replacements and swaps of neighbours
// that make b out of a.
func edits(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, row, next := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		next[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			next[j+1] = min(row[j]+cost, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row, next = row, next, before
	}
	return row[len(y)]
}
