package main

import (
	"fmt"
	"strings"
)

// emitTypes writes the declarations of types, constants and facets.
func emitTypes(p *pkg) string {
	var w strings.Builder
	if p.namespace != "" {
		fmt.Fprintf(&w, "// Namespace is the target namespace of the contract.\nconst Namespace = %q\n\n", p.namespace)
	}
	var aliases []string
	for _, t := range p.types {
		if t.kind == aliasType {
			aliases = append(aliases, "\t"+t.name+" = "+t.target+"\n")
		}
	}
	if len(aliases) > 0 {
		fmt.Fprintf(&w, "// Types that this contract shares with others.\ntype (\n%s)\n\n", strings.Join(aliases, ""))
	}
	limits := map[string]limit{}
	for _, l := range p.limits {
		limits[l.name] = l
	}
	for _, t := range p.types {
		switch t.kind {
		case structType:
			emitStruct(&w, t)
		case simpleType:
			w.WriteString(about(t.name, t.doc))
			fmt.Fprintf(&w, "type %s = %s\n\n", t.name, t.target)
			if l, ok := limits[t.name+"Facets"]; ok {
				fmt.Fprintf(&w, "// %s\nvar %s = %s\n\n", l.doc, l.name, l.literal)
				delete(limits, l.name)
			}
			emitConsts(&w, t)
		case definedType:
			w.WriteString(about(t.name, t.doc))
			fmt.Fprintf(&w, "type %s %s\n\n", t.name, t.target)
		}
		if t.fault {
			emitFault(&w, t)
		}
	}
	for _, l := range p.limits {
		if _, open := limits[l.name]; open {
			fmt.Fprintf(&w, "var %s = %s\n\n", l.name, l.literal)
		}
	}
	return w.String()
}

func emitStruct(w *strings.Builder, t *goType) {
	w.WriteString(about(t.name, t.doc))
	fmt.Fprintf(w, "type %s struct {\n", t.name)
	for _, f := range t.fields {
		w.WriteString(comment(commentOn(f.doc, f), "\t"))
		fmt.Fprintf(w, "\t%s %s\n", f.name, f.goType())
	}
	w.WriteString("}\n\n")
}

// goType is the type of the field.
func (f *field) goType() string {
	return [...]string{value: "", pointer: "*", slice: "[]", pointers: "[]*"}[f.form] + f.typ
}

func emitConsts(w *strings.Builder, t *goType) {
	if len(t.consts) == 0 {
		return
	}
	fmt.Fprintf(w, "// The values of %s.\nconst (\n", t.name)
	for _, c := range t.consts {
		w.WriteString(comment(c.doc, "\t"))
		fmt.Fprintf(w, "\t%s %s = %q\n", c.name, t.name, c.value)
	}
	w.WriteString(")\n\n")
}

// emitFault makes a fault's detail an error that a service can return.
func emitFault(w *strings.Builder, t *goType) {
	text := fmt.Sprintf("%q", t.name)
	names := t.faultText()
	if len(names) > 0 {
		text = "v." + strings.Join(names, ` + ": " + v.`)
	}
	fmt.Fprintf(w, "// Error makes the detail an error that a method of a service can return.\nfunc (v *%s) Error() string { return %s }\n\n", t.name, text)
	fmt.Fprintf(w, "// FaultDetail tells the SOAP runtime to send v as the detail of a fault.\nfunc (v *%s) FaultDetail() xml.Marshaler { return v }\n\n", t.name)
}

// faultText lists the fields of a fault's detail that say what happened.
func (t *goType) faultText() []string {
	var names []string
	if t.model == nil || t.model.Content == nil {
		return nil
	}
	for _, want := range []string{"code", "message"} {
		for _, p := range elementsOf(t.model.Content) {
			if strings.EqualFold(p, want) {
				names = append(names, goName(p))
			}
		}
	}
	return names
}
