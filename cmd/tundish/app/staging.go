package app

import (
	"errors"
	"os"
	"path/filepath"

	"tundish/adapters/mapping"
	"tundish/adapters/staging"
	"tundish/adapters/standard"
	"tundish/config"
	"tundish/config/lang"
	"tundish/core"
)

// stage adds what a mapped system exchanges without SOAP: files and tables.
func (c *connection) stage(s *Settings, sys *config.System, system *standard.System, d deps) error {
	m, id := s.Mappings[sys.ID.V], core.SystemID(sys.ID.V)
	chinese := sys.Lang == lang.Chinese
	for name, sheet := range m.Sheets {
		files, err := staging.NewFiles(staging.FilesOptions{
			System: id, Sheet: sheet, Folder: beside(s.Config, sheet.Folder.V), Complete: system.Complete,
			Clock: d.clock, Log: d.log.Named("files"), Chinese: chinese,
		})
		if err != nil {
			return err
		}
		c.sources[name] = files
	}
	dbs := map[string]*staging.Database{}
	for name, t := range m.Tables {
		dsn, err := dsnOf(s.Config, t.Staging)
		if err != nil {
			return err
		}
		db, err := staging.OpenDatabase(dsn, t.Timeout)
		if err != nil {
			return err
		}
		dbs[name], c.closing = db, append(c.closing, db.Close)
		if t.Rows == nil {
			continue
		}
		if c.sources[name], err = staging.NewTable(staging.TableOptions{
			System: id, Table: t, DB: db, Complete: system.Complete, Clock: d.clock, Log: d.log.Named("table"), Chinese: chinese,
		}); err != nil {
			return err
		}
	}
	if len(dbs) == 0 {
		return nil
	}
	sink, err := staging.NewSink(staging.SinkOptions{
		System: id, Tables: m.Tables, DBs: dbs, Clock: d.clock, Blob: d.store.Blob, Trouble: s.lack(sys.ID.V).hear, Next: c.sink,
	})
	if err == nil {
		c.sink = sink
	}
	return err
}

// beside is a path that is relative to the settings file.
func beside(c *config.Config, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(c.File), path)
}

// dsnOf finds where a staging table is. No error repeats what was found.
func dsnOf(c *config.Config, t *mapping.Staging) (string, error) {
	if t.DSNFile.V != "" {
		return config.ReadSecret(beside(c, t.DSNFile.V))
	}
	dsn := os.Getenv(t.DSNEnv.V)
	if dsn == "" {
		return "", core.Invalidf("unusable", t.DSNEnv.V, "the environment variable %s is not set", "未设置环境变量 %s", t.DSNEnv.V)
	}
	return dsn, nil
}

// checkStaging finds what the mapping alone cannot say: databases that cannot be reached by what
// stands there, and folders that are not there.
func checkStaging(p *lang.Problems, c *config.Config, m *mapping.Mapping) {
	for _, t := range m.Tables {
		at := t.DSNFile
		if at.V == "" {
			at = t.DSNEnv
		}
		dsn, err := dsnOf(c, t.Staging)
		if err == nil {
			var db *staging.Database
			if db, err = staging.OpenDatabase(dsn, t.Timeout); err == nil {
				err = db.Close()
			}
		}
		if err != nil {
			p.At(at.At, unusable, words(err))
		}
	}
	for _, sheet := range m.Sheets {
		info, err := os.Stat(beside(c, sheet.Folder.V))
		if err != nil || !info.IsDir() {
			p.At(sheet.Folder.At, noFolder, sheet.Folder.V)
		}
	}
}

// words are an error for a message in either language.
func words(err error) any {
	var e *core.Error
	if errors.As(err, &e) {
		return lang.Text{En: e.Message, Zh: e.MessageZH}
	}
	return err
}

var (
	unusable = lang.NewMessage("unusable", "the database cannot be used: %v", "数据库无法使用：%v")
	noFolder = lang.NewMessage("unusable", "there is no folder %q", "没有文件夹 %q")
)
