package bundle

import (
	"context"
	"strconv"
	"strings"

	"tundish/core"
)

// Publisher moves pointers.
type Publisher struct {
	store core.BundleStore
	clock core.Clock
}

// NewPublisher works on a store; the clock stamps what it publishes.
func NewPublisher(store core.BundleStore, clock core.Clock) *Publisher {
	return &Publisher{store: store, clock: clock}
}

// Live is what is live in a scope now; its revision is 0 when nothing was ever published.
func (p *Publisher) Live(ctx context.Context, scope core.Scope) (core.BundlePointer, error) {
	all, err := p.store.BundlePointers(ctx)
	if err != nil {
		return core.BundlePointer{}, err
	}
	for _, ptr := range all {
		if ptr.Scope == scope {
			return ptr, nil
		}
	}
	return core.BundlePointer{Scope: scope}, nil
}

// Publish makes the files live in place of what was live when somebody decided to do so;
// they must have been checked. What is live already is not published again: moved is false
// then. Conflict, code "stale", when somebody else was faster.
func (p *Publisher) Publish(ctx context.Context, live core.BundlePointer, files []core.BundleFile, author, note string) (now core.BundlePointer, moved bool, err error) {
	b := core.NewBundle(live.Scope, files)
	b.Parent, b.Author, b.Note, b.At = live.Bundle, strings.TrimSpace(author), strings.TrimSpace(note), p.clock.Now().UTC()
	if b.ID == live.Bundle {
		return live, false, nil
	}
	if err := b.Check(); err != nil {
		return live, false, err
	}
	var old core.Bundle
	if live.Bundle != "" {
		if old, err = p.store.Bundle(ctx, live.Scope, live.Bundle); err != nil {
			return live, false, err
		}
	}
	b.Diff = Diff(old.Files, b.Files)
	return p.move(ctx, live, core.BundleMove{Kind: core.MovePublish, Bundle: b.ID, Author: b.Author, Note: b.Note}, &b)
}

// Earlier finds a version to go back to: one that the history names by its id, the
// beginning of its id, or its revision; "" means what was live before the version that is
// live was published, so that one rollback after the other goes further back.
func (p *Publisher) Earlier(ctx context.Context, live core.BundlePointer, to string) (core.Bundle, error) {
	moves, err := p.store.BundleMoves(ctx, live.Scope, historyDepth)
	if err != nil {
		return core.Bundle{}, err
	}
	id, err := earlier(moves, live, to)
	if err != nil {
		return core.Bundle{}, err
	}
	return p.store.Bundle(ctx, live.Scope, id)
}

// Rollback makes a version that Earlier found live again.
func (p *Publisher) Rollback(ctx context.Context, live core.BundlePointer, to core.Bundle, author, note string) (now core.BundlePointer, err error) {
	now, _, err = p.move(ctx, live, core.BundleMove{Kind: core.MoveRollback, Bundle: to.ID, Author: strings.TrimSpace(author), Note: strings.TrimSpace(note)}, nil)
	return now, err
}

func (p *Publisher) move(ctx context.Context, live core.BundlePointer, m core.BundleMove, b *core.Bundle) (core.BundlePointer, bool, error) {
	m.Scope, m.Revision, m.From, m.At = live.Scope, live.Revision+1, live.Bundle, p.clock.Now().UTC()
	if err := p.store.MoveBundle(ctx, m, b); err != nil {
		return live, false, err
	}
	return core.BundlePointer{Scope: m.Scope, Bundle: m.Bundle, Revision: m.Revision}, true, nil
}

// historyDepth is how far back a rollback looks for a version by its name.
const historyDepth = 10_000

// shortest is how many characters of an id name a version: fewer could be a revision that
// was mistyped.
const shortest = 6

func earlier(moves []core.BundleMove, live core.BundlePointer, to string) (string, error) {
	none := core.Fail(core.NotFound, "no_bundle", string(live.Scope), "there is no earlier version to go back to", "没有可回退的更早版本")
	if to == "" {
		for _, m := range moves {
			if m.Kind == core.MovePublish && m.Bundle == live.Bundle {
				if m.From == "" {
					return "", none
				}
				return m.From, nil
			}
		}
		return "", none
	}
	found := ""
	revision, err := strconv.ParseInt(to, 10, 64)
	byRevision := err == nil && len(to) < shortest
	for _, m := range moves {
		switch {
		case byRevision && m.Revision == revision, !byRevision && m.Bundle == to:
			found = m.Bundle
		case !byRevision && len(to) >= shortest && strings.HasPrefix(m.Bundle, to):
			if found != "" && found != m.Bundle {
				return "", core.Invalidf("ambiguous", "--to", "more than one version begins with %q; write more of its id", "有多个版本以 %q 开头；请写更长的标识", to)
			}
			found = m.Bundle
		}
	}
	switch found {
	case "":
		return "", core.Invalidf("no_bundle", "--to", "the history has no version %q; write a revision or at least %d characters of an id", "历史中没有版本 %q；请写修订号或标识的至少 %d 个字符", to, shortest)
	case live.Bundle:
		return "", core.Invalidf("live", "--to", "version %q is live already", "版本 %q 已在使用", to)
	}
	return found, nil
}
