package crash

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

var (
	kills = flag.Int("kills", 20, "how often the hub is killed")
	seed  = flag.Uint64("seed", 0, "repeats the schedule of a run; 0 takes one from the clock and prints it")
)

// theSeed is the run's seed.
var theSeed = sync.OnceValue(func() uint64 {
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano()) % 1_000_000
	}
	return *seed
})

// binary is the program as it is shipped: static, built from the tree as it is now.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "tundish-crash-bin")
	if err != nil {
		return "", err
	}
	exe := filepath.Join(dir, "tundish")
	cmd := exec.Command("go", "build", "-trimpath", "-o", exe, "tundish/cmd/tundish")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build tundish: %w\n%s", err, out)
	}
	return exe, nil
})

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if exe, err := binary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(exe))
	}
	os.Exit(code)
}

// program builds the binary, or ends the test.
func program(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("starts processes")
	}
	exe, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

// evidence is a folder of the test's own that stays, and is named, when the test fails.
func evidence(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "tundish-crash-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			fmt.Printf("evidence is kept: seed %d, %s\n", theSeed(), dir)
			return
		}
		_ = os.RemoveAll(dir)
	})
	return dir
}
