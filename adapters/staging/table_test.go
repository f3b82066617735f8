package staging

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"

	"tundish/adapters/mapping"
	"tundish/core"
	"tundish/core/pull"
	"tundish/core/store/sqlite"
	_ "tundish/core/store/sqlserver" // its driver
)

// shared is a database that a system writes to and a hub reads.
type shared struct {
	t     *testing.T
	db    *sql.DB
	dsn   string
	name  string // of the table
	store *sqlite.Store
	at    time.Time
}

// eachServer runs a test on SQLite and, where there is one, on SQL Server.
func eachServer(t *testing.T, test func(t *testing.T, s *shared)) {
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "their own.db")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		test(t, newShared(t, "sqlite", path, "sqlite://"+path, "staging"))
	})
	t.Run("sqlserver", func(t *testing.T) {
		dsn := os.Getenv("TUNDISH_TEST_SQLSERVER")
		if dsn == "" {
			t.Skip("SKIPPED: set TUNDISH_TEST_SQLSERVER to a DSN to run this on SQL Server")
		}
		test(t, newShared(t, "sqlserver", dsn, dsn, fmt.Sprintf("staging_%d", time.Now().UnixNano())))
	})
}

func newShared(t *testing.T, driver, open, dsn, name string) *shared {
	t.Helper()
	db, err := sql.Open(driver, open)
	if err != nil {
		t.Fatal(err)
	}
	s := &shared{t: t, db: db, dsn: dsn, name: name, store: opened(t), at: morning}
	t.Cleanup(func() {
		if driver == "sqlserver" {
			s.exec("DROP TABLE " + name)
		}
		_ = db.Close()
	})
	s.exec("CREATE TABLE " + name + " (id INT NOT NULL PRIMARY KEY, S_BH NVARCHAR(40), S_LX NVARCHAR(10), S_DZ NVARCHAR(100), S_NR NVARCHAR(200), D_DJ " +
		map[string]string{"sqlite": "DATETIME", "sqlserver": "DATETIME2(3)"}[driver] + ", state INT NOT NULL, our_no NVARCHAR(40), why NVARCHAR(400), result NVARCHAR(200), told NVARCHAR(60))")
	return s
}

func (s *shared) exec(statement string, args ...any) {
	s.t.Helper()
	if _, err := s.db.ExecContext(context.WithoutCancel(s.t.Context()), statement, args...); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shared) insert(id int, ref, kind string) {
	s.t.Helper()
	s.exec("INSERT INTO "+s.name+" (id, S_BH, S_LX, S_DZ, S_NR, D_DJ, state) VALUES (@id, @ref, @kind, @place, @text, '2026-05-10 08:05:00', 0)",
		sql.Named("id", id), sql.Named("ref", ref), sql.Named("kind", kind), sql.Named("place", "柳园路"+ref+"号"), sql.Named("text", "冒水𠮷"))
}

// one reads a single value.
func (s *shared) one(what, where string) string {
	s.t.Helper()
	var v sql.NullString
	if err := s.db.QueryRowContext(s.t.Context(), "SELECT "+what+" FROM "+s.name+" WHERE "+where).Scan(&v); err != nil {
		s.t.Fatal(err)
	}
	return v.String
}

// entry is the mapping of the table; without marks done and refused are left out.
func (s *shared) entry(marks bool) *mapping.Table {
	s.t.Helper()
	top, limit := "TOP (@limit)", ""
	if strings.HasPrefix(s.dsn, "sqlite") {
		top, limit = "", "LIMIT @limit"
	}
	where := "1 = 1"
	text := ""
	if marks {
		where = "state = 0"
		text = fmt.Sprintf("    done: UPDATE %[1]s SET state = 1, our_no = @no, told = @at WHERE id = @id AND S_BH = @s_bh\n    refused: UPDATE %[1]s SET state = 2, why = @reason WHERE id = @id\n", s.name)
	}
	return loaded(s.t, fmt.Sprintf(`
tables:
  orders:
    dsn_env: THEIR_DSN
    select: |
      -- @nothing of this comment counts
      SELECT %s * FROM %s WHERE %s AND (@after IS NULL OR id > @after) ORDER BY id %s
    key: [id]
%s    order:
      ref: S_BH
      type: {from: S_LX, map: {LS: leak}}
      place.address: S_DZ
      report.content: S_NR
      source_at: {from: D_DJ, zone: Asia/Shanghai}
    volatile: [state, our_no, why, result, told]
    tell:
      result:
        statement: UPDATE %[2]s SET result = @work, told = @id WHERE S_BH = @ref AND our_no = @no
        values: {ref: order.ref, no: order.no, work: order.completion.work, id: message.id}
`, top, s.name, where, limit, text)).Tables["orders"]
}

