package main

import (
	"fmt"
	"strings"
)

// difference shows what a generated file has and what it should have, in the
// manner of diff -u, cut when it is long.
func difference(name, have, want string) string {
	if have == "" {
		return fmt.Sprintf("--- %s is missing\n", name)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "--- %s as it is\n+++ %s as its contract wants it\n", name, name)
	const around, most = 3, 60
	shown, quiet := 0, around+1 // quiet counts equal lines since the last difference
	edits := compare(strings.Split(have, "\n"), strings.Split(want, "\n"))
	for i, e := range edits {
		if e.sign == ' ' {
			if quiet++; quiet <= around {
				fmt.Fprintln(&out, " "+e.line)
			}
			continue
		}
		if shown++; shown > most {
			fmt.Fprintln(&out, "… and more")
			break
		}
		if quiet > around {
			from := max(i-around, i-quiet+around)
			if quiet > 2*around || shown == 1 {
				from = max(0, i-around)
				fmt.Fprintf(&out, "@@ line %d @@\n", e.at)
			}
			for _, before := range edits[from:i] {
				fmt.Fprintln(&out, " "+before.line)
			}
		}
		quiet = 0
		fmt.Fprintf(&out, "%c%s\n", e.sign, e.line)
	}
	return out.String()
}

// edit is a line that stays (' '), goes ('-') or comes ('+'); at is its number
// in the text as it is.
type edit struct {
	sign byte
	line string
	at   int
}

// compare finds a shortest way from a to b; where that would cost too much
// memory it replaces the whole middle.
func compare(a, b []string) []edit {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var out []edit
	for i, line := range a[:head] {
		out = append(out, edit{' ', line, i + 1})
	}
	x, y := a[head:len(a)-tail], b[head:len(b)-tail]
	i, j := 0, 0
	if len(x)*len(y) <= 4_000_000 {
		// common[i][j] is the length of the longest common part of x[i:] and y[j:].
		common := make([][]int32, len(x)+1)
		for i := range common {
			common[i] = make([]int32, len(y)+1)
		}
		for i := len(x) - 1; i >= 0; i-- {
			for j := len(y) - 1; j >= 0; j-- {
				if x[i] == y[j] {
					common[i][j] = common[i+1][j+1] + 1
				} else {
					common[i][j] = max(common[i+1][j], common[i][j+1])
				}
			}
		}
		for i < len(x) && j < len(y) {
			switch {
			case x[i] == y[j]:
				out = append(out, edit{' ', x[i], head + i + 1})
				i, j = i+1, j+1
			case common[i+1][j] >= common[i][j+1]:
				out = append(out, edit{'-', x[i], head + i + 1})
				i++
			default:
				out = append(out, edit{'+', y[j], head + i + 1})
				j++
			}
		}
	}
	for ; i < len(x); i++ {
		out = append(out, edit{'-', x[i], head + i + 1})
	}
	for ; j < len(y); j++ {
		out = append(out, edit{'+', y[j], head + i + 1})
	}
	for i, line := range a[len(a)-tail:] {
		out = append(out, edit{' ', line, len(a) - tail + i + 1})
	}
	return out
}
