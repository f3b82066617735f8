package gissim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"tundish/adapters/sim"
	"tundish/core"
	"tundish/wsdl/gis"
	"tundish/wsdl/xsd"
)

// asset is something of the network.
type asset struct {
	gis.Asset
	at core.Point
}

// kinds of assets that the contract knows.
var kinds = []string{"pipe", "valve", "hydrant", "meter_pit", "pump", "regulator", "other"}

const assetsPerDistrict = 160

// network lays pipes, valves and hydrants through the districts.
func network(seed uint64) []asset {
	r := rand.New(rand.NewPCG(seed, 0x6e65_7477))
	var all []asset
	for d, district := range sim.Districts {
		for n := range assetsPerDistrict {
			kind := kinds[[]int{0, 0, 0, 1, 1, 2, 3, 4}[n%8]]
			point := core.Point{Lat: district.Centre.Lat + (r.Float64()-0.5)*0.03, Lon: district.Centre.Lon + (r.Float64()-0.5)*0.035}
			dn := gis.DiameterMM([]int{100, 150, 200, 300, 500}[r.IntN(5)])
			laid := xsd.NewDate(1985+r.IntN(38), time.Month(1+r.IntN(12)), 1+r.IntN(28))
			a := gis.Asset{
				AssetNo: fmt.Sprintf("%s-%s%04d", district.Code, map[string]string{"pipe": "GD", "valve": "FM", "hydrant": "XH", "meter_pit": "BJ", "pump": "BF"}[kind], n),
				Kind:    kind, Name: sim.RoadAt(d, n), DiameterMM: &dn, Material: []string{"球墨铸铁", "PE", "灰口铸铁", "钢"}[r.IntN(4)],
				InstalledOn: &laid, State: "in_use", Coordinate: *sim.Coordinate(point, reference),
			}
			if kind == "valve" {
				a.State = []string{"open", "open", "open", "closed"}[r.IntN(4)]
			}
			all = append(all, asset{a, point})
		}
	}
	return all
}

const usualAssets = 100

// nearby lists assets around a point, nearest first.
func (s *survey) nearby(r *gis.GetNearbyAssets) (*gis.GetNearbyAssetsResponse, error) {
	at, err := inside(&r.Coordinate, "Coordinate")
	if err != nil {
		return nil, err
	}
	for _, k := range r.Kind {
		if !slices.Contains(kinds, k) {
			return nil, core.Invalidf("unknown_code", "Kind", "kind %q is not known; allowed: %v", "类别 %q 未知；可用：%v", k, kinds)
		}
	}
	most := usualAssets
	if r.MaxAssets != nil {
		most = int(*r.MaxAssets)
	}
	type near struct {
		*asset
		metres float64
	}
	var found []near
	for i := range s.assets {
		a := &s.assets[i]
		if len(r.Kind) > 0 && !slices.Contains(r.Kind, a.Kind) {
			continue
		}
		if m := sim.Distance(at, a.at); m <= r.RadiusMetres.Float64() {
			found = append(found, near{a, m})
		}
	}
	slices.SortFunc(found, func(x, y near) int {
		switch {
		case x.metres < y.metres:
			return -1
		case x.metres > y.metres:
			return 1
		}
		return 0
	})
	answer := &gis.GetNearbyAssetsResponse{More: len(found) > most}
	for _, n := range found[:min(len(found), most)] {
		a := n.Asset
		a.DistanceMetres = xsd.NewDecimal(int64(n.metres*10+0.5), 1)
		answer.Asset = append(answer.Asset, a)
	}
	return answer, nil
}

// The box in which the city lies, WGS 84 degrees.
const (
	south, north = 31.0, 31.45
	west, east   = 121.2, 121.75
)

// inside reads a coordinate and refuses one that is nowhere near.
func inside(c *gis.Coordinate, field string) (core.Point, error) {
	p := core.Point{Lat: c.Lat.Float64(), Lon: c.Lon.Float64()}
	switch c.ReferenceSystem {
	case "", reference, "WGS84":
	default:
		return p, core.Invalidf("outside_area", field+".referenceSystem", "the GIS takes %s and WGS84, not %s", "GIS 只接受 %s 和 WGS84，不接受 %s", reference, c.ReferenceSystem)
	}
	if p.Lat < south || p.Lat > north || p.Lon < west || p.Lon > east {
		return p, core.Invalidf("outside_area", field, "Lat %s, Lon %s lies outside Lat %g…%g, Lon %g…%g", "Lat %s、Lon %s 超出服务范围 Lat %g…%g、Lon %g…%g", c.Lat, c.Lon, south, north, west, east)
	}
	return p, nil
}
