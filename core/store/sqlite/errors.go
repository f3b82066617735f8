package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strings"

	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"tundish/core"
)

// storeError gives a driver's error its kind: the one place where SQLite's codes
// are read. doing says what was attempted, in a few words.
func storeError(doing string, err error) error {
	if err == nil {
		return nil
	}
	var known *core.Error
	if errors.As(err, &known) {
		return err
	}
	wrapped := fmt.Errorf("%s: %w", doing, err)
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &core.Error{Kind: core.Unavailable, Code: "store_timeout", Message: "the store was not waited for", MessageZH: "未等待存储应答", Err: wrapped}
	}
	var e *driver.Error
	if !errors.As(err, &e) {
		return &core.Error{Kind: core.Internal, Code: "store", Message: "the store failed", MessageZH: "存储出错", Err: wrapped}
	}
	kind, code, en, zh := core.Internal, "store", "the store failed", "存储出错"
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_CONSTRAINT:
		switch e.Code() {
		case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
			kind, code, en, zh = core.Conflict, "key_taken", "a key it would write is taken already", "主键或唯一键已被占用"
		case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
			kind, code, en, zh = core.Invalid, "no_parent", "it refers to an order or a message that is not stored", "所引用的工单或消息不存在"
		}
	case sqlite3.SQLITE_TOOBIG:
		kind, code, en, zh = core.Invalid, "too_big", "a text or attachment is larger than the database can hold", "文本或附件超过数据库上限"
	case sqlite3.SQLITE_FULL:
		kind, code, en, zh = core.Unavailable, "store_full", "there is no room left for the database; free space on its disk", "数据库磁盘空间不足，请清理磁盘"
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PROTOCOL:
		kind, code, en, zh = core.Unavailable, "store_io", "the database file cannot be read or written; look at its disk", "数据库文件读写失败，请检查磁盘"
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		kind, code, en, zh = core.Unavailable, "store_readonly", "the database file may not be written; look at its permissions", "数据库文件不可写，请检查权限"
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_INTERRUPT:
		kind, code, en, zh = core.Unavailable, "store_busy", "another process holds the database; try again", "数据库被其他进程占用，请重试"
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		code, en, zh = "store_damaged", "the database file is damaged; restore a backup", "数据库文件已损坏，请恢复备份"
	case sqlite3.SQLITE_ERROR:
		if strings.Contains(e.Error(), "no such table") || strings.Contains(e.Error(), "no such column") {
			kind, code, en, zh = core.Unavailable, "not_migrated", "the database lacks tables of this version; run tundish migrate", "数据库结构过旧，请运行 tundish migrate"
		}
	}
	return &core.Error{Kind: kind, Code: code, Message: en, MessageZH: zh, Err: wrapped}
}
