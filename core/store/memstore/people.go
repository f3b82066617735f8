package memstore

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"tundish/core"
	"tundish/core/store/internal/record"
)

type session struct {
	core.Session
	order int // of opening
}

// AnyUser tells whether there is a user.
func (s *Store) AnyUser(ctx context.Context) (any bool, err error) {
	err = s.read(ctx, func() { any = len(s.users) > 0 })
	return any, err
}

// User reads one user.
func (s *Store) User(ctx context.Context, id string) (u core.User, err error) {
	found := false
	err = s.read(ctx, func() { u, found = s.users[id]; u = u.Clone() })
	if err == nil && !found {
		err = core.NoUser(id)
	}
	return u, err
}

// Users lists users by id.
func (s *Store) Users(ctx context.Context) (out []core.User, err error) {
	err = s.read(ctx, func() {
		for _, id := range slices.Sorted(maps.Keys(s.users)) {
			out = append(out, s.users[id].Clone())
		}
	})
	return out, err
}

// ChangeUser writes a user; see core.PeopleStore.
func (s *Store) ChangeUser(ctx context.Context, ch core.UserChange) error {
	if err := ch.Check(); err != nil {
		return err
	}
	return s.do(ctx, func(tx *undo) error {
		u := ch.User.Clone()
		old, there := s.users[u.ID]
		switch {
		case ch.Expected == 0 && there:
			return core.UserExists(u.ID)
		case ch.Expected != old.Version && !there:
			return core.NoUser(u.ID)
		case ch.Expected != old.Version:
			return core.StaleUser(u.ID)
		}
		u.Version, u.CreatedAt, u.Failed, u.LockedUntil, u.LastLogin = old.Version+1, old.CreatedAt, old.Failed, old.LockedUntil, old.LastLogin
		if !there {
			u.CreatedAt = millis(time.Now())
		}
		if u.Hash != old.Hash {
			u.Failed, u.LockedUntil = 0, time.Time{}
		}
		put(tx, s.users, u.ID, u)
		for d, x := range s.sessions {
			if x.User == u.ID && ch.EndSessions != "" && (ch.EndSessions == core.AllSessions || ch.EndSessions == x.Kind) {
				delete(s.sessions, d)
				tx.add(func() { s.sessions[d] = x })
			}
		}
		s.addUserEvent(tx, core.UserEvent{By: ch.By, User: u.ID, Kind: ch.Kind, Detail: ch.Detail})
		return nil
	})
}

func (s *Store) addUserEvent(tx *undo, e core.UserEvent) {
	var before core.UserEvent
	if n := len(s.userEvents); n > 0 {
		before = s.userEvents[n-1]
	}
	e.At = time.Now()
	push(tx, &s.userEvents, e.Follows(before))
}

// TryLogin counts an attempt; see core.PeopleStore.
func (s *Store) TryLogin(ctx context.Context, id string, most int, lock time.Duration) (ok bool, err error) {
	err = s.do(ctx, func(tx *undo) error {
		u, there := s.users[id]
		now := time.Now()
		if !there {
			return core.NoUser(id)
		}
		if ok = !u.LockedUntil.After(now); !ok {
			return nil
		}
		if u.Failed++; !u.LockedUntil.IsZero() {
			u.Failed, u.LockedUntil = 1, time.Time{}
		}
		if u.Failed >= most {
			u.LockedUntil = millis(now.Add(lock))
		}
		put(tx, s.users, id, u)
		return nil
	})
	return ok && err == nil, err
}

// RecordUserEvent adds a line to the record.
func (s *Store) RecordUserEvent(ctx context.Context, e core.UserEvent) error {
	if err := e.Check(); err != nil {
		return err
	}
	return s.do(ctx, func(tx *undo) error { s.addUserEvent(tx, e); return nil })
}

// OpenSession stores a session; see core.PeopleStore.
func (s *Store) OpenSession(ctx context.Context, x core.Session, by string, ends time.Duration) error {
	if err := x.Check(); err != nil {
		return err
	}
	kind := "token_added"
	if x.Kind == core.BrowserSession {
		kind = "login"
	}
	e := core.UserEvent{By: by, User: x.User, Kind: kind, Detail: x.Note}
	if err := e.Check(); err != nil {
		return err
	}
	return s.do(ctx, func(tx *undo) error {
		u, there := s.users[x.User]
		if !there {
			return core.NoUser(x.User)
		}
		if x.UserVersion != 0 && u.Version != x.UserVersion {
			return core.StaleUser(x.User)
		}
		now := millis(time.Now())
		x.CreatedAt, x.UsedAt, x.EndsAt = now, now, millis(now.Add(ends))
		put(tx, s.sessions, x.Digest, session{x, len(s.userEvents)})
		if x.Kind == core.BrowserSession {
			u.Failed, u.LockedUntil, u.LastLogin = 0, time.Time{}, now
			put(tx, s.users, x.User, u)
		}
		s.addUserEvent(tx, e)
		return nil
	})
}

