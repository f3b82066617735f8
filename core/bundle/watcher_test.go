package bundle_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"tundish/core"
	"tundish/core/bundle"
	"tundish/core/store/memstore"
)

// shelf is a folder in memory with one scope in it. The world's one file is written after
// the other, and every write changes the stamp.
type shelf struct {
	files   map[string]string
	writes  int
	breakAt int // Write stops after so many files; 0: it does not
	unread  bool
}

func newShelf(version int) *shelf {
	s := &shelf{files: map[string]string{}}
	for _, path := range all {
		s.put(path, version)
	}
	return s
}

var all = []string{"mappings/hotline.yaml", "systems/hotline.yaml"}

func (s *shelf) put(path string, version int) {
	s.files[path] = fmt.Sprint(version)
	s.writes++
}

func (s *shelf) Scopes() ([]core.Scope, error) { return []core.Scope{scope}, nil }

func (s *shelf) Stamp() (string, error) { return fmt.Sprint(s.writes), nil }

func (s *shelf) Read(core.Scope) (out []core.BundleFile, err error) {
	if s.unread {
		return nil, errors.New("the disk is away")
	}
	for _, path := range slices.Sorted(maps.Keys(s.files)) {
		out = append(out, core.BundleFile{Path: path, Bytes: []byte(s.files[path])})
	}
	return out, nil
}

func (s *shelf) Write(_ core.Scope, files []core.BundleFile) error {
	for i, f := range files {
		if s.breakAt > 0 && i == s.breakAt {
			return errors.New("killed")
		}
		s.files[f.Path] = string(f.Bytes)
		s.writes++
	}
	keep := map[string]bool{}
	for _, f := range files {
		keep[f.Path] = true
	}
	for path := range s.files {
		if !keep[path] {
			delete(s.files, path)
			s.writes++
		}
	}
	return nil
}

// desk is a watcher on a shelf, and the store under it.
type desk struct {
	*testing.T
	store *memstore.Store
	pub   *bundle.Publisher
	shelf *shelf
	watch *bundle.Watcher
	logs  *observer.ObservedLogs
	bad   func(core.Bundle) error
}

func newDesk(t *testing.T, version int) *desk {
	d := &desk{T: t, store: memstore.New(memstore.Options{}), shelf: newShelf(version)}
	d.pub = bundle.NewPublisher(d.store, core.SystemClock{})
	d.restart()
	return d
}

// one checks versions one by one.
func one(check func(core.Bundle) error) func(...core.Bundle) error {
	return func(all ...core.Bundle) error {
		var errs []error
		for _, b := range all {
			errs = append(errs, check(b))
		}
		return errors.Join(errs...)
	}
}

// restart is a hub that was killed and comes back.
func (d *desk) restart() {
	d.Helper()
	seen, logs := observer.New(zap.InfoLevel)
	d.logs = logs
	var err error
	d.watch, err = bundle.NewWatcher(d.store, d.pub, d.shelf, bundle.WatcherOptions{Clock: core.SystemClock{}, Log: zap.New(seen), Every: time.Second, Check: one(func(b core.Bundle) error {
		if d.bad != nil {
			return d.bad(b)
		}
		return nil
	})})
	if err == nil {
		err = d.watch.Begin(d.Context())
	}
	if err != nil {
		d.Fatal(err)
	}
}

func (d *desk) tick() {
	d.Helper()
	if err := d.watch.Once(d.Context()); err != nil && core.CodeOf(err) != "stale" {
		d.Fatal(err)
	}
}

// live is what is live, in the words of its files.
func (d *desk) live() string {
	d.Helper()
	p, err := d.pub.Live(d.Context(), scope)
	if err != nil {
		d.Fatal(err)
	}
	b, err := d.store.Bundle(d.Context(), scope, p.Bundle)
	if err != nil {
		d.Fatal(err)
	}
	return words(b.Files)
}

func words(files []core.BundleFile) string {
	var list []string
	for _, f := range files {
		list = append(list, string(f.Bytes))
	}
	return strings.Join(list, " ")
}

func (d *desk) here() string {
	files, _ := d.shelf.Read(scope)
	return words(files)
}

func (d *desk) expect(live string) {
	d.Helper()
	if got := d.live(); got != live {
		d.Fatalf("%q is live, want %q; the folder holds %q", got, live, d.here())
	}
}

