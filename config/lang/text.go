package lang

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Lang is a language that people read.
type Lang string

// The languages that every text exists in.
const (
	English Lang = "en"
	Chinese Lang = "zh-CN"
)

// Choices lists the languages, so that a setting of type Lang is an enumeration.
func (Lang) Choices() []string { return []string{string(English), string(Chinese)} }

// Text is one text in both languages. It may hold verbs of fmt; translations that need another order write %[2]q.
type Text struct{ En, Zh string }

// In gives the text in language l, English where l is neither.
func (t Text) In(l Lang) string {
	if l == Chinese && t.Zh != "" {
		return t.Zh
	}
	return t.En
}

// format fills in the verbs. Arguments that are a Text themselves are given in the same language.
func (t Text) format(l Lang, args []any) string {
	if len(args) == 0 {
		return t.In(l)
	}
	args = slices.Clone(args)
	for i, a := range args {
		if text, ok := a.(Text); ok {
			args[i] = text.In(l)
		}
	}
	return fmt.Sprintf(t.In(l), args...)
}

// Message is a kind of mistake: a code that scripts and manuals can rely on, and what people are told.
type Message struct {
	code string
	text Text
}

// Code is the message's code, such as "unknown-key".
func (m Message) Code() string { return m.code }

// NewMessage declares a message, in a package variable beside the check that uses it. A declaration that lacks a language
// or whose translations take different arguments panics, so it cannot survive a single test run.
func NewMessage(code, en, zh string) Message {
	m := Message{code, Text{en, zh}}
	switch {
	case !codePattern.MatchString(code):
		panic(fmt.Sprintf("lang: the code %q should be lower-case words joined by hyphens", code))
	case en == "" || zh == "":
		panic(fmt.Sprintf("lang: message %s lacks a language", code))
	case verbs(en) != verbs(zh):
		panic(fmt.Sprintf("lang: the translations of %s (%q) take different arguments: %s and %s", code, en, verbs(en), verbs(zh)))
	}
	return m
}

var (
	codePattern = regexp.MustCompile(`^[a-z]+(-[a-z0-9]+)*$`)
	verbPattern = regexp.MustCompile(`%(?:\[(\d+)\])?[-+# 0-9.]*([a-zA-Z%])`)
)

// verbs lists which argument is printed by which verb, such as "1q 2d", whatever their order in the text.
func verbs(format string) string {
	var list []string
	next := 1
	for _, m := range verbPattern.FindAllStringSubmatch(format, -1) {
		if m[2] == "%" {
			continue
		}
		if m[1] != "" {
			fmt.Sscan(m[1], &next)
		}
		list = append(list, fmt.Sprint(next, m[2]))
		next++
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), " ")
}
