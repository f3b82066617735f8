package bundle

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"tundish/core"
)

// Bounds of a diff: it is for people, who can read the versions themselves.
const (
	around     = 3         // unchanged lines around a change
	mostCells  = 4_000_000 // of the table in which the longest common subsequence is looked for
	mostOfDiff = 256 << 10 // bytes
)

// Diff is how files b differ from files a, as a unified diff; both are sorted by path. Of
// files that are no UTF-8 text it says only that they differ.
func Diff(a, b []core.BundleFile) string {
	var out strings.Builder
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].Path < b[0].Path:
			diffFile(&out, a[0].Path, a[0].Bytes, nil, true, false)
			a = a[1:]
		case len(a) == 0 || b[0].Path < a[0].Path:
			diffFile(&out, b[0].Path, nil, b[0].Bytes, false, true)
			b = b[1:]
		default:
			if !bytes.Equal(a[0].Bytes, b[0].Bytes) {
				diffFile(&out, a[0].Path, a[0].Bytes, b[0].Bytes, true, true)
			}
			a, b = a[1:], b[1:]
		}
		if out.Len() > mostOfDiff {
			cut := mostOfDiff
			for !utf8.RuneStart(out.String()[cut]) {
				cut--
			}
			return out.String()[:cut] + "\n… (the rest is left out)\n"
		}
	}
	return out.String()
}

func diffFile(out *strings.Builder, path string, a, b []byte, inA, inB bool) {
	from, to := "/dev/null", "/dev/null"
	if inA {
		from = "a/" + path
	}
	if inB {
		to = "b/" + path
	}
	if !text(a) || !text(b) {
		fmt.Fprintf(out, "Binary files %s and %s differ\n", from, to)
		return
	}
	fmt.Fprintf(out, "--- %s\n+++ %s\n", from, to)
	writeHunks(out, edits(lines(a), lines(b)))
}

func text(data []byte) bool { return utf8.Valid(data) && bytes.IndexByte(data, 0) < 0 }

func lines(data []byte) []string { return slices.Collect(strings.Lines(string(data))) }

// edit is one line of a diff; op is ' ', '-' or '+'.
type edit struct {
	op   byte
	line string
}

// edits turns a into b. Common lines at both ends are taken as they are; between them the
// longest common subsequence is looked for, unless that would take too long: then all of
// it is replaced.
func edits(a, b []string) []edit {
	var out []edit
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		out = append(out, edit{' ', a[n]})
		n++
	}
	a, b = a[n:], b[n:]
	n = 0
	for n < len(a) && n < len(b) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	tail := a[len(a)-n:]
	a, b = a[:len(a)-n], b[:len(b)-n]
	i, j := 0, 0
	if (len(a)+1)*(len(b)+1) <= mostCells {
		common := subsequences(a, b)
		for i < len(a) && j < len(b) {
			switch {
			case a[i] == b[j]:
				out = append(out, edit{' ', a[i]})
				i, j = i+1, j+1
			case common[i+1][j] >= common[i][j+1]:
				out = append(out, edit{'-', a[i]})
				i++
			default:
				out = append(out, edit{'+', b[j]})
				j++
			}
		}
	}
	for _, l := range a[i:] {
		out = append(out, edit{'-', l})
	}
	for _, l := range b[j:] {
		out = append(out, edit{'+', l})
	}
	for _, l := range tail {
		out = append(out, edit{' ', l})
	}
	return out
}

// subsequences holds the length of the longest common one of a[i:] and b[j:].
func subsequences(a, b []string) [][]int32 {
	t := make([][]int32, len(a)+1)
	cells := make([]int32, (len(a)+1)*(len(b)+1))
	for i := range t {
		t[i] = cells[i*(len(b)+1) : (i+1)*(len(b)+1)]
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				t[i][j] = t[i+1][j+1] + 1
			} else {
				t[i][j] = max(t[i+1][j], t[i][j+1])
			}
		}
	}
	return t
}

func writeHunks(out *strings.Builder, all []edit) {
	lineA, lineB := 1, 1 // of all[at]
	for at := 0; at < len(all); {
		change := at
		for change < len(all) && all[change].op == ' ' {
			change++
		}
		if change == len(all) {
			return
		}
		begin := max(at, change-around)
		end, same := change, 0 // the hunk ends where enough lines are the same
		for end < len(all) && same <= 2*around {
			if all[end].op == ' ' {
				same++
			} else {
				same = 0
			}
			end++
		}
		end -= max(0, same-around)
		lineA, lineB = lineA+begin-at, lineB+begin-at
		countA, countB := 0, 0
		for _, e := range all[begin:end] {
			if e.op != '+' {
				countA++
			}
			if e.op != '-' {
				countB++
			}
		}
		fmt.Fprintf(out, "@@ -%s +%s @@\n", span(lineA, countA), span(lineB, countB))
		for _, e := range all[begin:end] {
			out.WriteByte(e.op)
			out.WriteString(e.line)
			if !strings.HasSuffix(e.line, "\n") {
				out.WriteString("\n\\ No newline at end of file\n")
			}
		}
		lineA, lineB, at = lineA+countA, lineB+countB, end
	}
}

func span(line, count int) string {
	switch count {
	case 0:
		return fmt.Sprintf("%d,0", line-1)
	case 1:
		return fmt.Sprint(line)
	}
	return fmt.Sprintf("%d,%d", line, count)
}
