package sqlite_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"text/tabwriter"
	"time"

	"testing"

	"tundish/core"
	"tundish/core/store/sqlite"
)

// listOrders is how many orders BenchmarkLists works on; make bench-lists asks for a million.
var listOrders = flag.Int("lists.orders", 20_000, "orders of BenchmarkLists")

// city makes orders of a city of some hundred thousand customers, always the same for a seed.
type city struct{ r *rand.Rand }

var (
	surnames = []rune("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕")
	given    = []rune("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国文斌宇浩晨欣怡佳梓轩子涵一诺思远")
	streets  = []string{"梧桐", "柳园", "新村", "北辰", "渔港", "龙泉", "天钥桥", "虹桥", "淮海", "延安", "人民", "解放", "中山", "长江", "黄河", "和平", "建设", "胜利", "文化", "光明"}
)

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

func (c city) order(n int) core.WorkOrder {
	r := c.r
	received := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Minute)
	o := core.WorkOrder{
		No: core.FormatNumber("W", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), int64(n+1)), Ref: core.Ref{System: pick(r, []core.SystemID{"hotline", "billing", "gis", "web"}), External: fmt.Sprintf("S%09d", n)},
		Type: pick(r, []string{"leak", "burst", "complaint", "enquiry", "recheck", "replacement", "faulty", "removal", "installation"}), Family: core.Repair,
		Urgency: core.Normal, ReceivedAt: received, DueAt: received.Add(48 * time.Hour),
	}
	if r.IntN(10) == 0 {
		o.Urgency = core.Urgent
	}
	name := string(pick(r, surnames)) + string(pick(r, given))
	if r.IntN(3) > 0 {
		name += string(pick(r, given))
	}
	account := r.IntN(300_000)
	o.Customer = core.Customer{Account: fmt.Sprintf("%010d", 1_000_000+account*7), Name: name, Contact: name, Phone: fmt.Sprintf("13%09d", 100_000_000+account*2377)}
	o.Place = core.Place{Address: fmt.Sprintf("%s%s %d 弄 %d 号 %d 室", pick(r, streets), pick(r, []string{"路", "东路", "西路", "街"}), 1+r.IntN(900), 1+r.IntN(60), 101+r.IntN(1800)),
		District: fmt.Sprintf("D%d", 1+r.IntN(6)), Branch: fmt.Sprintf("营业部%d", 1+r.IntN(8)), Depot: fmt.Sprintf("ST-%02d", 1+r.IntN(24))}
	o.Meter = core.Meter{Serial: fmt.Sprintf("M%08d", account*31%90_000_000), Stamp: fmt.Sprintf("G%07d", account*17%9_000_000), DiameterMM: 20}
	o.Report = core.Report{Category: "leak", Content: "用户反映水表井内有水声，地面潮湿，请尽快派人到现场查看处理并回复用户。"}
	o.Extra = map[string]string{"application_no": fmt.Sprintf("BW-001-%08d", n)}
	// Of twenty orders nineteen have ended, and one is somewhere on its way.
	o.Phase = core.Closed
	if r.IntN(20) == 0 {
		o.Phase = pick(r, []core.Phase{core.Acceptance, core.Approval, core.Dispatching, core.Dispatching, core.Field, core.Field, core.Field, core.ResultReview, core.FollowUpCall})
		if r.IntN(25) == 0 {
			o.Hold = &core.Hold{Reason: "等料", By: "x", At: received}
		}
	}
	o.Tokens = []core.Token{{Step: string(o.Phase), Since: received}}
	if o.Phase == core.Field || o.Phase == core.Closed {
		o.Assignment = &core.Assignment{CrewID: fmt.Sprintf("C%03d", 1+r.IntN(200)), Day: received.Format(time.DateOnly), State: core.FieldAssigned, Minutes: 60}
	}
	return o
}

