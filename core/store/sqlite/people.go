package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"

	"tundish/core"
	"tundish/core/store/internal/record"
)

const userColumns = "body, hash, version, created_at, failed, locked_until, last_login"

func scanUser(scan func(...any) error, more ...any) (core.User, error) {
	var u core.User
	var body string
	var created int64
	var locked, login sql.NullInt64
	var hash string
	var version, failed int64
	if err := scan(append([]any{&body, &hash, &version, &created, &failed, &locked, &login}, more...)...); err != nil {
		return u, err
	}
	if err := json.Unmarshal([]byte(body), &u); err != nil {
		return u, fmt.Errorf("read a stored user: %w", err)
	}
	u.Hash, u.Version, u.Failed = hash, version, int(failed)
	u.CreatedAt, u.LockedUntil, u.LastLogin = time.UnixMilli(created).UTC(), instant(locked), instant(login)
	return u, nil
}

// AnyUser tells whether there is, or ever was, a user.
func (s *Store) AnyUser(ctx context.Context) (bool, error) {
	var n int64
	err := s.row(ctx, "look whether there are users", "SELECT EXISTS (SELECT 1 FROM users)", nil, &n)
	return n > 0, err
}

// User reads one user.
func (s *Store) User(ctx context.Context, id string) (core.User, error) {
	found := false
	var u core.User
	err := s.rows(ctx, "read user "+id, "SELECT "+userColumns+" FROM users WHERE id = ?", []any{id}, func(r *sql.Rows) (err error) {
		found = true
		u, err = scanUser(r.Scan)
		return err
	})
	if err == nil && !found {
		err = core.NoUser(id)
	}
	return u, err
}

// Users lists users by id.
func (s *Store) Users(ctx context.Context) ([]core.User, error) {
	var out []core.User
	err := s.rows(ctx, "list users", "SELECT "+userColumns+" FROM users ORDER BY id", nil, func(r *sql.Rows) error {
		u, err := scanUser(r.Scan)
		out = append(out, u)
		return err
	})
	return out, err
}

// refusal carries what a task found out of the writer's goroutine.
type refusal struct{ err error }

// ChangeUser writes a user with its line in the record; see core.PeopleStore.
func (s *Store) ChangeUser(ctx context.Context, ch core.UserChange) error {
	if err := ch.Check(); err != nil {
		return err
	}
	u := &ch.User
	body, err := record.User(*u)
	if err != nil {
		return err
	}
	found := &refusal{}
	err = s.do(ctx, "change user "+u.ID, func(c *conn) error {
		found.err = nil
		at, there := int64(0), false
		if err := c.query("SELECT version FROM users WHERE id = ?", values(u.ID), func(row []driver.Value) error {
			at, there = row[0].(int64), true
			return nil
		}); err != nil {
			return err
		}
		switch {
		case ch.Expected == 0 && there:
			found.err = core.UserExists(u.ID)
			return nil
		case ch.Expected != at && !there:
			found.err = core.NoUser(u.ID)
			return nil
		case ch.Expected != at:
			found.err = core.StaleUser(u.ID)
			return nil
		}
		if there {
			_, err = c.exec(`UPDATE users SET version = version + 1, body = ?2, failed = CASE WHEN hash = ?3 THEN failed ELSE 0 END,
				locked_until = CASE WHEN hash = ?3 THEN locked_until END, hash = ?3 WHERE id = ?1`, values(u.ID, body, u.Hash))
		} else {
			_, err = c.exec("INSERT INTO users (id, version, body, hash, created_at, failed) VALUES (?, 1, ?, ?, "+now+", 0)", values(u.ID, body, u.Hash))
		}
		if err != nil {
			return err
		}
		switch ch.EndSessions {
		case "":
		case core.AllSessions:
			_, err = c.exec("DELETE FROM sessions WHERE user_id = ?", values(u.ID))
		default:
			_, err = c.exec("DELETE FROM sessions WHERE user_id = ? AND kind = ?", values(u.ID, string(ch.EndSessions)))
		}
		if err != nil {
			return err
		}
		return addUserEvent(c, core.UserEvent{By: ch.By, User: u.ID, Kind: ch.Kind, Detail: ch.Detail})
	})
	if err != nil {
		return err
	}
	return found.err
}

// addUserEvent chains a line to the last one.
func addUserEvent(c *conn, e core.UserEvent) error {
	var before core.UserEvent
	if err := c.query("SELECT sequence, chain FROM user_events ORDER BY sequence DESC LIMIT 1", nil, func(row []driver.Value) error {
		before.Sequence, before.Chain = row[0].(int64), row[1].(string)
		return nil
	}); err != nil {
		return err
	}
	if err := c.query("SELECT "+now, nil, func(row []driver.Value) error {
		e.At = time.UnixMilli(row[0].(int64))
		return nil
	}); err != nil {
		return err
	}
	e = e.Follows(before)
	_, err := c.exec("INSERT INTO user_events (sequence, at, actor, user_id, kind, detail, chain) VALUES (?, ?, ?, ?, ?, ?, ?)",
		values(e.Sequence, e.At.UnixMilli(), e.By, e.User, e.Kind, e.Detail, e.Chain))
	return err
}

