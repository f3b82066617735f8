-- Meters by serial: which order put one in last, which took it out since. Empty: none is known. One meter is
-- installed by one order at a time. at: the latest instant that anything was said of it, in milliseconds since 1970.
CREATE TABLE meters (
  serial       TEXT    NOT NULL PRIMARY KEY,
  installed_by TEXT    NOT NULL,
  removed_by   TEXT    NOT NULL,
  scrapped     INTEGER NOT NULL CHECK (scrapped IN (0, 1)),
  at           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What orders of before say of meters stands in their bodies only. The queue of search reads these on its way.
INSERT INTO search_queue (no) SELECT no FROM orders WHERE family IN ('replacement', 'installation', 'removal', 'repair') ORDER BY is_open DESC, id DESC;
