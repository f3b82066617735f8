package mapping

import (
	"errors"
	"slices"
	"strings"
	"time"

	"tundish/adapters/geo"
	"tundish/config/codes"
	"tundish/config/lang"
	"tundish/core"
	"tundish/wsdl/shape"
)

var (
	noTarget     = lang.NewMessage("unknown-field", "an order has no field %q that its source decides", "工单没有可由来源填写的字段 %q")
	oneInput     = lang.NewMessage("source", "give one of from, parts, value, expr, either, or north and east for a point, or each for attachments", "from、parts、value、expr、either，或坐标的 north 与 east，或附件的 each，须且只能填一种")
	noSplit      = lang.NewMessage("source", "at takes a part of what split cuts, but there is no split", "at 取 split 后的一项，但没有 split")
	jsonHasRoot  = lang.NewMessage("path", "the root of a JSON document is called json, not %s", "JSON 文档的根名为 json，而不是 %s")
	badAs        = lang.NewMessage("conversion", "as: %s does not make what %s holds", "as: %s 无法得到字段 %s 的类型")
	badCode      = lang.NewMessage("unknown-code", "%q is no code of %s", "%q 不是 %s 的代码")
	noMap        = lang.NewMessage("code-table", "unmapped says what becomes of codes that a map lacks, but there is no map", "填写了 unmapped，但没有 map")
	insideEach   = lang.Text{En: "paths of an order begin inside each (%s): write %s", Zh: "工单的路径自 each（%s）之内写起：请写 %s"}
	outsideEach  = lang.Text{En: "paths of an order begin inside each (%s); what stands beside the orders cannot be read into one", Zh: "工单的路径自 each（%s）之内写起；工单之外的内容无法读入工单"}
	constantHint = lang.Text{En: "a path stands here; a constant is written {value: %s}", Zh: "此处为对方路径；常量请写 {value: %s}"}
	badFallback  = lang.NewMessage("invalid-value", "%q cannot be read: %v", "%q 无法读取：%v")
)

// node is one step of the paths of an order: they are laid into one tree, which is walked
// beside the message.
type node struct {
	step     step
	slot     int // where its text goes; -1: nowhere
	kids     []*node
	attrs    []attrNode
	volatile bool
	id       int    // position among the nodes
	seen     int    // position among the step counters, for [n]; -1 without
	counters []int  // of kids
	group    *group // what one of a list is; nil
	choices  *choices
	chosen   int // where in walk.chosen those begin
}

type attrNode struct {
	step     step
	slot     int
	volatile bool
}

// input is a field of an order and how it is made of texts of theirs.
type input struct {
	target
	*Input
	slots     []int
	paths     []string
	none      []string
	layouts   []layout
	zone      *time.Location
	codes     map[string]string
	house     []string // codes of ours that are allowed; nil: any
	table     *codes.Table
	trouble   func(path, code string) // hears of codes that are kept with an alert; never nil
	as        string
	reference *geo.Reference
	prefix    []byte // strip_prefix
	suffix    []byte
	expr      *formula
	when      *formula
	either    []*input // alternatives
	identity  bool     // without it the message means nothing
	plain     bool     // the field takes any text as it is
	plainTidy bool     // nothing is taken off but blanks
}

// reading compiles one operation that they call on us.
type reading struct {
	in     *Inward
	file   *File
	around Surroundings
	p      *lang.Problems
	body   *shape.Node // element in the Body; nil without a contract
	json   bool        // paths lead into JSON
	// Of a choice a message holds one branch, unless the operation at at is lenient.
	lenient bool
	each    string // path of what is one order, once it was followed
	at      lang.Pos
}

// conversions that make a value of a kind; the first is meant where nothing is said.
func conversions(k kind) []string {
	switch k {
	case numberKind:
		return []string{"int"}
	case instantKind:
		return []string{"datetime", "date", "epoch"}
	case dayKind:
		return []string{"date", "datetime", "epoch"}
	case pointKind:
		return []string{"point"}
	case listKind:
		return []string{"attachment"}
	case flagKind:
		return []string{"bool"}
	}
	return []string{"text", "int", "decimal", "bool", "date", "datetime", "epoch", "base64", "hex"}
}

