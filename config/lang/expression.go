package lang

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"unicode/utf8"

	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/optimizer"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
)

// Expr is an expression of a YAML file, checked and ready for use. It sees the values it is given
// and nothing else: no clock, no file, no network. It has no loops and no variables, so it ends after at most
// as many steps as it has words. It is safe for concurrent use.
type Expr struct {
	program *vm.Program
	names   []string
}

// Result is what an expression yields.
type Result int

// The results of expressions.
const (
	TextResult Result = iota // a text, or a number or a flag, which are written as text
	BoolResult               // a condition
)

// Bounds of expressions.
const (
	mostExpression = 2000     // characters
	mostNodes      = 200      // words, numbers and operators
	mostText       = 64 << 10 // bytes of a text that an expression looks at or makes
)

// Expression compiles an expression. lookUp tells for each name in it (a word, words with dots
// between, or the text of at("…")) a value of the name's type: "", 0, false or time.Time{}. It reports
// a name that does not exist itself, at its place, and answers false.
func Expression(p *Problems, text Value[string], want Result, lookUp func(name string, at Pos) (any, bool)) *Expr {
	return compile(p, text, want, functions, lookUp)
}

// Guard compiles a condition over an order. Beside the functions of every expression it may
// use number, hours and years.
func Guard(p *Problems, text Value[string], lookUp func(name string, at Pos) (any, bool)) *Expr {
	return compile(p, text, BoolResult, guardFunctions, lookUp)
}

func compile(p *Problems, text Value[string], want Result, functions map[string]builtin.Function, lookUp func(name string, at Pos) (any, bool)) *Expr {
	if n := utf8.RuneCountInString(text.V); n > mostExpression {
		p.At(text.At, longExpression, n, mostExpression)
		return nil
	}
	c := conf.CreateNew()
	c.MaxNodes = mostNodes
	for name := range c.Builtins {
		if _, ok := builtins[name]; !ok {
			delete(c.Builtins, name)
		}
	}
	for name, f := range functions {
		f.Name = name
		c.Functions[name] = &f
	}
	tree, err := parser.ParseWithConfig(text.V, c)
	if err != nil {
		report(p, text, err)
		return nil
	}
	names := reading{p: p, text: text, functions: functions, lookUp: lookUp, env: map[string]any{}}
	if names.node(&tree.Node); names.bad {
		return nil
	}
	c.WithEnv(names.env)
	if want == BoolResult {
		c.Expect, c.ExpectAny = reflect.Bool, false
	}
	if _, err := checker.Check(tree, c); err != nil {
		report(p, text, err)
		return nil
	}
	err = optimizer.Optimize(&tree.Node, c)
	if err != nil {
		report(p, text, err)
		return nil
	}
	program, err := compiler.Compile(tree, c)
	if err != nil {
		report(p, text, err)
		return nil
	}
	e := &Expr{program: program}
	for name := range names.env {
		e.names = append(e.names, name)
	}
	return e
}

// report says at its place what is wrong with an expression.
func report(p *Problems, text Value[string], err error) {
	var at *file.Error
	if !errors.As(err, &at) {
		p.At(text.At, badExpression, inOurWords(err.Error()))
		return
	}
	p.At(text.At.Within(text.V, at.From, at.To-at.From), badExpression, inOurWords(at.Message))
}

var (
	longExpression = NewMessage("expression", "the expression has %d characters; at most %d are read", "表达式有 %d 个字符，最多 %d 个")
	badExpression  = NewMessage("expression", "the expression cannot be used: %v", "表达式无效：%v")
	notInside      = NewMessage("expression", "%v has no place in an expression here", "此处的表达式不支持%v")
	noFunction     = NewMessage("expression", "there is no function %q", "没有函数 %q")
	fixedPattern   = NewMessage("expression", "the pattern behind matches must be a text, written out", "matches 之后须直接写出文本")
	badAt          = NewMessage("expression", `at takes one text, written out: at("a/b")`, `at 须带一个直接写出的文本：at("a/b")`)
)

// Names lists what the expression speaks of, in no order.
func (e *Expr) Names() []string { return e.names }

// Text evaluates the expression with a value for each of its names.
func (e *Expr) Text(env map[string]any) (string, error) {
	v, err := e.run(env)
	if err != nil {
		return "", err
	}
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case int:
		return strconv.Itoa(v), nil
	}
	return "", fmt.Errorf("it yields a %T, which is no text", v)
}

// Bool evaluates a condition.
func (e *Expr) Bool(env map[string]any) (bool, error) {
	v, err := e.run(env)
	is, ok := v.(bool)
	if err == nil && !ok {
		err = fmt.Errorf("it yields %v, which is neither true nor false", v)
	}
	return is, err
}

func (e *Expr) run(env map[string]any) (any, error) {
	for name, v := range env {
		if text, ok := v.(string); ok && len(text) > mostText {
			return nil, fmt.Errorf("%s has %d bytes; an expression looks at %d at most", name, len(text), mostText)
		}
	}
	v, err := vm.Run(e.program, env)
	var at *file.Error
	if errors.As(err, &at) {
		return nil, errors.New(at.Message)
	}
	return v, err
}
