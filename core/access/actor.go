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

// What those who were called to another's order may do with it, if their roles have the right: a crew that assists,
// and a person who collaborates.
var (
	assisting     = []Right{See, Search, Comment, Right(core.ActEndAssistance), Right(core.ActCorrect)}
	collaborating = []Right{See, Search, Comment}
)

// reach is the set of orders on which a right holds that a role of the scope gives this person.
func (a *Actor) reach(s Scope, r Right) core.Reach {
	var out core.Reach
	switch {
	case s == House || s == Stations && a.Everywhere:
		return core.Reach{All: true}
	case s == Stations:
		out.Branches, out.Depots = a.Branches, a.Depots
	case s == Crew:
		out.Crew = a.Crew
		if slices.Contains(assisting, r) {
			out.Assists = a.Crew
		}
	}
	if slices.Contains(collaborating, r) {
		out.Person = a.ID
	}
	return out
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
