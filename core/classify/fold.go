package classify

import (
	"strings"
	"unicode"
)

// Fold writes a text in the form in which texts are compared: full-width letters, digits and marks as half-width ones, in
// lower case, and blanks as one, or as none beside Chinese.
func Fold(text string) string {
	var b strings.Builder
	var last rune
	blank := false
	for _, r := range text {
		switch {
		case r >= '！' && r <= '～': // the full-width forms of ASCII
			r -= '！' - '!'
		case r == '　':
			r = ' '
		}
		if unicode.IsSpace(r) {
			blank = true
			continue
		}
		r = unicode.ToLower(r)
		if blank && last != 0 && !unicode.Is(unicode.Han, last) && !unicode.Is(unicode.Han, r) {
			b.WriteByte(' ')
		}
		blank = false
		b.WriteRune(r)
		last = r
	}
	return b.String()
}

// holds tells whether a folded text has a folded word. One that begins with a letter or digit of the Latin kind is
// found where a word begins, so that "tap" is in "taps" and not in "adaptor"; in Chinese there is no such place.
func holds(text, word string) bool {
	if word == "" {
		return false
	}
	for from := 0; ; {
		at := strings.Index(text[from:], word)
		if at < 0 {
			return false
		}
		at += from
		if at == 0 || !latin(word[0]) || !latin(text[at-1]) {
			return true
		}
		from = at + 1
	}
}

func latin(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }
