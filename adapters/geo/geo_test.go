package geo

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"tundish/core"
)

// The shifts of one point in Beijing as map libraries publish them in their manuals.
func TestShiftsAreThoseOfTheMapLibraries(t *testing.T) {
	p := core.Point{Lat: 39.915, Lon: 116.404}
	for name, c := range map[string]struct{ got, want core.Point }{
		"WGS84 to GCJ02": {shifted(t, GCJ02, p), core.Point{Lat: 39.91640428150164, Lon: 116.41024449916938}},
		"GCJ02 to BD09":  {shiftBaidu(p), core.Point{Lat: 39.92133699351021, Lon: 116.41036949371029}},
		"CGCS2000":       {shifted(t, CGCS2000, p), p},
	} {
		if d := Metres(c.got, c.want); d > 0.001 {
			t.Errorf("%s: %+v is %.4f m from %+v", name, c.got, d, c.want)
		}
	}
}

func shifted(t *testing.T, name string, p core.Point) core.Point {
	t.Helper()
	r, ok := ByName(name)
	if !ok {
		t.Fatalf("%s is not known", name)
	}
	lat, lon := r.FromWGS84(p)
	return core.Point{Lat: lat, Lon: lon}
}

func TestOutsideOfChinaNothingIsShifted(t *testing.T) {
	p := core.Point{Lat: 48.85, Lon: 2.35}
	if q := shifted(t, GCJ02, p); q != p {
		t.Errorf("Paris moved to %+v", q)
	}
}

// Expected positions were computed with PROJ 9 (proj=tmerc), which uses another series (Poder and
// Engsager, sixth order).
func TestTheProjectionAgreesWithPROJ(t *testing.T) {
	city := Grid{Ellipsoid: "krassovsky", CentralMeridian: 121.4666666667, FalseNorth: -3457147.81}
	zone := Grid{Ellipsoid: "cgcs2000", CentralMeridian: 120, FalseEast: 500000}
	for _, c := range []struct {
		grid        Grid
		lat, lon    float64
		north, east float64
	}{
		{city, 31.2304, 121.4737, -567.28459, 670.10414},
		{city, 39.915, 116.404, 975312.79139, -432963.66290},
		{city, 47.1, 124.9, 1767031.96292, 260631.04820},
		{city, 24.88, 118.6, -701285.92063, -289754.21332},
		{zone, 31.2304, 121.4737, 3457455.48858, 640412.31504},
		{zone, 24.88, 118.6, 2753488.82229, 358523.75705},
	} {
		r := grid(t, c.grid)
		north, east := r.FromWGS84(core.Point{Lat: c.lat, Lon: c.lon})
		if math.Abs(north-c.north) > 0.0001 || math.Abs(east-c.east) > 0.0001 {
			t.Errorf("%g, %g: %.5f, %.5f; PROJ says %.5f, %.5f", c.lat, c.lon, north, east, c.north, c.east)
		}
	}
}

func grid(t *testing.T, g Grid) *Reference {
	t.Helper()
	r, err := NewGrid("city-grid", g)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A square turned by a right angle, doubled nearly and shifted, by hand.
func TestTheFourParametersTurnStretchAndShift(t *testing.T) {
	plain := Grid{Ellipsoid: "wgs84", CentralMeridian: 121}
	p := core.Point{Lat: 31, Lon: 121.1}
	x, y := grid(t, plain).FromWGS84(p)
	turned := plain
	turned.Transform = Transform{ShiftNorth: 10, ShiftEast: 20, RotationSeconds: 90 * 3600, ScalePPM: 1000}
	north, east := grid(t, turned).FromWGS84(p)
	if math.Abs(north-(10-1.001*y)) > 1e-6 || math.Abs(east-(20+1.001*x)) > 1e-6 {
		t.Errorf("%.3f, %.3f became %.3f, %.3f", x, y, north, east)
	}
}

func TestEveryReferenceSystemThereAndBack(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		p := core.Point{Lat: 18 + 35*r.Float64(), Lon: 75 + 60*r.Float64()}
		systems := append([]*Reference{}, named...)
		for _, e := range Ellipsoids() {
			systems = append(systems, grid(t, Grid{
				Ellipsoid: e, CentralMeridian: p.Lon + 8*r.Float64() - 4, FalseNorth: -3e6, FalseEast: 1e6 * r.Float64(), Scale: 1 - 0.0004*r.Float64(),
				Transform: Transform{ShiftNorth: 1e4 * r.Float64(), ShiftEast: -300, RotationSeconds: 7200*r.Float64() - 3600, ScalePPM: 40*r.Float64() - 20},
			}))
		}
		for _, ref := range systems {
			back, err := ref.ToWGS84(ref.FromWGS84(p))
			if err != nil || Metres(p, back) > 0.001 {
				t.Fatalf("%s: %+v comes back as %+v, %.6f m off, %v", ref, p, back, Metres(p, back), err)
			}
		}
	}
}

