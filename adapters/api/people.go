package api

import (
	"net"
	"net/http"
	"strings"

	"tundish/core"
	"tundish/core/access"
	"tundish/core/people"
)

// cookie that holds a browser's session.
const cookie = "tundish_session"

// crossOrigin refuses what a page of another site makes a browser send.
var crossOrigin = http.NewCrossOriginProtection()

// authenticate finds out who calls a house that has people. A script sends its token as Bearer, a browser
// its cookie; passwords in every request (Basic) are never taken.
func (a *API) authenticate(r *http.Request) (*caller, error) {
	if err := crossOrigin.Check(r); err != nil {
		return nil, foreignPage()
	}
	secret, bearer := "", false
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, rest, _ := strings.Cut(h, " ")
		if !strings.EqualFold(scheme, "Bearer") || !strings.HasPrefix(strings.TrimSpace(rest), people.TokenPrefix) {
			return nil, core.Fail(core.Denied, "signed_out", "Authorization", "only Bearer with a token of tundish user token is taken here", "仅接受 Bearer 令牌（由 tundish user token 发放）")
		}
		secret, bearer = strings.TrimSpace(rest), true
	} else if c, err := r.Cookie(cookie); err == nil {
		secret = c.Value
	}
	if secret == "" || !bearer && strings.HasPrefix(secret, people.TokenPrefix) {
		return &caller{}, nil // nobody; most routes say so
	}
	s, u, err := a.People.Who(r.Context(), secret)
	if core.IsKind(err, core.Denied) && !bearer {
		return &caller{}, nil // an old cookie: the page may sign in again
	}
	if err != nil {
		return nil, err
	}
	return &caller{actor: access.ActorOf(&u), session: s, user: u}, nil
}

func foreignPage() error {
	return core.Fail(core.Denied, "cross_origin", "Origin", "a page of another site may not act here", "禁止其他网站的页面调用")
}

// Me is who is signed in, and what for.
type Me struct {
	ID         string            `json:"id"`
	Name       string            `json:"name"`
	Roles      []core.Role       `json:"roles"`
	Branches   []string          `json:"branches"`
	Depots     []string          `json:"depots"`
	Everywhere bool              `json:"everywhere"`
	Crew       string            `json:"crew,omitempty"`
	MustChange bool              `json:"must_change"`
	Rights     []access.Right    `json:"rights"`
	Fields     map[string]string `json:"fields"` // how much of each protected field is shown at best
	Kind       core.SessionKind  `json:"kind,omitempty"`
}

func (a *API) me(c *caller) Me {
	t := a.People.Table()
	m := Me{ID: c.actor.ID, Name: c.actor.Name, Roles: all(c.actor.Roles), Branches: all(c.actor.Branches), Depots: all(c.actor.Depots), Everywhere: c.actor.Everywhere || c.actor.All, Crew: c.actor.Crew,
		MustChange: c.user.MustChange, Rights: t.Rights(c.actor), Fields: map[string]string{}, Kind: c.session.Kind}
	for code, l := range t.Levels(c.actor) {
		m.Fields[code] = l.String()
	}
	return m
}

// from is where a request comes from, for the record of people.
func from(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

func sessionCookie(r *http.Request, secret string) *http.Cookie {
	c := &http.Cookie{Name: cookie, Value: secret, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")}
	if secret == "" {
		c.MaxAge = -1
	}
	return c
}

func (a *API) people() {
	type login struct {
		User     string `json:"user"`
		Password string `json:"password"`
	}
	handleRaw(a, "POST /api/v1/login", everybody, func(w http.ResponseWriter, r *http.Request, in login) (Me, error) {
		secret, u, err := a.People.Login(r.Context(), in.User, in.Password, from(r))
		if err != nil {
			return Me{}, err
		}
		http.SetCookie(w, sessionCookie(r, secret))
		return a.me(&caller{actor: access.ActorOf(&u), user: u, session: core.Session{Kind: core.BrowserSession}}), nil
	})
	handleRaw(a, "POST /api/v1/logout", signedIn, func(w http.ResponseWriter, r *http.Request, _ none) (done, error) {
		c := callerOf(r)
		if c.session.ID == "" || c.session.Kind == core.TokenSession {
			return done{}, core.Fail(core.Conflict, "no_session", "", "this is no browser's session; a token is revoked with tundish user token --revoke", "当前不是浏览器会话；令牌请用 tundish user token --revoke 吊销")
		}
		http.SetCookie(w, sessionCookie(r, ""))
		return done{true}, a.People.Logout(r.Context(), c.session, c.actor.ID)
	})
	handle(a, "GET /api/v1/me", signedIn, func(r *http.Request, _ none) (Me, error) { return a.me(callerOf(r)), nil })
	type change struct {
		Old string `json:"old"`
		New string `json:"new"`
	}
	handleRaw(a, "POST /api/v1/password", signedIn, func(w http.ResponseWriter, r *http.Request, in change) (done, error) {
		c := callerOf(r)
		if c.session.Kind != core.BrowserSession {
			return done{}, core.Fail(core.Conflict, "no_session", "", "a password is changed by whoever signed in with it", "须以密码登录后修改密码")
		}
		if err := a.People.ChangeOwn(r.Context(), c.actor.ID, in.Old, in.New, from(r)); err != nil {
			return done{}, err
		}
		http.SetCookie(w, sessionCookie(r, "")) // every session has ended, this one too
		return done{true}, nil
	})
}
