-- The route that a crew's day was planned as: its stops in sequence with when each is expected, JSON.
-- NULL: it was never planned.

ALTER TABLE crew_days ADD route NVARCHAR(MAX) NULL;
