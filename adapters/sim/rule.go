package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kind is a way to go wrong.
type Kind string

// Kinds ending in -after process the message first: its effect stays, its answer is
// lost. The others have done nothing.
const (
	Slow             Kind = "slow"               // answers after Delay, real time
	Status500        Kind = "status500"          // HTTP 500 with an HTML page
	Status500After   Kind = "status500-after"    //
	Unavailable      Kind = "unavailable"        // HTTP 503
	Timeout          Kind = "timeout"            // never answers, until the caller gives up
	TimeoutAfter     Kind = "timeout-after"      //
	Reset            Kind = "reset"              // resets the connection
	ResetAfter       Kind = "reset-after"        //
	Garbage          Kind = "garbage"            // HTTP 200 with bytes that are no XML
	GarbageAfter     Kind = "garbage-after"      //
	Truncated        Kind = "truncated"          // processes, then sends half of the answer
	DuplicateAck     Kind = "duplicate-ack"      // processes, then says that it was done before
	Later            Kind = "later"              // answers Accepted = false: books are closed
	Refuse           Kind = "refuse"             // refuses with a fault of the business
	InternalFault    Kind = "internal-fault"     // SOAP fault Server, nothing done
	defaultDelay          = 2 * time.Second      // of Slow
	defaultRetryWait      = 30 * time.Second     // of Later
	defaultRefusal        = "conflicting_result" // code of Refuse
)

// Kinds lists every way to go wrong.
func Kinds() []Kind {
	return []Kind{Slow, Status500, Status500After, Unavailable, Timeout, TimeoutAfter, Reset, ResetAfter,
		Garbage, GarbageAfter, Truncated, DuplicateAck, Later, Refuse, InternalFault}
}

// processes tells that the message takes effect before things go wrong.
func (k Kind) processes() bool {
	switch k {
	case Slow, Truncated, DuplicateAck:
		return true
	}
	return strings.HasSuffix(string(k), "-after")
}

// Rule makes messages go wrong. The zero value of a field but Kind does not narrow it.
type Rule struct {
	Kind Kind `json:"kind"`
	// P is the probability with which a message that fits is struck, 0 to 1; absent: 1.
	P *float64 `json:"p,omitempty"`
	// Ops are operations, by name.
	Ops []string `json:"ops,omitempty"`
	// System narrows it to one of two systems in a process.
	System string `json:"system,omitempty"`
	// From and To bound the time of day, "14:00" to before "15:00", or instants in the form
	// of RFC 3339, on the simulator's clock. A From after To runs over midnight.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	// Count is how often it strikes at most.
	Count int `json:"count,omitempty"`
	// Delay of slow (default 2s) and RetryAfter of later (default 30s), e.g. "500ms".
	Delay string `json:"delay,omitempty"`
	// Code of refuse; default conflicting_result.
	Code string `json:"code,omitempty"`
}

// ParseRule reads a rule written as a flag: the kind, then parts joined by colons.
//
//	timeout-after:p=0.2:op=CompleteReplacement:from=14:00:to=15:00
//	slow:d=500ms
//	refuse:code=implausible_reading:op=CompleteReplacement|CompleteRecheck:n=1
//
// Parts: p probability, op operations joined by |, system, from, to, n how often at most,
// d delay, code.
func ParseRule(s string) (Rule, error) {
	parts := strings.Split(s, ":")
	r := Rule{Kind: Kind(strings.TrimSpace(parts[0]))}
	for i := 1; i < len(parts); {
		key, value, ok := strings.Cut(parts[i], "=")
		if !ok {
			return r, fmt.Errorf("fault %q: %q is no part; write key=value with p, op, system, from, to, n, d or code", s, parts[i])
		}
		// What has no = belongs to the value before: 14:00.
		for i++; i < len(parts) && !strings.Contains(parts[i], "="); i++ {
			value += ":" + parts[i]
		}
		if err := r.set(strings.TrimSpace(key), value); err != nil {
			return r, fmt.Errorf("fault %q: %w", s, err)
		}
	}
	if _, err := compile(r); err != nil {
		return r, fmt.Errorf("fault %q: %w", s, err)
	}
	return r, nil
}

