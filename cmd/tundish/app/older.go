package app

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"tundish/config/lang"
	"tundish/config/ordertype"
	"tundish/core"
)

// olderTypes finds order types as they were under older versions of their processes: those that
// this hub lived by, and those that were published, in the store.
type olderTypes struct {
	mu    sync.Mutex
	store core.BundleStore // nil until the hub has one
	log   *zap.Logger
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
	return &olderTypes{log: zap.NewNop(), known: map[typeVersion]*core.OrderType{}, read: map[string]bool{}, asked: map[typeVersion]time.Time{}}
}

// open tells where publications are, and who hears of those that cannot be read.
func (o *olderTypes) open(store core.BundleStore, log *zap.Logger) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.store, o.log = store, log
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

// find a type by its code and the version of its process; nil: nobody has it. That the store could not be asked is an
// error: it says nothing about the version.
func (o *olderTypes) find(code, version string) (*core.OrderType, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	want := typeVersion{code, version}
	if t, ok := o.known[want]; ok {
		return t, nil
	}
	if o.store == nil || time.Since(o.asked[want]) < askAgain {
		return nil, nil
	}
	if err := o.look(want); err != nil {
		return nil, err
	}
	if o.known[want] == nil {
		o.asked[want] = time.Now()
	}
	return o.known[want], nil
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
		types, wrong, err := readTypes(b)
		if err != nil {
			return err
		}
		if wrong != nil {
			o.log.Warn("order types as they were published cannot all be read by this program; orders under way by them go on by the live process",
				zap.String("version", m.Bundle), zap.Error(wrong))
		}
		o.keep(types)
		o.read[m.Bundle] = true
	}
	return nil
}

// lived are mistakes that this program finds and older ones took: orders go their ways by them all the same.
var lived = []string{"release", "reserved", "rights"}

// readTypes reads the order types of a publication, all together: they name each other and share fields. Those in
// whose files this program finds mistakes that it cannot live with are left out, and wrong says why.
func readTypes(b core.Bundle) (types core.OrderTypes, wrong error, err error) {
	dir, err := os.MkdirTemp("", "tundish-*")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(dir)
	for _, f := range b.Files {
		if path.Dir(f.Path) != string(core.OrderTypesScope) { // it goes live with them and is none
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, path.Base(f.Path)), f.Bytes, 0o600); err != nil {
			return nil, nil, err
		}
	}
	var p lang.Problems
	types, _ = ordertype.Read(&p, dir, nil, nil)
	for _, mistake := range p.Findings(lang.English) {
		if code := strings.TrimSuffix(filepath.Base(mistake.File), ".yaml"); !slices.Contains(lived, mistake.Code) && types[code] != nil {
			delete(types, code)
			wrong = p.Err()
		}
	}
	return types, wrong, nil
}
