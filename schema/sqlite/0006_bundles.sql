-- What is live: bundles of configuration files, one pointer per scope, and its history.

CREATE TABLE bundles (
  id     TEXT    NOT NULL PRIMARY KEY,      -- digest of scope and files
  scope  TEXT    NOT NULL,
  parent TEXT    NOT NULL,                  -- '' for the first of a scope
  diff   TEXT    NOT NULL,
  author TEXT    NOT NULL,
  at     INTEGER NOT NULL,
  note   TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- Contents are kept apart from attachments: those are purged one day, these never. A WSDL
-- that stays the same is stored once, however often the mapping beside it changes.
CREATE TABLE bundle_contents (
  sha256 TEXT NOT NULL,
  bytes  BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX bundle_contents_sha256 ON bundle_contents (sha256);

CREATE TABLE bundle_files (
  bundle TEXT NOT NULL REFERENCES bundles (id),
  path   TEXT NOT NULL,
  sha256 TEXT NOT NULL REFERENCES bundle_contents (sha256),
  PRIMARY KEY (bundle, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE bundle_pointers (
  scope    TEXT    NOT NULL PRIMARY KEY,
  bundle   TEXT    NOT NULL REFERENCES bundles (id),
  revision INTEGER NOT NULL CHECK (revision > 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE bundle_moves (
  scope       TEXT    NOT NULL,
  revision    INTEGER NOT NULL,             -- of the pointer after the move
  kind        TEXT    NOT NULL CHECK (kind IN ('publish', 'rollback')),
  bundle      TEXT    NOT NULL REFERENCES bundles (id),
  from_bundle TEXT    NOT NULL,             -- '' for the first
  author      TEXT    NOT NULL,
  at          INTEGER NOT NULL,
  note        TEXT    NOT NULL,
  PRIMARY KEY (scope, revision)
) STRICT, WITHOUT ROWID;

-- Which bundle handled a message; NULL where none was published. It stands behind the
-- bodies, so it is read with them only.
ALTER TABLE messages         ADD COLUMN bundle TEXT;
ALTER TABLE history_messages ADD COLUMN bundle TEXT;
