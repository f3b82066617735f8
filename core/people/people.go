// Package people signs people in and out and changes who they are. Passwords and secrets come here in
// the clear and leave as hashes; whatever happens to a person stands in the store's record.
package people

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tundish/core"
	"tundish/core/access"
	"tundish/core/people/password"
)

// Options of a Service; the zero value of a bound means its default.
type Options struct {
	Table *access.Table
	// Idle ends a browser's session that was not used for so long (30 minutes), Session whatever happens (12 hours).
	Idle, Session time.Duration
	// Attempts in a row lock a user for Lock (5, 15 minutes).
	Attempts int
	Lock     time.Duration
	// Waiting bounds how many passwords are looked at, or wait for it, at once (16): each takes memory.
	Waiting int
}

// Service is for whoever serves people.
type Service struct {
	store core.PeopleStore
	opts  Options
	// hashing lets two at a time have their memory; queue refuses whoever comes when too many wait.
	hashing, queue chan struct{}
}

// New makes a Service.
func New(store core.PeopleStore, o Options) (*Service, error) {
	if store == nil || o.Table == nil {
		return nil, errors.New("people: store and table are required")
	}
	set := func(d *time.Duration, to time.Duration) {
		if *d == 0 {
			*d = to
		}
	}
	set(&o.Idle, 30*time.Minute)
	set(&o.Session, 12*time.Hour)
	set(&o.Lock, 15*time.Minute)
	if o.Attempts == 0 {
		o.Attempts = 5
	}
	if o.Waiting == 0 {
		o.Waiting = 16
	}
	return &Service{store: store, opts: o, hashing: make(chan struct{}, 2), queue: make(chan struct{}, o.Waiting)}, nil
}

// Table is what people may do and see.
func (s *Service) Table() *access.Table { return s.opts.Table }

// Any tells whether the house has people: from then on nobody acts without a name.
func (s *Service) Any(ctx context.Context) (bool, error) { return s.store.AnyUser(ctx) }

// Users lists everybody by id.
func (s *Service) Users(ctx context.Context) ([]core.User, error) { return s.store.Users(ctx) }

// User reads one; NotFound.
func (s *Service) User(ctx context.Context, id string) (core.User, error) {
	return s.store.User(ctx, id)
}

// Sessions lists what somebody is signed in with, newest first.
func (s *Service) Sessions(ctx context.Context, id string) ([]core.Session, error) {
	return s.store.Sessions(ctx, id)
}

// Events lists the record of a user (all when empty), newest first.
func (s *Service) Events(ctx context.Context, id string, limit int) ([]core.UserEvent, error) {
	return s.store.UserEvents(ctx, id, limit)
}

// badLogin is the one refusal for everything that can be wrong with a name and a password.
func badLogin() error {
	return core.Fail(core.Denied, "bad_login", "", "wrong name or password, or too many attempts: then it helps to wait some minutes", "用户名或密码错误；若连续失败次数过多，请稍后再试")
}

// turn waits until a password may be looked at, which costs memory and time; Unavailable when too many wait. It comes
// before an attempt is counted: whoever crowds the door cannot lock others out by it.
func (s *Service) turn(ctx context.Context) (end func(), err error) {
	busy := core.Fail(core.Unavailable, "busy", "", "too many people sign in at once; try again", "登录人数过多，请稍后再试")
	select {
	case s.queue <- struct{}{}:
	default:
		return nil, busy
	}
	select {
	case s.hashing <- struct{}{}:
		return func() { <-s.hashing; <-s.queue }, nil
	case <-ctx.Done():
		<-s.queue
		return nil, busy
	}
}

