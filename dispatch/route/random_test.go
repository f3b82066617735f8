package route

import (
	"math"
	"testing"
)

// A wait is the logarithm of what the same bits are as a share, and one on average.
func TestWait(t *testing.T) {
	r, same := newRandom(1), newRandom(1)
	sum, most, n := 0.0, 0.0, 1_000_000
	for range n {
		share := float64(same.bits()>>11|1) / (1 << 53)
		w := r.wait()
		sum += w
		most = max(most, math.Abs(w+math.Log(share)))
	}
	if most > 2.5e-6 {
		t.Errorf("%g off the logarithm", most)
	}
	if mean := sum / float64(n); math.Abs(mean-1) > 0.005 {
		t.Errorf("%f on average", mean)
	}
}
