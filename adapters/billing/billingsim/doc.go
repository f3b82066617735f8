// Package billingsim simulates a billing system: accounts, meters and reading books.
//
// Every night at 02:00 it registers scheduled replacements for meters that fall due, for
// the hub to pull; over the day it submits faulty-meter replacements, removals and
// rechecks, and takes their results back: readings, serials, corrected customers,
// scrapped meters. It refuses what billing refuses: a reading below the last one, a
// serial that is installed elsewhere, a second result.
//
// Its habits: SOAP 1.1 in GB18030, times without a zone, types by pinyin initials
// (config/systems/billing.yaml has the tables).
package billingsim
