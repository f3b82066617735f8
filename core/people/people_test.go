package people_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tundish/core"
	"tundish/core/access"
	"tundish/core/people"
	"tundish/core/store/memstore"
)

const good = "Right Horse 77"

func table(t *testing.T) *access.Table {
	t.Helper()
	tab, err := access.New([]access.Role{
		{Code: "security", On: access.House, May: []access.Right{access.UserEdit}}, {Code: "dispatcher", On: access.Stations, May: []access.Right{access.See, "assign"}},
		{Code: "crew", On: access.Crew, May: []access.Right{access.See}}, {Code: "admin", On: access.House, May: []access.Right{access.JobRun}},
	}, nil, true)
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func house(t *testing.T, o people.Options) (*people.Service, *memstore.Store) {
	t.Helper()
	st := memstore.New(memstore.Options{})
	o.Table = table(t)
	s, err := people.New(st, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Add(t.Context(), core.User{ID: "li.si", Name: "李四", Roles: []core.Role{"security"}}, good, "os:root"); err != nil {
		t.Fatal(err)
	}
	return s, st
}

func code(t *testing.T, err error, want string) {
	t.Helper()
	if core.CodeOf(err) != want {
		t.Fatalf("got %v, want %s", err, want)
	}
}

func TestASessionLastsWhileItIsUsedAndNoLongerThanItMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := house(t, people.Options{})
		secret, u, err := s.Login(t.Context(), " Li.Si ", good, "10.0.0.7")
		if err != nil || u.ID != "li.si" {
			t.Fatal(u, err)
		}
		for range 24 { // 11 h 36 min of work
			time.Sleep(29 * time.Minute)
			if _, _, err := s.Who(t.Context(), secret); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(25 * time.Minute)
		_, _, err = s.Who(t.Context(), secret)
		code(t, err, "signed_out")
		idle, _, err := s.Login(t.Context(), "li.si", good, "")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(31 * time.Minute)
		_, _, err = s.Who(t.Context(), idle)
		code(t, err, "signed_out")
	})
}

func TestFiveWrongPasswordsKeepTheRightOneOutForAQuarterOfAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, st := house(t, people.Options{})
		for range 5 {
			_, _, err := s.Login(t.Context(), "li.si", "wrong", "10.0.0.9")
			code(t, err, "bad_login")
		}
		_, _, err := s.Login(t.Context(), "li.si", good, "")
		code(t, err, "bad_login")
		lines, _ := st.UserEvents(t.Context(), "li.si", 0)
		if len(lines) != 6 || lines[0].Kind != "locked" || lines[1].Kind != "login_failed" || lines[0].Detail != "10.0.0.9" {
			t.Fatalf("the record says %+v", lines)
		}
		time.Sleep(15*time.Minute + time.Second)
		if _, _, err := s.Login(t.Context(), "li.si", good, ""); err != nil {
			t.Fatal(err)
		}
	})
}

func TestWhatIsWrongWithALoginIsNotTold(t *testing.T) {
	s, st := house(t, people.Options{})
	if err := s.Add(t.Context(), core.User{ID: "wang", Roles: []core.Role{"security"}}, good, "os:root"); err != nil {
		t.Fatal(err)
	}
	if err := s.Disable(t.Context(), "wang", true, "li.si"); err != nil {
		t.Fatal(err)
	}
	if err := s.Add(t.Context(), core.User{ID: "none", Roles: []core.Role{"security"}}, "", "os:root"); err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for id, plain := range map[string]string{"li.si": "Wrong Horse 77", "nobody": good, "wang": good, "none": "", "": "", "LI SI": good, "li.si ": strings.Repeat("x", 10_000)} {
		_, _, err := s.Login(t.Context(), id, plain, "")
		code(t, err, "bad_login")
		said[err.Error()] = true
	}
	if len(said) != 1 {
		t.Errorf("%d different answers: %v", len(said), said)
	}
	if u, _ := st.User(t.Context(), "li.si"); strings.Contains(u.Hash, good) || u.Hash == "" {
		t.Errorf("stored %q", u.Hash)
	}
}

