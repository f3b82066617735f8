// Package standard is what the hub's own contracts have in common: it converts between
// the types of wsdl/vocabulary and the nouns of core, in the ways of one system.
//
// The ways of a system are its [System]: zone, codes, coordinates, limits, language. Every
// conversion is a method of it, so that nothing can be converted without knowing whose
// it is. What comes in and cannot be right is refused with a *core.Error that names the
// element and says what is allowed; what goes out is cut and translated to what the
// contract takes.
//
// Beside the conversions stand the halves of the ports that do not depend on a contract:
// [Receiver] for what all hubs serve, [Deliver] and [Ask] for how an answer to a
// write-back is understood, [Page] for pulled pages of which one item may be bad,
// [Books] for reconciliation. The packages hotline, billing, newconnection and gis add
// their operations and nothing else.
package standard
