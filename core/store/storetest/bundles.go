package storetest

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"

	"tundish/core"
)

func (w *world) scope() core.Scope { return core.SystemScope(w.system) }

// version is a bundle of the world's scope; its content is told by text.
func (w *world) version(text string) core.Bundle {
	b := core.NewBundle(w.scope(), []core.BundleFile{
		{Path: "systems/" + string(w.system) + ".yaml", Bytes: []byte("# " + text)},
		{Path: "mappings/表/a.wsdl", Bytes: []byte("<wsdl of='" + string(w.system) + "'/>")}, // the same in every version
	})
	b.Author, b.Note, b.At, b.Diff = "李 四", "说明 of "+text, at(1), "+ # "+text
	return b
}

func (w *world) moveTo(b core.Bundle, revision int64, from string) core.BundleMove {
	return core.BundleMove{Scope: b.Scope, Revision: revision, Kind: core.MovePublish, Bundle: b.ID, From: from, Author: b.Author, At: b.At, Note: b.Note}
}

// live is where the scope's pointer is.
func (w *world) live(st core.BundleStore, s core.Scope) core.BundlePointer {
	w.Helper()
	all, err := st.BundlePointers(w.ctx)
	w.ok(err)
	for i, p := range all {
		if i > 0 && all[i-1].Scope >= p.Scope {
			w.Fatalf("pointers are not in the order of their scopes: %v", all)
		}
		if p.Scope == s {
			return p
		}
	}
	return core.BundlePointer{Scope: s}
}

func same(w *world, what string, got, want any) {
	w.Helper()
	if !reflect.DeepEqual(got, want) {
		w.Fatalf("%s\n got %+v\nwant %+v", what, got, want)
	}
}

func published(w *world) {
	other := w.open(w.T)
	a, b := w.version("a"), w.version("b")
	more := core.NewBundle(a.Scope, append(a.Files, core.BundleFile{Path: "mappings/表/big.xsd", Bytes: bytes.Repeat([]byte{0, 0xff, 'x'}, 1<<19)}, core.BundleFile{Path: "mappings/表/empty", Bytes: []byte{}}))
	a.ID, a.Files = more.ID, more.Files
	b.Parent = a.ID
	w.ok(w.MoveBundle(w.ctx, w.moveTo(a, 1, ""), &a))
	same(w, "what is live", w.live(other, w.scope()), core.BundlePointer{Scope: w.scope(), Bundle: a.ID, Revision: 1})
	w.ok(other.MoveBundle(w.ctx, w.moveTo(b, 2, a.ID), &b))
	same(w, "what is live then", w.live(w, w.scope()), core.BundlePointer{Scope: w.scope(), Bundle: b.ID, Revision: 2})
	for _, want := range []core.Bundle{a, b} {
		got, err := w.Bundle(w.ctx, w.scope(), want.ID)
		w.ok(err)
		if len(got.Files) != len(want.Files) || core.NewBundle(got.Scope, got.Files).ID != want.ID {
			w.Fatalf("a version came back with %d files, not the %d it had", len(got.Files), len(want.Files))
		}
		got.Files, want.Files = nil, nil
		same(w, "a version", got, want)
	}
	_, err := w.Bundle(w.ctx, core.SystemScope(w.system+"x"), a.ID)
	w.kind(err, core.NotFound)
	_, err = w.Bundle(w.ctx, w.scope(), a.ID+" ")
	w.kind(err, core.NotFound)
}

func staleMove(w *world) {
	a, b := w.version("a"), w.version("b")
	w.ok(w.MoveBundle(w.ctx, w.moveTo(a, 1, ""), &a))
	for _, revision := range []int64{1, 3, 7} {
		err := w.MoveBundle(w.ctx, w.moveTo(b, revision, a.ID), &b)
		if core.CodeOf(err) != "stale" || !core.IsKind(err, core.Conflict) {
			w.Fatalf("a move to revision %d: %v", revision, err)
		}
	}
	_, err := w.Bundle(w.ctx, w.scope(), b.ID)
	w.kind(err, core.NotFound) // a stale move leaves nothing
	moves, err := w.BundleMoves(w.ctx, w.scope(), 0)
	w.ok(err)
	if len(moves) != 1 || w.live(w, w.scope()).Bundle != a.ID {
		w.Fatalf("after stale moves the history is %+v", moves)
	}
}

func identical(w *world) {
	a, b := w.version("a"), w.version("b")
	again := w.version("a")
	again.Author, again.Note = "somebody else", ""
	if a.ID == b.ID || again.ID != a.ID {
		w.Fatal("the same content has one id, another content another")
	}
	w.ok(w.MoveBundle(w.ctx, w.moveTo(a, 1, ""), &a))
	w.ok(w.MoveBundle(w.ctx, w.moveTo(b, 2, a.ID), &b))
	w.ok(w.MoveBundle(w.ctx, w.moveTo(again, 3, b.ID), &again))
	got, err := w.Bundle(w.ctx, w.scope(), a.ID)
	w.ok(err)
	same(w, "the version as it was published first", got, a)
	moves, err := w.BundleMoves(w.ctx, w.scope(), 0)
	w.ok(err)
	if len(moves) != 3 || moves[0].Author != "somebody else" || moves[0].Bundle != a.ID {
		w.Fatalf("history %+v", moves)
	}
}

