// Package lang is what every YAML file of tundish shares: settings, systems, mappings, code tables, order types, jobs
// and calendars are all read by it, so they all complain in the same way and are all completed by editors.
//
// A file is described once, as a Go struct. The struct's tags say everything that the reader, the JSON Schema and the
// manual need to know:
//
//	type System struct {
//		Contract string              `yaml:"contract" lang:"required,oneof=hotline|billing" en:"The contract it speaks." zh:"所用的接口契约。"`
//		Zone     lang.Value[string]  `yaml:"zone" lang:"default=Asia/Shanghai" en:"Time zone in which it writes its times." zh:"…"`
//		Timeout  time.Duration       `yaml:"timeout" lang:"default=30s,min=1s,max=5m" en:"How long a call may take." zh:"…"`
//		Codes    lang.Map[string]    `yaml:"codes" en:"Its codes and ours." zh:"…"`
//	}
//
// Reading it collects every mistake, not just the first:
//
//	var problems lang.Problems
//	var system System
//	doc := lang.Decode(&problems, "config/systems/billing.yaml", data, &system)
//	if _, err := time.LoadLocation(system.Zone.V); err != nil {
//		problems.At(system.Zone.At, unknownZone, system.Zone.V)
//	}
//	return problems.Err()
//
// A mistake names its place, what is wrong, what was expected and what was probably meant:
//
//	config/systems/billing.yaml:3:1: unexpected key "timout"; expected one of "codes", "contract", "timeout", "zone"
//	[unknown-key]
//	  |
//	3 | timout: 10s
//	  | ^~~~~~
//	  hint: did you mean "timeout"?
//
// # Tags
//
// `yaml:"name"` names the key and must be there; `yaml:",inline"` on a struct puts its keys beside the others;
// `yaml:"-"` leaves a field out. `lang:"…"` holds rules, separated by commas (a value with a comma goes in single quotes):
//
//	required           the key must be written (inside an optional section: only when the section is)
//	default=V          what an absent key means; for a list the items are separated by |
//	oneof=a|b          the only values allowed; of a list or map, for each element
//	min=N max=N        bounds, inclusive: of a number, of a duration (min=0 unless given), of the number of characters of
//	                   a text, of the number of elements of a list or map
//	pattern='RE'       a regular expression that the whole text must match; of a list or map, each element
//	keys='RE'          the same for the keys of a map
//	shorthand          a scalar (or list, if the field is one) in place of the mapping sets this field alone
//	single             an element may stand in place of the list that it would be alone in; of a map, for each element
//	secret             the value is never repeated in a message
//
// `en:"…"` and `zh:"…"` explain the key in the JSON Schema and in hints. A mistake in a tag is a mistake of the programmer
// and panics the first time the type is used.
//
// # Types
//
// Text, bool, integers, float64, [time.Duration] ("90s", "1h30m", "2d"; a day is 24 hours), slices, map[K]T, pointers (nil
// when absent), nested structs and any. A type with a method Choices() []string is an enumeration; one that implements
// [encoding.TextUnmarshaler] reads itself. [Value] remembers where a value was written, [Map] keeps the order of the file
// and where each key stands, and a field of type [Pos] without a yaml tag takes the place of the struct that holds it.
// Where no such field is wanted, [Document.Pos] finds the place of anything by its path.
//
// # What is refused
//
// Files that are not UTF-8, control characters, more than one document, keys given twice, unknown keys, merge keys (<<),
// explicit tags (!!int), aliases that contain themselves or multiply beyond reason. Text takes any scalar exactly as
// written (code 01 stays "01"); everything else is strict: yes is not true, "8080" in quotes is not a number.
//
// This package knows nothing of what the files mean; that is for the packages that own the structs.
package lang
