package sqlserver

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tundish/core"
	"tundish/core/store/internal/record"
)

const userColumns = "u.body, u.hash, u.version, u.created_at, u.failed, u.locked_until, u.last_login"

func scanUser(scan func(...any) error, more ...any) (core.User, error) {
	var u core.User
	var body, hash string
	var created, locked, login sql.NullTime
	var version, failed int64
	if err := scan(append([]any{&body, &hash, &version, &created, &failed, &locked, &login}, more...)...); err != nil {
		return u, err
	}
	if err := json.Unmarshal([]byte(body), &u); err != nil {
		return u, fmt.Errorf("read a stored user: %w", err)
	}
	u.Hash, u.Version, u.Failed = hash, version, int(failed)
	u.CreatedAt, u.LockedUntil, u.LastLogin = utc(created), utc(locked), utc(login)
	return u, nil
}

// AnyUser tells whether there is, or ever was, a user.
func (s *Store) AnyUser(ctx context.Context) (bool, error) {
	var n int64
	err := s.row(ctx, "look whether there are users", "SELECT COUNT(*) FROM (SELECT TOP 1 id FROM users) t", "", nil, &n)
	return n > 0, err
}

// User reads one user.
func (s *Store) User(ctx context.Context, id string) (core.User, error) {
	if inexact(id) {
		return core.User{}, core.NoUser(id)
	}
	b := &batch{}
	b.add("SELECT ", userColumns, " FROM users u WHERE u.id = ", b.param("nvarchar(60)", id))
	list, err := s.users(ctx, "read user "+id, b)
	if err == nil && len(list) == 0 {
		err = core.NoUser(id)
	}
	if err != nil {
		return core.User{}, err
	}
	return list[0], nil
}

// Users lists users by id.
func (s *Store) Users(ctx context.Context) ([]core.User, error) {
	b := &batch{}
	b.add("SELECT ", userColumns, " FROM users u ORDER BY u.id")
	return s.users(ctx, "list users", b)
}

func (s *Store) users(ctx context.Context, doing string, b *batch) (out []core.User, err error) {
	err = s.rows(ctx, doing, b, func(r *sql.Rows) error {
		u, err := scanUser(r.Scan)
		out = append(out, u)
		return err
	})
	return out, err
}

// alone runs a decision about people in a transaction of its own, again if it lost a race. An answer
// that was lost is an error: run again, it would take its own work for somebody else's.
func (s *Store) alone(ctx context.Context, doing string, run func(context.Context, *sql.Tx) error) error {
	return s.retry(ctx, doing, func(ctx context.Context) error {
		tx, err := s.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }() // after Commit it does nothing
		if _, err := tx.ExecContext(ctx, s.session()+"SET XACT_ABORT ON;"); err != nil {
			return err
		}
		if err := run(ctx, tx); err != nil {
			return err
		}
		if err := tx.Commit(); lost(err) {
			return core.Because(core.Unavailable, "store_away", errors.New(err.Error()))
		} else if err != nil {
			return err
		}
		return nil
	})
}

