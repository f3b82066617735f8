package sqlite

import (
	"context"
	"database/sql/driver"
	"maps"
	"slices"
	"strconv"
)

// SetMaxPages moves the limit of the file's size, as a disk gives room again.
func (s *Store) SetMaxPages(ctx context.Context, n int) error {
	return s.do(ctx, "set the limit", func(c *conn) error { return c.script("PRAGMA max_page_count = " + strconv.Itoa(n)) })
}

// Statements are the texts that the store has prepared so far, on any connection.
func (s *Store) Statements() []string {
	texts := map[string]bool{}
	_ = s.do(context.Background(), "look", func(c *conn) error {
		for text := range c.stmts {
			texts[text] = true
		}
		return nil
	})
	s.stmts.Range(func(text, _ any) bool { texts[text.(string)] = true; return true })
	for range cap(s.points.idle) {
		c := <-s.points.idle
		if c != nil {
			for text := range c.stmts {
				texts[text] = true
			}
		}
		s.points.idle <- c
	}
	return slices.Sorted(maps.Keys(texts))
}

// Plan is what SQLite means to do for a statement, a line each.
func (s *Store) Plan(ctx context.Context, text string) ([]string, error) {
	var plan []string
	err := s.do(ctx, "explain", func(c *conn) error {
		plan = plan[:0]
		return c.query("EXPLAIN QUERY PLAN "+text, values(make([]driver.Value, 256)...), func(row []driver.Value) error {
			plan = append(plan, row[3].(string))
			return nil
		})
	})
	return plan, err
}
