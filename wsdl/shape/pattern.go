package shape

import (
	"regexp"
	"regexp/syntax"
	"strings"
)

// Bounds of the texts made for a pattern.
const (
	longestMatch = 4096 // characters, about
	mostMatches  = 256
)

// fitting makes texts that fit a pattern, each longer than the one before, the
// last of about so many characters. It is made for samples: it takes the first
// branch of a choice, digits before letters before signs, and does not look
// for other ways where that one fails.
func fitting(pattern *regexp.Regexp, size int) []string {
	tree, err := syntax.Parse(pattern.String(), syntax.Perl)
	if err != nil {
		return nil
	}
	var texts []string
	for more := range min(max(size, 8)+1, mostMatches) {
		m := matcher{more: more}
		m.write(tree)
		text := m.text.String()
		if len(texts) > 0 && text == texts[len(texts)-1] || len(text) > longestMatch {
			break // nothing more may be repeated
		}
		if pattern.MatchString(text) {
			texts = append(texts, text)
		}
	}
	return texts
}

type matcher struct {
	text strings.Builder
	more int // how often what may be repeated is there
}

func (m *matcher) write(e *syntax.Regexp) {
	if m.text.Len() > longestMatch {
		return
	}
	switch e.Op {
	case syntax.OpLiteral:
		m.text.WriteString(string(e.Rune))
	case syntax.OpCharClass:
		m.text.WriteRune(plainest(e.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		m.text.WriteRune('1')
	case syntax.OpCapture, syntax.OpConcat:
		for _, part := range e.Sub {
			m.write(part)
		}
	case syntax.OpAlternate:
		m.write(e.Sub[0])
	case syntax.OpStar:
		m.repeat(e.Sub[0], 0, -1)
	case syntax.OpPlus:
		m.repeat(e.Sub[0], 1, -1)
	case syntax.OpQuest:
		m.repeat(e.Sub[0], 0, 1)
	case syntax.OpRepeat:
		m.repeat(e.Sub[0], e.Min, e.Max)
	}
}

// repeat writes a part as often as it must be there, or oftener up to what is wanted; most is -1 for any number.
func (m *matcher) repeat(part *syntax.Regexp, least, most int) {
	times := max(least, m.more)
	if most >= 0 {
		times = min(times, most)
	}
	for range times {
		if m.text.Len() > longestMatch {
			return
		}
		m.write(part)
	}
}

// plainest chooses a character of a class, which is pairs of the first and the last of a range.
func plainest(class []rune) rune {
	for _, want := range "1Aa0Za-_." {
		if inside(class, want) {
			return want
		}
	}
	for i := 0; i+1 < len(class); i += 2 {
		for c := class[i]; c <= class[i+1] && c < class[i]+64; c++ {
			if c > ' ' && c != 0x7f {
				return c
			}
		}
	}
	if len(class) == 0 {
		return ' '
	}
	return class[0]
}

func inside(class []rune, c rune) bool {
	for i := 0; i+1 < len(class); i += 2 {
		if class[i] <= c && c <= class[i+1] {
			return true
		}
	}
	return false
}
