package people_test

import (
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