// TryLogin counts an attempt; see core.PeopleStore.
func (s *Store) TryLogin(ctx context.Context, id string, most int, lock time.Duration) (bool, error) {
	n, err := s.touch(ctx, "count an attempt of "+id, nil, `UPDATE users SET failed = CASE WHEN locked_until IS NULL THEN failed + 1 ELSE 1 END,
		locked_until = CASE WHEN (CASE WHEN locked_until IS NULL THEN failed + 1 ELSE 1 END) >= ?2 THEN `+now+` + ?3 END
		WHERE id = ?1 AND (locked_until IS NULL OR locked_until <= `+now+`)`, id, int64(most), lock.Milliseconds())
	if err != nil || n > 0 {
		return n > 0, err
	}
	_, err = s.User(ctx, id)
	return false, err
}

// RecordUserEvent adds a line to the record.
func (s *Store) RecordUserEvent(ctx context.Context, e core.UserEvent) error {
	if err := e.Check(); err != nil {
		return err
	}
	return s.do(ctx, "write the record of people", func(c *conn) error { return addUserEvent(c, e) })
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
	found := &refusal{}
	err := s.do(ctx, "open a session of "+x.User, func(c *conn) error {
		found.err = core.NoUser(x.User)
		if err := c.query("SELECT version FROM users WHERE id = ?", values(x.User), func(row []driver.Value) error {
			if found.err = nil; x.UserVersion != 0 && row[0].(int64) != x.UserVersion {
				found.err = core.StaleUser(x.User)
			}
			return nil
		}); err != nil || found.err != nil {
			return err
		}
		if _, err := c.exec("DELETE FROM sessions WHERE digest IN (SELECT digest FROM sessions WHERE ends_at <= "+now+" LIMIT 500)", nil); err != nil {
			return err
		}
		if _, err := c.exec("INSERT INTO sessions (digest, id, user_id, kind, note, created_at, used_at, ends_at) VALUES (?, ?, ?, ?, ?, "+now+", "+now+", "+now+" + ?)",
			values(x.Digest[:], x.ID, x.User, string(x.Kind), x.Note, ends.Milliseconds())); err != nil {
			return err
		}
		if x.Kind == core.BrowserSession {
			if _, err := c.exec("UPDATE users SET failed = 0, locked_until = NULL, last_login = "+now+" WHERE id = ?", values(x.User)); err != nil {
				return err
			}
		}
		return addUserEvent(c, e)
	})
	if err != nil {
		return err
	}
	return found.err
}

const sessionColumns = "x.id, x.user_id, x.kind, x.note, x.created_at, x.used_at, x.ends_at"

// sessionRow is a session as it is scanned.
type sessionRow struct {
	s                   core.Session
	created, used, ends int64
}

func (r *sessionRow) dest() []any {
	return []any{&r.s.ID, &r.s.User, &r.s.Kind, &r.s.Note, &r.created, &r.used, &r.ends}
}

func (r *sessionRow) value() core.Session {
	r.s.CreatedAt, r.s.UsedAt, r.s.EndsAt = time.UnixMilli(r.created).UTC(), time.UnixMilli(r.used).UTC(), time.UnixMilli(r.ends).UTC()
	return r.s
}

// UseSession finds a session that is good; see core.PeopleStore. That it was used is written once in
// a while only: a page that asks every second need not write every second.
func (s *Store) UseSession(ctx context.Context, digest [32]byte, idle time.Duration) (core.Session, core.User, error) {
	var row sessionRow
	var u core.User
	var stale int64
	found := false
	err := s.rows(ctx, "look for a session", `SELECT u.body, u.hash, u.version, u.created_at, u.failed, u.locked_until, u.last_login, `+sessionColumns+`, x.used_at <= `+now+` - ?2
		FROM sessions x CROSS JOIN users u ON u.id = x.user_id WHERE x.digest = ?1 AND x.ends_at > `+now+` AND (?3 = 0 OR x.used_at > `+now+` - ?3)`,
		[]any{digest[:], record.TouchAfter(idle).Milliseconds(), idle.Milliseconds()}, func(r *sql.Rows) (err error) {
			found = true
			u, err = scanUser(r.Scan, append(row.dest(), &stale)...)
			return err
		})
	if err != nil {
		return core.Session{}, core.User{}, err
	}
	if !found || u.Disabled {
		return core.Session{}, core.User{}, core.NoSession()
	}
	if stale != 0 {
		if _, err := s.touch(ctx, "mark a session used", nil, "UPDATE sessions SET used_at = "+now+" WHERE digest = ?", digest[:]); err != nil {
			return core.Session{}, core.User{}, err
		}
	}
	x := row.value()
	x.Digest = digest
	return x, u, nil
}

