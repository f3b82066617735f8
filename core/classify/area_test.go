package classify_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"tundish/core"
	"tundish/core/classify"
)

// in asks a table of one rule.
func in(a *classify.Area, lat, lon float64) bool {
	o := core.WorkOrder{Place: core.Place{Point: &core.Point{Lat: lat, Lon: lon}}}
	return (&classify.Table{Rules: []classify.Rule{{ID: "x", Area: a, Then: then("type", "leak")}}}).Explain(&o, nine)[0].Matches
}

// A polygon holds what the sum of the angles under which its sides are seen says it does: a way of its own to tell.
func TestAPolygonHoldsWhatItEncloses(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	inside, outside := 0, 0
	for range 400 {
		n := 3 + r.IntN(12)
		corners := make([]core.Point, n)
		for i := range corners { // a star: its border never meets itself
			angle, far := 2*math.Pi*(float64(i)+0.8*r.Float64())/float64(n), 0.01+0.05*r.Float64()
			corners[i] = core.Point{Lat: 31.2 + far*math.Sin(angle), Lon: 121.4 + far*math.Cos(angle)}
		}
		if r.IntN(2) == 0 { // the other way round
			for i := range n / 2 {
				corners[i], corners[n-1-i] = corners[n-1-i], corners[i]
			}
		}
		a := classify.Polygon(corners)
		for range 60 {
			p := core.Point{Lat: 31.2 + 0.14*(r.Float64()-0.5), Lon: 121.4 + 0.14*(r.Float64()-0.5)}
			if r.IntN(4) == 0 {
				p.Lat = corners[r.IntN(n)].Lat // as high as a corner, where rays go wrong
			}
			sum := 0.0
			for i, c := range corners {
				d := corners[(i+1)%n]
				x1, y1, x2, y2 := c.Lon-p.Lon, c.Lat-p.Lat, d.Lon-p.Lon, d.Lat-p.Lat
				sum += math.Atan2(x1*y2-y1*x2, x1*x2+y1*y2)
			}
			want := math.Abs(sum) > math.Pi
			if got := in(a, p.Lat, p.Lon); got != want {
				t.Fatalf("%v in %v: %v", p, corners, got)
			}
			if want {
				inside++
			} else {
				outside++
			}
		}
	}
	if inside < 2000 || outside < 2000 {
		t.Errorf("%d inside, %d outside", inside, outside)
	}
}

// The border belongs to the area, on both sides of a side that two share; just beyond it is beyond.
func TestTheBorderBelongsToTheArea(t *testing.T) {
	west := classify.Polygon([]core.Point{{Lat: 31, Lon: 121}, {Lat: 31.1, Lon: 121.2}, {Lat: 31.3, Lon: 121.05}})
	east := classify.Polygon([]core.Point{{Lat: 31, Lon: 121}, {Lat: 31.1, Lon: 121.2}, {Lat: 31, Lon: 121.3}})
	rectangle := &classify.Area{South: 31, West: 121, North: 32, East: 122}
	for i := range 11 {
		f := float64(i) / 10
		lat, lon := 31+0.1*f, 121+0.2*f // on the side that they share
		if !in(west, lat, lon) || !in(east, lat, lon) {
			t.Errorf("%v, %v is on the border of both", lat, lon)
		}
		if i > 0 && i < 10 && (in(east, lat+1e-6, lon) || in(west, lat-1e-6, lon)) {
			t.Errorf("a hand's breadth beside %v, %v", lat, lon)
		}
		if !in(rectangle, 31, 121+f) || !in(rectangle, 31+f, 122) || in(rectangle, 31-1e-6, 121+f) {
			t.Errorf("the rectangle at %v", f)
		}
	}
	for _, c := range west.Corners {
		if !in(west, c.Lat, c.Lon) {
			t.Errorf("corner %v", c)
		}
	}
	if in(west, math.NaN(), 121) {
		t.Error("nowhere lies in it")
	}
}
