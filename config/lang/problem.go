package lang

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// mostProblems is how many mistakes are kept; a file with more is of another kind altogether.
const mostProblems = 200

// Problems collects mistakes, of one file or of many. The zero value is ready for use. As an error it shows them all, in
// the order of files, lines and columns.
type Problems struct {
	list      []*Problem
	more      int
	elsewhere []string            // pairs of folders: where files were read, and as what people know it
	cells     map[string][]string // of spreadsheets
}

// Elsewhere makes mistakes in files below one folder show as if they lay below another: the
// one that people know, when a copy was read.
func (p *Problems) Elsewhere(read, known string) { p.elsewhere = append(p.elsewhere, read, known) }

// Cells makes mistakes in a text that was made of a spreadsheet show at its cells: file is what the text was decoded as, cells
// are those of its lines, the first line's first, each like "C7".
func (p *Problems) Cells(file string, cells []string) {
	if p.cells == nil {
		p.cells = map[string][]string{}
	}
	p.cells[file] = cells
}

// Problem is one mistake.
type Problem struct {
	at       Pos
	message  Message
	args     []any
	expected []string
	hint     Text
	hintArgs []any
}

// At adds a mistake at a place. The returned Problem takes what else there is to say.
func (p *Problems) At(at Pos, m Message, args ...any) *Problem {
	one := &Problem{at: at, message: m, args: args}
	if len(p.list) >= mostProblems {
		p.more++
	} else {
		p.list = append(p.list, one)
	}
	return one
}

// Add takes over the mistakes of another collection.
func (p *Problems) Add(other *Problems) {
	for _, one := range other.list {
		*p.At(one.at, one.message) = *one
	}
	p.more += other.more
}

// Expected says what would have been right. Many choices are shortened when they are shown.
func (p *Problem) Expected(choices ...string) *Problem {
	p.expected = choices
	return p
}

// Near adds the hint that the nearest of the choices was meant, if one is near.
func (p *Problem) Near(got string, choices []string) *Problem {
	if name := Nearest(got, choices); name != "" {
		p.Hint(hintNearest, name)
	}
	return p
}

// Hint says what to do about it. A later hint replaces an earlier one.
func (p *Problem) Hint(text Text, args ...any) *Problem {
	p.hint, p.hintArgs = text, args
	return p
}

// Err is the collection as an error, or nil when there are no mistakes.
func (p *Problems) Err() error {
	if p.Len() == 0 {
		return nil
	}
	return p
}

// Len counts the mistakes.
func (p *Problems) Len() int { return len(p.list) + p.more }

// Error shows all mistakes in English.
func (p *Problems) Error() string { return strings.TrimSuffix(p.In(English), "\n") }

// In shows all mistakes in a language.
func (p *Problems) In(l Lang) string {
	var b strings.Builder
	for i, f := range p.Findings(l) {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(f.String())
	}
	if p.more > 0 {
		b.WriteString("\n" + andMore.format(l, []any{p.more}) + "\n")
	}
	return b.String()
}

// Finding is a mistake in words, for screens and scripts.
type Finding struct {
	File     string   `json:"file,omitempty"`
	Line     int      `json:"line,omitempty"`   // from 1
	Column   int      `json:"column,omitempty"` // from 1, in characters
	Cell     string   `json:"cell,omitempty"`   // of a spreadsheet, which has no lines
	Path     string   `json:"path,omitempty"`
	Code     string   `json:"code"`
	Message  string   `json:"message"`
	Expected []string `json:"expected,omitempty"`
	Hint     string   `json:"hint,omitempty"`
	Snippet  string   `json:"snippet,omitempty"` // the line, possibly cut
	Caret    string   `json:"caret,omitempty"`   // blanks and carets for the line below it

	lang Lang
}

// Findings gives the mistakes in the order of files, lines and columns; at the same place, as they were found.
func (p *Problems) Findings(l Lang) []Finding {
	sorted := slices.Clone(p.list)
	slices.SortStableFunc(sorted, func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(a.at.File(), b.at.File()), cmp.Compare(a.at.line, b.at.line), cmp.Compare(a.at.column, b.at.column))
	})
	list := make([]Finding, len(sorted))
	for i, one := range sorted {
		list[i] = p.inCells(one).finding(l)
	}
	for i := range list {
		if cells := p.cells[list[i].File]; list[i].Line > 0 && list[i].Line <= len(cells) {
			f := &list[i]
			f.Cell, f.Line, f.Column, f.Snippet, f.Caret = cells[f.Line-1], 0, 0, "", ""
		}
	}
	if len(p.elsewhere) > 0 {
		known := strings.NewReplacer(p.elsewhere...)
		for i := range list {
			list[i].File, list[i].Message = known.Replace(list[i].File), known.Replace(list[i].Message)
		}
	}
	return list
}

// inCells names cells where a mistake speaks of places in a spreadsheet.
func (p *Problems) inCells(one *Problem) *Problem {
	same := *one
	same.args = slices.Clone(one.args)
	for i, arg := range same.args {
		if at, ok := arg.(Pos); ok {
			if cells := p.cells[at.File()]; at.line > 0 && at.line <= len(cells) {
				same.args[i] = cells[at.line-1]
			}
		}
	}
	return &same
}

func (p *Problem) finding(l Lang) Finding {
	f := Finding{
		File: p.at.File(), Line: p.at.line, Column: p.at.column, Path: p.at.Path(),
		Code: p.message.code, Message: p.message.text.format(l, p.args), Expected: p.expected, lang: l,
	}
	if p.hint != (Text{}) {
		f.Hint = p.hint.format(l, p.hintArgs)
	}
	f.Snippet, f.Caret = p.at.snippet()
	return f
}

// String shows the mistake whole, over several lines.
func (f Finding) String() string {
	var b strings.Builder
	if f.File != "" {
		b.WriteString(f.File)
		switch {
		case f.Cell != "":
			b.WriteString(" " + f.Cell)
		case f.Line > 0:
			fmt.Fprintf(&b, ":%d:%d", f.Line, f.Column)
		}
		b.WriteString(": ")
	}
	if f.Path != "" {
		b.WriteString(f.Path + ": ")
	}
	b.WriteString(f.Message)
	if len(f.Expected) > 0 {
		b.WriteString(expectedOne.format(f.lang, []any{choices(f.Expected)}))
	}
	head := wrap(b.String()+"  ["+f.Code+"]") + "\n"
	if f.Line > 0 {
		head += gutter(f.Line, f.Snippet, f.Caret)
	}
	if f.Hint != "" {
		pad := "  "
		if f.Line > 0 {
			pad = strings.Repeat(" ", len(fmt.Sprint(f.Line))+1)
		}
		head += pad + hintPrefix.In(f.lang) + f.Hint + "\n"
	}
	return head
}

// choices quotes a list of names and shortens a long one.
func choices(list []string) Text {
	const most = 24
	var b strings.Builder
	for i, c := range list {
		if i == most {
			rest := len(list) - most
			return Text{fmt.Sprintf("%s and %d more", b.String(), rest), fmt.Sprintf("%s 等另外 %d 个", b.String(), rest)}
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", clip(c))
	}
	return Text{b.String(), b.String()}
}

// wrap breaks a message at spaces so that it fits a terminal.
func wrap(s string) string {
	const most = 110
	var b strings.Builder
	column := 0
	for i, word := range strings.Split(s, " ") {
		w := displayWidth(word)
		switch {
		case i == 0:
		case column+1+w > most && word != "":
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += w
	}
	lines := strings.Split(b.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}
