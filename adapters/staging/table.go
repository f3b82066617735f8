package staging

import (
	"context"
	"database/sql"
	"errors"
	"hash/maphash"
	"slices"
	"strings"
	"sync"

	"go.uber.org/zap"

	"tundish/adapters/mapping"
	"tundish/core"
	"tundish/core/pull"
)

// TableOptions of [Table].
type TableOptions struct {
	System core.SystemID
	Table  *mapping.Table
	DB     *Database
	// Complete fills in what orders of the system leave out.
	Complete func(*core.WorkOrder) error
	Clock    core.Clock
	Log      *zap.Logger
	Chinese  bool // language of reasons
}

// Table is a list of orders that stands in a table of a database. Pages go by key. A row is marked
// when its order is stored; where that was lost, the row is read again and known.
type Table struct {
	o      TableOptions
	reader *reader

	mu     sync.Mutex // Fetch and Confirm come from two hands
	window pull.Window
	after  map[int][]any     // by page: the key of the row before it; nil before the first
	rows   map[string]values // by place: rows of pages that are not confirmed
	pages  map[uint64]int    // by digest of a key: its page
	seed   maphash.Seed
}

// values are those of a row as they are bound.
type values map[string]any // by column, in small letters

var _ pull.Tried = (*Table)(nil)

// NewTable makes the source of an entry of tables.
func NewTable(o TableOptions) (*Table, error) {
	if o.System == "" || o.Table == nil || o.Table.Rows == nil || o.DB == nil || o.Complete == nil || o.Clock == nil || o.Log == nil {
		return nil, errors.New("staging: system, table, database, complete, clock and log are required")
	}
	return &Table{o: o, reader: newReader(o.System, o.Table.Rows, o.Complete), seed: maphash.MakeSeed()}, nil
}

// Try gives a source with pages of its own.
func (t *Table) Try() pull.Source {
	dry, err := NewTable(t.o)
	if err != nil {
		return t // it was made of the same
	}
	return dry
}

// Fetch lists one page.
func (t *Table) Fetch(ctx context.Context, w pull.Window, page, size int) (pull.Page, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if page == 0 || t.window != w || t.after == nil {
		t.window, t.after, t.rows, t.pages = w, map[int][]any{0: nil}, map[string]values{}, map[uint64]int{}
		if err := t.resume(ctx, page, size); err != nil {
			return pull.Page{}, err
		}
	}
	items, last, err := t.read(ctx, page, size)
	if err != nil {
		return pull.Page{}, err
	}
	t.after[page+1] = last
	out := pull.Page{Items: items, More: len(items) >= size, Once: true}
	logged(t.o.System, t.o.Table.Name, t.o.Clock, &out)
	return out, nil
}

// resume finds where a run goes on that another process began. Where rows are marked, what is
// left begins at the beginning; else the pages before are read past.
func (t *Table) resume(ctx context.Context, page, size int) error {
	if t.o.Table.Done.V != "" {
		t.after[page] = nil
		return nil
	}
	for p := range page {
		_, last, err := t.read(ctx, p, size)
		if err != nil {
			return err
		}
		t.after[p+1] = last
	}
	return nil
}

