package config_test

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"tundish/adapters/mapping"
	"tundish/config"
	"tundish/config/lang"
	"tundish/core"
)

const mappingManual = "MAPPING.md"

// mappingTables are the tables of keys of the mapping language, by the name in their marker.
var mappingTables = map[string]any{
	"mapping": mapping.File{}, "contract": mapping.Contracted{}, "envelope": mapping.Look{}, "serve": mapping.Serve{}, "inside": mapping.Envelope{}, "replies": mapping.Replies{},
	"input": mapping.Input{}, "pad": mapping.Pad{}, "call": mapping.Told{}, "output": mapping.Output{}, "document": mapping.Document{}, "answer": mapping.Answer{}, "rule": mapping.Rule{}, "answered": mapping.Inner{},
	"pull": mapping.Pull{}, "pages": mapping.Pages{}, "files": mapping.Sheets{}, "tables": mapping.Staging{}, "tell": mapping.Telling{}, "locate": mapping.Locate{},
	"cases": mapping.Cases{}, "case": mapping.Case{}, "sample": mapping.Sample{}, "refusal": mapping.ExpectedRefusal{},
}

// elsewhere are the types whose keys another table of the manual has already.
var elsewhere = []reflect.Type{reflect.TypeFor[mapping.Call](), reflect.TypeFor[mapping.Rules](), reflect.TypeFor[mapping.Title]()}

func init() {
	for name, of := range mappingTables {
		whole[reflect.TypeOf(of)] = "see `" + name + "`"
	}
	whole[reflect.TypeFor[mapping.Call]()] = "as a `call`"
	whole[reflect.TypeFor[mapping.Rules]()] = "as in `answer`"
	whole[reflect.TypeFor[mapping.Title]()] = "`{en: …, zh: …}`"
}

var listed = regexp.MustCompile(`(?s)(<!-- fields: ([a-z]+) -->\n)(.*?)(<!-- end -->\n)`)

func TestTheMappingManualListsEveryKey(t *testing.T) {
	upToDate(t, mappingManual, mappingTables, func(text string) string {
		seen := 0
		text = listed.ReplaceAllStringFunc(text, func(part string) string {
			m := listed.FindStringSubmatch(part)
			names, known := map[string]func() []string{"order": mapping.OrderFields, "value": mapping.ValueNames}[m[2]]
			if !known {
				t.Fatalf("nothing makes the list %q", m[2])
			}
			seen++
			return m[1] + grouped(names()) + m[4]
		})
		if seen != 2 {
			t.Errorf("the manual has %d lists of fields", seen)
		}
		return text
	})
	// Every part of the language that a file can have is in one of the tables.
	known := map[reflect.Type]bool{}
	for _, of := range mappingTables {
		known[reflect.TypeOf(of)] = true
	}
	for _, one := range elsewhere {
		known[one] = true
	}
	met := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(of reflect.Type) {
		switch of.Kind() {
		case reflect.Pointer, reflect.Slice:
			walk(of.Elem())
		case reflect.Struct:
			if met[of] {
				return
			}
			met[of] = true
			if strings.HasSuffix(of.PkgPath(), "adapters/mapping") && !known[of] {
				t.Errorf("the manual has no table of the keys of %v", of)
			}
			if of.PkgPath() == "time" {
				return
			}
			for i := range of.NumField() {
				walk(of.Field(i).Type)
			}
		}
	}
	walk(reflect.TypeFor[mapping.File]())
	walk(reflect.TypeFor[mapping.Cases]())
	for of := range known {
		if !met[of] {
			t.Errorf("no file has %v", of)
		}
	}
}

// grouped lists names with dots by what stands before the last dot, in their order.
func grouped(names []string) string {
	var groups []string
	under := map[string][]string{}
	for _, name := range names {
		group, last := "", name
		if i := strings.LastIndexByte(name, '.'); i > 0 {
			group, last = name[:i+1], name[i+1:]
		}
		if under[group] == nil {
			groups = append(groups, group)
		}
		under[group] = append(under[group], "`"+last+"`")
	}
	var b strings.Builder
	b.WriteString("| Under 前缀 | Names 名称 |\n|---|---|\n")
	for _, g := range groups {
		shown := ""
		if g != "" {
			shown = "`" + g + "`"
		}
		b.WriteString("| " + shown + " | " + strings.Join(under[g], " ") + " |\n")
	}
	return b.String()
}

