package bench

import (
	"fmt"
	"testing"
)

// BenchmarkMemory lets 64 callers submit and looks at what the hub holds then: one turn
// for each round, so that a leak would grow with the rounds.
func BenchmarkMemory(b *testing.B) {
	hub := startHub(b, b.TempDir(), theDisk)
	callers := gather(b, 64, hub.addr, hub.path)
	callers.submit(b, turn)
	if hub.resident() == 0 {
		skipped(b, "memory is not measured: there is no /proc here")
		return
	}
	var held []int64
	n := 0
	rounds(b, func() lap {
		l := callers.submit(b, 5*turn)
		n += l.n
		held = append(held, hub.resident())
		return l
	})
	first, last := held[0], held[len(held)-1]
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(last>>20), "MB")
	b.ReportMetric(float64(last-first)/float64(1<<20), "MB-grown")
	b.ReportMetric(float64(n), "submits")
	ownRow(row{work: "memory of the hub under 64 callers", hub: megabytes(last), beside: "itself, earlier in the same load", other: megabytes(first), ratio: ratio(float64(last) / float64(first)),
		also: fmt.Sprintf("%s submits between", thousands(n*(len(held)-1)/len(held)))})
}

func megabytes(n int64) string { return fmt.Sprintf("%d MB", n>>20) }
