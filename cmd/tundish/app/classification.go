package app

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"tundish/config"
	house "tundish/config/codes"
	"tundish/config/lang"
	"tundish/config/reactions"
	"tundish/core"
	"tundish/core/classify"
)

// readClassification reads the table of classification and holds it against everything that it names.
func (s *Settings) readClassification(p *lang.Problems, t *config.Tree) {
	h := reactions.House{Types: s.Types, Systems: []string{}, Districts: []string{}, Depots: []string{}, Borders: map[string][]config.Corner{}, Service: &t.Config.ServiceArea}
	var modes []lang.Value[string]
	for i := range t.Systems {
		h.Systems = append(h.Systems, t.Systems[i].ID.V)
		modes = append(modes, t.Systems[i].Classify)
	}
	for _, d := range t.Districts {
		h.Districts, h.Depots = append(h.Districts, d.Code.V), append(h.Depots, d.Depot)
		if d.Corners != nil {
			h.Borders[d.Code.V] = d.Corners
		}
	}
	for _, c := range t.Crews {
		h.Depots = append(h.Depots, c.Depot)
	}
	slices.Sort(h.Depots)
	h.Depots = slices.Compact(h.Depots)
	if t.Words != nil {
		h.Channels, h.Tariffs = t.Words.Codes(house.Channel), t.Words.Codes("tariff")
		categories, _ := t.Words.Kind(house.Category)
		for _, w := range categories.Words {
			h.Categories = append(h.Categories, w.Code)
			for _, below := range w.Below {
				h.Categories = append(h.Categories, w.Code+"/"+below.Code)
			}
		}
	}
	s.Classification = reactions.ReadClassification(p, t.Config.Dirs.Classification, s.language, h)
	s.Classification.AskedFor(p, modes)
}

// casesOf is the file of cases beside a table of classification.
func casesOf(file string) string { return strings.TrimSuffix(file, ".yaml") + "_test.yaml" }

// TestClassification runs the cases beside the table and tells how many there are; without the file there are none.
func (s *Settings) TestClassification(p *lang.Problems) (int, error) {
	name := casesOf(s.Config.Dirs.Classification)
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, core.Because(core.Unavailable, "cases", err)
	}
	return s.Classification.Test(p, name, text), nil
}

// ClassifyMode is what a system asks of the table.
func (s *Settings) ClassifyMode(id core.SystemID) classify.Mode {
	if sys := s.System(string(id)); sys != nil {
		return classify.Mode(sys.Classify.V)
	}
	return classify.Never
}

// classify fills in what a source left open, where its system asks for it.
func (s *Settings) classify() func(*core.WorkOrder, time.Time) {
	if s.Classification.Table == nil || len(s.Classification.Rules) == 0 {
		return nil
	}
	table, modes := s.Classification.Table, map[core.SystemID]classify.Mode{}
	for i := range s.Systems {
		id := core.SystemID(s.Systems[i].ID.V)
		modes[id] = s.ClassifyMode(id)
	}
	return func(o *core.WorkOrder, now time.Time) { table.Fill(o, modes[o.Ref.System], now) }
}
