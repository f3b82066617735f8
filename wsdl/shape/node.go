package shape

import (
	"sync"

	"tundish/wsdl/contract"
	"tundish/wsdl/xml"
)

// Unbounded is the Max of a node that may occur any number of times.
const Unbounded = contract.Unbounded

// Node is an element at its place in a message, or xs:any, or (from Find) an
// attribute.
type Node struct {
	Name xml.Name // zero for xs:any; Space is "" for an unqualified local element
	Pos  contract.Pos
	Docs contract.Docs

	// Min and Max tell how often it may occur inside its parent, whatever
	// groups lie between: inside a choice Min is 0. Max may be Unbounded.
	Min, Max int
	// Choice is 0, or the number of the choice within the parent that the node
	// is a part of, counted from 1; nodes of equal Choice and Branch come
	// together, those of equal Choice and other Branch exclude each other.
	Choice, Branch int
	// Repeat is 0, or the number within the parent, counted from 1, of the
	// outermost group that may occur more than once as a whole: (a, b)* gives a
	// and b the same Repeat.
	Repeat int

	Type           xml.Name // of the element; zero when it has no name
	Simple         *Simple  // what its text may be; nil when it has none
	Nillable       bool
	Abstract       bool // element or type must be replaced: see Substitutes and Derived
	Mixed          bool // text between its children
	Any            bool // xs:any, or an element of xs:anyType: anything may follow
	AnyAttribute   bool
	Attribute      bool   // an attribute, found by Find
	DataSet        bool   // a .NET data set: schema and diffgram
	Array          *Array // of SOAP encoding
	Default, Fixed *string

	world *world
	typ   contract.Type // nil for builtin types
	given *content      // of the wrapper element of an rpc message, which has no type
	top   bool          // the declaration is a top-level element
}

// Array is an array of SOAP encoding. Its items are found under any name.
type Array struct {
	Item       *Node // its name is what the contract says, else "item"
	Dimensions int   // 1 for T[], 2 for T[,] or T[][]
}

// Attribute is an attribute of an element.
type Attribute struct {
	Name           xml.Name // Space is "" for an unqualified one
	Pos            contract.Pos
	Docs           contract.Docs
	Required       bool
	Simple         *Simple
	Default, Fixed *string
}

// Group is how the children of a node combine; Children is the same flat.
type Group struct {
	Kind     contract.GroupKind // Sequence, Choice or All
	Min, Max int
	Parts    []Part
}

// Part is a child or a group of children: one of the two is set.
type Part struct {
	Node  *Node
	Group *Group
}

// content is what elements of one complex type have in common.
type content struct {
	children   []*Node
	attributes []*Attribute
	group      *Group
	errs       []error
}

// world is a contract together with what was made of it so far.
type world struct {
	defs        *contract.Definitions
	mu          sync.Mutex
	contents    map[*contract.ComplexType]*content
	simples     map[*contract.SimpleType]*Simple
	builtins    map[string]*Simple
	substitutes map[xml.Name][]*contract.Element
	derived     map[xml.Name][]contract.Type
}

func newWorld(defs *contract.Definitions) *world {
	w := &world{defs: defs, contents: map[*contract.ComplexType]*content{}, simples: map[*contract.SimpleType]*Simple{},
		builtins: map[string]*Simple{}, substitutes: map[xml.Name][]*contract.Element{}, derived: map[xml.Name][]contract.Type{}}
	for _, s := range defs.Schemas {
		for _, c := range s.Components {
			switch c := c.(type) {
			case *contract.Element:
				if c.SubstitutionGroup.Local != "" {
					w.substitutes[c.SubstitutionGroup] = append(w.substitutes[c.SubstitutionGroup], c)
				}
			case *contract.ComplexType:
				if c.Base.Local != "" {
					w.derived[c.Base] = append(w.derived[c.Base], c)
				}
			case *contract.SimpleType:
				if c.Base.Local != "" {
					w.derived[c.Base] = append(w.derived[c.Base], c)
				}
			}
		}
	}
	return w
}