// counted runs statements that end in SELECT of one number.
func counted(ctx context.Context, tx *sql.Tx, b *batch) (n int64, err error) {
	rows, err := b.query(ctx, tx)
	if err != nil {
		return 0, err
	}
	err = each(rows, func(r *sql.Rows) error { return r.Scan(&n) })
	return n, err
}

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
	return s.alone(ctx, "change user "+u.ID, func(ctx context.Context, tx *sql.Tx) error {
		b := &batch{}
		id := b.param("nvarchar(60)", u.ID)
		text, hash := b.param("nvarchar(max)", body), b.param("nvarchar(200)", u.Hash)
		if ch.Expected == 0 {
			b.add("INSERT INTO users (id, version, body, hash, created_at, failed) SELECT ", id, ", 1, ", text, ", ", hash, ", ", now, ", 0 WHERE NOT EXISTS (SELECT 1 FROM users WHERE id = ", id, ")", touched)
		} else {
			b.add("UPDATE users SET version = version + 1, body = ", text, ", failed = CASE WHEN hash = ", hash, " THEN failed ELSE 0 END, locked_until = CASE WHEN hash = ", hash,
				" THEN locked_until END, hash = ", hash, " WHERE id = ", id, " AND version = ", b.param("bigint", ch.Expected), touched)
		}
		n, err := counted(ctx, tx, b)
		if err != nil {
			return err
		}
		if n == 0 && ch.Expected == 0 {
			return core.UserExists(u.ID)
		}
		if n == 0 {
			b := &batch{}
			b.add("SELECT COUNT(*) FROM users WHERE id = ", b.param("nvarchar(60)", u.ID))
			if n, err = counted(ctx, tx, b); err != nil {
				return err
			}
			if n == 0 {
				return core.NoUser(u.ID)
			}
			return core.StaleUser(u.ID)
		}
		if ch.EndSessions != "" {
			b := &batch{}
			b.add("DELETE FROM sessions WHERE user_id = ", b.param("nvarchar(60)", u.ID))
			if ch.EndSessions != core.AllSessions {
				b.add(" AND kind = ", b.param("nvarchar(10)", string(ch.EndSessions)))
			}
			if err := b.exec(ctx, tx); err != nil {
				return err
			}
		}
		return addUserEvent(ctx, tx, core.UserEvent{By: ch.By, User: u.ID, Kind: ch.Kind, Detail: ch.Detail})
	})
}

// addUserEvent chains a line to the last one. The row that says which is last is written first, so that of
// two who add at once one waits for the other; see DESIGN.md of the store on hints that a server ignores.
func addUserEvent(ctx context.Context, tx *sql.Tx, e core.UserEvent) error {
	var before core.UserEvent
	b := &batch{}
	b.add("UPDATE user_events_end SET sequence = sequence + 1 WHERE id = 1;\nSELECT sequence - 1, chain, ", now, " FROM user_events_end WHERE id = 1")
	rows, err := b.query(ctx, tx)
	if err != nil {
		return err
	}
	if err := each(rows, func(r *sql.Rows) error { return r.Scan(&before.Sequence, &before.Chain, &e.At) }); err != nil {
		return err
	}
	e = e.Follows(before)
	b = &batch{}
	chain := b.param("varchar(64)", e.Chain)
	b.add("INSERT INTO user_events (sequence, at, actor, user_id, kind, detail, chain) VALUES (", b.param("bigint", e.Sequence), ", ", b.param("datetime2(3)", instant(e.At)), ", ",
		b.param("nvarchar(100)", e.By), ", ", b.param("nvarchar(60)", e.User), ", ", b.param("nvarchar(40)", e.Kind), ", ", b.param("nvarchar(1000)", e.Detail), ", ", chain, ");\n",
		"UPDATE user_events_end SET chain = ", chain, " WHERE id = 1")
	return b.exec(ctx, tx)
}

