package bench

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"tundish/config"
)

// BenchmarkStart measures from the start of the process to the answer of the first order,
// on a store that does not exist yet and on one with a million orders.
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
	million := filled(b, 1_000_000)
	all := rounds(b,
		func() lap { return firstAnswer(b, startHub(b, fresh(), theDisk)) },
		func() lap { return firstAnswer(b, startBare(b, fresh(), theDisk)) },
		func() lap {
			return firstAnswer(b, startHub(b, fresh(), theDisk, config.Change{File: "tundish.yaml", Key: "store.dsn", Text: "sqlite://" + million}))
		})
	empty, bare, full := all[0], all[1], all[2]
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(empty.quantile(0.5), "empty-ms")
	b.ReportMetric(full.quantile(0.5), "million-ms")
	b.ReportMetric(bare.quantile(0.5), "bare-ms")
	startRow("start to the first answer, new store", empty, "bare server, new store", bare, "≤ 150 ms")
	startRow("start to the first answer, 1,000,000 orders stored", full, "bare server, new store", bare, "≤ 500 ms")
}

func startRow(work string, hub series, name string, other series, must string) {
	h, o := hub.quantile(0.5), other.quantile(0.5)
	ownRow(row{work: work, hub: milliseconds(h), beside: name, other: milliseconds(o), ratio: ratio(h / o), must: must, cost: costs(hub, other)})
}

// firstAnswer submits one order to a server that was just started, and ends it.
func firstAnswer(b testing.TB, s *server) lap {
	b.Helper()
	c, err := dial(s.addr, s.path)
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
