// Command schema writes the JSON Schemas of tundish's YAML files, or checks that they are up to date.
//
//	go run ./config/internal/schema [-check] schema/json
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tundish/adapters/mapping"
	"tundish/config"
	"tundish/config/lang"
	"tundish/config/ordertype"
	"tundish/config/reactions"
	"tundish/config/roles"
	"tundish/config/views"
)

func main() {
	check := flag.Bool("check", false, "write nothing; fail if a schema differs")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: schema [-check] FOLDER")
		os.Exit(2)
	}
	if err := run(flag.Arg(0), *check); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// all are the schemas of every kind of file.
func all() map[string][]byte {
	schemas := config.Schemas()
	schemas[ordertype.SchemaName] = ordertype.Schema()
	schemas[roles.SchemaName] = roles.Schema()
	schemas[views.SchemaName] = views.Schema()
	schemas[reactions.ChannelsSchema] = reactions.SchemaOfChannels()
	schemas[reactions.TriggersSchema] = reactions.SchemaOfTriggers()
	schemas[reactions.ClassificationSchema] = reactions.SchemaOfClassification()
	schemas[reactions.ClassificationCasesSchema] = reactions.SchemaOfClassificationCases()
	schemas[mapping.SchemaName] = mapping.Schema()
	schemas[mapping.CasesSchemaName] = mapping.CasesSchema()
	return schemas
}

func run(dir string, check bool) error {
	schemas := all()
	if check {
		return compare(dir, schemas)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		changed, err := lang.WriteSchema(filepath.Join(dir, name), schemas[name])
		if err != nil {
			return err
		}
		if changed {
			fmt.Println("wrote", filepath.Join(dir, name))
		}
	}
	return nil
}

// compare names every schema that differs, is missing, or that nothing makes any longer.
func compare(dir string, schemas map[string][]byte) error {
	var stale []string
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if !bytes.Equal(got, schemas[name]) {
			stale = append(stale, name)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return err
	}
	for _, f := range files {
		if _, ok := schemas[filepath.Base(f)]; !ok {
			stale = append(stale, filepath.Base(f)+" (nothing makes it)")
		}
	}
	if stale != nil {
		return fmt.Errorf("%s: out of date: %s; run: go run ./config/internal/schema %s", dir, strings.Join(stale, ", "), dir)
	}
	return nil
}
