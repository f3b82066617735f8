-- The order store on SQLite. Instants are milliseconds since 1970 UTC, no instant
-- is NULL. Rowid tables on purpose: they append, and long rows stay in one piece.

CREATE TABLE orders (
  id          INTEGER PRIMARY KEY,          -- never shown; keys the timeline
  no          TEXT    NOT NULL,
  system      TEXT    NOT NULL,
  external_no TEXT    NOT NULL,
  period      TEXT    NOT NULL,
  version     INTEGER NOT NULL CHECK (version > 0),
  type        TEXT    NOT NULL,
  family      TEXT    NOT NULL,
  phase       TEXT    NOT NULL,
  urgency     TEXT    NOT NULL,
  is_open     INTEGER NOT NULL CHECK (is_open IN (0, 1)),
  has_point   INTEGER NOT NULL CHECK (has_point IN (0, 1)),
  crew        TEXT    NOT NULL,             -- '' while nobody has it
  account     TEXT    NOT NULL,
  serial      TEXT    NOT NULL,
  received_at INTEGER,
  updated_at  INTEGER NOT NULL,
  hashes      TEXT    NOT NULL,             -- accepted ones, oldest first, a line each
  body        TEXT    NOT NULL              -- core.WorkOrder as JSON
) STRICT;

CREATE UNIQUE INDEX orders_no  ON orders (no);
-- External first: a caller quotes the number without knowing whose it is.
CREATE UNIQUE INDEX orders_ref ON orders (external_no, system, period);
-- The partial indexes hold only rows that have something to find.
CREATE INDEX orders_open    ON orders (phase, no, has_point) WHERE is_open = 1;
CREATE INDEX orders_crew    ON orders (crew, no)             WHERE crew <> '';
CREATE INDEX orders_account ON orders (account)              WHERE account <> '';
CREATE INDEX orders_serial  ON orders (serial)               WHERE serial <> '';

-- The timeline. id = orders.id * 1048576 + sequence: an order's events lie together
-- and those of new orders are appended, with no second index.
CREATE TABLE events (
  id         INTEGER PRIMARY KEY,
  at         INTEGER NOT NULL,
  kind       TEXT    NOT NULL,
  actor      TEXT    NOT NULL,              -- core.Event.By
  message_id TEXT    NOT NULL,
  remark     TEXT    NOT NULL,
  deltas     TEXT    NOT NULL               -- []core.Delta as JSON
) STRICT;

CREATE TABLE outbox_messages (
  seq          INTEGER PRIMARY KEY,
  id           TEXT    NOT NULL,            -- MessageId on the wire
  order_no     TEXT    NOT NULL REFERENCES orders (no),
  sequence     INTEGER NOT NULL,
  target       TEXT    NOT NULL,
  kind         TEXT    NOT NULL,
  created_at   INTEGER NOT NULL,
  state        TEXT    NOT NULL CHECK (state IN ('due', 'unknown', 'delivered', 'dead', 'skipped')),
  attempts     INTEGER NOT NULL,
  last_error   TEXT    NOT NULL,
  delivered_at INTEGER,
  payload      TEXT    NOT NULL             -- core.WriteBack as JSON
) STRICT;

CREATE UNIQUE INDEX outbox_messages_id    ON outbox_messages (id);
CREATE UNIQUE INDEX outbox_messages_order ON outbox_messages (order_no, sequence);
CREATE INDEX outbox_messages_trouble      ON outbox_messages (state) WHERE state IN ('unknown', 'dead');

-- One row per (target, order). ready_at is when it may be claimed: the later of
-- due_at and lease_until; NULL when nothing is owed or a dead letter parks it. The
-- token rises with every claim, so a row is kept when its work is done.
CREATE TABLE outbox_lanes (
  target      TEXT    NOT NULL,
  order_no    TEXT    NOT NULL,
  pending     INTEGER NOT NULL,             -- messages due, unknown or dead
  parked      INTEGER NOT NULL DEFAULT 0 CHECK (parked IN (0, 1)),
  due_at      INTEGER NOT NULL,
  lease_until INTEGER NOT NULL DEFAULT 0,
  ready_at    INTEGER,
  token       INTEGER NOT NULL DEFAULT 0,
  holder      TEXT    NOT NULL DEFAULT '',
  PRIMARY KEY (target, order_no)
) STRICT, WITHOUT ROWID;

