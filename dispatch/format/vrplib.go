package format

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"tundish/dispatch/route"
)

// vrplib is a file of TSPLIB's family as it stands: a header of keys, and sections of
// numbered lines.
type vrplib struct {
	bad      faults
	header   map[string]string
	lines    map[string]int               // key or section → its line
	sections map[string]map[int][]float64 // section → number → the rest of its line
	at       map[string]map[int]int       // section → number → line
	depots   []int
}

// readVRPLIB reads CVRP, VRPTW and MDVRPTW. Distances of CVRP and VRPTW are rounded to
// the nearest integer; those of MDVRPTW are 1000 times Euclid's, rounded likewise, and
// times are multiplied alike.
func readVRPLIB(data []byte) (*Instance, error) {
	f := parseVRPLIB(data)
	in := &Instance{Name: f.header["NAME"], Unit: 1, write: writeRoutes}
	if kind := f.header["EDGE_WEIGHT_TYPE"]; kind != "EUC_2D" {
		f.bad.add(f.lines["EDGE_WEIGHT_TYPE"], "EDGE_WEIGHT_TYPE is %q; only EUC_2D is read", kind)
	}
	scale := 1.0
	many := f.header["TYPE"] == "MDVRPTW" || f.sections["VEHICLES_DEPOT_SECTION"] != nil
	if many {
		scale, in.write = 1000, writeCrews
	}
	in.Problem.Metric = route.Metric{Ticks: 1, Round: route.Nearest}
	n := f.whole("DIMENSION", 1, 10_000_000)
	capacity := int64(f.whole("CAPACITY", 1, math.MaxInt32))
	points := f.section("NODE_COORD_SECTION", n, 2)
	demands := f.section("DEMAND_SECTION", n, 1)
	services, windows := f.optional("SERVICE_TIME_SECTION", n, 1), f.optional("TIME_WINDOW_SECTION", n, 2)
	if len(f.depots) == 0 {
		f.bad.add(0, "DEPOT_SECTION names no depot")
	}
	depot := map[int]bool{}
	for _, d := range f.depots {
		if d < 1 || d > n {
			f.bad.add(f.lines["DEPOT_SECTION"], "depot %d is no node; nodes are 1 to %d", d, n)
		}
		depot[d] = true
	}
	if len(f.bad) > 0 {
		return nil, f.bad.err()
	}
	place := func(i int) route.Point {
		return route.Point{X: round(points[i][0] * scale), Y: round(points[i][1] * scale)}
	}
	ticks := func(v float64) int64 { return int64(math.Round(v * scale)) }
	total := int64(0)
	for i := 1; i <= n; i++ {
		if depot[i] {
			continue
		}
		o := route.Order{ID: strconv.Itoa(i - 1), At: place(i), Demand: int64(demands[i][0])}
		if services != nil {
			o.Service = ticks(services[i][0])
		}
		if windows != nil {
			o.Windows = []route.Window{{From: ticks(windows[i][0]), To: ticks(windows[i][1])}}
		}
		total += o.Demand
		in.numbers = append(in.numbers, i-1)
		in.Problem.Orders = append(in.Problem.Orders, o)
	}
	in.Problem.Crews = f.fleet(capacity, total, place, ticks, windows)
	return in, f.bad.err()
}

func round(v float64) float64 { return math.Round(v*1e6) / 1e6 }

// noLimit stands for a day without an end; the engine then asks for no times.
const noLimit = 1 << 29

// fleet is the vehicles: as many as the file names, or as any good plan can use.
func (f *vrplib) fleet(capacity, total int64, place func(int) route.Point, ticks func(float64) int64, windows map[int][]float64) []route.Crew {
	count := int(total/max(1, capacity))*3/2 + 20
	if _, ok := f.header["VEHICLES"]; ok {
		count = f.whole("VEHICLES", 1, maxVehicles)
	}
	home := f.optional("VEHICLES_DEPOT_SECTION", count, 1)
	longest := int64(0)
	if _, ok := f.header["VEHICLES_MAX_DURATION"]; ok {
		longest = ticks(f.real("VEHICLES_MAX_DURATION"))
	}
	var crews []route.Crew
	for k := 1; k <= count; k++ {
		d := f.depots[0]
		if home != nil {
			d = int(home[k][0])
		}
		shift := route.Window{To: noLimit}
		if w := windows[d]; w != nil {
			shift = route.Window{From: ticks(w[0]), To: ticks(w[1])}
		}
		crews = append(crews, route.Crew{ID: strconv.Itoa(k), Start: place(d), End: place(d), Capacity: capacity, Shift: shift, MaxTicks: longest})
	}
	return crews
}

