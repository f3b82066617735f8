package core

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// User is a person, or a script, who may sign in.
type User struct {
	// ID is the name under which one signs in: small letters, digits, . _ - @, or Chinese; at most 60 characters.
	ID    string `json:"id"`
	Name  string `json:"name"` // as people call him
	Roles []Role `json:"roles"`
	// Branches and Depots whose orders are the person's; Everywhere: all stations'.
	Branches   []string `json:"branches,omitempty"`
	Depots     []string `json:"depots,omitempty"`
	Everywhere bool     `json:"everywhere,omitempty"`
	// Crew that the person works in; empty: none.
	Crew string `json:"crew,omitempty"`
	// Hash of the password, in PHC form; empty: nobody can sign in with one.
	Hash string `json:"-"`
	// MustChange: the password was given by somebody else and is good for choosing another only.
	MustChange bool `json:"must_change,omitempty"`
	Disabled   bool `json:"disabled,omitempty"`

	// What follows is the store's to say.
	Version   int64     `json:"version"`
	CreatedAt time.Time `json:"created_at"`
	// Failed attempts in a row; LockedUntil, while it is ahead, lets none succeed.
	Failed      int       `json:"failed,omitempty"`
	LockedUntil time.Time `json:"locked_until,omitzero"`
	LastLogin   time.Time `json:"last_login,omitzero"`
}

// Clone copies the user with its lists.
func (u User) Clone() User {
	u.Roles, u.Branches, u.Depots = slices.Clone(u.Roles), slices.Clone(u.Branches), slices.Clone(u.Depots)
	return u
}

// Check refuses a user that no store could keep.
func (u *User) Check() error {
	var c checker
	c.key("id", u.ID, MaxCode)
	c.text("name", u.Name, MaxExternal)
	c.text("crew", u.Crew, MaxCode)
	c.text("hash", u.Hash, 200)
	for _, r := range u.Roles {
		c.key("roles", string(r), MaxCode)
	}
	for _, s := range slices.Concat(u.Branches, u.Depots) {
		c.key("stations", s, MaxCode)
	}
	if strings.ContainsFunc(u.ID, func(r rune) bool {
		return !(unicode.IsLower(r) || unicode.IsDigit(r) || unicode.Is(unicode.Han, r) || strings.ContainsRune("._-@", r))
	}) {
		c.fail("id", "takes small letters, digits, Chinese and . _ - @", "只能由小写字母、数字、汉字及 . _ - @ 组成")
	}
	return c.error()
}

// Reach is a set of orders: all, or those of some stations, those of a crew and those that somebody was called to.
// The zero Reach is none.
type Reach struct {
	All              bool
	Branches, Depots []string
	Crew             string // that has the order
	Assists          string // a crew that assists the one that has it
	Person           string // one who collaborates on it
}

// Contains tells whether the order belongs to the set. An order without a station belongs to none.
func (r Reach) Contains(o *WorkOrder) bool {
	return r.All || o.Place.Branch != "" && slices.Contains(r.Branches, o.Place.Branch) || o.Place.Depot != "" && slices.Contains(r.Depots, o.Place.Depot) ||
		r.Crew != "" && o.Assignment != nil && o.Assignment.CrewID == r.Crew || r.Person != "" && slices.Contains(o.Collaborators, r.Person) || o.AssistedBy(r.Assists)
}

// None tells that no order belongs to the set. A nil set is all orders.
func (r *Reach) None() bool {
	return r != nil && !r.All && len(r.Branches)+len(r.Depots) == 0 && r.Crew == "" && r.Assists == "" && r.Person == ""
}

// Guests are the crew and the person of the set, as [WorkOrder.Guests] has those of an order.
func (r *Reach) Guests() []string {
	var list []string
	if r.Assists != "" {
		list = append(list, guestCrew+r.Assists)
	}
	if r.Person != "" {
		list = append(list, guestPerson+r.Person)
	}
	return list
}

const (
	guestCrew   = "crew:"
	guestPerson = "user:"
)

