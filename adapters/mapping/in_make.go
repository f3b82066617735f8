package mapping

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tundish/core"
	"tundish/wsdl/xsd"
)

// maker makes orders of texts.
type maker struct {
	item    Item
	out     []byte // the order's texts, which become one string
	owed    []owed
	scratch []byte
	env     map[string]any // of expressions
	// What a list has already given, and what was wrong with it.
	attached []core.Attachment
	blobs    []core.Blob
	refusal  *core.Error
}

// owed is a text that the order gets when all of them are there.
type owed struct {
	span
	to    func(*core.WorkOrder) *string // nil: an extra
	extra string
}

// flush moves what is hashed out of memory.
func (w *walk) flush() {
	if w.sum == nil {
		w.sum = sha256.New()
	}
	if !w.summed {
		w.sum.Reset()
		w.summed = true
	}
	w.sum.Write(w.digest)
	w.digest = w.digest[:0]
}

func (w *walk) hash() core.Hash {
	if w.summed {
		w.flush()
		w.scratch = w.sum.Sum(w.scratch[:0])
	} else {
		sum := sha256.Sum256(w.digest)
		w.scratch = append(w.scratch[:0], sum[:]...)
	}
	var text [2 * sha256.Size]byte
	hex.Encode(text[:], w.scratch)
	return core.Hash(text[:])
}

// make makes the order of what was read: w.item.
func (w *walk) make(told func(Trace)) {
	w.item = Item{}
	w.item.Hash = w.hash()
	w.item.Order.Report.Attachments, w.item.Blobs, w.item.Err = w.attached, w.blobs, w.refusal
	w.out, w.owed = w.out[:0], w.owed[:0]
	var wrong map[*input]*core.Error
	for _, f := range w.in.fields {
		err := w.field(f)
		if err == nil {
			continue
		}
		w.in.blame(f, err)
		if w.item.Err == nil {
			w.item.Err = err
		}
		if wrong == nil {
			wrong = map[*input]*core.Error{}
		}
		wrong[f] = err
	}
	w.pay()
	if told != nil {
		for _, f := range w.in.fields {
			told(w.trace(f, wrong[f]))
		}
	}
}

// blame says in a refusal where it comes from.
func (in *Inward) blame(f *input, err *core.Error) *core.Error {
	if err.Field == "" && len(f.paths) > 0 {
		err.Field = f.paths[0]
	}
	err.Message += fmt.Sprintf(" (mapping %s, line %d)", in.mapping, f.Input.At.Line())
	err.MessageZH += fmt.Sprintf("（映射 %s 第 %d 行）", in.mapping, f.Input.At.Line())
	return err
}

// pay gives the order its texts.
func (w *walk) pay() {
	o, all := &w.item.Order, string(w.out)
	for i := range w.owed {
		d := &w.owed[i]
		text := all[d.from:d.span.to]
		if d.to != nil {
			*d.to(o) = text
		} else {
			w.extra(d.extra, text)
		}
	}
	// A reference outlives its order in many a cache: it does not hold the other texts.
	o.Ref.External = strings.Clone(o.Ref.External)
}

func (w *walk) extra(name, text string) {
	if w.item.Order.Extra == nil {
		w.item.Order.Extra = map[string]string{}
	}
	w.item.Order.Extra[name] = text
}

func (w *walk) owe(f *input, text []byte) {
	from := len(w.out)
	w.out = append(w.out, text...)
	w.owed = append(w.owed, owed{span{from, len(w.out)}, f.target.text, f.extra})
}

// found is the text in a slot.
func (w *walk) found(slot int) []byte { return w.raw[w.texts[slot].from:w.texts[slot].to] }

