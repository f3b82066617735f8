package staging

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tundish/adapters/mapping"
	"tundish/core"
)

// Database is one that a system and the hub share. Which it is says the DSN:
// sqlserver://USER:PASSWORD@HOST:PORT?database=NAME or sqlite://PATH, a file that is there already.
type Database struct {
	db      *sql.DB
	timeout time.Duration // of a statement
}

// OpenDatabase prepares a database for use; it is not asked for anything yet. No error repeats
// the DSN.
func OpenDatabase(dsn string, timeout time.Duration) (*Database, error) {
	wrong := core.Fail(core.Invalid, "dsn", "dsn", "the DSN is neither sqlserver://USER:PASSWORD@HOST:PORT?database=NAME nor sqlite://PATH", "连接串应为 sqlserver://用户:密码@主机:端口?database=库名 或 sqlite://路径")
	kind, path, ok := strings.Cut(dsn, "://")
	if !ok || path == "" {
		return nil, wrong
	}
	switch kind {
	case "sqlite":
		q := url.Values{"mode": {"rw"}, "_txlock": {"immediate"}, "_pragma": {fmt.Sprintf("busy_timeout(%d)", timeout.Milliseconds())}}
		dsn = "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
	case "sqlserver":
		u, err := url.Parse(dsn)
		if err != nil {
			return nil, wrong
		}
		q := u.Query()
		for key, v := range map[string]string{"app name": "tundish", "dial timeout": "10"} {
			if !q.Has(key) {
				q.Set(key, v)
			}
		}
		u.RawQuery = q.Encode()
		dsn = u.String()
	default:
		return nil, wrong
	}
	db, err := sql.Open(kind, dsn)
	if err != nil {
		return nil, wrong
	}
	db.SetMaxIdleConns(4)
	db.SetConnMaxIdleTime(5 * time.Minute)
	return &Database{db: db, timeout: timeout}, nil
}

// Close gives its connections back.
func (d *Database) Close() error { return d.db.Close() }

// within bounds one statement.
func (d *Database) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, d.timeout)
}

// bound are the values of a statement: those that it names.
func bound(statement string, value func(name string) (any, bool)) ([]any, error) {
	var args []any
	for _, name := range mapping.Parameters(statement) {
		v, ok := value(name)
		if !ok {
			return nil, core.Invalidf("unknown_parameter", "@"+name, "the statement names @%s, which is no column of the row and nothing else that is known", "语句中的 @%s 既不是该行的列，也没有其他含义", name)
		}
		args = append(args, sql.Named(name, v))
	}
	return args, nil
}

// text is a value that may be none; a typed one, which every server understands.
func text(t string) sql.NullString { return sql.NullString{String: t, Valid: t != ""} }

// unfit tells that a statement failed for what it says of one row: sending it again is of no use.
// Everything else, from a lost connection to a missing table, is no fault of the row's and passes.
func unfit(err error) bool {
	var server interface{ SQLErrorNumber() int32 }
	if errors.As(err, &server) {
		switch n := server.SQLErrorNumber(); n {
		case 220, 232, 241, 242, 244, 245, 248, 515, 547, 2601, 2627, 2628, 8114, 8115, 8152, 8169: // conversion, overflow, NULL, constraint, key, length
			return true
		default:
			return n >= 50000 // a trigger or procedure of theirs says no
		}
	}
	var file interface{ Code() int }
	if errors.As(err, &file) {
		switch file.Code() & 0xff {
		case 18, 19, 20: // too big, constraint, mismatch
			return true
		}
	}
	return false
}

// failed is the error of a statement that failed, by kind; en and zh say what for.
func failed(en, zh string, err error) error {
	if errors.As(err, new(*core.Error)) {
		return err
	}
	if unfit(err) {
		return &core.Error{Kind: core.Invalid, Code: "statement", Message: en, MessageZH: zh + "失败", Err: err}
	}
	return &core.Error{Kind: core.Unavailable, Code: "database", Message: en, MessageZH: zh + "失败", Err: err}
}

// stamp is how an instant without a zone is bound: every server, and SQLite's texts, compare it well.
const stamp = "2006-01-02 15:04:05.999999999"

// said is what a value says to a mapping. A time without a zone is written as in XML without one.
func said(v any, kind string) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		if v {
			return "1"
		}
		return "0"
	case time.Time:
		switch {
		case kind == "DATE":
			return v.Format(time.DateOnly)
		case kind == "TIME":
			return v.Format("15:04:05.999999999")
		case kind == "DATETIMEOFFSET" || v.Location() != time.UTC:
			return v.Format(time.RFC3339Nano)
		}
		return v.Format("2006-01-02T15:04:05.999999999")
	case []byte:
		switch {
		case kind == "UNIQUEIDENTIFIER" && len(v) == 16:
			return fmt.Sprintf("%X-%X-%X-%X-%X", []byte{v[3], v[2], v[1], v[0]}, []byte{v[5], v[4]}, []byte{v[7], v[6]}, v[8:10], v[10:])
		case binary(kind) || !utf8.Valid(v):
			return base64.StdEncoding.EncodeToString(v)
		}
		return string(v)
	}
	return fmt.Sprint(v)
}

func binary(kind string) bool {
	switch kind {
	case "BINARY", "VARBINARY", "IMAGE", "BLOB", "TIMESTAMP", "ROWVERSION":
		return true
	}
	return false
}

// back is how a value that was read is bound.
func back(v any, kind string) any {
	switch b := v.(type) {
	case nil:
		return sql.NullString{}
	case time.Time:
		if kind == "DATETIMEOFFSET" {
			return b
		}
		return b.Format(stamp)
	case []byte:
		if binary(kind) {
			return b
		}
		return said(b, kind)
	}
	return v
}
