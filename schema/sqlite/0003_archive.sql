-- The archive. An order that ended long ago keeps its line in orders: its key, so that
-- a late repeat is recognised, and what it is searched by. What is long, its body, its
-- timeline, what was owed for it and its logged messages, moves to tables of the same
-- shape with fewer indexes. Its lanes stay, so that their tokens never start again.

ALTER TABLE orders ADD COLUMN archived_at INTEGER; -- NULL: its body is here
-- What may be archived, oldest first; empty of open orders and of archived ones.
CREATE INDEX orders_ended ON orders (updated_at, no) WHERE is_open = 0 AND archived_at IS NULL;

-- id is orders.id. A row stays behind when its order is changed again; orders.archived_at
-- says which body counts.
CREATE TABLE history_orders (
  id   INTEGER PRIMARY KEY,
  body TEXT    NOT NULL
) STRICT;

CREATE TABLE history_events (
  id         INTEGER PRIMARY KEY,           -- as in events
  at         INTEGER NOT NULL,
  kind       TEXT    NOT NULL,
  actor      TEXT    NOT NULL,
  message_id TEXT    NOT NULL,
  remark     TEXT    NOT NULL,
  deltas     TEXT    NOT NULL
) STRICT;

-- The rows are numbered anew, in the order in which they came: SQLite gives the seq of
-- a deleted last row again.
CREATE TABLE history_outbox_messages (
  seq          INTEGER PRIMARY KEY,
  id           TEXT    NOT NULL,
  order_no     TEXT    NOT NULL,
  sequence     INTEGER NOT NULL,
  target       TEXT    NOT NULL,
  kind         TEXT    NOT NULL,
  created_at   INTEGER NOT NULL,
  state        TEXT    NOT NULL CHECK (state IN ('delivered', 'skipped')),
  attempts     INTEGER NOT NULL,
  last_error   TEXT    NOT NULL,
  delivered_at INTEGER,
  payload      TEXT    NOT NULL
) STRICT;

CREATE INDEX history_outbox_messages_id    ON history_outbox_messages (id);
CREATE INDEX history_outbox_messages_order ON history_outbox_messages (order_no);

CREATE TABLE history_outbox_attempts (
  id      TEXT    NOT NULL,                 -- history_outbox_messages.id
  number  INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  took_us INTEGER NOT NULL,
  outcome TEXT    NOT NULL,
  code    TEXT    NOT NULL,
  detail  TEXT    NOT NULL,
  PRIMARY KEY (id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE history_messages (
  seq         INTEGER PRIMARY KEY,
  id          TEXT    NOT NULL,
  system      TEXT    NOT NULL,
  direction   TEXT    NOT NULL,
  operation   TEXT    NOT NULL,
  external_no TEXT    NOT NULL,
  order_no    TEXT    NOT NULL,
  at          INTEGER NOT NULL,
  took_us     INTEGER NOT NULL,
  result      TEXT    NOT NULL,
  detail      TEXT    NOT NULL,
  charset     TEXT    NOT NULL,
  request     BLOB,
  response    BLOB
) STRICT;

CREATE INDEX history_messages_id       ON history_messages (id);
CREATE INDEX history_messages_external ON history_messages (external_no);
CREATE INDEX history_messages_order    ON history_messages (order_no);