func (c *reading) compile(s *Serve) {
	in := c.in
	in.top, in.nodes = &node{slot: -1, seen: -1}, 1
	place := c.body
	c.at, c.lenient = s.At, s.Choices == lenient
	for doc := s.Document; doc != nil; doc = doc.Document {
		way := c.way(doc.Path, place)
		in.docs = append(in.docs, envelope{path: way, choices: c.along(way, place), root: doc.Root, json: doc.JSON.V})
		if place, c.json = nil, doc.JSON.V; c.json && doc.Root != "" && doc.Root != jsonRoot {
			c.p.At(doc.JSON.At, jsonHasRoot, doc.Root)
		}
	}
	if s.Each.V != "" {
		if in.each = c.way(s.Each, place); in.each == nil {
			place = nil // every path would be wrong
		} else if place != nil {
			in.choices = c.along(in.each, place)
			place = c.follow(s.Each, in.each[1:], place)
			c.each = s.Each.V
		}
	}
	if len(s.Order) == 0 {
		if s.Does.V != "ignore" {
			c.p.At(s.Does.At, nothingRead, s.Does.V)
		}
		return
	}
	identity, wish := about[s.Does.V]
	switch {
	case s.Does.V == locates:
		identity = []string{"place.point"}
	case !wish && c.around.Classified:
		identity = []string{"ref"}
	case !wish:
		identity = []string{"ref", "type"}
	}
	for _, name := range identity {
		if _, ok := s.Order.Get(name); !ok {
			c.p.At(s.At, noIdentity, name)
		}
	}
	for i := range s.Order {
		c.field(&s.Order[i], place)
	}
	for _, f := range in.fields {
		f.identity = slices.Contains(identity, f.name) && f.kind != pointKind
	}
	in.when = c.formula(s.When, lang.BoolResult, place)
	for _, v := range s.Volatile {
		if steps := c.steps(v, place); steps != nil {
			at := c.lay(steps[:len(steps)-1])
			if last := steps[len(steps)-1]; last.attribute {
				at.attrs = append(at.attrs, attrNode{step: last, slot: -1, volatile: true})
			} else {
				c.lay(steps).volatile = true
			}
		}
	}
	if place != nil {
		c.choosing(in.top, place, "")
	}
}

// way reads a path from the root of a document on, in which nothing is chosen.
func (c *reading) way(at lang.Value[string], root *shape.Node) []step {
	steps, err := c.parse(at.V)
	if err == nil {
		for i := range steps {
			if steps[i].attribute || steps[i].nth > 0 || steps[i].where != "" {
				err = mistakef("only names of elements stand here", "此处只能写元素名称")
			}
		}
	}
	if err != nil {
		c.p.At(at.At, badPath, at.V, inWords(err))
		return nil
	}
	if root != nil {
		if !steps[0].fits(root.Name) {
			c.p.At(at.At.Within(at.V, 0, len([]rune(steps[0].local))), astray, "Body", steps[0].local).Expected(root.Name.Local).Near(steps[0].local, []string{root.Name.Local})
			return nil
		}
		if c.follow(at, steps[1:], root) == nil {
			return nil
		}
	}
	return steps
}

// steps reads a path below the order's element. Orders are read as they stream by: whether an
// element is the one that a path means must be known at its start tag.
func (c *reading) steps(at lang.Value[string], place *shape.Node) []step {
	steps, err := c.parse(at.V)
	if i := slices.IndexFunc(steps, func(s step) bool { return s.child }); err == nil && i >= 0 {
		err = mistakef("an order's element is chosen by its number or an attribute, not by a child; write [1] or [@%s='%s']", "工单中的元素按序号或属性选取，不能按子元素；请写 [1] 或 [@%s='%s']", steps[i].where, steps[i].is)
	}
	if err != nil {
		c.p.At(at.At, badPath, at.V, inWords(err))
		return nil
	}
	if place != nil && c.follow(at, steps, place) == nil {
		return nil
	}
	return steps
}

// parse takes a path apart. Names of JSON are those that [fromJSONText] gives them.
func (c *reading) parse(path string) ([]step, error) {
	steps, err := parsePath(path)
	if c.json {
		for i := range steps {
			steps[i].local = jsonName(steps[i].local)
		}
	}
	return steps, err
}

