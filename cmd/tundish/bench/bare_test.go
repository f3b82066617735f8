package bench

import (
	"context"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"modernc.org/sqlite"

	"tundish/core"
	store "tundish/core/store/sqlite"
)

// bare is what the hub is measured against: the least server that does the same durable
// work. One goroutine owns the connection and commits whatever has gathered. It knows
// no code tables, no rules, no charsets, no idempotency beyond the key.
type bare struct {
	db    *database
	queue chan *task
	next  int64 // order numbers; the writer's
}

type task struct {
	order core.WorkOrder
	hash  string
	raw   []byte
	at    time.Time
	err   error
	done  chan struct{}
}

// sent is a SubmitOrder as encoding/xml reads it.
type sent struct {
	Order struct {
		ExternalRef, Type, Channel, Urgency string
		Customer                            struct{ Account, Name, Contact, Phone, Tariff, Arrears string }
		Place                               struct {
			Address, District, Branch, Depot, Book, Detail string
			BookNo                                         int
			Coordinate                                     struct {
				Reference string `xml:"referenceSystem,attr"`
				Lat, Lon  float64
			}
		}
		Meter struct {
			Serial, Stamp, Model, Maker, InstalledOn, DueOn, LastReading string
			DiameterMM                                                   int
		}
		Report struct {
			Category, SubCategory, Content, Remark, RegisteredOn, RegisteredBy string
			OccurredAt                                                         time.Time
		}
		SourceAt time.Time
		Extra    []struct {
			Name  string `xml:"name,attr"`
			Value string
		}
		Raw []byte `xml:",innerxml"`
	} `xml:"Body>SubmitOrder>Order"`
}

// beBare is the bare server as a process of its own, on a new database, until it is told to
// end or whoever started it is gone.
func beBare(path string) error {
	if err := makeTables(path); err != nil {
		return err
	}
	db, err := connect(path)
	if err != nil {
		return err
	}
	s := &bare{db: db, queue: make(chan *task, 4096)}
	written := make(chan struct{})
	go func() { defer close(written); s.write() }()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: s}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	fmt.Printf("listening on %s\n", l.Addr())
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); stop() }()
	select {
	case <-ctx.Done():
	case err := <-served:
		return err
	}
	if err := srv.Shutdown(context.Background()); err != nil {
		return err
	}
	close(s.queue)
	<-written
	return db.conn.Close()
}

