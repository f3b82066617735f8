package soap

import (
	"bytes"
	"context"
	"net/http"
)

// Replay handles a message that was kept as if it came again, and gives the answer and
// why it, or the first refused order in it, was refused, if one was. charset is the one it came in, operation what it asked for.
// The endpoint must ask for no credentials: those of a kept message were cut out.
func (e *Endpoint) Replay(ctx context.Context, operation string, message []byte, charset string) (answer []byte, refused error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "/", bytes.NewReader(message))
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
	kept := &kept{header: http.Header{}}
	refused = e.post(kept, r)
	return kept.body.Bytes(), refused
}

// kept is an answer that goes nowhere.
type kept struct {
	header http.Header
	body   bytes.Buffer
}

func (k *kept) Header() http.Header         { return k.header }
func (k *kept) Write(b []byte) (int, error) { return k.body.Write(b) }
func (k *kept) WriteHeader(int)             {}
