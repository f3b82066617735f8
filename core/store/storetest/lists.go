package storetest

import (
	"fmt"
	"slices"
	"time"

	"tundish/core"
)

// indexed brings everything that waits into search.
func (w *world) indexed() {
	w.Helper()
	for {
		done, err := w.IndexOrders(w.ctx, core.IndexBatch{Orders: 50})
		w.ok(err)
		if done.Done {
			return
		}
	}
}

// listed reads all pages of a list and gives the numbers.
func (w *world) listed(q core.ListQuery) []core.OrderNo {
	w.Helper()
	var nos []core.OrderNo
	for {
		page, err := w.List(w.ctx, q)
		w.ok(err)
		for i := range page.Orders {
			nos = append(nos, page.Orders[i].No)
		}
		if page.Next == "" {
			return nos
		}
		if len(page.Orders) == 0 {
			w.Fatal("an empty page that goes on")
		}
		q.Cursor = page.Next
	}
}

func (w *world) found(text string) []core.OrderNo {
	w.Helper()
	list, err := w.Search(w.ctx, core.SearchQuery{Text: text, Limit: 50})
	w.ok(err)
	var nos []core.OrderNo
	for i := range list {
		nos = append(nos, list[i].No)
	}
	return nos
}

// lists makes orders that differ in everything and holds every filter against what is true of them.
func lists(w *world) {
	phases := []core.Phase{core.Acceptance, core.Dispatching, core.Field, core.Closed, core.Cancelled}
	var all []core.WorkOrder
	for i := range 40 {
		o := w.order()
		o.Phase = phases[i%len(phases)]
		o.Type = []string{"burst", "recheck"}[i/5%2]
		o.Urgency = []core.Urgency{core.Normal, core.Emergency}[i/2%2]
		o.Place.Branch, o.Place.Depot = []string{"北 所", "b"}[i/3%2], []string{"d1", "D1", ""}[i%3]
		o.Tokens = []core.Token{{Step: []string{"review", "deputy head"}[i/7%2], Since: at(0)}}
		o.ReceivedAt = at(0).Add(time.Duration(i-20) * 36 * time.Hour)
		if i%4 == 0 {
			o.DueAt = at(i / 8)
		}
		if i%6 == 0 {
			o.Hold = &core.Hold{Reason: "r", By: "b", At: at(0)}
		}
		if o.Phase == core.Field {
			o.Assignment = &core.Assignment{CrewID: []string{"c1", "c2"}[i/5%2] + string(w.system), State: core.FieldAssigned}
		}
		o = w.stored(o)
		if i%3 == 0 {
			next := o
			next.Report.Remark = "x"
			ch, err := core.NewChange(&o, next, core.Event{At: at(1), Kind: core.EventNote, By: "李四"})
			w.ok(err)
			seen := next
			w.apply(core.Unit{Orders: []core.OrderChange{ch}})
			seen = w.must(o.No)
			after := seen
			after.Report.Remark = "y"
			ch, err = core.NewChange(&seen, after, core.Event{At: at(2), Kind: core.EventSeen, By: "王五"})
			w.ok(err)
			w.apply(core.Unit{Orders: []core.OrderChange{ch}})
			o = w.must(o.No)
		}
		all = append(all, o)
	}
	w.indexed()
	handled := func(o *core.WorkOrder) bool { return o.Report.Remark == "y" }
	now := at(3)
	own := &core.Reach{Branches: []string{"b", "d1"}, Depots: []string{"D1", "北 所"}, Crew: "c2" + string(w.system)}
	for name, c := range map[string]struct {
		q    core.ListQuery
		fits func(*core.WorkOrder) bool
	}{
		"everything":        {core.ListQuery{}, func(*core.WorkOrder) bool { return true }},
		"an open phase":     {core.ListQuery{Phases: []core.Phase{core.Field}}, func(o *core.WorkOrder) bool { return o.Phase == core.Field }},
		"two open phases":   {core.ListQuery{Phases: []core.Phase{core.Field, core.Acceptance}}, func(o *core.WorkOrder) bool { return o.Phase == core.Field || o.Phase == core.Acceptance }},
		"an ended phase":    {core.ListQuery{Phases: []core.Phase{core.Closed}}, func(o *core.WorkOrder) bool { return o.Phase == core.Closed }},
		"open and ended":    {core.ListQuery{Phases: []core.Phase{core.Closed, core.Field}}, func(o *core.WorkOrder) bool { return o.Phase == core.Closed || o.Phase == core.Field }},
		"a type":            {core.ListQuery{Types: []string{"recheck"}}, func(o *core.WorkOrder) bool { return o.Type == "recheck" }},
		"an urgency":        {core.ListQuery{Urgencies: []core.Urgency{core.Emergency}}, func(o *core.WorkOrder) bool { return o.Urgency == core.Emergency }},
		"a depot":           {core.ListQuery{Depot: "D1"}, func(o *core.WorkOrder) bool { return o.Place.Depot == "D1" }},
		"a depot, in field": {core.ListQuery{Depot: "d1", Phases: []core.Phase{core.Field}}, func(o *core.WorkOrder) bool { return o.Place.Depot == "d1" && o.Phase == core.Field }},
		"a branch":          {core.ListQuery{Branch: "北 所"}, func(o *core.WorkOrder) bool { return o.Place.Branch == "北 所" }},
		"within stations":   {core.ListQuery{Within: own}, own.Contains},
		"within stations, open": {core.ListQuery{Within: own, Phases: []core.Phase{core.Dispatching, core.Field}}, func(o *core.WorkOrder) bool {
			return own.Contains(o) && (o.Phase == core.Dispatching || o.Phase == core.Field)
		}},
		"within stations, handled": {core.ListQuery{Within: own, HandledBy: "李四"}, func(o *core.WorkOrder) bool { return own.Contains(o) && handled(o) }},
		"within nothing":           {core.ListQuery{Within: &core.Reach{}}, func(*core.WorkOrder) bool { return false }},
		"within everything":        {core.ListQuery{Within: &core.Reach{All: true}}, func(*core.WorkOrder) bool { return true }},
		"a crew": {core.ListQuery{Crew: "c1" + string(w.system)}, func(o *core.WorkOrder) bool {
			return o.Assignment != nil && o.Assignment.CrewID == "c1"+string(w.system)
		}},
		"a step": {core.ListQuery{Steps: []core.StepOf{{Step: "deputy head"}}}, func(o *core.WorkOrder) bool { return o.Tokens[0].Step == "deputy head" && !o.Phase.Ended() }},
		"a step of a type": {core.ListQuery{Steps: []core.StepOf{{Type: "burst", Step: "review"}}}, func(o *core.WorkOrder) bool {
			return o.Tokens[0].Step == "review" && o.Type == "burst" && !o.Phase.Ended()
		}},
		"overdue":         {core.ListQuery{DueBefore: now}, func(o *core.WorkOrder) bool { return !o.DueAt.IsZero() && o.DueAt.Before(now) && !o.Phase.Ended() }},
		"by deadline":     {core.ListQuery{ByDue: true}, func(o *core.WorkOrder) bool { return !o.DueAt.IsZero() && !o.Phase.Ended() }},
		"on hold":         {core.ListQuery{OnHold: true}, func(o *core.WorkOrder) bool { return o.Hold != nil && !o.Phase.Ended() }},
		"handled by":      {core.ListQuery{HandledBy: "李四"}, handled},
		"handled, closed": {core.ListQuery{HandledBy: "李四", Phases: []core.Phase{core.Closed}}, func(o *core.WorkOrder) bool { return handled(o) && o.Phase == core.Closed }},
		"only seen":       {core.ListQuery{HandledBy: "王五"}, func(*core.WorkOrder) bool { return false }},
		"received between": {core.ListQuery{ReceivedFrom: at(0).AddDate(0, 0, -4), ReceivedTo: at(1)}, func(o *core.WorkOrder) bool {
			return !o.ReceivedAt.Before(at(0).AddDate(0, 0, -4)) && o.ReceivedAt.Before(at(1))
		}},
		"received in months": {core.ListQuery{ReceivedFrom: at(0).AddDate(0, -1, 0), ReceivedTo: at(0).AddDate(0, 2, 0), Types: []string{"burst"}}, func(o *core.WorkOrder) bool {
			return !o.ReceivedAt.Before(at(0).AddDate(0, -1, 0)) && o.ReceivedAt.Before(at(0).AddDate(0, 2, 0)) && o.Type == "burst"
		}},
		"received since": {core.ListQuery{ReceivedFrom: at(0)}, func(o *core.WorkOrder) bool { return !o.ReceivedAt.Before(at(0)) }},
	} {
		var want []core.OrderNo
		for i := range all {
			if c.fits(&all[i]) {
				want = append(want, all[i].No)
			}
		}
		slices.Reverse(want)
		if c.q.ByDue {
			slices.SortFunc(want, func(a, b core.OrderNo) int {
				return orderOf(all, a).DueAt.Compare(orderOf(all, b).DueAt)*2 + cmpNo(a, b)
			})
		}
		if len(want) == 0 && name != "only seen" && name != "within nothing" {
			w.Fatalf("%s: the orders of this test do not test it", name)
		}
		c.q.System = w.system
		for _, limit := range []int{3, 50} {
			c.q.Limit = limit
			if got := w.listed(c.q); !slices.Equal(got, want) {
				w.Errorf("%s, %d a page:\n got %v\nwant %v", name, limit, got, want)
			}
		}
		n, err := w.Count(w.ctx, c.q, 1000)
		w.ok(err)
		if n != len(want) {
			w.Errorf("%s: counted %d, want %d", name, n, len(want))
		}
		if n, err = w.Count(w.ctx, c.q, 2); err != nil || n != min(2, len(want)) {
			w.Errorf("%s: counted %d (%v) to a bound of 2", name, n, err)
		}
	}
}

