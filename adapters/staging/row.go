package staging

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"tundish/adapters/mapping"
	"tundish/core"
	"tundish/core/pull"
	"tundish/wsdl/xml"
)

// Column is what a column is called in a mapping, where names are those of elements: blanks around
// the name are cut, full-width letters, digits and signs become plain ones, and each run of characters that a
// name cannot have becomes one _, but for those at the end, which are left out; _ goes before a digit, - or .
// at the beginning. 户号（必填） is 户号_必填, and 1号表 is _1号表.
func Column(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range width.Fold.String(strings.TrimSpace(name)) {
		if !inName(r) {
			gap = true
			continue
		}
		switch {
		case gap, b.Len() == 0 && (r == '-' || r == '.' || r >= '0' && r <= '9'):
			b.WriteByte('_')
		}
		gap = false
		b.WriteRune(r)
	}
	return b.String()
}

func inName(r rune) bool {
	switch {
	case r < 0x80:
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.'
	case r < 0x370:
		return r >= 0xC0 && r < 0x300 && r != 0xD7 && r != 0xF7
	}
	return unicode.IsLetter(r) && r != 0x37E && !(r >= 0x2000 && r < 0x2C00) && !(r >= 0xD800 && r < 0xF900) && r < 0xF0000
}

// reader makes items of rows.
type reader struct {
	system   core.SystemID
	rows     *mapping.Rows
	complete func(*core.WorkOrder) error
	w        *xml.Writer
}

func newReader(system core.SystemID, rows *mapping.Rows, complete func(*core.WorkOrder) error) *reader {
	return &reader{system: system, rows: rows, complete: complete, w: xml.NewWriter()}
}

// item reads the row whose texts stand under columns. What is no order comes with the reason.
func (r *reader) item(columns, texts []string, place string) pull.Item {
	r.w.Reset()
	r.w.Start("row")
	for i, c := range columns {
		r.w.Element(c, texts[i])
	}
	r.w.End()
	written, err := r.w.Finish()
	raw := strings.Clone(string(written))
	it := pull.Item{Place: place, Raw: func() []byte { return []byte(raw) }}
	it.Order.Ref.System = r.system
	if err != nil { // a character that no message can have
		it.Raw = func() []byte { return fmt.Appendf(nil, "%q", texts) }
		it.Err = core.Invalidf("invalid_message", "", "the row holds a character that cannot be: %v", "该行含有不允许的字符：%v", err)
		return it
	}
	read, err := r.rows.Read([]byte(raw))
	if err != nil {
		it.Err = err
		return it
	}
	it.Order, it.Blobs, it.Hash = read.Order, read.Blobs, read.Hash
	it.Order.Ref.System = r.system
	if read.Err != nil {
		it.Err = read.Err
	} else {
		it.Err = r.complete(&it.Order)
	}
	return it
}

// logged is the exchange behind a page: what its rows said.
func logged(system core.SystemID, operation string, clock core.Clock, page *pull.Page) {
	if len(page.Items) == 0 {
		return
	}
	now := clock.Now().UTC()
	var b strings.Builder
	b.WriteString("<rows>")
	for i := range page.Items {
		if raw := page.Items[i].Raw; raw != nil {
			if text := raw(); len(text) > 0 && text[0] == '<' {
				b.Write(text)
			}
		}
	}
	b.WriteString("</rows>")
	page.Message = core.LoggedMessage{ID: core.NewID(now), System: system, Direction: core.Outbound, Operation: operation, At: now, Result: "ok", Response: []byte(b.String())}
}