// Login opens a session for a browser and returns its secret. from is the caller's address, for the record.
func (s *Service) Login(ctx context.Context, id, plain, from string) (secret string, u core.User, err error) {
	id = strings.ToLower(strings.TrimSpace(id))
	if len(plain) > 4*password.MaxLength {
		return "", core.User{}, badLogin()
	}
	if u, err = s.verify(ctx, id, plain, from); err != nil {
		return "", core.User{}, err
	}
	secret, digest := NewSecret("")
	x := core.Session{Digest: digest, ID: core.NewID(time.Now()), User: u.ID, Kind: core.BrowserSession, Note: core.LogText(from, 200)}
	for {
		x.UserVersion = u.Version
		err := s.store.OpenSession(ctx, x, u.ID, s.opts.Session)
		if core.CodeOf(err) != "stale" {
			if err != nil {
				return "", core.User{}, err
			}
			return secret, u, nil
		}
		// Somebody changed him since his password was looked at. It is good as long as it is the same one.
		now, err := s.store.User(ctx, u.ID)
		if err != nil {
			return "", core.User{}, err
		}
		if now.Hash != u.Hash || now.Disabled {
			return "", core.User{}, badLogin()
		}
		u = now
	}
}

// verify counts the attempt, then looks at the password.
func (s *Service) verify(ctx context.Context, id, plain, from string) (core.User, error) {
	end, err := s.turn(ctx)
	if err != nil {
		return core.User{}, err
	}
	defer end()
	free, err := s.store.TryLogin(ctx, id, s.opts.Attempts, s.opts.Lock)
	if core.IsKind(err, core.NotFound) || err == nil && !free {
		_ = password.Matches("", plain) // takes as long
		err = badLogin()
	}
	if err != nil {
		return core.User{}, err
	}
	u, err := s.store.User(ctx, id)
	if err != nil {
		return core.User{}, err
	}
	if password.Matches(u.Hash, plain) && !u.Disabled {
		return u, nil
	}
	kind := "login_failed"
	if u.Failed >= s.opts.Attempts {
		kind = "locked"
	}
	if err := s.store.RecordUserEvent(ctx, core.UserEvent{By: u.ID, User: u.ID, Kind: kind, Detail: core.LogText(from, 200)}); err != nil {
		return core.User{}, err
	}
	return core.User{}, badLogin()
}

// Who finds the person behind a secret, a browser's or a script's; Denied when it is not good any more.
func (s *Service) Who(ctx context.Context, secret string) (core.Session, core.User, error) {
	idle := s.opts.Idle
	if strings.HasPrefix(secret, TokenPrefix) {
		idle = 0
	}
	x, u, err := s.store.UseSession(ctx, sha256.Sum256([]byte(secret)), idle)
	if core.IsKind(err, core.NotFound) || err == nil && (x.Kind == core.TokenSession) != (idle == 0) {
		return core.Session{}, core.User{}, signedOut()
	}
	return x, u, err
}

// Still finds the person of a session that Who found before, without using it: a page that only listens is no sign that
// somebody sits before it. Denied when the session, or the person, is not good any more.
func (s *Service) Still(ctx context.Context, x core.Session) (core.User, error) {
	list, err := s.store.Sessions(ctx, x.User)
	if err != nil {
		return core.User{}, err
	}
	good := slices.ContainsFunc(list, func(y core.Session) bool {
		return y.ID == x.ID && (y.Kind == core.TokenSession || time.Since(y.UsedAt) < s.opts.Idle+time.Minute) // that it was used is written once in a while
	})
	u, err := s.store.User(ctx, x.User)
	if core.IsKind(err, core.NotFound) || err == nil && (!good || u.Disabled) {
		return core.User{}, signedOut()
	}
	return u, err
}

func signedOut() error {
	return core.Fail(core.Denied, "signed_out", "", "sign in: the session has ended, or the token is not good", "请登录：会话已失效或令牌无效")
}

// Logout ends a session.
func (s *Service) Logout(ctx context.Context, x core.Session, by string) error {
	return s.store.EndSession(ctx, x.ID, by)
}

// TokenPrefix begins every token, so that one that lies somewhere is known for what it is.
const TokenPrefix = "tundish_"

