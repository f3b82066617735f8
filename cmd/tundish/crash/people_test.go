package crash

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"tundish/core"
	"tundish/wsdl/xsd"
)

// people are the control room and the crews, over the JSON API: they look, press the
// button that is due, and press it again when the hub is away. Crews are given by hand;
// what the hub dispatches by itself they take over.
type people struct {
	hub    string
	client http.Client
}

func newPeople(hub string) *people {
	return &people{hub: hub, client: http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 8}}}
}

// work until stop is closed.
func (p *people) work(stop <-chan struct{}) {
	for {
		for _, phase := range []core.Phase{core.Acceptance, core.Approval, core.Dispatching, core.Field, core.ResultReview, core.FollowUpCall} {
			select {
			case <-stop:
				return
			default:
			}
			var page struct{ Orders []core.WorkOrder }
			if p.call("GET", "/orders?limit=60&phase="+url.QueryEscape(string(phase)), nil, &page) != nil {
				continue
			}
			desks := make(chan *core.WorkOrder)
			var all sync.WaitGroup
			for range 4 {
				all.Go(func() {
					for o := range desks {
						p.attend(o)
					}
				})
			}
			for i := range page.Orders {
				desks <- &page.Orders[i]
			}
			close(desks)
			all.Wait()
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// fate is the same for an order and a question, whenever it is asked.
func fate(o *core.WorkOrder, question string, n uint32) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(o.Ref.String() + "|" + question))
	return h.Sum32() % n
}

// attend does what is due for an order. What is refused, because somebody was faster or
// the hub died in between, is seen with the next look.
func (p *people) attend(o *core.WorkOrder) {
	path := "/orders/" + url.PathEscape(string(o.No))
	switch o.Phase {
	case core.Acceptance:
		verb, remark := "accept", ""
		if fate(o, "return", 25) == 0 {
			verb, remark = "return", "不属于本公司管网，请转物业"
		}
		_ = p.call("POST", path+"/"+verb, map[string]string{"remark": remark}, nil)
	case core.Approval:
		_ = p.call("POST", path+"/act", map[string]any{"action": core.ActApprove}, nil)
	case core.Dispatching:
		crew := "R01"
		if o.Family == core.Replacement {
			crew = "M01"
		}
		_ = p.call("POST", path+"/assign", map[string]string{"crew": crew, "reason": "就近"}, nil)
	case core.Field:
		crew := "/crews/" + url.PathEscape(o.Assignment.CrewID) + path + "/"
		for _, verb := range []string{"accept", "travel", "arrive"} {
			_ = p.call("POST", crew+verb, struct{}{}, nil)
		}
		_ = p.call("POST", crew+"complete", map[string]any{"completion": completion(o)}, nil)
	case core.ResultReview:
		_ = p.call("POST", path+"/review", map[string]any{"passed": true}, nil)
	case core.FollowUpCall:
		satisfaction := "satisfied"
		if o.FollowUp == nil && fate(o, "follow-up", 20) == 0 {
			satisfaction = "unsatisfied" // it is opened again, once
		}
		_ = p.call("POST", path+"/follow-up", map[string]any{"reached": true, "satisfaction": satisfaction, "comment": "回访"}, nil)
	}
}

// completion is what the crew found and did.
func completion(o *core.WorkOrder) core.Completion {
	if fate(o, "nobody home", 12) == 0 {
		return core.Completion{Outcome: core.CouldNotBeDone, Reason: "no_access"}
	}
	if o.Family != core.Replacement {
		return core.Completion{Outcome: core.Done, Handling: "repaired", Work: "更换管段"}
	}
	old := xsd.NewDecimal(1, 0)
	if last, err := xsd.ParseDecimal(o.Meter.LastReading); err == nil {
		old = last.Add(old)
	}
	return core.Completion{Outcome: core.Done, OldFinalReading: old.String(), NewSerial: "N" + o.Ref.External, NewInitialReading: "0.000", NewDiameterMM: 15, OldMeterFate: "scrapped", Work: "换表"}
}

// call calls the API; an answer other than 200 is an error.
func (p *people) call(method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, p.hub+"/api/v1"+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Tundish-User", "dispatcher")
	resp, err := p.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s %s", method, path, resp.Status, raw)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(raw, out)
}

// pull runs the job again and again until stop is closed.
func (p *people) pull(stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		if p.call("POST", "/jobs/"+pullJob+"/run", struct{}{}, nil) != nil {
			time.Sleep(50 * time.Millisecond) // the hub is away, the source is, or a dead hub's lease runs
		}
	}
}
