package app

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tundish/config"
	"tundish/core"
	"tundish/core/bundle"
	"tundish/core/store/memstore"
)

// folderOf writes files below a folder of the test's own.
func folderOf(t *testing.T, files map[string]string) (*Folder, string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	return NewFolder(config.Dirs{Systems: at("systems"), Mappings: at("mappings"), CodeTables: at("codetables"), OrderTypes: at("order-types"), Calendar: at("calendar")}), dir
}

func pathsOf(files []core.BundleFile) (list []string) {
	for _, f := range files {
		list = append(list, f.Path)
	}
	return list
}

func TestWhatASystemNamesBelongsToIt(t *testing.T) {
	f, _ := folderOf(t, map[string]string{
		"systems/old.yaml":               "id: old\nmapping: old-hotline\ncodes:\n  type: {table: types}\n  urgency: {map: {table: gone}}\n",
		"systems/other.yaml":             "id: other\n",
		"systems/~$old.yaml":             "Excel's",
		"mappings/old-hotline.yaml":      "mapping: old-hotline\nserve:\n  Submit:\n    order:\n      urgency: {from: A, table: urgencies}\n",
		"mappings/old-hotline_test.yaml": "cases: []\n",
		"mappings/old-hotline/a/b.xsd":   "<xs/>",
		"mappings/old-hotline/.swap":     "an editor's",
		"mappings/old-hotline/b.wsdl~":   "an editor's",
		"mappings/another.yaml":          "mapping: another\n",
		"codetables/types.csv":           "kind,type\n",
		"codetables/urgencies.yaml":      "kind: urgency\n",
		"codetables/unused.csv":          "kind,type\n",
		"order-types/leak.yaml":          "code: leak\n",
	})
	files, err := f.Read(core.SystemScope("old"))
	want := []string{"codetables/types.csv", "codetables/urgencies.yaml", "mappings/old-hotline.yaml", "mappings/old-hotline/a/b.xsd", "mappings/old-hotline_test.yaml", "systems/old.yaml"}
	slices.Sort(want)
	if got := pathsOf(files); err != nil || !slices.Equal(got, want) {
		t.Fatalf("%v, %v; want %v", got, err, want)
	}
	scopes, err := f.Scopes()
	if want := []core.Scope{"system/old", "system/other", core.OrderTypesScope}; err != nil || !slices.Equal(scopes, want) {
		t.Fatalf("scopes %v, %v; want %v", scopes, err, want)
	}
}

func TestABrokenFileStillBelongsToItsScope(t *testing.T) {
	f, _ := folderOf(t, map[string]string{"systems/old.yaml": "id: [\nmapping: x"})
	files, err := f.Read(core.SystemScope("old"))
	if err != nil || !slices.Equal(pathsOf(files), []string{"systems/old.yaml"}) {
		t.Fatalf("%v, %v", pathsOf(files), err)
	}
}

func TestASystemCannotTakeFilesFromElsewhere(t *testing.T) {
	f, _ := folderOf(t, map[string]string{
		"systems/old.yaml": "id: old\nmapping: ../../secret\ncodes: {type: {table: ../secret}, status: {table: a/../../secret}}\n",
		"secret.yaml":      "password",
		"../secret.yaml":   "password",
	})
	files, err := f.Read(core.SystemScope("old"))
	if err != nil || !slices.Equal(pathsOf(files), []string{"systems/old.yaml"}) {
		t.Fatalf("%v, %v", pathsOf(files), err)
	}
	for _, path := range []string{"systems/../../x", "secret.yaml", "jobs/x.yaml", "/etc/x", "systems/"} {
		if err := f.Write(core.SystemScope("old"), []core.BundleFile{{Path: path, Bytes: []byte("x")}}); !core.IsKind(err, core.Invalid) {
			t.Errorf("%s was written: %v", path, err)
		}
	}
}

