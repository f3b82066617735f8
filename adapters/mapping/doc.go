// Package mapping says in YAML what a foreign contract means, so that a system that cannot
// change is connected without code.
//
// [Load] reads a mapping file: an administrator's table, checked whole. An [Inward] reads what
// they call on us: the paths of an order are laid into one tree, which is walked beside the
// strict reader, so that a message is never held as a whole and its orders come one by one.
//
// In the outward half a [Call] names, for each place of a message of theirs, the value
// of ours that stands there, and how to tell from the answer whether it took effect. [Compile]
// checks it against the contract (package shape), which also decides the order, the namespaces
// and what must be there; all mistakes come together, with their places. [Decode] makes a
// Body by SOAP's encoding rules (multiRef, arrays, xsi:type) one that reads like any other.
package mapping
