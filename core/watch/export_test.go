package watch

// Broken tells how many orders are left alone.
func (w *Watcher) Broken() int { return len(w.broken) }
