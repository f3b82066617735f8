package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain puts the real program in the PATH of tests and scripts as "tundish", and
// beside it the hand that falsifies books.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tundish": main, "falsify": falsifyMain})
}
