// Package roles reads config/roles.yaml, the table of what people may do and see, into an
// access.Table.
package roles