func parseVRPLIB(data []byte) *vrplib {
	f := &vrplib{header: map[string]string{}, lines: map[string]int{}, sections: map[string]map[int][]float64{}, at: map[string]map[int]int{}}
	section := ""
	for k, text := range strings.Split(string(bytes.ReplaceAll(data, []byte("\r"), nil)), "\n") {
		line := k + 1
		text = strings.TrimSpace(text)
		key, value, keyed := strings.Cut(text, ":")
		key = strings.TrimSpace(key)
		switch {
		case text == "" || text == "EOF":
		case strings.HasSuffix(key, "_SECTION"):
			section = key
			f.lines[section] = line
			f.sections[section], f.at[section] = map[int][]float64{}, map[int]int{}
		case keyed && section == "":
			f.header[key] = strings.Trim(strings.TrimSpace(value), `"`)
			f.lines[key] = line
		case section == "":
			f.bad.add(line, "expected KEY : value or a section, found %q", text)
		default:
			f.row(section, line, text)
		}
	}
	return f
}

func (f *vrplib) row(section string, line int, text string) {
	var v []float64
	for _, w := range strings.Fields(text) {
		x, err := strconv.ParseFloat(w, 64)
		if err != nil {
			f.bad.add(line, "%s: %q is not a number", section, w)
			return
		}
		v = append(v, x)
	}
	if section == "DEPOT_SECTION" {
		for _, d := range v {
			if d >= 0 { // -1 ends the list
				f.depots = append(f.depots, int(d))
			}
		}
		return
	}
	no := int(v[0])
	if before, twice := f.at[section][no]; twice {
		f.bad.add(line, "%s: %d was given on line %d before", section, no, before)
	}
	f.at[section][no], f.sections[section][no] = line, v[1:]
}

func (f *vrplib) real(key string) float64 {
	text, ok := f.header[key]
	v, err := strconv.ParseFloat(text, 64)
	if !ok || err != nil {
		f.bad.add(f.lines[key], "%s is %q; give a number", key, text)
	}
	return v
}

func (f *vrplib) whole(key string, least, most int) int {
	text, ok := f.header[key]
	v, err := strconv.Atoi(text)
	switch {
	case !ok:
		f.bad.add(0, "%s is missing", key)
	case err != nil || v < least || v > most:
		f.bad.add(f.lines[key], "%s is %q; give a whole number from %d to %d", key, text, least, most)
		v = least
	}
	return v
}

// section wants a line of so many values for each of n numbers.
func (f *vrplib) section(name string, n, values int) map[int][]float64 {
	rows, ok := f.sections[name]
	if !ok {
		f.bad.add(0, "%s is missing", name)
		return nil
	}
	missing := 0
	for i := 1; i <= n; i++ {
		switch row, ok := rows[i]; {
		case !ok:
			if missing++; missing <= 3 {
				f.bad.add(f.lines[name], "%s has no line for %d", name, i)
			}
		case len(row) != values:
			f.bad.add(f.at[name][i], "%s: %d has %d values; give %d", name, i, len(row), values)
		case name != "NODE_COORD_SECTION" && (row[0] < 0 || row[values-1] < row[0]):
			f.bad.add(f.at[name][i], "%s: %d has %v: negative, or the end before the beginning", name, i, row)
		}
	}
	if missing > 3 {
		f.bad.add(f.lines[name], "%s lacks %d more", name, missing-3)
	}
	return rows
}

func (f *vrplib) optional(name string, n, values int) map[int][]float64 {
	if f.sections[name] == nil {
		return nil
	}
	return f.section(name, n, values)
}
