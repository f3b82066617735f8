package foreign

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"tundish/adapters/mapping"
	"tundish/adapters/soap"
	"tundish/adapters/standard"
	"tundish/adapters/standard/standardtest"
	"tundish/config/lang"
	"tundish/core"
	"tundish/core/intake"
	"tundish/core/life"
	"tundish/core/store/sqlite"
)

const served = `
mapping: old
zone: Asia/Shanghai
envelope: {prefix: SOAP-ENV, declare: {xsd: "http://www.w3.org/2001/XMLSchema"}, no_declaration: true}
serve:
  Submit:
    does: submit
    each: Submit/R
    order: {ref: no, type: {from: lx, map: {LS: leak}}, urgency: {value: normal}, place.address: {from: dz, required: true}, report.content: nr, customer.phone: dh, customer.contact: lxr, report.category: {value: leak}}
    answer:
      ok: {Answer/row: {each: receipts, fields: {no: receipt.ref, order: receipt.no, taken: receipt.taken, known: receipt.known, why: error.code}}}
      refused: {Answer/why: error.code}
  Silent:
    does: submit
    each: Silent/R
    order: {ref: no, type: {value: leak}, urgency: {value: normal}, place.address: dz, report.content: nr, customer.phone: dh, customer.contact: lxr, report.category: {value: leak}}
    answer: {ok: {Answer/ok: {value: "1"}}}
  Photos:
    does: submit
    order:
      ref: no
      type: {value: leak}
      urgency: {value: normal}
      place.address: dz
      report.content: nr
      customer.phone: dh
      customer.contact: lxr
      report.category: {value: leak}
      report.attachments: {each: P, name: mc, content: nr}
    answer: {ok: {Answer/ok: {value: "1"}}, refused: {Answer/why: error.code, Answer/where: error.field, Answer/text: error.message}}
  Some:
    does: submit
    when: 'lx != "ZX"' # what is only asked about is not for us
    order: {ref: no, type: {value: leak}, urgency: {value: normal}, place.address: dz, report.content: nr, customer.phone: dh, customer.contact: lxr, report.category: {value: leak}}
    answer: {ok: {Answer/ok: {value: "1"}, Answer/no: receipt.no, Answer/theirs: order.ref}, refused: {Answer/why: error.code}}
  Cancel:
    does: cancel
    order: {ref: no, reason: why, by: who}
    answer: {ok: {Answer/state: receipt.status}, refused: {Answer/why: error.code, Answer/where: error.field}}
  Urge:
    does: expedite
    order: {ref: no, reason: why}
    answer: {ok: {Answer/times: receipt.expedited}, known: {Answer/again: receipt.expedited}}
  Called:
    does: follow_up
    order:
      ref: no
      follow_up.reached: {from: ok, map: {是: "true", 否: "false"}}
      follow_up.satisfaction: {from: my, map: {A: satisfied, C: unsatisfied}}
      follow_up.at: {from: sj, as: datetime, layout: "yyyy-MM-dd HH:mm"}
    answer: {ok: {Answer/state: receipt.status}, refused: {Answer/why: error.code}}
  Ask:
    does: query
    order: {ref: no, no: ours}
    answer: {ok: {Answer/state: order.status, Answer/no: order.no, Answer/theirs: order.ref, Answer/step: {each: order.events, fields: {kind: event.kind}}}, refused: {Answer/why: error.code}}
  Ping: {does: ignore, answer: {ok: {Pong/now: {value: ok}}}}
`

// A message whose only order is none for the mapping is answered as taken, for its caller to go
// on; nothing is stored, and the log tells.
func TestASingleOrderThatIsPassedOverIsAnsweredAsTaken(t *testing.T) {
	d := newDesk(t)
	one := func(no, kind string) string {
		return "<Some><no>" + no + "</no><lx>" + kind + "</lx><dz>路</dz><nr>漏水</nr><dh>13800000000</dh><lxr>李</lxr></Some>"
	}
	if got := d.ask(one("S1", "ZX")); got != "<Answer><ok>1</ok><no/><theirs/></Answer>" {
		t.Errorf("passed over: %s", got)
	}
	if told := d.logged.FilterMessageSnippet("none for the mapping").All(); len(told) != 1 || told[0].ContextMap()["op"] != "Some" || told[0].ContextMap()["system"] != "hotline" {
		t.Errorf("logged %+v", told)
	}
	if got := d.ask(one("S2", "LS")); got != "<Answer><ok>1</ok><no>W0000001</no><theirs>S2</theirs></Answer>" {
		t.Errorf("not passed over: %s", got)
	}
	known, err := d.store.OrdersByRef(t.Context(), []core.Ref{{System: "hotline", External: "S1"}, {System: "hotline", External: "S2"}})
	if err != nil || len(known) != 1 {
		t.Errorf("%d orders, %v", len(known), err)
	}
	if got := d.ask("<Some/>"); !strings.Contains(got, "<why>required</why>") {
		t.Errorf("of one that lacks everything: %s", got)
	}
}