func orderOf(all []core.WorkOrder, no core.OrderNo) *core.WorkOrder {
	i := slices.IndexFunc(all, func(o core.WorkOrder) bool { return o.No == no })
	return &all[i]
}

func cmpNo(a, b core.OrderNo) int {
	if a < b {
		return -1
	}
	return 1
}

// listsRefuse what they cannot do.
func listsRefuse(w *world) {
	for range 3 {
		w.stored(w.order())
	}
	q := core.ListQuery{System: w.system, Phases: []core.Phase{core.Dispatching}, Limit: 1}
	page, err := w.List(w.ctx, q)
	w.ok(err)
	if page.Next == "" {
		w.Fatal("no cursor behind the first of three")
	}
	other := q
	other.Cursor, other.Phases = page.Next, []core.Phase{core.Field}
	_, err = w.List(w.ctx, other)
	w.kind(err, core.Invalid)
	q.Cursor = "nonsense"
	_, err = w.List(w.ctx, q)
	w.kind(err, core.Invalid)
	_, err = w.List(w.ctx, core.ListQuery{OnHold: true, Phases: []core.Phase{core.Closed}})
	w.kind(err, core.Invalid)
	for _, text := range []string{"", "  ", "王", "!!"} {
		_, err = w.Search(w.ctx, core.SearchQuery{Text: text})
		w.kind(err, core.Invalid)
	}
}

