package app

import (
	"tundish/core"
	"tundish/core/people"
)

// People serves who may sign in, by the table of roles.
func (s *Settings) People(st core.PeopleStore) (*people.Service, error) {
	return people.New(st, people.Options{Table: s.Roles})
}
