// Package bench measures the hub against what the machine could do without it. It has
// no code of its own, only benchmarks; make bench runs them.
//
// Every benchmark runs its contestants in turns: one iteration is one round in which
// each of them works for a moment, so that whatever else the machine does meets all
// alike. What is quoted are ratios of medians over the rounds; at the end of a run all
// of them stand in one Markdown table on standard output.
//
//   - BenchmarkSubmit: durable submits over SOAP at 1, 16 and 64 callers, each with a
//     connection of its own. Beside it a bare group-committing server (net/http,
//     encoding/xml, the driver without database/sql) that writes the same rows and
//     indexes under the same SQLite settings, which
//     TestTheBareServerWritesTheSameRows holds it to; an fsync-ed append of the same
//     bytes; and a commit of a single row.
//   - BenchmarkPull: scheduled replacements from a billing system into the store, beside
//     a prepared insert of the very rows that the hub wrote, in one transaction.
//   - BenchmarkWriteBack: statuses owed to a target that takes 0 or 20 ms to answer, 64
//     at a time, beside the bare SOAP client with the same concurrency.
//
// Hub, contestants and callers share one process and its processors. The callers are
// cheap on purpose: bytes in, bytes out.
//
//	go test -run '^$' -bench Submit/16 -benchtime 5x ./cmd/tundish/bench
package bench
