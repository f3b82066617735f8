package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"tundish/adapters/mapping"
	"tundish/config"
	"tundish/config/lang"
	"tundish/core"
)

// Under reads the settings anew with published versions in place of the folder's files of
// their scopes, and checks all of it together. What is wrong is told with the names that the
// files have in the folder.
func (s *Settings) Under(versions ...core.Bundle) (*Settings, error) {
	tmp, err := os.MkdirTemp("", "tundish-*")
	if err != nil {
		return nil, core.Because(core.Unavailable, "temp", err)
	}
	defer os.RemoveAll(tmp)
	known := s.Config.Dirs
	read := known
	var overrides []config.Override
	for _, d := range []struct {
		key, name string
		dir       *string
	}{{"systems", "systems", &read.Systems}, {"order_types", "order-types", &read.OrderTypes}, {"calendar", "calendar", &read.Calendar}, {"mappings", "mappings", &read.Mappings}, {"codetables", "codetables", &read.CodeTables}} {
		*d.dir = filepath.Join(tmp, d.name)
		if err := os.Mkdir(*d.dir, 0o700); err != nil {
			return nil, core.Because(core.Unavailable, "temp", err)
		}
		overrides = append(overrides, config.Override{Key: "dirs." + d.key, Text: *d.dir, From: "dirs." + d.key})
	}
	for _, f := range []struct {
		key  string
		file *string
	}{{"triggers", &read.Triggers}, {"classification", &read.Classification}, {"views", &read.Views}, {"channels", &read.Channels}} {
		*f.file = filepath.Join(tmp, f.key+".yaml")
		overrides = append(overrides, config.Override{Key: "dirs." + f.key, Text: *f.file, From: "dirs." + f.key})
	}
	if err := lay(NewFolder(known), NewFolder(read), versions); err != nil {
		return nil, err
	}
	out, err := readSettings(s.Config.File, s.lacking, s.unchanged(versions), append(slices.Clone(s.overrides), overrides...))
	elsewhere := func(p *lang.Problems) {
		for _, pair := range [][2]string{{read.Systems, known.Systems}, {read.OrderTypes, known.OrderTypes}, {read.Calendar, known.Calendar}, {read.Mappings, known.Mappings}, {read.CodeTables, known.CodeTables}, {read.Triggers, known.Triggers}, {read.Classification, known.Classification}, {casesOf(read.Classification), casesOf(known.Classification)}, {read.Views, known.Views}, {read.Channels, known.Channels}} {
			p.Elsewhere(pair[0], pair[1])
		}
	}
	var wrong *lang.Problems
	if errors.As(err, &wrong) {
		elsewhere(wrong)
	}
	elsewhere(&out.Warnings)
	out.overrides, out.Config.Dirs = s.overrides, known
	s.older.remember(out.Types)
	out.older = s.older
	out.from(versions)
	return out, err
}

// from remembers what the settings were read from. A version that was published has its time.
func (s *Settings) from(versions []core.Bundle) {
	s.read, s.published = map[core.Scope]string{}, map[core.Scope]bool{}
	for _, v := range versions {
		s.read[v.Scope], s.published[v.Scope] = v.ID, !v.At.IsZero()
	}
}

// version is the published version that the settings have of a scope; "" if it is none.
func (s *Settings) version(scope core.Scope) string {
	if !s.published[scope] {
		return ""
	}
	return s.read[scope]
}

// unchanged are the mappings that need not be read again: those of systems that stay as they
// are, as long as nothing but systems changes.
func (s *Settings) unchanged(versions []core.Bundle) map[string]*mapping.Mapping {
	same := map[string]*mapping.Mapping{}
	for _, v := range versions {
		id, system := v.Scope.System()
		switch known := s.read[v.Scope] == v.ID; {
		case !known && !system:
			return nil
		case known && system && s.Mappings[string(id)] != nil:
			same[string(id)] = s.Mappings[string(id)]
		}
	}
	return same
}

