package standard

import "testing"

func BenchmarkHash(b *testing.B) {
	s, err := NewSystem(Settings{ID: "hotline", Zone: zone})
	if err != nil {
		b.Fatal(err)
	}
	v := read(b, fullOrder)
	b.ReportAllocs()
	for b.Loop() {
		s.Hash(v)
	}
}
