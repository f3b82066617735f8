package sim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"tundish/adapters/soap"
	"tundish/core"
	"tundish/wsdl/xml"
)

// Faults decides which messages go wrong, and how. It is safe for concurrent use.
type Faults struct {
	clock core.Clock
	zone  *time.Location

	mu    sync.Mutex
	rand  *rand.Rand
	rules []*compiled
}

// NewFaults makes faults without rules. The seed decides whom a probability strikes.
func NewFaults(clock core.Clock, zone *time.Location, seed uint64) *Faults {
	return &Faults{clock: clock, zone: zone, rand: rand.New(rand.NewPCG(seed, 0x6661_756c))}
}

// Set puts rules in the place of those in force; nothing changes when one is wrong.
func (f *Faults) Set(rules []Rule) error {
	made := make([]*compiled, len(rules))
	for i, r := range rules {
		var err error
		if made[i], err = compile(r); err != nil {
			return fmt.Errorf("rule %d: %w", i+1, err)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = made
	return nil
}

// Struck is a rule and how often it struck.
type Struck struct {
	Rule
	Hits int `json:"hits"`
}

// Rules lists the rules in force.
func (f *Faults) Rules() []Struck {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := make([]Struck, len(f.rules))
	for i, c := range f.rules {
		list[i] = Struck{c.Rule, c.hits}
	}
	return list
}

// strike chooses what becomes of a message; nil: nothing happens to it. The first rule
// that fits and whose dice fall decides.
func (f *Faults) strike(system, op string) *compiled {
	now := f.clock.Now().In(f.zone)
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.rules {
		if c.fits(system, op, now) && (c.p >= 1 || f.rand.Float64() < c.p) {
			c.hits++
			struck := *c
			return &struck
		}
	}
	return nil
}

// The fate of one message: the handler chooses it, because it knows the operation, the
// middleware carries it out, because it has the connection.
type fate struct{ rule *compiled }

type fateKey struct{}

func fateOf(ctx context.Context) *compiled {
	if f, ok := ctx.Value(fateKey{}).(*fate); ok {
		return f.rule
	}
	return nil
}

// struckBy tells whether the message goes wrong in that way.
func struckBy(ctx context.Context, k Kind) *compiled {
	if c := fateOf(ctx); c != nil && c.Kind == k {
		return c
	}
	return nil
}

// Handler is a contract whose messages go wrong.
type Handler struct {
	soap.Handler
	faults *Faults
	system core.SystemID
}

// Around puts f around a contract that system serves.
func (f *Faults) Around(system core.SystemID, h soap.Handler) *Handler {
	return &Handler{Handler: h, faults: f, system: system}
}

// Decode reads the request as the contract does; the fate strikes when the call is made.
func (h *Handler) Decode(name xml.Name, r *xml.Reader) (func(context.Context) (xml.Marshaler, error), error) {
	call, err := h.Handler.Decode(name, r)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (xml.Marshaler, error) {
		rule := h.faults.strike(string(h.system), name.Local)
		if rule == nil {
			return call(ctx)
		}
		f, ok := ctx.Value(fateKey{}).(*fate)
		if !ok {
			return nil, core.Because(core.Internal, "internal", fmt.Errorf("%s is not served through Middleware, so %s cannot strike it", name.Local, rule.Kind))
		}
		f.rule = rule
		switch {
		case rule.Kind == Refuse:
			return nil, core.Fail(core.Conflict, rule.Code, "", "refused on demand of a fault rule", "按故障规则拒绝")
		case rule.Kind == InternalFault:
			return nil, core.Because(core.Internal, "internal", errors.New("an internal error on demand of a fault rule"))
		case rule.Kind == Later, rule.Kind.processes():
			return call(ctx)
		}
		return nil, nil // the middleware has something else in the place of this answer
	}, nil
}

// longestSilence is how long a caller is kept waiting who never gives up, real time.
const longestSilence = 5 * time.Minute

// Middleware carries out what the handlers inside chose.
func (f *Faults) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		chosen := new(fate)
		kept := &keptAnswer{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(kept, r.WithContext(context.WithValue(r.Context(), fateKey{}, chosen)))
		rule := chosen.rule
		if rule == nil {
			kept.send()
			return
		}
		switch rule.Kind {
		case Slow:
			if wait(r.Context(), rule.delay) {
				kept.send()
			}
		case Status500, Status500After:
			clear(w.Header())
			page(w, http.StatusInternalServerError, "Server Error in '/' Application.")
		case Unavailable:
			clear(w.Header())
			w.Header().Set("Retry-After", "1")
			page(w, http.StatusServiceUnavailable, "Service Unavailable")
		case Timeout, TimeoutAfter:
			wait(r.Context(), longestSilence)
			panic(http.ErrAbortHandler)
		case Reset, ResetAfter:
			reset(w)
		case Garbage, GarbageAfter:
			kept.body.Reset()
			kept.body.WriteString("\x00\x1f\xfeOK <<<&;" + "\xff\xff")
			kept.status = http.StatusOK
			kept.send()
		case Truncated:
			kept.truncate()
		default: // what the handler did is all
			kept.send()
		}
	})
}

// wait is over after d of real time, or with false when the caller has gone.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// page answers as web servers do when nobody is at home.
func page(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<html><head><title>%s</title></head><body><h1>%s</h1></body></html>", text, text)
}

// reset ends the connection with an RST in place of an answer.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	conn.Close()
}

// keptAnswer holds an answer back until its fate is known.
type keptAnswer struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (k *keptAnswer) WriteHeader(status int)      { k.status = status }
func (k *keptAnswer) Write(p []byte) (int, error) { return k.body.Write(p) }
func (k *keptAnswer) Unwrap() http.ResponseWriter { return k.ResponseWriter }
func (k *keptAnswer) send()                       { k.write(k.body.Bytes()) }
func (k *keptAnswer) write(body []byte) {
	k.Header().Set("Content-Length", strconv.Itoa(k.body.Len()))
	k.ResponseWriter.WriteHeader(k.status)
	k.ResponseWriter.Write(body) // a caller that is gone gets nothing, and needs nothing
}

// truncate promises the whole answer, sends half and hangs up.
func (k *keptAnswer) truncate() {
	k.write(k.body.Bytes()[:k.body.Len()/2])
	http.NewResponseController(k.ResponseWriter).Flush()
	panic(http.ErrAbortHandler)
}