func bundleHistory(w *world) {
	a, b := w.version("a"), w.version("b")
	first, second := w.moveTo(a, 1, ""), w.moveTo(b, 2, a.ID)
	back := core.BundleMove{Scope: w.scope(), Revision: 3, Kind: core.MoveRollback, Bundle: a.ID, From: b.ID, Author: "王五", At: at(3), Note: "错了"}
	w.ok(w.MoveBundle(w.ctx, first, &a))
	w.ok(w.MoveBundle(w.ctx, second, &b))
	w.ok(w.MoveBundle(w.ctx, back, nil))
	same(w, "what is live", w.live(w, w.scope()), core.BundlePointer{Scope: w.scope(), Bundle: a.ID, Revision: 3})
	moves, err := w.BundleMoves(w.ctx, w.scope(), 0)
	w.ok(err)
	same(w, "the history", moves, []core.BundleMove{back, second, first})
	moves, err = w.BundleMoves(w.ctx, w.scope(), 2)
	w.ok(err)
	same(w, "its newest", moves, []core.BundleMove{back, second})
	back.Revision, back.Bundle = 4, strings.Repeat("0", 32)
	w.kind(w.MoveBundle(w.ctx, back, nil), core.NotFound)
	// Not even one that another scope has.
	far := core.NewBundle(core.SystemScope(w.system+"x"), a.Files)
	far.Author, far.At = "x", at(4)
	w.ok(w.MoveBundle(w.ctx, w.moveTo(far, 1, ""), &far))
	back.Bundle = far.ID
	w.kind(w.MoveBundle(w.ctx, back, nil), core.NotFound)
	if p := w.live(w, w.scope()); p.Revision != 3 {
		w.Fatalf("a refused rollback moved the pointer: %+v", p)
	}
}

func nonsense(w *world) {
	big := make([]byte, core.MaxBundleBytes/2+1)
	for _, x := range []struct {
		name  string
		files []core.BundleFile
	}{
		{"nothing", nil},
		{"an absolute path", []core.BundleFile{{Path: "/etc/passwd"}}},
		{"a way out", []core.BundleFile{{Path: "systems/../../x"}}},
		{"a way out of Windows", []core.BundleFile{{Path: `systems\..\x`}}},
		{"a drive", []core.BundleFile{{Path: "c:x"}}},
		{"an empty path", []core.BundleFile{{Path: ""}}},
		{"a blank at the end", []core.BundleFile{{Path: "systems/x "}}},
		{"one path twice", []core.BundleFile{{Path: "a"}, {Path: "a"}}},
		{"a long path", []core.BundleFile{{Path: strings.Repeat("长", core.MaxBundlePath+1)}}},
		{"too much", []core.BundleFile{{Path: "a", Bytes: big}, {Path: "b", Bytes: big}}},
	} {
		b := core.NewBundle(w.scope(), x.files)
		b.Author = "x"
		if err := w.MoveBundle(w.ctx, w.moveTo(b, 1, ""), &b); !core.IsKind(err, core.Invalid) {
			w.Errorf("%s: %v", x.name, err)
		}
	}
	for _, s := range []core.Scope{"", "system/", "system/a/b", "crews", core.SystemScope(core.SystemID(strings.Repeat("x", core.MaxSystem+1)))} {
		b := core.NewBundle(s, []core.BundleFile{{Path: "a"}})
		b.Author = "x"
		if err := w.MoveBundle(w.ctx, w.moveTo(b, 1, ""), &b); !core.IsKind(err, core.Invalid) {
			w.Errorf("scope %q: %v", s, err)
		}
	}
	same(w, "what is live", w.live(w, w.scope()), core.BundlePointer{Scope: w.scope()})
}

// publishers move one pointer from two hubs at once: of each revision one wins, nobody's
// move is lost, and whoever looks meanwhile sees whole versions only.
func publishers(w *world) {
	hubs := []core.Store{w.Store, w.open(w.T)}
	const each = 6
	var wins, stale atomic.Int32
	var writers, readers sync.WaitGroup
	done := make(chan struct{})
	readers.Go(func() {
		for {
			p := w.live(hubs[1], w.scope())
			if p.Revision > 0 {
				b, err := hubs[1].Bundle(w.ctx, w.scope(), p.Bundle)
				if err != nil {
					w.Errorf("what is live cannot be read: %v", err)
					return
				}
				if whole := core.NewBundle(b.Scope, b.Files); whole.ID != b.ID {
					w.Errorf("a torn version is live: %d files", len(b.Files))
					return
				}
			}
			select {
			case <-done:
				return
			default:
			}
		}
	})
	for n := range 4 {
		writers.Go(func() {
			st := hubs[n%2]
			for i := range each {
				b := w.version(fmt.Sprintf("%d of %d", i, n))
				for {
					p := w.live(st, w.scope())
					err := st.MoveBundle(w.ctx, w.moveTo(b, p.Revision+1, p.Bundle), &b)
					if err == nil {
						wins.Add(1)
						break
					}
					if core.CodeOf(err) != "stale" {
						w.Error(err)
						return
					}
					stale.Add(1)
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	moves, err := w.BundleMoves(w.ctx, w.scope(), 0)
	w.ok(err)
	if n := int(wins.Load()); n != 4*each || len(moves) != n || w.live(w, w.scope()).Revision != int64(n) {
		w.Fatalf("%d moves went through (%d were stale), the history has %d, the pointer is at %d", n, stale.Load(), len(moves), w.live(w, w.scope()).Revision)
	}
	for i, m := range moves {
		if m.Revision != int64(len(moves)-i) || i+1 < len(moves) && m.From != moves[i+1].Bundle || i+1 == len(moves) && m.From != "" {
			w.Fatalf("the history has a gap at %+v", m)
		}
	}
}
