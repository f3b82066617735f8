-- Who was called to an order that is another's: crews that assist ("crew:R2") and people who collaborate ("user:li").
CREATE TABLE order_guests (
  guest TEXT NOT NULL,
  no    TEXT NOT NULL,
  PRIMARY KEY (guest, no)
) STRICT, WITHOUT ROWID;
CREATE INDEX order_guests_no ON order_guests (no);

-- Orders of before 0007 and 0009 have no branch, depot, deadline, alarm, step and hold in their columns: only their bodies
-- know. The queue of search reads the bodies and fills what differs, open orders first.
INSERT INTO search_queue (no) SELECT no FROM orders ORDER BY is_open DESC, id DESC;
