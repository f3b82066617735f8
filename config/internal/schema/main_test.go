package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheSchemasAreUpToDate(t *testing.T) {
	if err := run("../../../schema/json", true); err != nil {
		t.Error(err)
	}
}

func TestAStaleSchemaIsNamed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "json")
	if err := run(dir, false); err != nil {
		t.Fatal(err)
	}
	if err := run(dir, true); err != nil {
		t.Fatal("just written, and yet:", err)
	}
	for name, text := range map[string]string{"job.json": "{}", "old.json": "{}"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(dir, "crews.json")); err != nil {
		t.Fatal(err)
	}
	err := run(dir, true)
	if err == nil || !strings.Contains(err.Error(), "crews.json, job.json, old.json (nothing makes it)") {
		t.Errorf("got %v", err)
	}
}