func (s *shared) database() *Database {
	s.t.Helper()
	db, err := OpenDatabase(s.dsn, 20*time.Second)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = db.Close() })
	return db
}

func (s *shared) table(marks bool) *Table {
	s.t.Helper()
	t, err := NewTable(TableOptions{System: "old", Table: s.entry(marks), DB: s.database(), Complete: complete, Clock: stopped{s.at}, Log: zap.NewNop(), Chinese: true})
	if err != nil {
		s.t.Fatal(err)
	}
	return t
}

func (s *shared) run(marks bool) core.JobRun {
	s.t.Helper()
	s.at = s.at.Add(time.Minute)
	run, err := runner(s.t, s.store, s.table(marks), s.at).RunOnce(s.t.Context(), "orders", pull.Window{})
	if err != nil {
		s.t.Fatal(err)
	}
	return run
}

func TestRowsOfATableBecomeOrdersAndAreMarked(t *testing.T) {
	eachServer(t, func(t *testing.T, s *shared) {
		for i := range 25 {
			s.insert(i*7, fmt.Sprintf("R%d", i), map[bool]string{true: "XX", false: "LS"}[i == 11])
		}
		if run := s.run(true); run.Created != 24 || run.Refused != 1 || run.Page != 3 {
			t.Errorf("%+v", run)
		}
		o := orders(t, s.store)[3]
		if o.Ref.External != "R3" || o.Place.Address != "柳园路R3号" || o.Report.Content != "冒水𠮷" || !o.SourceAt.Equal(time.Date(2026, 5, 10, 0, 5, 0, 0, time.UTC)) {
			t.Errorf("%+v", o)
		}
		if got := s.one("count(*)", "state = 1 AND our_no IS NOT NULL AND told IS NOT NULL"); got != "24" {
			t.Errorf("%s rows marked", got)
		}
		if got := s.one("our_no", "id = 21"); got != string(o.No) {
			t.Errorf("marked with %q, want %q", got, o.No)
		}
		if got := s.one("why", "state = 2 AND id = 77"); !strings.HasPrefix(got, "S_LX：") {
			t.Errorf("refused for %q", got)
		}
		s.insert(3, "R100", "LS") // behind what was read last time
		if run := s.run(true); run.Fetched != 1 || run.Created != 1 {
			t.Errorf("%+v", run)
		}
		// The source mends a row and hands it out again.
		s.exec("UPDATE " + s.name + " SET S_LX = 'LS', state = 0 WHERE id = 77")
		s.exec("UPDATE " + s.name + " SET S_DZ = '长堤路1号', state = 0 WHERE id = 0")
		if run := s.run(true); run.Created != 1 || run.Amended != 1 {
			t.Errorf("%+v", run)
		}
	})
}

func TestATableThatIsOnlyReadIsKnownTheNextTime(t *testing.T) {
	eachServer(t, func(t *testing.T, s *shared) {
		for i := range 25 {
			s.insert(i, fmt.Sprintf("R%d", i), "LS")
		}
		if run := s.run(false); run.Created != 25 {
			t.Errorf("%+v", run)
		}
		if run := s.run(false); run.Known != 25 || run.Created != 0 {
			t.Errorf("%+v", run)
		}
	})
}

// A hub that dies before any of its writes, or before it could mark rows, leaves what another
// one ends.
func TestNoRowIsLostOrDoubledByAKillAtAnyPoint(t *testing.T) {
	for _, marks := range []bool{true, false} {
		for after := range 11 {
			path := filepath.Join(t.TempDir(), "their.db")
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			s := newShared(t, "sqlite", path, "sqlite://"+path, "staging")
			for i := range 35 {
				s.insert(i, fmt.Sprintf("R%d", i), map[bool]string{true: "XX", false: "LS"}[i == 11])
			}
			var changes atomic.Int64
			die := func() error {
				if changes.Add(1) > int64(after) {
					return core.Because(core.Invalid, "died", errors.New("the machine lost power"))
				}
				return nil
			}
			_, err := runner(t, &dying{s.store, die}, &dyingTable{s.table(marks), die}, s.at).RunOnce(t.Context(), "orders", pull.Window{})
			if err == nil && after < 4 {
				t.Fatal("nobody died")
			}
			s.run(marks)
			s.run(marks)
			if n := len(orders(t, s.store)); n != 34 {
				t.Errorf("marks %v, after %d: %d orders", marks, after, n)
			}
			if marks && s.one("count(*)", "state = 1 AND our_no LIKE 'W%'")+s.one("count(*)", "state = 2 AND why <> ''") != "341" {
				t.Errorf("after %d: marked %s, refused %s", after, s.one("count(*)", "state = 1"), s.one("count(*)", "state = 2"))
			}
		}
	}
}

type dyingTable struct {
	*Table
	die func() error
}

