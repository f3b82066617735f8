package core

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// Kind sorts errors for whoever must decide; code decides by kind, never by text.
type Kind uint8

const (
	// Internal is everything we did not foresee: a defect or a broken machine.
	Internal Kind = iota
	// Invalid: the command itself is wrong; the same again will be refused again.
	Invalid
	// NotFound: what it names does not exist.
	NotFound
	// Conflict: it collides with what is there: a stale version, a key taken, a state that forbids it.
	Conflict
	// Denied: the caller may not.
	Denied
	// Unavailable: try again later.
	Unavailable
	// OutcomeUnknown: the request left and no answer came; ask before sending again.
	OutcomeUnknown
)

func (k Kind) String() string {
	switch k {
	case Invalid:
		return "invalid"
	case NotFound:
		return "not found"
	case Conflict:
		return "conflict"
	case Denied:
		return "denied"
	case Unavailable:
		return "unavailable"
	case OutcomeUnknown:
		return "outcome unknown"
	}
	return "internal"
}

// Error is an error for people and programs. Code is stable and documented in the
// contracts ("unknown_type", "work_begun"); Field names the place in the message.
type Error struct {
	Kind  Kind
	Code  string
	Field string
	// Message says what was wrong and what is allowed, in English; MessageZH in Chinese.
	Message   string
	MessageZH string
	// Faults, where there are several: each with its own field and message.
	Faults []*Error
	Err    error // the cause, for the log only
}

func (e *Error) Error() string {
	s := e.Message
	if s == "" {
		s = e.Kind.String()
	}
	if e.Field != "" {
		s = e.Field + ": " + s
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// Fail makes an Error. zh is the same sentence in Chinese.
func Fail(k Kind, code, field, en, zh string) *Error {
	return &Error{Kind: k, Code: code, Field: field, Message: en, MessageZH: zh}
}

// Because wraps a cause with a kind: for adapters and stores.
func Because(k Kind, code string, err error) *Error {
	return &Error{Kind: k, Code: code, Err: err, Message: code}
}

// KindOf finds the kind of err; Internal when none is written in it.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// CodeOf finds the code of err, "" if it has none.
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// IsKind reports whether err is of kind k.
func IsKind(err error, k Kind) bool { return err != nil && KindOf(err) == k }

// Invalidf is a refusal of a field in English and Chinese with the same arguments. Lists
// among them are written as people write them: a, b, c.
func Invalidf(code, field, en, zh string, args ...any) *Error {
	for i, a := range args {
		if v := reflect.ValueOf(a); v.Kind() == reflect.Slice {
			words := make([]string, v.Len())
			for j := range words {
				words[j] = fmt.Sprint(v.Index(j).Interface())
			}
			args[i] = strings.Join(words, ", ")
		}
	}
	return &Error{Kind: Invalid, Code: code, Field: field, Message: fmt.Sprintf(en, args...), MessageZH: fmt.Sprintf(zh, args...)}
}