func TestAScriptsTokenIsNoSessionAndEndsWithItsUser(t *testing.T) {
	s, st := house(t, people.Options{})
	token, err := s.NewToken(t.Context(), "li.si", "nightly export", "os:root", 30)
	if err != nil || !strings.HasPrefix(token, people.TokenPrefix) {
		t.Fatal(token, err)
	}
	x, u, err := s.Who(t.Context(), token)
	if err != nil || x.Kind != core.TokenSession || u.ID != "li.si" {
		t.Fatal(x, u, err)
	}
	for _, bad := range []string{"", token[:len(token)-1], strings.TrimPrefix(token, people.TokenPrefix), token + "x"} {
		_, _, err := s.Who(t.Context(), bad)
		code(t, err, "signed_out")
	}
	_, err = s.NewToken(t.Context(), "li.si", "", "os:root", 30)
	code(t, err, "required")
	_, err = s.NewToken(t.Context(), "li.si", "x", "os:root", 0)
	code(t, err, "out_of_range")
	if err := s.Add(t.Context(), core.User{ID: "boss", Roles: []core.Role{"security"}}, good, "os:root"); err != nil {
		t.Fatal(err)
	}
	if err := s.Disable(t.Context(), "li.si", true, "boss"); err != nil {
		t.Fatal(err)
	}
	_, _, err = s.Who(t.Context(), token)
	code(t, err, "signed_out")
	_, err = s.NewToken(t.Context(), "li.si", "x", "boss", 1)
	code(t, err, "disabled")
	if left, _ := st.Sessions(t.Context(), ""); len(left) != 0 {
		t.Errorf("left %+v", left)
	}
}

func TestPeopleMustFitTheTable(t *testing.T) {
	s, _ := house(t, people.Options{})
	for want, u := range map[string]core.User{
		"required": {ID: "a"}, "unknown_role": {ID: "a", Roles: []core.Role{"boss"}}, "no_station": {ID: "a", Roles: []core.Role{"dispatcher"}}, "no_crew": {ID: "a", Roles: []core.Role{"crew"}},
		"mixed_duties": {ID: "a", Roles: []core.Role{"admin", "security"}}, "not_storable": {ID: "A", Roles: []core.Role{"admin"}},
	} {
		code(t, s.Add(t.Context(), u, good, "li.si"), want)
	}
	code(t, s.Add(t.Context(), core.User{ID: "a", Roles: []core.Role{"admin"}}, "easy", "li.si"), "password")
	for _, u := range []core.User{{ID: "b", Roles: []core.Role{"dispatcher"}, Everywhere: true}, {ID: "c", Roles: []core.Role{"dispatcher"}, Depots: []string{"ST-1"}}, {ID: "d", Roles: []core.Role{"crew"}, Crew: "R1"}} {
		if err := s.Add(t.Context(), u, "", "li.si"); err != nil {
			t.Error(err)
		}
	}
}

func TestTheLastWhoGivesRightsStays(t *testing.T) {
	s, st := house(t, people.Options{})
	code(t, s.Disable(t.Context(), "li.si", true, "li.si"), "last_administrator")
	_, err := s.Change(t.Context(), core.User{ID: "li.si", Name: "李四", Roles: []core.Role{"admin"}}, "li.si")
	code(t, err, "last_administrator")
	if changed, err := s.Change(t.Context(), core.User{ID: "li.si", Name: "李四", Roles: []core.Role{"security"}}, "li.si"); changed || err != nil {
		t.Error("nothing differs, and yet", changed, err)
	}
	if changed, err := s.Change(t.Context(), core.User{ID: "li.si", Name: "李小四", Roles: []core.Role{"security"}}, "boss"); !changed || err != nil {
		t.Error(changed, err)
	}
	lines, _ := st.UserEvents(t.Context(), "li.si", 1)
	if lines[0].By != "boss" || lines[0].Detail != "李四 [security] → 李小四 [security]" {
		t.Errorf("the record says %+v", lines[0])
	}
}