// desk serves a system without a WSDL on a store of its own.
type desk struct {
	*testing.T
	store  *sqlite.Store
	serves *soap.Endpoint
	clock  *standardtest.Clock
	kept   chan struct{} // one for each message that came by HTTP, when it is in the message log
	url    string
	logged *observer.ObservedLogs
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	store, err := sqlite.Open(filepath.Join(t.TempDir(), "tundish.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	clock, rules := standardtest.NewClock(), standardtest.Rules()
	in, err := intake.New(store, intake.Options{Clock: clock, Rules: func() *life.Rules { return rules }})
	if err != nil {
		t.Fatal(err)
	}
	y := standardtest.System(t, "hotline", nil)
	var p lang.Problems
	m := mapping.Load(fstest.MapFS{"old.yaml": {Data: []byte(served)}}, "old.yaml", mapping.Surroundings{Zone: y.Zone}, &p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	log, logged := observer.New(zap.InfoLevel)
	kept := make(chan struct{}, 100)
	e, err := NewEndpoint(Hub{System: y, Mapping: m, Intake: in, SOAP: soap.EndpointOptions{Clock: clock, Logger: zap.New(log), Log: bookkeeper{store, kept}}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	return &desk{T: t, store: store, serves: e, clock: clock, kept: kept, url: server.URL, logged: logged}
}

var inBody = regexp.MustCompile(`(?s)^<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><SOAP-ENV:Body>(.*)</SOAP-ENV:Body>`)

// ask posts what stands in a Body and gives what stands in the answer's.
func (d *desk) ask(body string) string {
	d.Helper()
	message := `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>` + body + `</s:Body></s:Envelope>`
	resp, err := http.Post(d.url, "text/xml; charset=utf-8", strings.NewReader(message))
	if err != nil {
		d.Fatal(err)
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := io.Copy(&b, resp.Body); err != nil {
		d.Fatal(err)
	}
	found := inBody.FindStringSubmatch(b.String())
	if found == nil {
		d.Fatalf("%d %s", resp.StatusCode, b.String())
	}
	return regexp.MustCompile(`W26-(\d+)-\d`).ReplaceAllString(found[1], "W$1")
}

func row(ref, kind, address string) string {
	return fmt.Sprintf("<R><no>%s</no><lx>%s</lx><dz>%s</dz><nr>冒水</nr><dh>13800000000</dh><lxr>张</lxr></R>", ref, kind, address)
}

func (d *desk) want(what, body, want string) {
	d.Helper()
	if got := d.ask(body); got != want {
		d.Errorf("%s: answered %s\nwant %s", what, got, want)
	}
}

func TestABatchThatIsReplayedTellsOfARefusedOrder(t *testing.T) {
	d := newDesk(t)
	replay := func(rows string) (answer string, refused error) {
		text, refused := d.serves.Replay(t.Context(), "Submit", []byte(`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><Submit>`+rows+`</Submit></s:Body></s:Envelope>`), "UTF-8", time.Time{})
		return string(text), refused
	}
	if answer, refused := replay(row("A", "LS", "路1号") + row("B", "XX", "路2号")); core.CodeOf(refused) != "unknown_code" || strings.Count(answer, "<taken>true</taken>") != 1 {
		t.Errorf("one of two is refused: %v, answered %s", refused, answer)
	}
	if answer, refused := replay(row("A", "LS", "路1号") + row("B", "LS", "路2号")); refused != nil || strings.Count(answer, "<taken>true</taken>") != 2 {
		t.Errorf("after it was mended: %v, answered %s", refused, answer)
	}
}

// bookkeeper keeps what no use case stored with its own change.
type bookkeeper struct {
	store *sqlite.Store
	kept  chan struct{}
}

func (k bookkeeper) Log(ctx context.Context, x *soap.Exchange) {
	if x.Replayed {
		return
	}
	if !x.Stored {
		k.store.Commit(ctx, core.Unit{Messages: []core.LoggedMessage{standard.Logged(x)}})
	}
	k.kept <- struct{}{}
}

// What was refused of a batch can be found and taken again, whichever of its orders it was, and however
// the answer spoke of it.
func TestABatchThatWasRefusedInPartSaysSoInTheMessageLog(t *testing.T) {
	good, bad := row("A", "LS", "路1号"), row("B", "LS", "")
	for name, of := range map[string]struct{ body, want string }{
		"the last":               {"<Submit>" + good + bad + "</Submit>", core.ResultPartly},
		"the first":              {"<Submit>" + bad + good + "</Submit>", core.ResultPartly},
		"none":                   {"<Submit>" + good + "</Submit>", core.ResultOK},
		"all":                    {"<Submit>" + bad + "</Submit>", "required"},
		"the last, answered no":  {"<Silent>" + good + row("", "LS", "路2号") + "</Silent>", "required"},
		"the first, answered no": {"<Silent>" + row("", "LS", "路2号") + good + "</Silent>", "required"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.ask(of.body)
			<-d.kept
			all, err := d.store.Messages(t.Context(), core.MessageQuery{System: "hotline"})
			if err != nil || len(all) != 1 || all[0].Result != of.want || (all[0].Detail == "") != (of.want == core.ResultOK) {
				t.Fatalf("logged %+v, %v; want %s once", all, err, of.want)
			}
			refused, err := d.store.Messages(t.Context(), core.MessageQuery{Refused: true})
			if err != nil || (len(refused) == 1) != (of.want != core.ResultOK) {
				t.Errorf("refused are %+v, %v", refused, err)
			}
		})
	}
}

// A batch that is taken again brings what it was refused for, and no old state over a new one.
func TestAReplayedBatchTakesOnlyWhatNobodySentSince(t *testing.T) {
	d := newDesk(t)
	batch := "<Submit>" + row("A", "LS", "路1号") + row("B", "XX", "路2号") + row("C", "XX", "路3号") + "</Submit>"
	d.ask(batch)
	<-d.kept
	kept, err := d.store.Messages(t.Context(), core.MessageQuery{Refused: true, WithBodies: true})
	if err != nil || len(kept) != 1 {
		t.Fatal(kept, err)
	}
	d.clock.Advance(time.Minute)
	d.ask("<Submit>" + row("B", "LS", "路22号") + "</Submit>") // mended by its sender
	mended := bytes.ReplaceAll(kept[0].Request, []byte("XX"), []byte("LS"))
	answer, refused := d.serves.Replay(t.Context(), "Submit", mended, "UTF-8", kept[0].At)
	if refused != nil || strings.Count(string(answer), "<taken>true</taken>") != 3 || strings.Count(string(answer), "<known>true</known>") != 2 {
		t.Errorf("%v, %s", refused, answer)
	}
	if b, c := orderOf(d, "B"), orderOf(d, "C"); b.Place.Address != "路22号" || c.Place.Address != "路3号" {
		t.Errorf("B is at %s, C at %s", b.Place.Address, c.Place.Address)
	}
	if _, refused = d.serves.Replay(t.Context(), "Submit", mended, "UTF-8", time.Time{}); refused != nil || orderOf(d, "B").Place.Address != "路2号" {
		t.Errorf("by force: %v, B is at %s", refused, orderOf(d, "B").Place.Address)
	}
	// What is refused again is not written down again.
	d.serves.Replay(t.Context(), "Submit", kept[0].Request, "UTF-8", kept[0].At)
	if still, err := d.store.Messages(t.Context(), core.MessageQuery{Refused: true}); err != nil || len(still) != 1 {
		t.Errorf("%d refused messages, %v", len(still), err)
	}
}

func TestEveryOrderOfABatchIsTakenOrRefusedForItself(t *testing.T) {
	d := newDesk(t)
	d.want("a batch", `<Submit xmlns="urn:any">`+row("A", "LS", "路1号")+row("B", "XX", "路2号")+row("C", "LS", "")+`</Submit>`,
		"<Answer><row><no>A</no><order>W0000001</order><taken>true</taken><known>false</known><why/></row>"+
			"<row><no>B</no><order/><taken>false</taken><known>false</known><why>unknown_code</why></row>"+
			"<row><no>C</no><order/><taken>false</taken><known>false</known><why>required</why></row></Answer>")
	d.want("all of it refused", "<Submit>"+row("B", "XX", "路2号")+"</Submit>", "<Answer><why>unknown_code</why></Answer>")
	d.want("an order twice", "<Submit>"+row("A", "LS", "路1号")+row("A", "LS", "路3号")+"</Submit>",
		"<Answer><row><no>A</no><order>W0000001</order><taken>true</taken><known>true</known><why/></row>"+
			"<row><no>A</no><order>W0000001</order><taken>true</taken><known>false</known><why/></row></Answer>")
	if o := orderOf(d, "A"); o.Place.Address != "路3号" {
		t.Errorf("A is %+v", o)
	}
	var many strings.Builder
	for i := range 200 {
		many.WriteString(row(fmt.Sprintf("N%d", i), "LS", "路"))
	}
	if got := d.ask("<Submit>" + many.String() + "</Submit>"); strings.Count(got, "<taken>true</taken>") != 200 {
		t.Errorf("of 200: %s", got)
	}
}

// An answer that cannot tell which order was refused must not say that all were taken.
func TestAnAnswerWithoutPlaceForRefusalsRefuses(t *testing.T) {
	d := newDesk(t)
	if got := d.ask("<Silent>" + row("A", "LS", "路1号") + row("", "LS", "路2号") + "</Silent>"); !strings.Contains(got, "Fault") || !strings.Contains(got, "required") {
		t.Errorf("answered %s", got)
	}
	d.want("what was good is stored", "<Ask><no>A</no></Ask>", "<Answer><state>received</state><no>W0000001</no><theirs>A</theirs><step><kind>received</kind></step></Answer>")
	d.want("all good", "<Silent>"+row("A", "LS", "路1号")+"</Silent>", "<Answer><ok>1</ok></Answer>")
}

func TestWishesAboutKnownOrdersAreHeard(t *testing.T) {
	d := newDesk(t)
	d.ask("<Submit>" + row("A", "LS", "路1号") + "</Submit>") // one after the other: those of a batch are numbered as it comes
	d.ask("<Submit>" + row("B", "LS", "路1号") + "</Submit>")
	d.want("urged", "<Urge><no>A</no><why>用户催</why></Urge>", "<Answer><times>1</times></Answer>")
	d.want("the same again", "<Urge><no>A</no><why>用户催</why></Urge>", "<Answer><again>1</again></Answer>")
	d.want("urged anew", "<Urge><no>A</no><why>用户再催</why></Urge>", "<Answer><times>2</times></Answer>")
	d.want("by our number", "<Ask><ours>W26-0000002-6</ours></Ask>", "<Answer><state>received</state><no>W0000002</no><theirs>B</theirs><step><kind>received</kind></step></Answer>")
	d.want("nobody", "<Ask><no>Z</no></Ask>", "<Answer><why>unknown_order</why></Answer>")
	d.want("nothing", "<Ask/>", "<Answer><why>required</why></Answer>")
	d.want("too early", "<Called><no>A</no><ok>是</ok><my>A</my><sj>2026-05-11 10:00</sj></Called>", "<Answer><why>no_follow_up</why></Answer>")
	d.want("called off", "<Cancel><no>B</no><why>误报</why><who>0417</who></Cancel>", "<Answer><state>cancelled</state></Answer>")
	d.want("a stranger", "<Cancel><no>Z</no></Cancel>", "<Answer><why>unknown_order</why><where>no</where></Answer>")
	events, err := d.store.Events(t.Context(), orderOf(d, "B").No)
	if err != nil || events[len(events)-1].Kind != core.EventCancelled || !strings.Contains(fmt.Sprint(events[len(events)-1]), "误报 — 0417") {
		t.Errorf("events %+v %v", events, err)
	}
	d.want("a greeting", "<Ping/>", "<Pong><now>ok</now></Pong>")
}

func orderOf(d *desk, ref string) core.WorkOrder {
	d.Helper()
	o, _, err := d.store.OrderByRef(d.Context(), core.Ref{System: "hotline", External: ref})
	if err != nil {
		d.Fatal(err)
	}
	return o
}

// away is an intake whose store cannot be reached for every order but A.
type away struct{ standard.Intake }

func (a away) Submit(ctx context.Context, sub intake.Submission) (intake.Receipt, error) {
	if sub.Order.Ref.External != "A" {
		return intake.Receipt{}, core.Fail(core.Unavailable, "store", "", "the store does not answer", "数据库无响应")
	}
	return intake.Receipt{No: "W26-0000001-8", Status: core.StatusReceived}, nil
}

// A caller that hears of a refusal gives the order up: what lies here and may be over soon is
// a fault, also when other orders of the message were stored.
func TestAStoreThatIsAwayIsNoRefusal(t *testing.T) {
	y := standardtest.System(t, "hotline", nil)
	var p lang.Problems
	m := mapping.Load(fstest.MapFS{"old.yaml": {Data: []byte(served)}}, "old.yaml", mapping.Surroundings{Zone: y.Zone}, &p)
	e, err := NewEndpoint(Hub{System: y, Mapping: m, Intake: away{}})
	if err != nil || p.Len() > 0 {
		t.Fatal(err, p.Err())
	}
	server := httptest.NewServer(e)
	defer server.Close()
	d := &desk{T: t, url: server.URL}
	for _, body := range []string{"<Submit>" + row("B", "LS", "路2号") + "</Submit>", "<Submit>" + row("A", "LS", "路1号") + row("B", "LS", "路2号") + "</Submit>"} {
		if got := d.ask(body); !strings.Contains(got, "Fault>") || !strings.Contains(got, "try_later") {
			t.Errorf("%s was answered %s", body, got)
		}
	}
}
