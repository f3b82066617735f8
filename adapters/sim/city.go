package sim

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"tundish/core"
	"tundish/wsdl/xsd"
)

// CityDue is how many meters of the city fall due around the first day; CityPoints is
// how many service points it has.
const (
	CityDue    = 2000
	CityPoints = 2640
)

// City is where the simulated systems have their customers. Every simulator makes the
// same one from the same seed, as different systems of one town know the same houses.
type City struct {
	Points []ServicePoint // by account number

	byAccount map[string]int
	bySerial  map[string]int
	byNo      map[string]int
}

// District is a part of the city, as config/districts.yaml has it.
type District struct {
	Code, Name    string
	Branch, Depot string
	Centre        core.Point // WGS 84
}

// ServicePoint is a customer's connection as billing and the GIS know it.
type ServicePoint struct {
	No      string // in the GIS
	Account string
	Holder  string
	Contact string
	Phone   string
	Tariff  string // house code
	Arrears string // decimal text in yuan

	District District
	Road     string
	Lane     int
	House    int
	Room     int
	Address  string
	Detail   string // where the meter sits
	Book     string
	BookNo   int
	Point    core.Point // WGS 84

	Meter Meter
}

// Meter is a meter as billing knows it. Readings are texts: old systems keep leading
// zeros and pad decimals.
type Meter struct {
	Serial, Stamp, Barcode string
	DiameterMM             int
	Model, Maker           string
	DialRange              string
	InstalledOn            xsd.Date
	VerifiedOn             xsd.Date
	DueOn                  xsd.Date
	State                  string // house code
	LastReading            string // "" when it was never read
}

// NewCity makes the city of a seed, its meters falling due around day.
func NewCity(seed uint64, day time.Time) *City {
	r := rand.New(rand.NewPCG(seed, 0x7075_7368_6564)) // a stream of its own
	c := &City{byAccount: map[string]int{}, bySerial: map[string]int{}, byNo: map[string]int{}}
	perBook := CityPoints / (len(Districts) * booksPerDistrict)
	for d := range Districts {
		for b := range booksPerDistrict {
			for n := range perBook {
				c.Points = append(c.Points, newPoint(r, d, b, n, len(c.Points)))
			}
		}
	}
	c.fallDue(r, day)
	slices.SortFunc(c.Points, func(a, b ServicePoint) int { return cmp.Compare(a.Account, b.Account) })
	for i := range c.Points {
		p := &c.Points[i]
		c.byAccount[p.Account], c.bySerial[p.Meter.Serial], c.byNo[p.No] = i, i, i
	}
	return c
}

const booksPerDistrict = 8

func newPoint(r *rand.Rand, d, book, n, serial int) ServicePoint {
	dist := Districts[d]
	road := r.IntN(len(roads[d]))
	p := ServicePoint{
		No:       fmt.Sprintf("SP-%08d", 450_000+serial*7),
		Account:  account(d, book, n),
		Phone:    fmt.Sprintf("1%d00%07d", pick(r, []int{38, 39, 58, 86}), r.IntN(10_000_000)),
		District: dist,
		Road:     roads[d][road],
		Lane:     2 * (1 + r.IntN(450)),
		House:    1 + r.IntN(36),
		Room:     100*(1+r.IntN(6)) + 1 + r.IntN(4),
		Detail:   pick(r, []string{"楼道管道井", "门前水表箱", "厨房水槽下", "楼梯下左侧表坑", "围墙外表井", "地下室"}),
		Book:     fmt.Sprintf("%02d%02d", d+1, book+1),
		BookNo:   n,
		Contact:  contact(r),
		Arrears:  "0.00",
		Tariff:   "residential",
	}
	p.Meter = newMeter(r, serial)
	p.Holder = person(r)
	if p.Meter.DiameterMM >= 40 {
		p.Holder = pick(r, surnames[:50]) + "氏" + pick(r, trades) + "有限公司"
		p.Tariff = "non_residential"
		p.Room = 0
		p.Detail = "厂区门口表井"
	}
	if r.IntN(12) == 0 {
		p.Arrears = fmt.Sprintf("%d.%02d", 20+r.IntN(900), r.IntN(100))
	}
	p.Address = Address(dist.Name, p.Road, p.Lane, p.House, p.Room)
	p.Point = onRoad(dist, road, p.Lane, p.House)
	return p
}

// account is a number that ends in a check digit, so that a misread one is found.
func account(district, book, n int) string {
	digits := fmt.Sprintf("%02d%02d%05d", district+1, book+1, n*3+1)
	sum := 0
	for i, c := range digits {
		sum += int(c-'0') * (i%7 + 2)
	}
	return fmt.Sprintf("%s%d", digits, sum%10)
}

// Address writes an address as the city does: district, road, lane, house, room; what is
// 0 or "" is left out.
func Address(district, road string, lane, house, room int) string {
	s := district + road
	if lane > 0 {
		s += fmt.Sprintf("%d弄", lane)
	}
	if house > 0 {
		s += fmt.Sprintf("%d号", house)
	}
	if room > 0 {
		s += fmt.Sprintf("%d室", room)
	}
	return s
}

const (
	metresPerDegree = 111_320.0
	roadMetres      = 3000.0
	laneStep        = 2.4 // metres of road per lane number
	houseStep       = 9.0 // metres into the lane per house number
)

