package sqlite

import (
	"encoding/binary"
	"sync"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
)

const (
	pageSize = 8192
	// cachePages is about what the writer's cache holds.
	cachePages = 4096
)

// gatherPages gives SQLite one piece of memory for the pages of its caches, 33 MiB. Without it each new page is asked for by itself:
// the driver's allocator rounds 8 KiB and a header up to the double, three to a mapping
// of its own, and until the cache is full a commit that appends ten pages spends more
// time in the kernel for them than on its rows. Pages beyond the piece come that way.
//
// SQLite takes it only before the first connection of a process. Should somebody have
// been earlier it says so, and all there is to it is that pages cost more.
var gatherPages = sync.OnceFunc(func() {
	tls := libc.NewTLS()
	defer tls.Close()
	arguments := libc.Xcalloc(tls, 4, 8) // three, and room for an answer
	if arguments == 0 {
		return
	}
	defer libc.Xfree(tls, arguments)
	answer := arguments + 3*8
	if sqlite3.Xsqlite3_config(tls, sqlite3.SQLITE_CONFIG_PCACHE_HDRSZ, libc.VaList(arguments, answer)) != sqlite3.SQLITE_OK {
		return
	}
	header := int32(binary.NativeEndian.Uint32(libc.GoBytes(answer, 4)))
	slot := (pageSize + header + 7) &^ 7
	memory := libc.Xmalloc(tls, types.Size_t(slot)*cachePages)
	if memory == 0 {
		return
	}
	// SQLite writes into each page at once to string them together: four thousand faults, which
	// is most of a start, unless the kernel gives out memory by the megabyte.
	inLargePages(memory, int(slot)*cachePages)
	if sqlite3.Xsqlite3_config(tls, sqlite3.SQLITE_CONFIG_PAGECACHE, libc.VaList(arguments, memory, slot, int32(cachePages))) != sqlite3.SQLITE_OK {
		libc.Xfree(tls, memory)
	}
})
