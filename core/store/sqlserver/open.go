package sqlserver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"sort"
	"strings"
	"sync"
	"time"

	_ "github.com/microsoft/go-mssqldb"

	"tundish/core"
	"tundish/core/store/internal/group"
	"tundish/core/store/internal/record"
	"tundish/schema"
)

// Options of a store; the zero value is good for a hub.
type Options struct {
	// Writers is how many transactions of gathered units run at once; 0 means 1. More of
	// them make smaller batches, which pays only where round trips are slow. Large
	// units, a page of pulled orders for example, have one more writer of their own, so
	// that a submit never waits behind them.
	Writers int
	// Connections is the most the store opens, writers included; 0 means 16.
	Connections int
	// Timeout bounds each statement and each transaction; 0 means 30 s.
	Timeout time.Duration
	// LockTimeout bounds the wait for somebody else's lock; 0 means 10 s.
	LockTimeout time.Duration
	// CreateDatabase lets Migrate create the DSN's database when it does not exist, for
	// tests and demonstrations.
	CreateDatabase bool
}

// Store is the order store on a SQL Server. It implements core.Store.
type Store struct {
	db      *sql.DB
	dsn     *url.URL
	opts    Options
	queue   *group.Queue[*call] // small calls
	heavy   *group.Queue[*call] // large ones
	writers sync.WaitGroup
	nonces  record.Sweeps
	closing sync.Once
	closed  error
}

var _ core.Store = (*Store)(nil)

// Open takes a DSN "sqlserver://user:password@host:1433?database=tundish&encrypt=true";
// dsn.go has the parameters that it adds where the DSN leaves them open.
// It connects when it is first used; Ping tells whether it can.
func Open(dsn string, o Options) (*Store, error) {
	u, err := url.Parse(dsn)
	if err != nil || u.Scheme != "sqlserver" || u.Query().Get("database") == "" {
		return nil, core.Fail(core.Invalid, "dsn", "store", "a SQL Server DSN looks like sqlserver://user:password@host:1433?database=tundish", "SQL Server 的 DSN 形如 sqlserver://user:password@host:1433?database=tundish")
	}
	if o.Writers <= 0 {
		o.Writers = 1
	}
	if o.Connections <= 0 {
		o.Connections = 16
	}
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	if o.LockTimeout <= 0 {
		o.LockTimeout = 10 * time.Second
	}
	db, err := sql.Open("sqlserver", withDefaults(u).String())
	if err != nil {
		return nil, core.Because(core.Invalid, "dsn", err)
	}
	db.SetMaxOpenConns(max(o.Connections, o.Writers+3))
	db.SetMaxIdleConns(max(o.Connections, o.Writers+3)) // a new connection is dear
	s := &Store{db: db, dsn: u, opts: o, queue: group.NewQueue[*call](4096), heavy: group.NewQueue[*call](64)}
	hub := core.NewID(time.Now())
	for i := range o.Writers + 1 {
		w := &writer{store: s, queue: s.queue, id: fmt.Sprintf("%s-%d", hub, i)}
		if i == o.Writers {
			w.queue = s.heavy
		}
		s.writers.Go(w.run)
	}
	return s, nil
}

// Close lets the writers settle what is queued, then closes the connections.
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.queue.Close()
		s.heavy.Close()
		s.writers.Wait()
		s.closed = s.db.Close()
	})
	return s.closed
}

// Dialect names the SQL dialect, for logs and readiness.
func (s *Store) Dialect() string { return "sqlserver" }

// Ping tells whether the server answers and has every table of this version.
func (s *Store) Ping(ctx context.Context) error {
	files, err := migrations()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.opts.Timeout)
	defer cancel()
	var last sql.NullString
	if err := s.db.QueryRowContext(ctx, "SELECT MAX(name) FROM schema_migrations").Scan(&last); err != nil {
		return storeError("ping store", err)
	}
	if want := files[len(files)-1]; last.String < want {
		return core.Fail(core.Unavailable, "not_migrated", "", fmt.Sprintf("the database is at %q, this version needs %q; run tundish migrate", last.String, want), "数据库结构过旧，请运行 tundish migrate")
	}
	return nil
}

// Migrate applies the migrations that the database lacks, each in its own
// transaction. Hubs that start together wait for each other. Then it switches row
// versions on if it can; see versioning.go.
func (s *Store) Migrate(ctx context.Context) error {
	const doing = "migrate store"
	if s.opts.CreateDatabase {
		if err := CreateDatabase(ctx, s.dsn.String()); err != nil {
			return storeError(doing, err)
		}
	}
	files, err := migrations()
	if err != nil {
		return err
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return storeError(doing, err)
	}
	defer conn.Close()
	// A session's lock, let go of at the end or with the connection.
	const lock = `DECLARE @r INT; EXEC @r = sp_getapplock @Resource = N'tundish_migrate', @LockMode = N'Exclusive', @LockOwner = N'Session', @LockTimeout = 120000;
		IF @r < 0 THROW 51222, N'another hub is migrating this database', 1;`
	if _, err := conn.ExecContext(ctx, lock); err != nil {
		return storeError(doing, err)
	}
	defer func() {
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), "EXEC sp_releaseapplock @Resource = N'tundish_migrate', @LockOwner = N'Session'")
	}()
	if _, err := conn.ExecContext(ctx, `IF OBJECT_ID(N'schema_migrations') IS NULL
		CREATE TABLE schema_migrations (
			name NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT pk_schema_migrations PRIMARY KEY CLUSTERED,
			applied_at DATETIME2(3) NOT NULL)`); err != nil {
		return storeError(doing, err)
	}
	for _, name := range files {
		var n int
		if err := conn.QueryRowContext(ctx, "SELECT COUNT(*) FROM schema_migrations WHERE name = @p1", name).Scan(&n); err != nil {
			return storeError(doing, err)
		}
		if n > 0 {
			continue
		}
		if err := apply(ctx, conn, name); err != nil {
			return storeError(doing+" "+name, err)
		}
	}
	return storeError(doing, s.versionRows(ctx, conn))
}

func apply(ctx context.Context, conn *sql.Conn, name string) error {
	text, err := schema.SQLServer.ReadFile("sqlserver/" + name)
	if err != nil {
		return err
	}
	tx, err := conn.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	for _, part := range statements(string(text)) {
		if _, err := tx.ExecContext(ctx, part); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO schema_migrations (name, applied_at) VALUES (@p1, SYSUTCDATETIME())", name); err != nil {
		return err
	}
	return tx.Commit()
}

// statements takes a migration apart at its GO lines.
func statements(text string) []string {
	var out []string
	var part strings.Builder
	flush := func() {
		if strings.TrimSpace(part.String()) != "" {
			out = append(out, part.String())
		}
		part.Reset()
	}
	for line := range strings.Lines(text) {
		if strings.EqualFold(strings.TrimSpace(line), "GO") {
			flush()
			continue
		}
		part.WriteString(line)
	}
	flush()
	return out
}

// migrations lists the files in the order in which they are applied.
func migrations() ([]string, error) {
	entries, err := fs.ReadDir(schema.SQLServer, "sqlserver")
	if err != nil {
		return nil, err
	}
	out := make([]string, 0, len(entries))
	for _, e := range entries {
		out = append(out, e.Name())
	}
	if len(out) == 0 {
		return nil, errors.New("no migrations are embedded")
	}
	sort.Strings(out)
	return out, nil
}
