package sqlite

import (
	"os"
	"syscall"
	"unsafe"
)

// inLargePages asks the kernel to back a piece of memory with pages of some megabytes. It may
// say no (transparent huge pages are switched off); then the memory is as it was.
func inLargePages(memory uintptr, size int) {
	page := uintptr(os.Getpagesize())
	from := (memory + page - 1) &^ (page - 1)
	size -= int(from - memory)
	size -= size % int(page)
	if size <= 0 {
		return
	}
	// The memory is not Go's: it was mapped by the allocator of the driver and stays mapped.
	piece := unsafe.Slice((*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&from))), size)
	_ = syscall.Madvise(piece, syscall.MADV_HUGEPAGE)
}
