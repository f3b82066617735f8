package gissim

import (
	"context"
	"errors"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"tundish/adapters/sim"
	"tundish/adapters/soap"
	"tundish/core"
	"tundish/wsdl/gis"
	"tundish/wsdl/xsd"
)

var may11 = time.Date(2026, 5, 11, 6, 0, 0, 0, sim.DefaultZone)

// stopped is a clock that stands still.
type stopped struct{}

func (stopped) Now() time.Time                       { return may11 }
func (stopped) After(time.Duration) <-chan time.Time { return nil }

func stamp(t time.Time) xsd.DateTime { return xsd.NewDateTime(t) }

func serving(t *testing.T) (*Sim, *gis.GISSystemClient, *sim.City) {
	t.Helper()
	s, err := New(Options{sim.Options{Clock: stopped{}}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	c, err := soap.NewClient(soap.ClientOptions{System: GIS, Endpoint: server.URL + "/soap/gis", Version: soap.SOAP12})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return s, gis.NewGISSystemClient(c), sim.NewCity(1, s.FirstDay())
}

func refusal(err error) string {
	var f *soap.Fault
	if errors.As(err, &f) {
		if d, ok := f.Detail.(*gis.OrderFault); ok {
			return d.Code
		}
	}
	return ""
}

func TestAddressesAreFoundAsExactlyAsTheyAreKnown(t *testing.T) {
	_, hub, city := serving(t)
	p := &city.Points[4]
	for i := range city.Points {
		if p = &city.Points[i]; p.Room > 0 {
			break
		}
	}
	d := p.District.Name
	for _, c := range []struct {
		what, address, level string
		metres               float64
	}{
		{"a room", p.Address, "room", 1},
		{"in full-width digits", sim.FullWidth(p.Address), "room", 1},
		{"with blanks and words behind", d + " " + p.Address[len(d):] + "，二楼", "room", 1},
		{"without its district", p.Address[len(d):], "room", 1},
		{"a room that nobody has", sim.Address(d, p.Road, p.Lane, p.House, 9901), "house", 1},
		{"a house that nobody has", sim.Address(d, p.Road, p.Lane, 999, 0), "lane", 700},
		{"a crossing", d + p.Road + "路口", "road", 2500},
	} {
		a, err := hub.Geocode(t.Context(), &gis.Geocode{MessageId: "g", SentAt: stamp(may11), Address: c.address})
		if err != nil || len(a.Candidate) != 1 {
			t.Errorf("%s, %s: %+v, %v", c.what, c.address, a, err)
			continue
		}
		got := a.Candidate[0]
		at := core.Point{Lat: got.Coordinate.Lat.Float64(), Lon: got.Coordinate.Lon.Float64()}
		if got.Level != c.level || got.District != p.District.Code || sim.Distance(at, p.Point) > c.metres {
			t.Errorf("%s: %+v, %.0f m away", c.what, got, sim.Distance(at, p.Point))
		}
	}
	for _, nowhere := range []string{d + "老菜场后面小巷", "黄泉路1号", "somewhere"} {
		if a, err := hub.Geocode(t.Context(), &gis.Geocode{MessageId: "g", SentAt: stamp(may11), Address: nowhere}); err != nil || len(a.Candidate) != 0 {
			t.Errorf("%s: %+v, %v", nowhere, a, err)
		}
	}
	other := "D1"
	if p.District.Code == other {
		other = "D2"
	}
	if a, err := hub.Geocode(t.Context(), &gis.Geocode{MessageId: "g", SentAt: stamp(may11), Address: p.Address, District: other}); err != nil || len(a.Candidate) != 0 {
		t.Errorf("in the wrong district: %+v, %v", a, err)
	}
}

func TestServicePointsAreFoundAndCorrected(t *testing.T) {
	s, hub, city := serving(t)
	find := func(r gis.GetServicePoint) *gis.GetServicePointResponse {
		t.Helper()
		r.MessageId, r.SentAt = "f", stamp(may11)
		a, err := hub.GetServicePoint(t.Context(), &r)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	unsurveyed := 0
	for i := range 40 {
		p := &city.Points[i]
		a := find(gis.GetServicePoint{Account: p.Account})
		if len(a.ServicePoint) != 1 || a.ServicePoint[0].MeterSerial != p.Meter.Serial || a.ServicePoint[0].ServicePointNo != p.No {
			t.Fatalf("%s: %+v", p.Account, a)
		}
		if a.ServicePoint[0].Coordinate == nil {
			unsurveyed++
		}
	}
	if unsurveyed != 2 {
		t.Errorf("%d of 40 were never surveyed, want 2", unsurveyed)
	}
	p := &city.Points[13] // one of them
	if a := find(gis.GetServicePoint{MeterSerial: p.Meter.Serial, Account: p.Account}); len(a.ServicePoint) != 1 {
		t.Errorf("by account and meter: %+v", a)
	}
	if a := find(gis.GetServicePoint{MeterSerial: p.Meter.Serial, Account: "0"}); len(a.ServicePoint) != 0 {
		t.Errorf("by a meter and another's account: %+v", a)
	}
	if _, err := hub.GetServicePoint(t.Context(), &gis.GetServicePoint{MessageId: "f", SentAt: stamp(may11)}); refusal(err) != "required" {
		t.Errorf("by nothing: %v", err)
	}
	update := func(id string, r gis.UpdateServicePoint) (*gis.UpdateServicePointResponse, error) {
		r.MessageId, r.Sequence, r.SentAt, r.At = id, 4, stamp(may11), stamp(may11)
		return hub.UpdateServicePoint(t.Context(), &r)
	}
	found := sim.Coordinate(core.Point{Lat: 31.2201, Lon: 121.4401}, "WGS84")
	for _, already := range []bool{false, true} {
		a, err := update("u1", gis.UpdateServicePoint{ServicePointNo: p.No, MeterSerial: p.Meter.Serial, NewMeterSerial: "N-9", Coordinate: found})
		if err != nil || a.Acknowledgement.AlreadyDone != already {
			t.Errorf("%+v, %v", a, err)
		}
	}
	if a := find(gis.GetServicePoint{MeterSerial: "N-9"}); len(a.ServicePoint) != 1 || a.ServicePoint[0].Coordinate == nil || a.ServicePoint[0].Coordinate.Lat.String() != "31.2201000" {
		t.Errorf("corrected: %+v", a)
	}
	if _, err := update("u2", gis.UpdateServicePoint{ServicePointNo: "SP-0"}); refusal(err) != "unknown_service_point" {
		t.Errorf("a point that nobody knows: %v", err)
	}
	if _, err := update("u3", gis.UpdateServicePoint{ServicePointNo: p.No, Coordinate: sim.Coordinate(core.Point{}, "")}); refusal(err) != "outside_area" {
		t.Errorf("(0,0): %v", err)
	}
	if n := s.Books(GIS).Stats(); n.Notes != 1 {
		t.Errorf("%d corrections took effect", n.Notes)
	}
}

func TestAssetsNearbyComeNearestFirst(t *testing.T) {
	_, hub, _ := serving(t)
	ask := func(radius string, most gis.Limit, kinds ...string) *gis.GetNearbyAssetsResponse {
		t.Helper()
		a, err := hub.GetNearbyAssets(t.Context(), &gis.GetNearbyAssets{
			MessageId: "n", SentAt: stamp(may11), Coordinate: *sim.Coordinate(sim.Districts[2].Centre, "CGCS2000"), RadiusMetres: xsd.MustDecimal(radius), Kind: kinds, MaxAssets: &most,
		})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := ask("800", 6, "valve", "hydrant")
	if len(a.Asset) != 6 || !a.More {
		t.Fatalf("%d assets, more %v", len(a.Asset), a.More)
	}
	for i, x := range a.Asset {
		if x.Kind != "valve" && x.Kind != "hydrant" || i > 0 && x.DistanceMetres.Cmp(a.Asset[i-1].DistanceMetres) < 0 {
			t.Errorf("asset %d: %+v", i, x)
		}
	}
	if a := ask("0", 10); len(a.Asset) != 0 || a.More {
		t.Errorf("at the point itself: %+v", a)
	}
	if _, err := hub.GetNearbyAssets(t.Context(), &gis.GetNearbyAssets{MessageId: "n", SentAt: stamp(may11), Coordinate: *sim.Coordinate(core.Point{Lat: 121, Lon: 31}, ""), RadiusMetres: xsd.MustDecimal("5")}); err == nil {
		t.Error("swapped coordinates were taken")
	}
	if _, err := hub.GetNearbyAssets(t.Context(), &gis.GetNearbyAssets{MessageId: "n", SentAt: stamp(may11), Coordinate: *sim.Coordinate(sim.Districts[0].Centre, ""), RadiusMetres: xsd.MustDecimal("5"), Kind: []string{"tree"}}); refusal(err) != "unknown_code" {
		t.Errorf("an unknown kind: %v", err)
	}
}

// hubStandIn takes findings and positions.
type hubStandIn struct {
	mu        sync.Mutex
	orders    map[string]*gis.Order
	positions int
}

func (h *hubStandIn) SubmitOrder(_ context.Context, r *gis.SubmitOrder) (*gis.SubmitOrderResponse, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, known := h.orders[r.Order.ExternalRef]
	h.orders[r.Order.ExternalRef] = &r.Order
	return &gis.SubmitOrderResponse{OrderNo: "W-" + r.Order.ExternalRef, Status: "received", Known: known, At: stamp(may11)}, nil
}

func (h *hubStandIn) ReportCrewPositions(_ context.Context, r *gis.ReportCrewPositions) (*gis.ReportCrewPositionsResponse, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.positions += len(r.Position)
	return &gis.ReportCrewPositionsResponse{Taken: int32(len(r.Position))}, nil
}

func TestPatrolsAndVehiclesReport(t *testing.T) {
	stand := &hubStandIn{orders: map[string]*gis.Order{}}
	endpoint, err := soap.NewEndpoint(gis.NewGISHubHandler(stand), soap.EndpointOptions{System: GIS, Detail: detail})
	if err != nil {
		t.Fatal(err)
	}
	hub := httptest.NewServer(endpoint)
	defer hub.Close()
	s, err := New(Options{sim.Options{
		Drive: true, ListenAddr: "127.0.0.1:0", HubURL: hub.URL, Clock: core.ScaledClock{Origin: may11, Anchor: time.Now(), Speed: 30_000},
		Crews: []sim.Vehicle{{Crew: "R01", Home: sim.Districts[0].Centre}, {Crew: "R02", Home: sim.Districts[3].Centre}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	system := s.System(GIS)
	for n := system.Stats(); n.Planned+n.Pending > 0; n = system.Stats() {
		select {
		case <-ctx.Done():
			t.Fatalf("stats: %+v", n)
		case <-time.After(5 * time.Millisecond):
		}
	}
	if n := system.Stats(); n.Submitted != 3 || n.Acknowledged != 3 || n.Known != 1 || n.Positions != 2*reports {
		t.Errorf("stats: %+v", n)
	}
	for ref, o := range stand.orders {
		if o.Type != "patrol_finding" || o.Place.Coordinate.ReferenceSystem != "CGCS2000" {
			t.Errorf("%s: %+v", ref, o)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
