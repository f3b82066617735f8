package app

import (
	"errors"
	"io/fs"
	"os"

	"tundish/config"
	"tundish/config/lang"
	"tundish/config/views"
	"tundish/core/life"
)

// viewsFile is the name of the saved lists in [config.Files].
const viewsFile = "views.yaml"

// readViews reads the saved lists of orders. An installation without a file of its own has those that are built in.
func (s *Settings) readViews(p *lang.Problems, t *config.Tree, file string) {
	systems := []string{string(life.House)}
	for i := range t.Systems {
		systems = append(systems, t.Systems[i].ID.V)
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		s.Views = views.Read(p, file, views.Known{Types: s.Types, Systems: systems, Roles: s.roles()})
		return
	}
	data, err := config.Files.ReadFile(viewsFile)
	if err != nil {
		panic(err) // it is built in
	}
	s.Views = views.Decode(p, viewsFile, data, views.Known{})
}
