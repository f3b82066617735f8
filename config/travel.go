package config

import (
	"net/url"
	"time"

	"tundish/config/lang"
)

// Travel says how long ways take.
type Travel struct {
	Detour   float64     `yaml:"detour" lang:"default=1.3,min=1,max=5" en:"Driven distance divided by straight distance." zh:"绕行系数：行驶距离与直线距离之比。"`
	SpeedKMH float64     `yaml:"speed_kmh" lang:"default=25,min=1,max=150" en:"Average speed on the road, km/h." zh:"平均车速，公里/小时。"`
	Periods  []SlowHours `yaml:"periods" lang:"max=12" en:"When traffic is slower or faster than that, one after the other." zh:"车速与上述不同的时段，按时间先后排列。"`
	OSRM     OSRM        `yaml:"osrm" en:"A routing service that knows the roads. While it does not answer, straight lines stand in." zh:"掌握路网的路径服务；无应答时以直线距离代替。"`
}

// SlowHours is a part of the day in which traffic is not as usual.
type SlowHours struct {
	From     lang.Value[Minute]  `yaml:"from" lang:"required" en:"When it begins, such as 07:30." zh:"开始时间，例如 07:30。"`
	To       lang.Value[Minute]  `yaml:"to" lang:"required" en:"When it ends, on the same day; 24:00 is the end of the day." zh:"结束时间，须在同一天；24:00 为当日结束。"`
	Factor   lang.Value[float64] `yaml:"factor" lang:"required,min=0.05,max=10" en:"Speed divided by the usual speed: 0.6 is slow, 1.2 is fast." zh:"与平均车速之比：0.6 为较慢，1.2 为较快。"`
	Workdays bool                `yaml:"workdays" lang:"default=false" en:"Only on working days of the calendar." zh:"只在工作日如此。"`
}

// OSRM is a routing service that speaks the HTTP interface of OSRM's table service.
type OSRM struct {
	URL     lang.Value[string] `yaml:"url" lang:"default=''" en:"Where it is, such as http://osrm.internal:5000; empty: there is none." zh:"服务地址，例如 http://osrm.internal:5000；留空则不使用。"`
	Profile string             `yaml:"profile" lang:"default=driving,pattern='[A-Za-z0-9_-]{1,40}'" en:"The means of travel in its paths." zh:"路径中的出行方式。"`
	Timeout time.Duration      `yaml:"timeout" lang:"default=5s,min=50ms,max=1m" en:"How long one question may take. After one that was not answered the service is left alone for a while." zh:"单次查询的最长时间；无应答后暂停询问一段时间。"`
	Rest    time.Duration      `yaml:"rest" lang:"default=1m,min=100ms,max=1h" en:"That while." zh:"无应答后暂停询问的时间。"`
	Cache   int                `yaml:"cache" lang:"default=4000000,min=1000,max=100000000" en:"How many ways are remembered; each takes about 50 bytes." zh:"缓存的路径条数，每条约 50 字节。"`
}

var (
	periodReversed = lang.NewMessage("period", "it ends before it begins; write a period over midnight as two", "结束不晚于开始；跨午夜的时段请分成两段")
	periodOverlap  = lang.NewMessage("period", "it begins before the period above it ends", "起点早于上一段的终点")
	badRouting     = lang.NewMessage("url", "%q is no address of a routing service", "%q 不是有效的路径服务地址")
)

var hintRouting = lang.Text{En: "write http:// or https://, host and port, such as http://osrm.internal:5000", Zh: "请写 http:// 或 https:// 加主机和端口，例如 http://osrm.internal:5000"}

func (t *Travel) check(p *lang.Problems) {
	for i, h := range t.Periods {
		switch {
		case h.To.V <= h.From.V:
			p.At(h.To.At, periodReversed)
		case i > 0 && h.From.V < t.Periods[i-1].To.V:
			p.At(h.From.At, periodOverlap)
		}
	}
	if o := t.OSRM.URL; o.V != "" {
		if u, err := url.Parse(o.V); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" {
			p.At(o.At, badRouting, o.V).Hint(hintRouting)
		}
	}
}
