// Package soap carries messages: it serves contracts over SOAP 1.1 and 1.2, and calls the
// services of others. It knows envelopes, headers, faults, charsets and HTTP; what a Body
// means is its handler's or its caller's business.
//
// # Serving
//
// An [Endpoint] serves one system's contract, a [Server] hands requests to endpoints by
// path. One message asks for exactly one operation, named by the first element of its
// Body; the SOAPAction, in whatever form, only breaks a tie. The whole envelope is read to
// its end and checked before the operation runs: whatever is refused has done nothing. Once
// running, an operation is not ended by its caller's hanging up: old callers close their half of the
// connection as soon as they have sent.
//
// Faults have HTTP status 500 in SOAP 1.1; in 1.2 it is 400 for Sender and 500 for
// Receiver. Only where HTTP itself was the trouble is it another: 401 (HTTP Basic), 404 (no
// such system), 408 (too slow), 413 (too large), 415 (media type or encoding), 400 (did not arrive
// whole, or is not the gzip it claims to be). What a caller still sends of a message refused
// unread is taken in for a while, so that the fault reaches callers that send before they read. The code follows from the kind of the error:
//
//	core.Invalid, NotFound, Conflict, Denied       Client, the error's own text
//	core.Unavailable, OutcomeUnknown               Server, the error's text if it has one in two languages
//	core.Internal and every other error, panics    Server, and nothing but the correlation id
//	*xml.Error                                     Client, with line, column and path
//	a FaultDetailer without a core.Error           Client, its own text and detail
//	a *Fault made by the handler                   as it is
//	a *Fault that a Client received                by the kind of the *core.Error around it, else as Internal
//
// Every text is in the system's language and ends in the correlation id, which is the
// message's wsa:MessageID or made up. Faults that concern the Body carry a typed detail, and
// so do those about credentials, because contracts promise not_authorised; those about the envelope
// and its other headers carry none, as SOAP 1.1 demands. The
// code in a detail is the business's own, or one of the four that every contract has:
// invalid_message, not_authorised, try_later, internal.
//
// Messages are kept by a [MessageLog], with passwords cut out; the zap log tells codes, fields
// and ids, and of errors only words that quote no message.
//
// # Calling
//
// A [Client] calls one target; it is the Caller of generated clients. A fault is known by
// the Body, whatever the HTTP status, and becomes a [*Fault]. All else that goes wrong becomes
// a [*CallError]. Both unwrap to a *core.Error, whose kind decides what may be done next:
//
//	no connection, TLS refused, nothing handed to it   Unavailable: certainly not acted upon
//	HTTP 503, 429, 404 and their like                  Unavailable: nobody acted upon it
//	HTTP 401, 403                                      Denied
//	HTTP 400, 413, 415                                 Invalid
//	handed to a connection, then time-out or reset     OutcomeUnknown
//	HTTP 500, 502, 504 without a SOAP message          OutcomeUnknown
//	HTTP 200 with HTML, nothing, half, or garbage      OutcomeUnknown
//	fault Client, VersionMismatch, MustUnderstand      Invalid
//	fault of WS-Security                               Denied
//	fault Server, or with a code of its own            Unavailable: the target says it did not do it
//
// The last row takes targets at their word. For one that cannot be, and for those whose
// codes mean something else, [ClientOptions].Kind decides.
package soap
