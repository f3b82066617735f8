-- What several hubs on one store must agree on.

-- Nonces of digests that were used; rows whose time is over are deleted in passing.
CREATE TABLE nonces (
  digest     BLOB    NOT NULL PRIMARY KEY,  -- SHA-256 of system, user and nonce
  used_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX nonces_until ON nonces (used_until);

-- Targets that do not answer. There is a row while one is held; from held_until on one
-- hub may try it.
CREATE TABLE held_targets (
  target     TEXT    NOT NULL PRIMARY KEY,
  held_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