func TestAVersionThatChangesAnothersFilesNamesThem(t *testing.T) {
	f, _ := folderOf(t, map[string]string{
		"systems/a.yaml": "id: a\nmapping: m\ncodes: {type: {table: types}}\n", "systems/b.yaml": "id: b\nmapping: m\ncodes: {type: {table: types}}\n", "systems/c.yaml": "id: c\ncodes: {type: {table: own}}\n",
		"mappings/m.yaml": "mapping: m\n", "codetables/types.csv": "kind,type\n", "codetables/own.csv": "kind,type\n",
	})
	version := func(table string) []core.BundleFile {
		return []core.BundleFile{{Path: "codetables/types.csv", Bytes: []byte(table)}, {Path: "mappings/m.yaml", Bytes: []byte("mapping: m\n")}, {Path: "systems/a.yaml", Bytes: []byte("id: a # older\n")}}
	}
	if touched, err := f.Sharing("system/a", version("kind,type\n")); err != nil || len(touched) > 0 {
		t.Errorf("nothing that is shared changes, and %v is named, %v", touched, err)
	}
	touched, err := f.Sharing("system/a", version("kind,type\n# older\n"))
	if err != nil || len(touched) != 1 || !slices.Equal(touched["system/b"], []string{"codetables/types.csv"}) {
		t.Errorf("named are %v, %v", touched, err)
	}
}

func TestWritingAVersionLeavesNothingElse(t *testing.T) {
	f, dir := folderOf(t, map[string]string{
		"systems/old.yaml": "id: old\nmapping: m\n", "systems/other.yaml": "id: other\n",
		"mappings/m.yaml": "mapping: m\n", "mappings/m/new.wsdl": "<new/>", "mappings/m/.hidden": "stays",
	})
	version := []core.BundleFile{
		{Path: "mappings/m.yaml", Bytes: []byte("mapping: m\n# older\n")},
		{Path: "mappings/m/deep/old.wsdl", Bytes: []byte("<old/>")},
		{Path: "systems/old.yaml", Bytes: []byte("id: old\nmapping: m\n")},
	}
	before, err := f.Stamp()
	if err != nil || before != "" {
		t.Fatalf("files that were written just now have the stamp %q, %v", before, err)
	}
	if err := f.Write(core.SystemScope("old"), version); err != nil {
		t.Fatal(err)
	}
	got, err := f.Read(core.SystemScope("old"))
	if err != nil || core.NewBundle("system/old", got).ID != core.NewBundle("system/old", version).ID {
		t.Fatalf("the folder holds %v, %v", pathsOf(got), err)
	}
	var all []string
	_ = filepath.WalkDir(dir, func(at string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			all = append(all, strings.TrimPrefix(at, dir+string(filepath.Separator)))
		}
		return err
	})
	if want := []string{"mappings/m/.hidden", "mappings/m/deep/old.wsdl", "mappings/m.yaml", "systems/old.yaml", "systems/other.yaml"}; !slices.Equal(all, want) {
		t.Fatalf("the folder holds %v, want %v", all, want)
	}
	if info, err := os.Stat(filepath.Join(dir, "mappings/m.yaml")); err != nil || info.Mode().Perm() != 0o640 {
		t.Fatalf("the file's permissions became %v, %v", info.Mode(), err)
	}
}

func TestFilesThatNeedEachOtherMayBeSavedTogether(t *testing.T) {
	f, dir := folderOf(t, map[string]string{"systems/a.yaml": "id: a\n", "order-types/leak.yaml": "code: leak\n"})
	st := memstore.New(memstore.Options{})
	p := bundle.NewPublisher(st, core.SystemClock{})
	published := func(s core.Scope) (text string) {
		live, err := p.Live(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if live.Bundle == "" {
			return ""
		}
		b, err := st.Bundle(t.Context(), s, live.Bundle)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range b.Files {
			text += string(f.Bytes)
		}
		return text
	}
	w, err := bundle.NewWatcher(st, p, f, bundle.WatcherOptions{Clock: core.SystemClock{}, Every: time.Second, Check: func(all ...core.Bundle) error {
		b := all[0]
		if len(all) == 1 && b.Scope == "system/a" && strings.Contains(string(b.Files[0].Bytes), "burst") && !strings.Contains(published(core.OrderTypesScope), "burst") {
			return errors.New("there is no order type burst")
		}
		return nil
	}})
	if err == nil {
		err = w.Begin(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"systems/a.yaml": "id: a # burst\n", "order-types/burst.yaml": "code: burst\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	for range 4 { // read, rested, and twice for whichever comes first in vain
		if err := w.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if types, system := published(core.OrderTypesScope), published("system/a"); !strings.Contains(types, "burst") || !strings.Contains(system, "burst") {
		t.Fatalf("published are the types %q and the system %q", types, system)
	}
}
