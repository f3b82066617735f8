package memstore

import "tundish/core"

// meter writes what an order says of a meter.
func (s *Store) meter(tx *undo, no core.OrderNo, c core.MeterChange) error {
	is, err := s.meters[c.Serial].After(no, c)
	if err != nil {
		return err
	}
	put(tx, s.meters, c.Serial, is)
	return nil
}