// search finds an order by whatever a caller may say, and no other by chance.
func search(w *world) {
	base := 1e10 + float64(serials.Add(1))*97 + float64(start%1e6)*1e4
	digits := func(add int) string { return fmt.Sprintf("%.0f", base+float64(add)) }
	o := w.order()
	o.Customer = core.Customer{Account: "00" + digits(1), Name: "上官婉儿" + digits(1)[7:], Contact: "Müller", Phone: "+86 1" + digits(2)[:10] + "，021-6" + digits(3)[4:]}
	o.Place = core.Place{Address: "天钥桥路Ａ" + digits(4) + "弄 2 号", Detail: "南墙表井", Branch: "市南", Depot: "D1"}
	o.Meter = core.Meter{Serial: "M-" + digits(5), Stamp: "G/" + digits(6)}
	o.Extra = map[string]string{"application_no": "BW-001-" + digits(7)}
	o = w.stored(o)
	p := w.order()
	p.Customer.Name, p.Place.Address = "王"+digits(8)[5:]+"伟", "官上天桥路钥 "+digits(9)
	p = w.stored(p)
	w.indexed()
	for _, text := range []string{string(o.No), o.Ref.External, "00" + digits(1), "M-" + digits(5), "m" + digits(5), "g" + digits(6), "BW-001-" + digits(7), "bw001" + digits(7)[:9], "1" + digits(2)[:10], "+861" + digits(2)[:10],
		"6" + digits(3)[4:], "021-6" + digits(3)[4:], "上官婉儿" + digits(1)[7:], "钥桥路a" + digits(4), "钥桥路Ａ" + digits(4) + "弄2号", "上官 路a" + digits(4), "南墙 a" + digits(4), "2 号 钥桥路 a" + digits(4), "müller " + digits(1)[7:]} {
		if got := w.found(text); len(got) == 0 || got[0] != o.No {
			w.Errorf("%q finds %v, want %s", text, got, o.No)
		}
	}
	for _, text := range []string{"上官" + digits(9), "M-" + digits(5) + "0", "桥天" + digits(4)} {
		if got := w.found(text); len(got) > 0 {
			w.Errorf("%q finds %v, want nothing", text, got)
		}
	}
	if got := w.found("上官 " + digits(1)[7:]); slices.Contains(got, p.No) {
		w.Errorf("%v has another order, in which the characters stand otherwise", got)
	}
	scoped, err := w.Search(w.ctx, core.SearchQuery{Text: string(o.No), Within: &core.Reach{Branches: []string{"x"}, Depots: []string{"市南"}, Crew: "x"}})
	w.ok(err)
	if len(scoped) > 0 {
		w.Error("an order of another station was found")
	}
	if scoped, err = w.Search(w.ctx, core.SearchQuery{Text: string(o.No), Within: &core.Reach{Branches: []string{"市南"}, Crew: "x"}}); err != nil || len(scoped) != 1 {
		w.Errorf("an order of the own branch: %d, %v", len(scoped), err)
	}
	if scoped, err = w.Search(w.ctx, core.SearchQuery{Text: string(o.No), Within: &core.Reach{}}); err != nil || len(scoped) > 0 {
		w.Errorf("whoever may see no order finds %d, %v", len(scoped), err)
	}
	covered := func(o core.WorkOrder) core.WorkOrder { o.Customer.Name = "上***"; return o }
	for text, want := range map[string]int{"上官婉儿" + digits(1)[7:]: 0, "00" + digits(1): 1} {
		if got, err := w.Search(w.ctx, core.SearchQuery{Text: text, As: covered}); err != nil || len(got) != want {
			w.Errorf("%q finds %d orders for somebody who is not shown the name, want %d: %v", text, len(got), want, err)
		}
	}
	// A change moves what it is found by.
	next := o
	next.Customer.Account = "11" + digits(11)
	w.apply(w.changed(o, next, core.EventCorrected))
	w.indexed()
	if got := w.found("00" + digits(1)); len(got) > 0 {
		w.Errorf("the old account still finds %v", got)
	}
	if got := w.found("11" + digits(11)); !slices.Equal(got, []core.OrderNo{o.No}) {
		w.Errorf("the new account finds %v", got)
	}
}

