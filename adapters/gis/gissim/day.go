package gissim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"tundish/adapters/sim"
	"tundish/core"
	"tundish/wsdl/gis"
	"tundish/wsdl/xsd"
)

// What patrols find in a day: 3 findings.
var findings = []struct {
	at                              time.Duration
	urgency, category, sub, content string
}{
	{8*time.Hour + 25*time.Minute, "normal", "cover_missing", "", "巡检发现阀门井盖缺失，已设警示牌"},
	{10*time.Hour + 50*time.Minute, "urgent", "leak", "valve", "巡检听漏仪显示阀门处渗漏，路面潮湿"},
	{15*time.Hour + 5*time.Minute, "normal", "road_damage", "", "管线上方路面开裂下沉，疑似暗漏"},
}

// Vehicles report their positions from 07:00 to 18:45, every quarter of an hour.
const (
	firstReport = 7 * time.Hour
	reportEvery = 15 * time.Minute
	reports     = 48
)

// planDays plans findings and positions.
func (s *survey) planDays() {
	for d := range s.host.Days {
		day := s.host.FirstDay().AddDate(0, 0, d)
		r := rand.New(rand.NewPCG(s.host.Seed+uint64(d), 0x7061_7472))
		for i, f := range findings {
			a := &s.assets[r.IntN(len(s.assets))]
			at := day.Add(f.at)
			o := &gis.Order{
				ExternalRef: fmt.Sprintf("XJ-%s-%02d", day.Format("060102"), i+1), Type: "patrol_finding", Channel: "patrol", Urgency: f.urgency,
				Place:    &gis.Place{Address: a.Name + "近" + a.AssetNo, District: a.AssetNo[:2], Coordinate: sim.Coordinate(a.at, reference), Detail: a.AssetNo},
				Report:   &gis.Report{Category: f.category, SubCategory: f.sub, Content: f.content, OccurredAt: sim.Zoned(at, s.host.Zone), RegisteredBy: "巡检员" + fmt.Sprint(i+1)},
				SourceAt: sim.Zoned(at, s.host.Zone),
			}
			if i == 1 {
				o.Attachment = []gis.Attachment{sim.Photo("patrol-1.jpg", 7, o.SourceAt)}
			}
			s.submit(at, o, true)
			if i == 0 {
				s.submit(at.Add(time.Minute), o, false)
			}
		}
		if len(s.host.Crews) > 0 {
			s.planPositions(r, day)
		}
	}
}

// submit plans a submission, or its repetition word for word.
func (s *survey) submit(at time.Time, o *gis.Order, first bool) {
	if first {
		s.Books.Register(sim.Entry{Ref: o.ExternalRef, Type: o.Type, RegisteredAt: at})
	}
	s.Driver.Plan(sim.Step{At: at, Key: o.ExternalRef, Op: "SubmitOrder", Do: func(ctx context.Context) error {
		if first {
			first = false
			s.Books.Count(func(n *sim.Stats) { n.Submitted++ })
		}
		a, err := s.hub.SubmitOrder(ctx, &gis.SubmitOrder{MessageId: o.ExternalRef + "-submit", SentAt: sim.Zoned(s.host.Clock.Now(), s.host.Zone), Order: *o})
		if err != nil {
			return err
		}
		if err := s.Books.HandedOver(o.ExternalRef, "", a.OrderNo, a.Known); err != nil {
			s.Log.Error(err.Error()) // the hub gave the order a second number
		}
		return nil
	}})
}

// planPositions plans where the vehicles are: each drifts around its home, a kilometre or two.
func (s *survey) planPositions(r *rand.Rand, day time.Time) {
	at := make([]core.Point, len(s.host.Crews))
	for i, v := range s.host.Crews {
		at[i] = v.Home
	}
	for n := range reports {
		when := day.Add(firstReport + time.Duration(n)*reportEvery)
		list := make([]gis.CrewPosition, len(at))
		for i, v := range s.host.Crews {
			at[i].Lat += (r.Float64()-0.5)*0.006 + (v.Home.Lat-at[i].Lat)*0.1
			at[i].Lon += (r.Float64()-0.5)*0.007 + (v.Home.Lon-at[i].Lon)*0.1
			accuracy, speed := xsd.NewDecimal(int64(4+r.IntN(20)), 0), xsd.NewDecimal(int64(r.IntN(450)), 1)
			heading := gis.Heading(r.IntN(360))
			list[i] = gis.CrewPosition{CrewId: v.Crew, Coordinate: *sim.Coordinate(at[i], reference), At: *sim.Zoned(when, s.host.Zone), AccuracyMetres: &accuracy, SpeedKmh: &speed, HeadingDegrees: &heading}
		}
		id := fmt.Sprintf("pos-%s-%02d", day.Format("20060102"), n)
		s.Driver.Plan(sim.Step{At: when, Key: "positions", Op: "ReportCrewPositions", Do: func(ctx context.Context) error {
			a, err := s.hub.ReportCrewPositions(ctx, &gis.ReportCrewPositions{MessageId: id, SentAt: sim.Zoned(s.host.Clock.Now(), s.host.Zone), Position: list})
			if err != nil {
				return err
			}
			s.Books.Count(func(n *sim.Stats) { n.Positions += int(a.Taken) })
			return nil
		}})
	}
}
