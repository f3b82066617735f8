package sqlite_test

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tundish/core"
	"tundish/core/store/sqlite"
	"tundish/core/store/storetest"
)

// grow are the tables that grow with the years; a statement that walks through one of
// them gets slower every day.
var grow = regexp.MustCompile(`^SCAN (o|h|e|m|a|x|orders|events|outbox_messages|outbox_lanes|outbox_attempts|messages|nonces|job_runs|refused_items|bundles|bundle_(contents|files|moves)|history_\w+)( |$)`)

// walks are the statements that may walk, by how they begin, each with the reason.
var walks = map[string]string{
	"SELECT CASE WHEN o.archived_at IS NULL THEN": "a list in the order of its numbers ends at its LIMIT; filters that no index serves are for people who page",
	"SELECT 1, m.seq, m.id,":                      "the newest messages, to a LIMIT",
	"SELECT 1, seq, id, system":                   "the newest of the log, to a LIMIT",
	"SELECT id, job, trigger_kind":                "the newest runs, to a LIMIT",
}

// TestNoHotStatementWalksThroughATable runs the whole suite and then asks SQLite, for
// every statement that the store prepared on the way, how it means to run it.
func TestNoHotStatementWalksThroughATable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tundish.db")
	texts := map[string]bool{}
	storetest.Run(t, func(t *testing.T) core.Store {
		s := open(t, path, sqlite.Options{})
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			for _, text := range s.Statements() {
				texts[text] = true
			}
		})
		return s
	})
	s := open(t, path, sqlite.Options{})
	walked := map[string]bool{}
	planned := 0
	for _, text := range slices.Sorted(maps.Keys(texts)) {
		switch verb, _, _ := strings.Cut(text, " "); verb {
		case "SELECT", "INSERT", "UPDATE", "DELETE":
		default:
			continue
		}
		plan, err := s.Plan(t.Context(), text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		planned++
		t.Logf("%s\n\t%s", strings.Join(strings.Fields(text), " "), strings.Join(plan, "\n\t"))
		for i, line := range plan {
			if !grow.MatchString(line) {
				continue
			}
			known, sorted := false, i+1 < len(plan) && plan[i+1] == "USE TEMP B-TREE FOR ORDER BY"
			for begin := range walks {
				// What asks for a number asks the history, too, and never walks; and a
				// walk that must sort is one to the table's end, whatever its LIMIT.
				if strings.HasPrefix(text, begin) && !strings.Contains(text, "UNION ALL SELECT 0") && !sorted {
					known, walked[begin] = true, true
				}
			}
			if !known {
				t.Errorf("%s\nwalks through a table that grows:\n\t%s", text, strings.Join(plan, "\n\t"))
			}
		}
	}
	if planned < 60 {
		t.Errorf("only %d statements were seen; the suite prepares many more", planned)
	}
	for begin := range walks {
		if !walked[begin] {
			t.Errorf("no statement that begins with %q walks any more; take it out", begin)
		}
	}
}
