// Package newconnection speaks the contract between the applications for new connections
// and the hub.
//
// NewEndpoint serves what the system calls: submit an installation, amend, cancel, query.
// NewSource pulls the pending installations. NewSink closes installations out, so that the
// account can be opened, and tells statuses and returns. NewBooks reads the system's
// own books for reconciliation.
//
// What the contracts have in common is in adapters/standard; the wire is generated in
// wsdl/newconnection and goes no further than this package.
package newconnection
