package sqlserver

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	mssql "github.com/microsoft/go-mssqldb"
)

// statement makes the arguments of sp_executesql for one statement with declared
// parameters.
func statement(text, decl string, args ...any) []any {
	out := []any{sql.Named("stmt", mssql.NVarCharMax(text))}
	if decl != "" {
		out = append(out, sql.Named("params", mssql.NVarCharMax(decl)))
	}
	return append(out, args...)
}

// session is what each request outside the writers' own connections begins with: a
// pooled session is reset before it is lent again, and its settings with it.
func (s *Store) session() string {
	return fmt.Sprintf("SET NOCOUNT ON; SET LOCK_TIMEOUT %d; ", s.opts.LockTimeout.Milliseconds())
}

// call runs one statement outside any transaction, with the lock time-out in it,
// because settings made in a pooled session do not last.
func (s *Store) call(ctx context.Context, text, decl string, args ...any) (*sql.Rows, error) {
	text = s.session() + text
	return s.db.QueryContext(ctx, "sp_executesql", statement(text, decl, args...)...)
}

// retry runs something short again when it lost a deadlock or a race.
func (s *Store) retry(ctx context.Context, doing string, run func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, s.opts.Timeout)
	defer cancel()
	for failures := 1; ; failures++ {
		err := run(ctx)
		if err == nil || !again(err) || failures == tries || ctx.Err() != nil {
			return storeError(doing, err)
		}
		pause(failures)
	}
}

// transact runs statements that end in a SELECT of one row in a transaction of their
// own, again if they lost a race.
func (s *Store) transact(ctx context.Context, doing, text, decl string, args []any, dest ...any) error {
	text = s.session() + "SET XACT_ABORT ON; " + text
	return s.retry(ctx, doing, func(ctx context.Context) error {
		tx, err := s.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }() // after Commit it does nothing
		rows, err := tx.QueryContext(ctx, "sp_executesql", statement(text, decl, args...)...)
		if err != nil {
			return err
		}
		if err := each(rows, func(r *sql.Rows) error { return r.Scan(dest...) }); err != nil {
			return err
		}
		return tx.Commit()
	})
}

// each visits the rows and closes them.
func each(rows *sql.Rows, visit func(*sql.Rows) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := visit(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// rows runs a read of declared parameters.
func (s *Store) rows(ctx context.Context, doing string, b *batch, visit func(*sql.Rows) error) error {
	ctx, cancel := context.WithTimeout(ctx, s.opts.Timeout)
	defer cancel()
	b.before = s.session()
	r, err := b.query(ctx, s.db)
	if err != nil {
		return storeError(doing, err)
	}
	return storeError(doing, each(r, visit))
}

// row reads a single row; sql.ErrNoRows comes back as it is.
func (s *Store) row(ctx context.Context, doing, text, decl string, args []any, dest ...any) error {
	ctx, cancel := context.WithTimeout(ctx, s.opts.Timeout)
	defer cancel()
	rows, err := s.call(ctx, text, decl, args...)
	if err != nil {
		return storeError(doing, err)
	}
	n := 0
	err = each(rows, func(r *sql.Rows) error { n++; return r.Scan(dest...) })
	if err == nil && n == 0 {
		return sql.ErrNoRows
	}
	return storeError(doing, err)
}

// inexact tells that a key cannot be stored, so that nothing is found by it: SQL
// Server takes "A1 " for "A1" when it compares, and a NUL is no character.
func inexact(key string) bool { return strings.HasSuffix(key, " ") || strings.IndexByte(key, 0) >= 0 }

// where collects conditions of a query.
type where struct {
	b     *batch
	terms []string
}

// is adds "column = @p".
func (w *where) is(column, typ, value string) {
	if value == "" {
		return
	}
	if inexact(value) {
		w.terms = append(w.terms, "1 = 0")
		return
	}
	w.terms = append(w.terms, column+" = "+w.b.param(typ, value))
}

func (w *where) add(term string) { w.terms = append(w.terms, term) }

func (w *where) in(column, typ string, n int, value func(int) string) {
	if n == 0 {
		return
	}
	list := make([]string, n)
	for i := range n {
		list[i] = w.b.param(typ, value(i))
	}
	w.add(column + " IN (" + strings.Join(list, ", ") + ")")
}

func (w *where) String() string {
	if len(w.terms) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.terms, " AND ")
}

func limit(n int) int64 {
	if n <= 0 {
		return 100
	}
	return int64(n)
}

// utc is a stored instant; the zero time for NULL.
func utc(t sql.NullTime) time.Time {
	if !t.Valid {
		return time.Time{}
	}
	return t.Time.UTC()
}
