package storetest

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tundish/core"
)

// person is a user with every field that is not the store's to say.
func (w *world) person() core.User {
	id := "李-" + strings.ReplaceAll(serial(), "-", ".")
	return core.User{ID: id, Name: "李 四𠮷", Roles: []core.Role{"dispatcher", "reviewer"}, Branches: []string{"01"}, Depots: []string{"01", "ST-2"}, Crew: "R1", Hash: "$argon2id$x", MustChange: true}
}

func (w *world) added(u core.User) core.User {
	w.Helper()
	w.ok(w.ChangeUser(w.ctx, core.UserChange{User: u, By: "boss", Kind: "added", Detail: "为新员工"}))
	got, err := w.User(w.ctx, u.ID)
	w.ok(err)
	return got
}

func secret(name string) [32]byte { return sha256.Sum256([]byte(name)) }

func usersComeBack(w *world) {
	other := w.open(w.T)
	u := w.person()
	_, err := w.User(w.ctx, u.ID)
	w.kind(err, core.NotFound)
	got := w.added(u)
	if got.Version != 1 || time.Since(got.CreatedAt).Abs() > time.Hour {
		w.Fatalf("%+v", got)
	}
	want := u.Clone()
	want.Version, want.CreatedAt = 1, got.CreatedAt
	same(w, "a user", got, want)
	if any, err := other.AnyUser(w.ctx); err != nil || !any {
		w.Fatal("there is a user, and yet there is none", err)
	}
	err = other.ChangeUser(w.ctx, core.UserChange{User: u, By: "x", Kind: "added"})
	if core.CodeOf(err) != "exists" || !core.IsKind(err, core.Conflict) {
		w.Fatalf("a second of the same name: %v", err)
	}
	got.Name, got.Roles, got.Depots, got.Disabled = "王五", []core.Role{"viewer"}, nil, true
	w.ok(other.ChangeUser(w.ctx, core.UserChange{Expected: 1, User: got, By: "boss", Kind: "changed"}))
	err = w.ChangeUser(w.ctx, core.UserChange{Expected: 1, User: got, By: "boss", Kind: "changed"})
	if core.CodeOf(err) != "stale" {
		w.Fatalf("a change of an old version: %v", err)
	}
	again, err := w.User(w.ctx, u.ID)
	w.ok(err)
	got.Version = 2
	same(w, "after the change", again, got)
	list, err := w.Users(w.ctx)
	w.ok(err)
	if !slices.IsSortedFunc(list, func(a, b core.User) int { return strings.Compare(a.ID, b.ID) }) || !slices.ContainsFunc(list, func(x core.User) bool { return x.ID == u.ID && x.Disabled }) {
		w.Fatalf("listed %d users", len(list))
	}
	missing := w.person()
	w.kind(w.ChangeUser(w.ctx, core.UserChange{Expected: 3, User: missing, By: "boss", Kind: "changed"}), core.NotFound)
	for _, bad := range []core.User{{ID: ""}, {ID: "Li"}, {ID: "a b"}, {ID: " a"}, {ID: strings.Repeat("a", core.MaxCode+1)}, {ID: "a", Roles: []core.Role{""}}} {
		w.kind(w.ChangeUser(w.ctx, core.UserChange{User: bad, By: "boss", Kind: "added"}), core.Invalid)
	}
	w.kind(w.ChangeUser(w.ctx, core.UserChange{User: missing, Kind: "added"}), core.Invalid) // by nobody
}

