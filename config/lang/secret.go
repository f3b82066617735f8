package lang

import (
	"regexp"
	"strings"
)

// hideSecrets keeps the values of secret keys out of every snippet of a source. It goes by the keys' names alone, because a
// file that cannot be parsed is shown in messages as well.
func hideSecrets(src *Source, s *shape) {
	var names []string
	s.secrets(map[*shape]bool{}, &names)
	if len(names) == 0 {
		return
	}
	key := regexp.MustCompile(`(?:^|[^\pL\pN_-])(?:` + strings.Join(names, "|") + `)["']?\s*[:：]`)
	for i, line := range src.lines {
		if at := key.FindStringIndex(line); at != nil {
			src.hide(i+1, len([]rune(line[:at[1]]))+2, 0)
		}
	}
}

// secrets collects the names of secret keys, quoted for a regular expression.
func (s *shape) secrets(seen map[*shape]bool, names *[]string) {
	if s == nil || seen[s] {
		return
	}
	seen[s] = true
	s.elem.secrets(seen, names)
	for _, f := range s.fields {
		if f.secret {
			*names = append(*names, regexp.QuoteMeta(f.name))
		}
		f.shape.secrets(seen, names)
	}
}
