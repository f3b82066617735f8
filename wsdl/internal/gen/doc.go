// Command gen writes the Go code of the contracts: types with their encoders
// and decoders, clients, servers, and the flat WSDL that a server hands out.
//
//	go run ./wsdl/internal/gen            write everything anew
//	go run ./wsdl/internal/gen -verify    show what differs from what is there; exit 1 if anything does
//
// Every folder below wsdl/ with a .wsdl is a contract; one with only a .xsd is
// a vocabulary, whose types the contracts that include it share.
//
// The way of a contract through this program:
//
//  1. wsdl/contract reads it and everything it includes, and flattens it.
//  2. gowsdl generates Go from the flat document (plain.go). Its type, field,
//     method and constant names, its clients' methods and SOAPActions are taken
//     from what it wrote, by go/ast.
//  3. The pass (pass*.go) joins that with the contract's model, which knows what
//     gowsdl loses: occurrence, nil, facets, decimals, dates, choices, nested
//     sequences, the documentation of types. A name that the two do not agree
//     on stops the program.
//  4. The emitters (emit*.go) write three files: types_gen.go, encoding_gen.go
//     and service_gen.go, on top of wsdl/bind, wsdl/xml and wsdl/xsd, and the
//     documents in served/.
//
// What a contract uses that the pass cannot write is refused with its place in
// the contract: wildcards, lists, unions, repeated choices, defaults.
package main
