package bundle

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"tundish/core"
)

// FromFolder is the author of what a watcher publishes.
const FromFolder = "folder"

// Folder is where people edit configuration.
type Folder interface {
	// Scopes are those that have files there.
	Scopes() ([]core.Scope, error)
	// Read reads a scope's files.
	Read(core.Scope) ([]core.BundleFile, error)
	// Write makes a scope's files these, each whole or not at all; it may stop between two.
	Write(core.Scope, []core.BundleFile) error
	// Stamp changes whenever a file may have changed; "" means that all must be read to know.
	Stamp() (string, error)
}

// WatcherOptions of a watcher; all but Log must be given.
type WatcherOptions struct {
	Clock core.Clock
	Log   *zap.Logger // nil: none
	// Every is how often the folder is looked at, and how long its files must have rested
	// before they are published.
	Every time.Duration
	// Check tells everything that is wrong with versions of different scopes beside what is live elsewhere.
	Check func(...core.Bundle) error
}

// Watcher keeps a folder and the store together.
//
// What people save goes live when it has rested for one interval and is good; what is not
// good is reported once and changes nothing. What others published or rolled back is
// written into the folder. The two are told apart so: since the folder was last seen to
// hold what was live, somebody edited it; until then, if each of its files is as it was
// before the last move or as it should be after it, the move has not, or not wholly,
// reached the folder. So neither a rollback that is being written, nor one that was killed
// half-way, is ever published, or undone.
type Watcher struct {
	store  core.BundleStore
	pub    *Publisher
	folder Folder
	o      WatcherOptions

	stamp  string
	scopes map[core.Scope]*watched
	beside string       // what is live everywhere, as of this look
	again  atomic.Int64 // calls of Again
	said   string       // the last failure that was logged
	joined string       // the refused files that were checked together last
}

// watched is what is known of one scope.
type watched struct {
	id      string // of the files as they were read last
	rested  bool   // they were the same one interval before
	synced  int64  // revision at which the folder held what was live; 0: not since the start
	refused refusal
}

// refusal is of files that are not good. They are checked again when what they stand
// beside has changed, together with others that are refused, and at the next look when the check could not be made.
type refusal struct {
	id     string // of the files; "" for none
	beside string
	err    error
	files  core.Bundle
	live   core.BundlePointer // what they were to follow
	said   bool               // it was logged
}

// NewWatcher checks the options. The publisher works on the same store.
func NewWatcher(store core.BundleStore, pub *Publisher, folder Folder, o WatcherOptions) (*Watcher, error) {
	if o.Clock == nil || o.Every <= 0 || o.Check == nil {
		return nil, errors.New("bundle: a watcher needs a clock, an interval and a check")
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	return &Watcher{store: store, pub: pub, folder: folder, o: o, scopes: map[core.Scope]*watched{}}, nil
}

// Begin publishes the scopes of which nothing was ever published, before a hub serves.
func (w *Watcher) Begin(ctx context.Context) error {
	defer w.complain()
	return w.each(ctx, func(live core.BundlePointer, st *watched) error {
		if live.Revision > 0 {
			return nil
		}
		files, err := w.folder.Read(live.Scope)
		if err != nil {
			return err
		}
		err = w.publish(ctx, live, st, core.NewBundle(live.Scope, files))
		if core.IsKind(err, core.Conflict) {
			return nil // another hub that starts now was faster: it is followed
		}
		return err
	})
}

// Run watches until ctx ends.
func (w *Watcher) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-w.o.Clock.After(w.o.Every):
		}
		if err := w.Once(ctx); ctx.Err() == nil {
			w.report(err)
		}
	}
}

// Again has what was refused checked again at the next look, because what Check goes by has
// changed. It may be called from any goroutine.
func (w *Watcher) Again() { w.again.Add(1) }

// report logs a failure when it is a new one.
func (w *Watcher) report(err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text != w.said && err != nil {
		w.o.Log.Warn("the folder is not followed at the moment; what was live stays so", zap.Error(err))
	}
	w.said = text
}

// Once looks at the folder and the store. Not for two goroutines at once.
func (w *Watcher) Once(ctx context.Context) error {
	stamp, err := w.folder.Stamp()
	if err != nil {
		return err
	}
	still := stamp != "" && stamp == w.stamp
	err = w.each(ctx, func(live core.BundlePointer, st *watched) error { return w.look(ctx, live, st, still) })
	if err == nil {
		err = w.together(ctx)
	}
	w.complain()
	if w.stamp = stamp; err != nil {
		w.stamp = ""
	}
	return err
}

// each visits the folder's scopes with what is live in them.
func (w *Watcher) each(ctx context.Context, visit func(core.BundlePointer, *watched) error) error {
	pointers, err := w.store.BundlePointers(ctx) // before the files: a move in between makes the publication stale
	if err != nil {
		return err
	}
	w.beside = fmt.Sprint(w.again.Load(), pointers)
	live := map[core.Scope]core.BundlePointer{}
	for _, p := range pointers {
		live[p.Scope] = p
	}
	scopes, err := w.folder.Scopes()
	if err != nil {
		return err
	}
	var errs []error
	for _, s := range scopes {
		st := w.scopes[s]
		if st == nil {
			st = &watched{}
			w.scopes[s] = st
		}
		p := live[s]
		p.Scope = s
		if err := visit(p, st); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s, err))
		}
	}
	return errors.Join(errs...)
}

