package find

import (
	"strings"
	"unicode"
)

// fold writes a text as it is compared: narrow letters and digits in lower case, nothing else.
func fold(text string) []rune {
	out := make([]rune, 0, len(text))
	for _, r := range text {
		if r >= '！' && r <= '～' { // full width ！…～
			r -= '！' - '!'
		}
		if r = unicode.ToLower(r); unicode.IsLetter(r) || unicode.IsDigit(r) {
			out = append(out, r)
		}
	}
	return out
}

// number is a number as it is compared, "" for what has no digit or is too long to be one.
func number(text string) string {
	n := fold(text)
	digit := false
	for _, r := range n {
		digit = digit || r >= '0' && r <= '9'
		if r > unicode.MaxASCII {
			return ""
		}
	}
	if !digit || len(n) > maxNumber {
		return ""
	}
	return string(n)
}

// maxNumber is the longest number that is looked for, in characters.
const maxNumber = 40

// phones are the numbers in a telephone field: each of several, without the country, and
// a fixed line without its area, too.
func phones(text string) []string {
	var out []string
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("/,;、，；", r) }) {
		digits := number(part)
		if rest, ok := strings.CutPrefix(digits, "86"); ok && len(rest) >= 10 {
			digits = rest
		}
		if digits == "" {
			continue
		}
		out = append(out, digits)
		if area, line, ok := strings.Cut(strings.TrimSpace(part), "-"); ok && len(area) <= 4 {
			if n := number(line); n != "" {
				out = append(out, n)
			}
		}
	}
	return out
}

// pairs are the neighbours in a folded text, each once.
func pairs(folded []rune, add func(string)) {
	for i := range len(folded) - 1 {
		add(string(folded[i : i+2]))
	}
}
