// Package lists is how people find orders: the views that the house has saved, and the indexer that
// keeps search a second behind what is committed.
package lists
