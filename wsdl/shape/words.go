package shape

import (
	"errors"
	"fmt"
	"strings"

	"tundish/wsdl/contract"
	"tundish/wsdl/xsd"
)

// Error is what is wrong, in both languages. At is the declaration in the
// contract that it is about; At.File is "" when there is none.
type Error struct {
	At     contract.Pos
	EN, ZH string
}

func (e *Error) Error() string {
	if e.At.File == "" {
		return e.EN
	}
	return e.At.String() + ": " + e.EN
}

// Chinese is Error in Chinese.
func (e *Error) Chinese() string {
	if e.At.File == "" {
		return e.ZH
	}
	return e.At.String() + ": " + e.ZH
}

// say makes an Error from two formats and the same arguments.
func say(en, zh string, args ...any) *Error {
	own := make([]any, len(args))
	for i, a := range args {
		own[i] = a
		if err, ok := a.(error); ok {
			own[i] = Chinese(err)
		}
	}
	return &Error{EN: fmt.Sprintf(en, args...), ZH: fmt.Sprintf(zh, own...)}
}

func (e *Error) at(p contract.Pos) *Error { e.At = p; return e }

// Chinese is what an error of this package, of wsdl/contract or wsdl/xsd says in
// Chinese, or else its own text.
func Chinese(err error) string {
	var bad *xsd.ParseError
	var theirs interface{ Chinese() string }
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var lines []string
		for _, one := range many.Unwrap() {
			lines = append(lines, Chinese(one))
		}
		return strings.Join(lines, "\n")
	}
	switch {
	case errors.As(err, &theirs):
		return theirs.Chinese()
	case errors.As(err, &bad):
		return fmt.Sprintf("%s 不是有效的 %s 值；允许：%s", bad.Value, bad.Type, bad.Allowed)
	}
	return err.Error()
}

// edits counts the insertions, deletions and replacements that make b out of a.
func edits(a, b string) int {
	x, y := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		before := row[0]
		row[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			before, row[j+1] = row[j+1], min(before+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(y)]
}

// nearest is the known name closest to a mistaken one, "" when none is close.
func nearest(name string, known []string) string {
	best, distance := "", len([]rune(name))/2+1
	for _, k := range known {
		if d := edits(name, k); d < distance {
			best, distance = k, d
		}
	}
	return best
}

// offer ends a message about an unknown name: the nearest one and what there
// is, cut when there is much.
func offer(name string, known []string) *Error {
	const most = 12
	if len(known) == 0 {
		return say("; there is nothing at this place", "；此处没有任何内容")
	}
	list := strings.Join(known, ", ")
	if len(known) > most {
		list = fmt.Sprintf("%s, … (%d)", strings.Join(known[:most], ", "), len(known))
	}
	if near := nearest(name, known); near != "" {
		return say("; did you mean %s? There are: %s", "；是否应为 %s？可用：%s", near, list)
	}
	return say("; there are: %s", "；可用：%s", list)
}
