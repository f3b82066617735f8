-- What pulling remembers beyond a run's page.

ALTER TABLE job_runs ADD COLUMN total        INTEGER NOT NULL DEFAULT 0; -- rows of the window, as the source counts them
ALTER TABLE job_runs ADD COLUMN changed      INTEGER NOT NULL DEFAULT 0; -- known otherwise, left alone
ALTER TABLE job_runs ADD COLUMN vanished     INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job_runs ADD COLUMN only_missing INTEGER NOT NULL DEFAULT 0 CHECK (only_missing IN (0, 1));

-- Rows that a job's source listed, by the source's time: an overlapping window finds
-- those that it lists no more. Keyed so that a pull appends.
CREATE TABLE job_rows (
  job         TEXT    NOT NULL,
  source_at   INTEGER NOT NULL,             -- 0: the source told none; such a row never vanishes
  external_no TEXT    NOT NULL,
  period      TEXT    NOT NULL,
  order_no    TEXT    NOT NULL,
  seen        INTEGER NOT NULL,             -- when the run began that listed it last
  vanished    TEXT    NOT NULL,             -- the run that missed it; '' while it is listed
  PRIMARY KEY (job, source_at, external_no, period)
) STRICT, WITHOUT ROWID;

CREATE INDEX job_rows_vanished ON job_rows (job, order_no) WHERE vanished <> '';
