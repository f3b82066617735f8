package scaffold

import (
	"slices"
	"strings"
	"unicode"
)

// tokens cuts a name at signs and at changes of case: "S_HM" is s hm, "getWorkOrderNo"
// get work order no. Chinese stays together.
func tokens(name string) []string {
	var all []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			all = append(all, strings.ToLower(string(word)))
			word = nil
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			end()
			continue
		case i > 0 && unicode.IsUpper(r) && unicode.IsLower(runes[i-1]):
			end()
		case i > 0 && i+1 < len(runes) && unicode.IsUpper(r) && unicode.IsUpper(runes[i-1]) && unicode.IsLower(runes[i+1]):
			end()
		}
		word = append(word, r)
	}
	end()
	return all
}

// columnPrefixes are what names of columns and variables begin with to tell their type.
var columnPrefixes = []string{"s", "i", "d", "f", "n", "b", "c", "l", "v", "str", "int", "dt", "txt", "dec", "vc", "nvc"}

// candidates are what a name may be known by, best first: with its parent, without the
// prefix of a column, alone.
func candidates(parent, name string) []string {
	own := tokens(name)
	var all []string
	add := func(parts ...string) {
		if s := strings.Join(parts, ""); s != "" && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	if above := tokens(parent); len(above) > 0 {
		add(append(slices.Clone(above), own...)...)
		add(append([]string{above[len(above)-1]}, own...)...)
	}
	if len(own) > 1 && slices.Contains(columnPrefixes, own[0]) {
		add(own[1:]...)
	}
	add(own...)
	return all
}

// guess finds the field of ours that a name of theirs means, among those that are free.
func guess(words map[string][]string, parent, name string, free func(field string) bool) string {
	for _, c := range candidates(parent, name) {
		for _, field := range words[c] {
			if free(field) {
				return field
			}
		}
	}
	return ""
}

// asks tells whether the name of an operation begins with a word for looking something up.
func asks(name string) bool {
	parts := tokens(name)
	if len(parts) == 0 {
		return false
	}
	for w := range strings.FieldsSeq(lookups) {
		if parts[0] == w || (w[0] >= 0x80 || len(w) >= 5 && w != "search" && w != "select" && w != "fetch" && w != "query") && strings.HasPrefix(parts[0], w) {
			return true
		}
	}
	return false
}

// means tells whether a word is in the name of an operation: a token of it, two tokens in
// a row, or, Chinese and longer pinyin, a part of it.
func means(name, words string) bool {
	parts := tokens(name)
	joined := strings.Join(parts, "")
	for w := range strings.FieldsSeq(words) {
		if slices.Contains(parts, w) || len(w) >= 5 && w[0] < 0x80 && strings.Contains(joined, w) || w[0] >= 0x80 && strings.Contains(joined, w) {
			return true
		}
	}
	return false
}
