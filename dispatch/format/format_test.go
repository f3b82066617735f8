package format

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tundish/dispatch/route"
)

func read(t *testing.T, name, file string) *Instance {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	in, err := Read(name, data)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// stored reads a solution file: the orders of each route, and its cost.
func stored(t *testing.T, in *Instance, data []byte) (routes [][]int, cost float64) {
	t.Helper()
	at := map[int]int{}
	for o, n := range in.numbers {
		at[n] = o
	}
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		fields := strings.Fields(strings.ReplaceAll(line, ":", " "))
		if fields[0] == "Cost" {
			cost, _ = strconv.ParseFloat(fields[1], 64)
			continue
		}
		route := []int{}
		for _, f := range fields[2:] {
			n, err := strconv.Atoi(f)
			if err != nil {
				t.Fatal(err)
			}
			o, ok := at[n]
			if !ok {
				t.Fatalf("no order has number %d", n)
			}
			route = append(route, o)
		}
		routes = append(routes, route)
	}
	return routes, cost
}

// The stored best known solutions cost what they say when the engine follows them, so
// numbers, distances, times and rounding are read as they are meant.
func TestBestKnownSolutionsCostWhatTheySay(t *testing.T) {
	for _, file := range []string{"X-n228-k23", "PR11A"} {
		in := read(t, "vrplib", file+".vrp")
		sol, err := os.ReadFile(filepath.Join("testdata", file+".sol"))
		if err != nil {
			t.Fatal(err)
		}
		routes, cost := stored(t, in, sol)
		// A context that has ended: nothing is searched, the plan is only followed.
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		s, err := route.Solve(ctx, in.Problem, route.Options{Iterations: 1, Start: routes})
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Unserved) > 0 || in.Cost(s) != cost {
			t.Errorf("%s: cost %v with %d left over; stored is %v", file, in.Cost(s), len(s.Unserved), cost)
		}
		var out bytes.Buffer
		if err := in.Write(&out, s); err != nil {
			t.Fatal(err)
		}
		again, told := stored(t, in, out.Bytes())
		if told != cost || !slices.EqualFunc(again, routes, slices.Equal) {
			t.Errorf("%s: what is written is not what was read", file)
		}
	}
}

