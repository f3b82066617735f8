package crash

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"tundish/adapters/hotline/hotlinesim"
	"tundish/adapters/sim"
	"tundish/adapters/soap"
	"tundish/core"
	"tundish/wsdl/hotline"
	"tundish/wsdl/xsd"
)

// caller is one clerk of the hotline or the website. Whatever they send they send again
// until it is answered, word for word, and sometimes once more after that.
type caller struct {
	w      *world
	name   string
	system *sim.System
	hub    *hotline.HotlineHubClient
	rand   *rand.Rand
	leak   string // code of the type and of the urgency, as the system writes them
	normal string
}

// newCaller makes the n-th caller; even ones work for the hotline, odd ones for the website.
func newCaller(w *world, n int) *caller {
	c := &caller{w: w, name: fmt.Sprintf("K%d", n), rand: rand.New(rand.NewPCG(theSeed(), uint64(n))), system: w.hotline.System(hotlinesim.Hotline), leak: "LS", normal: "3"}
	if n%2 == 1 {
		c.system, c.leak, c.normal = w.hotline.System(hotlinesim.Website), "leak", "normal"
	}
	c.hub = hotline.NewHotlineHubClient(c.system.Hub)
	return c
}

// work reports one leak after another until stop is closed; the last story is told to
// its end. An error says that the hub did not answer for a minute.
func (c *caller) work(stop <-chan struct{}) error {
	for n := 0; ; n++ {
		select {
		case <-stop:
			return nil
		default:
		}
		if err := c.story(fmt.Sprintf("%s-%06d", c.name, n)); err != nil {
			return err
		}
	}
}

func (c *caller) chance(percent int) bool { return c.rand.IntN(100) < percent }

func (c *caller) pause() { time.Sleep(time.Duration(5+c.rand.IntN(60)) * time.Millisecond) }

// story is the life of one report as its source sees it.
func (c *caller) story(name string) error {
	ref := core.Ref{System: c.system.ID, External: name}
	c.system.Books.Register(sim.Entry{Ref: name, Type: c.leak})
	c.w.journal.note(ref, func(*sent) {})
	first := c.order(name, 0)
	submit := func() error {
		return c.send(ref, func(ctx context.Context) (core.OrderNo, error) {
			a, err := c.hub.SubmitOrder(ctx, &hotline.SubmitOrder{MessageId: name + "-submit", Order: first})
			if err != nil {
				return "", err
			}
			_ = c.system.Books.HandedOver(name, "", a.OrderNo, a.Known) // another number than before is for the checkers to find
			return core.OrderNo(a.OrderNo), nil
		})
	}
	if c.chance(10) { // two copies at once, as an impatient gateway sends them
		var twins sync.WaitGroup
		var other error
		twins.Go(func() { other = submit() })
		err := submit()
		twins.Wait()
		if err := errors.Join(err, other); err != nil {
			return err
		}
	} else if err := submit(); err != nil {
		return err
	}
	c.w.journal.note(ref, func(s *sent) { s.Contents = append(s.Contents, first.Report.Content) })
	c.pause()
	if err := c.sometimes(30, submit); err != nil {
		return err
	}
	if c.chance(40) {
		if err := c.amend(ref, submit); err != nil {
			return err
		}
	}
	if c.chance(30) {
		for n := range 1 + c.rand.IntN(2) {
			if err := c.expedite(ref, fmt.Sprintf("%s-expedite-%d", name, n)); err != nil {
				return err
			}
		}
	}
	if c.chance(10) {
		return c.cancel(ref)
	}
	return nil
}

// order is the report in its version-th form.
func (c *caller) order(name string, version int) hotline.Order {
	at := xsd.NewDateTime(time.Date(2026, 5, 11, 2, 0, version, 0, sim.DefaultZone))
	return hotline.Order{
		ExternalRef: name, Type: c.leak, Urgency: c.normal, SourceAt: &at,
		Customer: &hotline.Customer{Name: "𠮷田物业", Contact: "李师傅", Phone: "13800000000"},
		Place:    &hotline.Place{Address: "梧桐区张杨路1234弄5号", District: "D1", Coordinate: sim.Coordinate(core.Point{Lat: 31.2480, Lon: 121.4300}, "WGS84")},
		Report:   &hotline.Report{Content: fmt.Sprintf("第 %02d 版：5 号门前路面冒水", version)},
	}
}

