package sqlserver

import (
	"context"
	"database/sql"
	"net/url"
	"strings"

	"tundish/core"
)

// CreateDatabase makes the database that the DSN names if the server has none of that
// name: for tests and demonstrations. In production a database administrator does it.
func CreateDatabase(ctx context.Context, dsn string) error {
	return onMaster(dsn, func(db *sql.DB, name string) error {
		var there sql.NullInt64
		if err := db.QueryRowContext(ctx, "SELECT CAST(DB_ID(@p1) AS BIGINT)", name).Scan(&there); err != nil || there.Valid {
			return err
		}
		_, err := db.ExecContext(ctx, "CREATE DATABASE "+quote(name))
		return err
	})
}

// DropDatabase removes the database that the DSN names, with everything in it. Every
// connection to it must be closed.
func DropDatabase(ctx context.Context, dsn string) error {
	return onMaster(dsn, func(db *sql.DB, name string) error {
		_, err := db.ExecContext(ctx, "DROP DATABASE "+quote(name))
		return err
	})
}

// onMaster connects to the server's own database, from which others are made.
func onMaster(dsn string, do func(db *sql.DB, name string) error) error {
	u, err := url.Parse(dsn)
	if err != nil || u.Scheme != "sqlserver" {
		return core.Fail(core.Invalid, "dsn", "store", "a SQL Server DSN looks like sqlserver://user:password@host:1433?database=tundish", "SQL Server 的 DSN 形如 sqlserver://user:password@host:1433?database=tundish")
	}
	q := u.Query()
	name := q.Get("database")
	q.Set("database", "master")
	u.RawQuery = q.Encode()
	db, err := sql.Open("sqlserver", u.String())
	if err != nil {
		return core.Because(core.Invalid, "dsn", err)
	}
	defer db.Close()
	return do(db, name)
}

func quote(name string) string { return "[" + strings.ReplaceAll(name, "]", "]]") + "]" }
