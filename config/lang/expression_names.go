package lang

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
)

// builtins are the functions of expr that take bounded time and memory and depend on nothing but
// their arguments.
var builtins = map[string]struct{}{
	"len": {}, "int": {}, "float": {}, "string": {}, "abs": {}, "round": {}, "floor": {}, "ceil": {}, "max": {}, "min": {},
	"trim": {}, "trimPrefix": {}, "trimSuffix": {}, "upper": {}, "lower": {}, "hasPrefix": {}, "hasSuffix": {},
}

// functions are our own: expr's cut texts between bytes, or can make endless ones.
var functions = map[string]builtin.Function{
	"left":    function(func(t string, n int) string { return cut(t, 0, n) }),
	"right":   function(func(t string, n int) string { return cut(t, utf8.RuneCountInString(t)-n, n) }),
	"mid":     function(func(t string, from, n int) string { return cut(t, from-1, n) }),
	"part":    function(part),
	"replace": function(replace),
	"given":   function(given),
}

// functionNames are all functions, for lists of choices.
func functionNames(functions map[string]builtin.Function) []string {
	return slices.Sorted(func(yield func(string) bool) {
		for name := range maps.Keys(builtins) {
			if !yield(name) {
				return
			}
		}
		for name := range maps.Keys(functions) {
			if !yield(name) {
				return
			}
		}
		yield("at")
	})
}

// cut gives up to n characters of a text, from the one at an index.
func cut(text string, from, n int) string {
	r := []rune(text)
	from = min(max(from, 0), len(r))
	return string(r[from : from+min(max(n, 0), len(r)-from)])
}

// part is the nth part, from 1, of a text with a separator between; "" where it has fewer.
func part(text, separator string, n int) string {
	parts := strings.Split(text, separator)
	if n < 1 || n > len(parts) {
		return ""
	}
	return parts[n-1]
}

func replace(text, old, with string) (string, error) {
	if n := len(text) + strings.Count(text, old)*max(0, len(with)-len(old)); n > mostText {
		return "", fmt.Errorf("replace would make a text of %d bytes; at most %d are made", n, mostText)
	}
	return strings.ReplaceAll(text, old, with), nil
}

// given tells whether there is a value.
func given(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case string:
		return v != ""
	case int:
		return v != 0
	case bool:
		return v
	case time.Time:
		return !v.IsZero()
	}
	return true
}

// function makes a Go function one of expressions, which checks its arguments by its type.
func function(f any) builtin.Function {
	call := func(args ...any) (any, error) {
		switch f := f.(type) {
		case func(string, int) string:
			return f(args[0].(string), args[1].(int)), nil
		case func(string, int, int) string:
			return f(args[0].(string), args[1].(int), args[2].(int)), nil
		case func(string, string, int) string:
			return f(args[0].(string), args[1].(string), args[2].(int)), nil
		case func(string, string, string) (string, error):
			return f(args[0].(string), args[1].(string), args[2].(string))
		case func(any) bool:
			return f(args[0]), nil
		case func(string) float64:
			return f(args[0].(string)), nil
		case func(any, any) (float64, error):
			return f(args[0], args[1])
		}
		panic(fmt.Sprintf("lang: no functions of type %T", f))
	}
	return builtin.Function{Func: call, Types: []reflect.Type{reflect.TypeOf(f)}}
}

// reading walks an expression once: it lets through what is bounded, and makes names of what
// stands for values.
type reading struct {
	p         *Problems
	text      Value[string]
	functions map[string]builtin.Function
	lookUp    func(string, Pos) (any, bool)
	env       map[string]any
	bad       bool
}

func (r *reading) place(n ast.Node) Pos {
	at := n.Location()
	return r.text.At.Within(r.text.V, at.From, at.To-at.From)
}

func (r *reading) refuse(n ast.Node, m Message, args ...any) *Problem {
	r.bad = true
	return r.p.At(r.place(n), m, args...)
}

func (r *reading) node(at *ast.Node) {
	switch n := (*at).(type) {
	case *ast.NilNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.StringNode:
	case *ast.IdentifierNode:
		r.name(at, n.Value, n.Location().From)
	case *ast.MemberNode:
		if name, first, ok := dotted(n); ok {
			r.name(at, name, first)
		} else {
			r.refuse(n, notInside, Text{"a part of a value", "取值的一部分"})
		}
	case *ast.UnaryNode:
		r.node(&n.Node)
	case *ast.BinaryNode:
		if n.Operator == ".." {
			r.refuse(n, notInside, Text{"a range", "区间"})
			return
		}
		if _, ok := n.Right.(*ast.StringNode); n.Operator == "matches" && !ok {
			r.refuse(n.Right, fixedPattern)
			return
		}
		r.node(&n.Left)
		r.node(&n.Right)
	case *ast.ConditionalNode:
		r.node(&n.Cond)
		r.node(&n.Exp1)
		r.node(&n.Exp2)
	case *ast.ArrayNode:
		r.all(n.Nodes)
	case *ast.BuiltinNode:
		if _, ok := builtins[n.Name]; !ok {
			r.unknown(n, n.Name)
			return
		}
		r.all(n.Arguments)
	case *ast.CallNode:
		r.call(at, n)
	case *ast.VariableDeclaratorNode, *ast.SequenceNode:
		r.refuse(n, notInside, Text{"a variable", "变量"})
	case *ast.SliceNode:
		r.refuse(n, notInside, Text{"a slice (use left, right or mid)", "切片（请用 left、right、mid）"})
	default:
		r.refuse(n, notInside, Text{"this", "此写法"})
	}
}

func (r *reading) all(nodes []ast.Node) {
	for i := range nodes {
		r.node(&nodes[i])
	}
}

func (r *reading) call(at *ast.Node, n *ast.CallNode) {
	name, _ := n.Callee.(*ast.IdentifierNode)
	if name == nil {
		r.refuse(n, notInside, Text{"a call of a value", "对值的调用"})
		return
	}
	if name.Value == "at" {
		if len(n.Arguments) == 1 {
			if path, ok := n.Arguments[0].(*ast.StringNode); ok {
				r.name(at, path.Value, path.Location().From+1) // behind the quote
				return
			}
		}
		r.refuse(n, badAt)
		return
	}
	if _, ok := r.functions[name.Value]; !ok {
		r.unknown(name, name.Value)
		return
	}
	r.all(n.Arguments)
}

func (r *reading) unknown(n ast.Node, function string) {
	names := functionNames(r.functions)
	r.refuse(n, noFunction, function).Expected(names...).Near(function, names)
}

// name makes a node the value of a name that stands at a character of the text.
func (r *reading) name(at *ast.Node, name string, first int) {
	sample, ok := r.lookUp(name, r.text.At.Within(r.text.V, first, utf8.RuneCountInString(name)))
	if !ok {
		r.bad = true
		return
	}
	r.env[name] = sample
	place := (*at).Location()
	*at = &ast.IdentifierNode{Value: name}
	(*at).SetLocation(place)
}

// dotted is a name with dots between its words, and where it begins.
func dotted(n ast.Node) (name string, first int, ok bool) {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return n.Value, n.Location().From, true
	case *ast.MemberNode:
		word, ok := n.Property.(*ast.StringNode)
		if !ok || n.Optional || n.Method {
			return "", 0, false
		}
		before, first, ok := dotted(n.Node)
		return before + "." + word.Value, first, ok
	}
	return "", 0, false
}
