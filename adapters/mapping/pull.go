package mapping

import (
	"slices"
	"strconv"
	"strings"

	"tundish/config/lang"
	"tundish/core"
	"tundish/wsdl/shape"
	"tundish/wsdl/xml"
)

// locates is what an operation does whose rows are places.
const locates = "locate"

// Pulling is a pull of the mapping file, ready for use. It is safe for concurrent use.
type Pulling struct {
	*Outward          // the call
	Confirm  *Outward // nil: they are told nothing
	rows     *rows
	pages    *Pages
	more     rule
	total    []step
}

// rows reads the repeated elements of an answer.
type rows struct {
	in   *Inward
	each []step // from the root of the document that holds them; nil: the root is the one row
}

var (
	onePages = lang.NewMessage("pages", "give one of more, total and until", "more、total、until 须且只能填一个")
	noPoint  = lang.NewMessage("unknown-field", "a look-up fills the order's place only, not %q", "定位查询只能填写工单的 place 字段，不能填写 %q")
)

// rows compiles what stands in an answer. does is submit for orders and locates for places.
func (m *Mapping) rows(at lang.Pos, name, does string, call *Call, s *Serve, around Surroundings, p *lang.Problems) *rows {
	in := &Inward{Name: name, Does: does, around: around, mapping: m.Name}
	c := &reading{in: in, file: m.File, around: around, p: p}
	s.At, s.Does = at, lang.Value[string]{V: does, At: at}
	if call.Answer != nil && call.Answer.Document != nil {
		c.json = call.Answer.Document.JSON
	}
	if op, ok := m.operation(call.Operation.V); ok && (call.Answer == nil || call.Answer.Document == nil) {
		c.body = op.Response
	}
	c.compile(s)
	return &rows{in: in, each: in.each}
}

func (m *Mapping) operation(name string) (*shape.Operation, bool) {
	if m.Service == nil {
		return nil, false
	}
	return m.Service.Operation(name)
}

func (m *Mapping) pull(e *lang.Entry[Pull], around Surroundings, p *lang.Problems) *Pulling {
	f := &e.V
	pulling := &Pulling{Outward: Compile(&f.Call, m.Service, around, p), pages: f.Pages}
	pulling.rows = m.rows(e.At, e.Key, "submit", &f.Call, &Serve{Each: f.Each, Choices: f.Choices, Order: f.Order, Volatile: f.Volatile}, around, p)
	if f.Confirm != nil {
		pulling.Confirm = Compile(f.Confirm, m.Service, around, p)
	}
	if f.Pages == nil {
		return pulling
	}
	c := &compiler{around: around, p: p, at: f.Pages.At}
	var root *shape.Node
	if op, ok := m.operation(f.Operation.V); ok && (f.Answer == nil || f.Answer.Document == nil) {
		root = op.Response
	}
	given := 0
	for _, is := range []bool{f.Pages.More != nil, f.Pages.Total.V != "", f.Pages.Until != ""} {
		if is {
			given++
		}
	}
	switch {
	case given != 1:
		p.At(f.Pages.At, onePages)
	case f.Pages.More != nil:
		pulling.more = rule{Rule: *f.Pages.More, steps: c.path(f.Pages.More.Path, root)}
	case f.Pages.Total.V != "":
		pulling.total = c.path(f.Pages.Total, root)
	}
	if pulling.judge.json {
		asJSON(pulling.more.steps)
		asJSON(pulling.total)
	}
	return pulling
}

// Listed is what an answer to a pull says beside its rows.
type Listed struct {
	Verdict core.Delivery // Delivered, or why there are no rows to rely on
	More    bool
	Total   int // 0 if it does not tell
	Rows    int
}

// Paging is where an answer stands in a list.
type Paging struct {
	Page int // theirs, counted from 1
	Size int // rows that were asked for
	// Before is how many rows the pages before had; with a size that they are told, that is known
	// without them.
	Before int
}

// Row is one row of an answer.
type Row struct {
	Item
	Raw []byte // as a document of its own
}

// Paged tells whether they are told how many rows a page has, so that a page's number says
// where in the list it stands. Else a list is one answer, or comes in pages as long as they like.
func (p *Pulling) Paged() bool {
	return p.pages != nil && (p.Speaks("page.size") || p.Speaks("page.offset"))
}

// Read reads an answer to page, counted from 1, and hands out its rows one by one. r stands as for
// [Pulling.List].
func (p *Pulling) Read(r *xml.Reader, page, size int, each func(Row) error) (Listed, error) {
	rows := p.Rows()
	return p.List(r, Paging{Page: page, Size: size}, func(raw []byte) error {
		it, ok, err := rows.Read(raw, nil)
		if err != nil || !ok {
			return err
		}
		return each(Row{Item: it, Raw: slices.Clone(raw)})
	})
}