// read reads a page and gives the key of its last row; that of the page before when it has none.
func (t *Table) read(ctx context.Context, page, size int) (items []pull.Item, last []any, err error) {
	before, known := t.after[page]
	if !known {
		return nil, nil, core.Invalidf("no_page", "select", "page %d was asked for before the one in front of it", "第 %d 页之前的页尚未读取", page)
	}
	names := t.o.Table.Afters()
	args, err := bound(t.o.Table.Select.V, func(name string) (any, bool) {
		switch name {
		case "limit":
			return int64(size), true
		case "from":
			return t.window.From.UTC(), true
		case "to":
			return t.window.To.UTC(), true
		}
		i := slices.Index(names, name)
		switch {
		case i < 0:
			return nil, false
		case before == nil:
			return sql.NullString{}, true
		}
		return before[i], true
	})
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := t.o.DB.within(ctx)
	defer cancel()
	rows, err := t.o.DB.db.QueryContext(ctx, t.o.Table.Select.V, args...)
	if err != nil {
		return nil, nil, t.failed("read", "读取", err)
	}
	defer rows.Close()
	c, err := t.columns(rows)
	if err != nil {
		return nil, nil, err
	}
	last = before
	here := map[string]bool{}
	for rows.Next() {
		if len(items) == size {
			return nil, nil, core.Invalidf("select", t.o.Table.Name, "the select gives more than the %d rows of a page: it must keep to @limit, as in TOP (@limit) or LIMIT @limit", "select 返回的行数超过每页的 %d 行：须遵守 @limit，如 TOP (@limit) 或 LIMIT @limit", size)
		}
		it, key, err := t.row(rows, c, page)
		if err == nil && here[it.Place] {
			err = t.twice(it.Place)
		}
		if err != nil {
			return nil, nil, err
		}
		here[it.Place] = true
		items, last = append(items, it), key
	}
	if err := rows.Err(); err != nil {
		return nil, nil, t.failed("read", "读取", err)
	}
	return items, last, nil
}

// failed is the error of a statement of this table.
func (t *Table) failed(en, zh string, err error) error {
	return failed(en+" "+t.o.Table.Name, zh+" "+t.o.Table.Name, err)
}

// columns are those that a select gives.
type columns struct {
	names []string // as mappings call them
	bound []string // as statements do
	kinds []string
	keys  []int
}

func (t *Table) columns(rows *sql.Rows) (*columns, error) {
	kinds, err := rows.ColumnTypes()
	if err != nil {
		return nil, t.failed("read", "读取", err)
	}
	c := &columns{}
	for _, k := range kinds {
		name := Column(k.Name())
		if name == "" || slices.Contains(c.names, name) {
			return nil, core.Invalidf("select", t.o.Table.Name, "the select gives a column without a name, or %q twice; name it with AS", "select 的列没有名称或 %q 重复；请用 AS 命名", name)
		}
		c.names = append(c.names, name)
		c.bound = append(c.bound, strings.ToLower(k.Name()))
		kind, _, _ := strings.Cut(strings.ToUpper(k.DatabaseTypeName()), "(")
		c.kinds = append(c.kinds, kind)
	}
	lacks := func(name string) error {
		return core.Invalidf("select", t.o.Table.Name, "the select gives no column %q; it gives %v", "select 没有列 %q；现有 %v", name, slices.Clone(c.names))
	}
	for _, k := range t.o.Table.Key {
		i := slices.Index(c.bound, strings.ToLower(k.V))
		if i < 0 {
			return nil, lacks(k.V)
		}
		c.keys = append(c.keys, i)
	}
	for _, name := range t.o.Table.Rows.Columns() {
		if !slices.Contains(c.names, name) {
			return nil, lacks(name)
		}
	}
	for _, statement := range []string{t.o.Table.Done.V, t.o.Table.Refused.V} {
		for _, name := range mapping.Parameters(statement) {
			if !slices.Contains(reserved, name) && !slices.Contains(c.bound, strings.ToLower(name)) {
				return nil, lacks(name)
			}
		}
	}
	return c, nil
}

// row reads one row. A key that stands in another page already means that the pages do not go by it.
func (t *Table) row(rows *sql.Rows, c *columns, page int) (it pull.Item, key []any, err error) {
	raw, to := make([]any, len(c.names)), make([]any, len(c.names))
	for i := range raw {
		to[i] = &raw[i]
	}
	if err := rows.Scan(to...); err != nil {
		return it, nil, t.failed("read", "读取", err)
	}
	texts, v := make([]string, len(raw)), values{}
	for i := range raw {
		texts[i] = said(raw[i], c.kinds[i])
		v[c.bound[i]] = back(raw[i], c.kinds[i])
	}
	var parts []string
	for _, i := range c.keys {
		if raw[i] == nil {
			return it, nil, core.Invalidf("select", t.o.Table.Name, "a row has no value for its key %q", "有一行的 key %q 没有值", c.names[i])
		}
		key, parts = append(key, v[c.bound[i]]), append(parts, texts[i])
	}
	at := t.o.Table.Name + ":" + strings.Join(parts, "\x1f")
	digest := maphash.String(t.seed, at)
	if other, twice := t.pages[digest]; twice && other != page {
		return it, nil, t.twice(at)
	}
	t.pages[digest], t.rows[at] = page, v
	return t.reader.item(c.names, texts, at), key, nil
}

