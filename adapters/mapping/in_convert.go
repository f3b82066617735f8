package mapping

import (
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tundish/adapters/geo"
	"tundish/core"
	"tundish/wsdl/xsd"
)

// apply makes the field of what was found in the message. texts are those of all slots.
func (f *input) apply(o *core.WorkOrder, texts [][]byte, area geo.Area) *core.Error {
	if f.kind == pointKind {
		return f.place(o, texts, area)
	}
	text := ""
	switch {
	case f.Value != nil:
		return f.set(o, *f.Value)
	case f.table != nil:
		var err *core.Error
		if text, err = f.translated(texts); err != nil {
			return err
		}
	case len(f.slots) == 1:
		text = f.tidy(string(texts[f.slots[0]]))
	default:
		var parts []string
		for _, slot := range f.slots {
			if part := f.tidy(string(texts[slot])); part != "" {
				parts = append(parts, part)
			}
		}
		text = strings.Join(parts, f.Join)
	}
	if text == "" {
		switch {
		case f.Default != nil:
			return f.set(o, *f.Default)
		case f.Required || f.name == "ref" || f.name == "type":
			return core.Invalidf("required", "", "there is no value, and %s wants one", "没有值，而 %s 必填", f.name)
		}
		return nil
	}
	if f.codes != nil {
		code, ok := f.codes[text]
		switch {
		case ok:
			text = code
		case f.Unmapped.V == "default":
			return f.set(o, *f.Default)
		case f.Unmapped.V == "alert":
			f.trouble(f.paths[0], text)
		case f.Unmapped.V != "keep":
			return core.Invalidf("unknown_code", "", "the map of %s has no %s; it has %v", "%s 的对照表中没有 %s；已有 %v", f.name, shown(text), f.Map.Keys())
		}
	}
	if f.Max > 0 && utf8.RuneCountInString(text) > f.Max {
		text = string([]rune(text)[:f.Max])
	}
	if f.house != nil && !slices.Contains(f.house, text) {
		return core.Invalidf("unknown_code", "", "%s is no code of %s; use one of %v", "%s 不是 %s 的代码；可用 %v", shown(text), f.name, f.house)
	}
	return f.read(o, text)
}

// tidy is a text of theirs without what the mapping takes off it; "" means nothing.
func (f *input) tidy(text string) string {
	text = strings.TrimSpace(text)
	if f.Fold {
		text = strings.TrimSpace(strings.Map(narrow, text))
	}
	if slices.Contains(f.none, text) {
		return ""
	}
	if f.Strip != "" {
		text = strings.Map(func(r rune) rune {
			if strings.ContainsRune(f.Strip, r) {
				return -1
			}
			return r
		}, text)
	}
	text = strings.TrimSuffix(strings.TrimPrefix(text, f.StripPrefix), f.StripSuffix)
	switch f.Case {
	case "upper":
		text = strings.ToUpper(text)
	case "lower":
		text = strings.ToLower(text)
	}
	return strings.TrimSpace(text)
}

// narrow makes a full-width letter, digit or sign a plain one.
func narrow(r rune) rune {
	switch {
	case r >= '！' && r <= '～':
		return r - '！' + '!'
	case r == '\u3000':
		return ' '
	}
	return r
}

// read takes a text of theirs as the mapping says, and keeps it.
func (f *input) read(o *core.WorkOrder, text string) *core.Error {
	switch f.as {
	case "int":
		if _, err := strconv.ParseInt(text, 10, 64); err != nil {
			return f.wrong(text, "an integer", "整数")
		}
	case "decimal":
		if _, err := xsd.ParseDecimal(text); err != nil {
			return f.wrong(text, "a decimal number", "小数")
		}
	case "bool":
		is, err := xsd.ParseBool(text)
		if err != nil {
			return f.wrong(text, "true, false, 1 or 0", "true、false、1 或 0")
		}
		text = strconv.FormatBool(is)
	case "date", "datetime", "epoch":
		at, ok := f.instant(text)
		if !ok {
			want := "a " + f.as
			if f.Layout.V != "" {
				want = f.Layout.V
			}
			return f.wrong(text, want, want)
		}
		switch f.kind {
		case instantKind:
			f.field(o).Set(reflect.ValueOf(at))
			return nil
		case dayKind:
			text = at.Format(time.DateOnly)
		default:
			if text = at.Format(time.RFC3339); f.as == "date" {
				text = at.Format(time.DateOnly)
			}
		}
	}
	return f.set(o, text)
}

