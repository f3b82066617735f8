package xsd

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// TranslatePattern turns a regular expression of XML Schema into Go's syntax.
// Schema patterns always match whole values, so ^ and $ are plain characters
// there; \i and \c are the characters of XML names.
func TranslatePattern(p string) (string, error) {
	var out strings.Builder
	inClass := false
	for i := 0; i < len(p); i++ {
		c := p[i]
		switch {
		case c == '\\':
			i++
			if i == len(p) {
				return "", errors.New("the pattern ends with a backslash")
			}
			expr, err := patternEscape(p[i], inClass)
			if err != nil {
				return "", err
			}
			out.WriteString(expr)
		case inClass && c == '[':
			return "", errors.New("subtraction of character classes is not supported; list the characters")
		case c == '[':
			inClass = true
			out.WriteByte(c)
			if i+1 < len(p) && p[i+1] == '^' {
				i++
				out.WriteByte('^')
			}
		case inClass && c == ']':
			inClass = false
			out.WriteByte(c)
		case !inClass && (c == '^' || c == '$'):
			out.WriteString(`\` + string(c))
		case !inClass && c == '.':
			out.WriteString(`[^\n\r]`)
		default:
			out.WriteByte(c)
		}
	}
	if _, err := regexp.Compile(out.String()); err != nil {
		return "", fmt.Errorf("%q: %w", p, err)
	}
	return out.String(), nil
}

// patternEscape translates \c, with the brackets of a class only outside of one.
func patternEscape(c byte, inClass bool) (string, error) {
	class := func(set string) string {
		if inClass {
			return set
		}
		return "[" + set + "]"
	}
	switch c {
	case 'd':
		return `\p{Nd}`, nil
	case 'D':
		return `\P{Nd}`, nil
	case 's':
		return class(` \t\n\r`), nil
	case 'i':
		return class(`\p{L}\p{Nl}_:`), nil
	case 'c':
		return class(`\p{L}\p{Nl}\p{Nd}\p{M}_:.\-·`), nil
	case 'w':
		return class(`\p{L}\p{M}\p{N}\p{S}`), nil
	case 'W':
		return class(`\p{P}\p{Z}\p{C}`), nil
	case 'S', 'I', 'C':
		if inClass {
			return "", fmt.Errorf(`\%c inside a character class is not supported`, c)
		}
		return map[byte]string{'S': `[^ \t\n\r]`, 'I': `[^\p{L}\p{Nl}_:]`, 'C': `[^\p{L}\p{Nl}\p{Nd}\p{M}_:.\-·]`}[c], nil
	case 'n', 'r', 't', 'p', 'P':
		return `\` + string(c), nil
	case '\\', '|', '.', '-', '^', '?', '*', '+', '{', '}', '(', ')', '[', ']', '$':
		return `\` + string(c), nil
	}
	return "", fmt.Errorf(`\%c is no escape of XML Schema`, c)
}
