package mapping

import (
	"strings"
	"testing"
	"testing/fstest"

	"tundish/config/lang"
)

const tested = `mapping: hot
serve:
  Submit:
    does: submit
    order: {ref: no, type: {from: lx, map: {"1": burst}}, report.occurred_at: {from: at, layout: yyyy-MM-dd HH:mm}, place.point: {north: x, east: y, system: WGS84}, meter.diameter_mm: dn}
call:
  result: {when: 'order.completion.outcome == "done"', request: {R/no: order.no, R/ref: order.ref, R/old: order.extra.a.b, R/n: order.completion.new_diameter_mm, R/at: {from: order.completion.finished_at, layout: HH:mm}, R/p: {from: order.place.point.lat, system: WGS84}}}
`

const goodCases = `mapping: hot
cases:
  a burst:
    serve: Submit
    message: <Submit><no>7</no><lx>1</lx><at>2026-05-11 09:30</at><x>31.2</x><y>121.5</y><dn>15</dn></Submit>
    orders: 1
    order: {ref: "7", type: burst, report.occurred_at: 2026-05-11T01:30:00Z, place.point: "31.2, 121.5", meter.diameter_mm: 15, customer.name: ""}
  another type:
    serve: Submit
    message: {file: hot/a.xml}
    refused: {code: unknown_code, field: lx}
  done:
    call: result
    values: {order.no: W1, order.ref: "7", order.extra.a.b: x, order.completion.outcome: done, order.completion.new_diameter_mm: 20, order.completion.finished_at: 2026-05-11T01:30:00Z, order.place.point: "31.2, 121.5"}
    body: <R><no>W1</no><ref>7</ref><old>x</old><n>20</n><at>09:30</at><p>31.2000000</p></R>
  not done:
    call: result
    values: {order.completion.outcome: no_access}
    not_told: true
`

const badCases = `mapping: hat
cases:
  a burst:
    serve: Submit
    message: <Submit><no>7</no><lx>1</lx><dn>15</dn></Submit>
    orders: 2
    order: {ref: "8", tipe: burst, meter.diameter_mm: 16, report.occurred_at: 2026-05-11T01:30:00Z}
  taken: {serve: Submit, message: <Submit><no>7</no><lx>1</lx></Submit>, refused: {code: unknown_code}}
  refused: {serve: Submit, message: <Submit><no>7</no><lx>2</lx></Submit>, order: {ref: "7"}}
  other: {serve: Submit, message: <Submit><no>7</no><lx>2</lx></Submit>, refused: {code: unknown_code, field: no}}
  broken: {serve: Submit, message: <Submit>}
  nowhere: {serve: Submitt, message: <Submit/>}
  file: {serve: Submit, message: {file: hot/b.xml}}
  both: {serve: Submit, call: result}
  told: {call: result, values: {order.completion.outcome: done, order.no: W1}, not_told: true}
  silent: {call: result, values: {order.no: W1}, body: x}
  sent: {call: result, values: {order.completion.outcome: done, order.no: W1, order.ref: 7}, body: <R><no>W1</no><ref>8</ref></R>}
  value: {call: result, values: {order.completion.finished_at: yesterday, order.non: x, person: y}, body: x}
`

func casesOf(t *testing.T, text string) (int, *lang.Problems) {
	t.Helper()
	m, p := loaded(tested)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{"maps/hot_test.yaml": {Data: []byte(text)}, "maps/hot/a.xml": {Data: []byte("<?xml version=\"1.0\"?><e:Envelope xmlns:e=\"urn:e\"><e:Header/><e:Body><Submit><no>7</no><lx>水</lx></Submit></e:Body></e:Envelope>")}}
	var found lang.Problems
	return m.Test(files, "maps/hot_test.yaml", &found), &found
}

func TestCasesThatHoldSaySo(t *testing.T) {
	if n, p := casesOf(t, goodCases); n != 4 || p.Len() > 0 {
		t.Errorf("%d cases: %v", n, p)
	}
}

func TestEveryDifferenceOfACaseIsToldAtItsPlace(t *testing.T) {
	n, p := casesOf(t, badCases)
	if n != 12 {
		t.Errorf("%d cases", n)
	}
	for _, l := range []lang.Lang{lang.English, lang.Chinese} {
		golden(t, "cases."+string(l)+".golden", p.In(l))
	}
	if strings.Count(p.Error(), "maps/hot_test.yaml:") != p.Len() {
		t.Error("a difference has no place")
	}
}
