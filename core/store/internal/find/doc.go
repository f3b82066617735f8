// Package find holds what every dialect shares of lists and search: the terms by which an
// order can be found, what a caller's words ask for, how well an order fits them, and cursors.
//
// Words are cut into pairs of neighbouring characters (bigrams), so that Chinese names of two
// characters and parts of an address are found without a dictionary. Pairs may stand apart in an
// order that has them all; therefore what an index gives is held against the order itself.
package find
