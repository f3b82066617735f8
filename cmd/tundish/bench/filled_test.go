package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"tundish/core"
	store "tundish/core/store/sqlite"
)

// The numbers under which the i-th stored order is found. Accounts and serials leave room
// for customers in between: today's reports come from all over.
func numberOf(i int) core.OrderNo   { return core.OrderNo(fmt.Sprintf("W26-%08d-0", i)) }
func refOf(i int) core.Ref          { return core.Ref{System: "billing", External: fmt.Sprintf("HB%012d", i)} }
func accountOf(customer int) string { return fmt.Sprintf("0310%010d", customer) }
func serialOf(customer int) string  { return fmt.Sprintf("S%010d", customer) }
func customerOf(i int) int          { return i * apart }

const apart = 100

// storedOrder is the i-th, of a customer: a replaced meter as billing lists it, its timeline's first
// event and its line in the message log. All but one in a hundred are done with.
func storedOrder(i, customer int, at time.Time) (core.Unit, error) {
	phase := core.Closed
	if i%100 == 0 {
		phase = core.Acceptance
	}
	o := core.WorkOrder{
		No: numberOf(i), Ref: refOf(i), Type: "scheduled_replacement", Family: core.Replacement, Phase: phase, Urgency: core.Normal,
		Customer: core.Customer{Account: accountOf(customer), Name: "王建国", Phone: "13800000000", Tariff: "residential"},
		Place: core.Place{Address: fmt.Sprintf("浦东新区张杨路1234弄%d号", i), District: "PD02", Branch: "浦东营业管理部", Book: "03102", BookNo: 17, Detail: "门口左侧水表井内",
			Point: &core.Point{Lat: 31.2284, Lon: 121.4782}, PointSource: core.PointFromSource},
		Meter:      core.Meter{Serial: serialOf(customer), DiameterMM: 20, Model: "LXS-20E", Maker: "宁波水表", InstalledOn: "2020-05-20", DueOn: "2026-05-20", LastReading: "1234.50"},
		ReceivedAt: at, SourceAt: at, DueAt: at.Add(9 * 24 * time.Hour),
	}
	message := fmt.Sprintf("m-HB%012d", i)
	c, err := core.NewChange(nil, o, core.Event{At: at, Kind: core.EventReceived, By: "system:billing", MessageID: message})
	c.Hash = core.Hash(fmt.Sprintf("%064x", i))
	return core.Unit{Orders: []core.OrderChange{c}, Messages: []core.LoggedMessage{{
		ID: message, System: "billing", Direction: core.Inbound, Operation: "SubmitOrder", External: o.Ref.External, Order: o.No, At: at, Took: time.Millisecond, Result: "ok", Charset: "UTF-8",
	}}}, err
}

// wells are the stores filled in this run, by size.
var wells = struct {
	sync.Mutex
	path map[int]string
}{path: map[int]string{}}

// filled is the path of a store with n orders, made once in a run.
func filled(b testing.TB, n int) string {
	b.Helper()
	wells.Lock()
	defer wells.Unlock()
	if path := wells.path[n]; path != "" {
		return path
	}
	dir, err := workshop()
	if err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(dir, fmt.Sprintf("filled-%d.db", n))
	start := time.Now()
	if err := fill(path, n); err != nil {
		b.Fatal(err)
	}
	size := int64(0)
	if info, err := os.Stat(path); err == nil {
		size = info.Size()
	}
	fmt.Printf("stored %d orders in %s, %d MB\n", n, time.Since(start).Round(time.Second), size>>20)
	wells.path[n] = path
	return path
}

// fill stores n orders in pages, made ready while the page before is written.
func fill(path string, n int) error {
	ctx := context.Background()
	st, err := store.Open(path, store.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = st.Close() }()
	if err := st.Migrate(ctx); err != nil {
		return err
	}
	if _, err := st.ReserveNumbers(ctx, n); err != nil { // the hub goes on after them
		return err
	}
	const page = 500
	pages := make(chan []core.Unit, runtime.NumCPU())
	failed := make(chan error, 1)
	go func() {
		defer close(pages)
		at := time.Now().UTC().Truncate(time.Millisecond).AddDate(-1, 0, 0)
		for i := 0; i < n; i += page {
			var units []core.Unit
			for k := i; k < min(i+page, n); k++ {
				u, err := storedOrder(k, customerOf(k), at)
				if err != nil {
					failed <- err
					return
				}
				units = append(units, u)
			}
			pages <- units
		}
	}()
	for units := range pages {
		for _, out := range st.Commit(ctx, units...) {
			if out.Kind != core.Applied {
				return out.Error()
			}
		}
	}
	select {
	case err := <-failed:
		return err
	default:
		return st.Close()
	}
}

// anyOf picks orders of a store with n, the same ones in every run.
func anyOf(n int) func() int {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	return func() int { return r.IntN(n) }
}
