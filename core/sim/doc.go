// Package sim is a deterministic simulation of the hub: the real use cases (core/intake,
// pull, outbox, assign, desk, life and core.Decide), two or three hubs of them on one
// store, with sources, targets, crews and a control room around, and everything going
// wrong that may. It holds tests only.
//
//	make sim              10,000 seeds (SEEDS=n for another number); make test runs 1,000
//	make sim SEED=4711    one seed with its whole trace
//
// # How it works
//
// Each run is one testing/synctest bubble, so that the timers and tickers of the real
// code follow virtual time: minutes pass in milliseconds, and a lease runs out without
// anybody waiting. synctest alone does not repeat an interleaving; the scheduler
// (sched_test.go) does. Every call by which the real code leaves itself, into a store,
// a network or a person, yields: the goroutine parks, and when all are parked or asleep
// the scheduler picks one by the seed, lets it go on alone, and waits until everybody is
// at rest again. Whoever arrived meanwhile is sorted by what he is about to do before
// anything is drawn for him, so that it does not matter which goroutine was faster.
//
// The database (db_test.go) is core/store/memstore behind one writer that gathers units
// into transactions; its disk fails at some writes, its power at some commits. Hubs are
// killed at any call (their later calls fail and have no effect), frozen for longer than
// their leases, stopped as in a rolling restart, and have clocks minutes apart. The
// network loses requests and answers and delivers doubles up to a minute and a half
// late. Targets refuse connections, refuse messages, stay mute, are slow, ask for rest.
// Billing's rows change between two fetches. Each seed has its own mixture, some faults
// left out: a rare one is not hidden behind a frequent one that way (swarm testing:
// Groce, Zhang, Eide, Chen, Regehr, ISSTA 2012). After three minutes all faults end, and
// everything owed must be paid within half an hour.
//
// # Promises
//
// check_test.go keeps books of its own, and asks at every unit that is applied, at every
// receipt, effect and power cut, and at the end:
//
//   - acknowledged is stored: what a hub or a source was told is there, also after a power cut
//   - one order per key; numbers never change
//   - an amendment stays: no late retry brings back an older version
//   - a message counts once: copies of an urging are one urging
//   - one message is one unit: see below
//   - every version has its event, and the timeline replays to the stored order
//   - one holder writes under a lease: nothing is applied with an older token, of leases and lanes
//   - a checkpoint never precedes its orders; a run accounts for every row
//   - a message has its effect once; a lane goes in sequence; a result owed is delivered
//   - a crew is never over its cap
//   - liveness: it comes to rest
//
// *One message is one unit* is how "the second operation of a message is not stored" is
// meant here. Everything that a message leads to, its order, the load of a crew, what is
// owed, its line in the log, is one unit. Whoever hands it to the store as two operations
// stores the second although the first was known, stale or refused; the books of crews'
// loads and of their orders then differ. (That a SOAP body holds one operation only is
// adapters/soap's to see, and tested there.) The other reading, an operation executed a
// second time for the same message, is the promise that a message counts once.
//
// # Planted bugs
//
// flaws_test.go plants each mistake that the promises exclude, in the model of the store
// or between the real code and its ports, and TestPlantedBugsAreFound wants it found
// within 100 seeds, by the promise it breaks. A simulation that finds nothing may be
// blind; this one is shown to see.
//
// # How to read a failing seed
//
// The report names the seed, the promise and the last steps. A line is the time on the
// world's clock in seconds, the hub and its life ("h2.3": the third process of h2; empty:
// somebody outside), and what is about to happen; lines with a dot say what came of it.
// Run the seed alone for the whole trace, look for the order's number or reference, and
// read backwards from the end: who wrote last, under which token (t7), and what did he
// know? The trace holds no random ids. Change nothing else while you look: any other
// call draws other dice, and the run becomes another one.
//
// # What must hold for a run to be repeatable
//
//   - Between two ports the real code may not depend on which goroutine is faster. Where two
//     signals may be ready at once, a select chooses at random: code then asks ctx.Err, or
//     takes both. One step gives a signal once: of two, the second is lost or wakes again,
//     as it happens. What a goroutine about to start will change (its place in line) is
//     changed before it starts. TestTheSameSeedIsTheSameRun notices.
//   - No lock may be held over a port while another goroutine wants it: a goroutine that
//     waits for a sync.Mutex is not at rest for synctest, and the run hangs. assign's lock
//     is such a one; so each hub has two services of it, one for the sweep, one for batches.
//   - Chance is handed in (outbox.Options.Jitter).
//   - A claim gives one lane at a time (port_test.go), and a hub takes an order of its own
//     before it takes calls (hub_test.go): otherwise several goroutines would start
//     together and stand in line in an order that the runtime chooses.
//
// # Roads not taken
//
//   - *Step functions cut out of the loops* of outbox and pull, driven by actors of the
//     simulation: it would test what was cut out, not the loops, where the leases live.
//   - *GOMAXPROCS=1 and trust in the runtime's queues*: the runtime preempts by the wall
//     clock; a busy machine would make a seed another run.
//   - *The real stores in the bubble*: SQLite's file calls are not virtual time, and its own
//     goroutines would never be at rest. The model passes the same suite instead
//     (core/store/storetest), and cmd/tundish/crash kills the real thing.
//   - *A seed for crypto/rand* (testing/cryptotest): ids would be alike, but only one run
//     at a time. Nothing is decided by an id, so the trace leaves them out.
package sim