func TestANewPasswordEndsTheSessionsOfTheOld(t *testing.T) {
	s, st := house(t, people.Options{})
	secret, _, err := s.Login(t.Context(), "li.si", good, "")
	if err != nil {
		t.Fatal(err)
	}
	code(t, s.ChangeOwn(t.Context(), "li.si", "Wrong Horse 77", "Other Horse 88", ""), "bad_login")
	code(t, s.ChangeOwn(t.Context(), "li.si", good, good, ""), "password")
	code(t, s.ChangeOwn(t.Context(), "li.si", good, "easy", ""), "password")
	if err := s.SetPassword(t.Context(), "li.si", "Given Horse 99", "boss", true); err != nil {
		t.Fatal(err)
	}
	_, _, err = s.Who(t.Context(), secret)
	code(t, err, "signed_out")
	if u, _ := st.User(t.Context(), "li.si"); !u.MustChange {
		t.Error("a password that somebody gave need not be changed")
	}
	if err := s.ChangeOwn(t.Context(), "li.si", "Given Horse 99", "Other Horse 88", ""); err != nil {
		t.Fatal(err)
	}
	if _, u, err := s.Login(t.Context(), "li.si", "Other Horse 88", ""); err != nil || u.MustChange {
		t.Error(u, err)
	}
}

func TestACrowdAtTheDoorIsAskedToWait(t *testing.T) {
	s, _ := house(t, people.Options{Waiting: 3})
	var busy int
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			_, _, err := s.Login(t.Context(), "nobody", good, "")
			mu.Lock()
			defer mu.Unlock()
			if core.CodeOf(err) == "busy" && core.IsKind(err, core.Unavailable) {
				busy++
			} else if core.CodeOf(err) != "bad_login" {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if busy == 0 || busy == 30 {
		t.Errorf("%d of 30 were told to wait", busy)
	}
}

// Whoever crowds the door with names that nobody has makes others wait. He must not lock them out.
func TestACrowdAtTheDoorLocksNobodyOut(t *testing.T) {
	table, err := access.New([]access.Role{{Code: "x", On: access.House, May: []access.Right{access.See}}}, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	st := memstore.New(memstore.Options{})
	s, err := people.New(st, people.Options{Table: table, Waiting: 4})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Add(t.Context(), core.User{ID: "li", Name: "li", Roles: []core.Role{"x"}}, "Right Horse 77", "t"); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var crowd sync.WaitGroup
	for range 12 {
		crowd.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					_, _, _ = s.Login(t.Context(), "nobody", "x", "a")
				}
			}
		})
	}
	for range 20 {
		if _, _, err := s.Login(t.Context(), "li", "Right Horse 77", "b"); err != nil && core.CodeOf(err) != "busy" {
			t.Errorf("the right password: %v", err)
			break
		}
	}
	close(stop)
	crowd.Wait()
	if u, err := st.User(t.Context(), "li"); err != nil || u.Failed != 0 || !u.LockedUntil.IsZero() {
		t.Errorf("failed %d times, locked until %v, %v", u.Failed, u.LockedUntil, err)
	}
}

// racing is a store at which something happens between the look at a password and the session.
type racing struct {
	*memstore.Store
	meanwhile func()
}

func (r *racing) OpenSession(ctx context.Context, x core.Session, by string, ends time.Duration) error {
	if do := r.meanwhile; do != nil {
		r.meanwhile = nil
		do()
	}
	return r.Store.OpenSession(ctx, x, by, ends)
}

// TestALoginUnderWayEndsWithThePasswordThatWasLookedAt: one that was reset, or a person who was disabled, opens nothing.
func TestALoginUnderWayEndsWithThePasswordThatWasLookedAt(t *testing.T) {
	_, st := house(t, people.Options{})
	r := &racing{Store: st}
	s, err := people.New(r, people.Options{Table: table(t)})
	if err != nil {
		t.Fatal(err)
	}
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(s.Add(t.Context(), core.User{ID: "wang", Name: "王五", Roles: []core.Role{"security"}}, good, "os:root"))
	sessions := func() int {
		list, err := s.Sessions(t.Context(), "wang")
		ok(err)
		return len(list)
	}
	r.meanwhile = func() { ok(s.SetPassword(t.Context(), "wang", "Another Horse 78", "os:root", false)) }
	_, _, err = s.Login(t.Context(), "wang", good, "10.0.0.7")
	code(t, err, "bad_login")
	r.meanwhile = func() { ok(s.Disable(t.Context(), "wang", true, "os:root")) }
	_, _, err = s.Login(t.Context(), "wang", "Another Horse 78", "10.0.0.7")
	code(t, err, "bad_login")
	ok(s.Disable(t.Context(), "wang", false, "os:root"))
	r.meanwhile = func() { ok(s.Disable(t.Context(), "wang", true, "os:root")) }
	_, err = s.NewToken(t.Context(), "wang", "export", "os:root", 1)
	code(t, err, "stale")
	ok(s.Disable(t.Context(), "wang", false, "os:root"))
	if n := sessions(); n != 0 {
		t.Fatalf("%d sessions", n)
	}
	r.meanwhile = func() { // what is no matter of signing in keeps nobody out
		_, err := s.Change(t.Context(), core.User{ID: "wang", Name: "王五六", Roles: []core.Role{"security"}}, "os:root")
		ok(err)
	}
	_, u, err := s.Login(t.Context(), "wang", "Another Horse 78", "10.0.0.7")
	ok(err)
	if u.Name != "王五六" || sessions() != 1 {
		t.Errorf("%+v, %d sessions", u, sessions())
	}
}

