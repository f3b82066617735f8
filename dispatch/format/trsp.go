package format

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"tundish/dispatch/route"
)

// trspTicks make one unit of a technician file. Ways are rounded up to whole ticks, so
// that no window is missed by a rounding; the cost reported is computed without any.
const trspTicks = 10_000

var trspRow = regexp.MustCompile(`^(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+\[([^\]]*)\]\s+\[([^\]]*)\]\s+\[([^\]]*)\]$`)

// readTRSP reads the technician set of Pillac, Guéret and Medaglia: the depot, where
// tools and parts are taken in, then the crew, each with a home, skills, tools and
// parts, then the requests.
func readTRSP(data []byte) (*Instance, error) {
	var bad faults
	in := &Instance{Unit: trspTicks, write: writeCrews, cost: exact}
	in.Problem.Metric = route.Metric{Ticks: trspTicks, Round: route.Up}
	crews, rows := -1, 0
	seen := map[string]int{}
	for k, text := range strings.Split(string(bytes.ReplaceAll(data, []byte("\r"), nil)), "\n") {
		line, text := k+1, strings.TrimSpace(text)
		f := trspRow.FindStringSubmatch(text)
		counts := strings.Fields(text)
		switch {
		case text == "":
		case in.Name == "":
			in.Name = text
		case f != nil && f[1] != "ID":
			if before, twice := seen[f[1]]; twice {
				bad.add(line, "%s was given on line %d before", f[1], before)
			}
			seen[f[1]] = line
			in.trspRow(&bad, line, f[1:], rows, crews)
			rows++
		case f == nil && text[0] >= '0' && text[0] <= '9':
			n, err := strconv.Atoi(counts[0])
			if crews >= 0 || len(counts) != 4 || err != nil || n < 1 || n > maxVehicles {
				bad.add(line, "expected the numbers of the crew, skills, tools and parts, or a row of six numbers and three lists in brackets, found %q", text)
			} else {
				crews = n
			}
		}
	}
	switch {
	case crews < 0:
		bad.add(0, "no line with the numbers of the crew, skills, tools and parts")
	case rows < 1+crews:
		bad.add(0, "%d rows; a depot and %d technicians come first", rows, crews)
	}
	return in, bad.err()
}

func (i *Instance) trspRow(bad *faults, line int, f []string, row, crews int) {
	var v [5]float64 // x, y, from, to, service
	for k := range v {
		x, err := strconv.ParseFloat(f[k+1], 64)
		if err != nil || k >= 2 && (x < 0 || x > math.MaxInt32/2/trspTicks) {
			bad.add(line, "%s: %q; give a number from 0 to %d", f[0], f[k+1], math.MaxInt32/2/trspTicks)
		}
		v[k] = x
	}
	list := func(text string) (out []int64) {
		for _, w := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
			n, err := strconv.ParseInt(w, 10, 32)
			if err != nil || n < 0 {
				bad.add(line, "%s: %q in a list; give whole numbers of 0 or more", f[0], w)
			}
			out = append(out, n)
		}
		return out
	}
	var skills []route.Skill
	for _, n := range list(f[6]) {
		skills = append(skills, route.Skill{Name: fmt.Sprint(n)})
	}
	var tools []string
	for _, n := range list(f[7]) {
		tools = append(tools, fmt.Sprint(n))
	}
	at := route.Point{X: v[0], Y: v[1]}
	span := route.Window{From: int64(math.Round(v[2] * trspTicks)), To: int64(math.Round(v[3] * trspTicks))}
	switch {
	case row == 0:
		i.Problem.Supply = &at
	case row <= crews:
		i.Problem.Crews = append(i.Problem.Crews, route.Crew{ID: f[0], Start: at, End: at, Shift: span, Skills: skills, Tools: tools, Parts: list(f[8])})
	default:
		n, err := strconv.Atoi(f[0])
		if err != nil {
			bad.add(line, "%q is no number of a request", f[0])
		}
		i.numbers = append(i.numbers, n)
		i.Problem.Orders = append(i.Problem.Orders, route.Order{
			ID: f[0], At: at, Service: int64(math.Round(v[4] * trspTicks)), Windows: []route.Window{span}, Skills: skills, Tools: tools, Parts: list(f[8]),
		})
	}
}

// exact is the way of a plan in real numbers, calls at the supply included.
func exact(i *Instance, s route.Solution) float64 {
	sum := 0.0
	for r, list := range s.Plan {
		at := i.Problem.Crews[r].Start
		to := func(p route.Point) {
			sum += math.Hypot(at.X-p.X, at.Y-p.Y)
			at = p
		}
		for k, o := range list {
			if s.Supply[r] == k {
				to(*i.Problem.Supply)
			}
			to(i.Problem.Orders[o].At)
		}
		to(i.Problem.Crews[r].End)
	}
	return sum
}