func (s *bare) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t := &task{at: time.Now().UTC().Truncate(time.Millisecond), done: make(chan struct{})}
	var err error
	if t.raw, err = io.ReadAll(r.Body); err == nil {
		err = t.decode()
	}
	if err == nil {
		s.queue <- t
		<-t.done
		err = t.err
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><SubmitOrderResponse xmlns="urn:tundish:hotline:v1"><OrderNo>%s</OrderNo><Status>R</Status><Known>false</Known><At>%s</At></SubmitOrderResponse></soap:Body></soap:Envelope>`,
		t.order.No, t.at.Format(time.RFC3339Nano))
}

func (t *task) decode() error {
	var m sent
	if err := xml.Unmarshal(t.raw, &m); err != nil {
		return err
	}
	v := &m.Order
	sum := sha256.Sum256(v.Raw)
	t.hash = hex.EncodeToString(sum[:])
	o := &t.order
	*o = core.WorkOrder{
		Ref: core.Ref{System: "hotline", External: v.ExternalRef}, Version: 1, EventSequence: 1,
		Type: "leak", Family: core.Repair, Phase: core.Acceptance, Channel: "phone", Urgency: core.Normal,
		Customer:   core.Customer(v.Customer),
		Meter:      core.Meter{Serial: v.Meter.Serial, DiameterMM: v.Meter.DiameterMM, Model: v.Meter.Model, Maker: v.Meter.Maker, InstalledOn: v.Meter.InstalledOn, DueOn: v.Meter.DueOn, LastReading: v.Meter.LastReading},
		ReceivedAt: t.at, UpdatedAt: t.at, SourceAt: v.SourceAt.UTC(), DueAt: t.at.Add(24 * time.Hour), Extra: map[string]string{},
	}
	o.Process, o.Tokens, o.AlarmAt = "eda0d5e6a49d0225971d6052dd6ad345", []core.Token{{Step: "acceptance", Since: t.at}}, t.at.Add(20*time.Hour)
	o.Limits = []core.LimitState{
		{Limit: core.FinishLimit, Began: t.at, WithinSeconds: 24 * 3600, Clock: core.ClockElapsed, DueAt: o.DueAt},
		{Limit: "review", Step: "acceptance", Began: t.at, WithinSeconds: 1800, Clock: core.ClockElapsed, DueAt: t.at.Add(30 * time.Minute)},
	}
	p, c := &v.Place, &v.Place.Coordinate
	o.Place = core.Place{
		Address: p.Address, District: p.District, Branch: p.Branch, Book: p.Book, BookNo: p.BookNo, Detail: p.Detail,
		Point: &core.Point{Lat: c.Lat, Lon: c.Lon}, PointSource: core.PointFromSource, PointSent: fmt.Sprintf("%v,%v (%s)", c.Lon, c.Lat, c.Reference),
	}
	rp := &v.Report
	o.Report = core.Report{
		Category: "leak", SubCategory: "meter_joint", Content: rp.Content, Remark: rp.Remark,
		OccurredAt: rp.OccurredAt.UTC(), RegisteredOn: rp.RegisteredOn, RegisteredBy: rp.RegisteredBy,
	}
	for _, x := range v.Extra {
		o.Extra[x.Name] = x.Value
	}
	return nil
}

// write commits batch after batch.
func (s *bare) write() {
	for t := range s.queue {
		batch := []*task{t}
	gather:
		for len(batch) < 1000 {
			select {
			case t, open := <-s.queue:
				if !open {
					break gather
				}
				batch = append(batch, t)
			default:
				break gather
			}
		}
		err := s.db.exec("BEGIN IMMEDIATE")
		for _, t := range batch {
			if err == nil {
				err = s.insert(t)
			}
		}
		if err == nil {
			err = s.db.exec("COMMIT")
		}
		for _, t := range batch {
			t.err = err
			close(t.done)
		}
	}
}

// insert writes an order, its event and its message.
func (s *bare) insert(t *task) error {
	s.next++
	o := &t.order
	o.No = core.OrderNo(fmt.Sprintf("W26-%07d-0", s.next))
	raw, err := json.Marshal(o)
	if err != nil {
		return err
	}
	body, at, id := string(raw), t.at.UnixMilli(), "m-"+o.Ref.External
	if err := s.db.exec(`INSERT INTO orders (no, system, external_no, period, version, type, family, phase, urgency, is_open, has_point,
			crew, account, serial, received_at, updated_at, hashes, body) VALUES (?, ?, ?, '', 1, ?, ?, ?, ?, 1, 1, '', ?, ?, ?, ?, ?, ?)`,
		string(o.No), string(o.Ref.System), o.Ref.External, o.Type, string(o.Family), string(o.Phase), string(o.Urgency),
		o.Customer.Account, o.Meter.Serial, at, at, t.hash+"\n", body); err != nil {
		return err
	}
	if err := s.db.exec("INSERT INTO events (id, at, kind, actor, message_id, remark, deltas) VALUES (?, ?, 'received', 'system:hotline', ?, '', ?)",
		s.next*1048576+1, at, id, `[{"path":"","new":`+body+`}]`); err != nil {
		return err
	}
	return s.db.exec(`INSERT INTO messages (id, system, direction, operation, external_no, order_no, at, took_us, result, detail, charset, request, response)
		VALUES (?, ?, 'in', 'SubmitOrder', ?, ?, ?, ?, 'ok', '', 'UTF-8', ?, NULL)`,
		id, string(o.Ref.System), o.Ref.External, string(o.No), at, time.Since(t.at).Microseconds(), t.raw)
}

// pragmas are the store's own, but for page size and journal, which the file has by then, and
// for the checkpoint, which the store has somebody beside the writer for: a bare server has
// SQLite's own, after a thousand pages.
var pragmas = []string{"synchronous(FULL)", "foreign_keys(1)", "cache_size(-32768)",
	"journal_size_limit(67108864)", "temp_store(MEMORY)"}

// database is one connection with the hub's settings and tables, without database/sql
// in between, whose pool and conversions cost as much as a short insert.
type database struct {
	conn  driver.Conn
	stmts map[string]driver.StmtExecContext
}

// makeTables makes a file with the store's tables and page size.
func makeTables(path string) error {
	st, err := store.Open(path, store.Options{})
	if err != nil {
		return err
	}
	if err := st.Migrate(context.Background()); err != nil {
		return errors.Join(err, st.Close())
	}
	return st.Close()
}

// connect opens such a file.
func connect(path string) (*database, error) {
	u := url.URL{Scheme: "file", Path: path, RawQuery: url.Values{"_pragma": pragmas}.Encode()}
	c, err := sqlite.NewConnector(u.String())
	if err != nil {
		return nil, err
	}
	conn, err := c.Connect(context.Background())
	if err != nil {
		return nil, err
	}
	return &database{conn: conn, stmts: map[string]driver.StmtExecContext{}}, nil
}

// openDatabase opens a file until the benchmark ends, and makes what it lacks.
func openDatabase(b testing.TB, path string) *database {
	b.Helper()
	if err := makeTables(path); err != nil {
		b.Fatal(err)
	}
	d, err := connect(path)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = d.conn.Close() })
	return d
}

func (d *database) exec(text string, args ...driver.Value) error {
	st := d.stmts[text]
	if st == nil {
		prepared, err := d.conn.(driver.ConnPrepareContext).PrepareContext(context.Background(), text)
		if err != nil {
			return err
		}
		st = prepared.(driver.StmtExecContext)
		d.stmts[text] = st
	}
	named := make([]driver.NamedValue, len(args))
	for i, v := range args {
		named[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	_, err := st.ExecContext(context.Background(), named)
	return err
}

// rows reads a whole table.
func (d *database) rows(table string) (columns []string, all [][]driver.Value, err error) {
	rows, err := d.conn.(driver.QueryerContext).QueryContext(context.Background(), "SELECT * FROM "+table, nil)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = rows.Close() }()
	columns = rows.Columns()
	for {
		row := make([]driver.Value, len(columns))
		if err := rows.Next(row); err == io.EOF {
			return columns, all, nil
		} else if err != nil {
			return nil, nil, err
		}
		all = append(all, row)
	}
}

// insertInto is the statement that writes such rows.
func insertInto(table string, columns []string) string {
	return "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES (?" + strings.Repeat(", ?", len(columns)-1) + ")"
}

func sizeOf(row []driver.Value) (n int) {
	for _, v := range row {
		switch v := v.(type) {
		case string:
			n += len(v)
		case []byte:
			n += len(v)
		case int64:
			n += len(strconv.FormatInt(v, 10))
		}
	}
	return n
}
