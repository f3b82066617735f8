package sqlite

import (
	"encoding/binary"
	"path/filepath"
	"testing"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// Pages that come one by one cost a commit more than its rows.
func TestPagesLieInOnePieceOfMemory(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "pages.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	before := pagesInUse(t)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := pagesInUse(t) - before; n < 20 {
		t.Errorf("the tables are on %d pages of the common memory, want 20 at least", n)
	}
}

func pagesInUse(t *testing.T) int32 {
	t.Helper()
	tls := libc.NewTLS()
	defer tls.Close()
	now := libc.Xcalloc(tls, 2, 8)
	defer libc.Xfree(tls, now)
	if rc := sqlite3.Xsqlite3_status(tls, sqlite3.SQLITE_STATUS_PAGECACHE_USED, now, now+8, 0); rc != sqlite3.SQLITE_OK {
		t.Fatalf("sqlite3_status: %d", rc)
	}
	return int32(binary.NativeEndian.Uint32(libc.GoBytes(now, 4)))
}
