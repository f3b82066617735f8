package soap

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// settled waits until no more than n goroutines are left.
func settled(t *testing.T, n int) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for runtime.NumGoroutine() > n {
		select {
		case <-tick.C:
		case <-deadline:
			buf := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d at the beginning:\n%s", runtime.NumGoroutine(), n, buf[:runtime.Stack(buf, true)])
		}
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	http.DefaultClient.CloseIdleConnections()
	replier.CloseIdleConnections()
	before := runtime.NumGoroutine()
	t.Run("calls of every kind", func(t *testing.T) {
		f := serve(t, func(o *EndpointOptions) { o.Limits.ReadTime = 20 * time.Millisecond })
		hang := target(t, func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body); <-r.Context().Done() })
		half := target(t, brokenOff(answerXML("x")))
		for range 20 {
			for url, change := range map[string]func(*ClientOptions){
				f.url:         nil,
				f.url + "/no": nil,
				half:          nil,
				hang:          func(o *ClientOptions) { o.Timeouts.Whole = 5 * time.Millisecond },
			} {
				client(t, url, change).echo(t.Context(), "x")
			}
			talk(t, f, false, rawHead+"Content-Length: 100\r\n\r\n<s:Envelope")
		}
	})
	settled(t, before)
}

// What the log or a handler has taken hold of must not change when later messages come.
func TestLoggedBytesStayAsTheyWere(t *testing.T) {
	f := serve(t, nil)
	c := client(t, f.url, func(o *ClientOptions) { o.Log = new(memoryLog); o.Charset = "GBK" })
	var wg sync.WaitGroup
	const callers, calls = 8, 50
	for i := range callers {
		wg.Go(func() {
			for k := range calls {
				text := fmt.Sprintf("表-%d-%d-", i, k)
				if out, err := c.echo(context.Background(), text+strings.Repeat("y", k*20)); err != nil || !strings.HasPrefix(out.Text, text) {
					t.Errorf("%q, %v", out.Text, err)
				}
			}
		})
	}
	wg.Wait()
	own := c.o.Log.(*memoryLog)
	f.log.last(t, callers*calls)
	for name, l := range map[string]*memoryLog{"endpoint": f.log, "client": own} {
		seen := map[string]bool{}
		for i := range l.in {
			in, out := l.in[i], l.out[i]
			for _, b := range [][]byte{in, out} {
				e, fault := reply{body: string(b)}.answer(t)
				if fault != nil || !strings.HasPrefix(e.Text, "表-") {
					t.Fatalf("%s: message %d was overwritten: %s", name, i, b)
				}
				if string(b) == string(in) {
					if seen[e.Text] {
						t.Fatalf("%s: %s logged twice", name, e.Text)
					}
					seen[e.Text] = true
				}
			}
		}
	}
}
