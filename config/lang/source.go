package lang

import (
	"fmt"
	"strconv"
	"strings"
)

// Source is a text that mistakes can be shown in: a YAML file, a code table in CSV, a line of a script.
type Source struct {
	name  string
	lines []string // without their ends

	hidden map[int]int // in which lines nothing is shown from which offset on, because a secret stands there
}

// NewSource takes a text under the name that people know it by, usually its path as they gave it.
func NewSource(name string, data []byte) *Source {
	text := strings.TrimPrefix(string(data), "\ufeff")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.ReplaceAll(text, "\r", "\n") // a line end for YAML, and for editors
	return &Source{name: name, lines: strings.Split(text, "\n")}
}

// At is a place in the source: line and column count from 1, in characters; width is the number of characters to
// underline, 0 for the token that begins there.
func (s *Source) At(line, column, width int) Pos {
	return Pos{src: s, line: line, column: column, width: width}
}

// Place is a place without a text, such as an environment variable or a flag.
func Place(name string) Pos { return Pos{src: &Source{name: name}} }

// hide keeps everything from a place to the end of its line, and so many lines below it, out of messages.
func (s *Source) hide(line, column, below int) {
	if s == nil {
		return
	}
	if s.hidden == nil {
		s.hidden = map[int]int{}
	}
	if old, ok := s.hidden[line]; !ok || column-1 < old {
		s.hidden[line] = max(0, column-1)
	}
	for i := range below {
		s.hidden[line+1+i] = 0
	}
}

func (s *Source) line(n int) string {
	if s == nil || n < 1 || n > len(s.lines) {
		return ""
	}
	return s.lines[n-1]
}

// Pos is where something was written. The zero Pos is nowhere. Positions can be compared with ==.
type Pos struct {
	src                 *Source
	trail               *trail
	line, column, width int
	secret              bool
}

// File is the name of the file.
func (p Pos) File() string {
	if p.src == nil {
		return ""
	}
	return p.src.name
}

// Line counts from 1; it is 0 where there are no lines.
func (p Pos) Line() int { return p.line }

// Column counts characters from 1; it is 0 where there are no lines.
func (p Pos) Column() int { return p.column }

// Path leads through the document to the place: systems.billing.steps[2].name.
func (p Pos) Path() string { return p.trail.String() }

// IsZero tells that the place is unknown.
func (p Pos) IsZero() bool { return p.src == nil }

// String gives file:line:column.
func (p Pos) String() string {
	if p.line == 0 {
		return p.File()
	}
	return fmt.Sprintf("%s:%d:%d", p.File(), p.line, p.column)
}

// Within is the place of a part of the text at p, offset and width counted in characters of the value: the one segment of a
// path that does not exist, the one name in an expression. Where the value is not written on one line just as it reads
// (escapes, folded blocks), p itself is the best that can be said.
func (p Pos) Within(value string, offset, width int) Pos {
	line := []rune(p.src.line(p.line))
	start := p.column - 1
	if start < 0 || start >= len(line) || p.secret {
		return p
	}
	start = skipProperties(line, start)
	if start < len(line) && (line[start] == '"' || line[start] == '\'') {
		start++
	}
	if offset < 0 || start > len(line) || !strings.HasPrefix(string(line[start:]), value) || offset > len([]rune(value)) {
		return p
	}
	p.column, p.width = start+offset+1, max(1, width)
	return p
}

// trail is the way from the document's root to a node; steps are either keys or indexes. It is shared between the places
// below it, and written out only when somebody reads it.
type trail struct {
	up    *trail
	key   string
	index int // -1 for a key
}

func (t *trail) to(key string) *trail { return &trail{t, key, -1} }
func (t *trail) item(i int) *trail    { return &trail{t, "", i} }
func (t *trail) depth() (n int) {
	for ; t != nil; t = t.up {
		n++
	}
	return n
}

func (t *trail) String() string {
	steps := make([]*trail, t.depth())
	for i := len(steps) - 1; i >= 0; i, t = i-1, t.up {
		steps[i] = t
	}
	var b strings.Builder
	for i, s := range steps {
		switch {
		case s.index >= 0:
			fmt.Fprintf(&b, "[%d]", s.index)
		case s.key == "" || strings.ContainsAny(s.key, ".[]\"': ") || strings.ContainsFunc(s.key, unprintable):
			fmt.Fprintf(&b, "[%q]", clip(s.key))
		default:
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(clip(s.key))
		}
	}
	return b.String()
}

func unprintable(r rune) bool { return !strconv.IsPrint(r) }

// clip shortens what somebody else wrote to what a message can bear.
func clip(s string) string {
	const most = 60
	n := 0
	for i := range s {
		if n == most {
			return s[:i] + "…"
		}
		n++
	}
	return s
}
