package config

import "tundish/config/lang"

// Polygon is the border of an area as GeoJSON writes one: corners [longitude, latitude] in WGS 84 degrees, one after the other in
// either direction. The last may repeat the first or not; the border belongs to the area, and there are no holes.
type Polygon [][]lang.Value[float64]

// Corner of a polygon in degrees.
type Corner struct{ Lon, Lat float64 }

var (
	badCorner  = lang.NewMessage("polygon", "a corner is [longitude, latitude] in degrees, longitude first as in GeoJSON", "顶点写作 [经度, 纬度]（度），经度在前，与 GeoJSON 相同")
	fewCorners = lang.NewMessage("polygon", "a polygon has at least three corners that do not lie on one line", "多边形至少须有三个不在同一直线上的顶点")
	crosses    = lang.NewMessage("polygon", "the border meets itself: the side from corner %d and the one from corner %d", "边界自相交：第 %d 个顶点起的边与第 %d 个顶点起的边")
	elsewhere  = lang.NewMessage("bounds", "no corner lies within service_area.bounds", "所有顶点均在服务范围 service_area.bounds 之外")
)

// Corners checks a polygon, which stands at, against itself and the service area (nil: against none), and gives its corners, each
// once; nil when it is none.
func (g Polygon) Corners(p *lang.Problems, at lang.Pos, area *ServiceArea) []Corner {
	var list []Corner
	inside, swapped := 0, 0
	for i, pair := range g {
		if len(pair) != 2 || pair[0].V < -180 || pair[0].V > 180 || pair[1].V < -90 || pair[1].V > 90 {
			where := at
			if len(pair) > 0 {
				where = pair[0].At
			}
			one := p.At(where, badCorner)
			if len(pair) == 2 && pair[1].V >= -180 && pair[1].V <= 180 && pair[0].V >= -90 && pair[0].V <= 90 {
				one.Hint(hintSwapped)
			}
			return nil // the others are likely to be wrong in the same way
		}
		c := Corner{pair[0].V, pair[1].V}
		if area == nil || area.Bounds.Contains(c.Lat, c.Lon) {
			inside++
		} else if area.Bounds.Contains(c.Lon, c.Lat) {
			swapped++
		}
		if last := len(list) - 1; last >= 0 && (list[last] == c || i == len(g)-1 && list[0] == c) {
			continue // the ring is closed, or a corner was written twice
		}
		list = append(list, c)
	}
	switch {
	case len(list) < 3 || flat(list):
		p.At(at, fewCorners)
		return nil
	case inside == 0:
		one := p.At(at, elsewhere)
		if swapped > 0 {
			one.Hint(hintSwapped)
		}
		return nil
	}
	n := len(list)
	for i := range n {
		for j := i + 1; j < n; j++ {
			if meet(list[i], list[(i+1)%n], list[j], list[(j+1)%n], j == i+1, (j+1)%n == i) {
				p.At(at, crosses, i+1, j+1)
				return nil
			}
		}
	}
	return list
}

// flat tells that all corners lie on one line.
func flat(list []Corner) bool {
	for i := 2; i < len(list); i++ {
		if turn(list[0], list[1], list[i]) != 0 {
			return false
		}
	}
	return true
}

// turn is positive where a, b, c turn left, negative where they turn right, 0 on a line.
func turn(a, b, c Corner) float64 { return (b.Lon-a.Lon)*(c.Lat-a.Lat) - (b.Lat-a.Lat)*(c.Lon-a.Lon) }

// meet tells whether the sides a–b and c–d have a point in common that they should not: neighbours share a corner, and must not go
// back over each other.
func meet(a, b, c, d Corner, follows, precedes bool) bool {
	if follows || precedes { // b is c, or d is a
		shared, from, to := b, a, d
		if precedes {
			shared, from, to = a, b, c
		}
		back := (from.Lon-shared.Lon)*(to.Lon-shared.Lon)+(from.Lat-shared.Lat)*(to.Lat-shared.Lat) > 0
		return turn(from, shared, to) == 0 && back
	}
	t1, t2, t3, t4 := turn(a, b, c), turn(a, b, d), turn(c, d, a), turn(c, d, b)
	if t1*t2 < 0 && t3*t4 < 0 {
		return true
	}
	return t1 == 0 && between(a, b, c) || t2 == 0 && between(a, b, d) || t3 == 0 && between(c, d, a) || t4 == 0 && between(c, d, b)
}

// between tells whether c, on the line of a and b, lies between them.
func between(a, b, c Corner) bool {
	return min(a.Lon, b.Lon) <= c.Lon && c.Lon <= max(a.Lon, b.Lon) && min(a.Lat, b.Lat) <= c.Lat && c.Lat <= max(a.Lat, b.Lat)
}
