// Package codes holds the words of the house and how others' codes lead to them.
//
// A [Vocabulary] is every code that an order may hold, by kind, with its words in both
// languages: those that the program itself decides by (urgencies, statuses, outcomes) are closed,
// the others are the administrators' own. A [Table] relates the codes of a system to
// those of one kind, in both directions; it is written as YAML, or as CSV by whoever keeps it in
// a spreadsheet. Both say all that is wrong with a file at once.
package codes