// Children are the elements inside the node in the order of the schema, those
// of base types first. Elements of one type share them.
func (n *Node) Children() []*Node {
	if n.Array != nil {
		return []*Node{n.Array.Item}
	}
	if c := n.content(); c != nil {
		return c.children
	}
	return nil
}

// Attributes of the node, those of base types first.
func (n *Node) Attributes() []*Attribute {
	if c := n.content(); c != nil {
		return c.attributes
	}
	return nil
}

// Content is how the children combine, or nil when there are none.
func (n *Node) Content() *Group {
	if c := n.content(); c != nil && n.Array == nil {
		return c.group
	}
	return nil
}

func (n *Node) content() *content {
	if n.given != nil {
		return n.given
	}
	t, ok := n.typ.(*contract.ComplexType)
	if !ok {
		return nil
	}
	n.world.mu.Lock()
	defer n.world.mu.Unlock()
	return n.world.content(t)
}

// Required tells whether the node must be there when its parent is.
func (n *Node) Required() bool { return n.Min > 0 }

// Repeated tells whether the node may occur more than once.
func (n *Node) Repeated() bool { return n.Max == Unbounded || n.Max > 1 }

// Substitutes are the elements that may stand in the node's place, its
// substitution group, members of members included and abstract ones left out.
func (n *Node) Substitutes() []*Node {
	if !n.top {
		return nil
	}
	n.world.mu.Lock()
	defer n.world.mu.Unlock()
	var found []*Node
	seen := map[xml.Name]bool{n.Name: true}
	var add func(head xml.Name)
	add = func(head xml.Name) {
		for _, e := range n.world.substitutes[head] {
			if seen[e.Name] {
				continue
			}
			seen[e.Name] = true
			if !e.Abstract {
				member, _ := n.world.element(e)
				member.Min, member.Max, member.Choice, member.Branch, member.Repeat = n.Min, n.Max, n.Choice, n.Branch, n.Repeat
				found = append(found, member)
			}
			add(e.Name)
		}
	}
	add(n.Name)
	return found
}

// Derived are the types that an xsi:type may name instead of the node's own,
// derived ones of derived ones included and abstract ones left out: the same
// element, but of that type.
func (n *Node) Derived() []*Node {
	if n.Type.Local == "" {
		return nil
	}
	n.world.mu.Lock()
	defer n.world.mu.Unlock()
	var found []*Node
	seen := map[xml.Name]bool{n.Type: true}
	var add func(base xml.Name)
	add = func(base xml.Name) {
		for _, t := range n.world.derived[base] {
			name := t.TypeName()
			if name.Local == "" || seen[name] {
				continue
			}
			seen[name] = true
			if c, ok := t.(*contract.ComplexType); !ok || !c.Abstract {
				found = append(found, n.world.retyped(n, name))
			}
			add(name)
		}
	}
	add(n.Type)
	return found
}

// As is the node with another type, as an xsi:type names it: one of the
// contract or of XML Schema. Whether that type derives from the node's own is
// not asked: rpc/encoded messages name types everywhere.
func (n *Node) As(typ xml.Name) (*Node, bool) {
	n.world.mu.Lock()
	defer n.world.mu.Unlock()
	if _, ok := n.world.defs.Type(typ); !ok && builtinOf(typ) == "" && typ != anyType {
		return nil, false
	}
	return n.world.retyped(n, typ), true
}

func (w *world) retyped(n *Node, typ xml.Name) *Node {
	again := &Node{Name: n.Name, Pos: n.Pos, Docs: n.Docs, Min: n.Min, Max: n.Max, Choice: n.Choice, Branch: n.Branch,
		Repeat: n.Repeat, Nillable: n.Nillable, world: w}
	_ = w.typed(again, typ, nil) // that the name leads somewhere was looked at before
	return again
}

// SameType tells whether two nodes have one complex type, and so the same
// children: where it holds between a node and one above it, the tree is endless.
func (n *Node) SameType(m *Node) bool {
	switch {
	case n.Array != nil && m.Array != nil:
		return n.Array == m.Array || n.Type.Local != "" && n.Type == m.Type
	case n.Array != nil || m.Array != nil || n.typ == nil:
		return false
	}
	_, complex := n.typ.(*contract.ComplexType)
	return complex && n.typ == m.typ
}
