package solver

import "math"

// earthRadius in metres, the mean of WGS 84.
const earthRadius = 6371008.8

// vec is a place on the unit sphere. Distances between vecs need one square
// root and one arcsine instead of the haversine's four trigonometric calls, and
// give the same metres.
type vec struct{ x, y, z float64 }

func (p Point) vec() vec {
	sinLat, cosLat := math.Sincos(p.Lat * math.Pi / 180)
	sinLon, cosLon := math.Sincos(p.Lon * math.Pi / 180)
	return vec{cosLat * cosLon, cosLat * sinLon, sinLat}
}

// metres is the great-circle distance. The conversions keep the compiler from
// fusing operations, so that every processor rounds alike.
func metres(a, b vec) float64 {
	dx, dy, dz := a.x-b.x, a.y-b.y, a.z-b.z
	half := math.Sqrt(float64(float64(dx*dx)+float64(dy*dy))+float64(dz*dz)) / 2
	if half > 0.01 { // more than about 125 km
		return 2 * earthRadius * math.Asin(min(1, half))
	}
	// The arcsine's series; what is left out is less than a thousandth of a
	// millimetre.
	sq := float64(half * half)
	return 2 * earthRadius * float64(half*(1+float64(sq*(1./6+float64(sq*(3./40))))))
}

// road turns straight metres into metres and seconds of driving.
type road struct{ detour, secondsPerMetre float64 }

func newRoad(t Travel) road {
	detour := float64(t.DetourPercent) / 100
	return road{detour: detour, secondsPerMetre: detour * 3600 / float64(t.MetresPerHour)}
}

func (r road) metres(straight float64) int  { return int(straight*r.detour + 0.5) }
func (r road) seconds(straight float64) int { return int(straight*r.secondsPerMetre + 0.5) }
