package contract

import (
	"strconv"
	"strings"

	"tundish/wsdl/xml"
)

// schema reads xs:schema into s. including is the target namespace of the
// schema that includes this one, or "".
func (d *document) schema(s *Schema, including string) error {
	target := d.attr("targetNamespace")
	scope := schemaScope{target: target, inSchema: true}
	if including != "" && target == "" {
		scope.target, scope.chameleon = including, true
	} else if including != "" && target != including {
		d.doubt(d.pos(), "targetNamespace is %q but the schema that includes this one has %q; it is read as if imported", "targetNamespace 为 %q，而引入它的 schema 为 %q；按 import 读取", target, including)
		s = &Schema{}
		d.defs.Schemas = append(d.defs.Schemas, s)
	}
	var err error
	if scope.elements, err = d.form("elementFormDefault", false); err != nil {
		return err
	}
	if scope.attributes, err = d.form("attributeFormDefault", false); err != nil {
		return err
	}
	if s.Pos.File == "" {
		s.Pos, s.TargetNamespace = d.pos(), scope.target
	}
	outer := d.schemaScope
	d.schemaScope = scope
	defer func() { d.schemaScope = outer }()

	return d.children(func(n xml.Name) error {
		if n.Space != NamespaceXSD {
			return d.unexpected("schema")
		}
		var c Component
		var err error
		switch n.Local {
		case "annotation":
			return d.annotation(&s.Docs)
		case "include":
			return d.include(s)
		case "import":
			return d.importSchema()
		case "redefine":
			return d.redefine(s)
		case "notation":
			return d.r.Skip()
		case "element":
			c, err = d.element(true)
		case "attribute":
			c, err = d.attribute(true)
		case "complexType":
			c, err = d.complexType()
		case "simpleType":
			c, err = d.simpleType()
		case "group":
			c, err = d.namedGroup()
		case "attributeGroup":
			c, err = d.attributeGroup()
		default:
			return d.unexpected("schema")
		}
		if err != nil {
			return err
		}
		fresh, err := d.declare(c.component(), position(c), c)
		if fresh {
			s.Components = append(s.Components, c)
		}
		return err
	})
}

func (d *document) form(attr string, otherwise bool) (bool, error) {
	switch v := d.attr(attr); v {
	case "qualified":
		return true, nil
	case "unqualified":
		return false, nil
	case "":
		return otherwise, nil
	default:
		return false, d.errorf("%s=%q; it may be qualified or unqualified", "%s=%q；只能为 qualified 或 unqualified", attr, v)
	}
}

func (d *document) include(s *Schema) error {
	if err := d.included(s, "include"); err != nil {
		return err
	}
	return d.r.Skip()
}

// included reads the file that an element as names.
func (d *document) included(s *Schema, as string) error {
	location, at := d.attr("schemaLocation"), d.pos()
	if location == "" {
		d.doubt(at, "%s without a schemaLocation", "%s 没有 schemaLocation", as)
		return nil
	}
	target := d.target
	return d.with(d.relative(location), target, reference{at, target}, func(inner *document) error {
		if inner.r.Name() != (xml.Name{Space: NamespaceXSD, Local: "schema"}) {
			return inner.errorf("the root of an included file is %s; it must be schema (%s)", "被引入文件的根元素是 %s，应为 schema（%s）", show(inner.r.Name()), NamespaceXSD)
		}
		return inner.schema(s, target)
	})
}

// importSchema follows xs:import. One without a location is a promise that the
// namespace is declared elsewhere; Check tells when it is not.
func (d *document) importSchema() error {
	space := d.attr("namespace")
	if space == "" {
		d.nameless = true
	}
	if location := d.attr("schemaLocation"); location != "" && !known(space) {
		if err := d.loader.document(d.relative(location), "", reference{d.pos(), space}); err != nil {
			return err
		}
	}
	return d.r.Skip()
}

func (d *document) annotation(docs *Docs) error {
	return d.children(func(n xml.Name) error {
		if n == (xml.Name{Space: NamespaceXSD, Local: "documentation"}) {
			doc, err := d.documentation()
			*docs = append(*docs, doc)
			return err
		}
		return d.r.Skip()
	})
}

// schemaChildren visits the children of a schema element other than its
// annotation.
func (d *document) schemaChildren(docs *Docs, parent string, visit func(local string) (known bool, err error)) error {
	return d.children(func(n xml.Name) error {
		if n.Space != NamespaceXSD {
			return d.unexpected(parent)
		}
		if n.Local == "annotation" {
			return d.annotation(docs)
		}
		if visit != nil {
			if known, err := visit(n.Local); known || err != nil {
				return err
			}
		}
		return d.unexpected(parent)
	})
}

func (d *document) occurs() (low, high int, err error) {
	low, high = 1, 1
	if v := d.attr("minOccurs"); v != "" {
		if low, err = strconv.Atoi(v); err != nil || low < 0 {
			return 0, 0, d.errorf("minOccurs=%q; it must be a whole number from 0", "minOccurs=%q；应为不小于 0 的整数", v)
		}
	}
	switch v := d.attr("maxOccurs"); v {
	case "":
	case "unbounded":
		high = Unbounded
	default:
		if high, err = strconv.Atoi(v); err != nil || high < 0 {
			return 0, 0, d.errorf("maxOccurs=%q; it must be a whole number from 0 or unbounded", "maxOccurs=%q；应为不小于 0 的整数或 unbounded", v)
		}
	}
	if high != Unbounded && high < low {
		return 0, 0, d.errorf("maxOccurs is %d, less than minOccurs %d", "maxOccurs 为 %d，小于 minOccurs %d", high, low)
	}
	return low, high, nil
}