// follow holds a path against the contract. What is missing is named at its own column.
func (c *reading) follow(at lang.Value[string], steps []step, from *shape.Node) *shape.Node {
	names := make([]string, len(steps))
	for i, s := range steps {
		if names[i] = s.local; !s.anySpace {
			names[i] = "{" + s.space + "}" + names[i]
		}
		if s.attribute {
			names[i] = "@" + names[i]
		}
	}
	found, err := from.Find(names)
	var lost *shape.PathError
	if errors.As(err, &lost) {
		parent := from
		if lost.Step > 0 {
			parent, _ = from.Find(names[:lost.Step])
		}
		name := names[lost.Step]
		offset := 0
		if i := strings.LastIndex(at.V, name); i > 0 {
			offset = len([]rune(at.V[:i]))
		}
		p := c.p.At(at.At.Within(at.V, offset, len([]rune(name))), astray, parent.Name.Local, name).Expected(lost.Names...).Near(name, lost.Names)
		switch inside, below := strings.CutPrefix(at.V, c.each+"/"); {
		case c.each != "" && below:
			p.Hint(insideEach, c.each, inside)
		case c.each != "" && c.body != nil && lost.Step == 0 && strings.HasPrefix(at.V, c.body.Name.Local+"/"):
			p.Hint(outsideEach, c.each)
		case len(steps) == 1 && slices.Contains(c.around.Types, at.V):
			p.Hint(constantHint, at.V)
		}
		return nil
	}
	// Items of an array stand under whatever name their stack gives them.
	for i, at := 0, from; i < len(steps) && at != nil; i++ {
		if at.Array != nil && !steps[i].attribute {
			steps[i].local, steps[i].anySpace = "*", true
		}
		at, _ = at.Find(names[i : i+1])
	}
	return found
}

// lay puts a path into the tree and gives its end.
func (c *reading) lay(steps []step) *node {
	at := c.in.top
	for _, s := range steps {
		i := slices.IndexFunc(at.kids, func(k *node) bool { return k.step == s })
		if i < 0 {
			k := &node{step: s, slot: -1, id: c.in.nodes, seen: -1}
			c.in.nodes++
			if s.nth > 0 {
				k.seen = c.in.counters
				c.in.counters++
				at.counters = append(at.counters, k.seen)
			}
			i, at.kids = len(at.kids), append(at.kids, k)
		}
		at = at.kids[i]
	}
	return at
}

// slot gives the place of the text at a path; -1 when the path is wrong.
func (c *reading) slot(at lang.Value[string], place *shape.Node) int {
	steps := c.steps(at, place)
	if steps == nil {
		return -1
	}
	return c.slotAt(steps)
}

// slotAt lays a path and gives the place of the text at its end.
func (c *reading) slotAt(steps []step) int {
	last := steps[len(steps)-1]
	if last.attribute {
		n := c.lay(steps[:len(steps)-1])
		for _, a := range n.attrs {
			if a.step == last && a.slot >= 0 {
				return a.slot
			}
		}
		n.attrs = append(n.attrs, attrNode{step: last, slot: c.in.slots})
	} else {
		n := c.lay(steps)
		if n.slot >= 0 {
			return n.slot
		}
		n.slot = c.in.slots
	}
	c.in.slots++
	return c.in.slots - 1
}

// field compiles one line of an order.
func (c *reading) field(e *lang.Entry[Input], place *shape.Node) {
	o := &e.V
	if o.At.IsZero() {
		return // it could not be read, which was said
	}
	t, ok := targetFor(c.in.Does, e.Key)
	if !ok {
		names := fieldsFor(c.in.Does)
		nearField(c.p.At(e.At, noTarget, e.Key).Expected(names...), e.Key, names)
		return
	}
	c.in.fields = append(c.in.fields, c.input(t, o, place))
}

