-- Who may sign in, who is signed in, what was changed about people, and who is on duty.

CREATE TABLE users (
  id           TEXT    NOT NULL PRIMARY KEY,
  version      INTEGER NOT NULL CHECK (version > 0),
  body         TEXT    NOT NULL,     -- JSON: name, roles, stations, crew
  hash         TEXT    NOT NULL,     -- of the password; '' for none
  created_at   INTEGER NOT NULL,
  failed       INTEGER NOT NULL,     -- attempts in a row
  locked_until INTEGER,
  last_login   INTEGER
) STRICT, WITHOUT ROWID;

-- Browsers and scripts that are signed in. The secret is with them; here is its SHA-256.
CREATE TABLE sessions (
  digest     BLOB    NOT NULL PRIMARY KEY,
  id         TEXT    NOT NULL,
  user_id    TEXT    NOT NULL REFERENCES users (id),
  kind       TEXT    NOT NULL CHECK (kind IN ('session', 'token')),
  note       TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  used_at    INTEGER NOT NULL,
  ends_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX sessions_id ON sessions (id);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_ends ON sessions (ends_at);

-- Rows are added and never changed; each is chained to the one before.
CREATE TABLE user_events (
  sequence INTEGER NOT NULL PRIMARY KEY,
  at       INTEGER NOT NULL,
  actor    TEXT    NOT NULL,
  user_id  TEXT    NOT NULL,         -- whom it concerns; '' for nobody in particular
  kind     TEXT    NOT NULL,
  detail   TEXT    NOT NULL,
  chain    TEXT    NOT NULL          -- SHA-256 over the row before and this one
) STRICT;

CREATE INDEX user_events_user ON user_events (user_id, sequence);

-- What a crew does on a day where that differs from its standing shift. 值班表
CREATE TABLE duties (
  day     TEXT NOT NULL,
  crew_id TEXT NOT NULL,
  body    TEXT NOT NULL,
  PRIMARY KEY (day, crew_id)
) STRICT, WITHOUT ROWID;