// field makes one field.
func (w *walk) field(f *input) *core.Error {
	if is, err := w.holds(f.when, f.none); err != nil || !is {
		if err == nil && f.needed() {
			err = f.missing()
		}
		return err
	}
	switch {
	case f.either != nil:
		return w.choose(f)
	case f.kind == listKind:
		if f.Required && len(w.attached) == 0 {
			return f.missing()
		}
		return nil
	case f.kind == pointKind:
		return w.point(f)
	}
	var text []byte
	switch {
	case f.expr != nil:
		made, err := f.expr.Text(w.environment(f.expr, f.none))
		if err != nil {
			return f.expr.failed(err)
		}
		text = w.tidy(f, []byte(made))
	case f.Value != nil:
		return w.set(f, *f.Value)
	case f.table != nil:
		var err *core.Error
		if text, err = w.translated(f); err != nil {
			return err
		}
	case len(f.slots) == 1:
		text = w.tidy(f, w.found(f.slots[0]))
	default:
		text = w.joined(f)
	}
	if len(text) == 0 {
		switch {
		case f.Default != nil:
			return w.set(f, *f.Default)
		case f.needed():
			return f.missing()
		}
		return nil
	}
	if f.codes != nil {
		code, ok := f.codes[string(text)]
		switch {
		case ok && f.plain:
			*f.target.text(&w.item.Order) = code
			return nil
		case ok:
			text = []byte(code)
		case f.Unmapped.V == "default":
			return w.set(f, *f.Default)
		case f.Unmapped.V == "alert":
			f.trouble(f.paths[0], string(text))
		case f.Unmapped.V != "keep":
			return core.Invalidf("unknown_code", "", "the map of %s has no %s; it has %v", "%s 的对照表中没有 %s；已有 %v", f.name, shown(string(text)), f.Map.Keys())
		}
	}
	if f.Max > 0 && len(text) > f.Max && utf8.RuneCount(text) > f.Max {
		text = []byte(string([]rune(string(text))[:f.Max]))
	}
	if f.house != nil && !f.isHouse(text) {
		return core.Invalidf("unknown_code", "", "%s is no code of %s; use one of %v", "%s 不是 %s 的代码；可用 %v", shown(string(text)), f.name, f.house)
	}
	return w.read(f, text)
}

// choose takes the first alternative whose condition holds.
func (w *walk) choose(f *input) *core.Error {
	for _, one := range f.either {
		is, err := w.holds(one.when, one.none)
		if err == nil && !is {
			continue
		}
		if err == nil {
			err = w.field(one)
		}
		if err != nil && err.Field == "" && len(one.paths) > 0 {
			err.Field = one.paths[0]
		}
		return err
	}
	if f.needed() {
		return f.missing()
	}
	return nil
}

// needed tells that no order can do without the field.
func (f *input) needed() bool { return f.Required || f.identity }

func (f *input) missing() *core.Error {
	return core.Invalidf("required", "", "there is no value, and %s wants one", "没有值，而 %s 必填", f.name)
}

func (f *input) isHouse(text []byte) bool {
	for _, code := range f.house {
		if code == string(text) {
			return true
		}
	}
	return false
}

// joined is the text of several paths.
func (w *walk) joined(f *input) []byte {
	from := len(w.raw) // nobody reads behind it
	for _, slot := range f.slots {
		part := w.tidy(f, w.found(slot))
		if len(part) == 0 {
			continue
		}
		if len(w.raw) > from {
			w.raw = append(w.raw, f.Join...)
		}
		w.raw = append(w.raw, part...)
	}
	return w.raw[from:]
}

// read takes a text of theirs as the mapping says, and keeps it.
func (w *walk) read(f *input, text []byte) *core.Error {
	switch f.as {
	case "int":
		n, ok := integer(text)
		switch {
		case !ok:
			return f.wrong(string(text), "an integer", "整数")
		case f.number != nil && n == int64(int32(n)):
			*f.number(&w.item.Order) = int(n)
			return nil
		}
	case "decimal":
		if !isDecimal(text) {
			return f.wrong(string(text), "a decimal number", "小数")
		}
	case "bool":
		is, err := xsd.ParseBool(text)
		if err != nil {
			return f.wrong(string(text), "true, false, 1 or 0", "true、false、1 或 0")
		}
		return w.set(f, strconv.FormatBool(is))
	case "base64", "hex":
		plain, ok := decode(text, f.as)
		if !ok || !utf8.Valid(plain) {
			return f.wrong(string(text), "a text in "+f.as, f.as+" 编码的文本")
		}
		if text = trim(plain); len(text) == 0 {
			return nil
		}
	case "date", "datetime", "epoch":
		at, ok := f.time(text)
		if !ok {
			want := "a " + f.as
			if f.Layout.V != "" {
				want = f.Layout.V
			}
			return f.wrong(string(text), want, want)
		}
		if f.instant != nil {
			*f.instant(&w.item.Order) = at
			return nil
		}
		from := len(w.out)
		if f.kind == dayKind || f.as == "date" {
			at = at.In(f.zone) // midnight there is another day in UTC
			w.out = at.AppendFormat(w.out, time.DateOnly)
		} else {
			w.out = at.AppendFormat(w.out, time.RFC3339)
		}
		w.owed = append(w.owed, owed{span{from, len(w.out)}, f.target.text, f.extra})
		return nil
	}
	if f.plain {
		w.owe(f, text)
		return nil
	}
	return w.set(f, string(text))
}