// TestTheMappingManualsExamplesAreTrue checks each example as tundish mapping lint does, and runs the cases
// as tundish mapping test does. The wrong ones are refused with the words beside them.
func TestTheMappingManualsExamplesAreTrue(t *testing.T) {
	data, err := os.ReadFile(mappingManual)
	if err != nil {
		t.Fatal(err)
	}
	examples := block.FindAllStringSubmatch(string(data), -1)
	if written := strings.Count(string(data), "\n```yaml\n"); len(examples) != written || written < 15 {
		t.Fatalf("%d of %d examples say what file they are", len(examples), written)
	}
	var types core.OrderTypes
	tree, err := config.Open(tree(t), nil, checks(&types))
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	around := mapping.Surroundings{Zone: zone, Types: types.Codes(), Tables: tree.Tables, Vocabulary: tree.Words}
	shipped := fstest.MapFS{}
	contracts, err := filepath.Glob("examples/*/mappings/*/*.wsdl")
	if err != nil || len(contracts) == 0 {
		t.Fatal("no contracts", err)
	}
	for _, file := range contracts {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		shipped[path.Join(path.Base(filepath.Dir(file)), filepath.Base(file))] = &fstest.MapFile{Data: text}
	}
	tried := 0
	filled := string(data)
	for _, e := range examples {
		wrong, name, text, said := e[1] != "", strings.TrimPrefix(e[2], "mappings/"), e[3], e[4]
		files := maps.Clone(shipped)
		files[name] = &fstest.MapFile{Data: []byte(text)}
		of, isCases := strings.CutSuffix(name, "_test.yaml")
		if isCases {
			name = of + ".yaml"
		}
		var p lang.Problems
		m := mapping.Load(fs.FS(files), name, around, &p)
		if isCases && p.Len() == 0 {
			tried += m.Test(files, of+"_test.yaml", &p)
		}
		got := ""
		if p.Len() > 0 {
			got = p.In(lang.English)
		}
		switch {
		case !wrong && got != "":
			t.Errorf("%s\n%s", e[2], got)
		case wrong && *update:
			filled = strings.Replace(filled, e[0], strings.TrimSuffix(e[0], said+"```\n")+strings.TrimSuffix(got, "\n")+"\n```\n", 1)
		case wrong && strings.TrimSpace(got) != strings.TrimSpace(said):
			t.Errorf("%s: it says\n%s\nthe manual says\n%s", e[2], got, said)
		}
		if !wrong && !isCases {
			shipped[name] = files[name]
		}
	}
	if tried < 12 {
		t.Errorf("%d cases are run", tried)
	}
	if *update {
		write(t, mappingManual, filled)
	}
}

// TestTheMappingManualExplainsEveryCode finds the codes where they are declared.
func TestTheMappingManualExplainsEveryCode(t *testing.T) {
	var lists [2]string
	for i, page := range []string{manual, mappingManual} {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		_, lists[i], _ = strings.Cut(string(data), "## Codes of mistakes")
	}
	files, err := filepath.Glob("../adapters/mapping/*.go")
	if err != nil {
		t.Fatal(err)
	}
	declared := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`lang\.NewMessage\("([a-z0-9-]+)"`).FindAllStringSubmatch(string(source), -1) {
			declared[m[1]] = true
		}
	}
	if len(declared) < 20 {
		t.Fatalf("only %d codes are declared", len(declared))
	}
	for code := range declared {
		if !strings.Contains(lists[0]+lists[1], "| `"+code+"` |") {
			t.Errorf("the manual does not explain the code %s", code)
		}
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z0-9-]+)` \\|").FindAllStringSubmatch(lists[1], -1) {
		if !declared[m[1]] {
			t.Errorf("nothing has the code %s", m[1])
		}
	}
}

func TestEveryExampleIsListedAndHasCases(t *testing.T) {
	page, err := os.ReadFile("examples/README.md")
	if err != nil {
		t.Fatal(err)
	}
	mappings, err := filepath.Glob("examples/*/mappings/*.yaml")
	if err != nil || len(mappings) < 5 {
		t.Fatal(mappings, err)
	}
	for _, file := range mappings {
		id := strings.TrimSuffix(filepath.Base(file), ".yaml")
		if strings.HasSuffix(id, "_test") {
			continue
		}
		if !strings.Contains(string(page), "| ["+id+"]("+id+"/mappings/"+id+".yaml) |") {
			t.Errorf("examples/README.md does not list %s", id)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(strings.TrimSuffix(file, ".yaml") + "_test.yaml"); err != nil && strings.Contains(string(text), "\nserve:") {
			t.Errorf("%s has no cases", id)
		}
	}
}

// Links between the pages lead somewhere.
func TestTheManualsLinksLeadToFiles(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#\s]*)(#[^)\s]*)?\)`)
	for _, page := range []string{manual, mappingManual, "TUTORIAL.md", "examples/README.md", "../README.md"} {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(data), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			to := page
			if m[1] != "" {
				to = filepath.Join(filepath.Dir(page), m[1])
			}
			text, err := os.ReadFile(to)
			if err != nil {
				if _, err := os.Stat(to); err != nil {
					t.Errorf("%s leads to %s: %v", page, m[1], err)
				}
				continue
			}
			if m[2] != "" && !slices.Contains(anchors(string(text)), strings.TrimPrefix(m[2], "#")) {
				t.Errorf("%s leads to %s%s, and no heading is called so", page, m[1], m[2])
			}
		}
	}
}

// anchors are the names by which a page's headings are linked to.
func anchors(page string) []string {
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(page, -1) {
		name := strings.NewReplacer("&lt;", "<", "&gt;", ">", "`", "").Replace(strings.ToLower(m[1]))
		name = regexp.MustCompile(`[^\p{L}\p{N} _-]+`).ReplaceAllString(name, "")
		names = append(names, strings.ReplaceAll(name, " ", "-"))
	}
	return names
}
