package bench

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"tundish/cmd/tundish/app"
	"tundish/config"
)

// nobody is an address where nothing listens: a benchmark must not meet a simulator that
// happens to run on this machine.
const nobody = "http://127.0.0.1:1/"

// writeSettings writes the example configuration to a folder, its peers at url, its store
// beside it, and returns the path of the settings.
func writeSettings(b testing.TB, dir, url string, changes ...config.Change) string {
	b.Helper()
	all := []config.Change{
		{File: "tundish.yaml", Key: "listen.address", Text: "127.0.0.1:0"},
		{File: "tundish.yaml", Key: "store.dsn", Text: "sqlite://" + filepath.Join(dir, "tundish.db")},
		{File: "tundish.yaml", Key: "log.level", Text: "error"},
		{File: "tundish.yaml", Key: "shutdown.drain", Text: "0s"},
		{File: "jobs/scheduled-replacements.yaml", Key: "enabled", Text: "false"},
		{File: "jobs/pending-installations.yaml", Key: "enabled", Text: "false"},
	}
	for _, system := range []string{"hotline", "website", "billing", "newconnection", "gis"} {
		all = append(all, config.Change{File: "systems/" + system + ".yaml", Key: "url", Text: url})
	}
	path, err := config.WriteTree(filepath.Join(dir, "config"), nil, append(all, changes...)...)
	if err != nil {
		b.Fatal(err)
	}
	return path
}

// settings writes them and reads them.
func settings(b testing.TB, dir, url string, changes ...config.Change) *app.Settings {
	b.Helper()
	s, err := app.ReadSettings(writeSettings(b, dir, url, changes...))
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// newHub makes a hub that logs as it does in production, into a file.
func newHub(b testing.TB, dir string, s *app.Settings, st app.Store) *app.Hub {
	b.Helper()
	f, err := os.Create(filepath.Join(dir, "hub.log"))
	if err != nil {
		b.Fatal(err)
	}
	encoder := zap.NewProductionEncoderConfig()
	encoder.EncodeTime = zapcore.ISO8601TimeEncoder
	log := zap.New(zapcore.NewCore(zapcore.NewConsoleEncoder(encoder), zapcore.Lock(f), zap.InfoLevel))
	h, err := app.New(context.Background(), s, st, log)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { h.Close(); _ = f.Close() })
	return h
}

// run serves until the returned function is called.
func run(b testing.TB, h *app.Hub) (stop func()) {
	b.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
	}
}
