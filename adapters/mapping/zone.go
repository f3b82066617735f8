package mapping

import (
	"regexp"
	"time"

	"tundish/config/lang"
)

var (
	badTimeZone = lang.NewMessage("zone", "there is no time zone %q", "没有时区 %q")
	zoneHint    = lang.Text{En: "write a city's, such as Asia/Shanghai, or an offset, such as +08:00", Zh: "请写城市时区，如 Asia/Shanghai，或偏移量，如 +08:00"}
)

// zones are those that people of the trade may mean.
var zones = []string{"Asia/Shanghai", "Asia/Chongqing", "Asia/Urumqi", "Asia/Hong_Kong", "Asia/Macau", "Asia/Taipei", "Asia/Singapore", "Asia/Tokyo", "Europe/London", "Europe/Berlin", "UTC"}

var offset = regexp.MustCompile(`^[+-](0\d|1[0-4]):[0-5]\d$`)

// zoneNamed finds a time zone by its name, or by its offset; nil when there is none, which is said.
func zoneNamed(name lang.Value[string], p *lang.Problems) *time.Location {
	if offset.MatchString(name.V) {
		at, err := time.Parse("-07:00", name.V)
		if err == nil {
			_, seconds := at.Zone()
			return time.FixedZone(name.V, seconds)
		}
	}
	zone, err := time.LoadLocation(name.V)
	if err != nil {
		p.At(name.At, badTimeZone, name.V).Hint(zoneHint).Near(name.V, zones)
		return nil
	}
	return zone
}
