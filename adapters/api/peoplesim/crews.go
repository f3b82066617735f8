package peoplesim

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"tundish/core"
)

// completionBody is what a crew sends at the end of a visit.
type completionBody struct {
	Completion core.Completion `json:"completion"`
	Photos     []photo         `json:"photos,omitempty"`
}

type photo struct {
	Name    string    `json:"name"`
	TakenAt time.Time `json:"taken_at"`
	Bytes   []byte    `json:"bytes"`
}

// shifts are when each crew's day begins, in minutes after midnight.
func (p *People) shifts(ctx context.Context) (map[string]int, error) {
	var list struct{ Crews []core.Crew }
	if err := p.api.do(ctx, http.MethodGet, "/crews", "simulator", nil, &list); err != nil {
		return nil, err
	}
	begins := make(map[string]int, len(list.Crews))
	for _, c := range list.Crews {
		begins[c.ID] = c.ShiftStartMin
	}
	return begins, nil
}

// field starts every crew that has work and none in hand, once its shift has begun.
func (p *People) field(ctx context.Context) error {
	begins, err := p.shifts(ctx)
	if err != nil {
		return err
	}
	now := p.opts.Clock.Now().In(p.opts.Zone)
	minute := now.Hour()*60 + now.Minute()
	list, err := p.list(ctx, core.Field)
	if err != nil {
		return err
	}
	byCrew := map[string][]core.WorkOrder{}
	for _, o := range list {
		if o.Assignment != nil && o.Hold == nil && begins[o.Assignment.CrewID] <= minute {
			byCrew[o.Assignment.CrewID] = append(byCrew[o.Assignment.CrewID], o)
		}
	}
	for crew, work := range byCrew {
		slices.SortStableFunc(work, func(a, b core.WorkOrder) int { return cmp.Compare(rank(&a), rank(&b)) })
		p.mu.Lock()
		busy := p.busy[crew]
		p.busy[crew] = true
		p.mu.Unlock()
		if busy {
			continue
		}
		go func() {
			p.visit(ctx, crew, work[0])
			p.mu.Lock()
			delete(p.busy, crew)
			p.mu.Unlock()
		}()
	}
	return nil
}

// rank: what is on site first, then what is urgent.
func rank(o *core.WorkOrder) int {
	r := slices.Index(core.Urgencies(), o.Urgency)
	if o.Assignment.State == core.FieldOnSite {
		r -= 10
	}
	return r
}

// visit takes one order from acceptance to completion.
func (p *People) visit(ctx context.Context, crew string, o core.WorkOrder) {
	path := "/crews/" + url.PathEscape(crew) + "/orders/" + url.PathEscape(string(o.No)) + "/"
	step := func(verb string, in any) bool {
		err := p.api.post(ctx, path+verb, crew, in)
		if err != nil && ctx.Err() == nil {
			p.opts.Log.Debug("the crew's step was refused", zap.String("order", string(o.No)), zap.String("op", verb), zap.Error(err))
		}
		return err == nil
	}
	switch o.Assignment.State {
	case core.FieldAssigned:
		if !step("accept", struct{}{}) {
			return
		}
		fallthrough
	case core.FieldAccepted:
		p.wait(ctx, time.Duration(4+fate(&o, "way", 8))*time.Minute)
		if o.Urgency != core.Normal && !step("travel", struct{}{}) {
			return
		}
		fallthrough
	case core.FieldTravel:
		if !step("arrive", struct{}{}) {
			return
		}
	}
	p.wait(ctx, time.Duration(max(o.Assignment.Minutes/2, 5)+int(fate(&o, "work", 10)))*time.Minute)
	step("complete", p.completion(&o))
}

// completion is what the crew found and did.
func (p *People) completion(o *core.WorkOrder) completionBody {
	now := p.opts.Clock.Now()
	c := core.Completion{Outcome: core.Done, FinishedAt: now.UTC()}
	first := len(o.Completions) == 0
	switch {
	case o.Urgency == core.Emergency: // somebody is always there for an emergency
	case first && fate(o, "nobody home", 40) == 0:
		c.Outcome, c.Reason, c.SlipLeft = core.CouldNotBeDone, "no_access", true
		c.NextAppointment = &core.Appointment{With: o.Customer.Name, From: now.Add(90 * time.Minute).UTC(), To: now.Add(6 * time.Hour).UTC()}
		return completionBody{Completion: c}
	case fate(o, "no meter", 70) == 0:
		c.Outcome, c.Reason = core.CouldNotBeDone, "meter_not_found"
		if o.Family == core.Repair {
			c.Reason = "not_needed"
		}
		return completionBody{Completion: c, Photos: []photo{picture(o, now)}}
	}
	if pt := o.Place.Point; pt != nil && o.Place.PointSource != core.PointFromSource {
		c.Point = &core.Point{Lat: pt.Lat + 0.0001, Lon: pt.Lon - 0.0001}
	}
	serial := "N" + o.Ref.External
	switch o.Family {
	case core.Replacement:
		c.OldFinalReading = later(o.Meter.LastReading, 7+int64(fate(o, "use", 40)))
		c.NewSerial, c.NewInitialReading, c.Seal = serial, []string{"0", "0.000", "1"}[fate(o, "initial", 3)], "QF"+strconv.Itoa(int(fate(o, "seal", 900000)))
		c.NewDiameterMM = max(o.Meter.DiameterMM, 15)
		c.OldMeterFate = "scrapped"
		c.Work = "换表"
	case core.Removal:
		c.OldFinalReading, c.OldMeterFate, c.Work = later(o.Meter.LastReading, 3), "kept", "拆表"
	case core.Installation:
		c.NewSerial, c.NewInitialReading, c.NewDiameterMM, c.Work = serial, "0", max(o.Meter.DiameterMM, 15), "装表"
	case core.Recheck:
		c.OriginalReading, c.RecheckedReading = o.Meter.Reading, later(o.Meter.LastReading, 11)
		c.Confirmation, c.AccountTreatment, c.Work = "reading_confirmed", "none", "现场复核"
	default:
		c.Handling, c.Work, c.Cause, c.Solution = "repaired", "开挖抢修，更换管段", "管道老化", "更换"
	}
	body := completionBody{Completion: c}
	if fate(o, "photo", 3) == 0 || o.Family == core.Repair {
		body.Photos = []photo{picture(o, now)}
	}
	return body
}

// later is a reading that rose by n whole cubic metres; its decimals stay as they are.
func later(reading string, n int64) string {
	whole, frac, point := strings.Cut(reading, ".")
	v, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return strconv.FormatInt(n, 10)
	}
	out := strconv.FormatInt(v+n, 10)
	if point {
		out += "." + frac
	}
	return out
}

// picture is a small photo of its own for every order, so that a mixed-up one shows.
func picture(o *core.WorkOrder, at time.Time) photo {
	img := image.NewRGBA(image.Rect(0, 0, 24, 16))
	v := fate(o, "colour", 1<<24)
	for y := range 16 {
		for x := range 24 {
			img.Set(x, y, color.RGBA{R: uint8(v) + uint8(x), G: uint8(v >> 8), B: uint8(v>>16) + uint8(y), A: 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(fmt.Sprintf("an image in memory cannot be written: %v", err))
	}
	return photo{Name: "现场.png", TakenAt: at.UTC(), Bytes: b.Bytes()}
}
