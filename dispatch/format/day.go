package format

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"tundish/dispatch/route"
)

// day is a utility's day as JSON: minutes after midnight, WGS 84 degrees. The metric's
// seconds are the ticks.
type day struct {
	Name   string `json:"name"`
	Travel struct {
		Metric   string  `json:"metric"`
		Detour   float64 `json:"detour"`
		SpeedKMH float64 `json:"speed_kmh"`
		Unit     string  `json:"unit"`
		Rounding string  `json:"rounding"`
	} `json:"travel"`
	Skills []string    `json:"skills"`
	Orders []dayOrder  `json:"orders"`
	Crews  []dayWorker `json:"workers"`
}

type dayOrder struct {
	ID       int      `json:"id"`
	Lon      *float64 `json:"lon"`
	Lat      *float64 `json:"lat"`
	District int      `json:"district"`
	Service  int64    `json:"service"`
	Priority int      `json:"priority"`
	Skill    int      `json:"skill"`
	Created  int64    `json:"created"`
	Window   []int64  `json:"window"`
}

type dayWorker struct {
	ID        int       `json:"id"`
	Home      []float64 `json:"home"`
	Districts []int     `json:"districts"`
	Skills    []int     `json:"skills"`
	Shift     []int64   `json:"shift"`
	Capacity  int64     `json:"capacity"`
	Load      int64     `json:"load"`
}

// breakMinutes is not worked in a shift; it counts for the measure of a full day only.
const breakMinutes = 60

// readDay reads a day. Capacity is in minutes of service; what a crew carries already
// uses it up, and not the shift.
func readDay(data []byte) (*Instance, error) {
	var d day
	if err := json.Unmarshal(data, &d); err != nil {
		f := Fault{Text: "not JSON: " + err.Error()}
		var syntax *json.SyntaxError
		var kind *json.UnmarshalTypeError
		switch {
		case errors.As(err, &syntax):
			f.Line = lineAt(data, syntax.Offset)
		case errors.As(err, &kind):
			f = Fault{lineAt(data, kind.Offset), fmt.Sprintf("%s is a %s; give a number, a text or a list as the format has it", kind.Field, kind.Value)}
		}
		return nil, &FaultError{[]Fault{f}}
	}
	var bad faults
	if t := d.Travel; t.Metric != "haversine" || t.Unit != "s" || t.Rounding != "nearest" || !(t.Detour > 0) || !(t.SpeedKMH > 0) {
		bad.add(0, `travel is %+v; give metric "haversine", unit "s", rounding "nearest", a detour and a speed above 0`, t)
		return nil, bad.err()
	}
	in := &Instance{Name: d.Name, Unit: 1, write: writeDay}
	in.Problem.Metric = route.Metric{Globe: true, Ticks: d.Travel.Detour / (d.Travel.SpeedKMH / 3.6), Round: route.Nearest}
	skill := func(of string, id, k int) route.Skill {
		if k < 0 || k >= len(d.Skills) {
			bad.add(0, "%s %d: skill %d is none of 0 to %d", of, id, k, len(d.Skills)-1)
		}
		return route.Skill{Name: strconv.Itoa(k)}
	}
	window := func(of string, id int, what string, w []int64) route.Window {
		if len(w) != 2 {
			bad.add(0, "%s %d: the %s is %v; give [from, to] in minutes", of, id, what, w)
			return route.Window{}
		}
		return route.Window{From: w[0] * 60, To: w[1] * 60}
	}
	for _, o := range d.Orders {
		in.numbers = append(in.numbers, o.ID)
		r := route.Order{ID: strconv.Itoa(o.ID), Service: o.Service * 60, Demand: o.Service, District: strconv.Itoa(o.District)}
		if o.Lon == nil || o.Lat == nil {
			bad.add(0, "order %d has no place: give lon and lat", o.ID)
		} else {
			r.At = route.Point{X: *o.Lon, Y: *o.Lat}
		}
		if o.Priority < 0 || o.Priority > 3 {
			bad.add(0, "order %d: priority %d is none of 0 to 3", o.ID, o.Priority)
		}
		r.Skills = []route.Skill{skill("order", o.ID, o.Skill)}
		if o.Window != nil {
			r.Windows = []route.Window{window("order", o.ID, "window", o.Window)}
		}
		in.Problem.Orders = append(in.Problem.Orders, r)
	}
	for _, w := range d.Crews {
		c := route.Crew{ID: strconv.Itoa(w.ID), Capacity: max(0, w.Capacity-w.Load), Load: w.Load * 60, Shift: window("worker", w.ID, "shift", w.Shift)}
		c.Busy = max(1, c.Shift.To-c.Shift.From-breakMinutes*60)
		if len(w.Home) != 2 {
			bad.add(0, "worker %d: home is %v; give [lon, lat]", w.ID, w.Home)
		} else {
			c.Start = route.Point{X: w.Home[0], Y: w.Home[1]}
			c.End = c.Start
		}
		if w.Capacity < 0 || w.Load < 0 {
			bad.add(0, "worker %d: capacity %d and load %d cannot be negative", w.ID, w.Capacity, w.Load)
		}
		for _, k := range w.Skills {
			c.Skills = append(c.Skills, skill("worker", w.ID, k))
		}
		for _, k := range w.Districts {
			c.Districts = append(c.Districts, strconv.Itoa(k))
		}
		if len(c.Districts) == 0 {
			bad.add(0, "worker %d serves no district", w.ID)
		}
		in.Problem.Crews = append(in.Problem.Crews, c)
	}
	if err := bad.err(); err != nil {
		return nil, err
	}
	priceDay(in, &d)
	return in, nil
}

func lineAt(data []byte, offset int64) int {
	return 1 + bytes.Count(data[:min(int64(len(data)), offset)], []byte("\n"))
}

func writeDay(w io.Writer, i *Instance, s route.Solution) error {
	type line struct {
		Worker int   `json:"worker"`
		Orders []int `json:"orders"`
	}
	type left struct {
		Order  int            `json:"order"`
		Reason map[string]int `json:"reasons"`
	}
	out := struct {
		Routes   []line `json:"routes"`
		Unserved []left `json:"unserved"`
	}{Routes: []line{}, Unserved: []left{}}
	for r, list := range s.Plan {
		if len(list) == 0 {
			continue
		}
		id, err := strconv.Atoi(i.Problem.Crews[r].ID)
		if err != nil {
			return fmt.Errorf("worker %q: %w", i.Problem.Crews[r].ID, err)
		}
		l := line{Worker: id}
		for _, o := range list {
			l.Orders = append(l.Orders, i.numbers[o])
		}
		out.Routes = append(out.Routes, l)
	}
	for _, u := range s.Unserved {
		l := left{i.numbers[u.Order], map[string]int{}}
		for _, c := range u.Stopped {
			l.Reason[string(c.Rule)] = c.Crews
		}
		out.Unserved = append(out.Unserved, l)
	}
	e := json.NewEncoder(w)
	return e.Encode(out)
}
