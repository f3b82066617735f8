package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	verify := flag.Bool("verify", false, "write nothing; exit 1 when a file differs from what would be written")
	flag.Parse()
	if err := run(os.Stdout, *verify); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// roots are the folders of contracts, from the module's root. The second holds
// the contract that this program's own tests use.
var roots = []string{"wsdl", "wsdl/internal/gen/testdata"}

func run(out io.Writer, verify bool) error {
	module, dir, err := findModule()
	if err != nil {
		return err
	}
	differ := 0
	for _, root := range roots {
		files, err := generate(os.DirFS(filepath.Join(dir, root)), module, root)
		if err != nil {
			return fmt.Errorf("%s: %w", root, err)
		}
		base := filepath.Join(dir, root)
		stale, err := leftOver(base, files)
		if err != nil {
			return err
		}
		for _, name := range stale {
			differ++
			fmt.Fprintf(out, "%s: no contract asks for this file\n", path.Join(root, name))
			if !verify {
				if err := os.Remove(filepath.Join(base, name)); err != nil {
					return err
				}
			}
		}
		for _, f := range files {
			target := filepath.Join(base, f.name)
			there, err := os.ReadFile(target)
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
			if err == nil && bytes.Equal(there, f.data) {
				continue
			}
			differ++
			if verify {
				fmt.Fprint(out, difference(path.Join(root, f.name), string(there), string(f.data)))
				continue
			}
			if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(target, f.data, 0o644); err != nil {
				return err
			}
			fmt.Fprintln(out, "wrote", path.Join(root, f.name))
		}
	}
	if verify && differ > 0 {
		return fmt.Errorf("%d generated files differ from their contracts; run make generate and look at the difference", differ)
	}
	return nil
}

// findModule returns the module's name and the folder of its go.mod.
func findModule() (name, dir string, err error) {
	dir, err = os.Getwd()
	if err != nil {
		return "", "", err
	}
	for {
		mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil {
			for line := range strings.Lines(string(mod)) {
				if name, ok := strings.CutPrefix(line, "module "); ok {
					return strings.TrimSpace(name), dir, nil
				}
			}
			return "", "", fmt.Errorf("%s names no module", filepath.Join(dir, "go.mod"))
		}
		if up := filepath.Dir(dir); up != dir {
			dir = up
			continue
		}
		return "", "", errors.New("no go.mod above the working directory; run gen inside the project")
	}
}

// leftOver lists generated files that no contract asks for any more.
func leftOver(base string, files []file) ([]string, error) {
	wanted := map[string]bool{}
	for _, f := range files {
		wanted[f.name] = true
	}
	var stale []string
	for _, pattern := range []string{"*/*_gen.go", "*/served/*.wsdl"} {
		found, err := filepath.Glob(filepath.Join(base, pattern))
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			name, err := filepath.Rel(base, f)
			if err != nil {
				return nil, err
			}
			if name = filepath.ToSlash(name); !wanted[name] {
				stale = append(stale, name)
			}
		}
	}
	slices.Sort(stale)
	return stale, nil
}