// twice is for a row that was listed before.
func (t *Table) twice(place string) error {
	return core.Invalidf("endless", t.o.Table.Name, "the row %q was listed before: the select must give rows behind @after only, in the order of the key, and the key must tell rows apart", "行 %q 此前已列出：select 须只返回 @after 之后的行并按 key 排序，且 key 须唯一", place)
}

// reserved are what done and refused may name beside columns.
var reserved = []string{"no", "ref", "reason", "at"}

// Confirm marks rows whose orders are stored, and those that were refused.
func (t *Table) Confirm(ctx context.Context, rs []pull.Receipt) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var marks []pull.Receipt
	for _, r := range rs {
		if t.rows[r.Place] != nil && t.statement(r) != "" {
			marks = append(marks, r)
		}
	}
	if len(marks) > 0 {
		if err := t.mark(ctx, marks); err != nil {
			return err
		}
	}
	for _, r := range rs {
		delete(t.rows, r.Place)
	}
	return nil
}

func (t *Table) statement(r pull.Receipt) string {
	if r.No == "" {
		return t.o.Table.Refused.V
	}
	return t.o.Table.Done.V
}

// mark runs the statements of receipts. A row that cannot be marked, for what a trigger or a
// constraint of theirs says, holds up no other: it is logged, and read again next time.
func (t *Table) mark(ctx context.Context, rs []pull.Receipt) error {
	err := t.together(ctx, rs)
	if !unfit(err) {
		return err
	}
	for _, r := range rs {
		if len(rs) > 1 {
			err = t.together(ctx, []pull.Receipt{r})
		}
		switch {
		case err == nil:
		case unfit(err):
			t.o.Log.Warn("a row cannot be marked: the database refuses the statement; it is read again next time", zap.String("op", t.o.Table.Name), zap.String("external_ref", r.Ref.External), zap.Error(err))
		default:
			return err
		}
	}
	return nil
}

// together runs the statements of receipts, all of them or none.
func (t *Table) together(ctx context.Context, rs []pull.Receipt) error {
	tx, err := t.o.DB.db.BeginTx(ctx, nil)
	if err != nil {
		return t.failed("mark rows of", "标记行", err)
	}
	defer func() { _ = tx.Rollback() }() // of one that was committed it does nothing
	now := t.o.Clock.Now().UTC().Format("2006-01-02 15:04:05.000")
	for _, r := range rs {
		why := r.Refused
		if t.o.Chinese && r.RefusedZH != "" {
			why = r.RefusedZH
		}
		args, err := bound(t.statement(r), func(name string) (any, bool) {
			switch name {
			case "no":
				return text(string(r.No)), true
			case "ref":
				return text(r.Ref.External), true
			case "reason":
				return text(why), true
			case "at":
				return now, true
			}
			v, ok := t.rows[r.Place][strings.ToLower(name)]
			return v, ok
		})
		if err != nil {
			return err
		}
		n, err := t.exec(ctx, tx, t.statement(r), args)
		if err != nil {
			return t.failed("mark rows of", "标记行", err)
		}
		if n == 0 {
			t.o.Log.Warn("a row was not marked: the statement changed none; it is read again next time", zap.String("op", t.o.Table.Name), zap.String("external_ref", r.Ref.External))
		}
	}
	if err := tx.Commit(); err != nil {
		return t.failed("mark rows of", "标记行", err)
	}
	return nil
}

func (t *Table) exec(ctx context.Context, tx *sql.Tx, statement string, args []any) (int64, error) {
	ctx, cancel := t.o.DB.within(ctx)
	defer cancel()
	res, err := tx.ExecContext(ctx, statement, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}
