package main

import (
	"fmt"
	"strings"

	"tundish/wsdl/contract"
)

// emitEncoding writes shapes, encoders and decoders.
func emitEncoding(p *pkg) string {
	var w strings.Builder
	for _, t := range p.types {
		if t.kind == structType {
			emitShape(&w, t)
			emitEncoder(&w, t)
			emitDecoder(&w, t)
		}
		if t.element != "" {
			emitMessage(&w, t)
		}
	}
	return w.String()
}

func shapeName(t *goType) string { return small(t.name) + "Shape" }

func emitShape(w *strings.Builder, t *goType) {
	fmt.Fprintf(w, "var %s = bind.Shape{\n", shapeName(t))
	section := func(title string, in where, line func(*field) string) {
		open := false
		for _, f := range t.fields {
			if f.where != in {
				continue
			}
			if !open {
				fmt.Fprintf(w, "\t%s{\n", title)
				open = true
			}
			w.WriteString("\t\t" + line(f) + ",\n")
		}
		if open {
			w.WriteString("\t},\n")
		}
	}
	section("Children: []bind.Child", child, func(f *field) string {
		most := fmt.Sprint(f.max)
		if f.max == contract.Unbounded {
			most = "bind.Unbounded"
		}
		return fmt.Sprintf("{Name: %q, Min: %d, Max: %s}", f.xml, f.min, most)
	})
	section("Attributes: []bind.Attribute", attribute, func(f *field) string {
		if f.min > 0 {
			return fmt.Sprintf("{Name: %q, Required: true}", f.xml)
		}
		return fmt.Sprintf("{Name: %q}", f.xml)
	})
	if len(t.rules) > 0 {
		fmt.Fprintf(w, "\tRules: []bind.Rule{\n\t\t%s,\n\t},\n", strings.Join(t.rules, ",\n\t\t"))
	}
	w.WriteString("}\n\n")
}

// present is the condition under which an optional field is written.
func (f *field) present() string {
	switch {
	case f.form == slice || f.form == pointers:
		return "len(v." + f.name + ") > 0"
	case f.min > 0 && !f.nillable:
		return "true"
	case f.form == value && f.simple != nil && f.simple.kind == textKind:
		return "v." + f.name + ` != ""`
	}
	return "v." + f.name + " != nil"
}

func emitEncoder(w *strings.Builder, t *goType) {
	fmt.Fprintf(w, "// EncodeXML writes attributes and content of an element that has been started.\n")
	fmt.Fprintf(w, "func (v *%s) EncodeXML(e *bind.Encoder) {\n", t.name)
	for _, f := range t.fields {
		if f.where == attribute {
			emitWrite(w, f, "Attr")
		}
	}
	if len(t.rules) > 0 {
		var present []string
		for _, f := range t.fields {
			if f.where == child {
				present = append(present, f.present())
			}
		}
		fmt.Fprintf(w, "\te.Obey(&%s, %s)\n", shapeName(t), strings.Join(present, ", "))
	}
	for _, f := range t.fields {
		switch f.where {
		case child:
			emitWrite(w, f, "Element")
		case content:
			fmt.Fprintf(w, "\te.Content().%s\n", f.simple.write("v."+f.name))
		}
	}
	w.WriteString("}\n\n")
}

// emitWrite writes the encoding of one field.
func emitWrite(w *strings.Builder, f *field, place string) {
	one := func(v string) string {
		if f.simple != nil {
			return fmt.Sprintf("e.%s(%q).%s\n", place, f.xml, f.simple.write(v))
		}
		return fmt.Sprintf("e.Start(%q)\n%s.EncodeXML(e)\ne.End()\n", f.xml, v)
	}
	star := "*"
	if f.simple == nil {
		star = ""
	}
	switch f.form {
	case value:
		switch {
		case f.nillable && f.min > 0: // only binary values are nillable and no pointers
			fmt.Fprintf(w, "if v.%s == nil {\ne.Nil(%q)\n} else {\n%s}\n", f.name, f.xml, one("v."+f.name))
		case f.optional():
			fmt.Fprintf(w, "if %s {\n%s}\n", f.present(), one("v."+f.name))
		default:
			w.WriteString(one("v." + f.name))
		}
	case pointer:
		if f.nillable && f.min > 0 {
			fmt.Fprintf(w, "if v.%s == nil {\ne.Nil(%q)\n} else {\n%s}\n", f.name, f.xml, one(star+"v."+f.name))
		} else {
			fmt.Fprintf(w, "if v.%s != nil {\n%s}\n", f.name, one(star+"v."+f.name))
		}
	default:
		if f.min > 0 || f.max != contract.Unbounded {
			most := fmt.Sprint(f.max)
			if f.max == contract.Unbounded {
				most = "bind.Unbounded"
			}
			fmt.Fprintf(w, "e.Count(%q, len(v.%s), %d, %s)\n", f.xml, f.name, f.min, most)
		}
		switch {
		case f.form == pointers:
			fmt.Fprintf(w, "for _, x := range v.%s {\nif x == nil {\ne.Nil(%q)\n} else {\n%s}\n}\n", f.name, f.xml, one(star+"x"))
		case f.simple == nil:
			fmt.Fprintf(w, "for i := range v.%s {\n%s}\n", f.name, one("v."+f.name+"[i]"))
		case f.nillable:
			fmt.Fprintf(w, "for _, x := range v.%s {\nif x == nil {\ne.Nil(%q)\n} else {\n%s}\n}\n", f.name, f.xml, one("x"))
		default:
			fmt.Fprintf(w, "for _, x := range v.%s {\n%s}\n", f.name, one("x"))
		}
	}
}

