package mapping

import (
	"slices"
	"strings"
	"time"

	"tundish/adapters/geo"
	"tundish/config/codes"
	"tundish/config/lang"
	"tundish/core"
	"tundish/wsdl/shape"
	"tundish/wsdl/xml"
)

// Surroundings are what a mapping may name beside its own lines.
type Surroundings struct {
	Zone       *time.Location // of times; required
	Folder     string         // that places of mistakes begin with
	header     []*element     // of every call that has none of its own
	Secrets    []string       // names of those that may be sent; nil: any
	Unused     bool           // no system says that the mapping is its own
	file       string         // name of the mapping
	AnyName    bool           // the file need not be called as the mapping is
	References geo.References
	Reference  string   // of coordinates that name none; empty: each must
	Area       geo.Area // in which points must lie; the zero Area is everywhere
	Types      []string // the order types there are; nil: any is taken
	Classified bool     // the house says what type an order is of that names none
	Tables     codes.Tables
	Vocabulary *codes.Vocabulary // nil: any code is taken
	// Trouble hears of codes of theirs that no table leads from, but that are kept; nil: nobody does.
	Trouble func(path, code string)
}

var (
	badPath      = lang.NewMessage("path", "%q is no path: %v", "%q 不是有效路径：%v")
	noField      = lang.NewMessage("unknown-field", "there is no field %q", "没有字段 %q")
	noList       = lang.NewMessage("unknown-list", "there is no list %q", "没有列表 %q")
	astray       = lang.NewMessage("not-in-contract", "<%s> has no %q", "<%s> 中没有 %q")
	unfilled     = lang.NewMessage("required", "the contract wants %s, and nothing is written there", "对方接口约定要求 %s，但此处未写出")
	oneSource    = lang.NewMessage("source", "give one of from, value, secret, document and fields", "from、value、secret、document、fields 须且只能填一个")
	secretAnswer = lang.NewMessage("source", "a secret is sent in calls; an answer would give it to whoever calls", "机密只用于本系统的调用；写入应答会泄露给调用方")
	noSecret     = lang.NewMessage("unknown-secret", "the system's file names no secret %q", "系统文件 secrets 中没有 %q")
	noSystemYet  = lang.NewMessage("unknown-secret", "no system uses this mapping yet, so nobody holds the secret %q", "尚无系统使用此映射，因此没有 secret %q")
	badLayout    = lang.NewMessage("layout", "layout %q: %v", "格式 %q：%v")
	noReference  = lang.NewMessage("reference", "there is no reference system %q", "没有坐标系 %q")
	noSystem     = lang.NewMessage("reference", "a coordinate needs the reference system it is written in", "坐标须注明所用坐标系 system")
	outsideList  = lang.NewMessage("unknown-field", "%q has a value only inside each: %s", "%q 只在 each: %s 之内有值")
	wholeList    = lang.NewMessage("source", "%q is a list: say each, or join", "%q 是列表：请使用 each 或 join")
	needsDefault = lang.NewMessage("code-table", "unmapped: default needs a default", "unmapped: default 须同时填写 default")
	badConstant  = lang.NewMessage("not-in-contract", "%s is not what the contract allows here: %v", "%s 不符合对方接口约定：%v")
	taken        = lang.NewMessage("twice", "%q is written twice", "%q 重复写出")
)

// What to do about a secret that nobody holds.
var (
	systemHint = lang.Text{En: "write a file in systems/ with mapping: %s and secrets: {%s: …}", Zh: "请在 systems/ 中新建文件，写明 mapping: %s 与 secrets: {%s: …}"}
	secretHint = lang.Text{En: "add %s to secrets: in the system's file", Zh: "请在系统文件的 secrets 中添加 %s"}
)

// compiler makes programs of what stands in a file.
type compiler struct {
	around  Surroundings
	p       *lang.Problems
	encoded bool
	staged  bool     // for a statement, whose values are kept as they are told
	answers bool     // callers read what is written
	at      lang.Pos // of the program, for what is missing in it
}

// body compiles what stands in a Body: entries are paths that begin with the element in it.
// node is that element in the contract; nil without one.
func (c *compiler) body(entries lang.Map[Output], node *shape.Node) *element {
	top := &element{}
	for i := range entries {
		c.entry(top, &entries[i], top1(node), "")
	}
	for _, e := range top.kids {
		e.encoded = c.encoded
		c.order(e, node)
		c.prefixes(e)
	}
	return top
}

