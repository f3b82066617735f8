package app

import (
	"path/filepath"
	"strings"
	"testing"

	"tundish/config"
	"tundish/core"
)

// shippedTypes is a publication of the order types in a folder.
func shippedTypes(t *testing.T, dir string) core.Bundle {
	t.Helper()
	files, err := NewFolder(config.Dirs{OrderTypes: dir}).Read(core.OrderTypesScope)
	if err != nil || len(files) < 3 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	return core.Bundle{Files: files}
}

// TestEveryTypeComesBackOutOfAPublication as it went in: those that open orders of other types and those that use
// others' fields, too.
func TestEveryTypeComesBackOutOfAPublication(t *testing.T) {
	for _, dir := range []string{"../../../config/order-types", "../../../config/examples/gas/order-types"} {
		b := shippedTypes(t, dir)
		types, wrong, err := readTypes(b)
		if err != nil || wrong != nil {
			t.Fatal(err, wrong)
		}
		for _, f := range b.Files {
			code := strings.TrimSuffix(filepath.Base(f.Path), ".yaml")
			if types[code] == nil || types[code].Process.Version == "" {
				t.Errorf("%s as it was published cannot be found again", code)
			}
		}
	}
}

// TestAMistakeCostsOnlyItsOwnType; one that an older program took costs none.
func TestAMistakeCostsOnlyItsOwnType(t *testing.T) {
	b := shippedTypes(t, "../../../config/order-types")
	for i, f := range b.Files {
		switch filepath.Base(f.Path) {
		case "leak.yaml":
			b.Files[i].Bytes = []byte("code: leak\nfamly: repair\n")
		case "recheck.yaml":
			b.Files[i].Bytes = []byte(strings.Replace(string(f.Bytes), "reject: field", "reject: returned", 1))
		}
	}
	types, wrong, err := readTypes(b)
	if err != nil || wrong == nil || !strings.Contains(wrong.Error(), "famly") {
		t.Fatal(err, wrong)
	}
	if types["leak"] != nil || types["burst"] == nil || types["maintenance"] == nil || types["recheck"] == nil || len(types) != len(b.Files)-1 {
		t.Errorf("%d of %d types are left: %v", len(types), len(b.Files), types.Codes())
	}
}
