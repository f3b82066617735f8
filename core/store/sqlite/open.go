package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"

	"modernc.org/sqlite"

	"tundish/core"
	"tundish/core/store/internal/group"
	"tundish/core/store/internal/record"
	"tundish/schema"
)

// Options of a store; the zero value is good for a hub.
type Options struct {
	// Readers is how many reads run at once; 0 means 4.
	Readers int
	// BusyTimeout is how long a write waits for another process; 0 means 10 s.
	BusyTimeout time.Duration
	// MaxPages caps the file's size in pages of 8 KiB, 0: the disk decides.
	MaxPages int
}

// Store is the order store in one SQLite file. It implements core.Store.
type Store struct {
	path    string
	conn    *conn // the writer's
	log     *checkpointer
	later   gathered // the writer's, like orders and ids
	orders  []row
	ids     []int64
	read    *sql.DB
	points  points
	queue   *group.Queue[*task]
	written chan struct{} // closed when the writer has stopped
	closing sync.Once
	closed  error
	stmts   sync.Map // text → *sql.Stmt of read
	nonces  record.Sweeps
}

var _ core.Store = (*Store)(nil)

// Open opens or creates the database file, given as a path or as
// "sqlite:///absolute/path", and starts its writer. The directory is made if it is
// missing; the file is readable by its owner only. Migrate makes the tables.
func Open(dsn string, o Options) (*Store, error) {
	path := strings.TrimPrefix(dsn, "sqlite://")
	if path == "" || strings.Contains(path, "://") || strings.HasPrefix(path, ":memory:") {
		return nil, core.Invalidf("dsn", "store", "%q is no database file; write sqlite:///var/lib/tundish/tundish.db or a path", "%q 不是数据库文件，应写 sqlite:///var/lib/tundish/tundish.db 或路径", dsn)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", dsn, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, core.Because(core.Unavailable, "store_io", fmt.Errorf("open store %s: %w", path, err))
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, core.Because(core.Unavailable, "store_io", fmt.Errorf("open store %s: %w", path, err))
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	if o.Readers <= 0 {
		o.Readers = 4
	}
	if o.BusyTimeout <= 0 {
		o.BusyTimeout = 10 * time.Second
	}
	busy := fmt.Sprintf("busy_timeout(%d)", o.BusyTimeout.Milliseconds())
	write := []string{busy, fmt.Sprintf("page_size(%d)", pageSize), "synchronous(FULL)", "foreign_keys(1)",
		"cache_size(-32768)", "wal_autocheckpoint(" + logPages + ")", "journal_size_limit(67108864)", "temp_store(MEMORY)"}
	if o.MaxPages > 0 {
		write = append(write, fmt.Sprintf("max_page_count(%d)", o.MaxPages))
	}
	gatherPages()
	dc, err := connect(path, write, "_journal_mode", "WAL") // after the page size, which it settles
	if err != nil {
		return nil, err
	}
	// Its own cache stays empty: a checkpoint copies from file to file.
	copier, err := connect(path, []string{busy, "synchronous(FULL)", "wal_autocheckpoint(0)"})
	if err != nil {
		_ = dc.Close()
		return nil, err
	}
	reader, err := sqlite.NewConnector(dataSource(path, []string{busy, "query_only(1)", "cache_size(-8192)", "temp_store(MEMORY)"}))
	if err != nil {
		_ = dc.Close()
		_ = copier.Close()
		return nil, storeError("open store "+path, err)
	}
	s := &Store{
		path:    path,
		conn:    newConn(dc),
		log:     startCheckpointer(copier),
		read:    sql.OpenDB(reader),
		points:  newPoints(reader, o.Readers),
		queue:   group.NewQueue[*task](queueRoom),
		written: make(chan struct{}),
	}
	s.read.SetMaxOpenConns(o.Readers)
	s.read.SetMaxIdleConns(o.Readers)
	go s.write()
	return s, nil
}

func connect(path string, pragmas []string, more ...string) (driver.Conn, error) {
	connector, err := sqlite.NewConnector(dataSource(path, pragmas, more...))
	if err == nil {
		var dc driver.Conn
		if dc, err = connector.Connect(context.Background()); err == nil {
			return dc, nil
		}
	}
	return nil, storeError("open store "+path, err)
}

// dataSource names the file for the driver, which runs the pragmas in alphabetic order
// and then the settings in more, names and values in turn.
func dataSource(path string, pragmas []string, more ...string) string {
	q := url.Values{"_pragma": pragmas}
	for i := 0; i < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}
	return u.String()
}

// Close lets the writer settle what is queued, then closes the file.
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.queue.Close()
		<-s.written
		s.stmts.Range(func(_, st any) bool { _ = st.(*sql.Stmt).Close(); return true })
		s.closed = errors.Join(s.log.close(), s.read.Close(), s.points.close(), s.conn.close())
	})
	return s.closed
}

// Dialect names the SQL dialect, for logs and readiness.
func (s *Store) Dialect() string { return "sqlite" }

// Ping tells whether the store answers and has every table of this version.
func (s *Store) Ping(ctx context.Context) error {
	names, err := migrations()
	if err != nil {
		return err
	}
	var last string
	if err := s.read.QueryRowContext(ctx, "SELECT coalesce(max(name), '') FROM schema_migrations").Scan(&last); err != nil {
		return storeError("ping store", err)
	}
	if want := names[len(names)-1]; last < want {
		return core.Fail(core.Unavailable, "not_migrated", "", fmt.Sprintf("the database is at %q, this version needs %q; run tundish migrate", last, want), "数据库结构过旧，请运行 tundish migrate")
	}
	return nil
}

// Advice lists what an administrator should do about the database; a file needs nothing.
func (s *Store) Advice(context.Context) ([]*core.Error, error) { return nil, nil }

// Migrate applies the migrations that the file lacks, all in one transaction.
func (s *Store) Migrate(ctx context.Context) error {
	names, err := migrations()
	if err != nil {
		return err
	}
	return s.do(ctx, "migrate store "+s.path, func(c *conn) error {
		if err := c.script(`CREATE TABLE IF NOT EXISTS schema_migrations (
			name TEXT NOT NULL PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT, WITHOUT ROWID`); err != nil {
			return err
		}
		for _, name := range names {
			res, err := c.exec("INSERT INTO schema_migrations (name, applied_at) VALUES (?, "+now+") ON CONFLICT DO NOTHING", values(name))
			if err != nil {
				return err
			}
			if n, err := res.RowsAffected(); err != nil || n == 0 {
				if err != nil {
					return err
				}
				continue
			}
			text, err := schema.SQLite.ReadFile("sqlite/" + name)
			if err != nil {
				return err
			}
			if err := c.script(string(text)); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return nil
	})
}

// migrations lists the files in the order in which they are applied.
func migrations() ([]string, error) {
	entries, err := fs.ReadDir(schema.SQLite, "sqlite")
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	sort.Strings(names)
	return names, nil
}

// now is the store's clock in milliseconds: SQLite's, which is the machine's. It
// stands still within one statement.
const now = "CAST(round(unixepoch('now', 'subsec') * 1000) AS INTEGER)"