func (r *Rule) set(key, value string) error {
	var err error
	switch key {
	case "p":
		var p float64
		p, err = strconv.ParseFloat(value, 64)
		r.P = &p
	case "op":
		r.Ops = strings.Split(value, "|")
	case "system":
		r.System = value
	case "from":
		r.From = value
	case "to":
		r.To = value
	case "n":
		r.Count, err = strconv.Atoi(value)
	case "d":
		r.Delay = value
	case "code":
		r.Code = value
	default:
		return fmt.Errorf("unknown part %q; known are p, op, system, from, to, n, d, code", key)
	}
	if err != nil {
		return fmt.Errorf("%s=%s is no number", key, value)
	}
	return nil
}

// compiled is a rule ready to be held against messages.
type compiled struct {
	Rule
	p        float64
	delay    time.Duration
	from, to moment
	hits     int
}

func compile(r Rule) (*compiled, error) {
	c := &compiled{Rule: r, p: 1, delay: defaultDelay}
	if !slices.Contains(Kinds(), r.Kind) {
		return nil, fmt.Errorf("kind %q is not known; known are %v", r.Kind, Kinds())
	}
	if r.Kind == Later {
		c.delay = defaultRetryWait
	}
	if r.P != nil {
		c.p = *r.P
	}
	if !(c.p >= 0 && c.p <= 1) {
		return nil, fmt.Errorf("p=%v: a probability is 0 to 1", c.p)
	}
	if r.Count < 0 {
		return nil, fmt.Errorf("n=%d: a count is 1 or more, or left out", r.Count)
	}
	if c.Code == "" {
		c.Code = defaultRefusal
	}
	var err error
	if r.Delay != "" {
		if c.delay, err = time.ParseDuration(r.Delay); err != nil || c.delay < 0 {
			return nil, fmt.Errorf("d=%s: write a duration such as 500ms or 2s", r.Delay)
		}
	}
	if c.from, err = parseMoment("from", r.From); err != nil {
		return nil, err
	}
	if c.to, err = parseMoment("to", r.To); err != nil {
		return nil, err
	}
	return c, nil
}

// moment is a time of day, or an instant.
type moment struct {
	set    bool
	at     time.Time // zero for a time of day
	minute int       // after midnight
}

func parseMoment(key, s string) (moment, error) {
	if s == "" {
		return moment{}, nil
	}
	if at, err := time.Parse(time.RFC3339, s); err == nil {
		return moment{set: true, at: at}, nil
	}
	at, err := time.Parse("15:04", s)
	if err != nil {
		return moment{}, fmt.Errorf("%s=%s: write a time of day such as 14:00, or an instant such as 2026-05-11T14:00:00+08:00", key, s)
	}
	return moment{set: true, minute: at.Hour()*60 + at.Minute()}, nil
}

// passed tells that now is at m or after it.
func (m moment) passed(now time.Time) bool {
	if !m.at.IsZero() {
		return !now.Before(m.at)
	}
	return now.Hour()*60+now.Minute() >= m.minute
}

// in tells that now, in the city's zone, lies from c.from to before c.to.
func (c *compiled) in(now time.Time) bool {
	after := !c.from.set || c.from.passed(now)
	before := !c.to.set || !c.to.passed(now)
	if c.from.set && c.to.set && c.from.at.IsZero() && c.to.at.IsZero() && c.from.minute > c.to.minute {
		return after || before
	}
	return after && before
}

// fits tells that the rule is meant for a message. What only an acknowledgement can say
// is not for reading calls.
func (c *compiled) fits(system, op string, now time.Time) bool {
	if c.Count > 0 && c.hits >= c.Count || c.System != "" && c.System != system {
		return false
	}
	if len(c.Ops) > 0 && !slices.Contains(c.Ops, op) {
		return false
	}
	if (c.Kind == DuplicateAck || c.Kind == Later) && reads(op) {
		return false
	}
	return c.in(now)
}

func reads(op string) bool {
	return strings.HasPrefix(op, "Get") || strings.HasPrefix(op, "List") || op == "Geocode"
}