// TryLogin counts an attempt; see core.PeopleStore.
func (s *Store) TryLogin(ctx context.Context, id string, most int, lock time.Duration) (bool, error) {
	if inexact(id) {
		return false, core.NoUser(id)
	}
	n, err := s.touch(ctx, "count an attempt of "+id, `UPDATE users SET failed = CASE WHEN locked_until IS NULL THEN failed + 1 ELSE 1 END,
		locked_until = CASE WHEN (CASE WHEN locked_until IS NULL THEN failed + 1 ELSE 1 END) >= @most THEN DATEADD(millisecond, @lock, `+now+`) END
		WHERE id = @id AND (locked_until IS NULL OR locked_until <= `+now+`)`+touched, "@id nvarchar(60), @most int, @lock int",
		sql.Named("id", id), sql.Named("most", int64(most)), sql.Named("lock", delay(lock)))
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
	return s.alone(ctx, "write the record of people", func(ctx context.Context, tx *sql.Tx) error { return addUserEvent(ctx, tx, e) })
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
	return s.alone(ctx, "open a session of "+x.User, func(ctx context.Context, tx *sql.Tx) error {
		b := &batch{}
		b.add("DELETE TOP (500) FROM sessions WHERE ends_at <= ", now)
		if err := b.exec(ctx, tx); err != nil {
			return err
		}
		b = &batch{}
		id, version := b.param("nvarchar(60)", x.User), "version"
		if x.UserVersion != 0 {
			version = b.param("bigint", x.UserVersion)
		}
		b.add("INSERT INTO sessions (digest, id, user_id, kind, note, created_at, used_at, ends_at) SELECT ", b.param("binary(32)", x.Digest[:]), ", ", b.param("varchar(64)", x.ID), ", ", id, ", ",
			b.param("nvarchar(10)", string(x.Kind)), ", ", b.param("nvarchar(200)", x.Note), ", ", now, ", ", now, ", DATEADD(second, ", b.param("int", int64(ends/time.Second)), ", ", now,
			") WHERE EXISTS (SELECT 1 FROM users WITH (UPDLOCK) WHERE id = ", id, " AND version = ", version, ")", touched)
		n, err := counted(ctx, tx, b)
		if err != nil {
			return err
		}
		if n == 0 {
			if _, err := s.User(ctx, x.User); err != nil {
				return err
			}
			return core.StaleUser(x.User)
		}
		if x.Kind == core.BrowserSession {
			b := &batch{}
			b.add("UPDATE users SET failed = 0, locked_until = NULL, last_login = ", now, " WHERE id = ", b.param("nvarchar(60)", x.User))
			if err := b.exec(ctx, tx); err != nil {
				return err
			}
		}
		return addUserEvent(ctx, tx, e)
	})
}

const sessionColumns = "x.id, x.user_id, x.kind, x.note, x.created_at, x.used_at, x.ends_at"

// sessionRow is a session as it is scanned.
type sessionRow struct {
	s                   core.Session
	created, used, ends sql.NullTime
}

func (r *sessionRow) dest() []any {
	return []any{&r.s.ID, &r.s.User, &r.s.Kind, &r.s.Note, &r.created, &r.used, &r.ends}
}

func (r *sessionRow) value() core.Session {
	r.s.CreatedAt, r.s.UsedAt, r.s.EndsAt = utc(r.created), utc(r.used), utc(r.ends)
	return r.s
}

