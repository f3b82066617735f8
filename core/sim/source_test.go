package sim_test

import (
	"context"
	"fmt"
	"time"

	"tundish/core"
	"tundish/core/intake"
)

// giveUpAfter is how long a caller waits for an answer before it sends again.
const giveUpAfter = 8 * time.Second

// errLost is what a caller sees of a call that had no answer.
var errLost = core.Fail(core.OutcomeUnknown, "no_answer", "", "no answer came", "无应答")

// remote sends a message to some hub over a network that loses requests and answers and
// doubles messages; a double may arrive long after. work runs in the hub.
func remote[T any](w *world, what string, work func(context.Context, *hub) (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	answers := make(chan answer, 2)
	d := w.yield(nil, "send "+what)
	w.calls++
	id := w.calls
	what = fmt.Sprintf("%s call %d", what, id)
	copies := []time.Duration{0}
	if d.chance(w.faults.requestLost) {
		d.note("request lost")
		copies = nil
	}
	if d.chance(w.faults.doubled) {
		late := d.span(0, 90*time.Second)
		d.note("a copy arrives in %s", late.Round(time.Second))
		copies = append(copies, late)
	}
	for i, late := range copies {
		w.wg.Go(func() {
			if late > 0 && w.pause(late) {
				return
			}
			d := w.yield(nil, fmt.Sprintf("arrive %s copy %d", what, i))
			h := w.anyHub(d)
			if h == nil || w.ended() {
				return // no hub listens: connection refused, which a caller takes for a loss
			}
			d.note("at %s", h.life)
			l := h.life
			v, err := work(withTask(l.ctx, fmt.Sprintf("call %d copy %d", id, i)), h)
			d = w.yield(nil, fmt.Sprintf("answer %s copy %d", what, i))
			if l.dead.Load() || d.chance(w.faults.replyLost) {
				d.note("answer lost")
				return
			}
			if err != nil {
				d.note("%s %s", core.KindOf(err), core.CodeOf(err))
			}
			answers <- answer{v, err}
		})
	}
	t := time.NewTimer(giveUpAfter)
	defer t.Stop()
	select {
	case a := <-answers:
		w.yield(nil, "got "+what)
		return a.value, a.err
	case <-t.C:
	case <-w.quit:
	}
	w.yield(nil, "gave up on "+what)
	var none T
	return none, errLost
}

func (w *world) ended() bool {
	select {
	case <-w.quit:
		return true
	default:
		return w.broken.Load() != nil
	}
}

// anyHub is one that takes calls, or nil.
func (w *world) anyHub(d *dice) *hub {
	var ready []*hub
	for _, h := range w.hubs {
		if h.ready && !h.life.dead.Load() {
			ready = append(ready, h)
		}
	}
	if len(ready) == 0 {
		return nil
	}
	return ready[d.n(len(ready))]
}

// submission is version n of an order as its source has it. The number stands in the
// text, so that everybody can see which version an order shows.
func submission(ref core.Ref, n int, at time.Time, u core.Urgency) intake.Submission {
	text := fmt.Sprintf("v%d", n)
	return intake.Submission{
		Order: core.WorkOrder{
			Ref: ref, Type: "leak", Urgency: u, SourceAt: at, Customer: core.Customer{Phone: "5551234"},
			Place: core.Place{Address: "梧桐路 1 号", Point: &core.Point{Lat: 31.2, Lon: 121.4}}, Report: core.Report{Content: text},
		},
		Hash:    core.Hash("hash of " + ref.String() + " " + text),
		Message: core.LoggedMessage{ID: core.NewID(time.Now()), System: ref.System, Direction: core.Inbound, Operation: "SubmitOrder", At: time.Now()},
	}
}

// versionOf reads the version back; 0 when the text is somebody else's.
func versionOf(o *core.WorkOrder) (n int) {
	_, _ = fmt.Sscanf(o.Report.Content, "v%d", &n) // anything else has no version
	return n
}

// source is one caller with an order of its own: it submits it, changes it, urges it on,
// and sends everything again until it is answered.
func (w *world) source(i int) {
	w.busy++
	w.wg.Go(func() {
		c := &caller{w: w, ref: core.Ref{System: "hotline", External: fmt.Sprint(i + 1)}}
		c.live(i)
		w.yield(nil, "done "+c.ref.String())
		w.busy--
	})
}

type caller struct {
	w   *world
	ref core.Ref
	// dated: the source says when it wrote a version. Then it may go on to the next one
	// before this one was answered. Without a date the hub can tell an old version only
	// by its hash, so an answer must be waited for.
	dated  bool
	urgent core.Urgency
	at     []time.Time // of the versions
}

func (c *caller) live(i int) {
	r := c.w.actor(c.ref.String())
	c.dated = r.IntN(2) == 0
	c.urgent = []core.Urgency{core.Urgent, core.Normal}[r.IntN(2)]
	if c.w.pause(time.Duration(r.IntN(3*(i+1))) * 10 * time.Second) {
		return
	}
	versions := 1 + r.IntN(3)
	for n := 1; n <= versions; n++ {
		c.at = append(c.at, time.Now())
		patient := !c.dated || n == versions || r.IntN(2) == 0
		if !c.send(n, patient) {
			break
		}
		if c.w.pause(time.Duration(r.IntN(20)) * time.Second) {
			return
		}
	}
	if r.IntN(2) == 0 { // a queue on the source's side sends an old version once more
		c.send(1+r.IntN(len(c.at)), true)
	}
	for n := range r.IntN(3) {
		if !c.urge(n) {
			break
		}
	}
}

// refused tells that the hub understood and will not: sending again is of no use.
func refused(err error) bool {
	return core.IsKind(err, core.Conflict) || core.IsKind(err, core.Invalid) || core.IsKind(err, core.NotFound)
}

// send repeats a version until it is answered, or once if not patient; false: it was refused.
func (c *caller) send(n int, patient bool) bool {
	at := time.Time{}
	if c.dated {
		at = c.at[n-1]
	}
	for !c.w.ended() {
		r, err := remote(c.w, fmt.Sprintf("%s v%d", c.ref, n), func(ctx context.Context, h *hub) (intake.Receipt, error) {
			s := submission(c.ref, n, at, c.urgent)
			if c.w.flaws.sent != nil {
				c.w.flaws.sent(&s)
			}
			return h.intake.Submit(ctx, s)
		})
		switch {
		case err == nil:
			c.w.check.acknowledged(c.ref, n, r)
			return true
		case refused(err):
			return false
		case !patient:
			return true
		}
		if c.w.pause(time.Second) {
			return false
		}
	}
	return false
}

// urge sends one urging, which counts once however often it arrives.
func (c *caller) urge(n int) bool {
	id := fmt.Sprintf("urge-%d", n)
	c.w.check.urged(c.ref, id)
	for !c.w.ended() {
		_, err := remote(c.w, fmt.Sprintf("%s %s", c.ref, id), func(ctx context.Context, h *hub) (intake.Receipt, error) {
			cmd := intake.Command{
				Ref: c.ref, Reason: "快", SourceMessageID: id,
				Message: core.LoggedMessage{ID: core.NewID(time.Now()), System: c.ref.System, Direction: core.Inbound, Operation: "ExpediteOrder", At: time.Now()},
			}
			if c.w.flaws.command != nil {
				c.w.flaws.command(c.w, &cmd)
			}
			return h.intake.Expedite(ctx, cmd)
		})
		switch {
		case err == nil:
			c.w.check.counted(c.ref, id)
			return true
		case refused(err):
			return false
		}
		if c.w.pause(time.Second) {
			return false
		}
	}
	return false
}

// billing is the system that is pulled from: rows appear in the course of time, and some
// change after they appeared. Their places in a window stay.
type billing struct {
	w    *world
	rows []*row
	// served are the references of every page that any hub was given first, by window
	// and page: what a checkpoint behind that page must have stored.
	served map[servedKey][]core.Ref
}

type row struct {
	ref     core.Ref
	at      time.Time // it lies in windows that hold this
	changed time.Time
	version int
}