// UseSession finds a session that is good; see core.PeopleStore.
func (s *Store) UseSession(ctx context.Context, digest [32]byte, idle time.Duration) (x core.Session, u core.User, err error) {
	err = s.do(ctx, func(tx *undo) error {
		now := time.Now()
		found, there := s.sessions[digest]
		u = s.users[found.User].Clone()
		if !there || !found.EndsAt.After(now) || idle > 0 && !found.UsedAt.Add(idle).After(now) || u.Disabled {
			return core.NoSession()
		}
		x = found.Session
		found.UsedAt = millis(now)
		put(tx, s.sessions, digest, found)
		return nil
	})
	if err != nil {
		return core.Session{}, core.User{}, err
	}
	return x, u, nil
}

// Sessions lists sessions that have not ended, newest first.
func (s *Store) Sessions(ctx context.Context, user string) (out []core.Session, err error) {
	var found []session
	err = s.read(ctx, func() {
		for _, x := range s.sessions {
			if (user == "" || x.User == user) && x.EndsAt.After(time.Now()) {
				found = append(found, x)
			}
		}
	})
	slices.SortFunc(found, func(a, b session) int { return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.ID, b.ID)) })
	for _, x := range found {
		x.Digest = [32]byte{}
		out = append(out, x.Session)
	}
	return out, err
}

// EndSession ends a session.
func (s *Store) EndSession(ctx context.Context, id, by string) error {
	return s.do(ctx, func(tx *undo) error {
		for d, x := range s.sessions {
			if x.ID == id {
				delete(s.sessions, d)
				tx.add(func() { s.sessions[d] = x })
				s.addUserEvent(tx, core.UserEvent{By: by, User: x.User, Kind: record.EndKind(x.Kind), Detail: x.Note})
				return nil
			}
		}
		return core.NoSession()
	})
}

// UserEvents lists the record, newest first.
func (s *Store) UserEvents(ctx context.Context, user string, n int) (out []core.UserEvent, err error) {
	err = s.read(ctx, func() {
		out = newest(s.userEvents, n, func(e *core.UserEvent) bool { return user == "" || e.User == user })
	})
	return out, err
}

// UserEventsBehind lists the record from a line on, oldest first.
func (s *Store) UserEventsBehind(ctx context.Context, sequence int64, n int) (out []core.UserEvent, err error) {
	if n <= 0 {
		n = 100
	}
	err = s.read(ctx, func() {
		for _, e := range s.userEvents {
			if e.Sequence > sequence && len(out) < n {
				out = append(out, e)
			}
		}
	})
	return out, err
}

type dutyKey struct{ day, crew string }

// Duties lists duties by day and crew.
func (s *Store) Duties(ctx context.Context, from, to, crew string) (out []core.Duty, err error) {
	err = s.read(ctx, func() {
		for k, d := range s.duties {
			if k.day >= from && k.day <= to && (crew == "" || k.crew == crew) {
				out = append(out, d.Clone())
			}
		}
	})
	slices.SortFunc(out, func(a, b core.Duty) int { return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Crew, b.Crew)) })
	return out, err
}

// SetDuties writes duties, all or none.
func (s *Store) SetDuties(ctx context.Context, duties []core.Duty, by, detail string) error {
	rows, err := record.Duties(duties, by)
	if err != nil {
		return err
	}
	return s.do(ctx, func(tx *undo) error {
		for _, r := range rows {
			k := dutyKey{r.Day, r.Crew}
			if old, was := s.duties[k]; r.Body == "" {
				delete(s.duties, k)
				if was {
					tx.add(func() { s.duties[k] = old })
				}
				continue
			}
			var d core.Duty
			if err := json.Unmarshal([]byte(r.Body), &d); err != nil {
				return err
			}
			put(tx, s.duties, k, d)
		}
		s.addUserEvent(tx, core.UserEvent{By: by, Kind: "roster", Detail: detail})
		return nil
	})
}