// Sessions lists sessions that have not ended, newest first.
func (s *Store) Sessions(ctx context.Context, user string) ([]core.Session, error) {
	text, args := "SELECT "+sessionColumns+" FROM sessions x WHERE x.ends_at > "+now+" ORDER BY x.created_at DESC, x.id", []any(nil)
	if user != "" {
		text, args = "SELECT "+sessionColumns+" FROM sessions x WHERE x.user_id = ? AND x.ends_at > "+now+" ORDER BY x.created_at DESC, x.id", []any{user}
	}
	var out []core.Session
	err := s.rows(ctx, "list sessions", text, args, func(r *sql.Rows) error {
		var row sessionRow
		err := r.Scan(row.dest()...)
		out = append(out, row.value())
		return err
	})
	return out, err
}

// EndSession ends a session.
func (s *Store) EndSession(ctx context.Context, id, by string) error {
	found := &refusal{}
	err := s.do(ctx, "end a session", func(c *conn) error {
		found.err = core.NoSession()
		var user, kind, note string
		if err := c.query("SELECT user_id, kind, note FROM sessions WHERE id = ?", values(id), func(row []driver.Value) error {
			found.err = nil
			user, kind, note = row[0].(string), row[1].(string), row[2].(string)
			return nil
		}); err != nil || found.err != nil {
			return err
		}
		if _, err := c.exec("DELETE FROM sessions WHERE id = ?", values(id)); err != nil {
			return err
		}
		return addUserEvent(c, core.UserEvent{By: by, User: user, Kind: record.EndKind(core.SessionKind(kind)), Detail: note})
	})
	if err != nil {
		return err
	}
	return found.err
}

const selectLines = "SELECT sequence, at, actor, user_id, kind, detail, chain FROM user_events"

// UserEvents lists the record, newest first.
func (s *Store) UserEvents(ctx context.Context, user string, n int) ([]core.UserEvent, error) {
	text, args := selectLines+" ORDER BY sequence DESC LIMIT ?", []any{limit(n)}
	if user != "" {
		text, args = selectLines+" WHERE user_id = ? ORDER BY sequence DESC LIMIT ?", []any{user, limit(n)}
	}
	return s.userEvents(ctx, text, args)
}

// UserEventsBehind lists the record from a line on; see core.PeopleStore.
func (s *Store) UserEventsBehind(ctx context.Context, sequence int64, n int) ([]core.UserEvent, error) {
	return s.userEvents(ctx, selectLines+" WHERE sequence > ? ORDER BY sequence LIMIT ?", []any{sequence, limit(n)})
}

func (s *Store) userEvents(ctx context.Context, text string, args []any) ([]core.UserEvent, error) {
	var out []core.UserEvent
	err := s.rows(ctx, "read the record of people", text, args, func(r *sql.Rows) error {
		var e core.UserEvent
		var at int64
		err := r.Scan(&e.Sequence, &at, &e.By, &e.User, &e.Kind, &e.Detail, &e.Chain)
		e.At = time.UnixMilli(at).UTC()
		out = append(out, e)
		return err
	})
	return out, err
}

// Duties lists duties by day and crew.
func (s *Store) Duties(ctx context.Context, from, to, crew string) ([]core.Duty, error) {
	text, args := "SELECT body FROM duties WHERE day >= ? AND day <= ? ORDER BY day, crew_id", []any{from, to}
	if crew != "" {
		text, args = "SELECT body FROM duties WHERE day >= ? AND day <= ? AND crew_id = ? ORDER BY day, crew_id", []any{from, to, crew}
	}
	var out []core.Duty
	err := s.rows(ctx, "read the duty roster", text, args, func(r *sql.Rows) error {
		var body string
		var d core.Duty
		if err := r.Scan(&body); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(body), &d)
		out = append(out, d)
		return err
	})
	return out, err
}

// SetDuties writes duties, all or none.
func (s *Store) SetDuties(ctx context.Context, duties []core.Duty, by, detail string) error {
	rows, err := record.Duties(duties, by)
	if err != nil {
		return err
	}
	return s.do(ctx, "write the duty roster", func(c *conn) error {
		for _, d := range rows {
			text, args := "INSERT INTO duties (day, crew_id, body) VALUES (?1, ?2, ?3) ON CONFLICT (day, crew_id) DO UPDATE SET body = ?3", values(d.Day, d.Crew, d.Body)
			if d.Body == "" {
				text, args = "DELETE FROM duties WHERE day = ? AND crew_id = ?", values(d.Day, d.Crew)
			}
			if _, err := c.exec(text, args); err != nil {
				return err
			}
		}
		return addUserEvent(c, core.UserEvent{By: by, Kind: "roster", Detail: detail})
	})
}
