package storetest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"tundish/core"
)

func messages(w *world) {
	o := w.order()
	u := w.created(o, "")
	in := core.LoggedMessage{ID: "a" + serial(), System: w.system, Direction: core.Inbound, Operation: "SubmitOrder", External: o.Ref.External, Order: o.No, At: at(1),
		Took: 2345 * time.Microsecond, Result: "ok", Detail: "好", Charset: "GB18030", Request: []byte{0, 0xff, 'x'}, Response: []byte("<ok/>"), Bundle: "0123456789abcdef0123456789abcdef"}
	out := in
	out.ID, out.Direction, out.Operation, out.Result, out.At, out.Response = "b"+serial(), core.Outbound, "CloseOrder", "timeout", at(2), nil
	other := in
	other.ID, other.External, other.Order, other.Result, other.Bundle = "c"+serial(), "", "", "bad_xml", ""
	u.Messages = []core.LoggedMessage{in, out, other}
	w.apply(u)
	retry := out
	retry.At = at(3) // the same id in every retry
	w.apply(core.Unit{Messages: []core.LoggedMessage{retry}})

	for _, x := range []struct {
		name string
		q    core.MessageQuery
		want []core.LoggedMessage
	}{
		{"system", core.MessageQuery{System: w.system}, []core.LoggedMessage{retry, other, out, in}},
		{"order", core.MessageQuery{Order: o.No}, []core.LoggedMessage{retry, out, in}},
		{"external", core.MessageQuery{External: o.Ref.External}, []core.LoggedMessage{retry, out, in}},
		{"id", core.MessageQuery{ID: out.ID}, []core.LoggedMessage{retry, out}},
		{"direction", core.MessageQuery{System: w.system, Direction: core.Inbound}, []core.LoggedMessage{other, in}},
		{"refused", core.MessageQuery{System: w.system, Refused: true}, []core.LoggedMessage{retry, other, out}},
		{"refused of an order", core.MessageQuery{Order: o.No, Refused: true, Limit: 1}, []core.LoggedMessage{retry}},
		{"unknown", core.MessageQuery{External: "nothing" + string(w.system)}, nil},
	} {
		for _, bodies := range []bool{true, false} {
			x.q.WithBodies = bodies
			got, err := w.Messages(w.ctx, x.q)
			w.ok(err)
			want := slices.Clone(x.want)
			if !bodies {
				for i := range want {
					want[i].Request, want[i].Response, want[i].Bundle = nil, nil, ""
				}
			}
			if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
				w.Errorf("%s\n got %+v\nwant %+v", x.name, got, want)
			}
		}
	}
}

func logTakesAnything(w *world) {
	long := strings.Repeat("很长", 3000)
	m := core.LoggedMessage{ID: "a" + serial(), System: w.system, Direction: core.Inbound, Operation: long, External: " " + long, Order: core.OrderNo(long),
		At: at(1), Result: long, Detail: "坏\xff字" + long, Charset: long, Request: bytes.Repeat([]byte(long), 100)}
	run := "r" + serial()
	w.apply(core.Unit{Messages: []core.LoggedMessage{m},
		Refused: []core.RefusedItem{{Run: run, Ref: core.Ref{System: w.system, External: long}, Code: long, Reason: long, At: at(1)}}})
	got, err := w.Messages(w.ctx, core.MessageQuery{ID: m.ID, WithBodies: true})
	w.ok(err)
	if len(got) != 1 || !bytes.Equal(got[0].Request, m.Request) || !strings.HasPrefix(got[0].Detail, "坏\uFFFD字很长") ||
		core.UTF16Len(got[0].External) != core.MaxExternal || core.UTF16Len(got[0].Detail) != core.MaxText {
		w.Fatalf("%d messages; external %d, detail %d characters", len(got), core.UTF16Len(got[0].External), core.UTF16Len(got[0].Detail))
	}
	items, err := w.RefusedItems(w.ctx, run, 1)
	if err != nil || len(items) != 1 || core.UTF16Len(items[0].Reason) != core.MaxText {
		w.Fatalf("%d refused items: %v", len(items), err)
	}
}

func blobs(w *world) {
	sum := strings.Repeat("0", 64-len(w.system)) + string(w.system)
	b := core.Blob{SHA256: sum, ContentType: "image/jpeg", Bytes: bytes.Repeat([]byte{0xff, 0xd8, 0}, 100_000)}
	var wg sync.WaitGroup
	for range 8 {
		u := w.created(w.order(), "")
		u.Blobs = []core.Blob{b}
		wg.Go(func() {
			if out := w.Commit(w.ctx, u)[0]; out.Kind != core.Applied {
				w.Errorf("the same attachment again is %s: %v", out.Kind, out.Err)
			}
		})
	}
	wg.Wait()
	got, err := w.Blob(w.ctx, sum)
	w.ok(err)
	if got.SHA256 != sum || got.ContentType != b.ContentType || !bytes.Equal(got.Bytes, b.Bytes) {
		w.Fatalf("attachment came back as %d bytes of %s", len(got.Bytes), got.ContentType)
	}
	empty := core.Blob{SHA256: "e" + sum[1:]}
	w.apply(core.Unit{Blobs: []core.Blob{empty, empty}})
	if got, err = w.Blob(w.ctx, empty.SHA256); err != nil || len(got.Bytes) != 0 {
		w.Fatalf("empty attachment: %d bytes, %v", len(got.Bytes), err)
	}
	_, err = w.Blob(w.ctx, "none")
	w.kind(err, core.NotFound)
}

// twoHubs writes through two handles at once; each sees at once what the other was told.
func twoHubs(w *world) {
	hubs := []core.Store{w.Store, w.open(w.T)}
	ref := core.Ref{System: w.system, External: "both"}
	for round := range 20 {
		o := w.order()
		o.Ref = core.Ref{System: w.system, External: fmt.Sprint("both", round)}
		units := [2]core.Unit{w.created(o, "")}
		o.No = nextNo()
		units[1] = w.created(o, "")
		var kinds [2]core.OutcomeKind
		var wg sync.WaitGroup
		for i := range hubs {
			wg.Go(func() {
				kinds[i] = hubs[i].Commit(w.ctx, units[i])[0].Kind
				if _, _, err := hubs[1-i].OrderByRef(w.ctx, o.Ref); err != nil {
					w.Errorf("hub %d does not see what hub %d was told: %v", 1-i, i, err)
				}
			})
		}
		wg.Wait()
		if !(kinds[0] == core.Applied && kinds[1] == core.Known || kinds[0] == core.Known && kinds[1] == core.Applied) {
			w.Fatalf("round %d: outcomes %v, want one applied and one known", round, kinds)
		}
	}
	o := w.order()
	o.Ref = ref
	w.apply(w.created(o, ""))
	for i := range 10 {
		old, err := hubs[i%2].Order(w.ctx, o.No)
		w.ok(err)
		ch, err := core.NewChange(&old, old, core.Event{At: at(i), Kind: core.EventNote, By: "hub"})
		w.ok(err)
		if out := hubs[i%2].Commit(w.ctx, core.Unit{Orders: []core.OrderChange{ch}})[0]; out.Kind != core.Applied {
			w.Fatalf("hub %d, change %d: %s %v", i%2, i, out.Kind, out.Err)
		}
	}
}
