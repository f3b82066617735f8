package soap

import (
	"bytes"
	"context"
	"net/http"
	"time"
)

// Replay handles a message that was kept as if it came again, and gives the answer and
// why it, or the first refused order in it, was refused, if one was. charset is the one it came in, operation what it asked for.
// kept is when it first came, for [Exchange.Kept].
// The endpoint must ask for no credentials: those of a kept message were cut out.
func (e *Endpoint) Replay(ctx context.Context, operation string, message []byte, charset string, kept time.Time) (answer []byte, refused error) {
	r, err := http.NewRequestWithContext(context.WithValue(ctx, keptKey{}, kept), http.MethodPost, "/", bytes.NewReader(message))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "text/xml; charset="+charset)
	for _, op := range e.ops {
		if op.Name == operation && op.Action != "" {
			r.Header.Set("SOAPAction", `"`+op.Action+`"`)
		}
	}
	r.RemoteAddr = "replay"
	answered := &unsent{header: http.Header{}}
	refused = e.post(answered, r)
	return answered.body.Bytes(), refused
}

// Proved tells of a message in the log whether its sender had proved who he is when it came, by the operation
// that it has there and why it was refused. Credentials are asked for before the operation is looked for; a nonce
// that came twice is found after that.
func Proved(operation, refused string) bool {
	switch refused {
	case "unknown_operation", "empty_body":
		return true
	case "replayed":
		return false
	}
	return operation != ""
}

// keptKey is where a request holds when it first came.
type keptKey struct{}

// unsent is an answer that is only looked at.
type unsent struct {
	header http.Header
	body   bytes.Buffer
}

func (k *unsent) Header() http.Header         { return k.header }
func (k *unsent) Write(b []byte) (int, error) { return k.body.Write(b) }
func (k *unsent) WriteHeader(int)             {}