// Guests are those who were called to an order that is another's: crews that assist now, and people who collaborate.
// Each is a word of its own, so that stores keep them in one list.
func (o *WorkOrder) Guests() []string {
	var list []string
	for _, h := range o.Helpers {
		if h.CrewID != "" && h.EndedAt.IsZero() {
			list = append(list, guestCrew+h.CrewID)
		}
	}
	for _, id := range o.Collaborators {
		list = append(list, guestPerson+id)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// AssistedBy tells whether the crew assists the one that has the order, now.
func (o *WorkOrder) AssistedBy(crew string) bool {
	return crew != "" && slices.ContainsFunc(o.Helpers, func(h Helper) bool { return h.CrewID == crew && h.EndedAt.IsZero() })
}

// SessionKind tells sessions of browsers from tokens of scripts.
type SessionKind string

const (
	BrowserSession SessionKind = "session"
	TokenSession   SessionKind = "token"
)

// Session is a signed-in browser, or a script's token. The secret itself is nowhere but with its holder.
type Session struct {
	// Digest is the SHA-256 of the secret.
	Digest [32]byte    `json:"-"`
	ID     string      `json:"id"` // to name it by
	User   string      `json:"user"`
	Kind   SessionKind `json:"kind"`
	Note   string      `json:"note,omitempty"` // a token's purpose, or a browser's address
	// UserVersion is that of the user whose password, or right, was looked at; one who changed since gets no session. 0: whatever he is.
	UserVersion int64 `json:"-"`
	// The store's clock.
	CreatedAt time.Time `json:"created_at"`
	UsedAt    time.Time `json:"used_at"`
	EndsAt    time.Time `json:"ends_at"` // whatever happens
}

// UserEvent is one line of the record of who changed people and rights. Nothing of it is ever changed.
type UserEvent struct {
	Sequence int64     `json:"sequence"`
	At       time.Time `json:"at"` // the store's clock
	By       string    `json:"by"`
	User     string    `json:"user"` // whom it concerns
	Kind     string    `json:"kind"` // added, changed, disabled, enabled, password, login, logout, locked, token_added, token_revoked
	Detail   string    `json:"detail,omitempty"`
	// Chain is the SHA-256 over the line before and this one, hex: a line that was changed or left
	// out later breaks it.
	Chain string `json:"chain"`
}

// Follows numbers and chains the line to the one before; a zero before begins the record. At must be set.
func (e UserEvent) Follows(before UserEvent) UserEvent {
	e.At = time.UnixMilli(e.At.UnixMilli()).UTC()
	e.Sequence = before.Sequence + 1
	h := sha256.New()
	for _, part := range []string{before.Chain, strconv.FormatInt(e.Sequence, 10), strconv.FormatInt(e.At.UnixMilli(), 10), e.By, e.User, e.Kind, e.Detail} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part)))) // so that no two lines read alike
		h.Write([]byte(part))
	}
	e.Chain = hex.EncodeToString(h.Sum(nil))
	return e
}

// UnbrokenSince finds the first line, oldest first, that does not follow the one before it; 0 when all do. The
// first of the lines is taken as it is.
func UnbrokenSince(lines []UserEvent) (broken int64) {
	for i := 1; i < len(lines); i++ {
		if want := lines[i].Follows(lines[i-1]); want.Chain != lines[i].Chain || want.Sequence != lines[i].Sequence {
			return lines[i].Sequence
		}
	}
	if len(lines) > 0 && lines[0].Sequence == 1 && lines[0].Follows(UserEvent{}).Chain != lines[0].Chain {
		return 1
	}
	return 0
}

// Check refuses a line that no store could keep.
func (e *UserEvent) Check() error {
	var c checker
	c.key("by", e.By, MaxExternal)
	c.text("user", e.User, MaxCode)
	c.key("kind", e.Kind, 40)
	c.text("detail", e.Detail, MaxText)
	return c.error()
}

