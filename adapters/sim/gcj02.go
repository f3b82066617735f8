package sim

import (
	"math"

	"tundish/core"
)

// GCJ02 moves a WGS 84 point to where the maps of web pages in China show it: by the
// public approximation, which is good to a metre.
func GCJ02(p core.Point) core.Point {
	const (
		semiMajor = 6_378_245.0            // Krasovsky 1940, metres
		flatness  = 0.00669342162296594323 // its first eccentricity, squared
	)
	x, y := p.Lon-105, p.Lat-35
	wave := func(at float64, amplitudes, periods [2]float64) float64 {
		return amplitudes[0]*math.Sin(at*math.Pi/periods[0]) + amplitudes[1]*math.Sin(at*math.Pi/periods[1])
	}
	ripple := 20 * (math.Sin(6*x*math.Pi) + math.Sin(2*x*math.Pi))
	north := -100 + 2*x + 3*y + 0.2*y*y + 0.1*x*y + 0.2*math.Sqrt(math.Abs(x)) +
		(ripple+20*math.Sin(y*math.Pi)+40*math.Sin(y/3*math.Pi)+wave(y, [2]float64{160, 320}, [2]float64{12, 30}))*2/3
	east := 300 + x + 2*y + 0.1*x*x + 0.1*x*y + 0.1*math.Sqrt(math.Abs(x)) +
		(ripple+20*math.Sin(x*math.Pi)+40*math.Sin(x/3*math.Pi)+wave(x, [2]float64{150, 300}, [2]float64{12, 30}))*2/3
	lat := p.Lat * math.Pi / 180
	w := 1 - flatness*math.Sin(lat)*math.Sin(lat)
	return core.Point{
		Lat: p.Lat + north*180/(semiMajor*(1-flatness)/(w*math.Sqrt(w))*math.Pi),
		Lon: p.Lon + east*180/(semiMajor/math.Sqrt(w)*math.Cos(lat)*math.Pi),
	}
}
