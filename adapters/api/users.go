package api

import (
	"net/http"
	"slices"

	"tundish/core"
	"tundish/core/access"
)

// Lists of people and of what became of them.
type (
	UserList struct {
		Users []core.User `json:"users"`
	}
	SessionList struct {
		Sessions []core.Session `json:"sessions"`
	}
	UserEventList struct {
		Events []core.UserEvent `json:"events"`
	}
)

// person is a user as whoever gives rights writes him.
type person struct {
	ID         string      `json:"id"`
	Name       string      `json:"name"`
	Roles      []core.Role `json:"roles"`
	Branches   []string    `json:"branches"`
	Depots     []string    `json:"depots"`
	Everywhere bool        `json:"everywhere"`
	Crew       string      `json:"crew"`
	// Version that was seen; 0: whatever it is.
	Version int64 `json:"version,omitempty"`
}

func (p *person) user(id string) core.User {
	return core.User{ID: id, Name: p.Name, Roles: p.Roles, Branches: p.Branches, Depots: p.Depots, Everywhere: p.Everywhere, Crew: p.Crew, Version: p.Version}
}

// Token is a script's secret. It is shown this once.
type Token struct {
	Token string `json:"token"`
}

// users are the people of the house, for whoever gives rights or watches who did.
func (a *API) users() {
	userOf := func(r *http.Request, err error) (core.User, error) {
		if err != nil {
			return core.User{}, err
		}
		return a.People.User(r.Context(), r.PathValue("user"))
	}
	handle(a, "GET /api/v1/users", house(access.UserSee), func(r *http.Request, _ none) (UserList, error) {
		list, err := a.People.Users(r.Context())
		return UserList{all(list)}, err
	})
	type added struct {
		person
		// Password good for choosing another; empty: nobody can sign in until one is set.
		Password string `json:"password,omitempty"`
	}
	handle(a, "POST /api/v1/users", house(access.UserEdit), func(r *http.Request, in added) (core.User, error) {
		u := in.user(in.ID)
		u.Version, u.MustChange = 0, in.Password != ""
		if err := a.People.Add(r.Context(), u, in.Password, user(r)); err != nil {
			return u, err
		}
		return a.People.User(r.Context(), in.ID)
	})
	handle(a, "GET /api/v1/users/{user}", house(access.UserSee), func(r *http.Request, _ none) (core.User, error) { return userOf(r, nil) })
	handle(a, "POST /api/v1/users/{user}", house(access.UserEdit), func(r *http.Request, in person) (core.User, error) {
		if in.ID != "" && in.ID != r.PathValue("user") {
			return core.User{}, core.Fail(core.Invalid, "invalid_value", "id", "the name under which one signs in is never changed", "登录名不可修改")
		}
		_, err := a.People.Change(r.Context(), in.user(r.PathValue("user")), user(r))
		return userOf(r, err)
	})
	for verb, disabled := range map[string]bool{"disable": true, "enable": false} {
		handle(a, "POST /api/v1/users/{user}/"+verb, house(access.UserEdit), func(r *http.Request, _ none) (core.User, error) {
			return userOf(r, a.People.Disable(r.Context(), r.PathValue("user"), disabled, user(r)))
		})
	}
	type given struct {
		Password string `json:"password"`
	}
	handle(a, "POST /api/v1/users/{user}/password", house(access.UserEdit), func(r *http.Request, in given) (core.User, error) {
		return userOf(r, a.People.SetPassword(r.Context(), r.PathValue("user"), in.Password, user(r), true))
	})
	type token struct {
		Note string `json:"note"`
		Days int    `json:"days"`
	}
	handle(a, "POST /api/v1/users/{user}/tokens", house(access.UserEdit), func(r *http.Request, in token) (Token, error) {
		secret, err := a.People.NewToken(r.Context(), r.PathValue("user"), in.Note, user(r), in.Days)
		if err != nil {
			return Token{}, err // the secret of a token that was not stored is nobody's business
		}
		return Token{secret}, nil
	})
	handle(a, "GET /api/v1/users/{user}/sessions", house(access.UserSee), func(r *http.Request, _ none) (SessionList, error) {
		list, err := a.People.Sessions(r.Context(), r.PathValue("user"))
		return SessionList{all(list)}, err
	})
	handle(a, "POST /api/v1/users/{user}/sessions/{session}/end", house(access.UserEdit), func(r *http.Request, _ none) (done, error) {
		list, err := a.People.Sessions(r.Context(), r.PathValue("user"))
		if err != nil {
			return done{}, err
		}
		i := slices.IndexFunc(list, func(s core.Session) bool { return s.ID == r.PathValue("session") })
		if i < 0 {
			return done{}, core.NoSession()
		}
		return done{true}, a.People.Logout(r.Context(), list[i], user(r))
	})
	handle(a, "GET /api/v1/audit?user&limit", house(access.AuditSee), func(r *http.Request, _ none) (UserEventList, error) {
		limit, err := intParam(r, "limit", 100, 1000)
		if err != nil {
			return UserEventList{}, err
		}
		list, err := a.People.Events(r.Context(), r.URL.Query().Get("user"), limit)
		return UserEventList{all(list)}, err
	})
}
