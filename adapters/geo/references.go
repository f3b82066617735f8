package geo

import (
	"maps"
	"slices"

	"tundish/core"
)

// References are the reference systems of an installation's own by name, beside those that
// need no parameters.
type References map[string]*Reference

// Named finds a reference system, of one's own or not.
func (rs References) Named(name string) (*Reference, bool) {
	if r, ok := rs[name]; ok {
		return r, true
	}
	return ByName(name)
}

// Names lists all reference systems, those that need no parameters first.
func (rs References) Names() []string {
	return slices.Concat(Names(), slices.Sorted(maps.Keys(rs)))
}

// Reaches tells whether p can be written in the reference system and read again, to the metre: a
// grid whose parameters are another city's cannot.
func (r *Reference) Reaches(p core.Point) bool {
	north, east := r.FromWGS84(p)
	back, err := r.ToWGS84(north, east)
	return err == nil && Metres(p, back) < 1
}
