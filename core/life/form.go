package life

import (
	"encoding/json"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tundish/core"
)

// ask holds the order against the form of an exit, or that of the step where the exit has
// none. All faults come together.
func (x *turn) ask(exit, step []core.FormField) error {
	form := exit
	if form == nil {
		form = step
	}
	var faults []*core.Error
	for i := range form {
		f := &form[i]
		raw, err := value(&x.next, f.Path)
		if err != nil {
			return err
		}
		if raw == nil {
			needed, err := x.required(f)
			if err != nil {
				return err
			}
			if needed {
				faults = append(faults, core.Invalidf("required", short(f.Path), "%s is required", "必须填写%[2]s", labelEN(f), labelZH(f)))
			}
			continue
		}
		if e := x.r.fits(f, raw); e != nil {
			faults = append(faults, e)
		}
	}
	return together(faults)
}

func (x *turn) required(f *core.FormField) (bool, error) {
	if f.Required || f.RequiredWhen == nil {
		return f.Required, nil
	}
	return x.holds(f.RequiredWhen)
}

// short is a path as forms show it: a completion's fields by their own names.
func short(path string) string { return strings.TrimPrefix(path, "completion.") }

func labelEN(f *core.FormField) string {
	if f.Label.EN != "" {
		return f.Label.EN
	}
	return short(f.Path)
}

func labelZH(f *core.FormField) string {
	if f.Label.ZH != "" {
		return "“" + f.Label.ZH + "”"
	}
	return " " + short(f.Path)
}

// together makes one refusal of many faults; a caller that can shows each at its field.
func together(faults []*core.Error) error {
	if len(faults) == 0 {
		return nil
	}
	first := *faults[0]
	if len(faults) == 1 {
		return &first
	}
	var fields, en, zh []string
	for _, f := range faults {
		fields, en, zh = append(fields, f.Field), append(en, f.Field+": "+f.Message), append(zh, f.Field+"："+f.MessageZH)
		if f.Code != first.Code {
			first.Code = "form"
		}
	}
	first.Field, first.Message, first.MessageZH, first.Faults = strings.Join(fields, ","), strings.Join(en, "; "), strings.Join(zh, "；"), faults
	return &first
}

var (
	decimalText = regexp.MustCompile(`^-?\d{1,15}(\.\d{1,9})?$`)
	readingText = regexp.MustCompile(`^\d{1,9}(\.\d{1,3})?$`)
	patterns    sync.Map // text → *regexp.Regexp
)

// fits holds a value against what a field asks for.
func (r *Rules) fits(f *core.FormField, raw json.RawMessage) *core.Error {
	field := short(f.Path)
	wrong := func(code, en, zh string, args ...any) *core.Error { return core.Invalidf(code, field, en, zh, args...) }
	text := string(raw)
	quoted := text[0] == '"'
	if quoted && json.Unmarshal(raw, &text) != nil {
		return wrongValue(field)
	}
	switch f.Type {
	case core.FieldInt:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return wrong("not_a_number", "%q is no whole number", "%q 不是整数", text)
		}
		return bounded(f, field, strconv.FormatInt(n, 10))
	case core.FieldDecimal:
		if !decimalText.MatchString(text) {
			return wrong("not_a_number", "%q is no number; write digits, e.g. 1234.5", "%q 不是数字；请填写如 1234.5", text)
		}
		return bounded(f, field, text)
	case core.FieldReading:
		if !readingText.MatchString(text) {
			return notAReading(field, text)
		}
		return bounded(f, field, text)
	case core.FieldBool:
		if text != "true" && text != "false" {
			return wrong("not_a_flag", "%q is neither true nor false", "%q 不是是/否", text)
		}
	case core.FieldDate:
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			return wrong("not_a_date", "%q is no date; write it as 2026-05-11", "%q 不是日期；请写成 2026-05-11", text)
		}
		if f.Min != "" && text < f.Min || f.Max != "" && text > f.Max {
			return outside(field, text, f.Min, f.Max)
		}
	case core.FieldTime:
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			return wrong("not_a_time", "%q is no time; write it as 2026-05-11T09:00:00+08:00", "%q 不是时间；请写成 2026-05-11T09:00:00+08:00", text)
		}
	case core.FieldChoice:
		return r.chosen(f, field, text)
	case core.FieldPhotos:
		var list []core.Attachment
		if json.Unmarshal(raw, &list) != nil {
			return wrongValue(field)
		}
		return bounded(f, field, strconv.Itoa(len(list)))
	case core.FieldPoint:
		var p core.Point
		if json.Unmarshal(raw, &p) != nil || p.Lat < -90 || p.Lat > 90 || p.Lon < -180 || p.Lon > 180 || p == (core.Point{}) {
			return wrong("bad_position", "%s is no position in WGS 84 degrees", "%s 不是有效的 WGS 84 坐标", text)
		}
	default: // texts
		bounds := *f
		if bounds.Max == "" {
			bounds.Max = strconv.Itoa(mostLong)
			if f.Type == core.FieldText && !f.IsOwn() {
				bounds.Max = strconv.Itoa(mostLine)
			}
		}
		if n := core.UTF16Len(text); bounded(&bounds, field, strconv.Itoa(n)) != nil {
			return wrong("length", "has %d characters; allowed: %s", "共 %d 个字符；允许：%s", n, span(bounds.Min, bounds.Max))
		}
	}
	if f.Pattern != "" {
		if re := pattern(f.Pattern); re == nil || !re.MatchString(text) {
			return wrong("pattern", "%q does not have the form %s", "%q 不符合格式 %s", text, f.Pattern)
		}
	}
	return nil
}

func notAReading(field, text string) *core.Error {
	return core.Invalidf("not_a_reading", field, "%q is no meter reading; write digits, at most three after the point, e.g. 1234.5", "%q 不是有效读数；请填写数字，小数最多三位，如 1234.5", text)
}

// bounded compares decimal texts exactly.
func bounded(f *core.FormField, field, text string) *core.Error {
	v, ok := new(big.Rat).SetString(text)
	if !ok {
		return wrongValue(field)
	}
	below := func(bound string, sign int) bool {
		b, ok := new(big.Rat).SetString(bound)
		return ok && v.Cmp(b)*sign < 0
	}
	if below(f.Min, 1) || below(f.Max, -1) {
		return outside(field, text, f.Min, f.Max)
	}
	return nil
}

func outside(field, text, low, high string) *core.Error {
	return core.Invalidf("out_of_range", field, "%s is out of range; allowed: %s", "%s 超出范围；允许：%s", text, span(low, high))
}

func span(low, high string) string { return low + "…" + high }

// pattern compiles the pattern of a field once; it must match the whole text.
func pattern(text string) *regexp.Regexp {
	if re, ok := patterns.Load(text); ok {
		return re.(*regexp.Regexp)
	}
	re, err := regexp.Compile("^(?:" + text + ")$")
	if err != nil {
		return nil
	}
	patterns.Store(text, re)
	return re
}

// chosen refuses a code that the field does not offer. Without anybody who knows the house's
// codes those are not checked.
func (r *Rules) chosen(f *core.FormField, field, text string) *core.Error {
	var codes []string
	switch {
	case len(f.Options) > 0:
		for _, o := range f.Options {
			codes = append(codes, o.Code)
		}
	case f.Codes != "" && r.Codes != nil:
		codes = r.Codes(f.Codes)
	}
	if len(codes) == 0 || slices.Contains(codes, text) {
		return nil
	}
	return core.Invalidf("unknown_code", field, "%q is not one of: %s", "%q 不在可选值之内：%s", text, strings.Join(codes, ", "))
}