// amend changes the report once or twice; late copies of what was sent before follow.
func (c *caller) amend(ref core.Ref, submit func() error) error {
	var earlier []func() error
	for version := 1; version <= 1+c.rand.IntN(2); version++ {
		o := c.order(ref.External, version)
		send := func() error {
			return c.send(ref, func(ctx context.Context) (core.OrderNo, error) {
				a, err := c.hub.AmendOrder(ctx, &hotline.AmendOrder{MessageId: fmt.Sprintf("%s-amend-%d", ref.External, version), Order: o})
				if err != nil {
					return "", err
				}
				return core.OrderNo(a.OrderNo), nil
			})
		}
		if err := send(); refusal(err) {
			return nil // a crew was faster
		} else if err != nil {
			return err
		}
		c.w.journal.note(ref, func(s *sent) { s.Contents = append(s.Contents, o.Report.Content) })
		earlier = append(earlier, send)
		c.pause()
	}
	if err := c.sometimes(50, submit); err != nil {
		return err
	}
	return c.sometimes(30, earlier[0])
}

func (c *caller) expedite(ref core.Ref, id string) error {
	send := func() error {
		return c.send(ref, func(ctx context.Context) (core.OrderNo, error) {
			a, err := c.hub.ExpediteOrder(ctx, &hotline.ExpediteOrder{MessageId: id, ExternalRef: ref.External, Reason: "用户再次来电催促"})
			if err != nil {
				return "", err
			}
			return core.OrderNo(a.OrderNo), nil
		})
	}
	if err := send(); refusal(err) {
		return nil // it is done already
	} else if err != nil {
		return err
	}
	c.w.journal.note(ref, func(s *sent) { s.Expedites = append(s.Expedites, id) })
	c.pause()
	return c.sometimes(40, send)
}

func (c *caller) cancel(ref core.Ref) error {
	send := func() error {
		return c.send(ref, func(ctx context.Context) (core.OrderNo, error) {
			a, err := c.hub.CancelOrder(ctx, &hotline.CancelOrder{MessageId: ref.External + "-cancel", ExternalRef: ref.External, Reason: "用户称已修好"})
			if err != nil {
				return "", err
			}
			return core.OrderNo(a.OrderNo), nil
		})
	}
	if err := send(); refusal(err) {
		return nil
	} else if err != nil {
		return err
	}
	c.w.journal.note(ref, func(s *sent) { s.Cancelled = true })
	c.system.Books.Cancel(ref.External, "")
	return c.sometimes(30, send)
}

// sometimes sends a message once more that was answered before. A refusal is then an
// answer like any other: what it was about may have ended since.
func (c *caller) sometimes(percent int, send func() error) error {
	if !c.chance(percent) {
		return nil
	}
	if err := send(); err != nil && !refusal(err) {
		return err
	}
	return nil
}

// refusal tells that the hub answered with a no.
func refusal(err error) bool {
	switch core.KindOf(err) {
	case core.Invalid, core.NotFound, core.Conflict, core.Denied:
		return err != nil
	}
	return false
}

// send sends a message until it is answered and writes the answer down.
func (c *caller) send(ref core.Ref, call func(context.Context) (core.OrderNo, error)) error {
	j := c.w.journal
	for late := time.Now().Add(patience); ; {
		if c.w.killing.Load() { // the hub is away most of the time: patience begins when it may live
			late = time.Now().Add(patience)
		}
		c.w.moments.pass(submitted)
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		no, err := call(ctx)
		cancel()
		if err == nil || refusal(err) {
			j.acknowledged.Add(1)
			if err == nil {
				j.note(ref, func(s *sent) { s.Answers = append(s.Answers, no) })
			}
			return err
		}
		j.retried.Add(1)
		if fault := new(soap.Fault); errors.As(err, &fault) {
			j.faults.Add(1)
		}
		if time.Now().After(late) {
			return fmt.Errorf("%s is not answered: %w", ref, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
