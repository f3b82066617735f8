package main

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tundish/core"
)

// A program without SOAP hands orders over in a table of its database, and reads there what
// became of them.
func TestAStagingTableWorksBothWays(t *testing.T) {
	w := inWorld(t)
	if err := w.configure(); err != nil {
		t.Fatal(err)
	}
	if err := w.overlay("staging-table", "*/2 * * * *", "30 5 * * *"); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "baozhuang.db")
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(10000)") // the hub writes there, too
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	exec := func(statement string) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	exec(`CREATE TABLE TO_HUB (ID INTEGER PRIMARY KEY, S_BH TEXT, S_LX TEXT, S_XM TEXT, S_DH TEXT, S_DZ TEXT, S_NR TEXT, D_DJ TEXT,
		STATE INTEGER NOT NULL DEFAULT 0, HUB_NO TEXT, HUB_AT TEXT, REASON TEXT, RESULT TEXT, WORK TEXT, DONE_AT TEXT)`)
	exec(`INSERT INTO TO_HUB (S_BH, S_LX, S_XM, S_DH, S_DZ, S_NR, D_DJ) VALUES
		('BZ-1', 'LS', '王芳', '138-0123-4567', '张杨路1号', '表井漏水', '2026-05-11 08:05:00'), ('BZ-2', 'XX', '李强', '', '长堤路9号', '咨询', '2026-05-11 08:06:00')`)
	if _, errs, code := w.run(t, "config", "check"); code != 2 || !strings.Contains(errs, "secrets/staging-table") {
		t.Errorf("without the DSN: %s", errs)
	}
	secret := filepath.Join(filepath.Dir(w.settings()), "secrets", "staging-table")
	if err := os.MkdirAll(filepath.Dir(secret), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(secret, []byte("sqlite://"+path+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := w.serve(); err != nil {
		t.Fatal(err)
	}
	if out, errs, code := w.run(t, "job", "run", "staging-table"); code != 0 {
		t.Fatal(out, errs)
	}
	var orders []core.WorkOrder
	w.list(t, &orders, "order", "list", "--system", "staging-table")
	if len(orders) != 1 || orders[0].Ref.External != "BZ-1" || orders[0].Customer.Phone != "13801234567" {
		t.Fatalf("%+v", orders)
	}
	one := func(what, where string) string {
		var v sql.NullString
		if err := db.QueryRowContext(t.Context(), "SELECT "+what+" FROM TO_HUB WHERE "+where).Scan(&v); err != nil {
			t.Error(err)
		}
		return v.String
	}
	if one("HUB_NO", "STATE = 1 AND S_BH = 'BZ-1'") != string(orders[0].No) || !strings.Contains(one("REASON", "STATE = 2 AND S_BH = 'BZ-2'"), "XX") {
		t.Error("the rows are not marked")
	}
	completed(t, w, orders[0].No, core.Completion{Outcome: core.Done, Handling: "repaired", Work: "更换阀门，试压合格"})
	if err := soon(func() bool { return one("count(*)", "STATE = 3 AND RESULT = '40'") == "1" }); err != nil || one("WORK", "ID = 1") != "更换阀门，试压合格" {
		t.Errorf("told %q, %v", one("WORK", "ID = 1"), err)
	}
	if out, errs, code := w.run(t, "message", "list", "--system", "staging-table"); code != 0 || !strings.Contains(out, "orders.result") {
		t.Errorf("%s%s", out, errs)
	}
}
