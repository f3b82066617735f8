package hotlinesim

import (
	"net/http"
	"os"
	"testing"

	"go.yaml.in/yaml/v3"

	"tundish/adapters/sim"
	house "tundish/config/codes"
	"tundish/config/lang"
)

// oneAtATime lets a stand-in do without a lock.
func oneAtATime(turn chan struct{}, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		turn <- struct{}{}
		defer func() { <-turn }()
		h.ServeHTTP(w, r)
	})
}

func TestTheCodesAreThoseOfTheConfiguration(t *testing.T) {
	raw, err := os.ReadFile("../../../config/systems/hotline.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Codes map[string]struct {
			Map   map[string]string
			Table string
		}
	}
	if err := yaml.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	var p lang.Problems
	tables := house.ReadTables(&p, "../../../config/codetables", nil)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	for name, ours := range map[string]sim.Table{
		"type": ownCodes.types, "urgency": ownCodes.urgencies, "category": ownCodes.categories,
		"sub_category": ownCodes.subCategories, "channel": ownCodes.channels, "status": statusCodes,
	} {
		theirs := file.Codes[name].Map
		if table := tables[file.Codes[name].Table]; table != nil {
			theirs = map[string]string{}
			for _, r := range table.Rows { // one table for categories and what is below them
				if below := r.Theirs.Sub != ""; below && name == "sub_category" {
					theirs[r.Theirs.Sub] = r.Ours.Sub
				} else if !below && name == "category" {
					theirs[r.Theirs.Code] = r.Ours.Code
				}
			}
		}
		if len(theirs) != len(ours) {
			t.Errorf("%s: %d codes here, %d in the configuration", name, len(ours), len(theirs))
		}
		for _, pair := range ours {
			if theirs[pair[0]] != pair[1] {
				t.Errorf("%s: %s is %s here, %q in the configuration", name, pair[0], pair[1], theirs[pair[0]])
			}
		}
	}
}
