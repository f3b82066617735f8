package app

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"sync"
	"time"

	"tundish/config/lang"
	"tundish/config/ordertype"
	"tundish/core"
)

// olderTypes finds order types as they were under older versions of their processes: those that
// this hub lived by, and those that were published, in the store.
type olderTypes struct {
	mu    sync.Mutex
	store core.BundleStore // nil until the hub has one
	known map[typeVersion]*core.OrderType
	read  map[string]bool // bundles
	// asked is when the store was last looked at in vain.
	asked map[typeVersion]time.Time
}

type typeVersion struct{ code, version string }

// askAgain is how long a version that the store does not have is not asked for, real time.
const askAgain = time.Minute

// mostVersions bounds how many publications of the order types are looked through.
const mostVersions = 1000

func newOlderTypes() *olderTypes {
	return &olderTypes{known: map[typeVersion]*core.OrderType{}, read: map[string]bool{}, asked: map[typeVersion]time.Time{}}
}

// open tells where publications are.
func (o *olderTypes) open(store core.BundleStore) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.store = store
}

// remember types that are live now, for when they are not.
func (o *olderTypes) remember(types core.OrderTypes) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.keep(types)
}

func (o *olderTypes) keep(types core.OrderTypes) {
	for _, t := range types {
		if t.Process != nil && t.Process.Version != "" {
			o.known[typeVersion{t.Code, t.Process.Version}] = t
		}
	}
}

// find a type by its code and the version of its process.
func (o *olderTypes) find(code, version string) (*core.OrderType, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	want := typeVersion{code, version}
	if t, ok := o.known[want]; ok {
		return t, true
	}
	if o.store == nil || time.Since(o.asked[want]) < askAgain {
		return nil, false
	}
	if err := o.look(want); err != nil || o.known[want] == nil {
		o.asked[want] = time.Now()
		return nil, false
	}
	return o.known[want], true
}

// look through what was published until the version is found.
func (o *olderTypes) look(want typeVersion) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	moves, err := o.store.BundleMoves(ctx, core.OrderTypesScope, mostVersions)
	if err != nil {
		return err
	}
	for _, m := range moves {
		if o.read[m.Bundle] || o.known[want] != nil {
			continue
		}
		b, err := o.store.Bundle(ctx, core.OrderTypesScope, m.Bundle)
		if err != nil {
			return err
		}
		types, err := readTypes(b)
		if err != nil {
			return err
		}
		o.keep(types)
		o.read[m.Bundle] = true
	}
	return nil
}

// readTypes reads the order types of a publication. What an older program took and this one
// does not is left out.
func readTypes(b core.Bundle) (core.OrderTypes, error) {
	tmp, err := os.MkdirTemp("", "tundish-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	types := core.OrderTypes{}
	for _, f := range b.Files {
		if path.Dir(f.Path) != string(core.OrderTypesScope) {
			continue // it goes live with them and is none
		}
		dir := filepath.Join(tmp, core.NewID(time.Now())) // one file at a time: a mistake in one spoils no other
		if err := os.Mkdir(dir, 0o700); err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(f.Path)), f.Bytes, 0o600); err != nil {
			return nil, err
		}
		var p lang.Problems
		if read, _ := ordertype.Read(&p, dir, nil); p.Err() == nil {
			for code, t := range read {
				types[code] = t
			}
		}
	}
	return types, nil
}
