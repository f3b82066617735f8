package app

import (
	"os"
	"path/filepath"

	"tundish/adapters/geo"
	"tundish/adapters/mapping"
	"tundish/config"
	"tundish/config/lang"
	"tundish/core"
)

// readMapping reads the mapping of a system whose contract is its own; its mistakes go into p.
func readMapping(p *lang.Problems, t *config.Tree, sys *config.System, types []string, references geo.References, trouble func(path, code string)) *mapping.Mapping {
	before := p.Len()
	m := mapping.Load(os.DirFS(t.Config.Dirs.Mappings), sys.Mapping.V+".yaml", surroundings(t, sys, types, references, trouble), p)
	if p.Len() == before && sys.URL.V == "" && m.CallsOut() {
		p.At(sys.Mapping.At, needAddress, sys.Mapping.V)
	}
	return m
}

// surroundings are what the mapping of a system may name.
func surroundings(t *config.Tree, sys *config.System, types []string, references geo.References, trouble func(path, code string)) mapping.Surroundings {
	b := t.Config.ServiceArea.Bounds
	return mapping.Surroundings{
		Zone: sys.Location, Folder: filepath.ToSlash(t.Config.Dirs.Mappings), Types: types,
		Area:   geo.Area{South: b.South.V, West: b.West.V, North: b.North.V, East: b.East.V},
		Tables: t.Tables, References: references, Reference: sys.Reference, Vocabulary: t.Words, Trouble: trouble,
	}
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
