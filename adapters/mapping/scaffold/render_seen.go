package scaffold

import (
	"slices"
	"strings"

	"tundish/wsdl/shape"
)

// way is where the documents of a message stand, as the mapping writes it.
func (s *seen) way() string {
	text, end := "", ""
	for i, d := range s.docs {
		if i > 0 {
			text += ", document: "
		}
		text += "{at: " + quoted(d.path)
		if d.json {
			text += ", json: true"
		} else {
			text += ", root: " + quoted(d.root.name.Local)
		}
		end += "}"
	}
	return text + end
}

// document writes a request whose fields, all, are in a document in a string.
func (p *page) document(o *operation, doc *staged, all []field, mark string) {
	of := owner{operation: o}
	theirs := func(f *field) (string, string) { return quoted(f.path), f.value }
	open := func(f *field) (string, string) { return quoted(f.path), "?" }
	_, inside, _ := strings.Cut(doc.path, "/")
	p.add(of, "%s    request:", mark)
	p.fields(o, o.beside, mark, theirs, open)
	path := quoted(o.in.root(o.Request) + inside)
	if !slices.ContainsFunc(all, func(f field) bool { return f.ours != "" && !f.off }) {
		p.add(of, "%s      %s: {value: \"\"} # empty as long as no field below is filled in", mark, quoted(strings.TrimRight(o.in.root(o.Request), "/{}")))
		mark += "#"
	}
	p.add(of, "%s      %s: # as samples show it", mark, path)
	p.add(of, "%s        document:", mark)
	if doc.json {
		p.add(of, "%s          json: true", mark)
	} else {
		p.add(of, "%s          root: %s", mark, quoted(doc.root.name.Local))
		if doc.declare != "" {
			p.add(of, "%s          declare: %s", mark, quoted(doc.declare))
		}
	}
	p.add(of, "%s          fields:", mark)
	p.indented(o, all, mark, "            ", theirs, open)
}

// replies writes what is answered to them.
func (p *page) replies(o *operation, mark string) {
	if !slices.ContainsFunc(o.answer, func(f field) bool { return f.ours != "" && !f.off }) {
		p.answer(o, mark, "answer: {ok: {?: ?}} # their places:")
		return
	}
	of := owner{operation: o}
	theirs := func(f *field) (string, string) { return quoted(f.path), f.value }
	open := func(f *field) (string, string) { return quoted(f.path), "?" }
	p.add(of, "%s    answer: # as a sample shows it; known and refused are written in the same way", mark)
	p.add(of, "%s      ok:", mark)
	doc := o.out.document()
	if doc == nil {
		p.indented(o, o.answer, mark, "        ", theirs, open)
		return
	}
	_, inside, nested := strings.Cut(doc.path, "/")
	path := o.out.root(o.Response) + inside
	if !nested { // the element in the Body itself is the string
		path = strings.TrimRight(path, "/{}")
	}
	p.add(of, "%s        %s:", mark, quoted(path))
	p.add(of, "%s          document:", mark)
	if doc.json {
		p.add(of, "%s            json: true", mark)
	} else {
		p.add(of, "%s            root: %s", mark, quoted(doc.root.name.Local))
		if doc.declare != "" {
			p.add(of, "%s            declare: %s", mark, quoted(doc.declare))
		}
	}
	p.add(of, "%s            fields:", mark)
	p.indented(o, o.answer, mark, "              ", theirs, open)
}

// verdict writes how their answers are judged.
func (p *page) verdict(o *operation, mark string) {
	doc := o.out.document()
	if len(o.answer) == 0 && (doc == nil || o.role != pull) {
		if o.role == call {
			p.answer(o, mark, "answer: {done: [{path: ?, in: [?]}]} # their places:")
		}
		return
	}
	of := owner{operation: o}
	p.add(of, "%s    answer:", mark)
	if doc != nil {
		if doc.json {
			p.add(of, "%s      document: {at: %s, json: true} # as samples show it", mark, quoted(doc.path))
		} else {
			p.add(of, "%s      document: %s # as samples show it", mark, quoted(doc.path))
		}
	}
	if len(o.answer) == 0 {
		p.add(of, "%s      otherwise: done", mark)
	}
	for i := range o.answer {
		f := &o.answer[i]
		p.add(owner{operation: o}, "%s      %s: %s # guess; %s", mark, f.ours, f.value, f.comment())
	}
}

// headers names the blocks that the contract wants in the SOAP header of calls, and the key
// that fills them.
func (p *page) headers(s *shape.Service) {
	var nobody owner
	seen := map[string]bool{}
	first := true
	for _, op := range s.Operations {
		for _, h := range op.Headers {
			if seen[h.Name.Local] {
				continue
			}
			seen[h.Name.Local] = true
			if first {
				p.add(nobody, "# header: # the contract wants a SOAP header. Take the # away for what we call; {secret: NAME} is one of secrets in the system's file.")
				p.add(nobody, "#         # Of the header of what they call only WS-Security is read: credentials.in.accept in the system's file.")
				p.add(nobody, "#         # 接口要求 SOAP 头。调用对方时去掉 #，{secret: 名称} 取自系统文件的 secrets；对方调用时只读取 WS-Security（系统文件 credentials.in.accept）。")
				first = false
			}
			if h.Name.Local == "Security" {
				p.add(nobody, "#   # Security: credentials.out.send in the system's file writes it")
				continue
			}
			all := leaves(h)
			if len(all) == 0 {
				p.add(nobody, "#   %s: ?", quoted(h.Name.Local))
			}
			for i := range all {
				f := field{leaf: all[i]}
				if f.enough {
					continue
				}
				value := "?"
				if f.is(secrets) || f.is(logins) {
					value = "{secret: ?}"
				}
				p.add(nobody, "#   %s: %s # %s", quoted(h.Name.Local+"/"+strings.ReplaceAll(f.path, "[1]", "")), value, f.comment())
			}
		}
	}
}
