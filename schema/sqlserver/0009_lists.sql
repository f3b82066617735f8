-- Lists and search. NULL where an order has none; a column that may be NULL is added without
-- touching a row.

ALTER TABLE orders ADD step NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NULL
GO
ALTER TABLE orders ADD held TINYINT NULL
GO

-- What lists of open orders look at stands in their index, so that a filter reads no order.
DROP INDEX orders_open ON orders
GO
CREATE INDEX orders_open ON orders (phase, no) INCLUDE (has_point, step, type, urgency, system, branch, depot, crew, due_at, received_at, held) WHERE is_open = 1
GO

-- Orders that changed and wait to be found by their words, oldest first.
CREATE TABLE search_queue (
  seq BIGINT IDENTITY NOT NULL CONSTRAINT pk_search_queue PRIMARY KEY,
  no  NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL
)
GO
INSERT INTO search_queue (no) SELECT no FROM orders
GO

-- The words by which orders are found, and the words of each, so that a change writes what differs.
CREATE TABLE order_terms (
  term NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
  no   NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
  CONSTRAINT pk_order_terms PRIMARY KEY CLUSTERED (term, no)
)
GO
CREATE TABLE order_words (
  no    NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT pk_order_words PRIMARY KEY,
  terms NVARCHAR(MAX) NOT NULL
)
GO
