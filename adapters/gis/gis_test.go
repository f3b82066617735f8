package gis_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tundish/adapters/geo"
	"tundish/adapters/gis"
	"tundish/adapters/soap"
	"tundish/adapters/standard"
	"tundish/adapters/standard/standardtest"
	"tundish/core"
	"tundish/core/intake"
	"tundish/core/life"
	"tundish/core/outbox"
	"tundish/core/store/sqlite"
	wire "tundish/wsdl/gis"
	"tundish/wsdl/xml"
	"tundish/wsdl/xsd"
)

var _ outbox.Sink = (*gis.Sink)(nil)

// far is a GIS that knows what it is told.
type far struct {
	points     func(q *wire.GetServicePoint) []wire.ServicePoint
	candidates []wire.Candidate
	err        error
	asked      []string
	updated    *wire.UpdateServicePoint
}

var taken = wire.Acknowledgement{Accepted: true}

func (f *far) Geocode(_ context.Context, q *wire.Geocode) (*wire.GeocodeResponse, error) {
	f.asked = append(f.asked, "address "+q.Address)
	return &wire.GeocodeResponse{Candidate: f.candidates}, f.err
}

func (f *far) GetServicePoint(_ context.Context, q *wire.GetServicePoint) (*wire.GetServicePointResponse, error) {
	f.asked = append(f.asked, strings.TrimSpace("point "+q.ServicePointNo+q.Account+q.MeterSerial))
	a := &wire.GetServicePointResponse{}
	if f.points != nil {
		a.ServicePoint = f.points(q)
	}
	return a, f.err
}

func (f *far) GetNearbyAssets(context.Context, *wire.GetNearbyAssets) (*wire.GetNearbyAssetsResponse, error) {
	return nil, errors.New("nobody asks for assets yet")
}

func (f *far) UpdateServicePoint(_ context.Context, q *wire.UpdateServicePoint) (*wire.UpdateServicePointResponse, error) {
	f.updated = q
	return &wire.UpdateServicePointResponse{Acknowledgement: taken}, f.err
}

func (f *far) UpdateOrderStatus(context.Context, *wire.UpdateOrderStatus) (*wire.UpdateOrderStatusResponse, error) {
	f.asked = append(f.asked, "status")
	return &wire.UpdateOrderStatusResponse{Acknowledgement: taken}, f.err
}

func (f *far) GetWriteBackStatus(context.Context, *wire.GetWriteBackStatus) (*wire.GetWriteBackStatusResponse, error) {
	return &wire.GetWriteBackStatusResponse{State: "applied"}, f.err
}

func (f *far) ListOrders(context.Context, *wire.ListOrders) (*wire.ListOrdersResponse, error) {
	return &wire.ListOrdersResponse{SourceTime: xsd.NewDateTime(standardtest.Start)}, f.err
}

func (f *far) peer(t *testing.T, charset string, log *standardtest.Recorder) standard.Peer {
	t.Helper()
	o := soap.EndpointOptions{System: "gis"}
	if log != nil {
		o.Log = log
	}
	e, err := soap.NewEndpoint(wire.NewGISSystemHandler(f), o)
	if err != nil {
		t.Fatal(err)
	}
	y := standardtest.System(t, "gis", func(s *standard.Settings) { s.Reference, _ = geo.ByName(geo.GCJ02) })
	return standard.Peer{System: y, Client: standardtest.Client(t, y, standardtest.Serve(t, e, log), charset, nil), Clock: standardtest.NewClock()}
}

func at(lat, lon string) wire.Coordinate {
	return wire.Coordinate{Lat: xsd.MustDecimal(lat), Lon: xsd.MustDecimal(lon), ReferenceSystem: "WGS84"}
}

func candidate(score, lat, lon, level string) wire.Candidate {
	return wire.Candidate{Address: "x", Score: xsd.MustDecimal(score), Level: level, District: "PD02", ServicePointNo: "SP9", Coordinate: at(lat, lon)}
}

