-- Lists and search. NULL where an order has none.

ALTER TABLE orders ADD COLUMN step TEXT;
ALTER TABLE orders ADD COLUMN held INTEGER;

-- What lists of open orders look at stands in their index, so that a filter reads no order.
DROP INDEX orders_open;
CREATE INDEX orders_open ON orders (phase, no, has_point, step, type, urgency, system, branch, depot, crew, due_at, received_at, held) WHERE is_open = 1;

-- Orders that changed and wait to be found by their words, oldest first.
CREATE TABLE search_queue (
  seq INTEGER PRIMARY KEY,
  no  TEXT NOT NULL
) STRICT;

INSERT INTO search_queue (no) SELECT no FROM orders ORDER BY id;

-- The words: terms separated by blanks, made by the store; rowid is orders.id. What is ASCII
-- and neither letter nor digit separates, everything else is part of a word.
CREATE VIRTUAL TABLE order_search USING fts5 (terms, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii');
