package codes_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"tundish/config/codes"
	"tundish/config/lang"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestEveryMistakeOfATableHasItsPlace reads each file of testdata and compares what is said about it in
// both languages with the text beside it.
func TestEveryMistakeOfATableHasItsPlace(t *testing.T) {
	words := shipped(t)
	files, err := filepath.Glob("testdata/wrong/*.*")
	if err != nil || len(files) < 8 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		if filepath.Ext(file) == ".golden" {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var p lang.Problems
			if strings.HasPrefix(filepath.Base(file), "vocabulary") {
				codes.DecodeVocabulary(&p, filepath.Base(file), data, words)
			} else {
				codes.Parse(&p, filepath.Base(file), "x", data, words)
			}
			got := p.In(lang.English) + "\n=== 中文\n" + p.In(lang.Chinese)
			if *update {
				if err := os.WriteFile(file+".golden", []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file + ".golden")
			if err != nil || got != string(want) || p.Len() == 0 {
				t.Errorf("%v; got\n%s", err, got)
			}
		})
	}
}

const sheet = "kind,category\nunmapped,alert\ntitle_zh,反映类别\n# 说明,,\nlevel1,level2,ours,also,back,note\n01,,burst,,yes,爆管\n02,,leak,,,漏水\n02,01,leak/main,leak/valve|leak/hydrant,,\"干管,\n阀门\"\n,,,,,\n07,1,burst,,,\n"

// As Excel in China saves it, or a text editor, the table is the same.
func TestATableIsTheSameInEveryCharset(t *testing.T) {
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(sheet)
	if err != nil {
		t.Fatal(err)
	}
	byParent := strings.NewReplacer("level1,level2", "parent,theirs", "01,,burst", ",01,burst", "02,,leak,", ",02,leak,").Replace(sheet) +
		",07,other,,,\n" // a code above has a row of its own
	for name, text := range map[string]string{"plain": sheet, "BOM": "\ufeff" + sheet, "CRLF": strings.ReplaceAll(sheet, "\n", "\r\n"), "GBK": gbk, "GBK, CRLF": strings.ReplaceAll(gbk, "\n", "\r\n"), "by parent": byParent} {
		t.Run(name, func(t *testing.T) {
			var p lang.Problems
			table := codes.Parse(&p, "a.csv", "a", []byte(text), shipped(t))
			if err := p.Err(); err != nil {
				t.Fatal(err)
			}
			if table.Title.Zh != "反映类别" || table.Rows[2].Note != "干管,\n阀门" || table.Rows[2].At.Line() != 8 || table.Levels != 2 {
				t.Errorf("got %+v", table)
			}
			for theirs, want := range map[codes.Code]string{{Code: "02", Sub: "01"}: "leak/main", {Code: "07", Sub: "1"}: "burst", {Code: "02", Sub: "x"}: "leak/x", {Code: "01"}: "burst"} {
				if got, _ := table.In(theirs); got.String() != want {
					t.Errorf("in %v: %v, want %s", theirs, got, want)
				}
			}
			for ours, want := range map[string]string{"leak/main": "02/01", "leak/valve": "02/01", "leak": "02", "burst": "01", "leak/indoor": "02/indoor"} {
				if got, _ := table.Back(codes.ParseCode(ours)); got.String() != want {
					t.Errorf("back %s: %v, want %s", ours, got, want)
				}
			}
		})
	}
}

// Whatever a table has, and whatever its policy, a code that leads to a word of ours comes back as itself,
// or as the one that is marked.
func TestEveryCodeFindsItsWayBack(t *testing.T) {
	for _, policy := range []string{codes.Refuse, codes.Keep, codes.Alert, codes.Default} {
		text := strings.Replace(sheet, "unmapped,alert", "unmapped,"+policy, 1)
		if policy == codes.Default {
			text = strings.Replace(text, "title_zh", "default,leak\ntitle_zh", 1)
		}
		var p lang.Problems
		table := codes.Parse(&p, "a.csv", "a", []byte(text), nil)
		if err := p.Err(); err != nil {
			t.Fatal(err)
		}
		for _, r := range table.Rows {
			ours, fate := table.In(r.Theirs)
			back, fateBack := table.Back(ours)
			again, _ := table.In(back)
			if fate != codes.Mapped || fateBack != codes.Mapped || again != ours || r.Back && back != r.Theirs {
				t.Errorf("%s: %v leads to %v, that to %v, that to %v", policy, r.Theirs, ours, back, again)
			}
		}
		ours, fate := table.In(codes.Code{Code: "99"})
		want := map[string]codes.Fate{codes.Refuse: codes.Refused, codes.Keep: codes.Kept, codes.Alert: codes.Alerted, codes.Default: codes.Mapped}[policy]
		if fate != want || policy == codes.Default && ours.Code != "leak" || policy == codes.Keep && ours.Code != "99" {
			t.Errorf("%s: 99 leads to %v (%v)", policy, ours, fate)
		}
		if theirs, fate := table.Back(codes.Code{Code: "other"}); fate != want || policy == codes.Default && theirs.Code != "02" {
			t.Errorf("%s: other is written as %v (%v)", policy, theirs, fate)
		}
	}
}

func TestWhatLiesInTheFolderIsReadOrNamed(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.yaml": "kind: channel\ncodes: {DH: phone}\n", "a.csv": "kind,channel\ntheirs,ours\nDH,phone\n", "b.csv": "kind,channel\ntheirs,ours\nDH,phone\n",
		"c.yml": "", "d.xlsx": "", "notes.txt": "", ".hidden.yaml": "{", "~$b.csv": "",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var p lang.Problems
	tables := codes.ReadTables(&p, dir, shipped(t))
	var said []string
	for _, f := range p.Findings(lang.English) {
		said = append(said, filepath.Base(f.File)+" "+f.Code)
	}
	if got := strings.Join(said, ", "); got != "a.yaml duplicate, c.yml file-name, d.xlsx file-name" {
		t.Errorf("said %s", got)
	}
	if got := strings.Join(tables.Names(), " "); got != "a b" {
		t.Errorf("read %s", got)
	}
	var none lang.Problems
	if tables := codes.ReadTables(&none, filepath.Join(dir, "none"), nil); len(tables) > 0 || none.Len() > 0 {
		t.Error("a folder that is not there is no mistake")
	}
}

// No file makes the reader panic, and one that is taken can be read both ways.
func FuzzTable(f *testing.F) {
	files, _ := filepath.Glob("testdata/wrong/*.*")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, true)
		f.Add(data, false)
	}
	f.Add([]byte(sheet), true)
	f.Fuzz(func(t *testing.T, data []byte, csv bool) {
		file := "a.yaml"
		if csv {
			file = "a.csv"
		}
		var p lang.Problems
		table := codes.Parse(&p, file, "a", data, nil)
		_ = p.In(lang.Chinese)
		if p.Len() > 0 {
			return
		}
		for _, r := range table.Rows {
			ours, fate := table.In(r.Theirs)
			if fate != codes.Mapped || ours != r.Ours {
				t.Errorf("%v leads to %v, not %v", r.Theirs, ours, r.Ours)
			}
			if _, fate := table.Back(ours); fate != codes.Mapped {
				t.Errorf("%v has no way back", ours)
			}
		}
	})
}
