package app

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"go.uber.org/zap"

	"tundish/dispatch"
)

// keepRecords writes batches as they were planned into the folder that the settings name.
// A record that cannot be written is logged and stops no batch.
func (s *Settings) keepRecords(log *zap.Logger) func(dispatch.Record) {
	dir := s.Config.Dispatch.Records
	if dir == "" {
		return nil
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(filepath.Dir(s.Config.File), dir)
	}
	return func(r dispatch.Record) {
		path := filepath.Join(dir, r.Board.Now.Format("20060102-150405")+".json")
		if err := writeRecord(path, r); err != nil {
			log.Warn("a batch could not be written down for later questions", zap.String("file", path), zap.Error(err))
		}
	}
}

func writeRecord(path string, r dispatch.Record) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	return replace(path, text)
}

// replace writes a file whole or not at all.
func replace(path string, text []byte) error {
	part := path + "." + time.Now().Format("150405.000000000")
	if err := os.WriteFile(part, text, 0o640); err != nil {
		return err
	}
	return os.Rename(part, path)
}