// top1 stands above the element of a body, so that the first step of a path finds it.
func top1(node *shape.Node) func(step) (*shape.Node, []string) {
	if node == nil {
		return nil
	}
	return func(s step) (*shape.Node, []string) {
		if s.fits(node.Name) && !s.attribute {
			return node, nil
		}
		return nil, []string{node.Name.Local}
	}
}

// below finds the children of a node.
func below(node *shape.Node) func(step) (*shape.Node, []string) {
	if node == nil || node.Any {
		return nil
	}
	return func(s step) (*shape.Node, []string) {
		var names []string
		for _, k := range node.Children() {
			if k.Any {
				return k, nil
			}
			if s.fits(k.Name) {
				return k, nil
			}
			names = append(names, k.Name.Local)
		}
		return nil, names
	}
}

// entry puts one line of the file where its path says.
func (c *compiler) entry(parent *element, line *lang.Entry[Output], find func(step) (*shape.Node, []string), one string) {
	steps, err := parsePath(line.Key)
	if err != nil {
		c.p.At(line.At, badPath, line.Key, inWords(err))
		return
	}
	e, node := parent, (*shape.Node)(nil)
	for i, s := range steps {
		if s.attribute {
			c.attribute(e, node, s, line, one)
			return
		}
		last := i == len(steps)-1
		kid, at := e.kid(s), (*shape.Node)(nil)
		if find != nil {
			var names []string
			if at, names = find(s); at == nil {
				c.p.At(line.At, astray, e.name.Local, s.local).Expected(names...).Near(s.local, names)
				return
			}
		}
		if kid != nil && last && (kid.source != nil || kid.nested != nil || len(kid.kids) > 0) {
			c.p.At(line.At, taken, line.Key)
			return
		}
		if kid == nil || last && kid.each != nil {
			kid = c.add(e, s, at)
		}
		e, node, find = kid, at, below(at)
	}
	c.fill(e, node, &line.V, line.At, one)
}

// kid finds what another line has made already.
func (e *element) kid(s step) *element {
	for _, k := range e.kids {
		if k.name.Local == s.local && (s.anySpace || k.name.Space == s.space) {
			return k
		}
	}
	return nil
}

func (c *compiler) add(parent *element, s step, node *shape.Node) *element {
	e := &element{name: xml.Name{Local: s.local}, path: parent.path + "/" + s.local}
	e.path = strings.TrimPrefix(e.path, "/")
	switch {
	case node != nil && !(node.Any && node.Name.Local == ""):
		e.name = node.Name
		e.optional, e.nillable, e.simple = !node.Required(), node.Nillable, node.Simple
		if node.Repeat == 0 { // else each time round may take another
			e.choice, e.branch = node.Choice, node.Branch
		}
		if c.encoded && node.Type.Local != "" && parent.name.Local != "" {
			e.typed = node.Type
		}
		if node.Array != nil {
			e.array, e.typed = true, node.Array.Item.Type
		}
	case !s.anySpace:
		e.name.Space = s.space
	default:
		e.name.Space = parent.name.Space
	}
	parent.kids = append(parent.kids, e)
	return e
}

func (c *compiler) attribute(e *element, node *shape.Node, s step, line *lang.Entry[Output], one string) {
	a := attribute{name: xml.Name{Space: s.space, Local: s.local}}
	var simple *shape.Simple
	if node != nil && !node.AnyAttribute && !node.Any {
		var names []string
		found := false
		for _, have := range node.Attributes() {
			names = append(names, "@"+have.Name.Local)
			if s.fits(have.Name) {
				a.name, a.needed, simple, found = have.Name, have.Required, have.Simple, true
			}
		}
		if !found {
			c.p.At(line.At, astray, node.Name.Local, "@"+s.local).Expected(names...).Near("@"+s.local, names)
			return
		}
	}
	if a.source = c.source(&line.V, line.At, one); a.source != nil {
		c.constant(a.source, simple, line.At)
		e.attrs = append(e.attrs, a)
	}
}

// fill gives an element its content.
func (c *compiler) fill(e *element, node *shape.Node, o *Output, at lang.Pos, one string) {
	if o.Each.V != "" && o.Join == nil {
		l, ok := listNamed(o.Each.V)
		if !ok {
			names := make([]string, len(lists))
			for i := range lists {
				names[i] = lists[i].name
			}
			c.p.At(o.Each.At, noList, o.Each.V).Expected(names...).Near(o.Each.V, names)
			return
		}
		e.each, one = l, l.one
	}
	switch {
	case o.Document != nil:
		c.alone(o, at)
		root := &element{name: xml.Name{Local: o.Document.Root}, path: e.path + "/" + o.Document.Root}
		for i := range o.Document.Fields {
			c.entry(root, &o.Document.Fields[i], nil, one)
		}
		if o.Document.Root == "" && !o.Document.JSON {
			c.p.At(at, badPath, "root", lang.Text{En: "an XML document needs a root", Zh: "XML 文档须有根元素"})
		}
		e.nested = &nested{root: root, declare: o.Document.Declare, cdata: o.Document.CDATA, json: o.Document.JSON}
	case len(o.Fields) > 0:
		c.alone(o, at)
		for i := range o.Fields {
			c.entry(e, &o.Fields[i], below(node), one)
		}
	default:
		if e.source = c.source(o, at, one); e.source != nil {
			c.constant(e.source, e.simple, at)
		}
	}
}

