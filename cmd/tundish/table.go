package main

import (
	"io"
	"strings"

	"golang.org/x/text/width"
)

// columns counts the terminal cells of a text: East Asian wide and full-width
// characters take two.
func columns(s string) int {
	n := 0
	for _, r := range s {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}

// table prints rows in columns that line up, also with Chinese in them.
func table(w io.Writer, header []string, rows [][]string) error {
	all := append([][]string{header}, rows...)
	wide := make([]int, len(header))
	for _, r := range all {
		for i, cell := range r {
			wide[i] = max(wide[i], columns(cell))
		}
	}
	var b strings.Builder
	for _, r := range all {
		for i, cell := range r {
			cell = strings.ReplaceAll(cell, "\n", " ")
			b.WriteString(cell)
			if i < len(r)-1 {
				b.WriteString(strings.Repeat(" ", wide[i]-columns(cell)+2))
			}
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}
