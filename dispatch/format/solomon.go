package format

import (
	"bytes"
	"strconv"
	"strings"

	"tundish/dispatch/route"
)

// readSolomon reads the text of Solomon (1987) and Gehring and Homberger (1999): name,
// fleet, then the depot and the customers. The rounding is DIMACS's: coordinates,
// windows and service × 10, every distance cut to a whole tick.
func readSolomon(data []byte) (*Instance, error) {
	var bad faults
	in := &Instance{Unit: 10, write: writeRoutes}
	in.Problem.Metric = route.Metric{Ticks: 1, Round: route.Down}
	vehicles, capacity := 0, int64(0)
	var depot *[7]float64
	seen := map[int]int{}
	for k, text := range strings.Split(string(bytes.ReplaceAll(data, []byte("\r"), nil)), "\n") {
		line := k + 1
		fields := strings.Fields(text)
		if len(fields) == 0 {
			continue
		}
		var v [7]float64
		numeric := len(fields) == 2 || len(fields) == 7
		for j := 0; numeric && j < len(fields); j++ {
			x, err := strconv.ParseFloat(fields[j], 64)
			numeric = err == nil
			v[j] = x
		}
		switch {
		case in.Name == "":
			in.Name = fields[0]
		case !numeric:
			if c := fields[0][0]; c >= '0' && c <= '9' || c == '-' || c == '+' {
				bad.add(line, "expected 2 numbers (vehicles, capacity) or 7 (number, x, y, demand, ready, due, service), found %q", strings.TrimSpace(text))
			}
		case len(fields) == 2 && vehicles != 0:
			bad.add(line, "vehicles and capacity were given before")
		case len(fields) == 2:
			vehicles, capacity = int(v[0]), int64(v[1])
			if v[0] < 1 || v[0] > maxVehicles || v[0] != float64(vehicles) {
				bad.add(line, "%s vehicles; give a whole number from 1 to %d", fields[0], maxVehicles)
				vehicles = 1
			}
			if capacity < 1 {
				bad.add(line, "the capacity is %s; give 1 or more", fields[1])
			}
		default:
			if before, twice := seen[int(v[0])]; twice {
				bad.add(line, "customer %s was given on line %d before", fields[0], before)
			}
			seen[int(v[0])] = line
			checkVisit(&bad, line, fields[0], v)
			if depot == nil {
				depot = &v
				continue
			}
			in.numbers = append(in.numbers, int(v[0]))
			in.Problem.Orders = append(in.Problem.Orders, route.Order{
				ID: fields[0], At: route.Point{X: 10 * v[1], Y: 10 * v[2]}, Demand: int64(v[3]), Service: int64(10 * v[6]),
				Windows: []route.Window{{From: int64(10 * v[4]), To: int64(10 * v[5])}},
			})
		}
	}
	switch {
	case vehicles == 0:
		bad.add(0, "no line with the number of vehicles and their capacity")
	case depot == nil:
		bad.add(0, "no line of the depot (number, x, y, demand, ready, due, service)")
	default:
		at := route.Point{X: 10 * depot[1], Y: 10 * depot[2]}
		for k := range vehicles {
			in.Problem.Crews = append(in.Problem.Crews, route.Crew{
				ID: strconv.Itoa(k + 1), Start: at, End: at, Capacity: capacity,
				Shift: route.Window{From: int64(10 * depot[4]), To: int64(10 * depot[5])},
			})
		}
	}
	return in, bad.err()
}

// maxVehicles is more than any instance has, and keeps a misread file from taking all
// memory.
const maxVehicles = 100_000

func checkVisit(bad *faults, line int, id string, v [7]float64) {
	for j, what := range []string{3: "demand", 4: "ready time", 5: "due date", 6: "service time"} {
		if what != "" && v[j] < 0 {
			bad.add(line, "customer %s: the %s is %v; give 0 or more", id, what, v[j])
		}
	}
	if v[5] < v[4] {
		bad.add(line, "customer %s is due at %v, before it is ready at %v", id, v[5], v[4])
	}
}
