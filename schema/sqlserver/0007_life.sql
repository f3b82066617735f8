-- What lists and alarms look for: the organisations of an order, its deadline, and
-- when somebody must next be told something about it. NULL where an order has none; a column that may
-- be NULL is added without touching a row.

ALTER TABLE orders ADD branch NVARCHAR(100) COLLATE Latin1_General_100_BIN2 NULL
GO
ALTER TABLE orders ADD depot NVARCHAR(100) COLLATE Latin1_General_100_BIN2 NULL
GO
ALTER TABLE orders ADD due_at DATETIME2(3) NULL
GO
ALTER TABLE orders ADD alarm_at DATETIME2(3) NULL
GO
CREATE INDEX orders_alarm ON orders (alarm_at, no) WHERE alarm_at IS NOT NULL
GO
