package assign

import "context"

// Sweep is one round of what Run does for ever, in a fixed sequence.
func (s *Service) Sweep(ctx context.Context) error {
	if err := s.locateAll(ctx); err != nil {
		return err
	}
	return s.dispatchAll(ctx)
}
