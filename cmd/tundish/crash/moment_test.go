package crash

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Moments at which the hub is killed. Whoever reaches one while it is wanted waits there
// until the hub is dead.
const (
	anyMoment = "any moment"
	starting  = "starting"           // up to 80 ms after its process began
	submitted = "submit sent"        // a caller hands it a message
	logged    = "change durable"     // it told in its log that a change is on disk; the answer is under way
	asked     = "page asked for"     // the source has the question
	served    = "page served"        // … and is about to answer
	confirmed = "receipt confirmed"  // a stored page is told to its source
	arrived   = "write-back arrived" // the target has the message and did nothing yet
	applied   = "write-back applied" // the target did it, its answer is not sent
)

// moments lets one goroutine wait for the others to reach a moment.
type moments struct {
	mu     sync.Mutex
	wanted string
	hit    chan struct{}
	over   chan struct{}
}

// await blocks until somebody reaches the moment, at most for d; reached tells whether.
// The one who did goes on after release.
func (m *moments) await(moment string, d time.Duration) (reached bool, release func()) {
	hit, over := make(chan struct{}), make(chan struct{})
	m.mu.Lock()
	m.wanted, m.hit, m.over = moment, hit, over
	m.mu.Unlock()
	select {
	case <-hit:
		reached = true
	case <-time.After(d):
	}
	return reached, func() {
		m.mu.Lock()
		m.wanted = ""
		m.mu.Unlock()
		close(over)
	}
}

// reach is called where a moment is. It returns at once unless the moment is wanted.
func (m *moments) reach(moment string) {
	if over := m.pass(moment); over != nil {
		<-over
	}
}

// pass is reach for those who must not be held up.
func (m *moments) pass(moment string) (over <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.wanted != moment {
		return nil
	}
	m.wanted = ""
	close(m.hit)
	return m.over
}

// around makes the moments of a simulated system: before it acts, and between its
// effect and its answer.
func (m *moments) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the hub was killed while it spoke
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		before, after := "", ""
		switch op := operation(body); {
		case op == "GetScheduledReplacements":
			before, after = asked, served
		case op == "ConfirmReceived":
			before = confirmed
		case !strings.HasPrefix(op, "Get") && !strings.HasPrefix(op, "List") && op != "":
			before, after = arrived, applied
		}
		if before != "" {
			m.reach(before)
		}
		next.ServeHTTP(&answering{ResponseWriter: w, first: func() {
			if after != "" {
				m.reach(after)
			}
		}}, r)
	})
}

// operation is the local name of the first element in the Body of an envelope, as the hub
// writes them.
func operation(envelope []byte) string {
	_, rest, ok := bytes.Cut(envelope, []byte("Body>"))
	if !ok {
		return ""
	}
	_, rest, ok = bytes.Cut(rest, []byte("<"))
	if !ok {
		return ""
	}
	name, _, _ := bytes.Cut(rest, []byte(" "))
	name, _, _ = bytes.Cut(name, []byte(">"))
	if _, local, ok := bytes.Cut(name, []byte(":")); ok {
		name = local
	}
	return string(name)
}

// answering calls first before the first byte of an answer.
type answering struct {
	http.ResponseWriter
	first func()
	begun bool
}

func (a *answering) begin() {
	if !a.begun {
		a.begun = true
		a.first()
	}
}

func (a *answering) WriteHeader(status int)      { a.begin(); a.ResponseWriter.WriteHeader(status) }
func (a *answering) Write(p []byte) (int, error) { a.begin(); return a.ResponseWriter.Write(p) }
func (a *answering) Unwrap() http.ResponseWriter { a.begin(); return a.ResponseWriter }