// input compiles where a field comes from, or one of the alternatives.
func (c *reading) input(t target, o *Input, place *shape.Node) *input {
	f := &input{target: t, Input: o, zone: c.around.Zone, none: c.file.None, prefix: []byte(o.StripPrefix), suffix: []byte(o.StripSuffix)}
	f.plain = t.text != nil && t.kind != dayKind
	f.plainTidy = o.Strip == "" && o.StripPrefix == "" && o.StripSuffix == "" && o.Case == "" && o.Split == "" && o.Pad == nil
	given := 0
	for _, is := range []bool{o.From.V != "", len(o.Parts) > 0, o.Value != nil, o.North.V != "" && o.East.V != "", o.Expr.V != "", len(o.Either) > 0, o.Each.V != ""} {
		if is {
			given++
		}
	}
	point := t.kind == pointKind && len(o.Either) == 0
	if given != 1 || (o.North.V != "") != (o.East.V != "") || point != (o.North.V != "") || (t.kind == listKind) != (o.Each.V != "") || t.kind == listKind && o.When.V != "" {
		c.p.At(o.At, oneInput)
		return f
	}
	f.when = c.formula(o.When, lang.BoolResult, place)
	if len(o.Either) > 0 {
		for i := range o.Either {
			if o.Either[i].V.At.IsZero() {
				continue
			}
			one := c.input(t, &o.Either[i].V, place)
			f.either = append(f.either, one)
			if one.when != nil {
				f.slots, f.paths = append(f.slots, one.when.slots...), append(f.paths, one.when.paths...)
			}
			f.slots, f.paths = append(f.slots, one.slots...), append(f.paths, one.paths...)
		}
		return f
	}
	for _, path := range slices.Concat([]lang.Value[string]{o.From, o.North, o.East}, o.Parts) {
		if path.V != "" {
			f.slots, f.paths = append(f.slots, c.slot(path, place)), append(f.paths, path.V)
		}
	}
	if f.expr = c.formula(o.Expr, lang.TextResult, place); f.expr != nil {
		f.slots, f.paths = f.expr.slots, f.expr.paths
	}
	if o.None != nil {
		f.none = o.None
	}
	if o.Nth > 0 && o.Split == "" {
		c.p.At(o.At, noSplit)
	}
	c.conversion(f)
	if t.kind == listKind {
		c.group(f, place)
		return f
	}
	c.codes(f)
	c.table(f)
	if t.kind == pointKind {
		c.point(f)
	}
	return f
}

func (c *reading) conversion(f *input) {
	can := conversions(f.kind)
	if f.as = f.As.V; f.as == "" {
		f.as = can[0]
	}
	if !slices.Contains(can, f.as) {
		c.p.At(f.As.At, badAs, f.as, f.name).Expected(can...)
	}
	if f.Layout.V != "" {
		for _, text := range strings.Split(f.Layout.V, "|") {
			l, err := newLayout(strings.TrimSpace(text))
			if err != nil {
				c.p.At(f.Layout.At, badLayout, text, inWords(err))
			}
			f.layouts = append(f.layouts, l)
		}
	}
	if f.Input.Zone.V != "" {
		f.zone = zoneNamed(f.Input.Zone, c.p)
	}
}

// codes checks the words of ours that a line may lead to: those of its map, its default
// and its constant.
func (c *reading) codes(f *input) {
	switch f.name {
	case "type":
		f.house = c.around.Types
	case "follow_up.satisfaction":
		f.house = core.Satisfactions()
	case "urgency":
		for _, u := range core.Urgencies() {
			f.house = append(f.house, string(u))
		}
	}
	house := f.house
	if house == nil { // these may be kept as they come, but what is written here is one of ours
		house = c.around.Vocabulary.Codes(kindOfCode(f.name))
	}
	known := func(code string, at lang.Pos) {
		if house != nil && !slices.Contains(house, code) {
			c.p.At(at, badCode, code, f.name).Expected(house...).Near(code, house)
		}
	}
	if len(f.Map) > 0 {
		f.codes = make(map[string]string, len(f.Map))
		for _, e := range f.Map {
			f.codes[e.Key] = e.V
			known(e.V, e.At)
		}
	} else if f.Unmapped.V != "" && f.Unmapped.V != "refuse" && f.Table.V == "" {
		c.p.At(f.Unmapped.At, noMap)
	}
	if f.Unmapped.V == "default" && f.Default == nil {
		c.p.At(f.Unmapped.At, needsDefault)
	}
	for _, constant := range []*string{f.Default, f.Value} {
		if constant == nil || f.kind == pointKind {
			continue
		}
		known(*constant, f.Input.At)
		if err := new(walk).set(f, *constant); err != nil {
			c.p.At(f.Input.At, badFallback, *constant, lang.Text{En: err.Message, Zh: err.MessageZH})
		}
	}
}

func (c *reading) point(f *input) {
	if f.Default != nil {
		c.p.At(f.Input.At, oneInput)
	}
	f.reference = c.around.reference(f.System, f.Input.At, c.p)
}