// lay copies a folder, but for the scopes of the versions, whose files come from them.
func lay(from, to *Folder, versions []core.Bundle) error {
	replaced := map[string]bool{}
	for _, v := range versions {
		names, err := from.names(v.Scope)
		if err != nil {
			return err
		}
		for _, name := range names {
			replaced[name] = true
		}
	}
	put := func(name string, data []byte) error {
		at, err := to.at(name)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(at), 0o700)
		}
		if err == nil {
			err = os.WriteFile(at, data, 0o600)
		}
		return err
	}
	for _, top := range append(slices.Collect(maps.Keys(from.dirs)), "") {
		names, err := from.list(top, "")
		if err != nil {
			return err
		}
		for _, name := range names {
			if replaced[name] {
				continue
			}
			at, err := from.at(name)
			if err != nil {
				return err
			}
			data, err := os.ReadFile(at)
			if err != nil {
				return err
			}
			if err := put(name, data); err != nil {
				return err
			}
		}
	}
	for _, v := range versions {
		for _, f := range v.Files {
			if err := put(f.Path, f.Bytes); err != nil {
				return err
			}
		}
	}
	return nil
}

// Published are the settings as the store has them, where it has: what was published goes
// before what lies in the folder.
func (s *Settings) Published(ctx context.Context, st core.BundleStore) (*Settings, error) {
	live, err := s.Live(ctx, st)
	if err != nil || len(live) == 0 {
		return s, err
	}
	folder := NewFolder(s.Config.Dirs)
	for _, v := range live {
		files, err := folder.Read(v.Scope)
		if err != nil || core.NewBundle(v.Scope, files).ID != v.ID {
			return s.Under(live...)
		}
	}
	same := *s
	same.from(live)
	return &same, nil
}

// Standing are the settings with what was published in place of a folder that holds
// mistakes, so that a hub can start on what was live. An error means that there is no such
// way: nothing was published, or the mistakes are elsewhere.
func (s *Settings) Standing(ctx context.Context) (*Settings, error) {
	st, err := s.Look()
	if err != nil {
		return nil, err
	}
	defer st.Close()
	live, err := s.Live(ctx, st)
	if err != nil {
		return nil, err
	}
	return s.Under(live...)
}

// Trial checks versions beside everything else that is live, as every hub will; with cases
// those beside their mappings are run too.
func (s *Settings) Trial(ctx context.Context, st core.BundleStore, cases bool, versions ...core.Bundle) error {
	live, err := s.Live(ctx, st)
	if err != nil {
		return err
	}
	live = slices.DeleteFunc(live, func(v core.Bundle) bool {
		return slices.ContainsFunc(versions, func(b core.Bundle) bool { return b.Scope == v.Scope })
	})
	next, err := s.Under(append(live, versions...)...)
	if err != nil || !cases {
		return err
	}
	return next.cases(versions)
}

// cases runs the cases that versions of systems have beside their mappings, and those beside the table of classification.
func (s *Settings) cases(versions []core.Bundle) error {
	var p lang.Problems
	for _, b := range versions {
		if b.Scope == core.OrderTypesScope {
			for _, f := range b.Files {
				if f.Path == "classification_test.yaml" {
					s.Classification.Test(&p, casesOf(s.Config.Dirs.Classification), f.Bytes)
				}
			}
			continue
		}
		id, ok := b.Scope.System()
		m := s.Mappings[string(id)]
		if !ok || m == nil {
			continue
		}
		name := "mappings/" + m.Name + "_test.yaml"
		if slices.ContainsFunc(b.Files, func(f core.BundleFile) bool { return f.Path == name }) {
			m.Test(bundled(b.Files), name, &p)
		}
	}
	p.Elsewhere("mappings", s.Config.Dirs.Mappings)
	return p.Err()
}

// bundled are the files of a version to read from.
type bundled []core.BundleFile

func (b bundled) ReadFile(name string) ([]byte, error) {
	for _, f := range b {
		if f.Path == name {
			return f.Bytes, nil
		}
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// Open is not used: files are read whole.
func (b bundled) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
}

// Live reads the versions that are live in the store, of the scopes that the folder has: a
// system whose file was taken out of the folder is gone when the hub starts anew.
func (s *Settings) Live(ctx context.Context, st core.BundleStore) ([]core.Bundle, error) {
	scopes, err := NewFolder(s.Config.Dirs).Scopes()
	if err != nil {
		return nil, fmt.Errorf("look at the folders of the settings: %w", err)
	}
	pointers, err := st.BundlePointers(ctx)
	if err != nil {
		return nil, err
	}
	var live []core.Bundle
	for _, p := range pointers {
		if !slices.Contains(scopes, p.Scope) {
			continue
		}
		b, err := st.Bundle(ctx, p.Scope, p.Bundle)
		if err != nil {
			return nil, err
		}
		live = append(live, b)
	}
	return live, nil
}
