// Package bench measures the hub against what the machine could do without it, and beside
// a peer. It has no code of its own, only benchmarks; make bench runs them and writes
// RESULTS.md, which the README quotes.
//
// Every benchmark runs its contestants in turns: one iteration is one round in which
// each of them works for a moment, so that whatever else the machine does meets all
// alike. What is quoted are ratios of medians over the rounds.
//
//   - BenchmarkSubmit: durable submits over SOAP at 1, 16 and 64 callers, each with a
//     connection of its own. The hub is the program as it is built for production. Beside
//     it: a bare group-committing server (net/http, encoding/xml, the driver without
//     database/sql, and the hub's settings of Go's runtime); gSOAP's C server over the C library of SQLite, a transaction per
//     order (testdata/gsoap; its stubs are generated from the hotline contract that the
//     hub serves); an fsync-ed append of the same bytes; a commit of a single row. All
//     servers write the same rows and indexes under the same SQLite settings, which
//     TestContestantsWriteTheSameRows holds them to.
//   - BenchmarkSubmitOnASlowDisk: the same servers while every fsync takes 2 ms longer,
//     which strace sees to.
//   - BenchmarkStart: process start to the first order's answer, on a new store and on one
//     with a million orders.
//   - BenchmarkScale: look-ups and inserts with a million orders stored (ten million in
//     make bench-large) beside the same with 10,000, on the store itself.
//   - BenchmarkMemory: what the hub holds under load, early and late.
//   - BenchmarkPull: scheduled replacements from a billing system into the store, beside
//     a prepared insert of the very rows that the hub wrote, in one transaction.
//   - BenchmarkPullMemory, BenchmarkForeignPullMemory: what the process of a pull holds, early and
//     late: of a list in pages on a contract of the hub's own, and of one foreign answer of 100 MB.
//   - BenchmarkWriteBack: statuses owed to a target that takes 0, 20 or 50 ms to answer,
//     64 at a time, beside the bare SOAP client with the same concurrency; BenchmarkDrain
//     is the same with 100,000 of them, when TUNDISH_TEST_BENCH_LARGE is 1.
//   - BenchmarkMapping: a batch of 20,000 legacy orders through a mapping, from file to lines of text on
//     one processor, beside xsltproc with a stylesheet that says the same (apt-get install
//     xsltproc; without it that half is skipped). TestXSLTAndTheMappingSayTheSame holds both to the
//     same lines, byte for byte; the mapping hashes each order besides.
//   - BenchmarkDeadTarget: from a result's commit to its target, beside a target that takes
//     calls and never answers, and without it.
//
// Servers that take submits are processes of their own, and so are their runtimes and
// garbage; the callers are in the benchmark's, cheap on purpose: bytes in, bytes out.
// A server rests (SIGSTOP) while another one works. Pull and write-back share one process
// with what they are measured beside.
//
//	go test -run '^$' -bench Submit/16 -benchtime 5x ./cmd/tundish/bench
package bench