func attemptsLock(w *world) {
	u := w.added(w.person())
	try := func(want bool) {
		w.Helper()
		ok, err := w.TryLogin(w.ctx, u.ID, 3, 400*time.Millisecond)
		w.ok(err)
		if ok != want {
			w.Fatalf("an attempt is let through: %v", ok)
		}
	}
	try(true)
	try(true)
	try(true) // the third is looked at, and locks
	try(false)
	try(false)
	got, err := w.User(w.ctx, u.ID)
	w.ok(err)
	if got.Failed != 3 || got.LockedUntil.IsZero() {
		w.Fatalf("%+v", got)
	}
	w.eventually("the lock ends", func() bool {
		ok, err := w.TryLogin(w.ctx, u.ID, 3, time.Minute)
		w.ok(err)
		return ok
	})
	got, err = w.User(w.ctx, u.ID)
	w.ok(err)
	if got.Failed != 1 || !got.LockedUntil.IsZero() {
		w.Fatalf("after the lock the count begins anew: %+v", got)
	}
	// Guesses made at once, at two hubs, are counted all the same.
	other := w.open(w.T)
	guessed := w.added(w.person())
	var let atomic.Int32
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			st := core.PeopleStore(w)
			if i%2 == 0 {
				st = other
			}
			ok, err := st.TryLogin(w.ctx, guessed.ID, 5, time.Minute)
			if err != nil {
				w.Error(err)
			}
			if ok {
				let.Add(1)
			}
		})
	}
	all.Wait()
	if n := let.Load(); n != 5 {
		w.Fatalf("of twelve guesses at once %d were let through, not 5", n)
	}
	w.ok(w.OpenSession(w.ctx, core.Session{Digest: secret(guessed.ID), ID: core.NewID(at(0)), User: guessed.ID, Kind: core.BrowserSession}, guessed.ID, time.Hour))
	if got, err = w.User(w.ctx, guessed.ID); err != nil || got.Failed != 0 || !got.LockedUntil.IsZero() || got.LastLogin.IsZero() {
		w.Fatalf("signed in: %+v, %v", got, err)
	}
	// A new password ends the lock too.
	for range 5 {
		_, err := w.TryLogin(w.ctx, guessed.ID, 5, time.Minute)
		w.ok(err)
	}
	got.Hash = "$argon2id$y"
	w.ok(w.ChangeUser(w.ctx, core.UserChange{Expected: got.Version, User: got, By: "boss", Kind: "password"}))
	if got, err = w.User(w.ctx, guessed.ID); err != nil || got.Failed != 0 || !got.LockedUntil.IsZero() {
		w.Fatalf("with a new password: %+v, %v", got, err)
	}
	_, err = w.TryLogin(w.ctx, "nobody."+u.ID, 5, time.Minute)
	w.kind(err, core.NotFound)
}

