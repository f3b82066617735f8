package storetest

import (
	"strings"

	"tundish/core"
)

func keysApart(w *world) {
	names := []string{"A1", "a1", "Ａ１", "A1x", "ａ1", "𠮷", "𠮶", "吉", "é", "e\u0301", "ß", "ss", "ı", "i", "0", "００", "00"}
	nos := map[string]core.OrderNo{}
	for _, name := range names {
		o := w.order()
		o.Ref.External = name
		o.Customer.Account, o.Meter.Serial = name+string(w.system), name+string(w.system)
		nos[name] = w.stored(o).No
	}
	for _, name := range names {
		o, _, err := w.OrderByRef(w.ctx, core.Ref{System: w.system, External: name})
		w.ok(err)
		if o.No != nos[name] {
			w.Errorf("%q finds %q", name, o.Ref.External)
		}
		found, err := w.Orders(w.ctx, core.OrderQuery{System: w.system, Find: name + string(w.system)})
		w.ok(err)
		if len(found) != 1 || found[0].No != nos[name] {
			w.Errorf("the account of %q finds %d orders", name, len(found))
		}
	}
	// Trailing blanks never count as equal, in either direction.
	for _, name := range []string{"A1 ", " A1", "A1\u3000", "A1\x00"} {
		if _, _, err := w.OrderByRef(w.ctx, core.Ref{System: w.system, External: name}); !core.IsKind(err, core.NotFound) {
			w.Errorf("%q is found: %v", name, err)
		}
		if found, err := w.Orders(w.ctx, core.OrderQuery{System: w.system, Find: name}); err != nil || len(found) != 0 {
			w.Errorf("%q finds %d orders: %v", name, len(found), err)
		}
	}
	refs := []core.Ref{{System: w.system, External: "A1 "}, {System: w.system, External: "a1"}, {System: w.system, External: "Ａ１"}}
	many, err := w.OrdersByRef(w.ctx, refs)
	w.ok(err)
	if len(many) != 2 || many[refs[1]].Order.No != nos["a1"] || many[refs[2]].Order.No != nos["Ａ１"] {
		w.Errorf("by many references: %d found", len(many))
	}
}

func everyPlane(w *world) {
	text := "ASCII \t\r\n ~ é ß 中文，。 あ 한 ع \u200f ﷺ 😀 👩‍👩‍👧 𠮷𠮶 𪚥 𫝀 𮯰 𰻞 \U000E0041 \U000F0000 \U0010FFFD \uE000 \uFFFD \u0000end"
	o := w.order()
	o.Customer.Name, o.Report.Content = text, strings.Repeat(text, 300)
	o.Extra = map[string]string{"𠮷": text}
	o = w.stored(o)
	if o.Customer.Name != text || o.Extra["𠮷"] != text || len(o.Report.Content) != 300*len(text) {
		w.Fatalf("text came back changed: %q", o.Customer.Name)
	}
	next := o.Clone()
	next.Report.Remark = text
	u := w.changed(o, next, core.EventNote)
	plain := strings.ReplaceAll(text, "\u0000", "")
	u.Orders[0].Events[0].Remark = plain
	id := "m" + serial()
	u.Messages = []core.LoggedMessage{{ID: id, System: w.system, Direction: core.Inbound, At: at(0), Result: "ok", Detail: "𠮷" + plain, Request: []byte("\x00\xff\xfe" + text)}}
	w.apply(u)
	events, err := w.Events(w.ctx, o.No)
	w.ok(err)
	if events[1].Remark != plain {
		w.Fatalf("remark came back as %q", events[1].Remark)
	}
	log, err := w.Messages(w.ctx, core.MessageQuery{ID: id, WithBodies: true})
	w.ok(err)
	if len(log) != 1 || log[0].Detail != "𠮷"+plain || string(log[0].Request) != "\x00\xff\xfe"+text {
		w.Fatalf("message came back as %+v", log)
	}
}

func fullLength(w *world) {
	fill := func(n int) string { return strings.Repeat("𠮷", (n-1)/2) + strings.Repeat("z", n-2*((n-1)/2)) }
	o := w.order()
	o.No = core.OrderNo(string(o.No) + strings.Repeat("9", core.MaxNumberLength-len(o.No)))
	o.Ref = core.Ref{System: core.SystemID(string(w.system) + fill(core.MaxSystem-len(w.system))), External: fill(core.MaxExternal), Period: fill(core.MaxPeriod)}
	o.Type, o.Customer.Account, o.Meter.Serial = fill(core.MaxCode), fill(core.MaxNumber), fill(core.MaxNumber)
	o.Assignment = &core.Assignment{CrewID: fill(core.MaxCode)}
	w.stored(o)
	got, _, err := w.OrderByRef(w.ctx, o.Ref)
	w.ok(err)
	if got.Ref != o.Ref || got.Type != o.Type {
		w.Fatalf("came back as %+v", got.Ref)
	}
}
