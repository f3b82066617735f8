package api

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"tundish/core"
	"tundish/core/access"
)

// Roster is what crews do on days that differ from their standing shifts. 值班表
type Roster struct {
	Duties []core.Duty `json:"duties"`
}

// Written tells how many duties were.
type Written struct {
	Written int `json:"written"`
}

// inside names the place of a refusal within a list.
func inside(place string, err error) error {
	var e *core.Error
	if !errors.As(err, &e) {
		return err
	}
	return core.Fail(e.Kind, "invalid_value", place+"."+e.Field, e.Message, e.MessageZH)
}

// longest span of days that is listed at once, and most duties that are written at once.
const (
	rosterDays = 400
	rosterSize = 5000
)

func (a *API) roster() {
	handle(a, "GET /api/v1/roster?from&to&crew", house(access.RosterSee), func(r *http.Request, _ none) (Roster, error) {
		v := r.URL.Query()
		from, err1 := time.Parse(time.DateOnly, v.Get("from"))
		to, err2 := time.Parse(time.DateOnly, v.Get("to"))
		if err1 != nil || err2 != nil || to.Before(from) || to.Sub(from) > rosterDays*24*time.Hour {
			return Roster{}, core.Invalidf("window", "from,to", "give from and to as dates such as 2026-05-11, at most %d days apart", "请给出起止日期 from、to，例如 2026-05-11，最多相隔 %d 天", rosterDays)
		}
		list, err := a.Reader.Duties(r.Context(), v.Get("from"), v.Get("to"), v.Get("crew"))
		return Roster{all(list)}, err
	})
	type change struct {
		Roster
		Note string `json:"note"`
	}
	// Each duty takes the place of what its crew had on that day; one without a kind takes it away.
	handle(a, "POST /api/v1/roster", house(access.RosterEdit), func(r *http.Request, in change) (Written, error) {
		if len(in.Duties) == 0 || len(in.Duties) > rosterSize {
			return Written{}, core.Invalidf("out_of_range", "duties", "1 to %d duties are taken at once", "一次可写 1 至 %d 条", rosterSize)
		}
		crews, err := a.Reader.Crews(r.Context())
		if err != nil {
			return Written{}, err
		}
		c := callerOf(r)
		reach := a.People.Table().Reach(c.actor, access.RosterEdit)
		for i := range in.Duties {
			d := &in.Duties[i]
			field := fmt.Sprintf("duties[%d]", i)
			if err := d.Check(); err != nil {
				return Written{}, inside(field, err)
			}
			at := slices.IndexFunc(crews, func(x core.Crew) bool { return x.ID == d.Crew })
			if at < 0 {
				return Written{}, core.Invalidf("unknown_crew", field, "there is no crew %q", "没有班组 %q", d.Crew)
			}
			if !reach.All && !slices.Contains(reach.Depots, crews[at].Depot) {
				return Written{}, core.Fail(core.Denied, "not_yours", field, "crew "+d.Crew+" belongs to another depot", "班组 "+d.Crew+" 属于其他站点")
			}
			d.At = a.Clock.Now()
		}
		note := in.Note
		if note == "" {
			note = fmt.Sprintf("%d: %s %s …", len(in.Duties), in.Duties[0].Day, in.Duties[0].Crew)
		}
		return Written{len(in.Duties)}, a.Reader.SetDuties(r.Context(), in.Duties, user(r), core.LogText(note, core.MaxText))
	})
}
