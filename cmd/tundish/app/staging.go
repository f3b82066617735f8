package app

import (
	"path/filepath"

	"tundish/adapters/staging"
	"tundish/adapters/standard"
	"tundish/config"
	"tundish/config/lang"
	"tundish/core"
)

// stage adds what a mapped system exchanges without SOAP.
func (c *connection) stage(s *Settings, sys *config.System, system *standard.System, d deps) error {
	m := s.Mappings[sys.ID.V]
	for name, sheet := range m.Sheets {
		files, err := staging.NewFiles(staging.FilesOptions{
			System: core.SystemID(sys.ID.V), Sheet: sheet, Folder: s.beside(sheet.Folder.V), Complete: system.Complete,
			Clock: d.clock, Log: d.log.Named("files"), Chinese: sys.Lang == lang.Chinese,
		})
		if err != nil {
			return err
		}
		c.sources[name] = files
	}
	return nil
}

// beside is a path that is relative to the settings file.
func (s *Settings) beside(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(s.Config.File), path)
}
