package scaffold

import (
	"fmt"
	"strings"

	"tundish/wsdl/contract"
	"tundish/wsdl/shape"
)

// Bounds of what is listed of one message.
const (
	mostFields = 500
	mostDepth  = 10
)

// leaf is a place of a message that holds a text, or whatever is there instead.
type leaf struct {
	path     string // below the element that the message, or the order, is
	parent   string // local name of the element that it is in
	name     string
	simple   *shape.Simple // nil: no text (anything, a data set)
	about    string        // its type, for a comment
	docs     string
	required bool     // it and all above it must be there
	repeated bool     // it or what it is in may be there more than once
	enough   bool     // the last of a list that was cut
	texts    []string // that samples hold there
}

// leaves lists what is below a node.
func leaves(n *shape.Node) []leaf {
	var l lister
	l.inside(n, "", nil, true, false)
	return l.all
}

type lister struct{ all []leaf }

func (l *lister) add(f leaf) bool {
	if len(l.all) >= mostFields {
		if last := &l.all[len(l.all)-1]; !last.enough {
			l.all = append(l.all, leaf{enough: true})
		}
		return false
	}
	l.all = append(l.all, f)
	return true
}

func (l *lister) inside(n *shape.Node, path string, above []*shape.Node, required, repeated bool) {
	for _, a := range n.Attributes() {
		l.add(leaf{path: path + "@" + a.Name.Local, parent: n.Name.Local, name: a.Name.Local, simple: a.Simple, about: about(a.Simple, false), docs: line(a.Docs), required: required && a.Required, repeated: repeated})
	}
	for _, c := range n.Children() {
		if c.Name.Local == "" {
			l.add(leaf{path: path + "*", about: "anything"})
			continue
		}
		l.node(c, path, n, append(above[:len(above):len(above)], n), required, repeated)
	}
}

func (l *lister) node(c *shape.Node, path string, parent *shape.Node, above []*shape.Node, required, repeated bool) {
	must, many := required && c.Min > 0, repeated || c.Repeated()
	f := leaf{path: path + c.Name.Local, parent: parent.Name.Local, name: c.Name.Local, docs: line(c.Docs), required: must, repeated: many}
	step := c.Name.Local
	if c.Repeated() {
		step += "[1]"
		f.path = path + step
	}
	switch {
	case c.DataSet:
		f.about = "DataSet"
		l.add(f)
		return
	case c.Array == nil && c.Any:
		f.about = "anything"
		l.add(f)
		return
	case c.Simple != nil:
		f.simple, f.about = c.Simple, about(c.Simple, c.Repeated())
		if !l.add(f) {
			return
		}
	}
	for _, up := range above {
		if up.SameType(c) {
			f.about = "as further up"
			l.add(f)
			return
		}
	}
	if len(above) >= mostDepth {
		return
	}
	l.inside(c, path+step+"/", above, must, many)
}

// about is a type in a few words.
func about(s *shape.Simple, repeated bool) string {
	if s == nil {
		return ""
	}
	name := s.Builtin
	if name == "" {
		name = s.Name.Local
	}
	if s.MaxLength != shape.None {
		name += fmt.Sprintf("(%d)", s.MaxLength)
	} else if s.Length != shape.None {
		name += fmt.Sprintf("(%d)", s.Length)
	}
	if len(s.Enumeration) > 0 {
		const most = 12
		var values []string
		for i, v := range s.Enumeration {
			if i == most {
				values = append(values, "…")
				break
			}
			values = append(values, v.Text)
		}
		name += ": " + strings.Join(values, " | ")
	}
	if repeated {
		name += ", repeated"
	}
	return oneLine(name)
}

func line(d contract.Docs) string {
	if len(d) == 0 {
		return ""
	}
	text := oneLine(d[0].Text)
	if runes := []rune(text); len(runes) > 80 {
		text = string(runes[:80]) + "…"
	}
	return text
}

// oneLine is a text that can stand in a comment.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return r < 0x20 || r == 0x7f || r == ' ' || r == 0x85 || r == 0x2028 || r == 0x2029 || r == 0xfeff
	}), " ")
}

// group finds the repeated element of a message that looks like one order each, as its path
// from the element in the Body on.
func group(root *shape.Node, score func(*shape.Node) int) (path string, order *shape.Node) {
	best := 0
	var walk func(n *shape.Node, path string, above []*shape.Node)
	walk = func(n *shape.Node, at string, above []*shape.Node) {
		if len(above) > 3 {
			return
		}
		for _, c := range n.Children() {
			if c.Name.Local == "" || c.Simple != nil && len(c.Children()) == 0 {
				continue
			}
			endless := false
			for _, up := range above {
				endless = endless || up.SameType(c)
			}
			if endless {
				continue
			}
			below := at + "/" + c.Name.Local
			if c.Repeated() {
				if s := score(c); s > best && s >= 2 && !listsPhotos(below) {
					best, path, order = s, below, c
				}
				continue // what is repeated inside of it is no order
			}
			walk(c, below, append(above[:len(above):len(above)], c))
		}
	}
	walk(root, root.Name.Local, []*shape.Node{root})
	return path, order
}
