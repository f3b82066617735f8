-- Who may sign in, who is signed in, what was changed about people, and who is on duty.

CREATE TABLE users (
  id           NVARCHAR(60)  COLLATE Latin1_General_100_BIN2 NOT NULL,
  version      BIGINT        NOT NULL,
  body         NVARCHAR(MAX) NOT NULL,  -- JSON: name, roles, stations, crew
  hash         NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,  -- of the password; '' for none
  created_at   DATETIME2(3)  NOT NULL,
  failed       INT           NOT NULL,  -- attempts in a row
  locked_until DATETIME2(3)  NULL,
  last_login   DATETIME2(3)  NULL,
  CONSTRAINT pk_users PRIMARY KEY CLUSTERED (id)
)
GO

-- Browsers and scripts that are signed in. The secret is with them; here is its SHA-256.
CREATE TABLE sessions (
  digest     BINARY(32)     NOT NULL,
  id         VARCHAR(64)    COLLATE Latin1_General_100_BIN2 NOT NULL,
  user_id    NVARCHAR(60)   COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT fk_sessions_user REFERENCES users (id),
  kind       NVARCHAR(10)   COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT ck_sessions_kind CHECK (kind IN (N'session', N'token')),
  note       NVARCHAR(200)  NOT NULL,
  created_at DATETIME2(3)   NOT NULL,
  used_at    DATETIME2(3)   NOT NULL,
  ends_at    DATETIME2(3)   NOT NULL,
  CONSTRAINT pk_sessions PRIMARY KEY CLUSTERED (digest)
)
GO
CREATE UNIQUE INDEX sessions_id ON sessions (id)
GO
CREATE INDEX sessions_user ON sessions (user_id)
GO
CREATE INDEX sessions_ends ON sessions (ends_at)
GO

-- Rows are added and never changed; each is chained to the one before.
CREATE TABLE user_events (
  sequence BIGINT         NOT NULL,
  at       DATETIME2(3)   NOT NULL,
  actor    NVARCHAR(100)  NOT NULL,
  user_id  NVARCHAR(60)   COLLATE Latin1_General_100_BIN2 NOT NULL,  -- whom it concerns; '' for nobody in particular
  kind     NVARCHAR(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
  detail   NVARCHAR(1000) NOT NULL,
  chain    VARCHAR(64)    COLLATE Latin1_General_100_BIN2 NOT NULL,  -- SHA-256 over the row before and this one
  CONSTRAINT pk_user_events PRIMARY KEY CLUSTERED (sequence)
)
GO
CREATE INDEX user_events_user ON user_events (user_id, sequence)
GO

-- The end of that chain, in one row: whoever adds to it takes this row first.
CREATE TABLE user_events_end (
  id       INT         NOT NULL,
  sequence BIGINT      NOT NULL,
  chain    VARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
  CONSTRAINT pk_user_events_end PRIMARY KEY CLUSTERED (id)
)
GO
INSERT INTO user_events_end (id, sequence, chain) VALUES (1, 0, '')
GO

-- What a crew does on a day where that differs from its standing shift. 值班表
CREATE TABLE duties (
  day     VARCHAR(10)   COLLATE Latin1_General_100_BIN2 NOT NULL,
  crew_id NVARCHAR(60)  COLLATE Latin1_General_100_BIN2 NOT NULL,
  body    NVARCHAR(MAX) NOT NULL,
  CONSTRAINT pk_duties PRIMARY KEY CLUSTERED (day, crew_id)
)
GO
