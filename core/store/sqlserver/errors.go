package sqlserver

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	mssql "github.com/microsoft/go-mssqldb"

	"tundish/core"
)

// SQL Server's error numbers that we act on.
const (
	errDuplicateKey   = 2627 // constraint
	errDuplicateIndex = 2601 // unique index; some servers say 2627 for both
	errDeadlock       = 1205
	errLockTimeout    = 1222
	errSnapshot       = 3960
	errConstraint     = 547 // foreign key or check
	errTruncated      = 8152
	errTruncated2     = 2628 // the same, from 2019 on
	errNoObject       = 208
	errNoColumn       = 207
	errLogFull        = 9002
	errNoSpace        = 1105
	errCannotOpen     = 4060
	errLogin          = 18456
	errMoved          = 50409 // ours: a write found fewer rows than were read
)

func number(err error) int32 {
	var e mssql.Error
	if errors.As(err, &e) {
		return e.Number
	}
	return 0
}

// lost tells that the connection is gone, so that what the server did is not known.
func lost(err error) bool {
	var n net.Error
	var e mssql.Error
	var broken mssql.StreamError
	var fatal mssql.ServerError
	if errors.As(err, &broken) || errors.As(err, &fatal) || brokenText(err) {
		return true
	}
	if errors.As(err, &e) {
		return false
	}
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.As(err, &n)
}

// brokenText knows a connection that broke inside a long text or binary: the driver
// (go-mssqldb v1.11, types.go) makes its error of the cause's words alone.
func brokenText(err error) bool {
	return err != nil && strings.Contains(err.Error(), "Reading PLP type failed: ")
}

// again tells that the same transaction may well succeed when it is run again: a
// deadlock, a key that somebody else has just inserted, a version that moved.
func again(err error) bool {
	switch number(err) {
	case errDeadlock, errDuplicateKey, errDuplicateIndex, errSnapshot, errMoved:
		return true
	}
	return lost(err)
}

// storeError gives a driver's error its kind. doing says what was attempted.
func storeError(doing string, err error) error {
	if err == nil {
		return nil
	}
	var known *core.Error
	if errors.As(err, &known) {
		return err
	}
	kind, code, en, zh := core.Internal, "store", "the store failed", "存储出错"
	switch number(err) {
	case errDuplicateKey, errDuplicateIndex:
		kind, code, en, zh = core.Conflict, "key_taken", "a key it would write is taken already", "主键或唯一键已被占用"
	case errConstraint:
		kind, code, en, zh = core.Invalid, "no_parent", "it refers to an order or a message that is not stored", "所引用的工单或消息不存在"
	case errTruncated, errTruncated2:
		kind, code, en, zh = core.Invalid, "too_long", "a text is longer than its column", "文本超过字段长度"
	case errDeadlock, errLockTimeout, errSnapshot, errMoved:
		kind, code, en, zh = core.Unavailable, "store_busy", "others are changing the same rows; try again", "数据正被他人修改，请重试"
	case errLogFull, errNoSpace:
		kind, code, en, zh = core.Unavailable, "store_full", "there is no room left for the database; enlarge its files or back up its log", "数据库空间不足，请扩容或备份日志"
	case errNoObject, errNoColumn:
		kind, code, en, zh = core.Unavailable, "not_migrated", "the database lacks tables of this version; run tundish migrate", "数据库结构过旧，请运行 tundish migrate"
	case errCannotOpen, errLogin:
		kind, code, en, zh = core.Unavailable, "store_login", "the server refuses the login or the database; look at the DSN", "服务器拒绝登录或数据库不存在，请检查 DSN"
	default:
		if lost(err) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			kind, code, en, zh = core.Unavailable, "store_away", "the database server does not answer", "数据库服务器无应答"
		}
	}
	return &core.Error{Kind: kind, Code: code, Message: en, MessageZH: zh, Err: fmt.Errorf("%s: %w", doing, err)}
}
