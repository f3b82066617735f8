package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// workshop is a folder that lives as long as the run: programs built for it, stores
// filled for it.
var workshop = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "tundish-bench-") })

func closeWorkshop() {
	if dir, err := workshop(); err == nil {
		_ = os.RemoveAll(dir)
	}
}

// hubProgram is the program as make build makes it, but for its place.
var hubProgram = sync.OnceValues(func() (string, error) {
	dir, err := workshop()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "tundish")
	return path, tool(".", []string{"CGO_ENABLED=0"}, "go", "build", "-trimpath", "-o", path, "tundish/cmd/tundish")
})

// errNoPeer tells why there is nothing to compare with.
var errNoPeer = errors.New("gSOAP is not compared: apt-get install gsoap libgsoap-dev libsqlite3-dev gcc")

// gsoapProgram is the peer: our source in testdata/gsoap and what gSOAP's tools make of the
// contract that the hub serves.
var gsoapProgram = sync.OnceValues(func() (string, error) {
	for _, t := range []string{"wsdl2h", "soapcpp2", "gcc"} {
		if _, err := exec.LookPath(t); err != nil {
			return "", errNoPeer
		}
	}
	root, err := workshop()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, "gsoap")
	if err := os.CopyFS(dir, os.DirFS("testdata/gsoap")); err != nil {
		return "", err
	}
	contract, err := filepath.Abs("../../../wsdl/hotline/served/hub.wsdl")
	if err != nil {
		return "", err
	}
	for _, c := range [][]string{
		{"wsdl2h", "-c", "-o", "hub.h", contract},
		{"soapcpp2", "-c", "-S", "-x", "-L", "-w", "hub.h"},
		{"gcc", "-O2", "-o", "peer", "server.c", "rows.c", "body.c", "soapC.c", "soapServer.c", "-lgsoap", "-lsqlite3", "-lpthread"},
	} {
		if err := tool(dir, nil, c[0], c[1:]...); err != nil {
			return "", err
		}
	}
	return filepath.Join(dir, "peer"), nil
})

// tool runs a command in a folder; its error holds what the command said.
func tool(dir string, env []string, name string, args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, name, args...)
	c.Dir, c.Env = dir, append(os.Environ(), env...)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}

// must gives what was built, or ends the benchmark.
func must(b testing.TB, path string, err error) string {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
	return path
}