// alone refuses a second source beside a document or fields.
func (c *compiler) alone(o *Output, at lang.Pos) {
	if o.From.V != "" || o.Value != nil || o.Secret.V != "" || o.Document != nil && len(o.Fields) > 0 {
		c.p.At(at, oneSource)
	}
}

// constant holds a constant against the contract.
func (c *compiler) constant(src *source, simple *shape.Simple, at lang.Pos) {
	if src.get != nil || src.secret != "" || simple == nil {
		return
	}
	if err := simple.Check(src.constant); err != nil {
		c.p.At(at, badConstant, shown(src.constant), said{err})
	}
}

// roots are the first words of fields: a text that begins with none of them is a constant.
var roots = func() []string {
	var all []string
	for i := range fields {
		first, _, _ := strings.Cut(fields[i].name, ".")
		if !slices.Contains(all, first) {
			all = append(all, first)
		}
	}
	return all
}()

// isField tells whether a text is meant to name a field.
func isField(text string) bool {
	first, _, dotted := strings.Cut(text, ".")
	if !dotted {
		_, ok := fieldNamed(text)
		return ok
	}
	return slices.Contains(roots, first)
}

func (c *compiler) source(o *Output, at lang.Pos, one string) *source {
	given := 0
	for _, is := range []bool{o.From.V != "", o.Value != nil, o.Secret.V != ""} {
		if is {
			given++
		}
	}
	if given > 1 || given == 0 && o.From.At.IsZero() { // from: "" is an empty constant
		c.p.At(at, oneSource)
		return nil
	}
	switch {
	case o.Secret.V != "" && c.answers:
		c.p.At(o.Secret.At, secretAnswer)
		return nil
	case o.Secret.V != "":
		if c.staged {
			c.p.At(o.Secret.At, stagedSecret)
		} else if names := c.around.Secrets; names != nil && !slices.Contains(names, o.Secret.V) {
			if c.around.Unused {
				c.p.At(o.Secret.At, noSystemYet, o.Secret.V).Hint(systemHint, c.around.file, o.Secret.V)
			} else {
				c.p.At(o.Secret.At, noSecret, o.Secret.V).Expected(names...).Hint(secretHint, o.Secret.V).Near(o.Secret.V, names)
			}
		}
		return &source{secret: o.Secret.V}
	case o.Value != nil:
		return &source{constant: *o.Value}
	case !isField(o.From.V):
		return &source{constant: o.From.V}
	}
	src := &source{name: o.From.V, as: o.As, zone: c.around.Zone, seconds: o.Unit == "s", unmapped: o.Unmapped.V, fallback: o.Default,
		required: o.Required, letters: o.Case, prefix: o.Prefix, pad: o.Pad, max: o.Max}
	src.bare = o.As == "int" || o.As == "decimal" || o.As == "bool" || o.As == "epoch"
	f, ok := fieldNamed(o.From.V)
	if l, isList := listNamed(o.From.V); isList {
		if f, ok = fieldNamed(l.one); !ok || o.Join == nil {
			c.p.At(o.From.At, wholeList, o.From.V)
			return nil
		}
		src.list, src.join = l, *o.Join
		one = l.one
	}
	if !ok {
		names := fieldNames()
		nearField(c.p.At(o.From.At, noField, o.From.V).Expected(names...), o.From.V, names)
		return nil
	}
	for i := range lists {
		first, _, _ := strings.Cut(f.name, ".")
		if l := &lists[i]; l.one == first && one != first && first != "receipt" {
			c.p.At(o.From.At, outsideList, f.name, l.name)
			return nil
		}
	}
	src.get = f.get
	c.words(o, f.name)
	c.convert(src, o, f, at)
	return src
}

