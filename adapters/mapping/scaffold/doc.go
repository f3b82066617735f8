// Package scaffold writes a first mapping for a foreign contract: every operation and every
// field of it, filled in where a name is well known (English, Chinese, pinyin in full or by
// initials) and otherwise commented out beside its type. What is filled in is marked as a
// guess. The file passes the checks of package mapping as it is: a guess that does not is
// taken back.
//
// The words that are known stand in words.go, keyed by the field of ours.
package scaffold
