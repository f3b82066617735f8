package sqlserver_test

import (
	"database/sql"
	"testing"

	mssql "github.com/microsoft/go-mssqldb"

	"tundish/core/store/sqlserver"
	"tundish/core/store/storetest"
)

// TestAnUpgradeFillsWhatAnOlderVersionDidNotWrite goes back to the tables of before and up again.
func TestAnUpgradeFillsWhatAnOlderVersionDidNotWrite(t *testing.T) {
	dsn := freshDatabase(t)
	s := open(t, dsn, sqlserver.Options{})
	c, err := mssql.NewConnector(dsn)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(c)
	defer db.Close()
	storetest.Forgotten(t, s, func() {
		for _, text := range []string{
			"UPDATE orders SET branch = NULL, depot = NULL, step = NULL, due_at = NULL, alarm_at = NULL, held = NULL",
			"DROP TABLE order_guests", "DROP TABLE meters", "DELETE FROM schema_migrations WHERE name >= N'0011'",
		} {
			if _, err := db.ExecContext(t.Context(), text); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}
