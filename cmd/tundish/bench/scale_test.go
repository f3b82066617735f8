package bench

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"tundish/core"
	store "tundish/core/store/sqlite"
)

const few = 10_000

// stocks are how many orders count as many.
func stocks() []int {
	if os.Getenv("TUNDISH_TEST_BENCH_LARGE") == "1" {
		return []int{1_000_000, 10_000_000}
	}
	return []int{1_000_000}
}

// BenchmarkScale holds single calls on a store with many orders beside the same on one
// with 10,000: the store's own calls, so that no SOAP hides what grows. Ten million are
// for make bench-large.
func BenchmarkScale(b *testing.B) {
	for _, many := range stocks() {
		b.Run(fmt.Sprint(many), func(b *testing.B) {
			small, large := openShelf(b, few), openShelf(b, many)
			var turns []func() lap
			for _, work := range []func(*shelf) error{(*shelf).byReference, (*shelf).byAnyNumber, (*shelf).insert} {
				for _, s := range []*shelf{large, small} {
					turns = append(turns, func() lap { return s.again(b, turn/2, work) })
				}
			}
			all := rounds(b, turns...)
			b.ReportMetric(0, "ns/op")
			for i, w := range []struct{ work, unit, must string }{
				{"look-up by reference", "reference", "≤ 3"}, {"look-up by any number", "number", "≤ 3"}, {"insert of an order, its event and its message", "insert", "≤ 1.5"},
			} {
				h, o := all[2*i], all[2*i+1]
				b.ReportMetric(h.quantile(0.5)*1000, w.unit+"-p50-µs")
				b.ReportMetric(h.quantile(0.5)/o.quantile(0.5), w.unit+"-ratio")
				ownRow(row{
					work: fmt.Sprintf("%s, %s orders stored", w.work, thousands(many)), hub: microseconds(h.quantile(0.5)),
					times:  fmt.Sprintf("%s / %s", microseconds(h.quantile(0.5)), microseconds(h.quantile(0.99))),
					beside: thousands(few) + " orders stored", other: microseconds(o.quantile(0.5)), ratio: ratio(h.quantile(0.5) / o.quantile(0.5)), must: w.must,
				})
			}
		})
	}
}

// shelf is a filled store that is asked and added to.
type shelf struct {
	*store.Store
	any  func() int
	next int
	asks int
}

func openShelf(b *testing.B, n int) *shelf {
	b.Helper()
	st, err := store.Open(filled(b, n), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = st.Close() })
	first := n
	for { // what an earlier call of this benchmark stored
		if _, err := st.Order(context.Background(), numberOf(first)); err != nil {
			break
		}
		first++
	}
	return &shelf{Store: st, any: anyOf(n), next: first}
}

func (s *shelf) byReference() error {
	ref := refOf(s.any())
	o, _, err := s.OrderByRef(context.Background(), ref)
	if err == nil && o.Ref != ref {
		err = fmt.Errorf("%v was found for %v", o.Ref, ref)
	}
	return err
}

// byAnyNumber asks for one of the four numbers after the other.
func (s *shelf) byAnyNumber() error {
	i := s.any()
	s.asks++
	find := [...]string{string(numberOf(i)), refOf(i).External, accountOf(customerOf(i)), serialOf(customerOf(i))}[s.asks%4]
	found, err := s.Orders(context.Background(), core.OrderQuery{Find: find})
	if err == nil && (len(found) != 1 || found[0].No != numberOf(i)) {
		err = fmt.Errorf("%d orders were found for %s, want %s", len(found), find, numberOf(i))
	}
	return err
}

// insert stores one more order, of a customer somewhere among those that are there.
func (s *shelf) insert() error {
	u, err := storedOrder(s.next, customerOf(s.any())+1+s.next%(apart-1), time.Now())
	if err != nil {
		return err
	}
	s.next++
	return s.Commit(context.Background(), u)[0].Error()
}

// again does the same again and again for a while and times each.
func (s *shelf) again(b testing.TB, during time.Duration, work func(*shelf) error) lap {
	var l lap
	start := time.Now()
	for before := start; before.Sub(start) < during; l.n++ {
		if err := work(s); err != nil {
			b.Fatal(err)
		}
		now := time.Now()
		l.times = append(l.times, now.Sub(before))
		before = now
	}
	l.took = time.Since(start)
	return l
}
