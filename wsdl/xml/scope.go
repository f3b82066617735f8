package xml

import "iter"

// binding is a namespace declaration in scope. An empty space takes the default namespace back.
type binding struct{ prefix, space string }

// scope holds the declarations in scope, inner ones behind outer ones.
type scope struct {
	bindings []binding
	number   uint64 // changes whenever a declaration comes or goes; never 0
}

func (s *scope) clear() { s.cut(0); s.number++ }

func (s *scope) declare(prefix, space string) {
	s.bindings = append(s.bindings, binding{prefix, space})
	s.number++
}

// cut takes back all declarations behind the first n.
func (s *scope) cut(n int) {
	if n < len(s.bindings) {
		s.bindings = s.bindings[:n]
		s.number++
	}
}

func (s *scope) lookup(prefix string) (string, bool) {
	for i := len(s.bindings) - 1; i >= 0; i-- {
		if s.bindings[i].prefix == prefix {
			return s.bindings[i].space, true
		}
	}
	if prefix == "xml" {
		return XMLSpace, true
	}
	return "", prefix == ""
}

// resolve finds the namespace of a name's prefix.
func (s *scope) resolve(q *qname) (string, bool) {
	if q.scope == s.number {
		return q.space, true
	}
	space, ok := s.lookup(q.prefix)
	if ok {
		q.space, q.scope = space, s.number
	}
	return space, ok
}

// LookupPrefix finds the namespace of a prefix at the current token, for values that are qualified names.
// The empty prefix gives the default namespace, which may be none.
func (r *Reader) LookupPrefix(prefix string) (space string, ok bool) { return r.lookup(prefix) }

// Namespaces yields the prefixes in scope with their namespaces, inner declarations first, overridden ones
// and the prefix xml left out. The empty prefix is the default namespace, yielded only if there is one.
func (r *Reader) Namespaces() iter.Seq2[string, string] {
	return func(yield func(prefix, space string) bool) {
		for i := len(r.bindings) - 1; i >= 0; i-- {
			b := r.bindings[i]
			if b.space == "" || b.prefix == "xml" || overridden(r.bindings[i+1:], b.prefix) {
				continue
			}
			if !yield(b.prefix, b.space) {
				return
			}
		}
	}
}

func overridden(inner []binding, prefix string) bool {
	for _, b := range inner {
		if b.prefix == prefix {
			return true
		}
	}
	return false
}
