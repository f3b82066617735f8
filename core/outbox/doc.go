// Package outbox delivers what is owed to the systems that asked.
//
// The unit of delivery is a lane: one target and one order. Messages of a lane go
// in sequence; lanes never wait for each other. A lane is claimed under a lease with
// a fencing token, so a dead hub gives it back by itself and a slow one can no
// longer write. An attempt whose outcome is unknown is asked about before the
// message is sent again; a refused message is a dead letter that parks its lane
// until a person retries or skips it.
//
// One courier serves one target:
//
//	store ──claim──► waiting ──gate──► calling ──► storing ──► next message of the lane, or done
//
// Lanes are claimed ahead of their turn, a slot is held for the call alone, and outcomes
// meet in the store's group commit while the slot already serves another lane. The next
// message of a lane leaves only when its predecessor's outcome is durable. Everything is
// bounded: lanes in hand, outcomes under way to the store, and how long a lane may wait
// before its lease would no longer cover a call, which is then given back.
//
// How many calls are made at a time follows the target (limiter). A target that fails
// again and again is left alone and probed with one lane at a time; one that asks to be
// left alone (Retry-After beside HTTP 429 or 503) is, for as long as it says (breaker).
// While it is, nothing is claimed, and a target that is away for a day costs a few reads
// and one attempt per probe. Hubs on one store share what they found out (shared.go).
//
// A hub that stops lets calls under way end, stores what came of them, and gives all
// other lanes back at once.
package outbox