func TestAnOrderIsLocatedByWhatIsSurestFirst(t *testing.T) {
	surveyed := func(no, serial string) wire.ServicePoint {
		return wire.ServicePoint{ServicePointNo: no, MeterSerial: serial, District: "PD02", State: "in_use", Coordinate: new(at("31.2", "121.4"))}
	}
	by := func(account string, points ...wire.ServicePoint) func(*wire.GetServicePoint) []wire.ServicePoint {
		return func(q *wire.GetServicePoint) []wire.ServicePoint {
			if q.Account == account {
				return points
			}
			return nil
		}
	}
	unsurveyed, removed, nowhere := surveyed("SP1", ""), surveyed("SP1", ""), surveyed("SP1", "")
	unsurveyed.Coordinate, removed.State, nowhere.Coordinate = nil, "removed", new(at("0", "0"))
	good := []wire.Candidate{candidate("0.95", "31.3", "121.5", "house")}
	order := core.WorkOrder{No: "W1", Place: core.Place{Address: "张杨路1号", ServicePoint: "SP0"}, Customer: core.Customer{Account: "A"}, Meter: core.Meter{Serial: "S"}}
	onlyAddress := core.WorkOrder{Place: core.Place{Address: "张杨路1号"}}
	for name, c := range map[string]struct {
		f      *far
		o      core.WorkOrder
		source core.PointSource // "" for NotFound
		point  string
		asked  string
	}{
		"by account, after the number is unknown": {&far{points: by("A", surveyed("SP1", ""))}, order, core.PointFromServicePoint, "SP1", "point SP0, point A"},
		"among two, where its meter is":           {&far{points: by("A", surveyed("SP1", "T"), surveyed("SP2", "S"))}, order, core.PointFromServicePoint, "SP2", "point SP0, point A"},
		"two and no telling":                      {&far{points: by("A", surveyed("SP1", "T"), surveyed("SP2", "U")), candidates: good}, order, core.PointFromGeocode, "", "point SP0, point A, point S, address 张杨路1号"},
		"never surveyed":                          {&far{points: by("A", unsurveyed), candidates: good}, order, core.PointFromGeocode, "", "point SP0, point A, point S, address 张杨路1号"},
		"removed or impossible":                   {&far{points: by("A", removed, nowhere), candidates: good}, order, core.PointFromGeocode, "", "point SP0, point A, point S, address 张杨路1号"},
		"by address":                              {&far{candidates: good}, onlyAddress, core.PointFromGeocode, "", "address 张杨路1号"},
		"not good enough":                         {&far{candidates: []wire.Candidate{candidate("0.79", "31.3", "121.5", "house")}}, onlyAddress, "", "", "address 张杨路1号"},
		"two as good":                             {&far{candidates: append(good, candidate("0.90", "31.4", "121.5", "house"))}, onlyAddress, "", "", "address 张杨路1号"},
		"two as good, best last":                  {&far{candidates: []wire.Candidate{candidate("0.90", "31.4", "121.5", "house"), good[0]}}, onlyAddress, "", "", "address 张杨路1号"},
		"two as good at one place":                {&far{candidates: append(good, candidate("0.94", "31.3001", "121.5", "room"))}, onlyAddress, core.PointFromGeocode, "", "address 张杨路1号"},
		"clearly better":                          {&far{candidates: append(good, candidate("0.80", "31.4", "121.5", "house"))}, onlyAddress, core.PointFromGeocode, "", "address 张杨路1号"},
		"a whole district":                        {&far{candidates: []wire.Candidate{candidate("1", "31.3", "121.5", "district")}}, onlyAddress, "", "", "address 张杨路1号"},
		"nothing to go by":                        {&far{}, core.WorkOrder{}, "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := gis.NewLocator(c.f.peer(t, xml.UTF8, nil), gis.LocatorOptions{})
			if err != nil {
				t.Fatal(err)
			}
			p, err := l.Locate(t.Context(), &c.o)
			if got := strings.Join(c.f.asked, ", "); got != c.asked {
				t.Errorf("asked for %s, want %s", got, c.asked)
			}
			if c.source == "" {
				if !core.IsKind(err, core.NotFound) {
					t.Errorf("%+v, %v; want NotFound", p, err)
				}
				return
			}
			if err != nil || p.PointSource != c.source || p.ServicePoint != c.point || p.District != "PD02" || p.Point == nil {
				t.Errorf("%+v, %v", p, err)
			}
		})
	}
}

