package app

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"tundish/config"
	"tundish/core"
	"tundish/dispatch"
)

const routingVar = "TUNDISH_TEST_ROUTING"

// river is the longitude at which it runs.
const river = 121.40

// TestMain makes this binary a routing service, too: it speaks OSRM's table interface as a process of its own, at
// the address in the variable. Crossing the river takes an hour, any other way a minute.
func TestMain(m *testing.M) {
	if at := os.Getenv(routingVar); at != "" {
		serveRouting(at)
		return
	}
	os.Exit(m.Run())
}

func serveRouting(at string) {
	l, err := net.Listen("tcp", at)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(l.Addr())
	_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var lon []float64
		for _, text := range strings.Split(strings.TrimPrefix(r.URL.Path, "/table/v1/driving/"), ";") {
			var x, y float64
			if _, err := fmt.Sscanf(text, "%g,%g", &x, &y); err != nil {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			lon = append(lon, x)
		}
		number := map[string][]int{} // by hand: lists have semicolons in them
		for _, part := range strings.Split(r.URL.RawQuery, "&") {
			name, list, _ := strings.Cut(part, "=")
			for _, text := range strings.Split(list, ";") {
				var k int
				if _, err := fmt.Sscan(text, &k); err == nil {
					number[name] = append(number[name], k)
				}
			}
		}
		var rows [][]float64
		for _, a := range number["sources"] {
			var row []float64
			for _, b := range number["destinations"] {
				ticks := 60.0
				if (lon[b] < river) != (lon[a] < river) {
					ticks = 3600
				}
				row = append(row, ticks)
			}
			rows = append(rows, row)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"code": "Ok", "durations": rows})
	}))
}

// routing starts the service and returns its address and how to kill it.
func routing(t *testing.T, at string) (string, func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), routingVar+"="+at)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	t.Cleanup(kill)
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(addr), kill
}

// settingsWith writes the shipped tree with other settings.
func settingsWith(t *testing.T, settings string) string {
	t.Helper()
	path, err := config.WriteTree(filepath.Join(t.TempDir(), "config"), nil)
	if err == nil {
		err = os.WriteFile(path, []byte(settings), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWaysComeFromTheRoutingServiceUntilItDies(t *testing.T) {
	addr, kill := routing(t, "127.0.0.1:0")
	path := settingsWith(t, "dispatch: {travel: {osrm: {url: 'http://"+addr+"', timeout: 2s, rest: 100ms}}}\n")
	s, err := ReadSettings(path)
	if err != nil {
		t.Fatal(err)
	}
	logged, log := observer.New(zap.InfoLevel)
	o, err := s.planner(zap.New(logged))
	if err != nil {
		t.Fatal(err)
	}
	p := dispatch.New(o)
	now := time.Date(2026, 5, 11, 9, 0, 0, 0, s.Config.Location)
	b := core.Board{Now: now, Day: "2026-05-11", Workday: true, WorkdayBefore: true, WholeDay: true, Days: map[string]core.CrewDay{}}
	for i, id := range []string{"EAST", "WEST"} { // the crew in the west is nearer, but beyond the river
		b.Crews = append(b.Crews, core.Crew{ID: id, Home: core.Point{Lat: 31.2, Lon: 121.44 - 0.05*float64(i)}, ShiftStartMin: 480, ShiftEndMin: 1020})
	}
	leak := &core.OrderType{Code: "leak", Family: core.Repair, Minutes: 30}
	made := 0
	given := func() (batch, ranked core.Reason, crews [2]string) {
		t.Helper()
		made++ // at a place that nobody has asked about
		at := core.Point{Lat: 31.2 + float64(made)/1000, Lon: 121.41}
		order := core.WorkOrder{No: "W1", Type: "leak", Urgency: core.Normal, Place: core.Place{Point: &at}}
		plan, err := p.Plan(t.Context(), b, []core.WorkOrder{order}, core.OrderTypes{"leak": leak})
		if err != nil || len(plan.Assignments) != 1 {
			t.Fatal(plan, err)
		}
		rank := p.Rank(t.Context(), b, &order, leak)
		return plan.Assignments[0].Reason, rank.Candidates[0].Reason, [2]string{plan.Assignments[0].CrewID, rank.Candidates[0].CrewID}
	}
	const straight = "straight lines"
	check := func(when, crew string, away bool) {
		t.Helper()
		batch, rank, crews := given()
		if crews != [2]string{crew, crew} || strings.Contains(batch.Text, straight) != away || strings.Contains(rank.Text, straight) != away || strings.Contains(batch.TextZH, "直线") != away {
			t.Errorf("%s: crews %v, want %s; reasons %q, %q, want straight lines mentioned: %t", when, crews, crew, batch.Text, rank.Text, away)
		}
	}
	check("while the service answers", "EAST", false)
	kill()
	check("after it was killed", "WEST", true)
	check("still away", "WEST", true)
	if n := log.FilterMessageSnippet("does not answer").Len(); n != 1 {
		t.Errorf("%d lines say that the service is away, want one", n)
	}
	routing(t, addr)
	deadline := time.Now().Add(10 * time.Second)
	for log.FilterMessageSnippet("answers again").Len() == 0 && time.Now().Before(deadline) {
		given()
		time.Sleep(20 * time.Millisecond) // the service is left alone for as long as the settings say, real time
	}
	check("when it is back", "EAST", false)
}
