package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"tundish/config"
	"tundish/config/lang"
	"tundish/core"
	"tundish/core/bundle"
	"tundish/core/react"
)

// workdays is the calendar that is live.
type workdays struct {
	now atomic.Pointer[config.Calendar]
}

// Workday tells whether a day is worked.
func (w *workdays) Workday(day time.Time) bool { return w.now.Load().Workday(day) }

// watches tells whether the hub publishes what is saved in the folder.
func (s *Settings) watches(dialect string) bool {
	return s.Config.Bundles.Watch == "always" || s.Config.Bundles.Watch == "auto" && dialect == "sqlite"
}

// follow prepares what keeps the hub at what is live: it publishes a folder of which nothing
// was ever published, and takes the settings from the store where it has them. A published
// version that cannot be used, after an update perhaps, leaves the folder's.
func (h *Hub) follow(ctx context.Context) error {
	folder := NewFolder(h.settings.Config.Dirs)
	every := h.settings.Config.Bundles.Poll // real time: files are edited in it, and a demo's clock may run a thousand times as fast
	h.current, h.live = h.settings, map[core.Scope]core.Bundle{}
	scopes, err := folder.Scopes()
	if err != nil {
		return err
	}
	for _, s := range scopes {
		files, err := folder.Read(s)
		if err != nil {
			return err
		}
		h.live[s] = core.NewBundle(s, files)
	}
	if h.settings.watches(h.store.Dialect()) {
		if h.watcher, err = bundle.NewWatcher(h.store, bundle.NewPublisher(h.store, h.clock), folder, bundle.WatcherOptions{Clock: core.SystemClock{}, Log: h.log.Named("folder"), Every: every, Check: h.try}); err != nil {
			return err
		}
		if err := h.watcher.Begin(ctx); err != nil {
			return err
		}
	}
	if h.follower, err = bundle.NewFollower(h.store, bundle.FollowerOptions{Clock: core.SystemClock{}, Log: h.log.Named("live"), Every: every, Apply: h.apply}); err != nil {
		return err
	}
	live, err := h.settings.Live(ctx, h.store)
	if err != nil {
		return err
	}
	published, err := h.settings.Published(ctx, h.store)
	if err != nil {
		return nil // the follower will say which it is
	}
	for _, v := range live {
		h.live[v.Scope] = v
	}
	h.settings, h.current = published, published
	for _, v := range live {
		if !shares(v, live) { // what shares a file with another is applied by itself, exactly
			h.follower.Served(v)
		}
	}
	return nil
}

// shares tells that another version has another content under the path of one of its files.
func shares(v core.Bundle, all []core.Bundle) bool {
	for _, other := range all {
		for _, f := range other.Files {
			i := slices.IndexFunc(v.Files, func(g core.BundleFile) bool { return g.Path == f.Path })
			if other.Scope != v.Scope && i >= 0 && string(v.Files[i].Bytes) != string(f.Bytes) {
				return true
			}
		}
	}
	return false
}

// under reads what would be live with versions.
func (h *Hub) under(versions []core.Bundle) (*Settings, error) {
	var all []core.Bundle
	for scope, v := range h.live {
		if !slices.ContainsFunc(versions, func(b core.Bundle) bool { return b.Scope == scope }) {
			all = append(all, v)
		}
	}
	next, err := h.current.Under(append(all, versions...)...) // last, so that their own files count
	return next, h.told(err)
}

// told are mistakes in the words of the log.
func (h *Hub) told(err error) error {
	if wrong := (*lang.Problems)(nil); errors.As(err, &wrong) {
		return fmt.Errorf("%s", wrong.In(h.settings.Config.Lang))
	}
	return err
}

// try checks versions beside everything that is live, and runs the cases beside their mappings.
// What this hub lives by was checked.
func (h *Hub) try(versions ...core.Bundle) error {
	h.applying.Lock()
	defer h.applying.Unlock()
	if !slices.ContainsFunc(versions, func(b core.Bundle) bool { return h.live[b.Scope].ID != b.ID }) {
		return nil
	}
	next, err := h.under(versions)
	if err != nil {
		return err
	}
	return h.told(next.cases(versions))
}

