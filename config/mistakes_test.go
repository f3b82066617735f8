package config_test

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"tundish/config"
	"tundish/config/lang"
)

var update = flag.Bool("update", false, "write golden files and the manual's tables")

// TestEachMistakeIsShownWhole lays the files of each folder of testdata/mistakes over the shipped ones and compares what
// is said about them, in both languages, with the golden text beside the folder.
func TestEachMistakeIsShownWhole(t *testing.T) {
	home, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	cases, err := os.ReadDir("testdata/mistakes")
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases", err)
	}
	for _, c := range cases {
		if !c.IsDir() {
			continue
		}
		dir := filepath.Join("testdata/mistakes", c.Name())
		t.Run(c.Name(), func(t *testing.T) {
			root := filepath.Dir(tree(t))
			lay(t, dir, root)
			t.Chdir(filepath.Dir(root)) // so that every machine shows the same names
			_, err := config.Open("config/tundish.yaml", []string{"HOME=/nowhere"}, checks(nil))
			var problems *lang.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("no mistake was found: %v", err)
			}
			got := problems.In(lang.English) + "\n=== 中文\n" + problems.In(lang.Chinese)
			golden(t, filepath.Join(home, dir+".txt"), got)
		})
	}
}

// lay puts the files of one folder in the place of those of another.
func lay(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(name)
		if err == nil {
			write(t, filepath.Join(to, rel), string(data))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err, "(run with -update)")
	}
	if got != string(want) {
		t.Errorf("%s differs.\ngot:\n%s\nwant:\n%s", file, got, want)
	}
}

// find tells what is said about a place.
func find(err error, place string) *lang.Finding {
	var problems *lang.Problems
	if !errors.As(err, &problems) {
		return nil
	}
	list := problems.Findings(lang.English)
	if i := slices.IndexFunc(list, func(f lang.Finding) bool { return f.File == place }); i >= 0 {
		return &list[i]
	}
	return nil
}
