package lang

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func systemSchema() []byte {
	return Schema(system{}, "system.json", Text{"A system that the hub is connected to.", "与本系统相连的外部系统。"})
}

func TestTheSchemaSaysWhatTheTagsSay(t *testing.T) {
	golden(t, "testdata/system.schema.json", string(systemSchema()))
}

// TestEditorsAgreeWithTheHub has another program judge the files of these tests by the schema: what the hub refuses, an
// editor should underline, and nothing else.
func TestEditorsAgreeWithTheHub(t *testing.T) {
	python := ""
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(name, "-c", "import jsonschema").Run() == nil {
			python = name
			break
		}
	}
	if python == "" {
		t.Skip("SKIPPED: no Python with jsonschema (apt install python3-jsonschema)")
	}
	type file struct {
		Name string `json:"name"`
		Good bool   `json:"good"`
		Data any    `json:"data"`
	}
	files := []file{{"good", true, plainly(t, []byte(good))}, {"short", true, plainly(t, []byte("contract: gis\ntimeout: 0s\nsteps:\nretries: 10\ntls: {certificate: a, version: 1.3}\n"))}}
	for _, name := range []string{
		"unknown-key", "required", "mistyped-required", "wrong-type", "not-allowed", "out-of-range", "no-value", "full-width-section", "secret", "secret-list",
	} {
		data, err := os.ReadFile(filepath.Join("testdata/mistakes", name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file{name, false, plainly(t, data)})
		for _, part := range parts(data) { // each mistake by itself
			var p Problems
			Decode(&p, name, part, new(system))
			if p.Len() > 0 && !strings.Contains(p.Error(), "m is more") && !strings.Contains(p.Error(), "ParseAddr") {
				files = append(files, file{name + ":\n" + string(part), false, plainly(t, part)})
			} else if p.Len() == 0 {
				files = append(files, file{name + ":\n" + string(part), true, plainly(t, part)})
			}
		}
	}
	input, err := json.Marshal(map[string]any{"schema": json.RawMessage(systemSchema()), "files": files})
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(python, "-c", judge)
	command.Stdin = strings.NewReader(string(input))
	out, err := command.CombinedOutput()
	if err != nil || string(out) != "" {
		t.Errorf("%v\n%s", err, out)
	}
}

const judge = `
import json, sys, jsonschema
given = json.load(sys.stdin)
jsonschema.Draft7Validator.check_schema(given["schema"])
validator = jsonschema.Draft7Validator(given["schema"])
for f in given["files"]:
    errors = [e.message for e in validator.iter_errors(f["data"])]
    if f["good"] and errors: print("the schema refuses", f["name"], errors)
    if not f["good"] and not errors: print("the schema accepts", f["name"])
`

// parts gives each top-level key of a file as a file of its own, with the contract that every file needs.
func parts(data []byte) (list [][]byte) {
	var part []string
	flush := func() {
		if len(part) > 0 && !strings.HasPrefix(part[0], "contract:") {
			list = append(list, []byte("contract: gis\n"+strings.Join(part, "\n")+"\n"))
		}
		part = nil
	}
	for line := range strings.Lines(string(data)) {
		if !strings.HasPrefix(line, " ") {
			flush()
		}
		part = append(part, strings.TrimSuffix(line, "\n"))
	}
	flush()
	return list
}

// plainly reads YAML as an editor does.
func plainly(t *testing.T, data []byte) any {
	t.Helper()
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		t.Fatal(err)
	}
	d := decoder{problems: new(Problems), left: maxValues}
	return d.plain(root.Content[0], Pos{})
}

func TestAWrittenSchemaIsOnlyTouchedWhenItChanges(t *testing.T) {
	file := filepath.Join(t.TempDir(), "system.json")
	for i, want := range []bool{true, false} {
		if changed, err := WriteSchema(file, systemSchema()); err != nil || changed != want {
			t.Errorf("write %d: changed %v, %v", i+1, changed, err)
		}
	}
	if data, err := os.ReadFile(file); err != nil || string(data) != string(systemSchema()) {
		t.Error("the file does not hold the schema", err)
	}
	if _, err := WriteSchema(filepath.Join(file, "x"), nil); err == nil {
		t.Error("a file cannot be a folder")
	}
}
