package config_test

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tundish/adapters/mapping"
	"tundish/config"
	"tundish/config/codes"
	"tundish/config/lang"
	"tundish/config/ordertype"
	"tundish/config/reactions"
	"tundish/config/roles"
	"tundish/config/views"
	"tundish/core/access"
)

const manual = "README.md"

// tables are the manual's tables of keys, by the name in their marker.
var tables = map[string]any{
	"tundish": config.Config{}, "system": config.System{}, "code-table": config.CodeTable{}, "quiet": config.QuietWindow{}, "order-type": ordertype.File{},
	"job": config.Job{}, "calendar": config.Year{}, "holiday": config.Holiday{}, "district": config.District{}, "crew": config.Crew{}, "duty": config.Duty{}, "member": config.Member{}, "codetable": codes.File{}, "reference": config.Reference{},
	"channels": reactions.ChannelsFile{}, "channel": reactions.Channel{}, "sms": reactions.SMS{},
	"classification": reactions.ClassificationFile{}, "class-rule": reactions.ClassRule{}, "class-case": reactions.ClassCase{},
	"triggers": reactions.TriggersFile{}, "trigger": reactions.Trigger{},
	"views": views.File{}, "view": views.View{},
	"roles": roles.File{}, "protected": roles.Field{}, "role": roles.Role{},
	"files": mapping.Sheets{}, "tables": mapping.Staging{}, "telling": mapping.Telling{},
}

var marked = regexp.MustCompile(`(?s)(<!-- keys: ([a-z-]+) -->\n)(.*?)(<!-- end -->\n)`)

// TestTheManualListsEveryKey compares the manual's tables with what the reader takes.
func TestTheManualListsEveryKey(t *testing.T) {
	upToDate(t, manual, tables, func(text string) string {
		head, rest, _ := strings.Cut(text, "<!-- rights -->\n")
		_, tail, _ := strings.Cut(rest, "<!-- /rights -->\n")
		return head + "<!-- rights -->\n" + rights() + "<!-- /rights -->\n" + tail
	})
}

// rights is the table of what roles may be given.
func rights() string {
	var b strings.Builder
	b.WriteString("| Right 权限 | Duty 职责 | Meaning 含义 |\n|---|---|---|\n")
	for _, e := range access.Rights() {
		fmt.Fprintf(&b, "| `%s` | %s | %s %s |\n", e.Right, e.Duty, e.Name.EN, e.Name.ZH)
	}
	return b.String()
}

// upToDate holds the tables of keys in a page against what the reader takes, and what further makes of the page.
func upToDate(t *testing.T, page string, tables map[string]any, further func(string) string) {
	t.Helper()
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	made := further(marked.ReplaceAllStringFunc(string(data), func(part string) string {
		m := marked.FindStringSubmatch(part)
		of, known := tables[m[2]]
		if !known {
			t.Fatalf("nothing makes the table %q", m[2])
		}
		seen = append(seen, m[2])
		return m[1] + table(of) + m[4]
	}))
	if len(seen) != len(tables) {
		t.Errorf("%s has the tables %v of %d", page, seen, len(tables))
	}
	if *update {
		write(t, page, made)
	} else if made != string(data) {
		t.Errorf("%s is not up to date; run go test ./config -update", page)
	}
}

// table lists the keys of a struct in the order of its fields. What a key means stands in the struct's tags; its default
// and choices are what the reader says they are.
func table(of any) string {
	var b strings.Builder
	b.WriteString("| Key 键 | Value 值 | Default 默认 | Meaning 含义 |\n|---|---|---|---|\n")
	settings := map[string]lang.Setting{}
	for _, s := range lang.Settings(of) {
		settings[s.Path] = s
	}
	rows(&b, reflect.TypeOf(of), "", settings)
	return b.String()
}

// whole are the sections that are shown as one value.
var whole = map[reflect.Type]string{
	reflect.TypeFor[config.Name](): "`{en: …, zh: …}`", reflect.TypeFor[ordertype.Name](): "`{en: …, zh: …}`", reflect.TypeFor[roles.Name](): "`{en: …, zh: …}`", reflect.TypeFor[views.Name](): "`{en: …, zh: …}`",
	reflect.TypeFor[config.CodeTable](): "a code table", reflect.TypeFor[config.Place](): "`{lat: …, lon: …}`",
}

func rows(b *strings.Builder, t reflect.Type, prefix string, settings map[string]lang.Setting) {
	for f := range fields(t) {
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		path := prefix + key
		s, single := settings[path]
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		kind, section := whole[inner]
		switch {
		case key == "-" || key == "" || key == "password": // the last is there to be refused
			continue
		case single:
			kind = s.Type
			if s.Choices != nil {
				kind = "`" + strings.Join(s.Choices, "` `") + "`"
			}
		case section:
		case inner.Kind() == reflect.Struct:
			rows(b, inner, path+".", settings)
			continue
		case inner.Kind() == reflect.Slice && strings.HasPrefix(inner.Name(), "Map["):
			kind = "keys and values"
		default:
			kind = "a list"
		}
		def := ""
		switch {
		case strings.HasPrefix(f.Tag.Get("lang"), "required"):
			def = "*required*"
		case s.Default != "":
			def = "`" + strings.ReplaceAll(s.Default, "|", "`, `") + "`"
		}
		doc := strings.NewReplacer("<", "&lt;", "|", "&#124;").Replace(f.Tag.Get("en") + " " + f.Tag.Get("zh"))
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", path, kind, def, doc)
	}
}

