-- What lists and alarms look for: the organisations of an order, its deadline, and
-- when somebody must next be told something about it. NULL where an order has none.

ALTER TABLE orders ADD COLUMN branch   TEXT;
ALTER TABLE orders ADD COLUMN depot    TEXT;
ALTER TABLE orders ADD COLUMN due_at   INTEGER;
ALTER TABLE orders ADD COLUMN alarm_at INTEGER;

CREATE INDEX orders_alarm ON orders (alarm_at, no) WHERE alarm_at IS NOT NULL;
