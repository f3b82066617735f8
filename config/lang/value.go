package lang

import "reflect"

// Value is a value that knows where it was written, for checks that come after reading. Where the key was absent, At is the
// place of the section that would hold it.
type Value[T any] struct {
	V  T
	At Pos
}

// Map is a mapping in the order of the file. Its keys are free: identifiers, codes, paths.
type Map[T any] []Entry[T]

// Entry is a key of a [Map] and what it holds. At is the place of the key.
type Entry[T any] struct {
	Key string
	V   T
	At  Pos
}

// Get finds the value of a key.
func (m Map[T]) Get(key string) (T, bool) {
	for _, e := range m {
		if e.Key == key {
			return e.V, true
		}
	}
	var none T
	return none, false
}

// Keys lists the keys in the order of the file.
func (m Map[T]) Keys() []string {
	keys := make([]string, len(m))
	for i, e := range m {
		keys[i] = e.Key
	}
	return keys
}

func (Value[T]) element() reflect.Type { return reflect.TypeFor[T]() }
func (Map[T]) entry() reflect.Type     { return reflect.TypeFor[T]() }

// valued and ordered recognise the instances of the two generic types.
type (
	valued  interface{ element() reflect.Type }
	ordered interface{ entry() reflect.Type }
)
