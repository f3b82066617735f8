package sqlite

import (
	"context"
	"strconv"
)

// SetMaxPages moves the limit of the file's size, as a disk gives room again.
func (s *Store) SetMaxPages(ctx context.Context, n int) error {
	return s.do(ctx, "set the limit", func(c *conn) error { return c.script("PRAGMA max_page_count = " + strconv.Itoa(n)) })
}
