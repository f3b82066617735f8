package scaffold

import (
	"cmp"
	"slices"
	"strings"

	"tundish/wsdl/shape"
)

// render writes the page: what they call on us, what we call, and at the end the
// operations that nothing was made of.
func render(s *shape.Service, opt Options, operations []*operation) *page {
	p := &page{owners: map[int]owner{}}
	var nobody owner
	from := "a WSDL"
	fromZH := " WSDL "
	if s.Port == "" {
		from, fromZH = "sample messages", "样例报文"
	} else if len(opt.Samples) > 0 {
		from, fromZH = "a WSDL and sample messages", " WSDL 与样例报文"
	}
	for _, l := range []string{
		"# yaml-language-server: $schema=" + cmp.Or(opt.Schema, "../../schema/json/mapping.json"),
		"# A first mapping, written from " + from + ". What is marked \"guess\" is guessed: check every such line.",
		"# What begins with # are fields and operations that nothing was guessed for: take the # away and write the field of ours for the ?.",
		"# 由" + fromZH + "生成的映射初稿。标有 guess 的行为推测，请逐行核对；以 # 开头的是未推测的字段与操作，去掉 # 并将 ? 换成本系统字段即可。",
	} {
		p.add(nobody, "%s", l)
	}
	p.add(nobody, "mapping: %s", opt.Name)
	if s.Name != "" {
		p.add(nobody, "title: {en: %s}", quoted(s.Name))
	}
	if opt.WSDL != "" {
		p.add(nobody, "wsdl: %s", quoted(opt.WSDL))
		p.add(nobody, "service: %s", quoted(s.Name))
		p.add(nobody, "port: %s", quoted(s.Port))
	}
	p.headers(s)
	section := func(title string, wanted func(*operation) bool, write func(*operation)) {
		first := true
		for _, o := range operations {
			if !wanted(o) {
				continue
			}
			if p.add(nobody, ""); first {
				p.add(nobody, "%s", title)
				first = false
			}
			write(o)
		}
	}
	in := func(r role) func(*operation) bool { return func(o *operation) bool { return !o.off && o.role == r } }
	section("serve: # what they call on us 对方调用", in(serve), func(o *operation) { p.served(o, "") })
	section("call: # what they are told 告知对方", in(call), func(o *operation) { p.called(o, "") })
	section("pull: # what is fetched from them 定时拉取", in(pull), func(o *operation) { p.pulled(o, "") })
	section("# Operations that nothing was made of 未映射的操作", func(o *operation) bool { return o.off }, p.unused)
	return p
}

// comment is what is known about a field.
func (f *field) comment() string {
	about := f.about + f.codes()
	if f.docs == "" {
		return oneLine(about)
	}
	return oneLine(about + "; " + f.docs)
}

func (p *page) heading(o *operation, mark string) {
	if docs := line(o.Docs); docs != "" {
		p.add(owner{operation: o}, "%s  # %s", mark, docs)
	}
}

// served writes an operation that they call on us. Like all blocks it is written with a mark
// before each line: none, or # for one that stands there commented out.
func (p *page) served(o *operation, mark string) {
	of := owner{operation: o}
	p.heading(o, mark)
	p.add(of, "%s  %s:", mark, quoted(o.key))
	p.add(of, "%s    does: %s # guess", mark, o.does)
	if o.in.document() != nil {
		p.add(of, "%s    document: %s # as samples show it", mark, o.in.way())
	} else if text := o.document(); text != "" && !o.has("ref") {
		p.add(of, "%s    document: {at: %s, root: ?} # perhaps the string holds a document: the paths of an order are then inside it", mark, quoted(text))
	}
	if o.each != "" {
		p.add(of, "%s    each: %s # guess", mark, quoted(o.each))
	}
	p.order(o, mark)
	p.around(o, o.in, o.in.node(o.Request), mark)
	p.replies(o, mark)
}

// order writes the fields of an order.
func (p *page) order(o *operation, mark string) {
	of := owner{operation: o}
	p.add(of, "%s    order:", mark)
	if !o.has("ref") {
		p.add(of, "%s      ref: ?", mark)
	}
	if !o.has("type") && !o.wish() {
		p.add(of, "%s      type: {value: maintenance} # guess: nothing of theirs was found to tell it", mark)
	}
	p.fields(o, o.fields, mark, func(f *field) (string, string) { return f.ours, f.value }, func(f *field) (string, string) { return "?", quoted(f.path) })
}

// fields writes a line for each field: filled in, or commented out.
func (p *page) fields(o *operation, all []field, mark string, filled, open func(*field) (string, string)) {
	p.indented(o, all, mark, "      ", filled, open)
}

func (p *page) indented(o *operation, all []field, mark, indent string, filled, open func(*field) (string, string)) {
	for i := range all {
		f := &all[i]
		of := owner{operation: o, field: f}
		switch {
		case f.enough:
			p.add(of, "%s%s# … and more; see tundish system contract --operation", mark, indent)
		case f.ours != "" && !f.off:
			key, value := filled(f)
			p.add(of, "%s%s%s: %s # guess; %s", mark, indent, key, value, f.comment())
		default:
			key, value := open(f)
			p.add(of, "%s%s# %s: %s # %s", mark, indent, key, value, f.comment())
		}
	}
}