func TestSolomonReachesTheBestKnown(t *testing.T) {
	for file, best := range map[string]float64{"C206.txt": 586} {
		in := read(t, "solomon", file)
		if len(in.Problem.Orders) != 100 || len(in.Problem.Crews) != 25 {
			t.Fatalf("%d orders, %d crews", len(in.Problem.Orders), len(in.Problem.Crews))
		}
		s, err := route.Solve(context.Background(), in.Problem, route.Options{Iterations: 60_000, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		if cost := in.Cost(s); cost < best || cost > best*1.01 {
			t.Errorf("%s: cost %v, the best known is %v", file, cost, best)
		}
	}
}

func TestADayIsPlannedAndEveryOrderAccountedFor(t *testing.T) {
	in := read(t, "day", "day60.json")
	s, err := route.Solve(context.Background(), in.Problem, route.Options{Iterations: 20_000, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := in.Write(&out, s); err != nil {
		t.Fatal(err)
	}
	var plan struct {
		Routes []struct {
			Worker int
			Orders []int
		}
		Unserved []struct {
			Order   int
			Reasons map[string]int
		}
	}
	if err := json.Unmarshal(out.Bytes(), &plan); err != nil {
		t.Fatal(err)
	}
	seen := map[int]int{}
	for _, r := range plan.Routes {
		for _, o := range r.Orders {
			seen[o]++
		}
	}
	for _, u := range plan.Unserved {
		seen[u.Order]++
		if len(u.Reasons) == 0 {
			t.Errorf("order %d is left over without a reason", u.Order)
		}
	}
	for id := 1; id <= 60; id++ {
		if seen[id] != 1 {
			t.Errorf("order %d is accounted for %d times", id, seen[id])
		}
	}
	if len(plan.Unserved) > 6 {
		t.Errorf("%d orders of 60 are left over", len(plan.Unserved))
	}
}

// Two technicians live left and right of the depot. Request 4 wants a tool that only the
// depot has and a part that the left one has used up by then; the right one lacks the skill.
const technicians = `small

INFO
CREW COUNT  SKILLS  TOOLS   SPARE PARTS
2       2       1       1

DEPOT TECHNICIANS AND REQUESTS
ID   X     Y     TWS    TWE    Serv   SKILLS   TOOLS    SPARE PARTS
0    0     0     0      1000   0      [] 	[] 	[]
1    -30   0     0      1000   0      [0,1] 	[] 	[1]
2    30    0     0      1000   0      [1] 	[] 	[0]
3    -30   10    0      900    10     [0] 	[] 	[1]
4    -30   20    0      900    10     [0] 	[0] 	[1]
5    30    10    0      900    10     [1] 	[] 	[0]
`

func TestTechniciansCallAtTheDepotForWhatTheyLack(t *testing.T) {
	in, err := Read("trsp", []byte(technicians))
	if err != nil {
		t.Fatal(err)
	}
	s, err := route.Solve(context.Background(), in.Problem, route.Options{Iterations: 3000, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := in.Write(&out, s); err != nil {
		t.Fatal(err)
	}
	// The depot first, then 4 and 3 on the way home.
	want := "Route #1: 4 3\nRoute #2: 5\nCost: 106.0555\n"
	if got := out.String(); got != want || s.Supply[0] != 0 || s.Supply[1] >= 0 {
		t.Errorf("planned\n%s with calls %v", got, s.Supply)
	}
}

func TestAFileIsRefusedWithAllItsFaultsAndTheirLines(t *testing.T) {
	for _, c := range []struct{ format, text, want string }{
		{"solomon", "X\n\nVEHICLE\nNUMBER CAPACITY\n 2 10\nCUSTOMER\nCUST NO. XCOORD.\n 0 0 0 0 0 100 0\n 1 5 5 -3 0 50 10\n 1 5 5 3 60 50 10\n 2 5 five 3 0 50 10\n",
			"line 9: customer 1: the demand is -3; give 0 or more\nline 10: customer 1 was given on line 9 before\nline 10: customer 1 is due at 50, before it is ready at 60\nline 11: expected 2 numbers (vehicles, capacity) or 7 (number, x, y, demand, ready, due, service), found \"2 5 five 3 0 50 10\""},
		{"solomon", "", "no line with the number of vehicles and their capacity"},
		{"vrplib", "NAME : a\nDIMENSION : 2\nCAPACITY : 0\nEDGE_WEIGHT_TYPE : GEO\nNODE_COORD_SECTION\n1 0 0\n2 1\nDEMAND_SECTION\n1 0\nEOF\n",
			"DEPOT_SECTION names no depot\nline 3: CAPACITY is \"0\"; give a whole number from 1 to 2147483647\nline 4: EDGE_WEIGHT_TYPE is \"GEO\"; only EUC_2D is read\nline 7: NODE_COORD_SECTION: 2 has 1 values; give 2\nline 8: DEMAND_SECTION has no line for 2"},
		{"trsp", "x\n1 1 1 1\n0 0 0 0 10 0 [] [] []\n1 a 0 0 10 0 [] [x] []\n1 0 0 0 10 0 [] [] []\n2 2 2\n",
			"line 4: 1: \"a\"; give a number from 0 to 107374\nline 4: 1: \"x\" in a list; give whole numbers of 0 or more\nline 5: 1 was given on line 4 before\nline 6: expected the numbers of the crew, skills, tools and parts, or a row of six numbers and three lists in brackets, found \"2 2 2\""},
		{"day", "{\"name\":\"x\",\n\"orders\":[{\"id\":\"one\"}]}", "line 2: orders.id is a string; give a number, a text or a list as the format has it"},
		{"day", `{"travel":{"metric":"haversine","detour":1.3,"speed_kmh":25,"unit":"s","rounding":"nearest"},"skills":["a"],"orders":[{"id":1,"skill":4,"priority":9}],"workers":[{"id":1,"home":[121],"shift":[480]}]}`,
			"order 1 has no place: give lon and lat\norder 1: priority 9 is none of 0 to 3\norder 1: skill 4 is none of 0 to 0\nworker 1: the shift is [480]; give [from, to] in minutes\nworker 1: home is [121]; give [lon, lat]\nworker 1 serves no district"},
	} {
		_, err := Read(c.format, []byte(c.text))
		var faults *FaultError
		if !errors.As(err, &faults) {
			t.Errorf("%s: the error is %v", c.format, err)
		} else if err.Error() != c.want {
			t.Errorf("%s says\n%v\nwant\n%s", c.format, err, c.want)
		}
	}
	if _, err := Read("cvrp", nil); err == nil || !strings.Contains(err.Error(), "solomon, vrplib, trsp") {
		t.Errorf("an unknown format: %v", err)
	}
}
