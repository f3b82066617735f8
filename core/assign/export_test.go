package assign

import "context"

// Sweep is one round of what Run does for ever, in a fixed sequence.
func (s *Service) Sweep(ctx context.Context) error {
	if err := s.locateAll(ctx); err != nil {
		return err
	}
	return s.dispatchAll(ctx)
}

// Woken tells which sweeps a wake-up is waiting for, and takes it.
func (s *Service) Woken() (dispatch, locate bool) {
	take := func(c chan struct{}) bool {
		select {
		case <-c:
			return true
		default:
			return false
		}
	}
	return take(s.wake), take(s.unlocated)
}

// Mend is one round of what Run does about days with a hole in their plan.
func (s *Service) Mend(ctx context.Context) error { return s.repair(ctx) }
