package hotlinesim

import (
	"context"
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"tundish/adapters/sim"
	"tundish/adapters/soap"
	"tundish/core"
	"tundish/wsdl/hotline"
	"tundish/wsdl/xsd"
)

// answered is a hub that hears the answers to its requests for more time.
type answered struct {
	hubStandIn
	answers chan *hotline.AnswerExtension
}

func (a *answered) AnswerExtension(_ context.Context, r *hotline.AnswerExtension) (*hotline.AnswerExtensionResponse, error) {
	a.answers <- r
	return &hotline.AnswerExtensionResponse{OrderNo: "W-" + r.ExternalRef, Status: "accepted", At: xsd.NewDateTime(may11)}, nil
}

func TestEveryRequestForMoreTimeIsAnsweredOnce(t *testing.T) {
	stand := &answered{hubStandIn{orders: map[string]*hotline.Order{}}, make(chan *hotline.AnswerExtension, 10)}
	endpoint, err := soap.NewEndpoint(hotline.NewHotlineHubHandler(stand), soap.EndpointOptions{System: Hotline, Zone: sim.DefaultZone, Detail: detail})
	if err != nil {
		t.Fatal(err)
	}
	hub := httptest.NewServer(oneAtATime(make(chan struct{}, 1), endpoint))
	defer hub.Close()
	clock := core.ScaledClock{Origin: may11, Anchor: time.Now(), Speed: 30_000}
	s, clients := serving(t, Options{Options: sim.Options{Drive: true, Clock: clock, HubURL: hub.URL}})
	until := xsd.NewDateTime(may11.Add(96 * time.Hour))
	for n := range 3 {
		ref := fmt.Sprintf("X%d", n)
		registered(s, Hotline, ref)
		for _, again := range []bool{false, true} {
			a, err := clients[Hotline].RequestExtension(t.Context(), &hotline.RequestExtension{
				MessageId: "m" + ref, Sequence: 1, SentAt: xsd.NewDateTime(may11), OrderNo: "W-" + ref, ExternalRef: ref,
				ExtensionNo: "W-" + ref + "-E1", Until: until, Reason: "掘路许可未批", At: xsd.NewDateTime(may11),
			})
			if err != nil || !a.Acknowledgement.Accepted || a.Acknowledgement.AlreadyDone != again {
				t.Fatalf("%+v, %v", a, err)
			}
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	done := make(chan struct{})
	system := s.System(Hotline)
	go func() { system.Driver.Run(ctx); close(done) }()
	for planned, pending := system.Driver.Left(); planned+pending > 0 && ctx.Err() == nil; planned, pending = system.Driver.Left() {
		<-time.After(10 * time.Millisecond)
	}
	cancel()
	<-done
	close(stand.answers)
	granted := map[string]bool{}
	for a := range stand.answers {
		if _, twice := granted[a.ExtensionNo]; twice || a.ExtensionNo != "W-"+a.ExternalRef+"-E1" || a.Granted != (a.Until != nil) || a.Granted == (a.Remark != "") {
			t.Errorf("answered %+v", a)
		}
		granted[a.ExtensionNo] = a.Granted
	}
	if want := map[string]bool{"W-X0-E1": true, "W-X1-E1": true, "W-X2-E1": false}; fmt.Sprint(granted) != fmt.Sprint(want) {
		t.Errorf("granted %v, want %v", granted, want)
	}
	if n := system.Stats().Extensions; n != 3 {
		t.Errorf("the statistics say %d", n)
	}
	if e, _ := system.Books.Find("X0", ""); e.Effects != 0 {
		t.Errorf("a request for more time counts as %d results", e.Effects)
	}
}
