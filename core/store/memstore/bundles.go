package memstore

import (
	"cmp"
	"context"
	"slices"

	"tundish/core"
)

// MoveBundle moves a scope's pointer; see core.BundleStore.
func (s *Store) MoveBundle(ctx context.Context, m core.BundleMove, b *core.Bundle) error {
	if err := core.CheckMove(&m, b); err != nil {
		return err
	}
	return s.do(ctx, func(tx *undo) error {
		if s.pointers[m.Scope].Revision != m.Revision-1 {
			return core.StaleBundle(m.Scope)
		}
		if b != nil {
			if _, stored := s.bundles[b.ID]; !stored {
				c := cloneBundle(*b)
				c.At = millis(c.At)
				put(tx, s.bundles, b.ID, c)
			}
		}
		if s.bundles[m.Bundle].Scope != m.Scope {
			return core.NoBundle(m.Scope, m.Bundle)
		}
		m.At = millis(m.At)
		put(tx, s.pointers, m.Scope, core.BundlePointer{Scope: m.Scope, Bundle: m.Bundle, Revision: m.Revision})
		push(tx, &s.moves, m)
		return nil
	})
}

// BundlePointers reads what is live in every scope.
func (s *Store) BundlePointers(ctx context.Context) (out []core.BundlePointer, err error) {
	err = s.read(ctx, func() {
		for _, p := range s.pointers {
			out = append(out, p)
		}
	})
	slices.SortFunc(out, func(a, b core.BundlePointer) int { return cmp.Compare(a.Scope, b.Scope) })
	return out, err
}

// Bundle reads a bundle with its files.
func (s *Store) Bundle(ctx context.Context, scope core.Scope, id string) (b core.Bundle, err error) {
	found := false
	err = s.read(ctx, func() {
		if b, found = s.bundles[id]; found {
			b = cloneBundle(b)
		}
	})
	if err == nil && (!found || b.Scope != scope) {
		return core.Bundle{}, core.NoBundle(scope, id)
	}
	return b, err
}

// BundleMoves reads a scope's history, newest first.
func (s *Store) BundleMoves(ctx context.Context, scope core.Scope, n int) (out []core.BundleMove, err error) {
	err = s.read(ctx, func() {
		out = newest(s.moves, n, func(m *core.BundleMove) bool { return m.Scope == scope })
	})
	return out, err
}

func cloneBundle(b core.Bundle) core.Bundle {
	b.Files = slices.Clone(b.Files)
	for i := range b.Files {
		b.Files[i].Bytes = slices.Clone(b.Files[i].Bytes)
	}
	return b
}
