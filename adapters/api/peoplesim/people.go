package peoplesim

import (
	"context"
	"errors"
	"hash/fnv"
	"net/url"
	"sync"
	"time"

	"go.uber.org/zap"

	"tundish/core"
)

// Options of a simulation.
type Options struct {
	// HubURL is the hub's address, e.g. http://127.0.0.1:8080.
	HubURL string
	Clock  core.Clock
	Zone   *time.Location
	Log    *zap.Logger
	// Round is how often everybody looks for work, on the clock; 0 means 8 minutes.
	Round time.Duration
}

// People are the control room and the crews.
type People struct {
	opts Options
	api  *client

	mu   sync.Mutex
	busy map[string]bool // crews at work
	had  map[string]bool // what the day had already, of what every day has once
}

// New makes the people; Run lets them work.
func New(o Options) (*People, error) {
	if o.HubURL == "" || o.Clock == nil || o.Log == nil || o.Zone == nil {
		return nil, errors.New("peoplesim: hub, clock, zone and log are required")
	}
	if o.Round == 0 {
		o.Round = 8 * time.Minute
	}
	return &People{opts: o, api: newClient(o.HubURL), busy: map[string]bool{}, had: map[string]bool{}}, nil
}

// Run works until ctx ends.
func (p *People) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for _, look := range []func(context.Context) error{p.acceptance, p.dispatching, p.reviews, p.followUps, p.field, p.steps, p.asides} {
		wg.Go(func() {
			for ctx.Err() == nil {
				if err := look(ctx); err != nil && ctx.Err() == nil {
					p.opts.Log.Debug("the hub does not answer", zap.Error(err))
				}
				p.wait(ctx, p.opts.Round)
			}
		})
	}
	wg.Wait()
	return nil
}

// wait lets d pass on the clock.
func (p *People) wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-p.opts.Clock.After(d):
	}
}

// fate is a number from 0 to n−1 that is always the same for an order and a question.
func fate(o *core.WorkOrder, question string, n uint32) uint32 {
	h := fnv.New32a()
	h.Write([]byte(o.Ref.String() + "|" + question))
	return h.Sum32() % n
}

// once tells whether fate chose an order, or nothing of the kind happened yet on this day.
func (p *People) once(o *core.WorkOrder, what string, n uint32) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.had[what] || fate(o, what, n) == 0
}

func (p *People) happened(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.had[what] = true
}

func (p *People) list(ctx context.Context, phase core.Phase) ([]core.WorkOrder, error) {
	return p.api.orders(ctx, url.Values{"phase": {string(phase)}})
}

// old tells that the order has been as it is for d.
func (p *People) old(o *core.WorkOrder, d time.Duration) bool {
	return p.opts.Clock.Now().Sub(o.UpdatedAt) >= d
}

// act presses a button. That somebody was faster, or that the hub sees it otherwise, is
// part of the day.
func (p *People) act(ctx context.Context, o *core.WorkOrder, verb, user string, in any) bool {
	err := p.api.post(ctx, "/orders/"+url.PathEscape(string(o.No))+"/"+verb, user, in)
	if err != nil && ctx.Err() == nil {
		p.opts.Log.Debug("not done", zap.String("order", string(o.No)), zap.String("op", verb), zap.Error(err))
	}
	return err == nil
}

type remark struct {
	Remark string `json:"remark"`
}

// acceptance reviews what came in 接单审核; one report in sixty is sent back to its source.
func (p *People) acceptance(ctx context.Context) error {
	list, err := p.list(ctx, core.Acceptance)
	for i := range list {
		o := &list[i]
		switch {
		case !p.old(o, 3*time.Minute):
		case o.Family == core.Repair && o.Urgency == core.Normal && fate(o, "return", 60) == 0:
			p.act(ctx, o, "return", "接单员", remark{"不属于本公司管网，请转物业"})
		default:
			p.act(ctx, o, "accept", "接单员", remark{})
		}
	}
	return err
}

// dispatching takes the best proposal for what the hub does not dispatch by itself, and
// answers what needs no visit. Scheduled work waits for the batch.
func (p *People) dispatching(ctx context.Context) error {
	list, err := p.list(ctx, core.Dispatching)
	for i := range list {
		o := &list[i]
		switch {
		case o.Hold != nil, o.Merged != nil && o.Merged.SharedAt.IsZero(): // it rests, or is settled with another
		case o.Family == core.Desk:
			if p.old(o, 20*time.Minute) {
				p.act(ctx, o, "complete", "坐席组", completionBody{Completion: core.Completion{Outcome: core.Done, Handling: "answered", Work: "已电话答复用户"}})
			}
		case !o.Reviewed && o.Urgency != core.Normal:
			if p.old(o, 10*time.Minute) {
				p.act(ctx, o, "accept", "接单员", remark{}) // the review that follows
			}
		case o.Type == "scheduled_replacement" || o.Place.Point == nil:
		case p.old(o, 5*time.Minute) && !p.alike(ctx, o) && !p.rests(ctx, o):
			p.act(ctx, o, "assign", "派单员", struct{}{})
		}
	}
	return err
}

// reviews reads results 结果审核; one in fifty goes back to its crew once.
func (p *People) reviews(ctx context.Context) error {
	list, err := p.list(ctx, core.ResultReview)
	for i := range list {
		o := &list[i]
		if !p.old(o, 6*time.Minute) {
			continue
		}
		wrong := len(o.Completions) == 1 && fate(o, "review", 50) == 0
		in := struct {
			Passed bool   `json:"passed"`
			Remark string `json:"remark"`
		}{Passed: !wrong}
		if wrong {
			in.Remark = "照片看不清读数，请补拍"
		}
		p.act(ctx, o, "review", "审核员", in)
	}
	return err
}

// callsItself is the system whose own staff make the follow-up calls.
const callsItself = "hotline"

// followUps calls customers 回访; the first, and one in thirty, was not satisfied the first time.
func (p *People) followUps(ctx context.Context) error {
	list, err := p.list(ctx, core.FollowUpCall)
	for i := range list {
		o := &list[i]
		if o.Ref.System == callsItself || !p.old(o, 45*time.Minute) {
			continue
		}
		in := struct {
			Reached      bool   `json:"reached"`
			Satisfaction string `json:"satisfaction"`
			Comment      string `json:"comment"`
		}{Reached: true, Satisfaction: "satisfied"}
		unhappy := o.FollowUp == nil && p.once(o, "follow-up", 30)
		if unhappy {
			in.Satisfaction, in.Comment = "unsatisfied", "仍有渗水"
		}
		if p.act(ctx, o, "follow-up", "回访员", in) && unhappy {
			p.happened("follow-up")
		}
	}
	return err
}
