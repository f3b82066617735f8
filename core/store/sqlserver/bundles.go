package sqlserver

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"time"

	"tundish/core"
)

var (
	bundleFileCols = columns("bundle varchar(64);path nvarchar(300);sha256 varchar(64)")
	bundleMoveCols = columns("scope nvarchar(60);revision bigint;kind nvarchar(10);bundle varchar(64);from_bundle varchar(64);author nvarchar(100);at datetime2(3);note nvarchar(1000);token varchar(64)")
)

// MoveBundle moves a scope's pointer; see core.BundleStore. A commit whose answer was lost
// is run again and then finds its own token in the history.
func (s *Store) MoveBundle(ctx context.Context, m core.BundleMove, b *core.Bundle) error {
	if err := core.CheckMove(&m, b); err != nil {
		return err
	}
	token := core.NewID(time.Now())
	return s.retry(ctx, "publish "+string(m.Scope), func(ctx context.Context) error {
		tx, err := s.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }() // after Commit it does nothing
		if _, err := tx.ExecContext(ctx, s.session()+"SET XACT_ABORT ON;"); err != nil {
			return err
		}
		moved, mine, stored, err := movePointer(ctx, tx, &m, token)
		switch {
		case err != nil:
			return err
		case !moved && mine:
			return nil
		case !moved:
			return core.StaleBundle(m.Scope)
		case !stored && b == nil:
			return core.NoBundle(m.Scope, m.Bundle)
		}
		w := &script{ctx: ctx, tx: tx, b: &batch{}}
		if !stored {
			writeBundle(w, b)
		}
		w.insert("bundle_moves", bundleMoveCols, [][]any{{string(m.Scope), m.Revision, string(m.Kind), m.Bundle, m.From, m.Author, instant(m.At), m.Note, token}})
		w.flush()
		if w.err != nil {
			return w.err
		}
		return tx.Commit()
	})
}

// movePointer moves the pointer if it is where the move was decided on, and locks it then.
// mine: the same call has moved it before; stored: the bundle is there already.
func movePointer(ctx context.Context, tx *sql.Tx, m *core.BundleMove, token string) (moved, mine, stored bool, err error) {
	rows, err := tx.QueryContext(ctx, "sp_executesql", statement(`DECLARE @n INT;
		UPDATE bundle_pointers SET bundle = @bundle, revision = @revision WHERE scope = @scope AND revision = @revision - 1;
		SET @n = @@ROWCOUNT;
		IF @n = 0 AND @revision = 1
		BEGIN
			INSERT INTO bundle_pointers (scope, bundle, revision) SELECT @scope, @bundle, 1 WHERE NOT EXISTS (SELECT 1 FROM bundle_pointers WHERE scope = @scope);
			SET @n = @@ROWCOUNT;
		END;
		SELECT @n, (SELECT COUNT(*) FROM bundle_moves WHERE scope = @scope AND revision = @revision AND token = @token),
			(SELECT COUNT(*) FROM bundles WHERE id = @bundle AND scope = @scope)`,
		"@scope nvarchar(60), @bundle varchar(64), @revision bigint, @token varchar(64)",
		sql.Named("scope", string(m.Scope)), sql.Named("bundle", m.Bundle), sql.Named("revision", m.Revision), sql.Named("token", token))...)
	if err != nil {
		return false, false, false, err
	}
	var counts [3]int
	err = each(rows, func(r *sql.Rows) error { return r.Scan(&counts[0], &counts[1], &counts[2]) })
	return counts[0] > 0, counts[1] > 0, counts[2] > 0, err
}

