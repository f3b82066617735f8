package app

import (
	"go.uber.org/zap"

	"tundish/core/archive"
)

// Archiver moves orders that ended long ago into the history tables, as the settings say.
func (s *Settings) Archiver(st archive.Store, log *zap.Logger) (*archive.Archiver, error) {
	c := s.Config.Archive
	return archive.New(st, archive.Options{Clock: s.Clock(), Log: log, Holder: holder(), Lease: s.Config.Store.Lease,
		After: c.After, Every: c.Every, Share: c.Share, Batch: c.Batch, Messages: c.Messages})
}