// UseSession finds a session that is good; see core.PeopleStore. That it was used is written once in
// a while only: a page that asks every second need not write every second.
func (s *Store) UseSession(ctx context.Context, digest [32]byte, idle time.Duration) (core.Session, core.User, error) {
	var row sessionRow
	var u core.User
	var stale int64
	found := false
	b := &batch{}
	b.add("SELECT ", userColumns, ", ", sessionColumns, ", CASE WHEN x.used_at <= DATEADD(millisecond, -", b.param("int", delay(record.TouchAfter(idle))), ", ", now, ") THEN 1 ELSE 0 END",
		" FROM sessions x JOIN users u ON u.id = x.user_id WHERE x.digest = ", b.param("binary(32)", digest[:]), " AND x.ends_at > ", now)
	if idle > 0 {
		b.add(" AND x.used_at > DATEADD(millisecond, -", b.param("int", delay(idle)), ", ", now, ")")
	}
	err := s.rows(ctx, "look for a session", b, func(r *sql.Rows) (err error) {
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
		if _, err := s.touch(ctx, "mark a session used", "UPDATE sessions SET used_at = "+now+" WHERE digest = @digest"+touched, "@digest binary(32)", sql.Named("digest", digest[:])); err != nil {
			return core.Session{}, core.User{}, err
		}
	}
	x := row.value()
	x.Digest = digest
	return x, u, nil
}

// Sessions lists sessions that have not ended, newest first.
func (s *Store) Sessions(ctx context.Context, user string) ([]core.Session, error) {
	b := &batch{}
	w := &where{b: b}
	w.is("x.user_id", "nvarchar(60)", user)
	w.add("x.ends_at > " + now)
	b.add("SELECT ", sessionColumns, " FROM sessions x", w.String(), " ORDER BY x.created_at DESC, x.id")
	var out []core.Session
	err := s.rows(ctx, "list sessions", b, func(r *sql.Rows) error {
		var row sessionRow
		err := r.Scan(row.dest()...)
		out = append(out, row.value())
		return err
	})
	return out, err
}

// EndSession ends a session.
func (s *Store) EndSession(ctx context.Context, id, by string) error {
	if inexact(id) {
		return core.NoSession()
	}
	return s.alone(ctx, "end a session", func(ctx context.Context, tx *sql.Tx) error {
		b := &batch{}
		b.add("SELECT user_id, kind, note FROM sessions WHERE id = ", b.param("varchar(64)", id))
		rows, err := b.query(ctx, tx)
		if err != nil {
			return err
		}
		var user, kind, note string
		if err := each(rows, func(r *sql.Rows) error { return r.Scan(&user, &kind, &note) }); err != nil {
			return err
		}
		b = &batch{}
		b.add("DELETE FROM sessions WHERE id = ", b.param("varchar(64)", id), touched)
		n, err := counted(ctx, tx, b)
		if err != nil {
			return err
		}
		if n == 0 {
			return core.NoSession()
		}
		return addUserEvent(ctx, tx, core.UserEvent{By: by, User: user, Kind: record.EndKind(core.SessionKind(kind)), Detail: note})
	})
}

// UserEvents lists the record, newest first.
func (s *Store) UserEvents(ctx context.Context, user string, n int) ([]core.UserEvent, error) {
	b := &batch{}
	w := &where{b: b}
	w.is("user_id", "nvarchar(60)", user)
	b.add("SELECT TOP (", b.param("bigint", limit(n)), ") ", eventColumns, w.String(), " ORDER BY sequence DESC")
	return s.userEvents(ctx, b)
}

const eventColumns = "sequence, at, actor, user_id, kind, detail, chain FROM user_events"

// UserEventsBehind lists the record from a line on; see core.PeopleStore.
func (s *Store) UserEventsBehind(ctx context.Context, sequence int64, n int) ([]core.UserEvent, error) {
	b := &batch{}
	b.add("SELECT TOP (", b.param("bigint", limit(n)), ") ", eventColumns, " WHERE sequence > ", b.param("bigint", sequence), " ORDER BY sequence")
	return s.userEvents(ctx, b)
}

func (s *Store) userEvents(ctx context.Context, b *batch) ([]core.UserEvent, error) {
	var out []core.UserEvent
	err := s.rows(ctx, "read the record of people", b, func(r *sql.Rows) error {
		var e core.UserEvent
		var at sql.NullTime
		err := r.Scan(&e.Sequence, &at, &e.By, &e.User, &e.Kind, &e.Detail, &e.Chain)
		e.At = utc(at)
		out = append(out, e)
		return err
	})
	return out, err
}

// Duties lists duties by day and crew.
func (s *Store) Duties(ctx context.Context, from, to, crew string) ([]core.Duty, error) {
	b := &batch{}
	w := &where{b: b}
	w.add("day >= " + b.param("varchar(10)", from))
	w.add("day <= " + b.param("varchar(10)", to))
	w.is("crew_id", "nvarchar(60)", crew)
	b.add("SELECT body FROM duties", w.String(), " ORDER BY day, crew_id")
	var out []core.Duty
	err := s.rows(ctx, "read the duty roster", b, func(r *sql.Rows) error {
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
	return s.alone(ctx, "write the duty roster", func(ctx context.Context, tx *sql.Tx) error {
		for len(rows) > 0 {
			n := min(len(rows), 400) // three parameters each
			b := &batch{}
			for _, d := range rows[:n] {
				day, crew := b.param("varchar(10)", d.Day), b.param("nvarchar(60)", d.Crew)
				b.add("DELETE FROM duties WHERE day = ", day, " AND crew_id = ", crew, ";\n")
				if d.Body != "" {
					b.add("INSERT INTO duties (day, crew_id, body) VALUES (", day, ", ", crew, ", ", b.param("nvarchar(max)", d.Body), ");\n")
				}
			}
			if err := b.exec(ctx, tx); err != nil {
				return err
			}
			rows = rows[n:]
		}
		return addUserEvent(ctx, tx, core.UserEvent{By: by, Kind: "roster", Detail: detail})
	})
}