func TestTheFirstStartPublishesTheFolder(t *testing.T) {
	d := newDesk(t, 1)
	d.expect("1 1")
	moves, err := d.store.BundleMoves(t.Context(), scope, 0)
	if err != nil || len(moves) != 1 || moves[0].Author != bundle.FromFolder || moves[0].Note != strings.Join(all, ", ") {
		t.Fatalf("history %+v, %v", moves, err)
	}
}

func TestWhatIsSavedGoesLiveWhenItRests(t *testing.T) {
	d := newDesk(t, 1)
	d.tick()
	d.shelf.put(all[0], 2)
	d.tick()
	d.expect("1 1")
	d.shelf.put(all[1], 2) // before the first file had rested
	d.tick()
	d.expect("1 1")
	d.tick()
	d.expect("2 2")
}

func TestABadFileIsReportedOnceAndChangesNothing(t *testing.T) {
	d := newDesk(t, 1)
	d.bad = func(b core.Bundle) error {
		if strings.Contains(words(b.Files), "2") {
			return errors.New("2 is bad")
		}
		return nil
	}
	d.shelf.put(all[0], 2)
	for range 10 {
		d.tick()
	}
	d.expect("1 1")
	if n := d.logs.FilterLevelExact(zap.ErrorLevel).Len(); n != 1 {
		t.Fatalf("reported %d times", n)
	}
	d.shelf.put(all[0], 3)
	d.tick()
	d.tick()
	d.expect("3 1")
	d.shelf.put(all[0], 2)
	d.tick()
	d.tick()
	if n := d.logs.FilterLevelExact(zap.ErrorLevel).Len(); n != 2 {
		t.Fatalf("the same content again was reported %d times in all", n)
	}
}

func TestAnEditWhileNobodyWatchedIsPublished(t *testing.T) {
	d := newDesk(t, 1)
	d.shelf.put(all[0], 2)
	d.tick()
	d.tick()
	d.shelf.put(all[0], 1) // back to what was before the last move: an edit nevertheless
	d.restart()
	d.tick()
	d.tick()
	d.expect("1 1")
	if n := d.logs.FilterMessageSnippet("is published").Len(); n != 1 {
		t.Fatalf("logs: %v", d.logs.All())
	}
}

func TestAFolderThatCannotBeReadChangesNothing(t *testing.T) {
	d := newDesk(t, 1)
	d.shelf.put(all[0], 2)
	d.shelf.unread = true
	if err := d.watch.Once(t.Context()); err == nil {
		t.Fatal("nothing was said")
	}
	d.expect("1 1")
	d.shelf.unread = false
	d.tick()
	d.tick()
	d.expect("2 1")
}

// TestWhateverIsKilledOneWholeVersionIsLive edits, rolls back and kills at random. What is
// live is always a version that somebody meant; when it is quiet the folder holds it; and
// a rollback holds until somebody edits again.
func TestWhateverIsKilledOneWholeVersionIsLive(t *testing.T) {
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		d := newDesk(t, 1)
		meant := map[string]bool{"1 1": true}
		next, want := 2, "1 1"
		check := func(step int, doing string) {
			t.Helper()
			if got := d.live(); !meant[got] {
				t.Fatalf("seed %d, step %d, %s: %q is live, which nobody meant", seed, step, doing, got)
			}
		}
		quiet := func(step int, doing string) {
			t.Helper()
			for range 4 {
				d.tick()
				check(step, doing)
			}
			if d.live() != want || d.here() != want {
				t.Fatalf("seed %d, step %d, %s: %q is live and the folder holds %q, want %q", seed, step, doing, d.live(), d.here(), want)
			}
		}
		for step := range 12 {
			doing := ""
			switch rnd.IntN(3) {
			case 0:
				doing = "an edit"
				v := next
				next++
				want = fmt.Sprintf("%d %d", v, v)
				meant[want] = true
				for _, path := range all { // saved one by one, with a look in between perhaps
					d.shelf.put(path, v)
					if rnd.IntN(2) == 0 && path == all[0] {
						d.tick()
						check(step, doing)
					}
					if rnd.IntN(4) == 0 {
						d.restart()
						check(step, doing)
					}
				}
			default:
				doing = "a rollback"
				p, err := d.pub.Live(t.Context(), scope)
				if err != nil {
					t.Fatal(err)
				}
				if p, err = rollback(t, d.pub, p, "", "wang", ""); err != nil {
					continue // nothing earlier
				}
				b, err := d.store.Bundle(t.Context(), scope, p.Bundle)
				if err != nil {
					t.Fatal(err)
				}
				want = words(b.Files)
				for range rnd.IntN(3) { // looks before the files are written
					d.tick()
					check(step, doing)
				}
				switch rnd.IntN(3) {
				case 0: // killed before the first file
				case 1: // killed between two
					d.shelf.breakAt = 1
					_ = d.shelf.Write(scope, b.Files)
					d.shelf.breakAt = 0
				default:
					_ = d.shelf.Write(scope, b.Files)
				}
				if rnd.IntN(2) == 0 {
					doing += " and a restart"
					d.restart()
					check(step, doing)
				}
			}
			quiet(step, doing)
		}
	}
}

