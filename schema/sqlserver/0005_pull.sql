-- What pulling remembers beyond a run's page.

-- NULL, in runs of before, reads as 0: a column that may be NULL is added without touching a row.
-- total: rows of the window, as the source counts them; changed: known otherwise, left alone.
ALTER TABLE job_runs ADD total INT NULL
GO
ALTER TABLE job_runs ADD changed INT NULL
GO
ALTER TABLE job_runs ADD vanished INT NULL
GO
ALTER TABLE job_runs ADD only_missing TINYINT NULL
GO

-- Rows that a job's source listed, by the source's time: an overlapping window finds
-- those that it lists no more. Keyed so that a pull appends. Instants are milliseconds
-- since 1970 UTC: source_at is 0 where the source told none; such a row never vanishes.
CREATE TABLE job_rows (
  job         NVARCHAR(60) COLLATE Latin1_General_100_BIN2  NOT NULL,
  source_at   BIGINT NOT NULL,
  external_no NVARCHAR(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
  period      NVARCHAR(20) COLLATE Latin1_General_100_BIN2  NOT NULL,
  order_no    NVARCHAR(20) COLLATE Latin1_General_100_BIN2  NOT NULL,
  seen        BIGINT NOT NULL, -- when the run began that listed it last
  vanished    NVARCHAR(64) COLLATE Latin1_General_100_BIN2  NOT NULL, -- the run that missed it; '' while it is listed
  CONSTRAINT pk_job_rows PRIMARY KEY CLUSTERED (job, source_at, external_no, period)
)
GO
CREATE INDEX job_rows_vanished ON job_rows (job, order_no) WHERE vanished <> ''
GO
