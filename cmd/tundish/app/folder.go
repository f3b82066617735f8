package app

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"tundish/config"
	"tundish/core"
)

// Folder is the folder of the settings as a place from which scopes are published. In a
// bundle its files have the names that they have by default, wherever dirs of the settings
// lead to.
type Folder struct {
	dirs  map[string]string // by the first element of a bundle's path
	files map[string]single // that lie beside these folders
}

// single is a file that lies beside the folders, and what it goes live with.
type single struct {
	at    string // on this machine
	scope core.Scope
}

// NewFolder knows where the settings look for files.
func NewFolder(d config.Dirs) *Folder {
	return &Folder{dirs: map[string]string{"systems": d.Systems, "mappings": d.Mappings, "codetables": d.CodeTables, "order-types": d.OrderTypes, "calendar": d.Calendar},
		files: map[string]single{
			// They use the words of the order types.
			"triggers.yaml": {d.Triggers, core.OrderTypesScope}, "classification.yaml": {d.Classification, core.OrderTypesScope}, "classification_test.yaml": {casesOf(d.Classification), core.OrderTypesScope},
			"views.yaml": {d.Views, core.ViewsScope}, "channels.yaml": {d.Channels, core.ChannelsScope},
		}}
}

// at is the file on this machine.
func (f *Folder) at(name string) (string, error) {
	if one := f.files[name]; one.at != "" {
		return one.at, nil
	}
	top, rest, ok := strings.Cut(name, "/")
	if dir := f.dirs[top]; ok && dir != "" && filepath.IsLocal(filepath.FromSlash(rest)) {
		return filepath.Join(dir, filepath.FromSlash(rest)), nil
	}
	return "", core.Invalidf("bundle_path", name, "files of a version lie in systems, mappings, codetables, order-types or calendar, or are triggers.yaml, classification.yaml or its cases, views.yaml or channels.yaml", "版本中的文件须位于 systems、mappings、codetables、order-types 或 calendar，或为 triggers.yaml、classification.yaml 及其用例、views.yaml、channels.yaml")
}

// Scopes are those that have files in the folder.
func (f *Folder) Scopes() ([]core.Scope, error) {
	files, err := f.list("systems", ".yaml")
	if err != nil {
		return nil, err
	}
	var scopes []core.Scope
	for _, name := range files {
		scopes = append(scopes, core.SystemScope(core.SystemID(strings.TrimSuffix(path.Base(name), ".yaml"))))
	}
	for _, s := range core.HouseScopes() {
		if files, err := f.main(s); err != nil {
			return nil, err
		} else if len(files) > 0 {
			scopes = append(scopes, s)
		}
	}
	return scopes, nil
}

// names lists the files of a scope that exist: the one place that knows what belongs
// to which. It reads system and mapping for the names in them, however broken they are.
func (f *Folder) names(s core.Scope) ([]string, error) {
	id, ok := s.System()
	if !ok {
		names, err := f.main(s)
		if err == nil && f.dirs[string(s)] != "" {
			var beside []string
			beside, err = f.beside(s)
			names = append(names, beside...)
		}
		return names, err
	}
	names := []string{"systems/" + string(id) + ".yaml"}
	said := f.mentions(names[0])
	if m := said.mapping; m != "" && fs.ValidPath(m) && !strings.Contains(m, "/") {
		names = append(names, "mappings/"+m+".yaml", "mappings/"+m+"_test.yaml")
		said.tables = append(said.tables, f.mentions("mappings/"+m+".yaml").tables...)
		folder, err := f.list("mappings/"+m, "")
		if err != nil {
			return nil, err
		}
		names = append(names, folder...)
	}
	for _, table := range said.tables {
		if fs.ValidPath(table) && !strings.Contains(table, "/") {
			names = append(names, "codetables/"+table+".yaml", "codetables/"+table+".csv")
		}
	}
	slices.Sort(names)
	var exist []string
	for _, name := range slices.Compact(names) {
		at, err := f.at(name)
		if err != nil {
			return nil, err
		}
		if info, err := os.Stat(at); err == nil && info.Mode().IsRegular() {
			exist = append(exist, name)
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return exist, nil
}

// main lists the files without which a scope of the house has nothing.
func (f *Folder) main(s core.Scope) ([]string, error) {
	if f.dirs[string(s)] == "" {
		return f.beside(s)
	}
	return f.list(string(s), ".yaml")
}

// list lists the files below a folder, which need not exist: not hidden ones, nor what
// editors and Excel leave beside them. "" are those beside the folders.
func (f *Folder) list(name, ext string) ([]string, error) {
	if name == "" {
		return f.beside("")
	}
	dir, err := f.at(name + "/.")
	if err != nil {
		return nil, err
	}
	var names []string
	err = filepath.WalkDir(dir, func(at string, e fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) { // all of it, or a file that goes just now
				return nil
			}
			return err
		}
		base := e.Name()
		switch {
		case at == dir:
		case passing(base):
			if e.IsDir() {
				return fs.SkipDir
			}
		case e.IsDir():
			if ext != "" {
				return fs.SkipDir // only what lies in the folder itself is read
			}
		case ext == "" || filepath.Ext(base) == ext:
			rel, err := filepath.Rel(dir, at)
			if err != nil {
				return err
			}
			names = append(names, path.Join(name, filepath.ToSlash(rel)))
		}
		return nil
	})
	return names, err
}