func (d *document) element(top bool) (*Element, error) {
	e := &Element{Pos: d.pos(), Min: 1, Max: 1, Default: d.optional("default"), Fixed: d.optional("fixed")}
	var err error
	if e.TypeName, err = d.qname("type"); err != nil {
		return nil, err
	}
	if e.Ref, err = d.qname("ref"); err != nil {
		return nil, err
	}
	if e.SubstitutionGroup, err = d.qname("substitutionGroup"); err != nil {
		return nil, err
	}
	if e.Nillable, err = d.flag("nillable"); err != nil {
		return nil, err
	}
	if e.Abstract, err = d.flag("abstract"); err != nil {
		return nil, err
	}
	qualified := true
	if !top {
		if qualified, err = d.form("form", d.elements); err != nil {
			return nil, err
		}
		if e.Min, e.Max, err = d.occurs(); err != nil {
			return nil, err
		}
	}
	e.Name.Local = d.attr("name")
	if qualified {
		e.Name.Space = d.target
	}
	switch {
	case e.Ref.Local != "":
		e.Name = e.Ref
	case e.Name.Local == "":
		return nil, d.errorf("an element needs a name or a ref", "元素须有 name 或 ref")
	}
	return e, d.schemaChildren(&e.Docs, "element", func(local string) (bool, error) {
		switch local {
		case "complexType":
			t, err := d.complexType()
			e.Type = t
			return true, err
		case "simpleType":
			t, err := d.simpleType()
			e.Type = t
			return true, err
		case "unique", "key", "keyref": // constraints across elements: read over
			return true, d.r.Skip()
		}
		return false, nil
	})
}

func (d *document) attribute(top bool) (*Attribute, error) {
	a := &Attribute{Pos: d.pos(), Default: d.optional("default"), Fixed: d.optional("fixed")}
	var err error
	if a.TypeName, err = d.qname("type"); err != nil {
		return nil, err
	}
	if a.Ref, err = d.qname("ref"); err != nil {
		return nil, err
	}
	if array, ok := d.r.Attr(NamespaceWSDL, "arrayType"); ok {
		n, err := d.resolve(strings.TrimSpace(array))
		if err != nil {
			return nil, err
		}
		a.ArrayType = "{" + n.Space + "}" + n.Local
	}
	qualified := true
	if !top {
		if qualified, err = d.form("form", d.attributes); err != nil {
			return nil, err
		}
	}
	a.Name.Local = d.attr("name")
	if qualified {
		a.Name.Space = d.target
	}
	switch {
	case a.Ref.Local != "":
		a.Name = a.Ref
	case a.Name.Local == "":
		return nil, d.errorf("an attribute needs a name or a ref", "属性须有 name 或 ref")
	}
	switch use := d.attr("use"); use {
	case "", "optional":
	case "required":
		a.Required = true
	case "prohibited":
		a.Prohibited = true
	default:
		return nil, d.errorf("use=%q; it may be required, optional or prohibited", "use=%q；只能为 required、optional 或 prohibited", use)
	}
	return a, d.schemaChildren(&a.Docs, "attribute", func(local string) (bool, error) {
		if local != "simpleType" {
			return false, nil
		}
		t, err := d.simpleType()
		a.Type = t
		return true, err
	})
}

// group reads sequence, choice, all or a reference to a named group.
func (d *document) group() (*Group, error) {
	g := &Group{Pos: d.pos()}
	var err error
	if g.Min, g.Max, err = d.occurs(); err != nil {
		return nil, err
	}
	switch d.r.Name().Local {
	case "sequence":
		g.Kind = Sequence
	case "choice":
		g.Kind = Choice
	case "all":
		g.Kind = All
	case "group":
		g.Kind = GroupRef
		if g.Ref, err = d.qname("ref"); err != nil {
			return nil, err
		}
		if g.Ref.Local == "" {
			return nil, d.errorf("a group inside a type needs a ref", "类型中的 group 须有 ref")
		}
	}
	return g, d.schemaChildren(&g.Docs, g.Kind.String(), func(local string) (bool, error) {
		switch local {
		case "element":
			e, err := d.element(false)
			g.Parts = append(g.Parts, e)
			return true, err
		case "any":
			a := &Any{Pos: d.pos(), Namespace: d.attr("namespace"), ProcessContents: d.attr("processContents")}
			var err error
			if a.Min, a.Max, err = d.occurs(); err != nil {
				return true, err
			}
			g.Parts = append(g.Parts, a)
			return true, d.schemaChildren(&a.Docs, "any", nil)
		case "sequence", "choice", "all", "group":
			inner, err := d.group()
			g.Parts = append(g.Parts, inner)
			return true, err
		}
		return false, nil
	})
}

func (d *document) namedGroup() (*Group, error) {
	g := &Group{Pos: d.pos(), Kind: Sequence, Min: 1, Max: 1, Name: xml.Name{Space: d.target, Local: d.attr("name")}}
	return g, d.schemaChildren(&g.Docs, "group", func(local string) (bool, error) {
		switch local {
		case "sequence", "choice", "all":
			inner, err := d.group()
			g.Parts = append(g.Parts, inner)
			return true, err
		}
		return false, nil
	})
}

// known names the vocabularies that contracts import and that need no reading.
func known(space string) bool {
	switch space {
	case NamespaceXSD, namespaceXML, namespaceEncoding, namespaceEncoding12, NamespaceXMLMIME:
		return true
	}
	return false
}