// convert prepares how a value of the field is written.
func (c *compiler) convert(src *source, o *Output, f field, at lang.Pos) {
	if o.Layout.V != "" {
		layout, err := layoutOf(o.Layout.V)
		if err != nil {
			c.p.At(o.Layout.At, badLayout, o.Layout.V, inWords(err))
		}
		src.layout = layout
	}
	if o.Zone.V != "" {
		src.zone = zoneNamed(o.Zone, c.p)
	}
	if f.kind == degreesKind {
		src.second = strings.HasSuffix(f.name, ".east") || strings.HasSuffix(f.name, ".lon")
		src.reference = c.around.reference(o.System, at, c.p)
	}
	if len(o.Map) > 0 {
		src.codes = map[string]string{}
		for _, e := range o.Map {
			if _, ok := src.codes[e.V]; !ok { // of several, the first is written
				src.codes[e.V] = e.Key
			}
		}
		if o.Unmapped.V == "default" && o.Default == nil {
			c.p.At(at, needsDefault)
		}
	}
	c.table(src, o)
}

// reference finds the reference system of a line at at: the one that it names, else the one
// of the whole system. nil when there is none, which is said.
func (around *Surroundings) reference(name lang.Value[string], at lang.Pos, p *lang.Problems) *geo.Reference {
	if name.V == "" {
		name = lang.Value[string]{V: around.Reference, At: at}
	}
	names := around.References.Names()
	if name.V == "" {
		p.At(at, noSystem).Expected(names...)
		return nil
	}
	r, ok := around.References.Named(name.V)
	if !ok {
		p.At(name.At, noReference, name.V).Expected(names...).Near(name.V, names)
	}
	return r
}

// order brings what was written into the order of the contract, and finds what is missing.
func (c *compiler) order(e *element, node *shape.Node) {
	if node == nil || e.source != nil || e.nested != nil {
		return
	}
	for _, a := range node.Attributes() {
		if a.Required && a.Fixed == nil && !slices.ContainsFunc(e.attrs, func(have attribute) bool { return have.name == a.Name }) {
			c.p.At(c.at, unfilled, e.path+"/@"+a.Name.Local)
		}
	}
	kids := node.Children()
	rank := func(k *element) int {
		return slices.IndexFunc(kids, func(n *shape.Node) bool { return n.Name == k.name })
	}
	slices.SortStableFunc(e.kids, func(a, b *element) int { return rank(a) - rank(b) })
	for _, n := range kids {
		i := slices.IndexFunc(e.kids, func(k *element) bool { return k.name == n.Name })
		if i >= 0 {
			c.order(e.kids[i], n)
			continue
		}
		if n.Required() && n.Name.Local != "" && n.Array == nil && !e.array && !n.Any {
			if n.Nillable {
				k := c.add(e, step{local: n.Name.Local, anySpace: true}, n)
				k.source = &source{name: "", get: func(*scope) value { return value{} }}
				slices.SortStableFunc(e.kids, func(a, b *element) int { return rank(a) - rank(b) })
				continue
			}
			c.p.At(c.at, unfilled, e.path+"/"+n.Name.Local)
		}
	}
}

// prefixes lets elements in a namespace be written with a prefix where others stand in none:
// old parsers trip over xmlns="".
func (c *compiler) prefixes(top *element) {
	bare := false
	var look func(e *element, do func(*element))
	look = func(e *element, do func(*element)) {
		do(e)
		for _, k := range e.kids {
			look(k, do)
		}
	}
	look(top, func(e *element) { bare = bare || e.name.Space == "" })
	if !bare {
		return
	}
	var spaces []string
	look(top, func(e *element) {
		if e.name.Space == "" {
			return
		}
		i := slices.Index(spaces, e.name.Space)
		if i < 0 {
			i, spaces = len(spaces), append(spaces, e.name.Space)
		}
		e.prefix = "m" + strings.Repeat("m", i)
	})
}

// words holds the codes of ours that a map leads from against those that there are.
func (c *compiler) words(o *Output, field string) {
	name := strings.TrimPrefix(field, "order.")
	var house []string
	switch name {
	case "status":
		for _, s := range core.Statuses() {
			house = append(house, string(s))
		}
	case "urgency":
		for _, u := range core.Urgencies() {
			house = append(house, string(u))
		}
	case "completion.outcome":
		house = []string{string(core.Done), string(core.CouldNotBeDone)}
	case "type":
		house = c.around.Types
	case "report.sub_category":
		return // a table says below which category
	default:
		house = c.around.Vocabulary.Codes(kindOfCode(name))
	}
	if len(house) == 0 {
		return
	}
	for _, e := range o.Map {
		if !slices.Contains(house, e.V) {
			c.p.At(e.At, badCode, e.V, field).Expected(house...).Near(e.V, house)
		}
	}
}