func TestWhatCannotBeAPlaceOfWorkIsRefused(t *testing.T) {
	area := Area{South: 31.1, West: 121.3, North: 31.36, East: 121.64}
	plane := grid(t, Grid{Ellipsoid: "krassovsky", CentralMeridian: 121.466, FalseNorth: -3457147})
	gcj, _ := ByName(GCJ02)
	for name, c := range map[string]struct {
		ref         *Reference
		north, east float64
		says, zh    string
	}{
		"nowhere":             {plane, 0, 0, "(0,0)", "不是有效位置"},
		"swapped degrees":     {gcj, 121.47, 31.23, "swapped", "颠倒"},
		"swapped metres":      {grid(t, Grid{Ellipsoid: "krassovsky", CentralMeridian: 121.466, FalseEast: 500000}), 500000, 3457000, "X 500000 and Y 3457000 are swapped", "颠倒"},
		"degrees in a grid":   {plane, 1e8, 121.4, "beyond the reach", "超出坐标网"},
		"far away":            {plane, 500000, 500000, "Lat 31.1…31.36", "超出服务范围"},
		"no place on earth":   {gcj, 300000, 40000, "is in degrees", "以度为单位"},
		"not a number at all": {plane, math.NaN(), 1, "finite", "有限"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := area.Place(c.ref, c.north, c.east, fmt.Sprintf("%.0f", c.north), fmt.Sprintf("%.0f", c.east))
			e := (*core.Error)(nil)
			if !errors.As(err, &e) || e.Kind != core.Invalid || !strings.Contains(e.Message, c.says) || !strings.Contains(e.MessageZH, c.zh) {
				t.Errorf("%v", err)
			}
		})
	}
	if p, err := area.Place(plane, -1000, 12000, "-1000", "12000"); err != nil || !area.Contains(p) {
		t.Errorf("a good one: %v, %v", p, err)
	}
}

func TestParametersNeverComeOut(t *testing.T) {
	secret := Grid{Ellipsoid: "krassovsky", CentralMeridian: 121.46123, FalseNorth: -3457147.81, FalseEast: 77123.5, Transform: Transform{ShiftNorth: 19.775, RotationSeconds: 1.234}}
	r := grid(t, secret)
	said := fmt.Sprintf("%v %+v %#v %s", r, r, r, r)
	for _, wrong := range []func(*Grid){
		func(g *Grid) { g.CentralMeridian *= 100 }, func(g *Grid) { g.FalseNorth *= 1e9 }, func(g *Grid) { g.FalseEast = math.NaN() },
		func(g *Grid) { g.Scale = 77123.5 }, func(g *Grid) { g.Transform.RotationSeconds *= 1e9 }, func(g *Grid) { g.Ellipsoid = "77123.5" },
	} {
		g := secret
		wrong(&g)
		_, err := NewGrid("city-grid", g)
		if err == nil || !strings.Contains(err.Error(), "city-grid") {
			t.Errorf("%+v is taken: %v", g, err)
		}
		said += fmt.Sprint(err)
	}
	_, err := r.ToWGS84(1e9, 1e9)
	said += fmt.Sprint(err)
	for _, part := range []string{"121.46", "3457147", "77123", "19.775", "1.234"} {
		if strings.Contains(said, part) {
			t.Errorf("%s stands in %s", part, said)
		}
	}
}

func BenchmarkToWGS84(b *testing.B) {
	r, err := NewGrid("city-grid", Grid{Ellipsoid: "krassovsky", CentralMeridian: 121.466, FalseNorth: -3457147})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		_, _ = r.ToWGS84(-1000, 12000)
	}
}
