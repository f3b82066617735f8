package mapping

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	"tundish/config/lang"
	"tundish/core"
	"tundish/wsdl/xml"
)

var (
	oneDirection = lang.NewMessage("source", "a case has either serve or call", "用例须填写 serve 或 call 之一")
	notServed    = lang.NewMessage("unknown-operation", "the mapping serves no %q", "映射未提供操作 %q")
	notCalled    = lang.NewMessage("unknown-occasion", "the mapping has no call for %q", "映射没有场合 %q 的调用")
	missingPart  = lang.NewMessage("required", "a case with %s needs %s", "含 %s 的用例须填写 %s")
	otherMapping = lang.NewMessage("name", "these cases are for %q, but the mapping is called %q", "用例针对 %q，而映射名为 %q")
	badValue     = lang.NewMessage("invalid-value", "%q cannot be given to %s: %v", "%q 不能赋给 %s：%v")
	differs      = lang.NewMessage("case", "%s is %s, and the case wants %s", "%s 为 %s，而用例要求 %s")
	noRefusal    = lang.NewMessage("case", "the order is taken, and the case wants it refused with %s", "工单被接收，而用例要求以 %s 拒绝")
	isRefused    = lang.NewMessage("case", "the order is refused: %v", "工单被拒绝：%v")
	isUnreadable = lang.NewMessage("case", "the message cannot be read: %v", "报文无法读取：%v")
	noSuchOrder  = lang.NewMessage("case", "the message holds %d orders, and the case wants %d", "报文有 %d 张工单，而用例要求 %d")
	cannotWrite  = lang.NewMessage("case", "nothing can be sent: %v", "无法发送：%v")
	isSilent     = lang.NewMessage("case", "they are told nothing, for no condition is true", "条件均不成立，未告知对方")
	isTold       = lang.NewMessage("case", "they are told %s, and the case wants nothing", "已告知对方 %s，而用例要求不告知")
	bodyDiffers  = lang.NewMessage("case", "line %d of what is sent is %s, and the case wants %s", "发送内容第 %d 行为 %s，而用例要求 %s")
)

// Test runs the cases in the file name of fsys and gives their number. What is wrong with the file,
// and every difference between what a case wants and what the mapping makes, goes into p at its place.
func (m *Mapping) Test(fsys fs.FS, name string, p *lang.Problems) int {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		p.At(lang.Place(name), unreadable, withoutPath(err))
		return 0
	}
	var file Cases
	lang.Decode(p, name, data, &file)
	if file.Mapping.V != "" && file.Mapping.V != m.Name {
		p.At(file.Mapping.At, otherMapping, file.Mapping.V, m.Name)
	}
	for i := range file.Cases {
		t := trial{m: m, Case: &file.Cases[i].V, p: p, read: func(s *Sample) ([]byte, bool) {
			if s.File.V == "" {
				return []byte(s.Text), true
			}
			data, err := fs.ReadFile(fsys, path.Join(path.Dir(name), s.File.V))
			if err != nil {
				p.At(s.File.At, unreadable, withoutPath(err))
			}
			return data, err == nil
		}}
		switch {
		case t.At.IsZero(): // it could not be read, which was said
		case (t.Serve.V == "") == (t.Call.V == ""):
			p.At(t.At, oneDirection)
		case t.Serve.V != "":
			t.serve()
		default:
			t.call()
		}
	}
	return len(file.Cases)
}

