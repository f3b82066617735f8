package access

import (
	"slices"
	"strings"

	"tundish/core"
)

// Actor is a person who acts, as far as rights go. The zero Actor may do nothing.
type Actor struct {
	ID    string
	Name  string
	Roles []core.Role
	// Branches 营业所 and Depots 站点 whose orders are the person's.
	Branches, Depots []string
	// Everywhere: every station's.
	Everywhere bool
	// Crew that the person works in; empty: none.
	Crew string
	// All: may do and see everything: whoever sits at the machine before there are people.
	All bool
}

// ActorOf is a person as an actor.
func ActorOf(u *core.User) Actor {
	return Actor{ID: u.ID, Name: u.Name, Roles: u.Roles, Branches: u.Branches, Depots: u.Depots, Everywhere: u.Everywhere, Crew: u.Crew}
}

// reaches tells whether an order lies in a scope as far as this person goes.
func (a *Actor) reaches(s Scope, o *core.WorkOrder) bool {
	switch s {
	case House:
		return true
	case Stations:
		return a.Everywhere || core.Reach{Branches: a.Branches, Depots: a.Depots}.Contains(o)
	case Crew:
		return core.Reach{Crew: a.Crew}.Contains(o)
	}
	return false
}

// stations names the person's stations for a refusal.
func (a *Actor) stations(none, all string) string {
	if a.Everywhere {
		return all
	}
	list := slices.Concat(a.Branches, a.Depots)
	if a.Crew != "" {
		list = append(list, a.Crew)
	}
	if len(list) == 0 {
		return none
	}
	return strings.Join(list, ", ")
}