CREATE INDEX outbox_lanes_ready ON outbox_lanes (target, ready_at) WHERE ready_at IS NOT NULL;

CREATE TABLE outbox_attempts (
  message INTEGER NOT NULL REFERENCES outbox_messages (seq),
  number  INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  took_us INTEGER NOT NULL,
  outcome TEXT    NOT NULL,
  code    TEXT    NOT NULL,
  detail  TEXT    NOT NULL,
  PRIMARY KEY (message, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE crews (
  id      TEXT    NOT NULL PRIMARY KEY,
  depot   TEXT    NOT NULL,
  version INTEGER NOT NULL,
  body    TEXT    NOT NULL                  -- core.Crew as JSON
) STRICT, WITHOUT ROWID;

-- No foreign key: a position may arrive before the crew is imported.
CREATE TABLE crew_positions (
  crew_id TEXT    NOT NULL PRIMARY KEY,
  lat     REAL    NOT NULL,
  lon     REAL    NOT NULL,
  at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE crew_days (
  day           TEXT    NOT NULL,
  crew_id       TEXT    NOT NULL,
  minutes       INTEGER NOT NULL,
  orders        INTEGER NOT NULL,
  urgent_orders INTEGER NOT NULL,
  version       INTEGER NOT NULL,
  PRIMARY KEY (day, crew_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE leases (
  name        TEXT    NOT NULL PRIMARY KEY,
  holder      TEXT    NOT NULL,             -- '' when given back
  token       INTEGER NOT NULL,
  lease_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE counters (
  name  TEXT    NOT NULL PRIMARY KEY,
  value INTEGER NOT NULL                    -- the last one handed out
) STRICT, WITHOUT ROWID;

INSERT INTO counters (name, value) VALUES ('order', 0);

CREATE TABLE jobs (
  job       TEXT NOT NULL PRIMARY KEY,
  last_slot INTEGER,
  watermark INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE job_runs (
  seq           INTEGER PRIMARY KEY,
  id            TEXT    NOT NULL,
  job           TEXT    NOT NULL,
  trigger_kind  TEXT    NOT NULL,
  slot          INTEGER,
  window_from   INTEGER,
  window_to     INTEGER,
  page          INTEGER NOT NULL,
  confirmed     INTEGER NOT NULL,
  source_time   INTEGER,
  state         TEXT    NOT NULL,
  fetched       INTEGER NOT NULL,
  created       INTEGER NOT NULL,
  amended       INTEGER NOT NULL,
  known         INTEGER NOT NULL,
  refused       INTEGER NOT NULL,
  started_at    INTEGER,
  finished_at   INTEGER,
  err           TEXT    NOT NULL
) STRICT;

CREATE UNIQUE INDEX job_runs_id ON job_runs (id);
CREATE INDEX job_runs_job       ON job_runs (job);

CREATE TABLE refused_items (
  seq      INTEGER PRIMARY KEY,
  run      TEXT    NOT NULL,
  system   TEXT    NOT NULL,
  external_no TEXT    NOT NULL,
  period   TEXT    NOT NULL,
  code     TEXT    NOT NULL,
  reason   TEXT    NOT NULL,
  at       INTEGER NOT NULL,
  raw      BLOB
) STRICT;

CREATE INDEX refused_items_run ON refused_items (run);

-- The message log. The bodies come last: a list never reads their overflow pages.
CREATE TABLE messages (
  seq       INTEGER PRIMARY KEY,
  id        TEXT    NOT NULL,
  system    TEXT    NOT NULL,
  direction TEXT    NOT NULL,
  operation TEXT    NOT NULL,
  external_no TEXT    NOT NULL,
  order_no  TEXT    NOT NULL,
  at        INTEGER NOT NULL,
  took_us   INTEGER NOT NULL,
  result    TEXT    NOT NULL,
  detail    TEXT    NOT NULL,
  charset   TEXT    NOT NULL,
  request   BLOB,
  response  BLOB
) STRICT;

CREATE INDEX messages_id       ON messages (id);
CREATE INDEX messages_external ON messages (external_no) WHERE external_no <> '';
CREATE INDEX messages_order    ON messages (order_no) WHERE order_no <> '';
CREATE INDEX messages_refused  ON messages (seq)      WHERE result <> 'ok';

CREATE TABLE blobs (
  sha256       TEXT NOT NULL,
  content_type TEXT NOT NULL,
  bytes        BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX blobs_sha256 ON blobs (sha256);