func TestAGISThatIsAwayIsUnavailable(t *testing.T) {
	f := &far{err: errors.New("boom")}
	l, err := gis.NewLocator(f.peer(t, xml.UTF8, nil), gis.LocatorOptions{})
	if err != nil {
		t.Fatal(err)
	}
	o := core.WorkOrder{Place: core.Place{Address: "x"}}
	if _, err := l.Locate(t.Context(), &o); !core.IsKind(err, core.Unavailable) {
		t.Errorf("%v", err)
	}
	o.Customer.Account = "A"
	if _, err := l.Locate(t.Context(), &o); !core.IsKind(err, core.Unavailable) || f.asked[len(f.asked)-1] != "point A" {
		t.Errorf("%v after %v", err, f.asked)
	}
	f.err = &wire.OrderFault{Code: "invalid_message", Message: "no", CorrelationId: "x"}
	if _, err := l.Locate(t.Context(), &o); !core.IsKind(err, core.NotFound) || f.asked[len(f.asked)-1] != "address x" {
		t.Errorf("a refused question: %v after %v", err, f.asked)
	}
	y := standardtest.System(t, "gis", nil)
	away, err := gis.NewLocator(standard.Peer{System: y, Client: standardtest.Client(t, y, "http://127.0.0.1:1", xml.UTF8, nil)}, gis.LocatorOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := away.Locate(t.Context(), &o); !core.IsKind(err, core.Unavailable) {
		t.Errorf("%v", err)
	}
}

func owed(t *testing.T, kind core.WriteBackKind, c core.Completion) core.OutboxMessage {
	t.Helper()
	c.FinishedAt = standardtest.Start
	o := core.WorkOrder{
		No: "W26-0000001-8", Ref: core.Ref{System: "gis", External: "XJ1"}, Type: "scheduled_replacement", Family: core.Replacement, Phase: core.Closed,
		Customer: core.Customer{Account: "0310"}, Place: core.Place{ServicePoint: "SP1"}, Meter: core.Meter{Serial: "OLD"}, Completions: []core.Completion{c},
	}
	payload, err := json.Marshal(core.WriteBack{Kind: kind, At: standardtest.Start, Status: core.StatusOf(&o), By: "crew:C017", Order: o})
	if err != nil {
		t.Fatal(err)
	}
	return core.OutboxMessage{ID: "0190f3c2-7f1e-7c55-9a34-1f6f0b8b8a11", Order: o.No, Sequence: 3, Kind: kind, Payload: payload}
}

func TestSystemMessagesAreAsWritten(t *testing.T) {
	for _, charset := range []string{xml.UTF8, xml.GBK} {
		t.Run(charset, func(t *testing.T) {
			f, log := &far{candidates: []wire.Candidate{candidate("0.95", "31.3", "121.5", "house")}}, &standardtest.Recorder{}
			p := f.peer(t, charset, log)
			s, err := gis.NewSink(p)
			if err != nil {
				t.Fatal(err)
			}
			point := core.Point{Lat: 31.2304163, Lon: 121.4737012}
			c := core.Completion{Outcome: core.Done, NewSerial: "NEW", Point: &point, People: []string{"王小明"}}
			for _, kind := range []core.WriteBackKind{core.TellPoint, core.TellResult, core.TellStatus, core.TellReturned} {
				if d := s.Deliver(t.Context(), owed(t, kind, c)); d.Outcome != core.Delivered {
					t.Errorf("%s: %+v", kind, d)
				}
			}
			q := f.updated
			gcj, _ := geo.ByName(geo.GCJ02)
			back, err := gcj.ToWGS84(q.Coordinate.Lat.Float64(), q.Coordinate.Lon.Float64())
			if err != nil {
				t.Fatal(err)
			}
			if q.ServicePointNo != "SP1" || q.NewMeterSerial != "NEW" || q.MeterSerial != "OLD" || q.Coordinate.ReferenceSystem != "GCJ02" || geo.Metres(point, back) > 0.1 || q.By != "王小明" {
				t.Errorf("%+v", q)
			}
			if len(f.asked) != 3 {
				t.Errorf("told %v, want three statuses", f.asked)
			}
			c.Point = nil
			if d := s.Deliver(t.Context(), owed(t, core.TellPoint, c)); d.Outcome != core.RefusedByPeer || d.Code != "incomplete" {
				t.Errorf("no point: %+v", d)
			}
			if d := s.Deliver(t.Context(), owed(t, core.TellCustomer, c)); d.Code != "no_operation" {
				t.Errorf("%+v", d)
			}
			if d := s.Ask(t.Context(), owed(t, core.TellPoint, c)); d.Outcome != core.Delivered {
				t.Errorf("%+v", d)
			}
			l, err := gis.NewLocator(p, gis.LocatorOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := l.Locate(t.Context(), &core.WorkOrder{Place: core.Place{Address: "浦东新区张杨路1234弄5号", District: "PD02"}, Customer: core.Customer{Account: "0310"}}); err != nil {
				t.Error(err)
			}
			b, err := gis.NewBooks(p)
			if err != nil {
				t.Fatal(err)
			}
			for _, err := range b.Entries(t.Context(), time.Time{}, time.Time{}) {
				t.Errorf("the books are empty: %v", err)
			}
			log.Golden(t, charset, "UpdateServicePoint", "UpdateOrderStatus", "GetWriteBackStatus", "GetServicePoint", "Geocode", "ListOrders")
		})
	}
}

// hub serves the GIS from a store with two crews.
func hub(t *testing.T, charset string, log *standardtest.Recorder) (*wire.GISHubClient, *sqlite.Store) {
	t.Helper()
	store, err := sqlite.Open(filepath.Join(t.TempDir(), "tundish.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	var u core.Unit
	for _, id := range []string{"C1", "C2"} {
		u.Crews = append(u.Crews, core.CrewChange{Expected: -1, Crew: core.Crew{ID: id}})
	}
	if err := store.Commit(t.Context(), u)[0].Error(); err != nil {
		t.Fatal(err)
	}
	clock, rules := standardtest.NewClock(), standardtest.Rules()
	in, err := intake.New(store, intake.Options{Clock: clock, Rules: func() *life.Rules { return rules }})
	if err != nil {
		t.Fatal(err)
	}
	y := standardtest.System(t, "gis", func(s *standard.Settings) { s.DefaultChannel = "patrol" })
	e, err := gis.NewEndpoint(standard.Hub{System: y, Intake: in, SOAP: soap.EndpointOptions{Log: log, Clock: clock}}, gis.Positions{Store: store, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	return wire.NewGISHubClient(standardtest.Client(t, y, standardtest.Serve(t, e, log), charset, nil)), store
}

func TestPositionsThatCannotBeRightAreListed(t *testing.T) {
	log := &standardtest.Recorder{}
	c, store := hub(t, xml.UTF8, log)
	seen := func(crew, lat, lon string, ago time.Duration) wire.CrewPosition {
		return wire.CrewPosition{CrewId: crew, Coordinate: at(lat, lon), At: xsd.NewDateTime(standardtest.Start.Add(-ago))}
	}
	a, err := c.ReportCrewPositions(t.Context(), &wire.ReportCrewPositions{Position: []wire.CrewPosition{
		seen("C1", "31.2", "121.4", time.Minute), seen("C1", "31.3", "121.4", 2*time.Minute), seen("C1", "31.21", "121.4", 0),
		seen("C2", "31.2", "121.4", -time.Hour), seen("C2", "21.2", "121.4", 0), seen("C3", "31.2", "121.4", 0),
	}})
	if err != nil {
		t.Fatal(err)
	}
	var refused []string
	for _, r := range a.Refused {
		refused = append(refused, r.CrewId+" "+r.Code)
		if r.Message == "" {
			t.Errorf("%+v says nothing", r)
		}
	}
	if got := strings.Join(refused, ", "); a.Taken != 2 || got != "C1 too_old, C2 in_future, C2 outside_area, C3 unknown_crew" {
		t.Errorf("taken %d, refused %s", a.Taken, got)
	}
	crews, err := store.Crews(t.Context())
	if err != nil || crews[0].Position == nil || crews[0].Position.Lat != 31.21 || crews[1].Position != nil {
		t.Errorf("%+v, %v", crews, err)
	}
	if _, stored := log.Last(t); !stored {
		t.Error("the message is logged twice")
	}
	late, err := c.ReportCrewPositions(t.Context(), &wire.ReportCrewPositions{Position: []wire.CrewPosition{seen("C1", "31.2", "121.4", time.Minute)}})
	if err != nil || late.Taken != 0 || late.Refused[0].Code != "too_old" {
		t.Errorf("%+v, %v", late, err)
	}
	wrong := seen("C1", "31.2", "121.4", 0)
	wrong.Coordinate.ReferenceSystem = "XIAN80"
	_, err = c.ReportCrewPositions(t.Context(), &wire.ReportCrewPositions{Position: []wire.CrewPosition{wrong}})
	if f := (*soap.Fault)(nil); !errors.As(err, &f) || f.Detail.(*wire.OrderFault).Code != "unknown_code" || f.Detail.(*wire.OrderFault).Field != "Position/Coordinate/referenceSystem" {
		t.Errorf("%v", err)
	}
}

func TestHubMessagesAreAsWritten(t *testing.T) {
	for _, charset := range []string{xml.UTF8, xml.GBK} {
		t.Run(charset, func(t *testing.T) {
			log := &standardtest.Recorder{}
			c, store := hub(t, charset, log)
			a, err := c.SubmitOrder(t.Context(), &wire.SubmitOrder{Order: wire.Order{
				ExternalRef: "XJ1", Type: "leak", Place: &wire.Place{Coordinate: new(at("31.2304163", "121.4737012"))}, Report: &wire.Report{Category: "cover_missing", Content: "井盖缺失"},
			}})
			if err != nil {
				t.Fatal(err)
			}
			o, err := store.Order(t.Context(), core.OrderNo(a.OrderNo))
			if err != nil || o.Channel != "patrol" || o.Place.PointSource != core.PointFromSource || o.Place.Point.Lat != 31.2304163 {
				t.Errorf("%+v, %v", o, err)
			}
			if p, err := c.ReportCrewPositions(t.Context(), &wire.ReportCrewPositions{MessageId: "p-1", Position: []wire.CrewPosition{{
				CrewId: "C1", Coordinate: at("31.2", "121.4"), At: xsd.NewDateTime(standardtest.Start), SpeedKmh: new(xsd.MustDecimal("0")), HeadingDegrees: new(int32(0)),
			}}}); err != nil || p.Taken != 1 {
				t.Errorf("%+v, %v", p, err)
			}
			log.Golden(t, charset, "SubmitOrder", "ReportCrewPositions")
		})
	}
}