// look compares one scope. still: no file has changed since the last look.
func (w *Watcher) look(ctx context.Context, live core.BundlePointer, st *watched, still bool) error {
	if still && st.id == live.Bundle {
		st.synced, st.refused = live.Revision, refusal{}
		return nil
	}
	files, err := w.folder.Read(live.Scope)
	if err != nil {
		return err
	}
	b := core.NewBundle(live.Scope, files)
	st.rested = st.id == b.ID
	st.id = b.ID
	switch {
	case b.ID == live.Bundle:
		st.synced, st.refused = live.Revision, refusal{}
		return nil
	case !st.rested:
		return nil
	}
	if behind, to, err := w.behind(ctx, live, st, b); err != nil {
		return err
	} else if behind {
		if err := w.folder.Write(live.Scope, to.Files); err != nil {
			return err
		}
		w.o.Log.Info("the files of the version that is live were written into the folder", zap.String("scope", string(live.Scope)), zap.String("bundle", live.Bundle), zap.Int64("revision", live.Revision))
		return nil
	}
	return w.publish(ctx, live, st, b)
}

// behind tells that the folder has not wholly got what the last move made live, which is
// to.
func (w *Watcher) behind(ctx context.Context, live core.BundlePointer, st *watched, b core.Bundle) (yes bool, to core.Bundle, err error) {
	if live.Revision == 0 || st.synced == live.Revision {
		return false, to, nil
	}
	moves, err := w.store.BundleMoves(ctx, live.Scope, 1)
	if err != nil {
		return false, to, err
	}
	if len(moves) == 0 || moves[0].Revision != live.Revision {
		return false, to, core.StaleBundle(live.Scope)
	}
	last := moves[0]
	if st.synced == 0 && last.Author == FromFolder {
		return false, to, nil // it came from here; what is different was edited while nobody watched
	}
	if to, err = w.store.Bundle(ctx, live.Scope, live.Bundle); err != nil {
		return false, to, err
	}
	var from core.Bundle
	if last.From != "" {
		if from, err = w.store.Bundle(ctx, live.Scope, last.From); err != nil {
			return false, to, err
		}
	}
	here, before, after := contents(b), contents(from), contents(to)
	for path := range paths(here, before, after) {
		have, had := here[path], before[path]
		if should := after[path]; have != had && have != should {
			return false, to, nil
		}
	}
	return true, to, nil
}

// contents are the files' texts by path; the zero value of a path is that there is no file.
func contents(b core.Bundle) map[string]content {
	m := map[string]content{}
	for _, f := range b.Files {
		m[f.Path] = content{true, string(f.Bytes)}
	}
	return m
}

type content struct {
	is   bool
	text string
}

func paths(of ...map[string]content) map[string]bool {
	all := map[string]bool{}
	for _, m := range of {
		for path := range m {
			all[path] = true
		}
	}
	return all
}

// publish makes what lies in the folder live, if it is good.
func (w *Watcher) publish(ctx context.Context, live core.BundlePointer, st *watched, b core.Bundle) error {
	had := st.refused
	if had.id == b.ID && had.beside == w.beside && !core.IsKind(had.err, core.Unavailable) {
		return nil
	}
	b.Author, b.At = FromFolder, w.o.Clock.Now()
	err := b.Check()
	if err == nil {
		err = w.o.Check(b)
	}
	if err != nil {
		st.refused = refusal{b.ID, w.beside, err, b, live, had.said && had.id == b.ID && had.err.Error() == err.Error()}
		return nil
	}
	return w.move(ctx, live, st, b)
}

// together publishes what is refused scope by scope and good as a whole.
func (w *Watcher) together(ctx context.Context) error {
	var refused []core.Bundle
	joined := ""
	for _, s := range slices.Sorted(maps.Keys(w.scopes)) {
		if st := w.scopes[s]; st.rested && st.refused.id == st.id && st.refused.beside == w.beside {
			refused, joined = append(refused, st.refused.files), fmt.Sprint(joined, s, st.id, w.beside)
		}
	}
	if joined == w.joined {
		return nil // these were
	}
	w.joined = joined
	for group := range groups(refused) {
		if w.o.Check(group...) != nil {
			continue
		}
		for _, b := range group {
			st := w.scopes[b.Scope]
			if err := w.move(ctx, st.refused.live, st, b); err != nil {
				return err
			}
		}
		return nil
	}
	return nil
}

// complain logs each refusal once.
func (w *Watcher) complain() {
	for _, s := range slices.Sorted(maps.Keys(w.scopes)) {
		if r := &w.scopes[s].refused; r.id != "" && !r.said {
			r.said = true
			w.o.Log.Error("what lies in the folder is not published; what was live stays so", zap.String("scope", string(s)), zap.Error(r.err))
		}
	}
}

// move makes files live that are good.
func (w *Watcher) move(ctx context.Context, live core.BundlePointer, st *watched, b core.Bundle) error {
	scope := zap.String("scope", string(live.Scope))
	note, err := w.note(ctx, live, b)
	if err != nil {
		return err
	}
	now, moved, err := w.pub.Publish(ctx, live, b.Files, FromFolder, note)
	if err != nil {
		return err
	}
	st.id, st.synced, st.refused = b.ID, now.Revision, refusal{}
	if moved {
		w.o.Log.Info("what was saved in the folder is published", scope, zap.String("bundle", now.Bundle), zap.Int64("revision", now.Revision), zap.String("files", note))
	}
	return nil
}

// note names the files that changed.
func (w *Watcher) note(ctx context.Context, live core.BundlePointer, b core.Bundle) (string, error) {
	var old core.Bundle
	if live.Bundle != "" {
		var err error
		if old, err = w.store.Bundle(ctx, live.Scope, live.Bundle); err != nil {
			return "", err
		}
	}
	before, after := contents(old), contents(b)
	var changed []string
	for _, path := range slices.Sorted(maps.Keys(paths(before, after))) {
		if before[path] != after[path] {
			changed = append(changed, path)
		}
	}
	return core.LogText(strings.Join(changed, ", "), core.MaxText), nil
}
