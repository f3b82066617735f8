package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"tundish/config"
)

// BenchmarkStart measures from the start of the process to the answer of the first order,
// on a store that does not exist yet and on one with a million orders (and with ten in
// make bench-large).
func BenchmarkStart(b *testing.B) {
	root, n := b.TempDir(), 0
	fresh := func() string {
		n++
		dir := filepath.Join(root, strconv.Itoa(n))
		if err := os.Mkdir(dir, 0o700); err != nil {
			b.Fatal(err)
		}
		return dir
	}
	contestants := []func() lap{
		func() lap { return firstAnswer(b, startBare(b, fresh(), theDisk)) },
		func() lap { return firstAnswer(b, startHub(b, fresh(), theDisk)) },
	}
	for _, many := range stocks() {
		dsn := config.Change{File: "tundish.yaml", Key: "store.dsn", Text: "sqlite://" + filled(b, many)}
		contestants = append(contestants, func() lap { return firstAnswer(b, startHub(b, fresh(), theDisk, dsn)) })
	}
	all := rounds(b, contestants...)
	bare, empty := all[0], all[1]
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(bare.quantile(0.5), "bare-ms")
	b.ReportMetric(empty.quantile(0.5), "empty-ms")
	startRow("start to the first answer, new store", empty, "bare server, new store", bare, "≤ 150 ms")
	for i, many := range stocks() {
		full := all[2+i]
		b.ReportMetric(full.quantile(0.5), fmt.Sprintf("%d-ms", many))
		startRow("start to the first answer, "+thousands(many)+" orders stored", full, "bare server, new store", bare, "≤ 500 ms")
	}
}

func startRow(work string, hub series, name string, other series, must string) {
	h, o := hub.quantile(0.5), other.quantile(0.5)
	ownRow(row{work: work, hub: milliseconds(h), beside: name, other: milliseconds(o), ratio: ratio(h / o), must: must, cost: costs(hub, other)})
}

// firstAnswer submits one order to a server that was just started, and ends it.
func firstAnswer(b testing.TB, s *server) lap {
	b.Helper()
	c, err := dial(s.addr, s.path, ownTongue)
	if err != nil {
		b.Fatal(err)
	}
	if _, _, err := c.submit(nil); err != nil {
		b.Fatal(err)
	}
	took := time.Since(s.began)
	l := lap{n: 1, took: took, cpu: s.used(), times: []time.Duration{took}}
	_ = c.conn.Close()
	s.stop(b)
	return l
}