// fields are the fields of a struct, with those of structs inlined into it.
func fields(t reflect.Type) iter.Seq[reflect.StructField] {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			f := t.Field(i)
			if f.Tag.Get("yaml") == ",inline" {
				for g := range fields(f.Type) {
					if !yield(g) {
						return
					}
				}
			} else if !yield(f) {
				return
			}
		}
	}
}

var block = regexp.MustCompile("(?ms)^```(?:yaml|csv)\n# (wrong: )?config/(\\S+)\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?")

// TestTheManualsExamplesAreTrue lays each example over the shipped files: the right ones are taken without a word, the
// wrong ones are refused with the words beside them.
func TestTheManualsExamplesAreTrue(t *testing.T) { examplesAreTrue(t, manual, 10) }

func examplesAreTrue(t *testing.T, page string, least int) {
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	examples := block.FindAllStringSubmatch(string(data), -1)
	if written := strings.Count(string(data), "\n```yaml\n") + strings.Count(string(data), "\n```csv\n"); len(examples) != written || written < least {
		t.Fatalf("%d of %d examples say what file they are", len(examples), written)
	}
	for i, e := range examples {
		wrong, name, text, said := e[1] != "", e[2], e[3], e[4]
		t.Run(fmt.Sprint(i+1, " ", name), func(t *testing.T) {
			root := filepath.Dir(tree(t))
			write(t, filepath.Join(root, "secrets", "hotline"), "x\n")
			write(t, filepath.Join(root, "secrets", "city-grid"), "false_north: -3457147.81\nshift_east: 12.5\n")
			write(t, filepath.Join(root, "secrets", "old-grid"), "shift_north: 7.77\ncentral_meridan: 121.4666\n")
			write(t, filepath.Join(root, "secrets", "dsn"), "sqlserver://hub:x@db.example:1433?database=tundish\n")
			write(t, filepath.Join(root, filepath.FromSlash(name)), text)
			if name == "districts.yaml" {
				write(t, filepath.Join(root, "crews.yaml"), crewsIn("D1"))
			}
			t.Chdir(filepath.Dir(root))
			_, err := config.Open("config/tundish.yaml", []string{"HOTLINE_PASSWORD=x"}, checks(nil))
			var problems *lang.Problems
			switch {
			case !wrong && err != nil:
				t.Error(err)
			case wrong && (!errors.As(err, &problems) || problems.In(lang.English) != said):
				t.Errorf("it says\n%v\nthe manual says\n%s", err, said)
			}
		})
	}
}

func crewsIn(district string) string {
	return "crews:\n  - {id: M01, name: 换表一组, skills: [meter], districts: [" + district + "], shift: 08:00-17:00, home: {lat: 31.2, lon: 121.5}}\n"
}

// TestTheManualExplainsEveryCode finds the codes where they are declared.
func TestTheManualExplainsEveryCode(t *testing.T) {
	data, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	declared := regexp.MustCompile(`= (?:lang\.)?NewMessage\("([a-z0-9-]+)"`)
	var codes []string
	for _, pattern := range []string{"*.go", "lang/*.go", "ordertype/*.go", "codes/*.go", "roles/*.go", "views/*.go", "reactions/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			source, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range declared.FindAllStringSubmatch(string(source), -1) {
				if !slices.Contains(codes, m[1]) {
					codes = append(codes, m[1])
				}
			}
		}
	}
	if len(codes) < 40 {
		t.Fatalf("only %d codes are declared", len(codes))
	}
	_, list, _ := strings.Cut(string(data), "## Codes of mistakes")
	for _, c := range codes {
		if !strings.Contains(list, "| `"+c+"` |") {
			t.Errorf("the manual does not explain the code %s", c)
		}
	}
	if rows := strings.Count(list, "\n| `"); rows != len(codes) {
		t.Errorf("the manual explains %d codes of %d", rows, len(codes))
	}
}

// TestTheHousesWordsAreThoseOfCore finds the statuses and urgencies where core declares them.
func TestTheHousesWordsAreThoseOfCore(t *testing.T) {
	for key, c := range map[string]struct{ file, declared string }{
		"status":  {"../core/outbox.go", `Status\w+\s+Status\s+= "(\w+)"`},
		"urgency": {"../core/workorder.go", `\w+\s+Urgency\s+= "(\w+)"`},
	} {
		source, err := os.ReadFile(c.file)
		if err != nil {
			t.Fatal(err)
		}
		var words []string
		for _, m := range regexp.MustCompile(c.declared).FindAllStringSubmatch(string(source), -1) {
			words = append(words, m[1])
		}
		path := tree(t)
		write(t, filepath.Join(filepath.Dir(path), "systems", "gis.yaml"), "id: gis\nname: {en: GIS, zh: 地理信息系统}\ncontract: gis\nmode: live\nurl: http://127.0.0.1:9104/\ncodes:\n  "+key+": {map: {x: none}}\n")
		_, err = config.Open(path, nil, checks(nil))
		var problems *lang.Problems
		if !errors.As(err, &problems) {
			t.Fatal(err)
		}
		known := problems.Findings(lang.English)[0].Expected
		slices.Sort(words)
		slices.Sort(known)
		if len(words) < 3 || !slices.Equal(words, known) {
			t.Errorf("%s: core has %v, code tables take %v", key, words, known)
		}
	}
}