// NewSecret is a fresh secret and its digest.
func NewSecret(prefix string) (string, [32]byte) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	secret := prefix + base64.RawURLEncoding.EncodeToString(b[:])
	return secret, sha256.Sum256([]byte(secret))
}

// MaxTokenDays bounds how long a script's token may be good.
const MaxTokenDays = 3650

// NewToken gives a script a token that acts for a user. It is shown once.
func (s *Service) NewToken(ctx context.Context, id, note, by string, days int) (string, error) {
	if days < 1 || days > MaxTokenDays {
		return "", core.Invalidf("out_of_range", "days", "a token is good for 1 to %d days", "令牌有效期为 1 至 %d 天", MaxTokenDays)
	}
	if note == "" {
		return "", core.Fail(core.Invalid, "required", "note", "say what the token is for", "请注明令牌用途")
	}
	u, err := s.store.User(ctx, id)
	if err != nil {
		return "", err
	}
	if u.Disabled {
		return "", core.Fail(core.Conflict, "disabled", "id", "user "+id+" is disabled", "用户 "+id+" 已停用")
	}
	secret, digest := NewSecret(TokenPrefix)
	x := core.Session{Digest: digest, ID: core.NewID(time.Now()), User: id, Kind: core.TokenSession, Note: note, UserVersion: u.Version}
	return secret, s.store.OpenSession(ctx, x, by, time.Duration(days)*24*time.Hour)
}

// check refuses a user whom the table does not fit.
func (s *Service) check(u *core.User) error {
	if err := u.Check(); err != nil {
		return err
	}
	if len(u.Roles) == 0 {
		return core.Fail(core.Invalid, "required", "roles", "a person has at least one role", "人员至少须有一个角色")
	}
	if err := s.opts.Table.CheckRoles(u.ID, u.Roles); err != nil {
		return err
	}
	for _, code := range u.Roles {
		switch r, _ := s.opts.Table.Role(code); {
		case r.On == access.Stations && !u.Everywhere && len(u.Branches)+len(u.Depots) == 0:
			return core.Invalidf("no_station", "stations", "the role %s is one of stations: give branches, depots, or everywhere", "角色 %s 按站点授权：请指定营业所、站点，或全部", code)
		case r.On == access.Crew && u.Crew == "":
			return core.Invalidf("no_crew", "crew", "the role %s is one of crews: give the crew", "角色 %s 按班组授权：请指定班组", code)
		}
	}
	return nil
}

// Check is what Add and Change refuse, without doing anything.
func (s *Service) Check(u *core.User) error { return s.check(u) }

// Add makes a user. An empty password: nobody can sign in until one is set.
func (s *Service) Add(ctx context.Context, u core.User, plain, by string) error {
	if err := s.check(&u); err != nil {
		return err
	}
	if plain != "" {
		if err := password.Check(plain, u.ID); err != nil {
			return err
		}
		u.Hash = password.Hash(plain)
	}
	return s.store.ChangeUser(ctx, core.UserChange{User: u, By: by, Kind: "added", Detail: describe(&u)})
}

// Change gives a user another name, roles, stations, crew; what signs him in stays. Conflict when u has a version and
// it is not the user's any more. changed is false when nothing would differ.
func (s *Service) Change(ctx context.Context, u core.User, by string) (changed bool, err error) {
	if err := s.check(&u); err != nil {
		return false, err
	}
	old, err := s.store.User(ctx, u.ID)
	if err != nil {
		return false, err
	}
	if u.Version != 0 && u.Version != old.Version {
		return false, core.StaleUser(u.ID)
	}
	next := old.Clone()
	next.Name, next.Roles, next.Branches, next.Depots, next.Everywhere, next.Crew = u.Name, u.Roles, u.Branches, u.Depots, u.Everywhere, u.Crew
	if describe(&old) == describe(&next) {
		return false, nil
	}
	if err := s.Keeps(ctx, next); err != nil {
		return false, err
	}
	return true, s.store.ChangeUser(ctx, core.UserChange{Expected: old.Version, User: next, By: by, Kind: "changed", Detail: core.LogText(describe(&old)+" → "+describe(&next), core.MaxText)})
}

