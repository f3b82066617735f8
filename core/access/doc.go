// Package access is what people may do and see: a table of roles, and two questions that it
// answers. May a person take this action on this order? What of the order is he shown?
//
// Nothing is allowed and no protected field is shown that the table does not say. A right is
// given to a role with a scope: on the whole house, on the orders of a person's stations, or on
// those of his crew. A commercial branch and a repair depot are different organisations, so a
// person has branches and depots, and a code of one never stands for the other.
//
// The package is pure: it knows no store and no wire. config/roles reads the table from YAML.
package access
