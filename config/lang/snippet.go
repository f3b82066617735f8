package lang

import (
	"strconv"
	"strings"
	"unicode"
)

// lineWidth is how many columns of a terminal a snippet's line may take before it is cut on both sides.
const lineWidth = 100

// snippet gives the line at p and a line of blanks and carets that underlines the token there; both are empty when there is
// nothing to show. Under a wide character (Chinese, full-width) stands a wide blank or two carets, so the caret also fits
// where a wide character is not exactly two narrow ones wide; a tab stands under a tab.
func (p Pos) snippet() (text, caret string) {
	if p.src == nil || p.line < 1 || p.line > len(p.src.lines) {
		return "", ""
	}
	line := []rune(p.src.line(p.line))
	for i, r := range line {
		if r != '\t' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			line[i] = unicode.ReplacementChar // nothing that moves a terminal's cursor or turns its writing around
		}
	}
	start := min(max(p.column-1, 0), len(line))
	end := min(start+p.width, len(line))
	if p.width == 0 {
		end = tokenEnd(line, start)
	}
	if hidden, ok := p.src.hidden[p.line]; ok && hidden < len(line) {
		line = append(line[:hidden:hidden], '…')
		start, end = min(start, hidden), min(end, hidden)
		end = max(end, start+1)
	}
	from, to := window(line, start, end)
	var under strings.Builder
	for i, r := range line[from:to] {
		switch at := from + i; {
		case at < start:
			under.WriteString(blank(r))
		case at == start:
			under.WriteString("^" + strings.Repeat("~", max(0, width(r)-1)))
		case at < end:
			under.WriteString(strings.Repeat("~", width(r)))
		}
	}
	if start >= to {
		under.WriteByte('^') // at the end of the line: something is missing there
	}
	text, caret = string(line[from:to]), under.String()
	if from > 0 {
		text, caret = "… "+text, "  "+caret
	}
	if to < len(line) {
		text = strings.TrimRight(text, " ") + " …"
	}
	return text, caret
}

// gutter puts the line's number in front of a snippet.
func gutter(number int, text, caret string) string {
	n := strconv.Itoa(number)
	pad := strings.Repeat(" ", len(n))
	text = strings.TrimRight(text, " \t")
	return pad + " |\n" + n + " | " + text + "\n" + pad + " | " + caret + "\n"
}

// window cuts a long line so that the token at start, or as much of it as fits, can be seen with what stands around it.
func window(line []rune, start, end int) (from, to int) {
	if displayWidth(string(line)) <= lineWidth {
		return 0, len(line)
	}
	if used := displayWidth(string(line[:end])); used <= lineWidth {
		room := lineWidth - used
		for to = end; to < len(line) && room > 0; to++ {
			room -= width(line[to])
		}
		return 0, to
	}
	room := lineWidth
	for from = min(start, len(line)); from > 0 && room > lineWidth*2/3; from-- {
		room -= width(line[from-1])
	}
	for to = min(start, len(line)); to < len(line) && room > 0; to++ {
		room -= width(line[to])
	}
	return from, to
}

// tokenEnd finds where the token that starts at start ends: the closing quote, the end of the word or number.
func tokenEnd(line []rune, start int) int {
	start = skipProperties(line, start)
	if start >= len(line) {
		return start
	}
	switch first := line[start]; {
	case first == '"' || first == '\'':
		for i := start + 1; i < len(line); i++ {
			if first == '"' && line[i] == '\\' {
				i++
			} else if line[i] == first {
				return i + 1
			}
		}
		return len(line)
	case strings.ContainsRune("[]{}|>,:?-", first):
		return start + 1
	}
	for i := start; i < len(line); i++ {
		r, last := line[i], i+1 == len(line)
		if r == ' ' || r == '\t' || r == ',' || r == ']' || r == '}' || r == ':' && (last || line[i+1] == ' ') {
			return i
		}
	}
	return len(line)
}

// skipProperties passes anchors and tags (&name, !tag), where YAML says a node begins, to reach what was written there.
func skipProperties(line []rune, i int) int {
	start := i
	for i < len(line) && (line[i] == '&' || line[i] == '!') {
		for i < len(line) && line[i] != ' ' {
			i++
		}
		for i < len(line) && line[i] == ' ' {
			i++
		}
	}
	if i >= len(line) {
		return start
	}
	return i
}

func blank(r rune) string {
	switch w := width(r); {
	case r == '\t':
		return "\t"
	case w == 2:
		return "\u3000" // the ideographic space
	default:
		return strings.Repeat(" ", w)
	}
}

func displayWidth(s string) (n int) {
	for _, r := range s {
		n += width(r)
	}
	return n
}

// width is how many columns a terminal gives the character: East Asian wide ones two, combining and invisible ones none.
// Ambiguous ones (such as “ and ①) count one, as terminals do outside of legacy Chinese locales.
func width(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.Is(wide, r):
		return 2
	}
	return 1
}

// wide holds the blocks of Unicode whose East_Asian_Width is W or F.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x1100, 0x115f, 1}, {0x231a, 0x231b, 1}, {0x23e9, 0x23ec, 1}, {0x25fd, 0x25fe, 1}, {0x2614, 0x2615, 1},
		{0x26a1, 0x26a1, 1}, {0x2705, 0x2705, 1}, {0x274c, 0x274c, 1}, {0x2753, 0x2755, 1}, {0x2757, 0x2757, 1},
		{0x2e80, 0x303e, 1}, {0x3041, 0x4dbf, 1}, {0x4e00, 0xa4cf, 1}, {0xa960, 0xa97f, 1}, {0xac00, 0xd7a3, 1},
		{0xf900, 0xfaff, 1}, {0xfe10, 0xfe19, 1}, {0xfe30, 0xfe6f, 1}, {0xff01, 0xff60, 1}, {0xffe0, 0xffe6, 1},
	},
	R32: []unicode.Range32{
		{0x16fe0, 0x18aff, 1}, {0x1b000, 0x1b2ff, 1}, {0x1f004, 0x1f004, 1}, {0x1f0cf, 0x1f0cf, 1}, {0x1f18e, 0x1f18e, 1},
		{0x1f191, 0x1f19a, 1}, {0x1f200, 0x1f320, 1}, {0x1f32d, 0x1f64f, 1}, {0x1f680, 0x1f6ff, 1}, {0x1f7e0, 0x1f7eb, 1},
		{0x1f90c, 0x1f9ff, 1}, {0x1fa70, 0x1faff, 1}, {0x20000, 0x3fffd, 1},
	},
}
