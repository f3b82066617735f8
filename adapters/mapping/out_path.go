package mapping

import (
	"strconv"
	"strings"

	"tundish/wsdl/xml"
)

// step is one step of a path: an element by its local name, in any namespace or in the one
// given; or, as the last, an attribute.
type step struct {
	space     string
	anySpace  bool
	local     string // "*" is any element
	attribute bool
	nth       int    // 0: all; counted from 1
	where     string // an attribute, or a child where child is set, that must say is
	is        string
	child     bool
}

// parsePath reads a path such as "Answer/{urn:b}ROW[2]/@no" or "ROW[@kind='a b']".
func parsePath(text string) ([]step, error) {
	var steps []step
	rest := strings.TrimPrefix(text, "/")
	for rest != "" {
		if n := len(steps); n > 0 && steps[n-1].attribute {
			return nil, mistakef("an attribute is the end of a path", "属性须为路径的末尾")
		}
		s := step{anySpace: true}
		if after, ok := strings.CutPrefix(rest, "@"); ok {
			s.attribute, rest = true, after
		}
		if after, ok := strings.CutPrefix(rest, "{"); ok {
			if s.space, rest, ok = strings.Cut(after, "}"); !ok {
				return nil, mistakef("a { without its }", "{ 缺少对应的 }")
			}
			s.anySpace = false
		}
		end := strings.IndexAny(rest, "/[")
		if end < 0 {
			end = len(rest)
		}
		s.local, rest = rest[:end], rest[end:]
		if s.local == "" {
			return nil, mistakef("a step without a name", "路径中有一级没有名称")
		}
		if after, ok := strings.CutPrefix(rest, "["); ok {
			inside, left, ok := strings.Cut(after, "]")
			if !ok {
				return nil, mistakef("a [ without its ]", "[ 缺少对应的 ]")
			}
			if err := s.predicate(inside); err != nil {
				return nil, err
			}
			rest = left
		}
		steps = append(steps, s)
		if rest != "" {
			after, ok := strings.CutPrefix(rest, "/")
			if !ok || after == "" {
				return nil, mistakef("%q does not belong behind a step", "%q 不应出现在一级之后", rest)
			}
			rest = after
		}
	}
	if len(steps) == 0 {
		return nil, mistakef("the path is empty", "路径为空")
	}
	return steps, nil
}

func (s *step) predicate(text string) error {
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		s.nth = n
		return nil
	}
	name, quoted, ok := strings.Cut(text, "=")
	quoted = strings.TrimSpace(quoted)
	if !ok || len(quoted) < 2 || quoted[0] != quoted[len(quoted)-1] || quoted[0] != '\'' && quoted[0] != '"' {
		return mistakef("[%s] is neither a number nor @attribute='text'", "[%s] 既不是序号，也不是 @属性='文本'", text)
	}
	name, attribute := strings.CutPrefix(strings.TrimSpace(name), "@")
	s.where, s.is, s.child = name, quoted[1:len(quoted)-1], !attribute
	return nil
}

func (s *step) fits(n xml.Name) bool {
	return (s.local == "*" || s.local == n.Local) && (s.anySpace || s.space == n.Space)
}

// find gives the text at a path below b, whose own name is the first step; ok tells that
// something stands there.
func (b *branch) find(path []step) (text string, ok bool) {
	at := []*branch{{kids: []*branch{b}}}
	for i := range path {
		s := &path[i]
		if s.attribute {
			for _, e := range at {
				for _, a := range e.attrs {
					if s.fits(a.Name) {
						return string(a.Value), true
					}
				}
			}
			return "", false
		}
		var next []*branch
		for _, e := range at {
			nth := 0
			for _, k := range e.kids {
				if k.name.Local == "" || !s.fits(k.name) || s.where != "" && k.said(s.where, s.child) != s.is {
					continue
				}
				if nth++; s.nth == 0 || nth == s.nth {
					next = append(next, k)
				}
			}
		}
		if at = next; len(at) == 0 {
			return "", false
		}
	}
	return at[0].content(), true
}

// said is what an attribute, or a child, of that name says.
func (b *branch) said(name string, child bool) string {
	if !child {
		for _, a := range b.attrs {
			if a.Name.Local == name {
				return string(a.Value)
			}
		}
		return ""
	}
	for _, k := range b.kids {
		if k.name.Local == name {
			return k.content()
		}
	}
	return ""
}
