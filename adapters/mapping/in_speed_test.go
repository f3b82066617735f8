package mapping

import (
	"bytes"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode"

	"tundish/wsdl/xml"
)

// narrow is what fold does, character by character.
func narrow(r rune) rune {
	switch {
	case r >= '！' && r <= '～':
		return r - '！' + '!'
	case r == '\u3000':
		return ' '
	}
	return r
}

func TestFoldingAndTrimmingAreThoseOfUnicode(t *testing.T) {
	for r := rune(1); r <= unicode.MaxRune; r++ {
		for _, text := range []string{string(r), string(r) + "a", "水" + string(r)} {
			if got, want := string(fold(nil, []byte(text))), strings.Map(narrow, text); got != want {
				t.Fatalf("%q folds to %q, want %q", text, got, want)
			}
			if got, want := string(trim([]byte(text))), strings.TrimSpace(text); got != want {
				t.Fatalf("%q trims to %q, want %q", text, got, want)
			}
		}
	}
}

// The short way of reading a time and package time agree, whatever is written.
func TestTimesAreReadAsPackageTimeReadsThem(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	digits := func(text string) string { // now and then something that should not be there
		b := []byte(text)
		for i, c := range b {
			if c >= '0' && c <= '9' && random.IntN(6) == 0 {
				b[i] = "0123456789:x"[random.IntN(12)]
			}
		}
		return string(b)
	}
	taken := 0
	for _, theirs := range []string{"yyyy-MM-dd HH:mm:ss", "yyyyMMdd", "yyyy年MM月dd日", "dd/MM/yyyy HH:mm", "HHmmss"} {
		l, err := newLayout(theirs)
		if err != nil || l.stamp == "" {
			t.Fatalf("%s is no stamp: %v", theirs, err)
		}
		for range 20000 {
			text := digits(time.Unix(random.Int64N(4e9), 0).In(shanghai).Format(l.text))
			want, err := time.ParseInLocation(l.text, text, shanghai)
			got, ok := readStamp(l.stamp, []byte(text), shanghai)
			if ok {
				taken++
			}
			if ok != (err == nil) || ok && !got.Equal(want) {
				t.Fatalf("%q in %s: got %v %v, want %v %v", text, theirs, got, ok, want, err)
			}
		}
	}
	if taken < 10000 {
		t.Errorf("only %d times were any", taken)
	}
	for _, theirs := range []string{"yyyy-M-d", "yyyy-MM-dd HH:mm:ss.SSS", "yy-MM-dd", "'T'yyyy"} {
		if l, err := newLayout(theirs); err != nil || l.stamp != "" {
			t.Errorf("%s has no width: %v", theirs, err)
		}
	}
}

// stream is an endless list of orders, as far as it is asked for.
type stream struct {
	row  []byte
	left int64
	rest []byte
	end  []byte
}

func (r *stream) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		switch {
		case r.left > 0:
			r.rest, r.left = r.row, r.left-int64(len(r.row))
		case len(r.end) > 0:
			r.rest, r.end = r.end, nil
		default:
			return 0, io.EOF
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func TestAnAnswerOfAHundredMegabytesIsReadInBoundedMemory(t *testing.T) {
	const size, most = 100 << 20, 64 << 20
	in := serving(t, repairs)
	list := &stream{row: []byte(repair), left: size, rest: []byte(`<SubmitRepair xmlns="http://rx.example/">`), end: []byte(`</SubmitRepair>`)}
	r := xml.NewReader(list, xml.Limits{Bytes: -1})
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	n, peak := 0, uint64(0)
	err := in.Read(r, func(i Item) error {
		if n++; n%2000 == 0 {
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapAlloc)
		}
		if i.Err != nil {
			return i.Err
		}
		return nil
	})
	if err != nil || n < size/len(repair) {
		t.Fatal(n, err)
	}
	if peak > before.HeapAlloc+most {
		t.Errorf("%d orders took %d MB", n, (peak-before.HeapAlloc)>>20)
	}
}

func TestAnOrderCostsTheMemoryOfItsOwnTexts(t *testing.T) {
	in := serving(t, repairs)
	const n = 200
	message := []byte(submitted(strings.Repeat(repair, n)))
	few := []byte(submitted(repair))
	src := bytes.NewReader(nil)
	r := xml.NewReader(nil, xml.Limits{})
	read := func(message []byte) func() {
		return func() {
			src.Reset(message)
			r.Reset(src)
			if _, err := r.Next(); err != nil {
				t.Fatal(err)
			}
			if err := in.Read(r, func(i Item) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
	}
	// One string for all texts, its reference and hash, the map of extras, a point and the
	// two numbers it was made of.
	const each = 12
	if got := (testing.AllocsPerRun(5, read(message)) - testing.AllocsPerRun(5, read(few))) / (n - 1); got > each {
		t.Errorf("%.1f allocations per order, want at most %d", got, each)
	}
}