// request writes what an operation of theirs is called with.
func (p *page) request(o *operation, all []field, mark string) {
	of := owner{operation: o}
	p.add(of, "%s    operation: %s", mark, quoted(o.key))
	if o.in != nil && o.in.bare {
		p.add(of, "%s    # soap_action: ? # where they look at it", mark)
	}
	if doc := o.in.document(); doc != nil {
		p.document(o, doc, all, mark)
		return
	}
	if len(all) == 0 {
		if o.Request != nil { // an element without anything in it
			p.add(of, "%s    request: {%s: {value: \"\"}}", mark, quoted(o.Request.Name.Local))
		}
		return
	}
	p.add(of, "%s    request:", mark)
	if o.Request != nil && !slices.ContainsFunc(all, func(f field) bool { return f.ours != "" && !f.off }) {
		p.add(of, "%s      %s: {value: \"\"} # empty as long as no field below is filled in", mark, quoted(o.Request.Name.Local))
	}
	theirs := func(f *field) (string, string) { return quoted(f.path), f.value }
	p.fields(o, all, mark, theirs, func(f *field) (string, string) {
		if f.mayHoldDocument() {
			return quoted(f.path), "{document: {root: ?, fields: {?: ?}}}"
		}
		return quoted(f.path), "?"
	})
}

// called writes an operation of theirs that we tell them with.
func (p *page) called(o *operation, mark string) {
	p.heading(o, mark)
	p.add(owner{operation: o}, "%s  %s: # guess", mark, o.does)
	p.request(o, o.fields, mark)
	p.verdict(o, mark)
}

// pulled writes an operation of theirs that orders are fetched with.
func (p *page) pulled(o *operation, mark string) {
	p.heading(o, mark)
	p.add(owner{operation: o}, "%s  %s: # guess", mark, NameOf(o.key))
	p.request(o, o.asked, mark)
	p.verdict(o, mark)
	p.add(owner{operation: o}, "%s    each: %s # guess", mark, quoted(o.each))
	p.order(o, mark)
	p.around(o, o.out, o.out.node(o.Response), mark)
}

// around is beside for a message that may hold the orders in a document.
func (p *page) around(o *operation, seen *seen, root *shape.Node, mark string) {
	if seen.document() == nil || o.each != "" {
		p.beside(o, root, mark)
	}
}

// beside lists the places of a message that are in none of its orders.
func (p *page) beside(o *operation, root *shape.Node, mark string) {
	if o.each == "" || root == nil {
		return
	}
	for _, l := range leaves(root) {
		at := root.Name.Local + "/" + strings.ReplaceAll(l.path, "[1]", "")
		if at == o.each || strings.HasPrefix(at, o.each+"/") || strings.HasPrefix(at, o.each+"@") {
			continue
		}
		f := field{leaf: l}
		if f.enough {
			continue
		}
		p.add(owner{operation: o}, "%s    # beside the orders: %s # %s", mark, quoted(at), f.comment())
	}
}

// answer lists the places of the answer.
func (p *page) answer(o *operation, mark, what string) {
	if o.Response == nil {
		return
	}
	all := leaves(o.Response)
	if len(all) == 0 {
		return
	}
	of := owner{operation: o}
	p.add(of, "%s    # %s", mark, what)
	for i := range all {
		f := field{leaf: all[i]}
		if f.enough {
			p.add(of, "%s    #   … and more; see tundish system contract --operation", mark)
			continue
		}
		p.add(of, "%s    #   %s # %s", mark, quoted(o.Response.Name.Local+"/"+strings.ReplaceAll(f.path, "[1]", "")), f.comment())
	}
}

// unused writes an operation in comments, as it would stand there.
func (p *page) unused(o *operation) {
	of := owner{operation: o}
	p.add(of, "# %s: %s", oneLine(o.Name), o.why)
	switch {
	case o.Err != nil || o.key == "":
	case o.role == call:
		p.called(o, "#")
	case o.role == pull && o.each != "":
		p.pulled(o, "#")
	default:
		again := *o
		if o.role != serve {
			again.role, again.does = serve, "?"
		}
		if again.fields == nil && o.Request != nil {
			again.fields = orderFields(leaves(o.Request))
		}
		p.served(&again, "#")
	}
}

// document is the path of a string of the request that may hold a document.
func (o *operation) document() string {
	if o.Request == nil {
		return ""
	}
	for i := range o.fields {
		if f := &o.fields[i]; f.mayHoldDocument() {
			return o.Request.Name.Local + "/" + f.path
		}
	}
	return ""
}

// mayHoldDocument tells that a field is a string that is called as those with documents inside are.
func (f *field) mayHoldDocument() bool {
	return f.simple != nil && f.simple.Builtin == "string" && len(f.simple.Enumeration) == 0 && f.ours == "" && !f.repeated &&
		means(f.name, "xml json data doc document content message msg param params input in0 arg0 arg request str body 报文 参数 数据")
}