// apply makes versions live in this hub, all or none, between two messages: what is under way ends as it
// began. How many calls at a time a system gets and when it must be left alone stay as they
// were when the hub started.
func (h *Hub) apply(versions ...core.Bundle) error {
	h.applying.Lock()
	defer h.applying.Unlock()
	next, err := h.under(versions)
	if err != nil {
		return err
	}
	var made map[string]*react.Channel
	channels := slices.ContainsFunc(versions, func(b core.Bundle) bool { return b.Scope == core.ChannelsScope })
	if channels {
		if made, err = h.makeChannels(next); err != nil {
			return err
		}
	}
	if err := h.reconnect(next, versions); err != nil {
		return err
	}
	if channels {
		if err := h.setChannels(next, made); err != nil {
			return err
		}
	}
	h.current = next
	h.settings.days.now.Store(next.Calendar)
	h.rules.Store(next.Rules())
	h.words.Store(next.Words)
	h.views.Store(&next.Views)
	for _, b := range versions {
		if h.live[b.Scope] = b; b.Scope == core.OrderTypesScope {
			select {
			case h.moved <- struct{}{}:
			default: // it is about to look anyway
			}
		}
	}
	if h.watcher != nil {
		h.watcher.Again() // what try refused may be good beside them
	}
	return nil
}

// moveAgain is how long orders that could not be moved wait for the next try, real time.
const moveAgain = time.Minute

// moveOrders moves orders under way to new versions of their processes: once when the hub
// starts, and whenever order types went live; again a while after a try that failed.
func (h *Hub) moveOrders(ctx context.Context) error {
	for {
		var again <-chan time.Time
		m, err := h.desk.Migrate(ctx)
		if err == nil {
			err = m.Failure
		}
		switch {
		case err != nil && ctx.Err() == nil:
			again = time.After(moveAgain)
			h.log.Error("move orders to the processes that are live", zap.Int("failed", m.Failed), zap.Int("moved", m.Moved), zap.Error(err))
		case m.Why != nil:
			h.log.Warn("orders keep older versions of their processes", zap.Int("kept", m.Kept), zap.Int("moved", m.Moved), zap.Error(m.Why))
		case m.Moved > 0:
			h.log.Info("orders moved to the processes that are live", zap.Int("moved", m.Moved))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-h.moved:
		case <-again:
		}
	}
}

// reconnect puts new connections of systems in the place of their old ones, when all of them can be made.
func (h *Hub) reconnect(next *Settings, versions []core.Bundle) (err error) {
	made := map[core.SystemID]*connection{}
	defer func() {
		if err != nil {
			for _, conn := range made {
				conn.close()
			}
		}
	}()
	for _, b := range versions {
		id, ok := b.Scope.System()
		if !ok {
			continue
		}
		sys := next.System(string(id))
		if sys == nil || h.links[id] == nil {
			return core.Invalidf("unknown_system", string(id), "this hub was started without the system %s; start it anew", "本枢纽启动时没有系统 %s；请重新启动", id)
		}
		if made[id], err = connect(next, sys, h.deps(id)); err != nil {
			delete(made, id)
			return err
		}
	}
	for id, conn := range made {
		now, before := next.System(string(id)).Paths(), h.current.System(string(id)).Paths()
		for _, path := range now {
			if err := h.soap.Mount(path, conn.endpoint); err != nil {
				return err
			}
		}
		for _, path := range left(before, now) {
			h.soap.Unmount(path)
		}
		h.links[id].replace(conn)
	}
	return nil
}

// left are the paths of before that none of now is served like.
func left(before, now []string) []string {
	return slices.DeleteFunc(before, func(old string) bool {
		return slices.ContainsFunc(now, func(path string) bool { return config.TidyPath(path) == config.TidyPath(old) })
	})
}
