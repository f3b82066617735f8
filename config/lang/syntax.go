package lang

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// MaxBytes is how large a file may be.
const MaxBytes = 16 << 20

// parse reads bytes as one YAML document and reports what keeps it from being one. The node is nil when the file is empty
// or unreadable; only the second adds problems.
func parse(p *Problems, src *Source, data []byte) *yaml.Node {
	if len(data) > MaxBytes {
		p.At(Pos{src: src}, tooLarge, len(data), MaxBytes)
		return nil
	}
	if !checkText(p, src, data) {
		return nil
	}
	// The source's lines are what the parser gets, so both count alike.
	text := []byte(strings.Join(src.lines, "\n"))
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	root, err := next(decoder)
	if err == nil {
		var second *yaml.Node
		if second, err = next(decoder); err == nil {
			p.At(src.At(documentLine(src, second), 1, 3), manyDocuments).Hint(hintOneFile)
			return root
		}
	}
	if !errors.Is(err, io.EOF) {
		reportSyntax(p, src, text, err)
		return nil
	}
	return root
}

// next reads a document. A panic of the parser, whose history knows some, is an error like any other.
func next(d *yaml.Decoder) (n *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("yaml: %v", r)
		}
	}()
	n = new(yaml.Node)
	if err := d.Decode(n); err != nil {
		return nil, err
	}
	return n.Content[0], nil
}

// documentLine finds the --- above a document.
func documentLine(src *Source, n *yaml.Node) int {
	for line := n.Line; line > 1; line-- {
		if strings.HasPrefix(src.line(line), "---") {
			return line
		}
	}
	return n.Line
}

// checkText refuses what is not plain UTF-8 text, at the first place where it is not.
func checkText(p *Problems, src *Source, data []byte) bool {
	if bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
		p.At(Pos{src: src}, notUTF8).Hint(hintUTF16)
		return false
	}
	for number, line := range src.lines {
		column := 0
		for i, r := range line {
			column++
			if r == utf8.RuneError {
				if _, size := utf8.DecodeRuneInString(line[i:]); size == 1 {
					p.At(src.At(number+1, column, 1), notUTF8).Hint(hintUTF8)
					return false
				}
			}
			// Line ends that editors do not count, and what YAML calls unprintable.
			if unicode.Is(unicode.Cc, r) && r != '\t' || r == '\u2028' || r == '\u2029' || r == '\ufeff' || r == '\ufffe' || r == '\uffff' {
				p.At(src.At(number+1, column, 1), controlChar, r).Hint(hintDelete)
				return false
			}
		}
	}
	return true
}

// reportSyntax says in our own words what the parser could not read, and where. The parser knows no columns, and its lines
// are those where the surrounding block began; so the place is searched with the parser itself as the judge.
func reportSyntax(p *Problems, src *Source, text []byte, err error) {
	line, column := locate(src, text, err)
	at := src.At(line, column, 0)
	said := complaint(err)
	if column <= len([]rune(src.line(line))) && []rune(src.line(line))[column-1] == '\t' {
		at.width = 1
		p.At(at, badSyntax, aTab).Hint(hintTab)
		return
	}
	one := p.At(at, badSyntax, Text{"this cannot be read as YAML: " + said, "无法按 YAML 读取：" + said})
	for _, c := range complaints {
		if strings.Contains(said, c.parser) {
			one.args = []any{c.text}
			one.Hint(c.hint)
			break
		}
	}
	// Full-width punctuation, typed without leaving the Chinese input method, is no punctuation for YAML.
	for _, l := range []int{line, line - 1} {
		if bad, good := fullWidth(src.line(l)); bad != "" {
			one.Hint(hintFullWidth, bad, good)
			break
		}
	}
}

// complaint is the parser's text without its line.
func complaint(err error) string {
	said := strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, ok := strings.CutPrefix(said, "line "); ok {
		if _, after, ok := strings.Cut(rest, ": "); ok {
			said = after
		}
	}
	return said
}

