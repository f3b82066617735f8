// Package schema holds the tables of the order store as plain SQL, one folder per
// dialect. A change is a new pair of files with the same number on both sides;
// files that have been released are never edited. The stores apply what is missing,
// in order, each file in one transaction, and write its name down in
// schema_migrations. core/store/DESIGN.md gives the reasons for the shapes.
package schema

import "embed"

// SQLite holds sqlite/*.sql.
//
//go:embed sqlite/*.sql
var SQLite embed.FS

// SQLServer holds sqlserver/*.sql; a line "GO" ends a batch.
//
//go:embed sqlserver/*.sql
var SQLServer embed.FS