func (f *input) wrong(text, en, zh string) *core.Error {
	return core.Fail(core.Invalid, "invalid_value", "", shown(text)+" is not "+en+", which "+f.name+" wants", shown(text)+" 不是 "+f.name+" 要求的"+zh)
}

// instant reads a time of theirs.
func (f *input) instant(text string) (time.Time, bool) {
	switch {
	case f.as == "epoch":
		n, err := strconv.ParseInt(text, 10, 64)
		const most = 253402300799 // the last second of the year 9999
		if err != nil || n < 0 || f.Unit == "s" && n > most || n/1000 > most {
			return time.Time{}, false
		}
		if f.Unit == "s" {
			return time.Unix(n, 0).In(f.zone), true
		}
		return time.UnixMilli(n).In(f.zone), true
	case f.layouts != nil:
		for _, layout := range f.layouts {
			if at, err := time.ParseInLocation(layout, text, f.zone); err == nil {
				return at, true
			}
		}
		return time.Time{}, false
	case f.as == "date":
		at, err := time.ParseInLocation(time.DateOnly, text, f.zone)
		return at, err == nil
	}
	at, err := xsd.ParseDateTime(text)
	return at.Time(f.zone), err == nil
}

func (f *input) field(o *core.WorkOrder) reflect.Value {
	return reflect.ValueOf(o).Elem().FieldByIndex(f.index)
}

// set keeps a text in our own way of writing.
func (f *input) set(o *core.WorkOrder, text string) *core.Error {
	if f.index == nil {
		if o.Extra == nil {
			o.Extra = map[string]string{}
		}
		o.Extra[f.extra] = text
		return nil
	}
	v := f.field(o)
	switch f.kind {
	case numberKind:
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			return f.wrong(text, "an integer", "整数")
		}
		v.SetInt(n)
	case instantKind:
		at, err := xsd.ParseDateTime(text)
		if err != nil {
			return f.wrong(text, "a dateTime", "dateTime")
		}
		v.Set(reflect.ValueOf(at.Time(f.zone)))
	case dayKind:
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			return f.wrong(text, "a date (yyyy-MM-dd)", "日期（yyyy-MM-dd）")
		}
		v.SetString(text)
	default:
		v.SetString(text)
	}
	return nil
}

// place reads a point; neither half means that there is none.
func (f *input) place(o *core.WorkOrder, texts [][]byte, area geo.Area) *core.Error {
	north, east := f.tidy(string(texts[f.slots[0]])), f.tidy(string(texts[f.slots[1]]))
	if north == "" && east == "" {
		if f.Required {
			return core.Invalidf("required", "", "there is no value, and %s wants one", "没有值，而 %s 必填", f.name)
		}
		return nil
	}
	n, errN := xsd.ParseFloat(north)
	e, errE := xsd.ParseFloat(east)
	if errN != nil || errE != nil {
		return f.wrong(north+", "+east, "two numbers", "两个数值")
	}
	p, err := area.Place(f.reference, n, e, north, east)
	if err != nil {
		var refused *core.Error
		if !errors.As(err, &refused) {
			refused = core.Because(core.Invalid, "invalid_value", err)
		}
		return refused
	}
	o.Place.Point, o.Place.PointSource = &p, core.PointFromSource
	o.Place.PointSent = east + "," + north + " (" + f.reference.Name() + ")"
	return nil
}