func (f *input) wrong(text, en, zh string) *core.Error {
	return core.Fail(core.Invalid, "invalid_value", "", shown(text)+" is not "+en+", which "+f.name+" wants", shown(text)+" 不是 "+f.name+" 要求的"+zh)
}

// set keeps a text in our own way of writing.
func (w *walk) set(f *input, text string) *core.Error {
	o := &w.item.Order
	switch {
	case f.number != nil:
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			return f.wrong(text, "an integer", "整数")
		}
		*f.number(o) = int(n)
	case f.instant != nil:
		at, err := xsd.ParseDateTime(text)
		if err != nil {
			return f.wrong(text, "a dateTime", "dateTime")
		}
		*f.instant(o) = at.Time(f.zone)
	case f.kind == dayKind:
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			return f.wrong(text, "a date (yyyy-MM-dd)", "日期（yyyy-MM-dd）")
		}
		*f.target.text(o) = text
	case f.target.text != nil:
		*f.target.text(o) = text
	default:
		w.extra(f.extra, text)
	}
	return nil
}

// point reads a point; neither half means that there is none.
func (w *walk) point(f *input) *core.Error {
	north := string(w.tidy(f, w.found(f.slots[0])))
	east := string(w.tidy(f, w.found(f.slots[1])))
	if north == "" && east == "" {
		if f.Required {
			return f.missing()
		}
		return nil
	}
	n, errN := xsd.ParseFloat(north)
	e, errE := xsd.ParseFloat(east)
	if errN != nil || errE != nil {
		return f.wrong(north+", "+east, "two numbers", "两个数值")
	}
	p, err := w.in.around.Area.Place(f.reference, n, e, north, east)
	if err != nil {
		var refused *core.Error
		if !errors.As(err, &refused) {
			refused = core.Because(core.Invalid, "invalid_value", err)
		}
		return refused
	}
	o := &w.item.Order
	o.Place.Point, o.Place.PointSource = &p, core.PointFromSource
	from := len(w.out)
	w.out = append(append(append(append(append(append(w.out, east...), ','), north...), " ("...), f.reference.Name()...), ')')
	w.owed = append(w.owed, owed{span{from, len(w.out)}, pointSent, ""})
	return nil
}

func pointSent(o *core.WorkOrder) *string { return &o.Place.PointSent }

func (w *walk) trace(f *input, err *core.Error) Trace {
	t := Trace{Field: f.name, Paths: f.paths, Line: f.Input.At.Line(), Err: err}
	for _, s := range f.slots {
		t.Texts = append(t.Texts, string(w.found(s)))
	}
	o := &w.item.Order
	switch {
	case err != nil:
	case f.kind == listKind:
		for _, a := range o.Report.Attachments {
			t.Value += fmt.Sprintf("%s (%s, %d bytes) ", a.Name, a.ContentType, a.Size)
		}
	case f.kind == pointKind:
		if p := o.Place.Point; p != nil {
			t.Value = written(pointKind, value{is: true, point: *p})
		}
	case f.number != nil:
		if n := *f.number(o); n != 0 {
			t.Value = strconv.Itoa(n)
		}
	case f.instant != nil:
		if at := *f.instant(o); !at.IsZero() {
			t.Value = at.Format(time.RFC3339Nano)
		}
	case f.target.text != nil:
		t.Value = *f.target.text(o)
	default:
		t.Value = o.Extra[f.extra]
	}
	return t
}
