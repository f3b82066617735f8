package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"encoding/hex"
	"time"

	"tundish/core"
)

// MoveBundle moves a scope's pointer; see core.BundleStore. It waits behind submits: many
// megabytes may be written.
func (s *Store) MoveBundle(ctx context.Context, m core.BundleMove, b *core.Bundle) error {
	if err := core.CheckMove(&m, b); err != nil {
		return err
	}
	var sums []string
	if b != nil {
		for _, f := range b.Files {
			sum := sha256.Sum256(f.Bytes)
			sums = append(sums, hex.EncodeToString(sum[:]))
		}
	}
	found := &struct{ refusal error }{}
	err := s.doLow(ctx, "publish "+string(m.Scope), func(c *conn) error {
		// Nothing is written before it is known that nothing has moved.
		found.refusal = nil
		at := int64(0)
		if err := c.query("SELECT revision FROM bundle_pointers WHERE scope = ?", values(string(m.Scope)), func(row []driver.Value) error {
			at = row[0].(int64)
			return nil
		}); err != nil {
			return err
		}
		if at != m.Revision-1 {
			found.refusal = core.StaleBundle(m.Scope)
			return nil
		}
		stored := false
		if err := c.query("SELECT 1 FROM bundles WHERE id = ? AND scope = ?", values(m.Bundle, string(m.Scope)), func([]driver.Value) error {
			stored = true
			return nil
		}); err != nil {
			return err
		}
		switch {
		case !stored && b == nil:
			found.refusal = core.NoBundle(m.Scope, m.Bundle)
			return nil
		case !stored:
			if err := insertBundle(c, b, sums); err != nil {
				return err
			}
		}
		if _, err := c.exec(`INSERT INTO bundle_pointers (scope, bundle, revision) VALUES (?1, ?2, ?3)
			ON CONFLICT (scope) DO UPDATE SET bundle = ?2, revision = ?3`, values(string(m.Scope), m.Bundle, m.Revision)); err != nil {
			return err
		}
		_, err := c.exec("INSERT INTO bundle_moves (scope, revision, kind, bundle, from_bundle, author, at, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			values(string(m.Scope), m.Revision, string(m.Kind), m.Bundle, m.From, m.Author, m.At.UnixMilli(), m.Note))
		return err
	})
	if err != nil {
		return err
	}
	return found.refusal
}

func insertBundle(c *conn, b *core.Bundle, sums []string) error {
	if _, err := c.exec("INSERT INTO bundles (id, scope, parent, diff, author, at, note) VALUES (?, ?, ?, ?, ?, ?, ?)",
		values(b.ID, string(b.Scope), b.Parent, b.Diff, b.Author, b.At.UnixMilli(), b.Note)); err != nil {
		return err
	}
	for i, f := range b.Files {
		if _, err := c.exec("INSERT INTO bundle_contents (sha256, bytes) VALUES (?, ?) ON CONFLICT (sha256) DO NOTHING", values(sums[i], notNil(f.Bytes))); err != nil {
			return err
		}
		if _, err := c.exec("INSERT INTO bundle_files (bundle, path, sha256) VALUES (?, ?, ?)", values(b.ID, f.Path, sums[i])); err != nil {
			return err
		}
	}
	return nil
}

// BundlePointers reads what is live in every scope.
func (s *Store) BundlePointers(ctx context.Context) ([]core.BundlePointer, error) {
	var out []core.BundlePointer
	err := s.rows(ctx, "look at what is live", "SELECT scope, bundle, revision FROM bundle_pointers ORDER BY scope", nil, func(r *sql.Rows) error {
		var p core.BundlePointer
		err := r.Scan(&p.Scope, &p.Bundle, &p.Revision)
		out = append(out, p)
		return err
	})
	return out, err
}

// Bundle reads a bundle with its files.
func (s *Store) Bundle(ctx context.Context, scope core.Scope, id string) (core.Bundle, error) {
	b := core.Bundle{ID: id, Scope: scope}
	doing := "read version " + id + " of " + string(scope)
	var at int64
	err := s.row(ctx, doing, "SELECT parent, diff, author, at, note FROM bundles WHERE id = ? AND scope = ?", []any{id, string(scope)}, &b.Parent, &b.Diff, &b.Author, &at, &b.Note)
	if err == sql.ErrNoRows {
		return core.Bundle{}, core.NoBundle(scope, id)
	}
	if err != nil {
		return core.Bundle{}, err
	}
	b.At = time.UnixMilli(at).UTC()
	err = s.rows(ctx, doing, "SELECT f.path, c.bytes FROM bundle_files f CROSS JOIN bundle_contents c ON c.sha256 = f.sha256 WHERE f.bundle = ? ORDER BY f.path", []any{id}, func(r *sql.Rows) error {
		var f core.BundleFile
		err := r.Scan(&f.Path, &f.Bytes)
		b.Files = append(b.Files, f)
		return err
	})
	return b, err
}

// BundleMoves reads a scope's history, newest first.
func (s *Store) BundleMoves(ctx context.Context, scope core.Scope, n int) ([]core.BundleMove, error) {
	var out []core.BundleMove
	err := s.rows(ctx, "read the history of "+string(scope), `SELECT revision, kind, bundle, from_bundle, author, at, note
		FROM bundle_moves WHERE scope = ? ORDER BY revision DESC LIMIT ?`, []any{string(scope), limit(n)}, func(r *sql.Rows) error {
		m := core.BundleMove{Scope: scope}
		var at int64
		err := r.Scan(&m.Revision, &m.Kind, &m.Bundle, &m.From, &m.Author, &at, &m.Note)
		m.At = time.UnixMilli(at).UTC()
		out = append(out, m)
		return err
	})
	return out, err
}