// onRoad puts a house on its road. The roads of a district run through its centre like
// spokes; lanes leave them at right angles, even ones to one side.
func onRoad(d District, road, lane, house int) core.Point {
	angle := math.Pi * float64(road) / float64(len(roads[0]))
	along := float64(lane)*laneStep - roadMetres/2 + 400
	aside := float64(house) * houseStep
	if lane%4 == 0 {
		aside = -aside
	}
	north := along*math.Sin(angle) + aside*math.Cos(angle)
	east := along*math.Cos(angle) - aside*math.Sin(angle)
	return offset(d.Centre, north, east)
}

// offset moves a point by metres and keeps seven digits, about a centimetre.
func offset(p core.Point, north, east float64) core.Point {
	round := func(f float64) float64 { return math.Round(f*1e7) / 1e7 }
	return core.Point{
		Lat: round(p.Lat + north/metresPerDegree),
		Lon: round(p.Lon + east/(metresPerDegree*math.Cos(p.Lat*math.Pi/180))),
	}
}

// sizes are nominal diameters by how common they are.
var sizes = []int{15, 15, 15, 15, 15, 15, 15, 15, 20, 20, 20, 20, 20, 20, 15, 20, 25, 25, 25, 32, 40, 40, 50, 50, 80, 100, 150, 200, 300}

func newMeter(r *rand.Rand, n int) Meter {
	m := Meter{
		DiameterMM: pick(r, sizes),
		Maker:      pick(r, []string{"东江水表", "北岸仪表", "远桥计量", "三合水表"}),
		State:      "normal",
		Barcode:    fmt.Sprintf("69%011d", 10_000_000+n*13),
	}
	switch {
	case m.DiameterMM <= 25:
		m.Model, m.DialRange = fmt.Sprintf("LXS-%dE", m.DiameterMM), "9999"
	case m.DiameterMM <= 50:
		m.Model, m.DialRange = fmt.Sprintf("LXS-%dC", m.DiameterMM), "99999"
	default:
		m.Model, m.DialRange = fmt.Sprintf("LXLC-%d", m.DiameterMM), "999999"
	}
	return m
}

// life is how long a meter of this size is used after its first verification.
func life(dn int) (years int) {
	switch {
	case dn <= 25:
		return 6
	case dn <= 50:
		return 4
	}
	return 2
}

// fallDue gives every meter its dates, serial and reading: CityDue of them fall due from
// ten days before day until eighty days after, the others later.
func (c *City) fallDue(r *rand.Rand, day time.Time) {
	for i, at := range r.Perm(len(c.Points)) {
		m := &c.Points[at].Meter
		days := -10 + 90*i/CityDue
		if i >= CityDue {
			days = 120 + r.IntN(500)
		}
		due := day.AddDate(0, 0, days)
		verified := due.AddDate(-life(m.DiameterMM), 0, 0)
		m.DueOn = xsd.DateOf(due)
		m.VerifiedOn = xsd.DateOf(verified)
		m.InstalledOn = xsd.DateOf(verified.AddDate(0, 0, 5+r.IntN(60)))
		m.Serial = fmt.Sprintf("%02d%08d", verified.Year()%100, 19_000_000+i*37)
		m.Stamp = fmt.Sprintf("A%02d-%06d", verified.Year()%100, i*11+7)
		m.LastReading = lastReading(r, m)
	}
}

// lastReading has the habits of its system: whole numbers with and without leading
// zeros, one padded decimal, three from an ultrasonic meter, 0, and none at all.
func lastReading(r *rand.Rand, m *Meter) string {
	n := 40 + r.IntN(5200)
	if m.DiameterMM > 25 {
		n = 900 + r.IntN(60_000)
	}
	switch k := r.IntN(100); {
	case k < 50:
		return fmt.Sprint(n)
	case k < 65:
		return fmt.Sprintf("%0*d", len(m.DialRange), n)
	case k < 85:
		return fmt.Sprintf("%d.%d", n, r.IntN(10))
	case k < 95:
		return fmt.Sprintf("%d.%03d", n, r.IntN(1000))
	case k < 98:
		return "0"
	}
	return ""
}

// Account finds a service point by its account, nil if there is none.
func (c *City) Account(account string) *ServicePoint { return c.find(c.byAccount, account) }

// Serial finds a service point by the serial of its meter, nil if there is none.
func (c *City) Serial(serial string) *ServicePoint { return c.find(c.bySerial, serial) }

// ServicePoint finds a service point by its number, nil if there is none.
func (c *City) ServicePoint(no string) *ServicePoint { return c.find(c.byNo, no) }

func (c *City) find(index map[string]int, key string) *ServicePoint {
	if i, ok := index[key]; ok {
		return &c.Points[i]
	}
	return nil
}

// Exchange records that a service point has another meter now, "" for none.
func (c *City) Exchange(p *ServicePoint, serial string) {
	i := c.byAccount[p.Account]
	delete(c.bySerial, p.Meter.Serial)
	p.Meter.Serial = serial
	if serial != "" {
		c.bySerial[serial] = i
	}
}

// Due lists the service points whose meters fall due, the most pressing first.
func (c *City) Due() []*ServicePoint {
	all := make([]*ServicePoint, len(c.Points))
	for i := range c.Points {
		all[i] = &c.Points[i]
	}
	slices.SortStableFunc(all, func(a, b *ServicePoint) int { return a.Meter.DueOn.Cmp(b.Meter.DueOn) })
	return all[:CityDue]
}

// Distance is the way between two points as the crow flies, in metres.
func Distance(a, b core.Point) float64 {
	north := (a.Lat - b.Lat) * metresPerDegree
	east := (a.Lon - b.Lon) * metresPerDegree * math.Cos((a.Lat+b.Lat)/2*math.Pi/180)
	return math.Hypot(north, east)
}
