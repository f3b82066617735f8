package sqlserver

import (
	"context"
	"database/sql"
	"math/bits"
	"strconv"
	"strings"

	mssql "github.com/microsoft/go-mssqldb"
)

// maxParams is how many parameters a request may have (the server's limit is 2,100).
const maxParams = 2000

// batch is a request of several statements with typed parameters, run by
// sp_executesql. The types are declared here and not by the driver, which declares a
// text by its present length: then every request would be compiled anew. Lists are
// padded to powers of two for the same reason.
type batch struct {
	before string // what the request begins with
	text   strings.Builder
	decl   strings.Builder
	args   []any
}

// param adds a parameter and returns its name.
func (b *batch) param(typ string, v any) string {
	name := "p" + strconv.Itoa(len(b.args)+1)
	if len(b.args) > 0 {
		b.decl.WriteByte(',')
	}
	b.decl.WriteByte('@')
	b.decl.WriteString(name)
	b.decl.WriteByte(' ')
	b.decl.WriteString(typ)
	b.args = append(b.args, sql.Named(name, v))
	return "@" + name
}

func (b *batch) add(parts ...string) {
	for _, p := range parts {
		b.text.WriteString(p)
	}
}

// list writes "@p1,@p2,…" of one type, the last repeated up to a power of two.
func (b *batch) list(typ string, n int, value func(int) any) {
	for i := range powerOfTwo(n) {
		if i > 0 {
			b.text.WriteByte(',')
		}
		b.text.WriteString(b.param(typ, value(min(i, n-1))))
	}
}

// values writes "(VALUES (…),(…)) AS v(a,b,…)" for rows of cols. Missing rows up to a
// power of two repeat the last one, or are all NULL.
func (b *batch) values(cols []column, rows [][]any, padNull bool) {
	b.text.WriteString("(VALUES ")
	for i := range powerOfTwo(len(rows)) {
		if i > 0 {
			b.text.WriteByte(',')
		}
		b.text.WriteByte('(')
		for j, c := range cols {
			if j > 0 {
				b.text.WriteByte(',')
			}
			switch {
			case i < len(rows):
				b.text.WriteString(b.param(c.typ, rows[i][j]))
			case padNull:
				b.text.WriteString(b.param(c.typ, null(c.typ)))
			default:
				b.text.WriteString(b.param(c.typ, rows[len(rows)-1][j]))
			}
		}
		b.text.WriteByte(')')
	}
	b.text.WriteString(") AS v(")
	for j, c := range cols {
		if j > 0 {
			b.text.WriteByte(',')
		}
		b.text.WriteString(c.name)
	}
	b.text.WriteByte(')')
}

func (b *batch) call() []any {
	args := make([]any, 0, 2+len(b.args))
	args = append(args, sql.Named("stmt", mssql.NVarCharMax(b.before+b.text.String())))
	if len(b.args) > 0 {
		args = append(args, sql.Named("params", mssql.NVarCharMax(b.decl.String())))
	}
	return append(args, b.args...)
}

// runner is a pool, a connection or a transaction.
type runner interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}

func (b *batch) exec(ctx context.Context, r runner) error {
	_, err := r.ExecContext(ctx, "sp_executesql", b.call()...)
	return err
}

func (b *batch) query(ctx context.Context, r runner) (*sql.Rows, error) {
	return r.QueryContext(ctx, "sp_executesql", b.call()...)
}

// column is a column's name and the type of parameters for it.
type column struct{ name, typ string }

// columns reads "no nvarchar(20); version bigint".
func columns(list string) []column {
	var out []column
	for _, part := range strings.Split(list, ";") {
		name, typ, _ := strings.Cut(strings.TrimSpace(part), " ")
		out = append(out, column{name, typ})
	}
	return out
}

func names(cols []column, prefix string) string {
	out := make([]string, len(cols))
	for i, c := range cols {
		out[i] = prefix + c.name
	}
	return strings.Join(out, ", ")
}

// null is NULL with a type: the driver's untyped one is refused by some servers.
func null(typ string) any {
	switch {
	case strings.HasPrefix(typ, "nvarchar"), strings.HasPrefix(typ, "varchar"):
		return sql.NullString{}
	case strings.HasPrefix(typ, "datetime2"):
		return sql.NullTime{}
	case strings.HasPrefix(typ, "varbinary"):
		return []byte(nil)
	case typ == "float":
		return sql.NullFloat64{}
	}
	return sql.NullInt64{}
}

func powerOfTwo(n int) int {
	if n <= 1 {
		return n
	}
	return 1 << bits.Len(uint(n-1))
}

// chunk is how many rows of so many parameters fit into one request, a power of two.
func chunk(params int) int {
	return 1 << (bits.Len(uint(maxParams/params)) - 1)
}
