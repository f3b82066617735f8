package scaffold

import (
	"strings"
	"unicode/utf8"

	"tundish/wsdl/shape"
)

// seen is what samples show of one side of an operation: its request or its answer.
type seen struct {
	tree *tree    // of all samples
	best *tree    // the sample that says most
	docs []staged // documents in strings, from the outside in
	bare bool     // no contract tells the namespaces: paths of what is written do
}

// staged is a document in a string.
type staged struct {
	path string // of the string, from the root of what holds it on
	*document
	node *shape.Node
}

// look gathers what samples show of a message whose element in the Body has that name.
func look(samples []*Sample, n *shape.Node, bare bool) (*seen, error) {
	if n == nil {
		return nil, nil
	}
	var s *seen
	for _, sample := range samples {
		root := sample.root
		if root.name.Local != n.Name.Local || !bare && root.name.Space != n.Name.Space && root.name.Space != "" {
			continue
		}
		if s == nil {
			s = &seen{tree: root.clone(), best: root, bare: bare}
			continue
		}
		s.tree.merge(root)
		if root.size() > s.best.size() {
			s.best = root
		}
	}
	if s == nil {
		return nil, nil
	}
	var roots []*tree
	for at := s.tree; ; {
		path, doc := at.string(at.name.Local)
		if doc == nil {
			break
		}
		s.docs = append(s.docs, staged{path: path, document: doc})
		roots = append(roots, doc.root)
		at = doc.root
	}
	if len(roots) == 0 {
		return s, nil
	}
	nodes, _, err := infer(roots)
	for i := range nodes {
		s.docs[i].node = nodes[i]
	}
	return s, err
}

// string finds the first string that holds a document.
func (t *tree) string(path string) (string, *document) {
	if t.doc != nil {
		return path, t.doc
	}
	for _, k := range t.kids {
		if found, doc := k.string(path + "/" + k.name.Local); doc != nil {
			return found, doc
		}
	}
	return "", nil
}

// node is where the fields are: the root of the innermost document, or the element in the Body.
func (s *seen) node(n *shape.Node) *shape.Node {
	if s == nil || len(s.docs) == 0 {
		return n
	}
	return s.docs[len(s.docs)-1].node
}

// inside is what was seen of that node; nil where nothing was.
func (s *seen) inside() *tree {
	switch {
	case s == nil:
		return nil
	case len(s.docs) == 0:
		return s.tree
	}
	return s.docs[len(s.docs)-1].root
}

// document is the outermost one; nil where there is none.
func (s *seen) document() *staged {
	if s == nil || len(s.docs) == 0 {
		return nil
	}
	return &s.docs[0]
}

// root is how paths of a message that is written begin: the name of its element, with its
// namespace where no contract tells it, and that of what is inside where that is another.
func (s *seen) root(n *shape.Node) string {
	if s == nil || !s.bare {
		return n.Name.Local + "/"
	}
	name := s.tree.name
	root := name.Local + "/"
	if name.Space != "" {
		root = "{" + name.Space + "}" + root
	}
	for _, k := range s.tree.kids {
		if k.name.Space != name.Space {
			return root + "{" + k.name.Space + "}"
		}
	}
	return root
}

// fill gives the leaves of a node what was seen at their places; path leads to that node from
// the root of the tree.
func (t *tree) fill(path string, all []leaf) []leaf {
	if _, below, ok := strings.Cut(path, "/"); ok {
		t, _ = t.at(below)
	}
	if t == nil {
		return all
	}
	for i := range all {
		_, all[i].texts = t.at(all[i].path)
	}
	return all
}

// constant is a text that an answer may always hold as it was seen; ok is false for none, or a long one.
func (s *seen) constant(f *field) (text string, ok bool) {
	t := s.best
	for range s.docs {
		if _, doc := t.string(""); doc != nil {
			t = doc.root
		}
	}
	_, texts := t.at(f.path)
	if len(texts) != 1 || utf8.RuneCountInString(texts[0]) > 40 {
		return "", false
	}
	return texts[0], true
}

// names are what the code and the text of an answer are called.
const (
	codeNames    = "code resultcode retcode returncode rtncode errcode errorcode status state flag result success issuccess ret cljg jg dm zt 代码 结果代码 返回码 结果 状态 标志"
	messageNames = "msg message resultmsg retmsg returnmsg errmsg errormsg info text desc description resultdesc xx ms 信息 消息 描述 说明 原因"
)

// IsFault tells a fault, of which no contract is guessed.
func (s *Sample) IsFault() bool {
	return s.root.name.Local == "Fault" && (strings.HasSuffix(s.root.name.Space, "/soap/envelope/") || strings.HasSuffix(s.root.name.Space, "/soap-envelope"))
}
