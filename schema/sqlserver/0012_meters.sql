-- Meters by serial: which order put one in last, which took it out since. Empty: none is known. One meter is
-- installed by one order at a time. at: the latest instant that anything was said of it, in milliseconds since 1970.
CREATE TABLE meters (
  serial       NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT pk_meters PRIMARY KEY CLUSTERED,
  installed_by NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
  removed_by   NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
  scrapped     TINYINT NOT NULL,
  at           BIGINT NOT NULL
)
GO

-- What orders of before say of meters stands in their bodies only. The queue of search reads these on its way.
INSERT INTO search_queue (no) SELECT no FROM orders WHERE family IN (N'replacement', N'installation', N'removal', N'repair') ORDER BY is_open DESC, no DESC
GO
