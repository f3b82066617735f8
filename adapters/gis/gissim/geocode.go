package gissim

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tundish/adapters/sim"
	"tundish/core"
	"tundish/wsdl/gis"
	"tundish/wsdl/xsd"
)

// places finds addresses.
type places struct {
	rooms  map[string]*sim.ServicePoint // by district, road, lane, house, room
	houses map[string]*sim.ServicePoint
	lanes  map[string]*sim.ServicePoint
	roads  map[string][]*sim.ServicePoint // by district and road
	names  map[string][]string            // districts that have a road of that name
}

func newPlaces(c *sim.City) *places {
	p := &places{rooms: map[string]*sim.ServicePoint{}, houses: map[string]*sim.ServicePoint{}, lanes: map[string]*sim.ServicePoint{}, roads: map[string][]*sim.ServicePoint{}, names: map[string][]string{}}
	first := func(m map[string]*sim.ServicePoint, key string, at *sim.ServicePoint) {
		if _, ok := m[key]; !ok {
			m[key] = at
		}
	}
	for i := range c.Points {
		at := &c.Points[i]
		d := at.District.Name
		first(p.rooms, at.Address, at)
		first(p.houses, sim.Address(d, at.Road, at.Lane, at.House, 0), at)
		first(p.lanes, sim.Address(d, at.Road, at.Lane, 0, 0), at)
		road := sim.Address(d, at.Road, 0, 0, 0)
		p.roads[road] = append(p.roads[road], at)
		if !slices.Contains(p.names[at.Road], d) {
			p.names[at.Road] = append(p.names[at.Road], d)
		}
	}
	return p
}

// An address as people write it: perhaps without its district, with spaces, full-width
// digits, a 弄 called 巷, words behind it.
var written = regexp.MustCompile(`^(?:(\p{Han}{1,3}区))?(\p{Han}{2,3}?路)(?:(\d+)[弄巷])?(?:(\d+)号)?(?:(\d+)室)?`)

// halfWidth undoes full-width digits and leaves blanks out.
func halfWidth(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case r == ' ' || r == '　' || r == '-':
			return -1
		}
		return r
	}, s)
}

// find lists what an address may mean, best first. The district is its code, or "".
func (p *places) find(address, district string, most int) []gis.Candidate {
	m := written.FindStringSubmatch(halfWidth(address))
	if m == nil {
		return nil
	}
	number := func(s string) int { n, _ := strconv.Atoi(s); return n } // the pattern lets digits through only
	road, lane, house, room := m[2], number(m[3]), number(m[4]), number(m[5])
	districts := p.names[road]
	if m[1] != "" {
		districts = slices.DeleteFunc(slices.Clone(districts), func(d string) bool { return d != m[1] })
	}
	var found []gis.Candidate
	for _, d := range districts {
		if c, ok := p.best(d, road, lane, house, room); ok && (district == "" || c.District == district) {
			found = append(found, c)
		}
	}
	if len(found) > most {
		found = found[:most]
	}
	return found
}

// best is the most exact place that is known of an address.
func (p *places) best(district, road string, lane, house, room int) (gis.Candidate, bool) {
	if at, ok := p.rooms[sim.Address(district, road, lane, house, room)]; ok && room > 0 {
		c := candidate(at, at.Address, at.Point, "room", "1")
		c.ServicePointNo = at.No
		return c, true
	}
	if key := sim.Address(district, road, lane, house, 0); house > 0 && p.houses[key] != nil {
		return candidate(p.houses[key], key, p.houses[key].Point, "house", "0.92"), true
	}
	if key := sim.Address(district, road, lane, 0, 0); lane > 0 && p.lanes[key] != nil {
		return candidate(p.lanes[key], key, p.lanes[key].Point, "lane", "0.75"), true
	}
	key := sim.Address(district, road, 0, 0, 0)
	all := p.roads[key]
	if len(all) == 0 {
		return gis.Candidate{}, false
	}
	var middle core.Point
	for _, at := range all {
		middle.Lat += at.Point.Lat / float64(len(all))
		middle.Lon += at.Point.Lon / float64(len(all))
	}
	return candidate(all[0], key, middle, "road", "0.4"), true
}

func candidate(at *sim.ServicePoint, address string, point core.Point, level, score string) gis.Candidate {
	return gis.Candidate{Address: address, District: at.District.Code, Score: xsd.MustDecimal(score), Level: level, Coordinate: *sim.Coordinate(point, reference)}
}
