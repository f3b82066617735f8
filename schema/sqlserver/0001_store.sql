-- The order store on SQL Server 2012 or later. Keys, references and codes compare
-- binary (Latin1_General_100_BIN2), whatever the database's own collation is; instants
-- are DATETIME2(3) in UTC. A line GO ends a batch. Statements keep to what the README
-- lists: no inline FOREIGN KEY clause, one column per ALTER, no CREATE OR ALTER.

CREATE TABLE orders (
  no          NVARCHAR(20) COLLATE Latin1_General_100_BIN2  NOT NULL,
  system      NVARCHAR(40) COLLATE Latin1_General_100_BIN2  NOT NULL,
  external_no NVARCHAR(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
  period      NVARCHAR(20) COLLATE Latin1_General_100_BIN2  NOT NULL,
  version     BIGINT         NOT NULL CONSTRAINT ck_orders_version CHECK (version > 0),
  type        NVARCHAR(60) COLLATE Latin1_General_100_BIN2  NOT NULL,
  family      NVARCHAR(20) COLLATE Latin1_General_100_BIN2  NOT NULL,
  phase       NVARCHAR(20) COLLATE Latin1_General_100_BIN2  NOT NULL,
  urgency     NVARCHAR(20) COLLATE Latin1_General_100_BIN2  NOT NULL,
  is_open     TINYINT        NOT NULL CONSTRAINT ck_orders_open CHECK (is_open IN (0, 1)),
  has_point   TINYINT        NOT NULL CONSTRAINT ck_orders_point CHECK (has_point IN (0, 1)),
  crew        NVARCHAR(60) COLLATE Latin1_General_100_BIN2  NOT NULL,  -- '' while nobody has it
  account     NVARCHAR(60) COLLATE Latin1_General_100_BIN2  NOT NULL,
  serial      NVARCHAR(60) COLLATE Latin1_General_100_BIN2  NOT NULL,
  received_at DATETIME2(3)   NULL,
  updated_at  DATETIME2(3)   NOT NULL,
  hashes      VARCHAR(MAX)   NOT NULL,  -- accepted ones, oldest first, a line each
  body        NVARCHAR(MAX)  NOT NULL,  -- core.WorkOrder as JSON
  CONSTRAINT pk_orders PRIMARY KEY CLUSTERED (no)  -- numbers rise, so rows are appended
)
GO
-- External first: a caller quotes the number without knowing whose it is.
CREATE UNIQUE INDEX orders_ref ON orders (external_no, system, period)
GO
-- The filtered indexes hold only rows that have something to find.
CREATE INDEX orders_open ON orders (phase, no) INCLUDE (has_point) WHERE is_open = 1
GO
CREATE INDEX orders_crew ON orders (crew, no) WHERE crew <> N''
GO
CREATE INDEX orders_account ON orders (account) WHERE account <> N''
GO
CREATE INDEX orders_serial ON orders (serial) WHERE serial <> N''
GO

CREATE TABLE events (
  order_no   NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
  sequence   BIGINT        NOT NULL,
  at         DATETIME2(3)  NOT NULL,
  kind       NVARCHAR(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
  actor      NVARCHAR(100) NOT NULL,  -- core.Event.By
  message_id NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
  remark     NVARCHAR(MAX) NOT NULL,
  deltas     NVARCHAR(MAX) NOT NULL,  -- []core.Delta as JSON
  CONSTRAINT pk_events PRIMARY KEY CLUSTERED (order_no, sequence)
)
GO

CREATE TABLE outbox_messages (
  seq          BIGINT IDENTITY(1, 1) NOT NULL,
  id           NVARCHAR(64) COLLATE Latin1_General_100_BIN2  NOT NULL,  -- MessageId on the wire
  order_no     NVARCHAR(20) COLLATE Latin1_General_100_BIN2  NOT NULL CONSTRAINT fk_outbox_messages_order REFERENCES orders (no),
  sequence     BIGINT         NOT NULL,
  target       NVARCHAR(40) COLLATE Latin1_General_100_BIN2  NOT NULL,
  kind         NVARCHAR(30) COLLATE Latin1_General_100_BIN2  NOT NULL,
  created_at   DATETIME2(3)   NOT NULL,
  state        NVARCHAR(10) COLLATE Latin1_General_100_BIN2  NOT NULL CONSTRAINT ck_outbox_messages_state CHECK (state IN (N'due', N'unknown', N'delivered', N'dead', N'skipped')),
  attempts     INT            NOT NULL,
  last_error   NVARCHAR(1000) NOT NULL,
  delivered_at DATETIME2(3)   NULL,
  payload      NVARCHAR(MAX)  NOT NULL,  -- core.WriteBack as JSON
  CONSTRAINT pk_outbox_messages PRIMARY KEY CLUSTERED (seq)
)
GO
CREATE UNIQUE INDEX outbox_messages_id ON outbox_messages (id)
GO
CREATE UNIQUE INDEX outbox_messages_order ON outbox_messages (order_no, sequence)
GO
CREATE INDEX outbox_messages_dead ON outbox_messages (seq) WHERE state = N'dead'
GO
CREATE INDEX outbox_messages_unknown ON outbox_messages (seq) WHERE state = N'unknown'
GO

-- One row per (target, order). ready_at is when it may be claimed: the later of
-- due_at and lease_until; NULL when nothing is owed or a dead letter parks it. The
-- token rises with every claim, so a row is kept when its work is done.
CREATE TABLE outbox_lanes (
  target      NVARCHAR(40) COLLATE Latin1_General_100_BIN2  NOT NULL,
  order_no    NVARCHAR(20) COLLATE Latin1_General_100_BIN2  NOT NULL,
  pending     INT            NOT NULL,  -- messages due, unknown or dead
  parked      TINYINT        NOT NULL CONSTRAINT ck_outbox_lanes_parked CHECK (parked IN (0, 1)),
  due_at      DATETIME2(3)   NOT NULL,
  lease_until DATETIME2(3)   NOT NULL,
  ready_at    DATETIME2(3)   NULL,
  token       BIGINT         NOT NULL,
  holder      NVARCHAR(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
  CONSTRAINT pk_outbox_lanes PRIMARY KEY CLUSTERED (target, order_no)
)
GO
CREATE INDEX outbox_lanes_ready ON outbox_lanes (target, ready_at) WHERE ready_at IS NOT NULL
GO

CREATE TABLE outbox_attempts (
  message BIGINT         NOT NULL CONSTRAINT fk_outbox_attempts_message REFERENCES outbox_messages (seq),
  number  INT            NOT NULL,
  at      DATETIME2(3)   NOT NULL,
  took_us BIGINT         NOT NULL,
  outcome NVARCHAR(20) COLLATE Latin1_General_100_BIN2  NOT NULL,
  code    NVARCHAR(60) COLLATE Latin1_General_100_BIN2  NOT NULL,
  detail  NVARCHAR(1000) NOT NULL,
  CONSTRAINT pk_outbox_attempts PRIMARY KEY CLUSTERED (message, number)
)
GO

CREATE TABLE crews (
  id      NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
  depot   NVARCHAR(100) NOT NULL,
  version BIGINT        NOT NULL,
  body    NVARCHAR(MAX) NOT NULL,  -- core.Crew as JSON
  CONSTRAINT pk_crews PRIMARY KEY CLUSTERED (id)
)
GO

-- No foreign key: a position may arrive before the crew is imported.
CREATE TABLE crew_positions (
  crew_id NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
  lat     FLOAT         NOT NULL,
  lon     FLOAT         NOT NULL,
  at      DATETIME2(3)  NOT NULL,
  CONSTRAINT pk_crew_positions PRIMARY KEY CLUSTERED (crew_id)
)
GO

CREATE TABLE crew_days (
  day           NVARCHAR(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
  crew_id       NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
  minutes       INT           NOT NULL,
  orders        INT           NOT NULL,
  urgent_orders INT           NOT NULL,
  version       BIGINT        NOT NULL,
  CONSTRAINT pk_crew_days PRIMARY KEY CLUSTERED (day, crew_id)
)
GO

CREATE TABLE leases (
  name        NVARCHAR(60) COLLATE Latin1_General_100_BIN2  NOT NULL,
  holder      NVARCHAR(100) COLLATE Latin1_General_100_BIN2 NOT NULL,  -- '' when given back
  token       BIGINT         NOT NULL,
  lease_until DATETIME2(3)   NOT NULL,
  CONSTRAINT pk_leases PRIMARY KEY CLUSTERED (name)
)
GO

CREATE TABLE counters (
  name  NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
  value BIGINT        NOT NULL,  -- the last one handed out
  CONSTRAINT pk_counters PRIMARY KEY CLUSTERED (name)
)
GO
INSERT INTO counters (name, value) VALUES (N'order', 0)
GO

-- One row per writer of every hub. Each transaction raises its writer's mark, so that
-- a writer whose connection broke during a commit can look whether it went through.
CREATE TABLE writers (
  id      NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
  mark    BIGINT        NOT NULL,
  seen_at DATETIME2(3)  NOT NULL,
  CONSTRAINT pk_writers PRIMARY KEY CLUSTERED (id)
)
GO

CREATE TABLE jobs (
  job       NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
  last_slot DATETIME2(3)  NULL,
  watermark DATETIME2(3)  NULL,
  CONSTRAINT pk_jobs PRIMARY KEY CLUSTERED (job)
)
GO

CREATE TABLE job_runs (
  seq          BIGINT IDENTITY(1, 1) NOT NULL,
  id           NVARCHAR(64) COLLATE Latin1_General_100_BIN2  NOT NULL,
  job          NVARCHAR(60) COLLATE Latin1_General_100_BIN2  NOT NULL,
  trigger_kind NVARCHAR(20) COLLATE Latin1_General_100_BIN2  NOT NULL,
  slot         DATETIME2(3)   NULL,
  window_from  DATETIME2(3)   NULL,
  window_to    DATETIME2(3)   NULL,
  page         INT            NOT NULL,
  confirmed    INT            NOT NULL,
  source_time  DATETIME2(3)   NULL,
  state        NVARCHAR(20) COLLATE Latin1_General_100_BIN2  NOT NULL,
  fetched      INT            NOT NULL,
  created      INT            NOT NULL,
  amended      INT            NOT NULL,
  known        INT            NOT NULL,
  refused      INT            NOT NULL,
  started_at   DATETIME2(3)   NULL,
  finished_at  DATETIME2(3)   NULL,
  err          NVARCHAR(1000) NOT NULL,
  CONSTRAINT pk_job_runs PRIMARY KEY CLUSTERED (seq)
)
GO
CREATE UNIQUE INDEX job_runs_id ON job_runs (id)
GO
CREATE INDEX job_runs_job ON job_runs (job, seq)
GO

CREATE TABLE refused_items (
  seq         BIGINT IDENTITY(1, 1) NOT NULL,
  run         NVARCHAR(64) COLLATE Latin1_General_100_BIN2  NOT NULL,
  system      NVARCHAR(40) COLLATE Latin1_General_100_BIN2  NOT NULL,
  external_no NVARCHAR(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
  period      NVARCHAR(20) COLLATE Latin1_General_100_BIN2  NOT NULL,
  code        NVARCHAR(60) COLLATE Latin1_General_100_BIN2  NOT NULL,
  reason      NVARCHAR(1000) NOT NULL,
  at          DATETIME2(3)   NOT NULL,
  raw         VARBINARY(MAX) NULL,
  CONSTRAINT pk_refused_items PRIMARY KEY CLUSTERED (seq)
)
GO
CREATE INDEX refused_items_run ON refused_items (run, seq)
GO

CREATE TABLE messages (
  seq         BIGINT IDENTITY(1, 1) NOT NULL,
  id          NVARCHAR(64) COLLATE Latin1_General_100_BIN2  NOT NULL,
  system      NVARCHAR(40) COLLATE Latin1_General_100_BIN2  NOT NULL,
  direction   NVARCHAR(10) COLLATE Latin1_General_100_BIN2  NOT NULL,
  operation   NVARCHAR(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
  external_no NVARCHAR(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
  order_no    NVARCHAR(20) COLLATE Latin1_General_100_BIN2  NOT NULL,
  at          DATETIME2(3)   NOT NULL,
  took_us     BIGINT         NOT NULL,
  result      NVARCHAR(60) COLLATE Latin1_General_100_BIN2  NOT NULL,
  detail      NVARCHAR(1000) NOT NULL,
  charset     NVARCHAR(60) COLLATE Latin1_General_100_BIN2  NOT NULL,
  request     VARBINARY(MAX) NULL,
  response    VARBINARY(MAX) NULL,
  CONSTRAINT pk_messages PRIMARY KEY CLUSTERED (seq)
)
GO
CREATE INDEX messages_id ON messages (id)
GO
CREATE INDEX messages_external ON messages (external_no) WHERE external_no <> N''
GO
CREATE INDEX messages_order ON messages (order_no) WHERE order_no <> N''
GO
CREATE INDEX messages_refused ON messages (seq) WHERE result <> N'ok'
GO

CREATE TABLE blobs (
  sha256       NVARCHAR(64) COLLATE Latin1_General_100_BIN2  NOT NULL,
  content_type NVARCHAR(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
  bytes        VARBINARY(MAX) NOT NULL,
  CONSTRAINT pk_blobs PRIMARY KEY CLUSTERED (sha256)
)
GO