// UserChange writes one user with the line that says so, in one transaction.
type UserChange struct {
	// Expected version; 0: the user must not exist.
	Expected int64
	User     User
	By       string
	Kind     string
	Detail   string
	// EndSessions ends the user's sessions and tokens of this kind in the same breath; "all": every kind.
	EndSessions SessionKind
}

// AllSessions in UserChange.EndSessions.
const AllSessions SessionKind = "all"

// Check refuses a change that no store could make.
func (c *UserChange) Check() error {
	if err := c.User.Check(); err != nil {
		return err
	}
	e := UserEvent{By: c.By, User: c.User.ID, Kind: c.Kind, Detail: c.Detail}
	return e.Check()
}

// Check refuses a session that no store could keep.
func (s *Session) Check() error {
	var c checker
	c.key("session.id", s.ID, MaxID)
	c.key("session.user", s.User, MaxCode)
	c.text("session.note", s.Note, 200)
	if s.Kind != BrowserSession && s.Kind != TokenSession {
		c.fail("session.kind", "must be a session or a token", "须为会话或令牌")
	}
	return c.error()
}

// NoUser is the refusal of a user that does not exist.
func NoUser(id string) error {
	return Fail(NotFound, "no_user", "id", "there is no user "+id, "没有用户 "+id)
}

// StaleUser is the refusal of a change that was decided on another version.
func StaleUser(id string) error {
	return Fail(Conflict, "stale", "id", "somebody else changed user "+id+" meanwhile; look again", "其间已有他人修改用户 "+id+"，请重新查看")
}

// UserExists is the refusal of a new user whose name is taken.
func UserExists(id string) error {
	return Fail(Conflict, "exists", "id", "there is a user "+id+" already", "用户 "+id+" 已存在")
}

// NoSession is the refusal of a session that does not exist or has ended.
func NoSession() error {
	return Fail(NotFound, "no_session", "", "there is no such session, or it has ended", "会话不存在或已失效")
}

// PeopleStore keeps who may sign in. Times are the store's clock; durations are passed.
type PeopleStore interface {
	// AnyUser tells whether there is, or ever was, a user.
	AnyUser(ctx context.Context) (bool, error)
	// User reads one; NotFound.
	User(ctx context.Context, id string) (User, error)
	// Users lists all by id.
	Users(ctx context.Context) ([]User, error)
	// ChangeUser writes a user; Conflict "stale" when its version moved, "exists" when a new one is there.
	// Failed, LockedUntil, LastLogin and CreatedAt are kept, but a change that sets another Hash ends a lock.
	ChangeUser(ctx context.Context, c UserChange) error
	// TryLogin counts an attempt before the password is looked at, so that guesses made at once count,
	// too. Of the attempts in a row the one numbered most locks the user for lock; ok is false while
	// he is locked, and then nothing is counted. NotFound.
	TryLogin(ctx context.Context, id string, most int, lock time.Duration) (ok bool, err error)
	// RecordUserEvent adds a line to the record.
	RecordUserEvent(ctx context.Context, e UserEvent) error
	// OpenSession stores a session that ends after the given time; one of a browser ends the count of
	// attempts and is the user's last login. It writes a line by the user. Conflict "stale" when the user's version moved.
	OpenSession(ctx context.Context, s Session, by string, ends time.Duration) error
	// UseSession finds a session that has not ended and was used within idle (0: whenever), whose
	// user is not disabled, and marks it used. NotFound for every other.
	UseSession(ctx context.Context, digest [32]byte, idle time.Duration) (Session, User, error)
	// Sessions lists those of a user (all users when empty) that have not ended, newest first.
	Sessions(ctx context.Context, user string) ([]Session, error)
	// EndSession ends the one with this id; NotFound.
	EndSession(ctx context.Context, id, by string) error
	// UserEvents lists the record of a user (all when empty), newest first; limit 0 means 100.
	UserEvents(ctx context.Context, user string, limit int) ([]UserEvent, error)
	// UserEventsBehind lists the lines behind one, oldest first: all of the record, page by page. limit 0 means 100.
	UserEventsBehind(ctx context.Context, sequence int64, limit int) ([]UserEvent, error)
}