func sessionsEnd(w *world) {
	other := w.open(w.T)
	u := w.added(w.person())
	open := func(name string, kind core.SessionKind, ends time.Duration) core.Session {
		w.Helper()
		s := core.Session{Digest: secret(u.ID + name), ID: core.NewID(time.Now()), User: u.ID, Kind: kind, Note: "from 10.0.0.7 的 " + name}
		w.ok(w.OpenSession(w.ctx, s, u.ID, ends))
		return s
	}
	good := func(st core.PeopleStore, s core.Session, idle time.Duration) bool {
		w.Helper()
		got, who, err := st.UseSession(w.ctx, s.Digest, idle)
		if core.IsKind(err, core.NotFound) {
			return false
		}
		w.ok(err)
		if got.ID != s.ID || got.User != u.ID || got.Kind != s.Kind || got.Note != s.Note || who.ID != u.ID || len(who.Roles) != 2 || who.Hash == "" {
			w.Fatalf("another's session: %+v of %+v", got, who)
		}
		return true
	}
	a, b := open("a", core.BrowserSession, time.Hour), open("b", core.TokenSession, 400*24*time.Hour)
	if !good(w, a, time.Minute) || !good(other, a, time.Minute) || !good(other, b, 0) {
		w.Fatal("a session is not good at both hubs")
	}
	if good(w, core.Session{Digest: secret("guess")}, 0) {
		w.Fatal("a guess was taken for a session")
	}
	list, err := other.Sessions(w.ctx, u.ID)
	w.ok(err)
	if len(list) != 2 || list[0].Digest != [32]byte{} || list[0].EndsAt.Sub(list[0].CreatedAt)+list[1].EndsAt.Sub(list[1].CreatedAt) != 401*24*time.Hour-23*time.Hour {
		w.Fatalf("listed %+v", list)
	}
	short := open("short", core.BrowserSession, time.Second)
	w.eventually("a session ends whatever happens", func() bool { return !good(w, short, 0) })
	time.Sleep(20 * time.Millisecond) // the store's clock cannot be moved
	if good(other, a, 5*time.Millisecond) {
		w.Fatal("a session that was left idle is good")
	}
	// Use keeps it alive.
	const idle = 3 * time.Second
	busy := open("busy", core.BrowserSession, time.Hour)
	for range 9 {
		time.Sleep(idle / 6)
		if !good(w, busy, idle) {
			w.Fatal("a session in use was taken for idle")
		}
	}
	w.ok(other.EndSession(w.ctx, busy.ID, u.ID))
	w.kind(w.EndSession(w.ctx, busy.ID, u.ID), core.NotFound)
	if good(w, busy, 0) {
		w.Fatal("a session that was ended is good")
	}
	// A changed password ends browsers, disabling everything.
	w.ok(w.ChangeUser(w.ctx, core.UserChange{Expected: u.Version, User: u, By: "boss", Kind: "password", EndSessions: core.BrowserSession}))
	if good(w, a, 0) || !good(w, b, 0) {
		w.Fatal("a new password ends the sessions of browsers, and of no script")
	}
	c := open("c", core.BrowserSession, time.Hour)
	u.Version++
	u.Disabled = true
	w.ok(w.ChangeUser(w.ctx, core.UserChange{Expected: u.Version, User: u, By: "boss", Kind: "disabled"}))
	if good(other, c, 0) || good(other, b, 0) {
		w.Fatal("a disabled user is still signed in")
	}
	u.Version++
	u.Disabled = false
	w.ok(w.ChangeUser(w.ctx, core.UserChange{Expected: u.Version, User: u, By: "boss", Kind: "enabled", EndSessions: core.AllSessions}))
	if good(other, c, 0) || good(other, b, 0) {
		w.Fatal("sessions that were ended with a change are good")
	}
	now, err := w.User(w.ctx, u.ID)
	w.ok(err)
	decided := core.Session{Digest: secret("y" + u.ID), ID: core.NewID(at(0)), User: u.ID, Kind: core.TokenSession, UserVersion: now.Version - 1}
	if err := w.OpenSession(w.ctx, decided, "boss", time.Hour); core.CodeOf(err) != "stale" {
		w.Errorf("a session for a user who changed since: %v", err)
	}
	decided.UserVersion = now.Version
	w.ok(w.OpenSession(w.ctx, decided, "boss", time.Hour))
	w.kind(w.OpenSession(w.ctx, core.Session{Digest: secret("x" + u.ID), ID: core.NewID(at(0)), User: "nobody." + u.ID, Kind: core.TokenSession}, "boss", time.Hour), core.NotFound)
}

func peopleRecord(w *world) {
	u := w.added(w.person())
	other := w.open(w.T)
	var all sync.WaitGroup
	for i := range 10 {
		all.Go(func() {
			st := core.PeopleStore(w)
			if i%2 == 0 {
				st = other
			}
			if err := st.RecordUserEvent(w.ctx, core.UserEvent{By: "boss", User: u.ID, Kind: "test", Detail: fmt.Sprint("第 ", i)}); err != nil {
				w.Error(err)
			}
		})
	}
	all.Wait()
	lines, err := w.UserEvents(w.ctx, u.ID, 0)
	w.ok(err)
	if len(lines) != 11 || lines[10].Kind != "added" || lines[10].By != "boss" || lines[10].Detail != "为新员工" || time.Since(lines[0].At).Abs() > time.Hour {
		w.Fatalf("%d lines, the first %+v", len(lines), lines[len(lines)-1])
	}
	whole, err := w.UserEvents(w.ctx, "", 100_000)
	w.ok(err)
	slices.Reverse(whole)
	if whole[0].Sequence != 1 || core.UnbrokenSince(whole) != 0 {
		w.Fatalf("the chain of %d lines breaks at %d", len(whole), core.UnbrokenSince(whole))
	}
	for i := range whole {
		forged := slices.Clone(whole)
		forged[i].Detail += "?"
		if len(whole) < 200 && core.UnbrokenSince(forged) == 0 {
			w.Fatalf("line %d was changed, and nobody notices", i)
		}
	}
	if len(whole) > 2 && core.UnbrokenSince(slices.Delete(slices.Clone(whole), 1, 2)) == 0 {
		w.Fatal("a line was taken out, and nobody notices")
	}
	var paged []core.UserEvent
	for last := int64(0); ; {
		page, err := w.UserEventsBehind(w.ctx, last, 7)
		w.ok(err)
		paged = append(paged, page...)
		if len(page) < 7 {
			break
		}
		last = page[6].Sequence
	}
	same(w, "the record page by page", paged[:len(whole)], whole)
	few, err := w.UserEvents(w.ctx, u.ID, 3)
	w.ok(err)
	same(w, "the newest lines", few, lines[:3])
	w.kind(w.RecordUserEvent(w.ctx, core.UserEvent{User: u.ID, Kind: "test"}), core.Invalid)
}

