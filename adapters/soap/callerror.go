package soap

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"tundish/core"
)

// CallError is a call that ended without a SOAP answer. It unwraps to a *core.Error whose
// kind says whether the call may be repeated, and that to the cause.
type CallError struct {
	System     core.SystemID
	Operation  string
	Sent       bool          // at least a part of the request had been handed to the network
	Status     int           // HTTP status, 0 when no answer came
	RetryAfter time.Duration // that the target asked for; 0 when it did not
	What       string        // what happened, in one phrase
	Err        error         // a *core.Error
}

func (e *CallError) Error() string {
	s := fmt.Sprintf("call %s of %s: %s", e.Operation, e.System, e.What)
	if k, ok := e.Err.(*core.Error); ok {
		s += " (" + k.Kind.String() + ")"
		if k.Err != nil {
			s += ": " + k.Err.Error()
		}
	}
	return s
}

func (e *CallError) Unwrap() error { return e.Err }

// sortStatus gives the kind of an answer that is no SOAP message by its HTTP status:
//
//	401, 403             Denied         the server in front turned us away
//	400, 413, 414, 415   Invalid        it did not like the message, and will not
//	other 3xx and 4xx    Unavailable    wrong address, wrong time: nobody acted on it
//	429, 503             Unavailable    it says itself that it did not
//	501, 505             Unavailable    no SOAP server at all
//	other 5xx            OutcomeUnknown it broke while acting on it, or a proxy lost the answer
//	2xx                  OutcomeUnknown it did something and did not say what
func sortStatus(status int) core.Kind {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return core.Denied
	case status == http.StatusBadRequest, status == http.StatusRequestEntityTooLarge, status == http.StatusRequestURITooLong, status == http.StatusUnsupportedMediaType:
		return core.Invalid
	case status >= 300 && status < 500, status == http.StatusServiceUnavailable, status == http.StatusNotImplemented, status == http.StatusHTTPVersionNotSupported:
		return core.Unavailable
	}
	return core.OutcomeUnknown
}

// sortFault gives the kind of a fault by its code: the sender's mistakes are refusals, a
// failed authentication is Denied, everything else may pass when tried again.
func sortFault(f *Fault) core.Kind {
	switch {
	case f.Subcode.Space == securitySpace, f.Subcode.Local == "Client.Authentication":
		return core.Denied
	case f.Code == CodeServer || f.Code == "":
		return core.Unavailable
	}
	return core.Invalid
}

// retryAfter reads a Retry-After: seconds, or an HTTP date. More than a day is cut to one.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if v == "" {
		return 0
	}
	var d time.Duration
	if s, err := strconv.ParseInt(v, 10, 32); err == nil {
		d = time.Duration(s) * time.Second
	} else if at, err := http.ParseTime(v); err == nil {
		d = at.Sub(now)
	}
	return min(max(d, 0), 24*time.Hour)
}
