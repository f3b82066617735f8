package sim

import "slices"

// Table relates a system's codes, which come first in each pair, to the house's.
type Table [][2]string

// Own is the system's code for one of the house; without one it is the house's.
func (t Table) Own(house string) string {
	for _, pair := range t {
		if pair[1] == house {
			return pair[0]
		}
	}
	return house
}

// Knows tells that a code is one of the system's, or of the house's that it has one for.
func (t Table) Knows(code string) bool {
	return slices.ContainsFunc(t, func(pair [2]string) bool { return pair[0] == code || pair[1] == code })
}
