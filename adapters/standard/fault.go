package standard

import (
	"errors"
	"slices"
	"strings"

	"tundish/adapters/soap"
	"tundish/core"
	"tundish/wsdl/vocabulary"
	"tundish/wsdl/xml"
)

// elements of the contracts that core calls otherwise.
var elements = map[string]string{
	"Place/ServicePoint": "Place/ServicePointNo",
	"satisfaction":       "Satisfaction",
	"remark":             "Remark",
}

// Under rewrites the field of a refusal to the path of the element in the request:
// core's Customer.Phone under Order is Order/Customer/Phone.
func Under(parent string, err error) error {
	var e *core.Error
	if !errors.As(err, &e) || e.Field == "" {
		return err
	}
	c := *e
	c.Field = strings.ReplaceAll(e.Field, ".", "/")
	if to, ok := elements[c.Field]; ok {
		c.Field = to
	}
	if parent != "" {
		c.Field = parent + "/" + c.Field
	}
	return &c
}

// spoken are the codes of refusals that the contracts list. Every other mistake of a
// caller is invalid_message.
var spoken = strings.Fields("required too_long unknown_type unknown_urgency unknown_code invalid_value outside_area attachment_refused " +
	"unknown_order number_mismatch no_follow_up unknown_satisfaction unknown_extension work_begun work_done ended")

// faultCode is the code of a refusal as the contracts list it.
func faultCode(e *core.Error) string {
	switch e.Kind {
	case core.Denied:
		return "not_authorised"
	case core.Unavailable, core.OutcomeUnknown:
		return "try_later"
	case core.Invalid, core.NotFound, core.Conflict:
		if slices.Contains(spoken, e.Code) {
			return e.Code
		}
		return "invalid_message"
	}
	return "internal"
}

// Detail is how an endpoint makes the typed detail of faults: operations are those of its
// contract, wrap turns the detail into the contract's own element.
func Detail(operations []soap.Operation, wrap func(*vocabulary.OrderFault) xml.Marshaler) func(*core.Error, string) xml.Marshaler {
	requests := make([]string, len(operations))
	for i, op := range operations {
		requests[i] = op.Request.Local
	}
	return func(e *core.Error, correlationID string) xml.Marshaler {
		field := e.Field
		if first, rest, _ := strings.Cut(field, "/"); slices.Contains(requests, first) {
			field = rest // the reader's paths begin with the request, those of the contract below it
		}
		return wrap(&vocabulary.OrderFault{
			Code: faultCode(e), Message: cut(e.Message, textLength), Field: Remark(field),
			CorrelationId: core.CutUTF16(correlationID, core.MaxID),
		})
	}
}

// Endpoint completes the options of a system's endpoint: what it is, its zone and language,
// room for the attachments that it may send, and its contract with the codes that hold.
func (s *System) Endpoint(o soap.EndpointOptions, h soap.Handler, detail func(*core.Error, string) xml.Marshaler) soap.EndpointOptions {
	o.System, o.Zone, o.Language, o.Detail = s.ID, s.Zone, s.Language, detail
	o.WSDL = s.Contract(h.WSDL)
	if o.Limits.Body == 0 {
		o.Limits.Body = s.Limits.MessageBytes*4/3 + 1<<20
	}
	return o
}
