// Package contract is an ordered model of WSDL 1.1 and the XML Schema inside
// it: what a contract says, in the order in which its author said it.
//
// It keeps what other readers of WSDL lose and tundish needs: choices and
// sequences nested in each other, facets, every documentation with its
// language, SOAP 1.2 bindings and addresses, and the place (file, line,
// column) of each declaration, so that a mistake can be pointed at.
//
//	defs, err := contract.Load(os.DirFS("wsdl"), "hotline/hotline.wsdl")
//	flat, err := defs.Flatten("HotlineHubService")
//	doc, err := flat.WSDL(contract.WriteOptions{SOAP12: true})
//	served := contract.WithAddress(doc, "https://hub.example/soap/hotline")
//
// Documents are read by the strict reader of wsdl/xml: a DTD, a second root or
// an undeclared prefix is an error here. xs:include is expanded where it
// stands; a file without a target namespace takes on that of the file that
// includes it. xs:import and wsdl:import are followed when they say where.
//
// What xs:redefine redefines stands under its name, and what it was before under another. What is merely
// wrong where nothing hangs on it is read over and kept as a doubt (Doubts).
package contract
