package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"tundish/config/lang"
)

// SettingsFile is the name of the settings in [Files] and in a written tree.
const SettingsFile = "tundish.yaml"

// Change gives a key of one of [Files] another value, whether the file has the key or not.
type Change struct {
	File string // "systems/billing.yaml"
	Key  string // "url", "listen.address"; entries of a list by their number from 0, "dispatch.batch.2"
	Text string
}

// WriteTree writes [Files] to a folder, changed as asked, and returns the path of the settings there. Files of the same
// name are replaced, each at once; others are left alone. schemas, by name, are written to its folder "schema", where
// the first line of every file then points.
func WriteTree(dir string, schemas map[string][]byte, changes ...Change) (settings string, err error) {
	files := map[string][]byte{}
	err = fs.WalkDir(Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := Files.ReadFile(name)
		files[name] = pointToSchema(data, name, schemas != nil)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read the files built in: %w", err)
	}
	for _, c := range changes {
		data, known := files[c.File]
		if !known {
			return "", fmt.Errorf("write the configuration: no file %s is built in", c.File)
		}
		if files[c.File], err = edit(data, c); err != nil {
			return "", fmt.Errorf("write the configuration: set %s of %s: %w", c.Key, c.File, err)
		}
	}
	for name, schema := range schemas {
		files["schema/"+name] = schema
	}
	for name, data := range files {
		if err := replaceFile(filepath.Join(dir, filepath.FromSlash(name)), data); err != nil {
			return "", fmt.Errorf("write the configuration: %w", err)
		}
	}
	return filepath.Join(dir, SettingsFile), nil
}

var schemaLine = regexp.MustCompile(`^# yaml-language-server: \$schema=\S*/([a-z-]+\.json)\n`)

// pointToSchema makes the first line of a file name its schema where the tree has it.
func pointToSchema(data []byte, name string, has bool) []byte {
	m := schemaLine.FindSubmatchIndex(data)
	if m == nil {
		return data
	}
	rest := data[m[1]:]
	if !has {
		return bytes.Clone(rest)
	}
	up := strings.Repeat("../", strings.Count(name, "/"))
	if up == "" {
		up = "./"
	}
	line := fmt.Sprintf("# yaml-language-server: $schema=%sschema/%s\n", up, data[m[2]:m[3]])
	return append([]byte(line), rest...)
}

// scalar is a value that stands on one line, in quotes or plain.
var scalar = regexp.MustCompile(`^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#,\[\]{}"'][^\s,\[\]{}]*(?: [^\s#,\[\]{}][^\s,\[\]{}]*)*)\s*([,}\]].*|#.*)?$`)

// edit sets one key in the text of a file, so that everything else in it, comments too, stays as it is.
func edit(data []byte, c Change) ([]byte, error) {
	var p lang.Problems
	var content any
	doc := lang.Decode(&p, c.File, data, &content)
	if err := p.Err(); err != nil {
		return nil, err
	}
	lines := strings.Split(string(data), "\n")
	keys := strings.Split(c.Key, ".")
	steps := make([]any, len(keys))
	for i, k := range keys {
		steps[i] = k
		if n, err := strconv.Atoi(k); err == nil {
			steps[i] = n
		}
	}
	if doc.Has(steps...) {
		at, key := doc.Pos(steps...), doc.KeyPos(steps...)
		line := []rune(lines[at.Line()-1])
		before, token := string(line[:at.Column()-1]), string(line[at.Column()-1:])
		m := scalar.FindStringSubmatchIndex(token)
		_, entry := steps[len(steps)-1].(int)
		if m == nil || at.String() == key.String() && !entry { // a block is where its key is
			return nil, fmt.Errorf("line %d holds no single value there", at.Line())
		}
		lines[at.Line()-1] = before + quoted(c.Text) + token[m[3]:]
		return []byte(strings.Join(lines, "\n")), nil
	}
	if _, entry := steps[len(steps)-1].(int); entry {
		return nil, errors.New("the list has no such entry")
	}
	known := len(keys) - 1
	for known > 0 && !doc.Has(steps[:known]...) {
		known--
	}
	var added []string
	indent := 0
	after := len(lines)
	if lines[after-1] == "" {
		after--
	}
	if known > 0 {
		at := doc.KeyPos(steps[:known]...)
		if line := strings.TrimSpace(strings.SplitN(lines[at.Line()-1], "#", 2)[0]); !strings.HasSuffix(line, ":") {
			return nil, fmt.Errorf("line %d is not the head of a block", at.Line())
		}
		after, indent = at.Line(), at.Column()+1
	}
	for i, k := range keys[known:] {
		line := strings.Repeat(" ", indent+2*i) + k + ":"
		if known+i == len(keys)-1 {
			line += " " + quoted(c.Text)
		}
		added = append(added, line)
	}
	lines = append(lines[:after:after], append(added, lines[after:]...)...)
	return []byte(strings.Join(lines, "\n")), nil
}

// plainText needs no quotes as a value anywhere in YAML.
var plainText = regexp.MustCompile(`^[A-Za-z0-9/.][A-Za-z0-9_./:?=&%+@-]*$`)

func quoted(text string) string {
	if plainText.MatchString(text) && !strings.HasSuffix(text, ":") {
		return text
	}
	q, err := json.Marshal(text) // what JSON quotes, YAML reads
	if err != nil {
		return `""`
	}
	return string(q)
}

func replaceFile(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, data) {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+path.Base(filepath.ToSlash(name))+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // after the rename there is nothing left to remove
	_, err = f.Write(data)
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	return err
}