func (d *dyingTable) Confirm(ctx context.Context, rs []pull.Receipt) error {
	if err := d.die(); err != nil {
		return err
	}
	return d.Table.Confirm(ctx, rs)
}

func TestASelectThatDoesNotGoByItsKeyIsStopped(t *testing.T) {
	eachServer(t, func(t *testing.T, s *shared) {
		for i := range 25 {
			s.insert(i, fmt.Sprintf("R%d", i), "LS")
		}
		for name, change := range map[string]func(*mapping.Table){
			"endless": func(m *mapping.Table) { m.Select.V = strings.Replace(m.Select.V, "id > @after", "id >= @after", 1) },
			"select":  func(m *mapping.Table) { m.Key[0].V = "nr" },
		} {
			src := s.table(false)
			entry, staging := *src.o.Table, *src.o.Table.Staging
			staging.Key = append(staging.Key[:0:0], staging.Key...)
			entry.Staging = &staging
			change(&entry)
			src.o.Table = &entry
			_, err := runner(t, s.store, src, s.at).RunOnce(t.Context(), "orders", pull.Window{})
			if core.CodeOf(err) != name {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestASelectThatGivesMoreThanAPageIsStopped(t *testing.T) {
	eachServer(t, func(t *testing.T, s *shared) {
		for i := range 11 {
			s.insert(i, fmt.Sprintf("R%d", i), "LS")
		}
		src := s.table(false)
		entry, staging := *src.o.Table, *src.o.Table.Staging
		entry.Staging = &staging
		staging.Select.V = strings.NewReplacer("LIMIT @limit", "LIMIT 1 + @limit", "TOP (@limit)", "TOP (1 + @limit)").Replace(staging.Select.V)
		src.o.Table = &entry
		if _, err := src.Fetch(t.Context(), pull.Window{}, 0, 10); core.CodeOf(err) != "select" || !strings.Contains(err.Error(), "more than the 10 rows") {
			t.Errorf("%v", err)
		}
		if p, err := src.Fetch(t.Context(), pull.Window{}, 0, 11); err != nil || len(p.Items) != 11 {
			t.Errorf("%d, %v", len(p.Items), err)
		}
	})
}

// A rule of theirs keeps one row from being marked: the others are, and the run ends.
func TestARowThatCannotBeMarkedHoldsUpNoOther(t *testing.T) {
	eachServer(t, func(t *testing.T, s *shared) {
		for i := range 25 {
			s.insert(i, fmt.Sprintf("R%d", i), "LS")
		}
		s.exec(map[bool]string{
			true:  "CREATE TRIGGER " + s.name + "_no BEFORE UPDATE ON " + s.name + " WHEN OLD.id = 3 BEGIN SELECT RAISE(ABORT, 'theirs'); END",
			false: "ALTER TABLE " + s.name + " ADD CONSTRAINT " + s.name + "_no CHECK (id <> 3 OR state = 0)",
		}[strings.HasPrefix(s.dsn, "sqlite")])
		for range 2 {
			if run := s.run(true); run.State != core.RunDone || run.Refused != 0 {
				t.Errorf("%+v", run)
			}
			if marked, left := s.one("count(*)", "state = 1"), s.one("min(id)", "state = 0"); marked != "24" || left != "3" {
				t.Errorf("%s marked, %s left", marked, left)
			}
		}
		if n := len(orders(t, s.store)); n != 25 {
			t.Errorf("%d orders", n)
		}
	})
}

func TestSeveralKeysPage(t *testing.T) {
	eachServer(t, func(t *testing.T, s *shared) {
		for i := range 25 {
			s.insert(i, fmt.Sprintf("R%d", i), "LS")
		}
		src := s.table(false)
		entry, staging := *src.o.Table, *src.o.Table.Staging
		m := loaded(t, `
tables:
  orders:
    dsn_env: THEIR_DSN
    select: >-
      SELECT `+map[bool]string{true: "", false: "TOP (@limit)"}[strings.HasPrefix(s.dsn, "sqlite")]+` S_LX, S_BH, S_DZ, S_NR, D_DJ FROM `+s.name+`
      WHERE @after_S_LX IS NULL OR S_LX > @after_S_LX OR S_LX = @after_S_LX AND S_BH > @after_S_BH ORDER BY S_LX, S_BH `+map[bool]string{true: "LIMIT @limit"}[strings.HasPrefix(s.dsn, "sqlite")]+`
    key: [S_LX, S_BH]
    order: {ref: S_BH, type: {value: leak}}
`)
		staging.Select, staging.Key = m.Tables["orders"].Select, m.Tables["orders"].Key
		entry.Staging = &staging
		src.o.Table = &entry
		if run, err := runner(t, s.store, src, s.at).RunOnce(t.Context(), "orders", pull.Window{}); err != nil || run.Created != 25 {
			t.Errorf("%+v, %v", run, err)
		}
	})
}

// never is the sink of a system that no call is made to.
type never struct{ t *testing.T }

func (n never) Deliver(context.Context, core.OutboxMessage) core.Delivery {
	return core.Delivery{Outcome: core.Delivered, Code: "not_told"}
}

func (n never) Ask(context.Context, core.OutboxMessage) core.Delivery {
	return core.Delivery{Outcome: core.UnknownOutcome}
}

func (s *shared) sink(db *Database) *Sink {
	s.t.Helper()
	sink, err := NewSink(SinkOptions{System: "old", Tables: map[string]*mapping.Table{"orders": s.entry(true)}, DBs: map[string]*Database{"orders": db}, Clock: stopped{s.at}, Next: never{s.t}})
	if err != nil {
		s.t.Fatal(err)
	}
	return sink
}

func owed(t *testing.T, kind core.WriteBackKind, o core.WorkOrder, work string) core.OutboxMessage {
	t.Helper()
	o.Completions = []core.Completion{{Outcome: core.Done, Work: work}}
	payload, err := json.Marshal(core.WriteBack{Kind: kind, Order: o})
	if err != nil {
		t.Fatal(err)
	}
	return core.OutboxMessage{ID: "m1", Target: "old", Order: o.No, Kind: kind, Payload: payload}
}

func TestResultsAreToldInATable(t *testing.T) {
	eachServer(t, func(t *testing.T, s *shared) {
		s.insert(1, "R1", "LS")
		s.run(true)
		o := orders(t, s.store)[0]
		db := s.database()
		sink := s.sink(db)
		d := sink.Deliver(t.Context(), owed(t, core.TellResult, o, "换阀门𠮷"))
		if d.Outcome != core.Delivered || s.one("result", "id = 1") != "换阀门𠮷" || s.one("told", "id = 1") != "m1" {
			t.Errorf("%+v", d)
		}
		if !strings.Contains(string(d.Message.Request), `@work = "换阀门𠮷"`) || d.Message.External != "R1" || d.Message.Operation != "orders.result" {
			t.Errorf("kept %+v %s", d.Message, d.Message.Request)
		}
		if d := sink.Deliver(t.Context(), owed(t, core.TellStatus, o, "")); d.Code != "not_told" {
			t.Errorf("%+v", d)
		}
		lost := o
		lost.Ref.External = "R2'; DROP TABLE " + s.name + " --" // a value is never text of the statement
		if d := sink.Deliver(t.Context(), owed(t, core.TellResult, lost, "x")); d.Outcome != core.RefusedByPeer || d.Code != "no_row" || !strings.Contains(d.Detail, "changed no row") {
			t.Errorf("%+v", d)
		}
		if strings.HasPrefix(s.dsn, "sqlserver") { // SQLite has no lengths
			if d := sink.Deliver(t.Context(), owed(t, core.TellResult, o, strings.Repeat("长", 201))); d.Outcome != core.RefusedByPeer || d.Code != "statement" {
				t.Errorf("too long: %+v", d)
			}
		}
		if d := sink.Ask(t.Context(), owed(t, core.TellResult, o, "x")); d.Outcome != core.NotSent {
			t.Errorf("%+v", d)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if d := sink.Deliver(t.Context(), owed(t, core.TellResult, o, "x")); d.Outcome != core.TryLater {
			t.Errorf("closed: %+v", d)
		}
	})
}

func TestADatabaseThatIsAwayMeansLater(t *testing.T) {
	s := &shared{t: t, name: "staging", dsn: "sqlite://" + filepath.Join(t.TempDir(), "none.db"), at: morning}
	message := owed(t, core.TellResult, core.WorkOrder{No: "W1", Ref: core.Ref{System: "old", External: "R1"}}, "x")
	if d := s.sink(s.database()).Deliver(t.Context(), message); d.Outcome != core.TryLater {
		t.Errorf("%+v", d)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.dsn = "sqlserver://u:hidden-word@" + l.Addr().String() + "?encrypt=disable"
	_ = l.Close()
	d := s.sink(s.database()).Deliver(t.Context(), message)
	if d.Outcome != core.TryLater || strings.Contains(d.Detail, "hidden-word") {
		t.Errorf("%+v", d)
	}
	if _, err := s.table(true).Fetch(t.Context(), pull.Window{}, 0, 10); !core.IsKind(err, core.Unavailable) {
		t.Errorf("%v", err)
	}
	for _, dsn := range []string{"", "mysql://hidden-word", "sqlserver://u:hidden-word@[", "their.db"} {
		if _, err := OpenDatabase(dsn, time.Second); core.CodeOf(err) != "dsn" || strings.Contains(err.Error(), "hidden-word") {
			t.Errorf("%s: %v", dsn, err)
		}
	}
}
