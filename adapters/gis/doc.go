// Package gis speaks the contract between the geographic information system and the hub.
//
// NewEndpoint serves what the GIS calls: patrol findings and crew positions. NewLocator
// finds the coordinate of an order by its service point, account, meter or address.
// NewSink gives coordinates and meters found on the spot back, and tells what became of
// findings. NewBooks reads the GIS's own books for reconciliation.
//
// What the contracts have in common is in adapters/standard; the wire is generated in
// wsdl/gis and goes no further than this package.
package gis
