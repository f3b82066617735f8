// Package outbox delivers what is owed to the systems that asked.
//
// The unit of delivery is a lane: one target and one order. Messages of a lane go
// in sequence; lanes never wait for each other. A lane is claimed under a lease with
// a fencing token, so a dead hub gives it back by itself and a slow one can no
// longer write. An attempt whose outcome is unknown is asked about before the
// message is sent again; a refused message is a dead letter that parks its lane
// until a person retries or skips it.
package outbox