func emitDecoder(w *strings.Builder, t *goType) {
	fmt.Fprintf(w, "// DecodeXML reads an element of this type, whatever its name, from its Start through its End.\n")
	fmt.Fprintf(w, "func (v *%s) DecodeXML(r *xml.Reader) error {\n\t*v = %s{}\n\td := bind.Read(r, &%s)\n", t.name, t.name, shapeName(t))
	children := false
	text := false
	for _, f := range t.fields {
		switch f.where {
		case attribute:
			read := f.simple.read()
			if f.form == pointer {
				read = "new(" + read + ")"
			}
			fmt.Fprintf(w, "if d.Attr(%q) {\nv.%s = %s\n}\n", f.xml, f.name, read)
		case content:
			text = true
		case child:
			children = true
		}
	}
	for _, f := range t.fields {
		if f.where == content {
			fmt.Fprintf(w, "v.%s = %s\n", f.name, f.simple.read())
		}
	}
	switch {
	case children:
		w.WriteString("for d.Next() {\nswitch d.Name() {\n")
		for _, f := range t.fields {
			if f.where == child {
				fmt.Fprintf(w, "case %q:\n%s", f.xml, readChild(f))
			}
		}
		w.WriteString("}\n}\n")
	case !text:
		w.WriteString("d.Next() // nothing is allowed inside\n")
	}
	w.WriteString("return d.Close()\n}\n\n")
}

// readChild writes the decoding of the current child into its field.
func readChild(f *field) string {
	target := "v." + f.name
	if f.simple != nil {
		read := f.simple.read()
		switch f.form {
		case value:
			if f.nillable {
				return fmt.Sprintf("if !d.Nil() {\n%s = %s\n}\n", target, read)
			}
			return fmt.Sprintf("%s = %s\n", target, read)
		case pointer:
			if f.nillable {
				return fmt.Sprintf("if !d.Nil() {\n%s = new(%s)\n}\n", target, read)
			}
			return fmt.Sprintf("%s = new(%s)\n", target, read)
		case pointers:
			return fmt.Sprintf("if d.Nil() {\n%s = append(%s, nil)\n} else {\n%s = append(%s, new(%s))\n}\n", target, target, target, target, read)
		}
		if f.nillable {
			return fmt.Sprintf("if d.Nil() {\n%s = append(%s, nil)\n} else {\n%s = append(%s, %s)\n}\n", target, target, target, target, read)
		}
		return fmt.Sprintf("%s = append(%s, %s)\n", target, target, read)
	}
	switch f.form {
	case value:
		return fmt.Sprintf("d.Do(%s.DecodeXML(r))\n", target)
	case pointer:
		make := fmt.Sprintf("%s = new(%s)\nd.Do(%s.DecodeXML(r))\n", target, f.typ, target)
		if f.nillable {
			return "if !d.Nil() {\n" + make + "}\n"
		}
		return make
	case pointers:
		return fmt.Sprintf("if d.Nil() {\n%s = append(%s, nil)\n} else {\nx := new(%s)\nd.Do(x.DecodeXML(r))\n%s = append(%s, x)\n}\n", target, target, f.typ, target, target)
	}
	return fmt.Sprintf("%s = append(%s, %s{})\nd.Do(%s[len(%s)-1].DecodeXML(r))\n", target, target, f.typ, target, target)
}

// emitMessage writes the methods of a type that is an element of a message.
func emitMessage(w *strings.Builder, t *goType) {
	encode, decode := "v.EncodeXML(&e)", "v.DecodeXML(r)"
	if t.kind == definedType {
		encode = "(*" + t.target + ")(v).EncodeXML(&e)"
		decode = "(*" + t.target + ")(v).DecodeXML(r)"
	}
	fmt.Fprintf(w, `// MarshalXML writes the element <%[1]s>.
func (v *%[2]s) MarshalXML(w *xml.Writer) error {
	e := bind.Write(w)
	e.Root(Namespace, %[1]q)
	%[3]s
	e.End()
	return e.Close()
}

// UnmarshalXML reads the element <%[1]s>.
func (v *%[2]s) UnmarshalXML(r *xml.Reader) error {
	if err := bind.Expect(r, Namespace, %[1]q); err != nil {
		return err
	}
	return %[4]s
}

`, t.element, t.name, encode, decode)
}

// elementsOf lists the names of the elements in a group.
func elementsOf(g *contract.Group) []string {
	var names []string
	for _, p := range g.Parts {
		switch p := p.(type) {
		case *contract.Element:
			names = append(names, p.Name.Local)
		case *contract.Group:
			names = append(names, elementsOf(p)...)
		}
	}
	return names
}
