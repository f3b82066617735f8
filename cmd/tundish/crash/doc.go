// Package crash kills the hub and lets its disk fail, and looks whether every promise was
// kept. It has no code of its own, only tests: make test runs a short form of them, make
// crash the whole.
//
// What runs: the static binary as it is shipped, as a process of its own; the simulators of
// the source systems, in the test's process, over HTTP, so that their books live through
// the hub's deaths; six callers of hotline and website (kill_test.go, caller_test.go) who
// submit, amend, urge on and cancel, and send everything again, word for word, until it is
// answered and now and then once more; the job that pulls scheduled replacements in pages
// of ten from a billing system that fails now and then; and the people, who drive orders
// over the JSON API from acceptance to the follow-up call, so that statuses, results and
// meters to be scrapped are owed all the time.
//
// When it is killed (moment_test.go): at any moment; while a submit is under way; when it
// has told in its log that a change is durable and the answer is not out; before and after
// the source served a page; when the receipt of a stored page is confirmed; when a
// write-back arrived at its target, before it acted and after; up to 80 ms after its
// process began; and tundish migrate, on empty stores and on stores of the first version
// that hold orders. The schedule comes from the seed, which is printed; -seed repeats it.
// What the threads do in between is the machine's affair, so a seed repeats the kills, not
// the run.
//
// After each phase the load comes to its end, what is owed is delivered, the hub stops,
// and the checkers (check_test.go) hold what the world knows beside what the store holds:
//
//	lost            acknowledged, confirmed, or before the watermark, and not stored
//	duplicate       two orders of one key, or of one number
//	torn            a unit that is there in part: events, replay, hashes, messages, pages
//	ghost           an order nobody sent, a number nobody has
//	changed number  two answers about one order name two numbers
//	out of order    a target did a message after a later one of the same order
//	effect twice    a target did one message, or one sequence of an order, twice
//	counted wrong   an urging counted twice or not at all
//	reverted        a late copy undid an amendment
//	undelivered     something is owed for ever, given up, or called delivered and is not
//	damaged         PRAGMA integrity_check, and rows that stand alone
//
// TestEveryCheckerBites falsifies a sound day in one point after the other and wants each
// of them found.
//
// The disk (disk_test.go): strace attaches to the running hub and lets writes and syncs of
// the database's files fail or take long; a small tmpfs is filled to its last byte. While
// it lasts the hub answers with a SOAP fault that says try_later and acknowledges nothing;
// afterwards it takes orders again by itself. TestEveryAcknowledgementFollowsAnFsync
// watches the system calls of single submits. Where strace or mounting is not permitted
// these tests say so and are skipped.
//
//	make crash KILLS=50 SEED=4711
//	go test -count=1 -v -run 'ThroughKills$' ./cmd/tundish/crash -kills 20 -seed 4711
package crash
