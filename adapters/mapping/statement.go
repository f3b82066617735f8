package mapping

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Parameters are the names behind @ in a statement, each once, but for those in texts, quoted
// names and comments, for @@SYSTEM variables and for what the statement declares itself.
func Parameters(statement string) []string {
	var names, own []string
	rest, word := statement, ""
	for rest != "" {
		if n := quoted(rest); n > 0 {
			rest, word = rest[n:], ""
			continue
		}
		r, n := utf8.DecodeRuneInString(rest)
		switch {
		case strings.HasPrefix(rest, "@@"):
			rest = rest[2+nameLength(rest[2:]):]
		case r == '@' && nameLength(rest[1:]) > 0:
			n = 1 + nameLength(rest[1:])
			if name := rest[1:n]; strings.EqualFold(word, "declare") {
				own = append(own, name)
			} else if !slices.Contains(names, name) {
				names = append(names, name)
			}
			rest, word = rest[n:], ""
		case nameLength(rest) > 0:
			n = nameLength(rest)
			word, rest = rest[:n], rest[n:]
		default:
			rest = rest[n:]
		}
	}
	return slices.DeleteFunc(names, func(n string) bool { return slices.Contains(own, n) })
}

// quoted is the length of the text, quoted name or comment that s begins with; 0 if it is none.
func quoted(s string) int {
	for _, q := range [][2]string{{"'", "'"}, {`"`, `"`}, {"[", "]"}, {"`", "`"}, {"--", "\n"}, {"/*", "*/"}} {
		if !strings.HasPrefix(s, q[0]) {
			continue
		}
		if i := strings.Index(s[len(q[0]):], q[1]); i >= 0 {
			return len(q[0]) + i + len(q[1])
		}
		return len(s)
	}
	return 0
}

func nameLength(s string) int {
	for i, r := range s {
		if r != '_' && !unicode.IsLetter(r) && !(unicode.IsDigit(r)) {
			return i
		}
	}
	return len(s)
}
