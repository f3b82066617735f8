package soap

import (
	"io"
	"net/http"
	"strings"
	"time"
)

// Many callers send a whole message before they look for an answer. Closing under their
// hands resets the connection, and they see a broken pipe in place of the fault. So the
// rest of a message that was refused unread is taken in and thrown away, within bounds.

const mostDrained = 64 << 20

// drained is how many bytes of a refused body are read beyond what was read of it.
func (l Limits) drained() int64 {
	if l.Body > mostDrained/4 {
		return mostDrained
	}
	return 4 * l.Body
}

// fullDuplex lets the rest of the body be read after the answer has been written: callers
// that do look meanwhile stop sending.
func (v *visit) fullDuplex() {
	// Where this is not supported, as in HTTP/2, streams end without a reset of the others.
	_ = http.NewResponseController(v.w).EnableFullDuplex()
}

// drain reads what the caller still sends after a fault that closes the connection, for
// ReadTime at most.
func (v *visit) drain() {
	f := v.x.Fault
	switch {
	case f == nil || !f.closes || f.Status == http.StatusRequestTimeout:
		return // read to its end, or too slow already
	case v.r.Body == nil, len(v.body) == 0 && strings.EqualFold(v.r.Header.Get("Expect"), "100-continue"):
		return // the caller waits for leave to send, and has been told no
	}
	if http.NewResponseController(v.w).SetReadDeadline(time.Now().Add(v.e.o.Limits.ReadTime)) != nil {
		return // without a bound in time nobody is waited for
	}
	io.CopyN(io.Discard, v.r.Body, v.e.o.Limits.drained())
}
