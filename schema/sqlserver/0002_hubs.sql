-- What several hubs on one store must agree on.

-- Nonces of digests that were used; rows whose time is over are deleted in passing.
CREATE TABLE nonces (
  digest     BINARY(32)   NOT NULL,  -- SHA-256 of system, user and nonce
  used_until DATETIME2(3) NOT NULL,
  CONSTRAINT pk_nonces PRIMARY KEY CLUSTERED (digest)
)
GO
CREATE INDEX nonces_until ON nonces (used_until)
GO

-- Targets that do not answer. There is a row while one is held; from held_until on one
-- hub may try it.
CREATE TABLE held_targets (
  target     NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
  held_until DATETIME2(3) NOT NULL,
  CONSTRAINT pk_held_targets PRIMARY KEY CLUSTERED (target)
)
GO