func roster(w *world) {
	other := w.open(w.T)
	crew := "R" + serial()
	day := func(n int) string { return fmt.Sprintf("2026-05-%02d", n) }
	night := core.Duty{Crew: crew, Day: day(11), Kind: core.DutyGuard, Shifts: []core.Shift{{Start: 480, End: 720}, {Start: 1320, End: 1800}}, People: []string{"3001", "3002"}, Note: "值班 二组", At: at(0)}
	sick := core.Duty{Crew: crew, Day: day(12), Kind: core.DutySick, Note: "流感"}
	w.ok(w.SetDuties(w.ctx, []core.Duty{sick, night}, "boss", "五月"))
	night.By, sick.By = "boss", "boss"
	got, err := other.Duties(w.ctx, day(1), day(31), crew)
	w.ok(err)
	same(w, "the roster", got, []core.Duty{night, sick})
	got, err = other.Duties(w.ctx, day(12), day(12), "")
	w.ok(err)
	if !slices.ContainsFunc(got, func(d core.Duty) bool { return d.Crew == crew }) {
		w.Fatalf("all crews of a day: %+v", got)
	}
	bad := core.Duty{Crew: crew, Day: day(13), Kind: core.DutyWork}
	for name, change := range map[string]func(*core.Duty){
		"no shift": func(*core.Duty) {}, "a shift off duty": func(d *core.Duty) { d.Kind, d.Shifts = core.DutyOff, []core.Shift{{Start: 0, End: 60}} },
		"no kind": func(d *core.Duty) { d.Kind, d.Shifts = "party", []core.Shift{{Start: 0, End: 60}} }, "no date": func(d *core.Duty) { d.Kind, d.Day = core.DutyOff, "2026-02-30" },
		"overlapping": func(d *core.Duty) { d.Shifts = []core.Shift{{Start: 480, End: 720}, {Start: 700, End: 800}} }, "no crew": func(d *core.Duty) { d.Kind, d.Crew = core.DutyOff, "" },
	} {
		d := bad
		change(&d)
		if err := w.SetDuties(w.ctx, []core.Duty{{Crew: crew, Day: day(14), Kind: core.DutyOff}, d}, "boss", ""); !core.IsKind(err, core.Invalid) {
			w.Errorf("%s: %v", name, err)
		}
	}
	w.ok(other.SetDuties(w.ctx, []core.Duty{{Crew: crew, Day: day(12)}, {Crew: crew, Day: day(11), Kind: core.DutyOff}}, "head", "李四康复"))
	got, err = w.Duties(w.ctx, day(1), day(31), crew)
	w.ok(err)
	same(w, "after the changes", got, []core.Duty{{Crew: crew, Day: day(11), Kind: core.DutyOff, By: "head"}})
	lines, err := w.UserEvents(w.ctx, "", 1)
	w.ok(err)
	if lines[0].Kind != "roster" || lines[0].By != "head" || lines[0].Detail != "李四康复" {
		w.Fatalf("the record says %+v", lines[0])
	}
}

