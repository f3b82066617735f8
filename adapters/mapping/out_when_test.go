package mapping

import (
	"strings"
	"testing"
	"time"

	"tundish/core"
	"tundish/wsdl/xml"
)

const alternatives = `mapping: hot
call:
  status: {when: 'order.expedite > 1', request: {S/no: order.no}}
  result:
    - {when: 'order.completion.outcome == "done" and given(order.completion.finished_at)', request: {Done/no: order.no}}
    - {when: 'order.urgency in ["urgent", "emergency"]', request: {Urgent/no: order.no}}
`

func TestTheFirstCallWhoseConditionIsTrueIsSent(t *testing.T) {
	m, p := loaded(alternatives)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	done := core.WorkOrder{No: "W1", Completions: []core.Completion{{Outcome: "done", FinishedAt: time.Unix(1, 0)}}}
	for _, c := range []struct {
		kind core.WriteBackKind
		o    core.WorkOrder
		want string
	}{
		{core.TellResult, done, "<Done><no>W1</no></Done>"},
		{core.TellResult, core.WorkOrder{No: "W1", Urgency: core.Urgent, Completions: []core.Completion{{Outcome: "done"}}}, "<Urgent><no>W1</no></Urgent>"},
		{core.TellResult, core.WorkOrder{No: "W1"}, ""},
		{core.TellStatus, core.WorkOrder{No: "W1", Expedite: 2}, "<S><no>W1</no></S>"},
		{core.TellStatus, core.WorkOrder{No: "W1", Expedite: 1}, ""},
	} {
		v := Values{Order: &c.o}
		call, err := m.Calls[c.kind].For(&v)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if call != nil {
			w := xml.NewWriter()
			if err := call.WriteBody(w, &v); err != nil {
				t.Fatal(err)
			}
			got = string(w.Bytes())
		}
		if got != c.want {
			t.Errorf("%s of %+v: got %s, want %s", c.kind, c.o, got, c.want)
		}
	}
	if !m.Calls[core.TellResult].Speaks("order.no") {
		t.Error("alternatives speak, too")
	}
}

func TestWrongConditionsAreRefusedAtTheirPlace(t *testing.T) {
	for text, want := range map[string]string{
		`order.completion.outcom == "done"`: `5:23: call.result.when: there is no field "order.completion.outcom"`,
		`order.place.point == "x"`:          `a condition cannot look at "order.place.point", which is a point`,
		`photo.name == "x"`:                 `"photo.name" has a value only inside each: order.completion.photos`,
		`order.expedite`:                    `it should yield a bool, and yields a int`,
	} {
		_, p := loaded("mapping: hot\ncall:\n  result:\n    request: {S/no: order.no}\n    when: " + "           '" + text + "'\n")
		if got := strings.Join(strings.Fields(p.Error()), " "); p.Len() != 1 || !strings.Contains(got, want) {
			t.Errorf("%s: got %v", text, p)
		}
	}
}