func TestAnEditAfterARollbackIsPublished(t *testing.T) {
	d := newDesk(t, 1)
	d.shelf.put(all[0], 2)
	d.tick()
	d.tick()
	p, err := d.pub.Live(t.Context(), scope)
	if err == nil {
		_, err = rollback(t, d.pub, p, "", "wang", "")
	}
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		d.tick()
	}
	d.expect("1 1")
	d.shelf.put(all[0], 2) // the very content that was rolled back: somebody wants it after all
	d.tick()
	d.tick()
	d.expect("2 1")
}

func TestWhatWasRefusedIsCheckedAgainWhenItsNeighboursChange(t *testing.T) {
	d := newDesk(t, 1)
	var refusal error
	checks := 0
	d.bad = func(core.Bundle) error { checks++; return refusal }
	expect := func(step string, tries, said int, live string) {
		t.Helper()
		before := checks
		for range 3 {
			d.tick()
		}
		if n := d.logs.FilterLevelExact(zap.ErrorLevel).Len(); checks-before != tries || n != said {
			t.Fatalf("%s: checked %d times, want %d; reported %d times in all, want %d", step, checks-before, tries, n, said)
		}
		d.expect(live)
	}
	refusal = errors.New("there is no such order type")
	d.shelf.put(all[0], 2)
	expect("saved", 1, 1, "1 1")
	publishAt(t, d.pub, core.OrderTypesScope, "order-types/x.yaml", "x")
	expect("a neighbour was published", 1, 1, "1 1")
	d.watch.Again() // this hub has applied it now
	refusal = core.Because(core.Unavailable, "temp", errors.New("no space left on device"))
	expect("the disk is full", 3, 2, "1 1")
	refusal = nil
	expect("good", 1, 2, "2 1")
}

// rack is a folder with three scopes of one file each.
type rack map[core.Scope]string

func (r rack) Scopes() ([]core.Scope, error) { return slices.Sorted(maps.Keys(r)), nil }
func (r rack) Stamp() (string, error)        { return fmt.Sprint(r), nil }
func (r rack) Read(s core.Scope) ([]core.BundleFile, error) {
	return []core.BundleFile{{Path: "systems/" + strings.TrimPrefix(string(s), "system/") + ".yaml", Bytes: []byte(r[s])}}, nil
}
func (r rack) Write(s core.Scope, files []core.BundleFile) error {
	r[s] = string(files[0].Bytes)
	return nil
}

func TestFilesThatAreGoodOnlyTogetherArePublishedTogether(t *testing.T) {
	st := memstore.New(memstore.Options{})
	pub := bundle.NewPublisher(st, core.SystemClock{})
	folder := rack{"system/a": "1", "system/b": "1", "system/c": "1"}
	live := func() pair {
		now := pair{}
		for s := range folder {
			p, err := pub.Live(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			if b, err := st.Bundle(t.Context(), s, p.Bundle); err == nil {
				now[s] = words(b.Files)
			}
		}
		return now
	}
	seen, logs := observer.New(zap.ErrorLevel)
	w, err := bundle.NewWatcher(st, pub, folder, bundle.WatcherOptions{Clock: core.SystemClock{}, Log: zap.New(seen), Every: time.Second, Check: func(versions ...core.Bundle) error {
		now := live()
		if len(now) < len(folder) {
			return nil // the first start
		}
		_, err := now.check(versions)
		return err
	}})
	if err == nil {
		err = w.Begin(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	look := func() {
		t.Helper()
		for range 3 { // seen, rested, and once more
			if err := w.Once(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	folder["system/a"], folder["system/b"], folder["system/c"] = "2", "2", "bad"
	look()
	if now := live(); now["system/a"] != "2" || now["system/b"] != "2" || now["system/c"] != "1" {
		t.Fatalf("live are %v", now)
	}
	if n := logs.Len(); n != 1 {
		t.Fatalf("%d complaints: %v", n, logs.All())
	}
}
