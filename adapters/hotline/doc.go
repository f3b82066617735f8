// Package hotline speaks the contract between a hotline and the hub; a website or an app
// is a system of its own on the same contract.
//
// NewEndpoint serves what the hotline calls: submit, amend, cancel, expedite, query,
// follow-up, answer to an extension. NewSink writes back: statuses, the closing of an
// order, its return, requests for more time. NewBooks reads the hotline's own books for reconciliation.
//
// What the contracts have in common is in adapters/standard; the wire is generated in
// wsdl/hotline and goes no further than this package.
package hotline
