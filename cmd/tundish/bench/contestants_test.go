package bench

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"tundish/config"
)

// startHub starts the program on its own store in dir.
func startHub(b testing.TB, dir string, on disk, changes ...config.Change) *server {
	b.Helper()
	program, err := hubProgram()
	path := writeSettings(b, dir, nobody, append(changes, config.Change{File: "tundish.yaml", Key: "log.level", Text: "info"})...) // as in production, into a file
	return start(b, "hub", "/soap/hotline", dir, on, nil, must(b, program, err), "serve", "--config", path)
}

// bareEnv tells this test binary to be the bare server on a database.
const bareEnv = "TUNDISH_TEST_BENCH_BARE"

func startBare(b testing.TB, dir string, on disk) *server {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	return start(b, "bare", "/", dir, on, []string{bareEnv + "=" + filepath.Join(dir, "bare.db")}, self)
}

// startGsoap starts the peer with a worker for each caller, and a few more; nil when gSOAP
// is not there.
func startGsoap(b testing.TB, dir string, on disk, callers int) *server {
	b.Helper()
	program, err := gsoapProgram()
	if errors.Is(err, errNoPeer) {
		skipped(b, errNoPeer.Error())
		return nil
	}
	path := filepath.Join(dir, "gsoap.db")
	if err := makeTables(path); err != nil {
		b.Fatal(err)
	}
	command := append([]string{must(b, program, err), path, strconv.Itoa(callers + 4)}, pragmas...)
	return start(b, "gsoap", "/", dir, on, nil, command...)
}

// contest are servers with a crowd at each, of the same size.
type contest struct {
	servers []*server
	crowds  []crowd
}

// newContest gathers callers and lets them warm up; then the servers rest. Those that are
// nil do not take part.
func newContest(b testing.TB, callers int, servers ...*server) *contest {
	b.Helper()
	c := &contest{}
	for _, s := range servers {
		if s == nil {
			continue
		}
		all := gather(b, callers, s.addr, s.path)
		all.submit(b, turn/8) // the first calls prepare statements
		s.pause()
		c.servers, c.crowds = append(c.servers, s), append(c.crowds, all)
	}
	return c
}

// turns are the contestants' turns of one round.
func (c *contest) turns(b testing.TB, during time.Duration) []func() lap {
	var all []func() lap
	for i, s := range c.servers {
		all = append(all, func() lap {
			s.resume()
			defer s.pause()
			before := s.used()
			l := c.crowds[i].submit(b, during)
			l.cpu = s.used() - before
			return l
		})
	}
	return all
}