func writeBundle(w *script, b *core.Bundle) {
	bb := w.b
	bb.add("INSERT INTO bundles (id, scope, parent, diff, author, at, note) VALUES (", bb.param("varchar(64)", b.ID), ", ", bb.param("nvarchar(60)", string(b.Scope)), ", ",
		bb.param("varchar(64)", b.Parent), ", ", bb.param("nvarchar(max)", b.Diff), ", ", bb.param("nvarchar(100)", b.Author), ", ", bb.param("datetime2(3)", instant(b.At)), ", ",
		bb.param("nvarchar(1000)", b.Note), ");\n")
	var files [][]any
	for _, f := range b.Files {
		digest := sha256.Sum256(f.Bytes)
		sum, bytes := hex.EncodeToString(digest[:]), f.Bytes
		if bytes == nil {
			bytes = []byte{}
		}
		files = append(files, []any{b.ID, f.Path, sum})
		if !w.room(2) {
			return
		}
		p := w.b.param("varchar(64)", sum)
		w.b.add("INSERT INTO bundle_contents (sha256, bytes) SELECT ", p, ", ", w.b.param("varbinary(max)", bytes), " WHERE NOT EXISTS (SELECT 1 FROM bundle_contents WHERE sha256 = ", p, ");\n")
	}
	w.insert("bundle_files", bundleFileCols, files)
}

// BundlePointers reads what is live in every scope.
func (s *Store) BundlePointers(ctx context.Context) ([]core.BundlePointer, error) {
	b := &batch{}
	b.add("SELECT scope, bundle, revision FROM bundle_pointers ORDER BY scope")
	var out []core.BundlePointer
	err := s.rows(ctx, "look at what is live", b, func(r *sql.Rows) error {
		var p core.BundlePointer
		err := r.Scan(&p.Scope, &p.Bundle, &p.Revision)
		out = append(out, p)
		return err
	})
	return out, err
}

// Bundle reads a bundle with its files.
func (s *Store) Bundle(ctx context.Context, scope core.Scope, id string) (core.Bundle, error) {
	out := core.Bundle{ID: id, Scope: scope}
	if inexact(id) || inexact(string(scope)) {
		return core.Bundle{}, core.NoBundle(scope, id)
	}
	doing := "read version " + id + " of " + string(scope)
	var at sql.NullTime
	err := s.row(ctx, doing, "SELECT parent, diff, author, at, note FROM bundles WHERE id = @id AND scope = @scope", "@id varchar(64), @scope nvarchar(60)",
		[]any{sql.Named("id", id), sql.Named("scope", string(scope))}, &out.Parent, &out.Diff, &out.Author, &at, &out.Note)
	if err == sql.ErrNoRows {
		return core.Bundle{}, core.NoBundle(scope, id)
	}
	if err != nil {
		return core.Bundle{}, err
	}
	out.At = utc(at)
	b := &batch{}
	b.add("SELECT f.path, c.bytes FROM bundle_files f JOIN bundle_contents c ON c.sha256 = f.sha256 WHERE f.bundle = ", b.param("varchar(64)", id), " ORDER BY f.path")
	err = s.rows(ctx, doing, b, func(r *sql.Rows) error {
		var f core.BundleFile
		err := r.Scan(&f.Path, &f.Bytes)
		out.Files = append(out.Files, f)
		return err
	})
	return out, err
}

// BundleMoves reads a scope's history, newest first.
func (s *Store) BundleMoves(ctx context.Context, scope core.Scope, n int) ([]core.BundleMove, error) {
	b := &batch{}
	b.add("SELECT TOP (", b.param("bigint", limit(n)), ") revision, kind, bundle, from_bundle, author, at, note FROM bundle_moves WHERE scope = ",
		b.param("nvarchar(60)", string(scope)), " ORDER BY revision DESC")
	var out []core.BundleMove
	err := s.rows(ctx, "read the history of "+string(scope), b, func(r *sql.Rows) error {
		m := core.BundleMove{Scope: scope}
		var at sql.NullTime
		err := r.Scan(&m.Revision, &m.Kind, &m.Bundle, &m.From, &m.Author, &at, &m.Note)
		m.At = utc(at)
		out = append(out, m)
		return err
	})
	return out, err
}
