package lang

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzDecode: no input panics, every mistake stands in the file, and every caret stands under its line.
func FuzzDecode(f *testing.F) {
	files, _ := filepath.Glob("testdata/mistakes/*.yaml")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(good))
	f.Fuzz(func(t *testing.T, data []byte) {
		var p Problems
		var s system
		doc := Decode(&p, "fuzz.yaml", data, &s)
		for _, l := range []Lang{English, Chinese} {
			p.In(l)
		}
		lines := len(NewSource("", data).lines)
		for _, found := range p.Findings(English) {
			if found.Line > lines+1 || found.Line > 0 && found.Column < 1 {
				t.Errorf("%d:%d of %d lines: %s", found.Line, found.Column, lines, found.Message)
			}
			if found.Snippet != "" && displayWidth(found.Caret) > displayWidth(found.Snippet)+2 {
				t.Errorf("the caret is beside the line:\n%s\n%s", found.Snippet, found.Caret)
			}
			if strings.Contains(found.Message, "%!") || strings.ContainsAny(found.String(), "\x00\x1b") {
				t.Errorf("unfit for a terminal: %q", found.String())
			}
		}
		if p.Err() == nil && s.Contract == "" {
			t.Error("a file without its required key is good")
		}
		if s.Zone.At.IsZero() && len(p.list) == 0 {
			t.Error("no place for zone")
		}
		doc.Pos("steps", 0, "name")
	})
}
