//go:build !linux

package sqlite

// inLargePages is for systems that have to be asked.
func inLargePages(uintptr, int) {}
