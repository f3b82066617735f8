package bench

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"tundish/cmd/tundish/app"
	"tundish/core/store/sqlserver"
)

// onServer is slower: each commit is some round trips to another process.
var onServer = trickle{results: 200, every: 40 * time.Millisecond, dead: 600}

// aServer makes databases on the server in TUNDISH_TEST_SQLSERVER, one for each call.
func aServer(b *testing.B, what string) (fresh func() string, ok bool) {
	dsn := os.Getenv("TUNDISH_TEST_SQLSERVER")
	if dsn == "" {
		skipped(b, what+" on a SQL Server is not measured: TUNDISH_TEST_SQLSERVER is not set")
		return nil, false
	}
	return func() string {
		fresh, drop, err := app.NewDatabase(context.Background(), dsn, fmt.Sprintf("tundish_bench_%d", time.Now().UnixNano()))
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(drop)
		return fresh
	}, true
}

// BenchmarkDeadTargetOnAServer is BenchmarkDeadTarget with the orders on a SQL Server.
func BenchmarkDeadTargetOnAServer(b *testing.B) {
	fresh, ok := aServer(b, "a dead target")
	if !ok {
		return
	}
	besideADeadTarget(b, onServer, " on a SQL Server", func() hubStore {
		st, err := sqlserver.Open(fresh(), sqlserver.Options{})
		if err != nil {
			b.Fatal(err)
		}
		return st
	})
}

// BenchmarkPullMemoryOnAServer is BenchmarkPullMemory with the orders on a SQL Server.
func BenchmarkPullMemoryOnAServer(b *testing.B) {
	fresh, ok := aServer(b, "memory of a pull")
	if !ok {
		return
	}
	memoryOfAPull(b, 20_000, " on a SQL Server", fresh)
}