// withoutPath leaves out of an error what stands beside it already.
func withoutPath(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// trial is a case under way.
type trial struct {
	m *Mapping
	*Case
	p    *lang.Problems
	read func(*Sample) ([]byte, bool)
}

// refused is a refusal in both languages.
func refused(err error) any {
	var e *core.Error
	if !errors.As(err, &e) {
		return inWords(err)
	}
	text := lang.Text{En: e.Message, Zh: cmp.Or(e.MessageZH, e.Message)}
	if e.Field != "" {
		text.En, text.Zh = e.Field+": "+text.En, e.Field+"："+text.Zh
	}
	return text
}

func (t *trial) serve() {
	in, ok := t.m.Serve(t.Serve.V)
	if !ok {
		names := t.m.File.Serve.Keys()
		t.p.At(t.Serve.At, notServed, t.Serve.V).Expected(names...).Near(t.Serve.V, names)
		return
	}
	if t.Message == nil {
		t.p.At(t.At, missingPart, "serve", "message")
		return
	}
	message, ok := t.read(t.Message)
	if !ok {
		return
	}
	var items []Item
	r, err := bodyOf(message)
	if err == nil {
		err = in.Read(r, func(i Item) error { items = append(items, i); return nil })
	}
	if err == nil {
		err = r.Finish()
	}
	if e, ok := err.(*core.Error); ok && t.Refused != nil {
		t.refusal(e)
		return
	}
	switch {
	case err != nil:
		t.p.At(t.Message.At, isUnreadable, refused(err))
		return
	case t.Orders.V != nil && *t.Orders.V != len(items):
		t.p.At(t.Orders.At, noSuchOrder, len(items), *t.Orders.V)
	}
	if t.Nth > len(items) {
		if len(t.Order) > 0 || t.Refused != nil {
			t.p.At(t.At, noSuchOrder, len(items), t.Nth)
		}
		return
	}
	item := &items[t.Nth-1]
	switch {
	case t.Refused != nil:
		t.refusal(item.Err)
	case item.Err != nil:
		t.p.At(t.At, isRefused, refused(item.Err))
	}
	t.fields(&item.Order)
}

func (t *trial) refusal(got *core.Error) {
	switch {
	case got == nil:
		t.p.At(t.Refused.At, noRefusal, t.Refused.Code)
	case got.Code != t.Refused.Code:
		t.p.At(t.Refused.At, differs, "code", shown(got.Code), shown(t.Refused.Code))
	case t.Refused.Field != "" && got.Field != t.Refused.Field:
		t.p.At(t.Refused.At, differs, "field", shown(got.Field), shown(t.Refused.Field))
	}
}

// fields holds an order against what the case wants of it.
func (t *trial) fields(o *core.WorkOrder) {
	s := &scope{Values: &Values{Order: o}}
	for _, e := range t.Order {
		f, ok := fieldNamed("order." + e.Key)
		if !ok {
			names := targetNames()
			t.p.At(e.At, noField, e.Key).Expected(names...).Near(e.Key, names)
			continue
		}
		got, same := f.get(s), false
		text := written(f.kind, got)
		switch want := e.V.V; f.kind {
		case instantKind, pointKind:
			wanted, err := asGiven(f.kind, want)
			same = err == nil && written(f.kind, wanted) == text
		default:
			same = text == want
		}
		if !same {
			t.p.At(e.V.At, differs, e.Key, shown(text), shown(e.V.V))
		}
	}
}

func (t *trial) call() {
	call := t.m.Calls[core.WriteBackKind(t.Call.V)]
	if call == nil {
		names := t.m.File.Call.Keys()
		t.p.At(t.Call.At, notCalled, t.Call.V).Expected(names...).Near(t.Call.V, names)
		return
	}
	if t.Body == nil && !t.Silent {
		t.p.At(t.At, missingPart, "call", "body")
		return
	}
	v, ok := t.values()
	if !ok {
		return
	}
	chosen, err := call.For(v)
	switch {
	case err != nil:
		t.p.At(t.At, cannotWrite, refused(err))
		return
	case chosen == nil:
		if !t.Silent {
			t.p.At(t.At, isSilent)
		}
		return
	}
	w := xml.NewWriter()
	if err := chosen.WriteBody(w, v); err != nil {
		t.p.At(t.At, cannotWrite, refused(err))
		return
	}
	if t.Silent {
		t.p.At(t.At, isTold, shown(string(w.Bytes())))
		return
	}
	want, ok := t.read(t.Body)
	if !ok || strings.TrimSpace(string(want)) == string(w.Bytes()) {
		return
	}
	// One element a line shows where they part.
	lines := func(text string) []string {
		return strings.Split(strings.ReplaceAll(strings.TrimSpace(text), "><", ">\n<"), "\n")
	}
	a, b := lines(string(w.Bytes())), lines(string(want))
	for i := range max(len(a), len(b)) {
		if x, y := lineAt(a, i), lineAt(b, i); x != y {
			same := common(x, y)
			t.p.At(t.Body.At, bodyDiffers, i+1, shownFrom(x, same), shownFrom(y, same))
			return
		}
	}
	t.p.At(t.Body.At, bodyDiffers, 1, shown(string(w.Bytes())), shown(string(want))) // only blanks between elements
}

// common is how many bytes two texts begin with alike, less a few that tell where one is.
func common(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	if n -= 20; n <= 0 {
		return 0
	}
	for !utf8.RuneStart(a[n]) {
		n--
	}
	return n
}

// shownFrom is shown without what a text begins with.
func shownFrom(text string, from int) string {
	if from > 0 {
		return shown("…" + text[from:])
	}
	return shown(text)
}

func lineAt(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// bodyOf reads a message in whatever charset it declares, up to the element in its Body.
func bodyOf(message []byte) (*xml.Reader, error) {
	text, _, err := xml.DecodeBytes(message, "")
	if err != nil {
		return nil, err
	}
	r := xml.NewReaderBytes(text, xml.Limits{})
	if _, err := r.Next(); err != nil || r.Name().Local != "Envelope" {
		return r, err
	}
	path := []step{{local: "Envelope", anySpace: true}, {local: "Body", anySpace: true}}
	for _, s := range path[1:] {
		for {
			more, err := r.NextChild()
			if err == nil && !more {
				err = fmt.Errorf("the envelope has no %s", s.local)
			}
			if err != nil {
				return nil, err
			}
			if s.fits(r.Name()) {
				break
			}
			if err := r.Skip(); err != nil {
				return nil, err
			}
		}
	}
	if more, err := r.NextChild(); err != nil || !more {
		return nil, fmt.Errorf("the Body is empty: %v", err)
	}
	return r, nil
}
