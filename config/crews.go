package config

import (
	"slices"
	"strings"

	"tundish/config/lang"
)

// Districts is config/districts.yaml.
type Districts struct {
	Districts []District `yaml:"districts" lang:"required,min=1" en:"Service districts, by which orders go to depots." zh:"服务区域，工单按区域归属站点。"`
}

// District is a part of the service area.
type District struct {
	Code     lang.Value[string] `yaml:"code" lang:"required,min=1,max=60" en:"Its code, as systems send it." zh:"区域代码，与各系统所发一致。"`
	Name     Name               `yaml:"name" lang:"required" en:"Its name." zh:"名称。"`
	Centroid Place              `yaml:"centroid" lang:"required" en:"Where orders of the district are put that cannot be located." zh:"无法定位的工单所用的中心点。"`
	Depot    string             `yaml:"depot" lang:"required,min=1,max=60" en:"Code of the depot whose crews serve it." zh:"所属站点代码。"`
	Polygon  Polygon            `yaml:"polygon" lang:"max=1000" en:"Its border, corners [longitude, latitude] as in GeoJSON, for rules of classification that look where a coordinate lies. Absent: it is known by its code only." zh:"边界，顶点为 [经度, 纬度]（同 GeoJSON），供分类规则按坐标判断；不填则仅按代码识别。"`
	// Corners of the polygon, as they were checked.
	Corners []Corner `yaml:"-"`
}

// Place is a position, WGS 84 degrees. Latitudes beyond 90 are let through to the check against the service area, which
// knows that latitude and longitude were swapped.
type Place struct {
	At  lang.Pos
	Lat float64 `yaml:"lat" lang:"required,min=-180,max=180" en:"Latitude." zh:"纬度。"`
	Lon float64 `yaml:"lon" lang:"required,min=-180,max=180" en:"Longitude." zh:"经度。"`
}

// Crews is config/crews.yaml.
type Crews struct {
	Crews []Crew `yaml:"crews" lang:"required,min=1" en:"Crews that work is given to." zh:"班组。"`
}

// Crew is one or more technicians with a vehicle.
type Crew struct {
	ID         lang.Value[string]   `yaml:"id" lang:"required,min=1,max=60" en:"Its code." zh:"班组代码。"`
	Name       string               `yaml:"name" lang:"required,min=1,max=200" en:"Its name." zh:"班组名称。"`
	Depot      string               `yaml:"depot" lang:"max=60" en:"Code of its depot." zh:"所属站点代码。"`
	People     []Person             `yaml:"people" en:"Its technicians, the leader first: staff numbers alone, or with names." zh:"组员，组长在前：只写工号，或工号加姓名。"`
	Phone      string               `yaml:"phone" lang:"max=60" en:"Number under which it is reached." zh:"联系电话。"`
	Skills     []lang.Value[string] `yaml:"skills" lang:"required,min=1" en:"What it can do; an order needs all skills of its type." zh:"技能；工单类型所需技能须全部具备。"`
	Districts  []lang.Value[string] `yaml:"districts" en:"Codes of districts where it works; absent means everywhere." zh:"工作区域代码；不填为全部。"`
	Shift      Shift                `yaml:"shift" lang:"required" en:"Local time of its shift: 08:00-17:00, over midnight 22:00-06:00, the whole day 00:00-24:00." zh:"班次时间：08:00-17:00；跨夜 22:00-06:00；全天 00:00-24:00。"`
	EveryDay   bool                 `yaml:"every_day" lang:"default=false" en:"It works on weekends and holidays too (duty crew)." zh:"周末和节假日也上班（值班）。"`
	CapMinutes int                  `yaml:"cap_minutes" lang:"default=0,min=0,max=1440" en:"The most minutes of unfinished work it may have; 0 means no bound." zh:"未完成工作量上限（分钟）；0 为不限。"`
	CapOrders  int                  `yaml:"cap_orders" lang:"default=0,min=0,max=1000" en:"The most unfinished orders it may have; 0 means no bound." zh:"未完成工单数上限；0 为不限。"`
	Home       Place                `yaml:"home" lang:"required" en:"Where its day begins." zh:"出发地点。"`
}

