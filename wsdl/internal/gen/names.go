package main

import (
	"go/token"
	"strings"
	"unicode"
)

// goName is the name that gowsdl gives a declaration: characters that no
// identifier has are dropped, the first letter is made a capital. The pass
// finds gowsdl's types by it and names what gowsdl forgot.
func goName(xml string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r == '.':
			return '_'
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '_':
			return r
		}
		return -1
	}, xml)
	if token.IsKeyword(xml) {
		name = xml + "_"
	}
	return capital(name)
}

func capital(s string) string {
	if s == "" {
		return s
	}
	r := []rune(s)
	r[0] = unicode.ToUpper(r[0])
	return string(r)
}

// small makes an unexported name: Customer → customer, GISHub → gisHub.
func small(s string) string {
	r := []rune(s)
	for i := range r {
		if !unicode.IsUpper(r[i]) || i > 0 && i+1 < len(r) && unicode.IsLower(r[i+1]) {
			break
		}
		r[i] = unicode.ToLower(r[i])
	}
	return string(r)
}
