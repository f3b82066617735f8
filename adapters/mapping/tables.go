package mapping

import (
	"slices"
	"strings"

	"tundish/config/codes"
	"tundish/config/lang"
	"tundish/core"
)

// KindOf is the kind of code that a field of the house holds; "" if it holds none.
func KindOf(field string) string { return kindsOfCode[field] }

// kindsOfCode are the kinds of the fields that hold a code of the house.
var kindsOfCode = map[string]string{
	"type": codes.Type, "urgency": codes.Urgency, "channel": codes.Channel, "phase": "phase", "status": codes.Status, "receipt.status": codes.Status,
	"report.category": codes.Category, "report.sub_category": codes.SubCategory, "place.district": codes.District,
	"customer.tariff": "tariff", "meter.state": "meter_state", "follow_up.satisfaction": "satisfaction",
	"completion.outcome": "outcome", "completion.reason": codes.Reason, "completion.handling": "handling", "completion.old_meter_fate": "meter_fate",
	"completion.confirmation": "confirmation", "completion.account_treatment": "account_treatment",
}

// kindOfCode is the kind of code that a field holds; "" for another field.
func kindOfCode(field string) string { return kindsOfCode[strings.TrimPrefix(field, "order.")] }

var (
	noTable     = lang.NewMessage("unknown-table", "there is no code table %q", "没有代码表 %q")
	otherKind   = lang.NewMessage("code-table", "the table %q leads to codes of kind %s, and %q holds %s", "代码表 %q 对应 %s 类代码，而 %q 为 %s 类")
	tableAndMap = lang.NewMessage("code-table", "a table says itself what the codes mean and what becomes of others: leave out map and unmapped", "代码表已规定代码含义及未列代码的处理：请去掉 map 与 unmapped")
	tableFrom   = lang.NewMessage("code-table", "a table takes from, or two parts where it has two levels; %q has %d", "代码表须配 from，两级代码表可配 parts 的两个路径；%q 为 %d 级")
	noCodeField = lang.NewMessage("code-table", "%q holds no code", "%q 不是代码字段")
	noLevel     = lang.NewMessage("code-table", "the codes of table %q have one level", "代码表 %q 只有一级代码")
)

// tableNamed finds a code table that leads to what a field holds.
func (around *Surroundings) tableNamed(at lang.Value[string], field string, p *lang.Problems) *codes.Table {
	t, ok := around.Tables[at.V]
	if !ok {
		names := around.Tables.Names()
		p.At(at.At, noTable, at.V).Expected(names...).Near(at.V, names)
		return nil
	}
	kind := kindOfCode(field)
	if kind != "" && kind != t.Kind && !(kind == codes.SubCategory && t.Kind == codes.Category) {
		p.At(at.At, otherKind, at.V, t.Kind, field, kind)
	}
	return t
}

// table prepares the code table of a line of an order.
func (c *reading) table(f *input) {
	if f.trouble = c.around.Trouble; f.trouble == nil {
		f.trouble = func(string, string) {}
	}
	if f.Table.V == "" {
		return
	}
	if len(f.Map) > 0 || f.Unmapped.V != "" {
		c.p.At(f.Table.At, tableAndMap)
	}
	t := c.around.tableNamed(f.Table, f.name, c.p)
	if t == nil {
		return
	}
	if f.kind != textKind {
		c.p.At(f.Table.At, noCodeField, f.name)
		return
	}
	if len(f.slots) == 0 || len(f.slots) > t.Levels {
		c.p.At(f.Table.At, tableFrom, t.Name, t.Levels)
		return
	}
	f.table = t
}

// translated is what the table makes of the codes in a message; empty when there are none.
func (w *walk) translated(f *input) ([]byte, *core.Error) {
	from := len(w.raw) // nobody reads behind it
	w.raw = append(w.raw, w.tidy(f, w.found(f.slots[0]))...)
	code, sub := w.raw[from:], []byte(nil)
	if len(f.slots) > 1 {
		sub = w.tidy(f, w.found(f.slots[1]))
	}
	ours, fate := f.table.InBytes(code, sub)
	switch theirs := func() string { return codes.Code{Code: string(code), Sub: string(sub)}.String() }; fate {
	case codes.Refused:
		return nil, core.Invalidf("unknown_code", "", "the code table %s has no %s; it has %v", "代码表 %s 中没有 %s；已有 %v", f.table.Name, shown(theirs()), some(f.table.Theirs()))
	case codes.Alerted:
		f.trouble(f.paths[0], theirs())
	}
	text := ours.Code
	switch {
	case f.name == "report.sub_category" && f.table.Kind == codes.Category:
		text = ours.Sub
	case f.name != "report.category" && ours.Sub != "":
		text = ours.String()
	}
	w.scratch = append(w.scratch[:0], text...)
	return w.scratch, nil
}

// some shortens a long list for people.
func some(list []string) []string {
	const most = 24
	if len(list) > most {
		return append(slices.Clone(list[:most]), "…")
	}
	return list
}

// table prepares the code table of a value that leaves.
func (c *compiler) table(src *source, o *Output) {
	if o.Table.V == "" {
		return
	}
	if len(o.Map) > 0 || o.Unmapped.V != "" {
		c.p.At(o.Table.At, tableAndMap)
	}
	t := c.around.tableNamed(o.Table, src.name, c.p)
	if t == nil {
		return
	}
	field := strings.TrimPrefix(src.name, "order.")
	src.table, src.below = t, o.Level == 2 || o.Level == 0 && field == "report.sub_category" && t.Kind == codes.Category
	if src.below && t.Levels == 1 {
		c.p.At(o.Table.At, noLevel, t.Name)
	}
	if t.Kind == codes.Category && kindOfCode(field) != "" { // both halves decide
		upper, _ := fieldNamed("order.report.category")
		lower, _ := fieldNamed("order.report.sub_category")
		src.get, src.lower = upper.get, lower.get
	}
}

// translated is a code of the house in their words.
func (src *source) translated(s *scope, house string) string {
	ours := codes.Code{Code: house}
	if src.lower != nil {
		ours.Sub = src.lower(s).text
	}
	theirs, fate := src.table.Back(ours)
	switch fate {
	case codes.Refused:
		s.fail(core.Invalidf("unknown_code", src.name, "the code table %s has nothing that leads to %s", "代码表 %s 中没有对应 %s 的代码", src.table.Name, shown(ours.String())))
	case codes.Alerted:
		if s.Trouble != nil {
			s.Trouble(src.name, ours.String())
		}
	}
	if src.below {
		return theirs.Sub
	}
	return theirs.Code
}
