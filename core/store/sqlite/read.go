package sqlite

import (
	"context"
	"database/sql"
	"time"
)

// prepared keeps one statement per text for the read pool. Its plans live with the
// connections.
func (s *Store) prepared(ctx context.Context, text string) (*sql.Stmt, error) {
	if st, ok := s.stmts.Load(text); ok {
		return st.(*sql.Stmt), nil
	}
	st, err := s.read.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	if other, loaded := s.stmts.LoadOrStore(text, st); loaded {
		_ = st.Close()
		return other.(*sql.Stmt), nil
	}
	return st, nil
}

// rows runs a read and visits each row.
func (s *Store) rows(ctx context.Context, doing, text string, args []any, visit func(*sql.Rows) error) error {
	st, err := s.prepared(ctx, text)
	if err != nil {
		return storeError(doing, err)
	}
	rows, err := st.QueryContext(ctx, args...)
	if err != nil {
		return storeError(doing, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := visit(rows); err != nil {
			return storeError(doing, err)
		}
	}
	return storeError(doing, rows.Err())
}

// row reads a single row; sql.ErrNoRows comes back as it is.
func (s *Store) row(ctx context.Context, doing, text string, args []any, dest ...any) error {
	st, err := s.prepared(ctx, text)
	if err != nil {
		return storeError(doing, err)
	}
	if err := st.QueryRowContext(ctx, args...).Scan(dest...); err != nil {
		if err == sql.ErrNoRows {
			return err
		}
		return storeError(doing, err)
	}
	return nil
}

func instant(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return time.UnixMilli(ms.Int64).UTC()
}
