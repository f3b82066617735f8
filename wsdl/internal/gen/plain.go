package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"log"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strconv"
	"strings"

	"github.com/hooklift/gowsdl"
)

// plain is what gowsdl wrote for a contract, as far as the pass uses it.
type plain struct {
	structs map[string]*plainStruct
	others  map[string]bool // types that are no structs
	consts  map[string][]plainConst
	ports   map[string][]plainMethod // methods of the client interfaces, by port type
}

// plainStruct are the fields of a struct by the XML names in their tags.
type plainStruct struct {
	elements, attributes map[string]string
	inline               map[string]*plainStruct // anonymous structs, by element name
}

type plainConst struct{ name, value string }

type plainMethod struct{ name, request, response, action string }

// runGowsdl generates plain Go from a flat WSDL.
func runGowsdl(pkg string, wsdl []byte) (*plain, error) {
	dir, err := os.MkdirTemp("", "gen-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, pkg+".wsdl")
	if err := os.WriteFile(name, wsdl, 0o600); err != nil {
		return nil, err
	}
	// gowsdl logs each file that it reads, and logs rather than returns the
	// errors of its templates: those show as source that does not parse.
	log.SetOutput(io.Discard)
	defer log.SetOutput(os.Stderr)
	g, err := gowsdl.NewGoWSDL(name, pkg, false, true)
	if err != nil {
		return nil, err
	}
	// gowsdl v0.5.0 fills one map from two goroutines; one processor keeps them apart.
	procs := runtime.GOMAXPROCS(1)
	code, err := g.Start()
	runtime.GOMAXPROCS(procs)
	if err != nil {
		return nil, fmt.Errorf("gowsdl: %w", err)
	}
	var src []byte
	for _, part := range []string{"header", "types", "operations"} {
		src = append(src, code[part]...)
	}
	return parsePlain(src)
}

func parsePlain(src []byte) (*plain, error) {
	tree, err := parser.ParseFile(token.NewFileSet(), "gowsdl.go", src, parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("what gowsdl wrote is not Go: %w", err)
	}
	p := &plain{
		structs: map[string]*plainStruct{}, others: map[string]bool{},
		consts: map[string][]plainConst{}, ports: map[string][]plainMethod{},
	}
	actions := map[string]string{} // by receiver and method
	for _, decl := range tree.Decls {
		switch decl := decl.(type) {
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					p.typeSpec(spec)
				case *ast.ValueSpec:
					p.valueSpec(spec)
				}
			}
		case *ast.FuncDecl:
			if action, ok := actionOf(decl); ok {
				actions[receiver(decl)+"."+decl.Name.Name] = action
			}
		}
	}
	for port, methods := range p.ports {
		for i := range methods {
			methods[i].action = actions[strings.ToLower(port[:1])+port[1:]+"."+methods[i].name+"Context"]
		}
	}
	return p, nil
}

func (p *plain) typeSpec(spec *ast.TypeSpec) {
	switch t := spec.Type.(type) {
	case *ast.StructType:
		p.structs[spec.Name.Name] = fieldsOf(t)
	case *ast.InterfaceType:
		var methods []plainMethod
		for _, m := range t.Methods.List {
			f, ok := m.Type.(*ast.FuncType)
			if !ok || len(m.Names) != 1 || strings.HasSuffix(m.Names[0].Name, "Context") {
				continue // every operation is there twice, with a context and without
			}
			method := plainMethod{name: m.Names[0].Name}
			if f.Params.NumFields() == 1 {
				method.request = typeName(f.Params.List[0].Type)
			}
			if f.Results.NumFields() == 2 {
				method.response = typeName(f.Results.List[0].Type)
			}
			methods = append(methods, method)
		}
		p.ports[spec.Name.Name] = methods
	default:
		p.others[spec.Name.Name] = true
	}
}

func (p *plain) valueSpec(spec *ast.ValueSpec) {
	if len(spec.Names) != 1 || len(spec.Values) != 1 || spec.Type == nil {
		return
	}
	lit, ok := spec.Values[0].(*ast.BasicLit)
	if !ok {
		return
	}
	if value, err := strconv.Unquote(lit.Value); err == nil {
		t := typeName(spec.Type)
		p.consts[t] = append(p.consts[t], plainConst{name: spec.Names[0].Name, value: value})
	}
}

// fieldsOf maps the XML names in the tags of a struct to its fields.
func fieldsOf(t *ast.StructType) *plainStruct {
	s := &plainStruct{elements: map[string]string{}, attributes: map[string]string{}, inline: map[string]*plainStruct{}}
	for _, f := range t.Fields.List {
		if len(f.Names) != 1 || f.Tag == nil || f.Names[0].Name == "XMLName" {
			continue
		}
		tag, err := strconv.Unquote(f.Tag.Value)
		if err != nil {
			continue
		}
		name, options, _ := strings.Cut(reflect.StructTag(tag).Get("xml"), ",")
		switch {
		case name == "":
		case strings.Contains(","+options+",", ",attr,"):
			s.attributes[name] = f.Names[0].Name
		default:
			s.elements[name] = f.Names[0].Name
			inner := f.Type
			if list, ok := inner.(*ast.ArrayType); ok {
				inner = list.Elt
			}
			if anonymous, ok := inner.(*ast.StructType); ok {
				s.inline[name] = fieldsOf(anonymous)
			}
		}
	}
	return s
}

// actionOf finds the SOAPAction in a generated client method: the second
// argument of its CallContext.
func actionOf(f *ast.FuncDecl) (action string, found bool) {
	if f.Recv == nil || f.Body == nil {
		return "", false
	}
	ast.Inspect(f.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) < 2 {
			return true
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "CallContext" {
			if lit, ok := call.Args[1].(*ast.BasicLit); ok {
				action, _ = strconv.Unquote(lit.Value)
				found = true
			}
		}
		return true
	})
	if action == "''" { // how gowsdl writes an empty one
		action = ""
	}
	return action, found
}

func receiver(f *ast.FuncDecl) string { return typeName(f.Recv.List[0].Type) }

func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return typeName(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}