// namesOfTwo are found although hundreds of newer orders have both characters elsewhere.
func namesOfTwo(w *world) {
	mark := string(rune(0x4E00+serials.Add(1)*7%20000)) + string(rune(0x4E00+(start+serials.Add(1)*11)%20000))
	o := w.order()
	o.Customer.Name = mark
	o = w.stored(o)
	var units []core.Unit
	for range 350 {
		x := w.order()
		x.Place.Address = mark + "路"
		units = append(units, w.created(x, ""))
	}
	w.apply(units...)
	w.indexed()
	got := w.found(mark)
	if len(got) != 50 || got[0] != o.No {
		w.Fatalf("%d found, %v first; want %s before 49 addresses", len(got), got[:min(2, len(got))], o.No)
	}
}

// indexFenced: the index is written under a fence.
func indexFenced(w *world) {
	l, ok, err := w.Acquire(w.ctx, "search"+string(w.system), "a", time.Minute)
	if w.ok(err); !ok {
		w.Fatal("the lease is taken")
	}
	w.stored(w.order())
	_, err = w.IndexOrders(w.ctx, core.IndexBatch{Fence: l.Fence()})
	w.ok(err)
	w.ok(w.Release(w.ctx, l))
	if _, ok, err = w.Acquire(w.ctx, l.Name, "b", time.Minute); err != nil || !ok {
		w.Fatal(ok, err)
	}
	w.stored(w.order())
	_, err = w.IndexOrders(w.ctx, core.IndexBatch{Fence: l.Fence()})
	if _, memory := w.Store.(interface{ Crash() }); !memory { // which has no index
		w.kind(err, core.Conflict)
	}
}
