package mapping

import (
	"errors"
	"strings"

	"tundish/core"
	"tundish/wsdl/xml"
)

// Contract is how an operation that they call is known on the wire.
type Contract struct {
	Action   string   // SOAPAction; "" where there is no WSDL
	Request  xml.Name // the element in the Body; without a WSDL its namespace may be any
	Response xml.Name // the element that answers; zero where there is none
	// Encoded: the contract writes this operation by SOAP's encoding rules; a message is to
	// be read through [Decode].
	Encoded bool
}

// Serves are the operations that they call on us, in the file's order.
func (m *Mapping) Serves() []*Inward {
	var all []*Inward
	for i := range m.File.Serve {
		if in := m.serves[m.File.Serve[i].Key]; in != nil {
			all = append(all, in)
		}
	}
	return all
}

// Asked is the operation that an element in a Body asks for.
func (m *Mapping) Asked(element xml.Name) (*Inward, bool) {
	for _, in := range m.Serves() {
		if in.Request.Local == element.Local && (in.Request.Space == "" || element.Space == "" || in.Request.Space == element.Space) {
			return in, true
		}
	}
	return nil, false
}

// CallsOut tells whether the system is ever called.
func (m *Mapping) CallsOut() bool {
	return len(m.Calls) > 0 || len(m.Pulls) > 0 || len(m.Locates) > 0
}

// Chooses tells whether the mapping may pass an order over.
func (in *Inward) Chooses() bool { return in.when != nil }

// Theirs says a refusal of the hub's in their words: the field that it names, such as
// Customer.Phone, becomes the path that the mapping reads it from.
func (in *Inward) Theirs(err error) error {
	var e *core.Error
	if !errors.As(err, &e) || e.Field == "" {
		return err
	}
	name := strings.ReplaceAll(strings.ToLower(e.Field), "_", "")
	switch name {
	case "externalref":
		name = "ref"
	case "refperiod":
		name = "period"
	}
	for _, f := range in.fields {
		if len(f.paths) > 0 && strings.ReplaceAll(strings.ReplaceAll(f.name, "_", ""), "/", ".") == name {
			c := *e
			c.Field = f.paths[0]
			return &c
		}
	}
	return err
}
