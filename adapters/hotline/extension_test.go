package hotline_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"

	"tundish/adapters/standard/standardtest"
	"tundish/core"
	"tundish/core/life"
	wire "tundish/wsdl/hotline"
	"tundish/wsdl/xsd"
)

var permit = standardtest.Start.Add(100 * time.Hour)

// extend asks for more time until permit and gives what the hotline hears of it.
func (h *hub) extend(no string) *wire.RequestExtension {
	h.Helper()
	rules := standardtest.Rules()
	if _, err := core.Decide(h.Context(), h.store, core.OrderNo(no), func(o core.WorkOrder) (core.Unit, error) {
		return rules.RequestExtension(o, permit, "掘路许可未批", life.Step{Now: h.clock.Now(), Actor: life.Hub("调度 03"), By: "调度 03"})
	}); err != nil {
		h.Fatal(err)
	}
	owed, err := h.store.OutboxMessages(h.Context(), core.OutboxQuery{Order: core.OrderNo(no)})
	if err != nil || len(owed) == 0 {
		h.Fatal(owed, err)
	}
	last := slices.MaxFunc(owed, func(a, b core.OutboxMessage) int { return cmp.Compare(a.Sequence, b.Sequence) })
	f := &far{ack: wire.Acknowledgement{Accepted: true}}
	if d := sink(h.T, f.url(h.T)).Deliver(h.Context(), last); d.Outcome != core.Delivered {
		h.Fatalf("%+v", d)
	}
	if len(f.extend) != 1 {
		h.Fatalf("%d requests arrived", len(f.extend))
	}
	return f.extend[0]
}

func answerTo(q *wire.RequestExtension, id string, granted bool) *wire.AnswerExtension {
	return &wire.AnswerExtension{MessageId: id, ExternalRef: q.ExternalRef, ExtensionNo: q.ExtensionNo, Granted: granted, At: xsd.NewDateTime(standardtest.Start)}
}

func TestAGrantedExtensionMovesTheDeadlineOnce(t *testing.T) {
	h := serve(t, nil)
	a := h.submit(leak("RX1"))
	due := h.order(a.OrderNo).DueAt
	made := answerTo(&wire.RequestExtension{ExternalRef: "RX1", ExtensionNo: "made-up"}, "x-0", true)
	_, err := h.AnswerExtension(t.Context(), made)
	wantFault(t, err, "unknown_extension", "ExtensionNo", "made-up")

	asked := h.extend(a.OrderNo)
	if asked.ExtensionNo != a.OrderNo+"-E1" || asked.ExternalRef != "RX1" || !asked.Until.Time(nil).Equal(permit) || asked.Reason != "掘路许可未批" || asked.By != "调度 03" {
		t.Errorf("the hotline heard %+v", asked)
	}
	if o := h.order(a.OrderNo); !o.DueAt.Equal(due) {
		t.Errorf("the deadline moved to %v before it was granted", o.DueAt)
	}
	_, err = h.AnswerExtension(t.Context(), made)
	wantFault(t, err, "unknown_extension", "ExtensionNo", "made-up")

	past := answerTo(asked, "x-1", true)
	past.Until = new(xsd.NewDateTime(standardtest.Start.Add(-time.Hour)))
	_, err = h.AnswerExtension(t.Context(), past)
	wantFault(t, err, "invalid_value", "Until", "does not lie after")

	answer := answerTo(asked, "x-1", true)
	answer.Remark, answer.By = "permit is on its way", "值班长"
	for _, known := range []bool{false, true} {
		if r, err := h.AnswerExtension(t.Context(), answer); err != nil || r.Known != known {
			t.Fatalf("%+v, %v; want known %v", r, err, known)
		}
	}
	if o := h.order(a.OrderNo); !o.DueAt.Equal(permit) || o.Extension.State != core.ExtensionGranted || o.Extension.Remark != "permit is on its way — 值班长" {
		t.Errorf("due %v, %+v", o.DueAt, o.Extension)
	}
	answer.MessageId = "x-2"
	_, err = h.AnswerExtension(t.Context(), answer)
	wantFault(t, err, "unknown_extension", "ExtensionNo", "waits for no answer")

	p, err := h.QueryOrder(t.Context(), &wire.QueryOrder{ExternalRef: "RX1"})
	if err != nil || len(p.Progress.Event) != 3 || p.Progress.Event[1].Kind != "extension_requested" || !strings.Contains(p.Progress.Event[2].Remark, "permit is on its way") {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestARefusedExtensionLeavesTheDeadline(t *testing.T) {
	h := serve(t, nil)
	a := h.submit(leak("RX1"))
	due := h.order(a.OrderNo).DueAt
	if _, err := h.AnswerExtension(t.Context(), answerTo(h.extend(a.OrderNo), "x-1", false)); err != nil {
		t.Fatal(err)
	}
	if o := h.order(a.OrderNo); !o.DueAt.Equal(due) || o.Extension.State != core.ExtensionRefused {
		t.Errorf("due %v, want %v; %+v", o.DueAt, due, o.Extension)
	}
	if again := h.extend(a.OrderNo); again.ExtensionNo != a.OrderNo+"-E2" {
		t.Errorf("the next request is %s", again.ExtensionNo)
	}
}
