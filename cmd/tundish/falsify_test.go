package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"

	"tundish/adapters/sim"
)

// falsifyMain is a command for the demo's hidden --before-ledger: falsify store DSN REF OP
// or falsify books URL SYSTEM REF OP [PERIOD], OP one of delete, double, alter.
func falsifyMain() {
	var err error
	switch a := os.Args[1:]; {
	case len(a) == 4 && a[0] == "store":
		err = falsifyOrder(strings.TrimPrefix(a[1], "sqlite://"), a[2], a[3])
	case len(a) > 4 && a[0] == "books":
		err = falsifyBooks(a[1], sim.Tampering{System: a[2], Ref: a[3], Op: a[4], Period: strings.Join(a[5:], "")})
	default:
		err = fmt.Errorf("falsify: %q is not understood", a)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// falsifyBooks falsifies an entry of a simulator's books.
func falsifyBooks(url string, t sim.Tampering) error {
	raw, err := json.Marshal(t)
	if err != nil {
		return err
	}
	resp, err := http.Post(url+"/control/books", "application/json", bytes.NewReader(raw))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("falsify %+v: %s", t, resp.Status)
	}
	return nil
}

// What falsifies one row of the hub's store, by hand as somebody with the file could; $1 is
// the source's number of an order.
var falsehoods = map[string][]string{
	"delete": {"PRAGMA foreign_keys = OFF", "DELETE FROM orders WHERE external_no = $1"},
	"double": {"DROP INDEX IF EXISTS orders_ref", "DROP INDEX IF EXISTS orders_no",
		`INSERT INTO orders (id, no, system, external_no, period, version, type, family, phase, urgency, is_open, has_point,
		 crew, account, serial, received_at, updated_at, hashes, body) SELECT (SELECT max(id)+1 FROM orders), no, system, external_no, period, version, type, family, phase, urgency, is_open, has_point,
		 crew, account, serial, received_at, updated_at, hashes, body FROM orders WHERE external_no = $1`},
	"alter": {"UPDATE orders SET body = json_set(body, '$.completions[#-1].old_final_reading', '99999') WHERE external_no = $1"},

	"delete result":   {"PRAGMA foreign_keys = OFF", "DELETE FROM outbox_messages WHERE kind = 'result' AND order_no = (SELECT no FROM orders WHERE external_no = $1)"},
	"delete status":   {"PRAGMA foreign_keys = OFF", "DELETE FROM outbox_messages WHERE sequence = 1 AND order_no = (SELECT no FROM orders WHERE external_no = $1)"},
	"double result":   {"DROP INDEX IF EXISTS outbox_messages_id", "DROP INDEX IF EXISTS outbox_messages_order", `INSERT INTO outbox_messages SELECT (SELECT max(seq)+1 FROM outbox_messages), id, order_no, sequence, target, kind, created_at, state, attempts, last_error, delivered_at, payload FROM outbox_messages WHERE kind = 'result' AND order_no = (SELECT no FROM orders WHERE external_no = $1)`},
	"alter result":    {"UPDATE outbox_messages SET state = 'dead' WHERE kind = 'result' AND order_no = (SELECT no FROM orders WHERE external_no = $1)"},
	"alter number":    {"UPDATE orders SET body = json_set(body, '$.no', 'W26-9999999-9') WHERE external_no = $1"},
	"alter reference": {"UPDATE orders SET body = json_set(body, '$.ref.external', 'X'), external_no = 'X' WHERE external_no = $1"},
}

// falsifyOrder does one of the falsehoods to an order in an SQLite store. The last
// statement must hit exactly one row.
func falsifyOrder(path, ref, how string) error {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	statements, known := falsehoods[how]
	if !known {
		return fmt.Errorf("falsehood %q is not known", how)
	}
	for i, s := range statements {
		var args []any
		if strings.Contains(s, "$1") {
			args = []any{ref}
		}
		done, err := db.Exec(s, args...)
		if err != nil {
			return fmt.Errorf("%s: %w", how, err)
		}
		if n, err := done.RowsAffected(); i == len(statements)-1 && (err != nil || n != 1) {
			return fmt.Errorf("%s of %s changed %d rows (%v)", how, ref, n, err)
		}
	}
	return nil
}
