package app

import (
	"errors"
	"io/fs"
	"os"
	"slices"

	"tundish/config"
	"tundish/config/lang"
	"tundish/config/roles"
	"tundish/core"
	"tundish/core/access"
	"tundish/core/people"
)

// rolesFile is the name of the roles in [config.Files].
const rolesFile = "roles.yaml"

// readRoles reads what people may do. An installation without a file of its own has the table that is built in.
func (s *Settings) readRoles(p *lang.Problems, file string) {
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		s.Roles = roles.Read(p, file)
		return
	}
	data, err := config.Files.ReadFile(rolesFile)
	if err != nil {
		panic(err) // it is built in
	}
	s.Roles = roles.Decode(p, rolesFile, data)
}

// roles are those that the house has.
func (s *Settings) roles() (codes []core.Role) {
	if s.Roles != nil {
		for _, r := range s.Roles.Roles() {
			codes = append(codes, r.Code)
		}
	}
	return codes
}

// roleMay tells whether a role has the right that an action of a step takes.
func (s *Settings) roleMay(role core.Role, action core.Action) bool {
	r, _ := s.Roles.Role(role)
	return slices.Contains(r.May, access.ForAction(action))
}

// People serves who may sign in, by the table of roles.
func (s *Settings) People(st core.PeopleStore) (*people.Service, error) {
	return people.New(st, people.Options{Table: s.Roles})
}
