package sqlite_test

import (
	"path/filepath"
	"testing"

	"tundish/core"
	"tundish/core/store/sqlite"
	"tundish/core/store/storetest"
)

func open(t testing.TB, path string, o sqlite.Options) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tundish.db")
	storetest.Run(t, func(t *testing.T) core.Store {
		s := open(t, "sqlite://"+path, sqlite.Options{})
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		return s
	})
}
