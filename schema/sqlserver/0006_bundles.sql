-- What is live: bundles of configuration files, one pointer per scope, and its history.

CREATE TABLE bundles (
  id     VARCHAR(64)   COLLATE Latin1_General_100_BIN2 NOT NULL,  -- digest of scope and files
  scope  NVARCHAR(60)  COLLATE Latin1_General_100_BIN2 NOT NULL,
  parent VARCHAR(64)   COLLATE Latin1_General_100_BIN2 NOT NULL,  -- '' for the first of a scope
  diff   NVARCHAR(MAX) NOT NULL,
  author NVARCHAR(100) NOT NULL,
  at     DATETIME2(3)  NOT NULL,
  note   NVARCHAR(1000) NOT NULL,
  CONSTRAINT pk_bundles PRIMARY KEY CLUSTERED (id)
)
GO

-- Contents are kept apart from attachments: those are purged one day, these never. A WSDL
-- that stays the same is stored once, however often the mapping beside it changes.
CREATE TABLE bundle_contents (
  sha256 VARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
  bytes  VARBINARY(MAX) NOT NULL,
  CONSTRAINT pk_bundle_contents PRIMARY KEY CLUSTERED (sha256)
)
GO

CREATE TABLE bundle_files (
  bundle VARCHAR(64)   COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT fk_bundle_files_bundle REFERENCES bundles (id),
  path   NVARCHAR(300) COLLATE Latin1_General_100_BIN2 NOT NULL,
  sha256 VARCHAR(64)   COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT fk_bundle_files_content REFERENCES bundle_contents (sha256),
  CONSTRAINT pk_bundle_files PRIMARY KEY CLUSTERED (bundle, path)
)
GO

CREATE TABLE bundle_pointers (
  scope    NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
  bundle   VARCHAR(64)  COLLATE Latin1_General_100_BIN2 NOT NULL,
  revision BIGINT NOT NULL,
  CONSTRAINT pk_bundle_pointers PRIMARY KEY CLUSTERED (scope)
)
GO

CREATE TABLE bundle_moves (
  scope       NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
  revision    BIGINT NOT NULL,  -- of the pointer after the move
  kind        NVARCHAR(10) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT ck_bundle_moves_kind CHECK (kind IN (N'publish', N'rollback')),
  bundle      VARCHAR(64)  COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT fk_bundle_moves_bundle REFERENCES bundles (id),
  from_bundle VARCHAR(64)  COLLATE Latin1_General_100_BIN2 NOT NULL,  -- '' for the first
  author      NVARCHAR(100) NOT NULL,
  at          DATETIME2(3)  NOT NULL,
  note        NVARCHAR(1000) NOT NULL,
  token       VARCHAR(64)  COLLATE Latin1_General_100_BIN2 NOT NULL,  -- of the call that moved it: one whose answer was lost knows its own move
  CONSTRAINT pk_bundle_moves PRIMARY KEY CLUSTERED (scope, revision)
)
GO

-- Which bundle handled a message; NULL where none was published.
ALTER TABLE messages ADD bundle VARCHAR(64) COLLATE Latin1_General_100_BIN2 NULL
GO
ALTER TABLE history_messages ADD bundle VARCHAR(64) COLLATE Latin1_General_100_BIN2 NULL
GO
