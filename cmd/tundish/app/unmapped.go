package app

import (
	"sync"

	"go.uber.org/zap"

	"tundish/core"
)

// mostUnmapped bounds how many codes of a system are remembered as told.
const mostUnmapped = 1000

// unmapped hears of the codes of one system that no table leads to, but that are kept all the same. Each is
// logged once, so that a code in every order does not fill the log, and counted every time. Tables and mappings
// are read before there is a hub: until to is called, nobody is told.
type unmapped struct {
	system core.SystemID

	mu      sync.Mutex
	log     *zap.Logger
	metrics *metrics // nil for commands
	told    map[[2]string]bool
}

// lack is what hears of the unmapped codes of a system.
func (s *Settings) lack(system string) *unmapped {
	u := s.lacking[system]
	if u == nil {
		u = &unmapped{system: core.SystemID(system), log: zap.NewNop(), told: map[[2]string]bool{}}
		s.lacking[system] = u
	}
	return u
}

// to says who is told.
func (u *unmapped) to(log *zap.Logger, m *metrics) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.log, u.metrics = log, m
}

// hear takes one: path is the field or the kind of code.
func (u *unmapped) hear(path, code string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.metrics != nil {
		u.metrics.unmapped.WithLabelValues(string(u.system), path).Inc()
	}
	key := [2]string{path, code}
	if u.told[key] || len(u.told) >= mostUnmapped {
		return
	}
	u.told[key] = true
	u.log.Warn("a code that no table leads to is kept as it is; add it to the table", zap.String("path", path), zap.String("code", core.LogText(code, core.MaxCode)))
}
