package staging

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"

	"tundish/core"
)

// format is how files of rows are written.
type format struct {
	charset   string // UTF-8, GBK, GB18030
	separator rune
}

func (f format) chinese() encoding.Encoding {
	switch f.charset {
	case "GBK":
		return simplifiedchinese.GBK
	case "GB18030":
		return simplifiedchinese.GB18030
	}
	return nil
}

var (
	mark    = []byte("\ufeff")
	utf16LE = []byte{0xff, 0xfe}
	utf16BE = []byte{0xfe, 0xff}
)

// longestRecord is how many bytes a row may have: behind a quote that is never closed the whole
// file would be one.
const longestRecord = 1 << 20

// sheet reads a file of rows. It is strict: what cannot be read as promised makes the whole file a
// bad one, with the line.
type sheet struct {
	name    string
	format  format
	text    *lines
	csv     *csv.Reader
	behind  int      // the line before the record that is read
	columns []string // as mappings call them
	marked  bool     // it begins with a byte order mark
	utf8    bool     // its beginning is UTF-8, whatever is expected
}

// bad is why a whole file is refused.
func bad(name string, line int, en, zh string, args ...any) *core.Error {
	at := name
	if line > 0 {
		at = fmt.Sprintf("%s:%d", name, line)
	}
	return core.Invalidf("bad_file", at, en, zh, args...)
}

// newSheet reads the header.
func newSheet(name string, r io.Reader, f format) (*sheet, error) {
	s := &sheet{name: name, format: f}
	in := bufio.NewReaderSize(r, 64<<10)
	head, _ := in.Peek(3)
	switch {
	case bytes.HasPrefix(head, utf16LE), bytes.HasPrefix(head, utf16BE):
		return nil, bad(name, 1, "the file is UTF-16, not %s; save it as CSV UTF-8 or set another charset", "文件为 UTF-16，而非 %s；请另存为 CSV UTF-8，或修改 charset", f.charset)
	case bytes.HasPrefix(head, mark) && f.chinese() != nil:
		return nil, bad(name, 1, "the file begins with the byte order mark of UTF-8, but %s is expected; set charset: UTF-8", "文件以 UTF-8 BOM 开头，而应为 %s；请设置 charset: UTF-8", f.charset)
	case bytes.HasPrefix(head, mark):
		s.marked = true
		_, _ = in.Discard(len(mark))
	}
	begin, _ := in.Peek(4 << 10)
	first, _, _ := bytes.Cut(begin, []byte("\n"))
	s.utf8 = utf8.Valid(first)
	var text io.Reader
	if c := f.chinese(); c != nil {
		text = transform.NewReader(in, c.NewDecoder())
	} else {
		text = transform.NewReader(in, encoding.UTF8Validator)
	}
	s.text = &lines{from: text, strict: f.chinese() != nil}
	s.csv = csv.NewReader(s.text)
	s.csv.Comma, s.csv.ReuseRecord = f.separator, true
	names, err := s.record()
	switch {
	case errors.Is(err, io.EOF):
		return nil, bad(name, 0, "the file is empty; its first line must name the columns", "文件为空；首行须为列名")
	case err != nil:
		return nil, s.broken(err)
	}
	for i, n := range names {
		c := Column(n)
		switch {
		case c == "":
			return nil, bad(name, 1, "column %d has no name; the first line must name every column", "第 %d 列没有列名；首行须为每一列命名", i+1)
		case slices.Contains(s.columns, c):
			return nil, bad(name, 1, "the column %q stands twice", "列 %q 重复", c)
		}
		s.columns = append(s.columns, c)
	}
	return s, nil
}

// lacks says that a column is missing, and why that may be.
func (s *sheet) lacks(column string) error {
	if s.utf8 && s.format.chinese() != nil {
		return bad(s.name, 1, "the column %q is missing; the text is UTF-8, not %s: set charset: UTF-8, or save the file in that encoding", "缺少列 %q；文本为 UTF-8 而非 %s：请设置 charset: UTF-8，或按该编码保存文件", column, s.format.charset)
	}
	return bad(s.name, 1, "the column %q is missing; the file has %s. Set separator or optional if that is how it is meant", "缺少列 %q；文件中有 %s。如确为如此，请检查 separator 或设置 optional", column, strings.Join(s.columns, ", "))
}

// next gives the next row that says something and its line; io.EOF at the end. The texts are good
// until the next call.
func (s *sheet) next() (line int, texts []string, err error) {
	for {
		texts, err := s.record()
		if errors.Is(err, io.EOF) {
			return 0, nil, io.EOF
		}
		if err != nil {
			return 0, nil, s.broken(err)
		}
		if slices.ContainsFunc(texts, func(t string) bool { return t != "" }) {
			line, _ := s.csv.FieldPos(0)
			return line, texts, nil
		}
	}
}

// record gives the next one.
func (s *sheet) record() ([]string, error) {
	s.text.given = 0
	texts, err := s.csv.Read()
	if err == nil {
		s.behind, _ = s.csv.FieldPos(len(texts) - 1)
	}
	return texts, err
}

// broken says what is wrong with a file and what to do about it.
func (s *sheet) broken(err error) error {
	var p *csv.ParseError
	switch {
	case errors.Is(err, encoding.ErrInvalidUTF8), errors.Is(err, errNoText):
		return bad(s.name, s.text.line+1, "the text is not %s; save the file in that encoding or set charset to the one it has", "文本不是 %s 编码；请按该编码保存，或将 charset 改为实际编码", s.format.charset)
	case errors.Is(err, errTooLong):
		return bad(s.name, s.behind+1, "a row of more than %d MB begins here; a quote is not closed, or this is no such file", "此处开始的一行超过 %d MB：引号未闭合，或文件格式不符", longestRecord>>20)
	case !errors.As(err, &p):
		return core.Because(core.Unavailable, "read_file", fmt.Errorf("read %s: %w", s.name, err))
	case errors.Is(err, csv.ErrFieldCount):
		n := len(s.columns)
		return bad(s.name, p.StartLine, "the row has not as many fields as there are columns, which are %d; put texts with a separator in quotes", "该行字段数与列数（%d）不符；含分隔符的文本须加引号", n)
	}
	return bad(s.name, p.Line, `a quote stands where none belongs, or is not closed; put the text in quotes and write "" for one inside`, `引号位置不对或未闭合；请将文本加引号，其中的引号写成 ""`)
}

var (
	errNoText  = errors.New("bytes that are no text")
	errTooLong = errors.New("a record is too long")
)

// lines counts the lines that it gives out and stops at what a decoder could make nothing of, and
// when it gave more than a record may have.
type lines struct {
	from   io.Reader
	strict bool
	line   int
	given  int    // bytes for the record that is read
	tail   []byte // the last bytes, which may begin what is looked for
}

var replaced = []byte("\ufffd")

func (l *lines) Read(p []byte) (int, error) {
	if l.given > longestRecord {
		return 0, errTooLong
	}
	n, err := l.from.Read(p)
	l.given += n
	if l.strict {
		seen := append(l.tail, p[:n]...)
		if i := bytes.Index(seen, replaced); i >= 0 {
			l.line += bytes.Count(seen[len(l.tail):max(i, len(l.tail))], []byte("\n"))
			return 0, errNoText
		}
		l.tail = slices.Clone(seen[max(0, len(seen)-len(replaced)+1):])
	}
	l.line += bytes.Count(p[:n], []byte("\n"))
	return n, err
}