// fullWidth finds a full-width colon, comma, bracket, dash or blank where YAML would want the narrow one: outside of quotes.
func fullWidth(line string) (bad, good string) {
	if strings.ContainsAny(line, `"'#`) {
		return "", ""
	}
	for _, pair := range [...][2]string{{"：", ": "}, {"\u3000", " "}, {"\u00a0", " "}, {"［", "["}, {"｛", "{"}, {"，", ", "}, {"“", `"`}, {"－", "-"}} {
		if strings.Contains(line, pair[0]) {
			return pair[0], pair[1]
		}
	}
	return "", ""
}

// locate searches the place of a syntax error. The line is the first after the longest part of the file that can be read
// by itself, seen backwards from where the parser stopped: for a list that is never closed, the line that opened it. The
// column is the first one with which the line, cut there, raises the same complaint.
func locate(src *Source, text []byte, err error) (line, column int) {
	work := 3*len(text) + 1<<20 // bytes that may be parsed again in the search
	try := func(n int) error {
		work -= n
		return tryParse(text[:n])
	}
	starts := lineStarts(text)
	stop := stoppedAt(text)
	index, exact := slices.BinarySearch(starts, stop)
	if !exact {
		index--
	}
	for index > 0 && work > 0 && try(starts[index]) != nil {
		index--
	}
	start := starts[index]
	end := start + len(src.line(index+1))
	low, high := start, end
	for low < high && work > 0 {
		middle := runeStart(text, (low+high)/2+1, high)
		if e := try(middle); e != nil && complaint(e) == complaint(err) {
			high = middle - lastRune(text[:middle])
		} else {
			low = middle
		}
	}
	line = index + 1
	said := complaint(err)
	switch current := string(text[start:end]); {
	case low >= end: // the complaint comes from a later line: what matters is what this one opens
		low = start + opening(current)
	case strings.Contains(said, "expected ','"):
		low = start + opening(current[:low-start])
	case strings.Contains(said, "expected '-'"):
		low = start + len(current) - len(strings.TrimLeft(current, " "))
	case !strings.ContainsRune(wordEnds, rune(text[low])):
		low = start + strings.LastIndexAny(current[:low-start], wordEnds) + 1
	}
	return line, utf8.RuneCount(text[start:low]) + 1
}

// wordEnds are the characters that no word of YAML contains, or that a place should not be moved across.
const wordEnds = " \t,:[]{}\"'"

// opening is the offset of the last bracket or quote of a line, else of its first word.
func opening(line string) int {
	if i := strings.LastIndexAny(line, "[{"); i >= 0 {
		return i
	}
	if i := strings.IndexAny(line, `"'`); i >= 0 {
		return i
	}
	return len(line) - len(strings.TrimLeft(line, " "))
}

func runeStart(text []byte, i, high int) int {
	for i < high && !utf8.RuneStart(text[i]) {
		i++
	}
	return i
}

func lastRune(text []byte) int {
	_, size := utf8.DecodeLastRune(text)
	return size
}

func lineStarts(text []byte) []int {
	starts := []int{0}
	for i, c := range text {
		if c == '\n' && i+1 < len(text) {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// tryParse parses everything and gives the first error.
func tryParse(text []byte) error {
	d := yaml.NewDecoder(bytes.NewReader(text))
	for {
		if _, err := next(d); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// stoppedAt is how far the parser read before it gave up, give or take the few characters it looks ahead.
func stoppedAt(text []byte) int {
	r := &sipReader{text: text}
	d := yaml.NewDecoder(r)
	for {
		if _, err := next(d); err != nil {
			return max(0, min(r.read, len(text))-1)
		}
	}
}

// sipReader hands out one byte at a time, so that what was taken is what was wanted.
type sipReader struct {
	text []byte
	read int
}

func (r *sipReader) Read(p []byte) (int, error) {
	if r.read == len(r.text) {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	p[0] = r.text[r.read]
	r.read++
	return 1, nil
}
