package memstore_test

import (
	"testing"

	"tundish/core"
	"tundish/core/store/memstore"
	"tundish/core/store/storetest"
)

func TestStore(t *testing.T) {
	s := memstore.New(memstore.Options{})
	storetest.Run(t, func(*testing.T) core.Store { return s })
}