// List reads an answer and hands out its rows, each as a document of its own that is valid until
// the next: memory does not grow with their number. r stands at the Start of the
// element in the Body, or, where the contract is encoded, of the first one; what is read goes
// as far as [Decode] or the element's End. A document in a string, and what is encoded, is held
// whole meanwhile.
func (p *Pulling) List(r *xml.Reader, at Paging, each func(row []byte) error) (Listed, error) {
	rest, n, why, err := p.rows.read(p.Outward, r, each)
	if err != nil {
		return Listed{}, err
	}
	out := Listed{Rows: n}
	if rest == nil {
		out.Verdict = core.Delivery{Outcome: core.UnknownOutcome, Code: "answer", Detail: why}
		return out, nil
	}
	out.Verdict = p.judge.verdict(rest)
	switch {
	case p.pages == nil:
	case p.pages.More != nil:
		text, there := rest.find(p.more.steps)
		out.More = p.more.fits(text, there)
	case p.total != nil:
		text, _ := rest.find(p.total)
		total, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil {
			return out, core.Invalidf("invalid_message", p.pages.Total.V, "the number of rows is %q", "总行数为 %q", text)
		}
		if out.Total, out.More = total, at.Page*at.Size < total; !p.Paged() {
			out.More = n > 0 && at.Before+n < total
		}
	case p.pages.Until == "short":
		out.More = n >= at.Size
	default:
		out.More = n > 0
	}
	return out, nil
}

// RowReader makes orders of rows, one after the other. What it needs for one is kept for the
// next.
type RowReader struct {
	walk *walk
}

// Theirs says a refusal of the hub's in their words, as [Inward.Theirs] does.
func (p *Pulling) Theirs(err error) error { return p.rows.in.Theirs(err) }

// Rows gives a reader of rows that [Pulling.List] has handed out.
func (p *Pulling) Rows() *RowReader { return p.rows.reader() }

func (s *rows) reader() *RowReader {
	return &RowReader{newWalk(s.in, xml.NewReaderBytes(nil, xml.Limits{}))}
}

// Read makes the order of a row; told, unless nil, hears of every field how it came about. ok is
// false when the mapping passes the row over. An error is one of the row as a document.
func (r *RowReader) Read(row []byte, told func(Trace)) (it Item, ok bool, err error) {
	w := r.walk
	w.r.ResetBytes(row)
	if _, err := w.r.Next(); err != nil {
		return Item{}, false, err
	}
	if err := w.order(); err != nil {
		return Item{}, false, err
	}
	if skip, err := w.passOver(); skip || err != nil {
		return Item{}, false, err
	}
	w.make(told)
	return w.item, true, nil
}

// read hands out the rows and gives back the answer without them; nil, and why, where there
// is no document that can be read.
func (s *rows) read(call *Outward, r *xml.Reader, each func(row []byte) error) (rest *branch, n int, why string, err error) {
	if r, _, err = Plain(r, call.encoded); err != nil {
		return nil, 0, "", err
	}
	w := xml.NewWriter()
	row := func(r *xml.Reader) error {
		n++
		w.Reset()
		if err := r.Capture(w); err != nil {
			return err
		}
		raw, err := w.Finish()
		if err != nil {
			return err
		}
		return each(raw)
	}
	if call.judge.inner == nil {
		rest, err = growBeside(r, s.each, row)
		return rest, n, "", err
	}
	outer, err := grow(r)
	if err != nil {
		return nil, 0, "", err
	}
	text, ok := outer.find(call.judge.inner)
	if !ok {
		return nil, 0, "the answer holds no document where the mapping looks for one", nil
	}
	doc := envelope{json: call.judge.json}
	inside, err := doc.reader([]byte(text))
	if err == nil {
		if rest, err = growBeside(inside, s.each, row); err == nil {
			err = inside.Finish()
		}
	}
	return rest, n, "", brokenInside(pathOf(call.judge.inner), err)
}

// growBeside is grow that hands the elements at the end of a path to row, which reads one
// through its End, and leaves them out. Without a path the element itself is the row.
func growBeside(r *xml.Reader, path []step, row func(*xml.Reader) error) (*branch, error) {
	if len(path) == 0 || len(path) == 1 && path[0].fits(r.Name()) {
		b := &branch{name: r.Name()}
		return b, row(r)
	}
	if !path[0].fits(r.Name()) {
		return grow(r)
	}
	b := &branch{name: r.Name()}
	for _, a := range r.Attrs() {
		b.attrs = append(b.attrs, xml.Attr{Name: a.Name, Value: slices.Clone(a.Value)})
	}
	for {
		switch kind, err := r.Next(); {
		case err != nil:
			return nil, err
		case kind == xml.Text:
		case kind != xml.Start:
			return b, nil
		case len(path) == 2 && path[1].fits(r.Name()):
			if err := row(r); err != nil {
				return nil, err
			}
		default:
			kid, err := growBeside(r, path[1:], row)
			if err != nil {
				return nil, err
			}
			b.kids = append(b.kids, kid)
		}
	}
}
