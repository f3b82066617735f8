package memstore

// Flaws are mistakes a store could make. Each one is switched on by a test of core/sim,
// which must then find that a promise is broken; see Planted there.
type Flaws struct {
	// AckBeforeSync answers Applied before the transaction is on disk.
	AckBeforeSync bool
	// KeyNotUnique stores a second order under a Ref that has one.
	KeyNotUnique bool
	// NoFence takes units whose lease has gone to somebody else.
	NoFence bool
	// NoLaneToken takes results from somebody who lost the lane.
	NoLaneToken bool
	// TornBatch goes on where it was after the database has rolled the transaction back
	// by itself, as if only the failed write had been taken back.
	TornBatch bool
	// LastHashOnly forgets all accepted hashes of an order but the last.
	LastHashOnly bool
}
