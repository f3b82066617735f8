package sqlserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	mssql "github.com/microsoft/go-mssqldb"
	"github.com/microsoft/go-mssqldb/msdsn"

	"tundish/core"
)

func failing(number int32) error {
	return fmt.Errorf("write: %w", mssql.Error{Number: number, Message: "said by the server"})
}

func TestWhatLostARaceIsRunAgainAndNotForEver(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		runs int
		kind core.Kind
	}{
		{"deadlock", failing(errDeadlock), tries, core.Unavailable},
		{"a key that was just taken", failing(errDuplicateIndex), tries, core.Conflict},
		{"a version that moved", failing(errMoved), tries, core.Unavailable},
		{"a snapshot that is too old", failing(errSnapshot), tries, core.Unavailable},
		{"a connection that broke", io.ErrUnexpectedEOF, tries, core.Unavailable},
		{"a connection that broke inside a text", errors.New("Reading PLP type failed: EOF"), tries, core.Unavailable},
		{"a stream that makes no sense", fmt.Errorf("read: %w", mssql.StreamError{InnerError: errors.New("unknown token")}), tries, core.Unavailable},
		{"a lock that was waited for long enough", failing(errLockTimeout), 1, core.Unavailable},
		{"a missing table", failing(errNoObject), 1, core.Unavailable},
		{"a full log", failing(errLogFull), 1, core.Unavailable},
		{"a text that is too long", failing(errTruncated), 1, core.Invalid},
		{"something else", errors.New("something else"), 1, core.Internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &Store{opts: Options{Timeout: 30 * time.Second}}
				runs := 0
				err := s.retry(t.Context(), "try", func(context.Context) error { runs++; return c.err })
				if runs != c.runs || !core.IsKind(err, c.kind) {
					t.Fatalf("%d runs, then %v (%s); want %d runs, then %s", runs, err, core.KindOf(err), c.runs, c.kind)
				}
			})
		})
	}
}

func TestAStatementThatSucceedsAfterADeadlockSucceeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Store{opts: Options{Timeout: 30 * time.Second}}
		runs := 0
		began := time.Now()
		err := s.retry(t.Context(), "try", func(ctx context.Context) error {
			if deadline, ok := ctx.Deadline(); !ok || deadline.Sub(began) != 30*time.Second {
				t.Errorf("deadline %s, %v: every try shares the statement's own", deadline, ok)
			}
			if runs++; runs < 3 {
				return failing(errDeadlock)
			}
			return nil
		})
		if err != nil || runs != 3 {
			t.Fatalf("%d runs: %v", runs, err)
		}
		if took := time.Since(began); took < 2*time.Millisecond || took > 50*time.Millisecond {
			t.Fatalf("the pauses took %s", took)
		}
	})
}

func TestADSNSaysWhatItWantsAndGetsTheRest(t *testing.T) {
	parse := func(dsn string) msdsn.Config {
		t.Helper()
		u, err := url.Parse(dsn)
		if err != nil {
			t.Fatal(err)
		}
		c, err := msdsn.Parse(withDefaults(u).String())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := parse("sqlserver://hub:p%40ss@db.example:1433?database=tundish&encrypt=disable")
	if c.AppName != "tundish" || c.DialTimeout != 10*time.Second || c.KeepAlive != 30*time.Second || c.PacketSize != 16383 || c.ConnTimeout != 0 ||
		c.Database != "tundish" || c.User != "hub" || c.Password != "p@ss" || c.Encryption != msdsn.EncryptionDisabled {
		t.Errorf("%+v", c)
	}
	c = parse("sqlserver://hub@db.example?database=tundish&App+Name=hub1&Dial+Timeout=3&keepAlive=5&PACKET+SIZE=4096")
	if c.AppName != "hub1" || c.DialTimeout != 3*time.Second || c.KeepAlive != 5*time.Second || c.PacketSize != 4096 {
		t.Errorf("%+v", c)
	}
}

func TestAdviceNamesTheStatementToRun(t *testing.T) {
	if a := (rowVersions{database: "x", on: true}).advice(); a != nil {
		t.Errorf("switched on: %v", a)
	}
	if a := (rowVersions{database: "x", babelfish: true}).advice(); a != nil {
		t.Errorf("Babelfish: %v", a)
	}
	a := (rowVersions{database: "wo]rk"}).advice()
	const want = "ALTER DATABASE [wo]]rk] SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK AFTER 30 SECONDS"
	if a == nil || !strings.HasSuffix(a.Message, want) || !strings.HasSuffix(a.MessageZH, want) {
		t.Errorf("advice %v", a)
	}
}
