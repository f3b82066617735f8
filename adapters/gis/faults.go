package gis

import (
	"tundish/adapters/soap"
	"tundish/adapters/standard"
	"tundish/core"
	wire "tundish/wsdl/gis"
	"tundish/wsdl/vocabulary"
	"tundish/wsdl/xml"
)

// detail makes the typed detail of a fault that the hub answers with.
func detail(operations []soap.Operation) func(*core.Error, string) xml.Marshaler {
	return standard.Detail(operations, func(f *vocabulary.OrderFault) xml.Marshaler { return (*wire.OrderFault)(f) })
}

// fault gives the typed detail of a fault that the hub was answered with, or nil.
func fault(detail any) *vocabulary.OrderFault {
	f, _ := detail.(*wire.OrderFault)
	return (*vocabulary.OrderFault)(f)
}