// seed stores n orders, each of them acted on by two of three hundred people, and returns one in
// five hundred of them.
func (c city) seed(b *testing.B, s *sqlite.Store, n int) (some []core.WorkOrder) {
	b.Helper()
	people := make([]string, 300)
	for i := range people {
		people[i] = fmt.Sprintf("员工%03d", i)
	}
	batches := make(chan []core.Unit, 4)
	go func() {
		defer close(batches)
		for at := 0; at < n; at += 500 {
			var u core.Unit
			for i := at; i < min(n, at+500); i++ {
				o := c.order(i)
				ch, err := core.NewChange(nil, o, core.Event{At: o.ReceivedAt, Kind: core.EventReceived, By: pick(c.r, people)})
				if err != nil {
					b.Error(err)
					return
				}
				u.Orders = append(u.Orders, ch)
				if i == at {
					some = append(some, o)
				}
			}
			batches <- []core.Unit{u}
		}
	}()
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for units := range batches {
				for _, out := range s.Commit(b.Context(), units...) {
					if out.Kind != core.Applied {
						b.Error(out.Error())
					}
				}
			}
		})
	}
	wg.Wait()
	return some
}

// BenchmarkLists reads every view's list, its following page and its count, and searches by everything,
// beside -lists.orders orders of which a twentieth is open, and prints a table.
func BenchmarkLists(b *testing.B) {
	n := *listOrders
	path := filepath.Join(b.TempDir(), "lists.db")
	s := open(b, path, sqlite.Options{})
	if err := s.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	c := city{rand.New(rand.NewPCG(1, 2))}
	began := time.Now()
	known := c.seed(b, s, n)
	stored := time.Since(began)
	began = time.Now()
	for {
		done, err := s.IndexOrders(b.Context(), core.IndexBatch{Orders: 1000})
		if err != nil {
			b.Fatal(err)
		}
		if done.Done {
			break
		}
	}
	indexed := time.Since(began)
	size := int64(0)
	if info, err := os.Stat(path); err == nil {
		size = info.Size()
	}
	fmt.Printf("\n%d orders: stored in %s (%.0f/s), indexed in %s (%.0f/s), %d MB\n", n, stored.Round(time.Second), float64(n)/stored.Seconds(), indexed.Round(time.Second), float64(n)/indexed.Seconds(), size>>20)
	runtime.GC()

	open := []core.Phase{core.Received, core.Acceptance, core.Approval, core.Dispatching, core.Field, core.ResultReview, core.Released, core.FollowUpCall}
	now := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Minute)
	r := c.r
	depot := func() string { return fmt.Sprintf("ST-%02d", 1+r.IntN(24)) }
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "WHAT\tP50 ms\tP99 ms\tMAX ms\tROWS")
	measure := func(name string, runs int, most time.Duration, do func() (int, error)) {
		took := make([]time.Duration, runs)
		rows := 0
		for i := range took {
			at := time.Now()
			k, err := do()
			if took[i] = time.Since(at); err != nil {
				b.Fatalf("%s: %v", name, err)
			}
			rows += k
		}
		slices.Sort(took)
		ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
		late := ""
		if took[runs*99/100] > most {
			late = fmt.Sprintf("  more than %s", most)
		}
		fmt.Fprintf(table, "%s\t%.1f\t%.1f\t%.1f\t%.0f%s\n", name, ms(took[runs/2]), ms(took[runs*99/100]), ms(took[runs-1]), float64(rows)/float64(runs), late)
	}
	list := func(name string, q func() core.ListQuery) {
		measure(name, 200, 50*time.Millisecond, func() (int, error) {
			page, err := s.List(b.Context(), q())
			return len(page.Orders), err
		})
		query := q()
		if page, err := s.List(b.Context(), query); err == nil && page.Next != "" {
			query.Cursor = page.Next
			measure("  the next page", 100, 50*time.Millisecond, func() (int, error) {
				page, err := s.List(b.Context(), query)
				return len(page.Orders), err
			})
		}
		measure("  count, to 1000", 100, 50*time.Millisecond, func() (int, error) { return s.Count(b.Context(), q(), 1000) })
	}
	fixed := func(q core.ListQuery) func() core.ListQuery { return func() core.ListQuery { return q } }
	list("to accept 待接单", fixed(core.ListQuery{Phases: []core.Phase{core.Received, core.Acceptance}}))
	list("to handle 待处理", fixed(core.ListQuery{Phases: []core.Phase{core.Field}}))
	list("to dispatch 待分发", fixed(core.ListQuery{Phases: []core.Phase{core.Dispatching}}))
	list("to dispatch, one depot", func() core.ListQuery {
		return core.ListQuery{Phases: []core.Phase{core.Dispatching}, Depot: depot()}
	})
	list("to approve 待审批", fixed(core.ListQuery{Phases: []core.Phase{core.Approval}, Steps: []core.StepOf{{Step: "approval"}}}))
	list("to review 待审核", fixed(core.ListQuery{Phases: []core.Phase{core.ResultReview}}))
	list("to follow up 待回访", fixed(core.ListQuery{Phases: []core.Phase{core.FollowUpCall}}))
	list("overdue 超时", fixed(core.ListQuery{Phases: open, DueBefore: now, ByDue: true}))
	list("overdue, one depot", func() core.ListQuery {
		return core.ListQuery{Phases: open, DueBefore: now, ByDue: true, Within: &core.Reach{Depots: []string{depot()}}}
	})
	list("on hold", fixed(core.ListQuery{OnHold: true}))
	list("handled by me 我处理过的", func() core.ListQuery { return core.ListQuery{HandledBy: fmt.Sprintf("员工%03d", r.IntN(300))} })
	list("all 全部", fixed(core.ListQuery{}))
	list("all of two stations", func() core.ListQuery { return core.ListQuery{Within: &core.Reach{Depots: []string{depot(), depot()}}} })
	list("closed, type and depot", func() core.ListQuery {
		return core.ListQuery{Phases: []core.Phase{core.Closed}, Types: []string{"recheck"}, Depot: depot()}
	})
	list("received in a week long ago, urgent", func() core.ListQuery {
		from := now.AddDate(0, 0, -r.IntN(max(1, n/1440)))
		return core.ListQuery{ReceivedFrom: from, ReceivedTo: from.AddDate(0, 0, 7), Urgencies: []core.Urgency{core.Urgent}}
	})
	list("of a crew", func() core.ListQuery { return core.ListQuery{Crew: fmt.Sprintf("C%03d", 1+r.IntN(200))} })
	find := func(name string, runs int, text func(o core.WorkOrder) string) {
		measure(name, runs, 200*time.Millisecond, func() (int, error) {
			found, err := s.Search(b.Context(), core.SearchQuery{Text: text(known[r.IntN(len(known))])})
			return len(found), err
		})
	}
	find("find our number", 200, func(o core.WorkOrder) string { return string(o.No) })
	find("find the source's number", 200, func(o core.WorkOrder) string { return o.Ref.External })
	find("find an account", 200, func(o core.WorkOrder) string { return o.Customer.Account })
	find("find a meter", 200, func(o core.WorkOrder) string { return o.Meter.Serial })
	find("find a stamp no.", 200, func(o core.WorkOrder) string { return o.Meter.Stamp })
	find("find an application", 200, func(o core.WorkOrder) string { return o.Extra["application_no"] })
	find("find a phone", 200, func(o core.WorkOrder) string { return o.Customer.Phone })
	find("find the beginning of a phone", 100, func(o core.WorkOrder) string { return o.Customer.Phone[:7] })
	find("find a name of two 双字姓名", 100, func(o core.WorkOrder) string { return string([]rune(o.Customer.Name)[:2]) })
	find("find a street and number", 100, func(o core.WorkOrder) string { return o.Place.Address })
	find("find a street 路名", 50, func(o core.WorkOrder) string { return string([]rune(o.Place.Address)[:3]) })
	find("find name and street", 100, func(o core.WorkOrder) string {
		return string([]rune(o.Customer.Name)[:2]) + " " + string([]rune(o.Place.Address)[:2])
	})
	if err := table.Flush(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() { // the work above is the benchmark; go test wants a loop
	}
}