// doctored is a store whose record somebody has worked on.
type doctored struct {
	*memstore.Store
	change func([]core.UserEvent) []core.UserEvent
}

func (d *doctored) UserEventsBehind(ctx context.Context, sequence int64, limit int) ([]core.UserEvent, error) {
	all, err := d.Store.UserEventsBehind(ctx, 0, 1<<20)
	if all = d.change(all); err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(e core.UserEvent) bool { return e.Sequence <= sequence })
	return all[:min(len(all), limit)], nil
}

func TestTheWholeRecordIsChecked(t *testing.T) {
	s, st := house(t, people.Options{})
	d := &doctored{Store: st, change: func(list []core.UserEvent) []core.UserEvent { return list }}
	checker, err := people.New(d, people.Options{Table: table(t)})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2500 { // more than a page, and than anybody looks at
		if err := st.RecordUserEvent(t.Context(), core.UserEvent{By: "os:root", Kind: "roster", Detail: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	early, err := checker.CheckRecord(t.Context(), "")
	if err != nil || early.Lines != 2501 {
		t.Fatalf("%+v, %v", early, err)
	}
	if err := s.SetPassword(t.Context(), "li.si", "Another Horse 78", "os:root", false); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Login(t.Context(), "li.si", "Another Horse 78", "10.0.0.7"); err != nil {
		t.Fatal(err)
	}
	late, err := checker.CheckRecord(t.Context(), early.End)
	if err != nil || late.Lines != 2503 {
		t.Fatalf("%+v, %v", late, err)
	}
	cut := func(n int) func([]core.UserEvent) []core.UserEvent {
		return func(list []core.UserEvent) []core.UserEvent { return list[:len(list)-n] }
	}
	again := func(list []core.UserEvent) []core.UserEvent { // written anew without what was said in line 7, every chain right
		var out []core.UserEvent
		var last core.UserEvent
		for _, e := range list {
			if e.Sequence == 7 {
				e.Detail = "nothing"
			}
			last = e.Follows(last)
			out = append(out, last)
		}
		return out
	}
	for name, c := range map[string]struct {
		change func([]core.UserEvent) []core.UserEvent
		known  string
		says   string
	}{
		"a line of long ago":       {func(list []core.UserEvent) []core.UserEvent { list[6].Detail = "nothing"; return list }, "", "line 7"},
		"a line taken out":         {func(list []core.UserEvent) []core.UserEvent { return slices.Delete(list, 6, 7) }, "", "line 8"},
		"the first line":           {func(list []core.UserEvent) []core.UserEvent { return list[1:] }, "", "line 2"},
		"a login cut off":          {cut(1), "", "signed in"},
		"a change cut off":         {cut(2), "", "changed 2 times"},
		"written anew":             {again, late.End, "written anew"},
		"cut off what one knew of": {cut(1), late.End, "you know line 2503"},
	} {
		d.change = c.change
		if _, err := checker.CheckRecord(t.Context(), c.known); core.CodeOf(err) != "broken_record" || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := checker.CheckRecord(t.Context(), "yesterday"); core.CodeOf(err) != "wrong_type" {
		t.Errorf("%v", err)
	}
}
