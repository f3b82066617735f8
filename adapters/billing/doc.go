// Package billing speaks the contract between billing and the hub.
//
// NewEndpoint serves what billing calls: submit, amend, cancel, query. NewSource pulls the
// scheduled meter replacements. NewSink closes replacements, removals and rechecks out,
// tells statuses, and passes on scrapped meters and corrected customer data. NewBooks
// reads billing's own books for reconciliation.
//
// What the contracts have in common is in adapters/standard; the wire is generated in
// wsdl/billing and goes no further than this package.
package billing
