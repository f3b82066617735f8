package sqlserver_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/store/sqlserver"
	"tundish/core/store/storetest"
)

// freshDatabase makes a database of the test's own on the server that
// TUNDISH_TEST_SQLSERVER names, drops it at the end, and returns its DSN.
func freshDatabase(t testing.TB) string {
	t.Helper()
	dsn := os.Getenv("TUNDISH_TEST_SQLSERVER")
	if dsn == "" {
		t.Skip("SKIPPED: TUNDISH_TEST_SQLSERVER is not set; give it the DSN of a SQL Server, e.g. sqlserver://sa:password@127.0.0.1:1433?database=master&encrypt=disable")
	}
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("database", fmt.Sprintf("tundish_test_%d_%d", os.Getpid(), time.Now().UnixNano()%1e9))
	u.RawQuery = q.Encode()
	t.Cleanup(func() {
		if err := sqlserver.DropDatabase(context.Background(), u.String()); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return u.String()
}

func open(t testing.TB, dsn string, o sqlserver.Options) *sqlserver.Store {
	t.Helper()
	o.CreateDatabase = true
	s, err := sqlserver.Open(dsn, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestStore keeps a few handles open for the whole suite: a connection is dear. The
// first handle of a test is one hub, the second another.
func TestStore(t *testing.T) {
	dsn := freshDatabase(t)
	var handles []*sqlserver.Store
	used := map[*testing.T]int{}
	storetest.Run(t, func(sub *testing.T) core.Store {
		n := used[sub]
		used[sub]++
		if n == len(handles) {
			handles = append(handles, open(t, dsn, sqlserver.Options{}))
		}
		return handles[n]
	})
}
