package life_test

import (
	"testing"
	"time"

	"tundish/core"
	"tundish/core/life"
)

// fromHotline is a step of the order's source.
func fromHotline(n int) life.Step {
	return life.Step{Now: start.Add(time.Duration(n) * time.Minute), Actor: life.Source("hotline"), By: "system:hotline"}
}

// touched is an order of the hotline that the house has done much to: its customer was looked up, a telephone number put
// right, an appointment made, its urgency and a field raised by a trigger, its type changed, its place put on the map.
func touched(t *testing.T) (*life.Rules, core.WorkOrder, core.WorkOrder) {
	r, do := withTriggers(core.Trigger{ID: "t", On: []core.EventKind{core.EventReceived}, Effects: []core.Effect{set("extra.team", "pump"), set("urgency", "urgent")}}), must(t)
	r.CustomersFrom = "billing"
	sent := core.WorkOrder{No: "W26-0000001-1", Ref: core.Ref{System: "hotline", External: "1"}, Type: "burst", Urgency: core.Normal,
		Customer: core.Customer{Phone: "138"}, Report: core.Report{Content: "漏水"}, Extra: map[string]string{"ticket": "7"}}
	o := do(r.Receive(sent, "h", step(0))).Orders[0].Order
	found := &core.CustomerRecord{Customer: core.Customer{Account: "A7", Name: "张三"}, Place: core.Place{Address: "柳园路 1 号", Depot: "ST-1", Branch: "B1"}, Meters: []core.Meter{{Serial: "M7", DiameterMM: 20}}}
	o = do(r.LookedUp(o, found, step(1))).Orders[0].Order
	o = do(r.Locate(o, core.Place{Point: &core.Point{Lat: 31, Lon: 121}, PointSource: core.PointFromDesk}, step(2))).Orders[0].Order
	o = do(r.Appoint(o, core.Appointment{From: start.Add(time.Hour), With: "李四"}, step(3))).Orders[0].Order
	o = do(r.Correct(o, life.Correction{Customer: core.Customer{Phone: "139"}}, step(4))).Orders[0].Order
	o = do(r.Act(o, life.Command{Action: core.ActAmend, Fields: fields("type", `"enquiry"`)}, step(5))).Orders[0].Order
	return r, o, sent
}

func TestASourceThatSendsItsOrderAgainUndoesNothingOfTheHouse(t *testing.T) {
	r, o, sent := touched(t)
	sent.Report.Remark = "催" // what the source says otherwise
	sent.Extra = map[string]string{"ticket": "8"}
	for n, hash := range []core.Hash{"h2", "h3"} { // and twice
		o = must(t)(r.Amend(o, sent, hash, fromHotline(6+n))).Orders[0].Order
		if c := o.Customer; c.Account != "A7" || c.Name != "张三" || c.Phone != "139" {
			t.Errorf("customer %+v", c)
		}
		if p := o.Place; p.Address != "柳园路 1 号" || p.Depot != "ST-1" || p.Branch != "B1" || p.Point == nil || p.PointSource != core.PointFromDesk {
			t.Errorf("place %+v", p)
		}
		if o.Meter.Serial != "M7" || o.Meter.DiameterMM != 20 || o.Appointment.With != "李四" || o.Urgency != core.Urgent || o.Type != "enquiry" || o.Family != core.Desk {
			t.Errorf("%+v %+v %s %s", o.Meter, o.Appointment, o.Urgency, o.Type)
		}
		if o.Report.Remark != "催" || o.Extra["ticket"] != "8" || o.Extra["team"] != "pump" {
			t.Errorf("%+v %v", o.Report, o.Extra)
		}
	}
	if len(sent.Extra) != 1 || sent.Customer.Account != "" {
		t.Errorf("what the source sent is changed: %+v", sent)
	}
}

func TestWhatASourceChangesItselfCounts(t *testing.T) {
	r, o, sent := touched(t)
	sent.Customer.Phone, sent.Urgency, sent.Type = "137", core.Emergency, "replacement"
	sent.Appointment = core.Appointment{From: start.Add(2 * time.Hour)}
	o = must(t)(r.Amend(o, sent, "h2", fromHotline(6))).Orders[0].Order
	if o.Customer.Phone != "137" || o.Urgency != core.Emergency || o.Type != "replacement" || !o.Appointment.From.Equal(start.Add(2*time.Hour)) || o.Appointment.With != "" || o.Customer.Account != "A7" {
		t.Errorf("%+v %s %s %+v", o.Customer, o.Urgency, o.Type, o.Appointment)
	}
	sent.Place.Address = "梧桐路 9 号" // another place, of which nothing was found out
	o = must(t)(r.Amend(o, sent, "h3", fromHotline(7))).Orders[0].Order
	if p := o.Place; p.Address != "梧桐路 9 号" || p.Depot != "" || p.Branch != "" || p.Point != nil {
		t.Errorf("%+v", p)
	}
	sent.Customer.Account = "A9" // another customer
	o = must(t)(r.Amend(o, sent, "h4", fromHotline(8))).Orders[0].Order
	if o.Customer.Name != "" || o.Customer.Account != "A9" {
		t.Errorf("%+v", o.Customer)
	}
	sent.Meter.Serial = "M9"
	o = must(t)(r.Amend(o, sent, "h5", fromHotline(9))).Orders[0].Order
	if o.Meter != (core.Meter{Serial: "M9"}) {
		t.Errorf("%+v", o.Meter)
	}
	if len(o.Ours) != 1 { // the field that a trigger set
		t.Errorf("ours: %v", o.Ours)
	}
}

func TestWhatTheHouseTakesBackIsTheSourcesAgain(t *testing.T) {
	r, do := rules(), must(t)
	sent := order("hotline", "burst", core.Normal)
	sent.Customer.Phone = "138"
	o := do(r.Receive(sent, "h", step(0))).Orders[0].Order
	for _, phone := range []string{"139", "138"} {
		o = do(r.Correct(o, life.Correction{Customer: core.Customer{Phone: phone}}, step(1))).Orders[0].Order
	}
	if o.Ours != nil {
		t.Errorf("ours: %v", o.Ours)
	}
}
