package soap

import "tundish/wsdl/xml"

// Version is a version of SOAP. Endpoints take both, whatever their WSDL says, and
// answer in the one that came.
type Version uint8

const (
	SOAP11 Version = iota
	SOAP12
)

// The namespaces of envelopes and of the headers that the runtime understands.
const (
	Envelope11 = "http://schemas.xmlsoap.org/soap/envelope/"
	Envelope12 = "http://www.w3.org/2003/05/soap-envelope"

	addressing10 = "http://www.w3.org/2005/08/addressing"
	addressing04 = "http://schemas.xmlsoap.org/ws/2004/08/addressing"

	securitySpace  = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
	utilitySpace   = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
	tokenProfile   = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0"
	base64Encoding = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
)

// Space is the namespace of the version's envelope.
func (v Version) Space() string {
	if v == SOAP12 {
		return Envelope12
	}
	return Envelope11
}

// String names the version as people do: "1.1" or "1.2".
func (v Version) String() string {
	if v == SOAP12 {
		return "1.2"
	}
	return "1.1"
}

func (v Version) mediaType() string {
	if v == SOAP12 {
		return "application/soap+xml"
	}
	return "text/xml"
}

// versionOf finds the version of an envelope's namespace.
func versionOf(space string) (Version, bool) {
	switch space {
	case Envelope11:
		return SOAP11, true
	case Envelope12:
		return SOAP12, true
	}
	return SOAP11, false
}

// forUs reports whether a header block of the version is addressed to the node that
// receives it: no actor or role, "next", or "ultimateReceiver".
func (v Version) forUs(r *xml.Reader) bool {
	if v == SOAP11 {
		actor, ok := r.Attr(Envelope11, "actor")
		return !ok || actor == "" || actor == "http://schemas.xmlsoap.org/soap/actor/next"
	}
	role, ok := r.Attr(Envelope12, "role")
	return !ok || role == "" || role == Envelope12+"/role/next" || role == Envelope12+"/role/ultimateReceiver"
}

// mandatory reports whether the current header block says mustUnderstand.
func (v Version) mandatory(r *xml.Reader) bool {
	must, _ := r.Attr(v.Space(), "mustUnderstand")
	return must == "1" || must == "true"
}
