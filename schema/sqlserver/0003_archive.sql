-- The archive. An order that ended long ago keeps its line in orders: its key, so that
-- a late repeat is recognised, and what it is searched by. What is long, its body, its
-- timeline, what was owed for it and its logged messages, moves to tables of the same
-- shape with fewer indexes. Its lanes stay, so that their tokens never start again.
--
-- Every history table is clustered by the order's number first and has no other unique
-- index. Numbers begin with prefix and year and rise, so that a partition function on
-- the number ('W27-', 'W28-', …) puts a year into a partition that can be switched
-- out whole; core/store/DESIGN.md shows the statements.

-- NULL: its body is here. A column that may be NULL is added without touching a row.
ALTER TABLE orders ADD archived_at DATETIME2(3) NULL
GO
-- What may be archived, oldest first; empty of open orders and of archived ones.
CREATE INDEX orders_ended ON orders (updated_at, no) WHERE is_open = 0 AND archived_at IS NULL
GO

-- A row stays behind when its order is changed again; orders.archived_at says which
-- body counts.
CREATE TABLE history_orders (
  no   NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
  body NVARCHAR(MAX) NOT NULL,
  CONSTRAINT pk_history_orders PRIMARY KEY CLUSTERED (no)
)
GO

CREATE TABLE history_events (
  order_no   NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
  sequence   BIGINT        NOT NULL,
  at         DATETIME2(3)  NOT NULL,
  kind       NVARCHAR(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
  actor      NVARCHAR(100) NOT NULL,
  message_id NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
  remark     NVARCHAR(MAX) NOT NULL,
  deltas     NVARCHAR(MAX) NOT NULL,
  CONSTRAINT pk_history_events PRIMARY KEY CLUSTERED (order_no, sequence)
)
GO

CREATE TABLE history_outbox_messages (
  order_no     NVARCHAR(20) COLLATE Latin1_General_100_BIN2  NOT NULL,
  sequence     BIGINT         NOT NULL,
  seq          BIGINT         NOT NULL,  -- as in outbox_messages
  id           NVARCHAR(64) COLLATE Latin1_General_100_BIN2  NOT NULL,
  target       NVARCHAR(40) COLLATE Latin1_General_100_BIN2  NOT NULL,
  kind         NVARCHAR(30) COLLATE Latin1_General_100_BIN2  NOT NULL,
  created_at   DATETIME2(3)   NOT NULL,
  state        NVARCHAR(10) COLLATE Latin1_General_100_BIN2  NOT NULL CONSTRAINT ck_history_outbox_state CHECK (state IN (N'delivered', N'skipped')),
  attempts     INT            NOT NULL,
  last_error   NVARCHAR(1000) NOT NULL,
  delivered_at DATETIME2(3)   NULL,
  payload      NVARCHAR(MAX)  NOT NULL,
  CONSTRAINT pk_history_outbox_messages PRIMARY KEY CLUSTERED (order_no, sequence)
)
GO
CREATE INDEX history_outbox_messages_id ON history_outbox_messages (id)
GO

CREATE TABLE history_outbox_attempts (
  order_no NVARCHAR(20) COLLATE Latin1_General_100_BIN2  NOT NULL,
  message  BIGINT         NOT NULL,  -- history_outbox_messages.seq
  number   INT            NOT NULL,
  at       DATETIME2(3)   NOT NULL,
  took_us  BIGINT         NOT NULL,
  outcome  NVARCHAR(20) COLLATE Latin1_General_100_BIN2  NOT NULL,
  code     NVARCHAR(60) COLLATE Latin1_General_100_BIN2  NOT NULL,
  detail   NVARCHAR(1000) NOT NULL,
  CONSTRAINT pk_history_outbox_attempts PRIMARY KEY CLUSTERED (order_no, message, number)
)
GO

CREATE TABLE history_messages (
  order_no    NVARCHAR(20) COLLATE Latin1_General_100_BIN2  NOT NULL,
  seq         BIGINT         NOT NULL,  -- as in messages
  id          NVARCHAR(64) COLLATE Latin1_General_100_BIN2  NOT NULL,
  system      NVARCHAR(40) COLLATE Latin1_General_100_BIN2  NOT NULL,
  direction   NVARCHAR(10) COLLATE Latin1_General_100_BIN2  NOT NULL,
  operation   NVARCHAR(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
  external_no NVARCHAR(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
  at          DATETIME2(3)   NOT NULL,
  took_us     BIGINT         NOT NULL,
  result      NVARCHAR(60) COLLATE Latin1_General_100_BIN2  NOT NULL,
  detail      NVARCHAR(1000) NOT NULL,
  charset     NVARCHAR(60) COLLATE Latin1_General_100_BIN2  NOT NULL,
  request     VARBINARY(MAX) NULL,
  response    VARBINARY(MAX) NULL,
  CONSTRAINT pk_history_messages PRIMARY KEY CLUSTERED (order_no, seq)
)
GO
CREATE INDEX history_messages_id ON history_messages (id)
GO
CREATE INDEX history_messages_external ON history_messages (external_no)
GO
