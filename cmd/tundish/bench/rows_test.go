package bench

import (
	"database/sql/driver"
	"testing"
)

// written are all the rows of a database that the hub wrote, ready to be written again.
type written []statement

type statement struct {
	text string
	rows [][]driver.Value
}

// stored reads what a pull wrote.
func stored(b testing.TB, path string) written {
	b.Helper()
	db := openDatabase(b, path)
	var all written
	for _, table := range []string{"orders", "events", "messages", "job_runs", "job_rows", "refused_items"} {
		columns, rows, err := db.rows(table)
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, statement{insertInto(table, columns), rows})
	}
	return all
}

// insert writes them in one transaction.
func (w written) insert(db *database) error {
	if err := db.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	for _, s := range w {
		for _, row := range s.rows {
			if err := db.exec(s.text, row...); err != nil {
				return err
			}
		}
	}
	return db.exec("COMMIT")
}
