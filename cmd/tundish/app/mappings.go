package app

import (
	"os"
	"path/filepath"
	"slices"
	"time"

	"tundish/adapters/geo"
	"tundish/adapters/mapping"
	"tundish/config"
	"tundish/config/lang"
	"tundish/core"
	"tundish/core/classify"
)

// readMapping reads the mapping of a system whose contract is its own; its mistakes go into p.
func readMapping(p *lang.Problems, t *config.Tree, sys *config.System, types []string, references geo.References, trouble func(path, code string)) *mapping.Mapping {
	before := p.Len()
	m := mapping.Load(os.DirFS(t.Config.Dirs.Mappings), sys.Mapping.V+".yaml", surroundings(t, sys, types, references, trouble), p)
	if p.Len() == before {
		checkStaging(p, t.Config, m)
	}
	if p.Len() == before && sys.URL.V == "" && m.CallsOut() {
		p.At(sys.Mapping.At, needAddress, sys.Mapping.V)
	}
	return m
}

// surroundings are what the mapping of a system may name.
func surroundings(t *config.Tree, sys *config.System, types []string, references geo.References, trouble func(path, code string)) mapping.Surroundings {
	b := t.Config.ServiceArea.Bounds
	return mapping.Surroundings{
		Secrets: sys.Secrets.Keys(), Classified: sys.Classify.V == string(classify.Missing) || sys.Classify.V == string(classify.Always),
		Zone: sys.Location, Folder: filepath.ToSlash(t.Config.Dirs.Mappings), Types: types,
		Area:   geo.Area{South: b.South.V, West: b.West.V, North: b.North.V, East: b.East.V},
		Tables: t.Tables, References: references, Reference: sys.Reference, Vocabulary: t.Words, Trouble: trouble,
	}
}

// Around is what a mapping of that name may name when it is tried: of the system that uses it
// its zone and its reference system, and zone where none does. Settings with mistakes
// give what could be read of them.
func (s *Settings) Around(name string, zone *time.Location) mapping.Surroundings {
	sys := &config.System{}
	i := slices.IndexFunc(s.Systems, func(sys config.System) bool { return sys.Mapping.V == name })
	if i >= 0 {
		sys = &s.Systems[i]
	}
	var types []string
	if len(s.Types) > 0 {
		types = s.Types.Codes()
	}
	around := surroundings(s.Tree, sys, types, s.References, nil)
	around.Folder, around.Unused = "", i < 0
	if around.Zone == nil {
		around.Zone = zone
	}
	return around
}

var needAddress = lang.NewMessage("required", "the mapping %q calls the system, whose url is missing", "映射 %q 需要调用该系统，但未填写 url")

// extensible tells whether the system can be asked for more time.
func (s *Settings) extensible(sys *config.System) bool {
	if sys.ResultsOnly {
		return false
	}
	if m := s.Mappings[sys.ID.V]; m != nil {
		return m.Calls[core.TellExtension] != nil
	}
	return sys.Contract.V == "hotline" // no other contract can be asked
}