// beside lists the files beside the folders that exist: those of a scope, or all.
func (f *Folder) beside(s core.Scope) (names []string, err error) {
	for _, name := range slices.Sorted(maps.Keys(f.files)) {
		if s != "" && f.files[name].scope != s {
			continue
		}
		info, err := os.Stat(f.files[name].at)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, err
		case info.Mode().IsRegular():
			names = append(names, name)
		}
	}
	return names, nil
}

// passing tells that a file is an editor's, not an administrator's.
func passing(base string) bool {
	return strings.HasPrefix(base, ".") || strings.HasPrefix(base, "~$") || strings.HasSuffix(base, "~") || strings.HasSuffix(base, ".swp")
}

// mention is what a file names that belongs to it.
type mention struct {
	mapping string
	tables  []string
}

func (f *Folder) mentions(name string) (m mention) {
	at, err := f.at(name)
	if err != nil {
		return m
	}
	data, err := os.ReadFile(at)
	if err != nil {
		return m
	}
	var doc yaml.Node
	if yaml.Unmarshal(data, &doc) != nil {
		return m // whoever checks it says what is wrong
	}
	var visit func(n *yaml.Node, depth int)
	visit = func(n *yaml.Node, depth int) {
		for i, c := range n.Content {
			if n.Kind == yaml.MappingNode && i%2 == 1 && c.Kind == yaml.ScalarNode {
				switch key := n.Content[i-1].Value; {
				case key == "mapping" && depth == 1:
					m.mapping = c.Value
				case key == "table":
					m.tables = append(m.tables, c.Value)
				}
			}
			visit(c, depth+1)
		}
	}
	visit(&doc, 0)
	return m
}

// Read reads the files of a scope. It stops where they are more than a bundle may hold.
func (f *Folder) Read(s core.Scope) ([]core.BundleFile, error) {
	names, err := f.names(s)
	if err != nil {
		return nil, err
	}
	var files []core.BundleFile
	total := int64(0)
	for _, name := range names {
		at, err := f.at(name)
		if err != nil {
			return nil, err
		}
		info, err := os.Stat(at)
		if err != nil {
			return nil, err
		}
		if total += info.Size(); total > core.MaxBundleBytes || len(files) == core.MaxBundleFiles {
			return nil, core.Invalidf("bundle_too_big", name, "with it the files of %s are more than %d or larger than %d bytes", "加上此文件后 %s 的文件超过 %d 个或 %d 字节", s, core.MaxBundleFiles, core.MaxBundleBytes)
		}
		data, err := os.ReadFile(at)
		if err != nil {
			return nil, err
		}
		files = append(files, core.BundleFile{Path: name, Bytes: data})
	}
	return files, nil
}

// Sharing tells which other scopes have a file that writing these would change, and which: two
// systems may have a mapping or a code table in common.
func (f *Folder) Sharing(s core.Scope, files []core.BundleFile) (map[core.Scope][]string, error) {
	changed := map[string]bool{}
	for _, file := range files {
		at, err := f.at(file.Path)
		if err != nil {
			return nil, err
		}
		old, err := os.ReadFile(at)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		changed[file.Path] = err != nil || string(old) != string(file.Bytes)
	}
	scopes, err := f.Scopes()
	if err != nil {
		return nil, err
	}
	shared := map[core.Scope][]string{}
	for _, other := range scopes {
		if other == s {
			continue
		}
		names, err := f.names(other)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if changed[name] {
				shared[other] = append(shared[other], name)
			}
		}
	}
	return shared, nil
}

// Write makes the files of a scope these: each is written beside its place and renamed,
// then what belongs to the scope no more is removed.
func (f *Folder) Write(s core.Scope, files []core.BundleFile) error {
	mine := map[string]bool{}
	for _, file := range files {
		mine[file.Path] = true
		at, err := f.at(file.Path)
		if err != nil {
			return err
		}
		if err := replaceFile(at, file.Bytes); err != nil {
			return fmt.Errorf("write %s: %w", file.Path, err)
		}
	}
	names, err := f.names(s)
	if err != nil {
		return err
	}
	for _, name := range names {
		if mine[name] {
			continue
		}
		if at, err := f.at(name); err != nil {
			return err
		} else if err := os.Remove(at); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// replaceFile gives a file another content; whoever reads it meanwhile gets the old one or
// the new one, and so does whoever comes after a power cut. Its permissions stay.
func replaceFile(at string, data []byte) error {
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(at); err == nil {
		mode = info.Mode().Perm()
		if old, err := os.ReadFile(at); err == nil && string(old) == string(data) {
			return nil
		}
	}
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(at), ".tundish-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	err = errors.Join(err, tmp.Chmod(mode), tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), at)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
	}
	return err
}

// fresh is how long after its last change a file might be changed again without its time
// telling: file systems count in steps of up to two seconds.
const fresh = 2 * time.Second

// Stamp sums up names, sizes and times of all files; "" while one was changed just now.
func (f *Folder) Stamp() (string, error) {
	sum := fnv.New128a()
	newest := time.Time{}
	for _, top := range []string{"systems", "mappings", "codetables", "order-types", "calendar", ""} {
		names, err := f.list(top, "")
		if err != nil {
			return "", err
		}
		for _, name := range names {
			at, err := f.at(name)
			if err != nil {
				return "", err
			}
			info, err := os.Stat(at)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return "", err
			}
			fmt.Fprintf(sum, "%s\x00%d\x00%d\x00", name, info.Size(), info.ModTime().UnixNano())
			if info.ModTime().After(newest) {
				newest = info.ModTime()
			}
		}
	}
	if time.Since(newest) < fresh {
		return "", nil
	}
	return fmt.Sprintf("%x", sum.Sum(nil)), nil
}
