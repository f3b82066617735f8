package soap

import (
	"context"
	"time"

	"tundish/wsdl/xml"
)

// holdUntilCallerLeft makes an operation that waits until net/http has noticed that the
// caller is gone, and reports whether its context survived that.
func holdUntilCallerLeft(entered chan<- struct{}, done chan<- error) func(context.Context, *echo) (xml.Marshaler, error) {
	return func(ctx context.Context, in *echo) (xml.Marshaler, error) {
		close(entered)
		select {
		case <-ctx.Done():
			done <- ctx.Err()
		case <-time.After(200 * time.Millisecond): // net/http reads ahead: it notices within microseconds
			done <- nil
		}
		return &echo{Local: "EchoResponse", Text: in.Text}, nil
	}
}