// reach lists only what belongs to a person's stations or crew.
func reach(w *world) {
	branch, depot, crew := "B"+serial(), "D"+serial(), "R"+serial()
	place := func(b, d, c string) core.OrderNo {
		o := w.order()
		o.Place.Branch, o.Place.Depot = b, d
		if c != "" {
			o.Phase, o.Assignment = core.Field, &core.Assignment{CrewID: c, Day: "2026-05-11", State: core.FieldAssigned}
		}
		return w.stored(o).No
	}
	byBranch, byDepot, byCrew := place(branch, "x", ""), place("x", depot, ""), place("x", "x", crew)
	place(depot, branch, "") // the codes the wrong way round
	place("", "", "")
	for _, c := range []struct {
		reach core.Reach
		want  []core.OrderNo
	}{
		{core.Reach{}, nil},
		{core.Reach{Branches: []string{branch}}, []core.OrderNo{byBranch}},
		{core.Reach{Depots: []string{depot, "none"}}, []core.OrderNo{byDepot}},
		{core.Reach{Crew: crew}, []core.OrderNo{byCrew}},
		{core.Reach{Branches: []string{branch}, Depots: []string{depot}, Crew: crew}, []core.OrderNo{byBranch, byDepot, byCrew}},
	} {
		for _, phases := range [][]core.Phase{nil, {core.Field, core.Dispatching}} {
			list, err := w.Orders(w.ctx, core.OrderQuery{System: w.system, Within: &c.reach, Phases: phases})
			w.ok(err)
			var got []core.OrderNo
			for i := range list {
				got = append(got, list[i].No)
				if !c.reach.Contains(&list[i]) {
					w.Fatalf("%+v does not contain %s", c.reach, list[i].No)
				}
			}
			same(w, fmt.Sprintf("orders within %+v", c.reach), got, c.want)
		}
	}
	list, err := w.Orders(w.ctx, core.OrderQuery{System: w.system, Within: &core.Reach{All: true}})
	w.ok(err)
	if len(list) != 5 {
		w.Fatalf("within everything there are %d", len(list))
	}
}

// guests find the order that they were called to in every list, also behind changes of other things, until they are sent
// away; and only where they have the right by being called.
func guests(w *world) {
	crew, person := "R"+serial(), "li"+serial()
	o := w.order()
	o.Collaborators = []string{person}
	o = w.stored(o)
	other := w.order()
	other.Helpers = []core.Helper{{Reason: "nobody yet"}}
	w.stored(other)
	check := func(what string, byCrew, byPerson bool) {
		w.Helper()
		w.indexed()
		for _, c := range []struct {
			reach core.Reach
			in    bool
		}{{core.Reach{Assists: crew}, byCrew}, {core.Reach{Person: person}, byPerson}, {core.Reach{Assists: person, Person: crew}, false}, {core.Reach{Crew: crew, Branches: []string{person}}, false},
			{core.Reach{Depots: []string{"none"}, Assists: crew, Person: person}, byCrew || byPerson}} {
			want := map[bool]int{true: 1}[c.in]
			for _, phases := range [][]core.Phase{nil, {core.Dispatching}} {
				list, err := w.Orders(w.ctx, core.OrderQuery{Within: &c.reach, Phases: phases})
				w.ok(err)
				n, err := w.Count(w.ctx, core.ListQuery{Within: &c.reach, Phases: phases}, 10)
				w.ok(err)
				page, err := w.List(w.ctx, core.ListQuery{Within: &c.reach, Phases: phases})
				w.ok(err)
				if len(list) != want || n != want || len(page.Orders) != want || want > 0 && (list[0].No != o.No || page.Orders[0].No != o.No) {
					w.Errorf("%s, %+v in %v: %d by number, %d counted, %d listed, want %d", what, c.reach, phases, len(list), n, len(page.Orders), want)
				}
			}
			found, err := w.Search(w.ctx, core.SearchQuery{Text: string(o.No), Within: &c.reach})
			w.ok(err)
			if len(found) != want {
				w.Errorf("%s, %+v: %d found, want %d", what, c.reach, len(found), want)
			}
		}
	}
	change := func(f func(*core.WorkOrder)) {
		w.Helper()
		next := o.Clone()
		f(&next)
		w.apply(w.changed(o, next, core.EventNote))
		o = w.must(o.No)
	}
	check("at first", false, true)
	change(func(o *core.WorkOrder) { o.Helpers = []core.Helper{{CrewID: crew, By: "b", At: at(1)}} })
	check("with a crew that assists", true, true)
	change(func(o *core.WorkOrder) { o.Report.Remark = "x" })
	check("when something else has changed", true, true)
	change(func(o *core.WorkOrder) { o.Helpers[0].EndedAt, o.Collaborators = at(2), nil })
	check("in the end", false, false)
}
