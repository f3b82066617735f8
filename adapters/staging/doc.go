// Package staging connects systems that have no SOAP: they write files of rows into a folder
// ([Files]) or rows into a table of a database ([Table]), and are told in a table what became of them
// ([Sink]). What a row means stands in a mapping, as for every other system whose contract is its own:
// a row becomes an element whose children are its columns, and is read by the same rules.
//
// Nothing is lost and nothing doubled by a kill at any point, because what says how far things are,
// a file's folder or a row's mark, changes only after the hub has stored what it stands for, and because a
// row that comes again is recognised as the order it was.
package staging