// Disable keeps a user out, or lets him in again. Sessions and tokens end either way.
func (s *Service) Disable(ctx context.Context, id string, disabled bool, by string) error {
	u, err := s.store.User(ctx, id)
	if err != nil {
		return err
	}
	if u.Disabled == disabled {
		return core.Fail(core.Conflict, "as_it_is", "id", "user "+id+" is so already", "用户 "+id+" 已是该状态")
	}
	u.Disabled = disabled
	kind := "enabled"
	if disabled {
		kind = "disabled"
		if err := s.Keeps(ctx, u); err != nil {
			return err
		}
	}
	return s.store.ChangeUser(ctx, core.UserChange{Expected: u.Version, User: u, By: by, Kind: kind, EndSessions: core.AllSessions})
}

// Gives tells whether a user may give rights.
func (s *Service) Gives(u *core.User) bool {
	return !u.Disabled && s.opts.Table.May(access.ActorOf(u), access.UserEdit, nil) == nil
}

// Keeps refuses changes of users, new ones among them, after which nobody could give rights any more.
func (s *Service) Keeps(ctx context.Context, changed ...core.User) error {
	if slices.ContainsFunc(changed, func(u core.User) bool { return s.Gives(&u) }) {
		return nil
	}
	list, err := s.store.Users(ctx)
	if err != nil {
		return err
	}
	last, others := "", false
	for i := range list {
		if !s.Gives(&list[i]) {
			continue
		}
		if slices.ContainsFunc(changed, func(u core.User) bool { return u.ID == list[i].ID }) {
			last = list[i].ID
		} else {
			others = true
		}
	}
	if last != "" && !others {
		return core.Fail(core.Conflict, "last_administrator", "id", last+" is the last who may give rights; give somebody else that right first", last+" 是最后一名可授权人员；请先另行授权他人")
	}
	return nil
}

// SetPassword gives a user a password chosen by somebody else: it must be changed at the first use.
func (s *Service) SetPassword(ctx context.Context, id, plain, by string, mustChange bool) error {
	u, err := s.store.User(ctx, id)
	if err != nil {
		return err
	}
	if err := password.Check(plain, id); err != nil {
		return err
	}
	u.Hash, u.MustChange = password.Hash(plain), mustChange
	return s.store.ChangeUser(ctx, core.UserChange{Expected: u.Version, User: u, By: by, Kind: "password", EndSessions: core.BrowserSession})
}

// ChangeOwn lets a person choose another password; his sessions end. A wrong old one counts as an attempt.
func (s *Service) ChangeOwn(ctx context.Context, id, old, fresh, from string) error {
	if old == fresh {
		return core.Fail(core.Invalid, "password", "new", "choose another password than the present one", "新密码不得与原密码相同")
	}
	if err := password.Check(fresh, id); err != nil {
		return err
	}
	if _, err := s.verify(ctx, id, old, from); err != nil {
		return err
	}
	return s.SetPassword(ctx, id, fresh, id, false)
}

// describe is what of a user counts for the record.
func describe(u *core.User) string {
	roles := make([]string, len(u.Roles))
	for i, r := range u.Roles {
		roles[i] = string(r)
	}
	slices.Sort(roles)
	s := fmt.Sprintf("%s [%s]", u.Name, strings.Join(roles, " "))
	for _, p := range []struct {
		name string
		list []string
	}{{"branches", u.Branches}, {"depots", u.Depots}} {
		if len(p.list) > 0 {
			s += fmt.Sprintf(" %s=%s", p.name, strings.Join(slices.Sorted(slices.Values(p.list)), ","))
		}
	}
	if u.Everywhere {
		s += " everywhere"
	}
	if u.Crew != "" {
		s += " crew=" + u.Crew
	}
	return core.LogText(s, 450)
}
