package sqlserver

import (
	"context"
	"database/sql"
	"fmt"

	"tundish/core"
)

// READ_COMMITTED_SNAPSHOT makes statements under read committed read row versions
// instead of waiting for the locks of those who write. The store is correct without it:
// what decides is read under update locks and written with a guard. But with it a list
// in the control room never waits for a page that is being pulled, nor the other way
// round.
//
// Microsoft's documentation, "Enabling Row Versioning-Based Isolation Levels": "When
// setting the READ_COMMITTED_SNAPSHOT option, only the connection executing the ALTER
// DATABASE command is allowed in the database. There must be no other open connection in
// the database until ALTER DATABASE is complete. The database does not have to be in
// single-user mode." Without a termination clause the statement waits for the others to
// go, for ever if need be. "ALTER DATABASE SET options" gives the clauses: NO_WAIT fails
// at once when the change cannot be made; ROLLBACK AFTER n SECONDS cuts the others off.
// So Migrate asks with NO_WAIT, which harms nobody: it succeeds where it is the only one
// in the database, as on the first day. Otherwise it leaves the harsher clause to the
// administrator, who knows who else is there.
//
// None of this ran on Microsoft's own server. Babelfish has row versions always and
// does not know the statement.

// rowVersions is what a server says of row versions.
type rowVersions struct {
	database  string
	on        bool
	babelfish bool // always has them
}

func (s *Store) rowVersions(ctx context.Context, r interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}) (v rowVersions, err error) {
	var fish, on sql.NullInt64
	// SERVERPROPERTY is NULL for a property that the server does not know.
	if err := r.QueryRowContext(ctx, "SELECT DB_NAME(), CAST(SERVERPROPERTY('babelfish') AS INT)").Scan(&v.database, &fish); err != nil {
		return v, err
	}
	if v.babelfish = fish.Int64 == 1; v.babelfish {
		return v, nil
	}
	err = r.QueryRowContext(ctx, "SELECT CAST(is_read_committed_snapshot_on AS INT) FROM sys.databases WHERE database_id = DB_ID()").Scan(&on)
	v.on = on.Int64 == 1
	return v, err
}

// versionRows switches row versions on where that can be done at once. That it cannot is
// no error; Advice tells.
func (s *Store) versionRows(ctx context.Context, conn *sql.Conn) error {
	v, err := s.rowVersions(ctx, conn)
	if err != nil || v.on || v.babelfish {
		return err
	}
	_, _ = conn.ExecContext(ctx, "ALTER DATABASE "+quote(v.database)+" SET READ_COMMITTED_SNAPSHOT ON WITH NO_WAIT")
	return nil
}

// advice is what an administrator should do about row versions; nil if nothing.
func (v rowVersions) advice() *core.Error {
	if v.on || v.babelfish {
		return nil
	}
	statement := "ALTER DATABASE " + quote(v.database) + " SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK AFTER 30 SECONDS"
	return core.Fail(core.Conflict, "read_committed_snapshot_off", "store",
		fmt.Sprintf("READ_COMMITTED_SNAPSHOT is off, so that readers wait for writers; it could not be switched on while others are connected or without the right to. Stop the hubs and let an administrator run: %s", statement),
		fmt.Sprintf("READ_COMMITTED_SNAPSHOT 未开启，读会等待写；有其他连接或权限不足时无法自动开启。请停止各枢纽后由管理员执行：%s", statement))
}

// Advice lists what an administrator should do about the database. Nothing of it keeps
// the hub from working.
func (s *Store) Advice(ctx context.Context) ([]*core.Error, error) {
	ctx, cancel := context.WithTimeout(ctx, s.opts.Timeout)
	defer cancel()
	v, err := s.rowVersions(ctx, s.db)
	if err != nil {
		return nil, storeError("look at the database's options", err)
	}
	if a := v.advice(); a != nil {
		return []*core.Error{a}, nil
	}
	return nil, nil
}
