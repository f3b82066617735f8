package osrm

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tundish/core"
)

// TestMain makes this binary the routing service, too: with OSRM_SERVE it speaks OSRM's
// table interface as a process of its own. Ways east take twice as long as ways west.
func TestMain(m *testing.M) {
	if os.Getenv("OSRM_SERVE") != "" {
		serve()
		return
	}
	os.Exit(m.Run())
}

func serve() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	var asked atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("/asked", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, asked.Load()) })
	mux.HandleFunc("/table/v1/driving/", func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if os.Getenv("OSRM_SERVE") == "slow" {
			time.Sleep(3 * time.Second)
		}
		var at [][2]float64
		for _, text := range strings.Split(strings.TrimPrefix(r.URL.Path, "/table/v1/driving/"), ";") {
			var p [2]float64
			if _, err := fmt.Sscanf(text, "%g,%g", &p[0], &p[1]); err != nil {
				refuse(w, "InvalidQuery", err.Error())
				return
			}
			at = append(at, p)
		}
		if len(at) > 100 {
			refuse(w, "TooBig", "Too many table coordinates")
			return
		}
		query := map[string]string{} // by hand: lists have semicolons in them
		for _, part := range strings.Split(r.URL.RawQuery, "&") {
			name, value, _ := strings.Cut(part, "=")
			query[name] = value
		}
		numbers := func(name string) (out []int) {
			for _, n := range strings.Split(query[name], ";") {
				k, err := strconv.Atoi(n)
				if err != nil || k < 0 || k >= len(at) {
					return nil
				}
				out = append(out, k)
			}
			return out
		}
		var rows [][]any
		for _, a := range numbers("sources") {
			var row []any
			for _, b := range numbers("destinations") {
				if at[a][1] > 50 != (at[b][1] > 50) {
					row = append(row, nil) // an island
					continue
				}
				d := (at[b][0] - at[a][0]) * 2000
				if d < 0 {
					d /= -2
				}
				row = append(row, d)
			}
			rows = append(rows, row)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"code": "Ok", "durations": rows})
	})
	fmt.Println("http://" + l.Addr().String())
	_ = http.Serve(l, mux)
}

func refuse(w http.ResponseWriter, code, text string) {
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(map[string]string{"code": code, "message": text})
}

// start runs the service as a process and returns its address and how to end it.
func start(t *testing.T, how string) (string, func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "OSRM_SERVE="+how)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop := func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	t.Cleanup(stop)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line), stop
}

func line(n int) []core.Point {
	var list []core.Point
	for k := range n {
		list = append(list, core.Point{Lat: 31.2, Lon: 121 + float64(k)/1000})
	}
	return list
}

func asked(t *testing.T, at string) string {
	t.Helper()
	res, err := http.Get(at + "/asked")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var n string
	_, _ = fmt.Fscan(res.Body, &n)
	return n
}

func TestAnyNumberOfPlacesIsAskedInBlocksAndOnce(t *testing.T) {
	at, stop := start(t, "well")
	c, err := New(Options{URL: at + "/"})
	if err != nil {
		t.Fatal(err)
	}
	places := line(130)
	check := func() {
		t.Helper()
		table, err := c.Table(context.Background(), places)
		if err != nil {
			t.Fatal(err)
		}
		for i := range places {
			for j := range places {
				want := int32(2 * (j - i))
				if j < i {
					want = int32(i - j)
				}
				if got := table[i*len(places)+j]; got != want {
					t.Fatalf("from %d to %d takes %d, want %d", i, j, got, want)
				}
			}
		}
	}
	check()
	if n := asked(t, at); n != "9" { // blocks of 50 by 50
		t.Errorf("asked %s times for 130 places", n)
	}
	check()
	if n := asked(t, at); n != "9" {
		t.Errorf("asked %s times in the end: nothing was kept", n)
	}
	// What is known is known when the service is gone; what is not is said at once.
	stop()
	check()
	if _, err := c.Table(context.Background(), line(131)); !core.IsKind(err, core.Unavailable) {
		t.Errorf("a new place: %v", err)
	}
	begun := time.Now()
	if _, err := c.Table(context.Background(), line(132)); !core.IsKind(err, core.Unavailable) || time.Since(begun) > time.Second {
		t.Errorf("while it is left alone: %v after %v", err, time.Since(begun))
	}
}

func TestAWayThatIsNoneIsLongAndAServiceThatIsSlowIsAway(t *testing.T) {
	at, _ := start(t, "well")
	c, err := New(Options{URL: at})
	if err != nil {
		t.Fatal(err)
	}
	table, err := c.Table(context.Background(), []core.Point{{Lat: 31, Lon: 121}, {Lat: 60, Lon: 121}})
	if err != nil || table[1] != unreachable || table[2] != unreachable || table[0] != 0 {
		t.Errorf("to an island: %v, %v", table, err)
	}
	slow, _ := start(t, "slow")
	if c, err = New(Options{URL: slow, Timeout: 200 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if _, err := c.Table(context.Background(), line(3)); !core.IsKind(err, core.Unavailable) || time.Since(begun) > 2*time.Second {
		t.Errorf("a slow service: %v after %v", err, time.Since(begun))
	}
	for _, bad := range []string{"", "osrm:5000", "ftp://x"} {
		if _, err := New(Options{URL: bad}); !core.IsKind(err, core.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