// Person is a technician.
type Person struct {
	ID   string `yaml:"id" lang:"required,min=1,max=60,shorthand" en:"Staff number." zh:"工号。"`
	Name string `yaml:"name" lang:"max=200" en:"Name." zh:"姓名。"`
}

// Shift is a span of local time in minutes after midnight. End is after Start and beyond 1440 for a night shift.
type Shift struct{ Start, End int }

// UnmarshalText reads "08:00-17:00".
func (s *Shift) UnmarshalText(text []byte) error {
	wrong := bilingual{"write begin and end, such as 08:00-17:00", "请写起止时间，例如 08:00-17:00"}
	from, to, found := strings.Cut(string(text), "-")
	var start, end Minute
	if !found || start.UnmarshalText([]byte(from)) != nil || end.UnmarshalText([]byte(to)) != nil || start == end || start == 24*60 {
		return wrong
	}
	*s = Shift{int(start), int(end)}
	if end < start {
		s.End += 24 * 60
	}
	return nil
}

var (
	twice           = lang.NewMessage("duplicate", "%q is given twice, first at %v", "%q 重复，首次在 %v")
	unknownDistrict = lang.NewMessage("unknown-district", "there is no district %q", "没有区域 %q")
	farAway         = lang.NewMessage("bounds", "%v, %v lies outside service_area.bounds", "%v, %v 在服务范围 service_area.bounds 之外")
	uncovered       = lang.NewMessage("no-crew", "no crew works in district %q", "没有班组负责区域 %q")
)

// LoadDistricts reads c.Dirs.Districts.
func LoadDistricts(p *lang.Problems, c *Config) []District {
	var file Districts
	lang.DecodeFile(p, c.Dirs.Districts, &file)
	seen := map[string]lang.Pos{}
	for i := range file.Districts {
		d := &file.Districts[i]
		once(p, seen, d.Code)
		c.near(p, d.Centroid)
		if len(d.Polygon) > 0 {
			d.Corners = d.Polygon.Corners(p, d.Code.At, &c.ServiceArea)
		}
	}
	return file.Districts
}

// LoadCrews reads c.Dirs.Crews and holds the crews against the districts.
func LoadCrews(p *lang.Problems, c *Config, districts []District) []Crew {
	var file Crews
	lang.DecodeFile(p, c.Dirs.Crews, &file)
	c.CheckCrews(p, file.Crews, districts)
	return file.Crews
}

// CheckCrews holds crews against each other, the service area and the districts.
func (c *Config) CheckCrews(p *lang.Problems, crews []Crew, districts []District) {
	codes := make([]string, 0, len(districts))
	for _, d := range districts {
		if !slices.Contains(codes, d.Code.V) {
			codes = append(codes, d.Code.V)
		}
	}
	seen := map[string]lang.Pos{}
	for _, crew := range crews {
		once(p, seen, crew.ID)
		c.near(p, crew.Home)
		for _, d := range crew.Districts {
			if !slices.Contains(codes, d.V) {
				p.At(d.At, unknownDistrict, d.V).Expected(codes...).Near(d.V, codes)
			}
		}
	}
}

// once refuses a key that stands in a file twice.
func once(p *lang.Problems, seen map[string]lang.Pos, key lang.Value[string]) {
	if first, there := seen[key.V]; there && key.V != "" {
		p.At(key.At, twice, key.V, first)
		return
	}
	seen[key.V] = key.At
}

// near refuses a place that the utility does not serve.
func (c *Config) near(p *lang.Problems, at Place) {
	possible := at != (Place{At: at.At}) && max(at.Lat, -at.Lat, at.Lon, -at.Lon) <= 180 // else said already
	if b := &c.ServiceArea.Bounds; possible && !b.Contains(at.Lat, at.Lon) {
		one := p.At(at.At, farAway, at.Lat, at.Lon)
		if b.Contains(at.Lon, at.Lat) {
			one.Hint(hintSwapped)
		}
	}
}
