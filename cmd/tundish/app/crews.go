package app

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"tundish/config"
	"tundish/core"
)

// CrewOf is a crew of a file as the house keeps it.
func CrewOf(c *config.Crew) core.Crew {
	crew := core.Crew{
		ID: c.ID.V, Name: c.Name, Depot: c.Depot, Phone: c.Phone, ShiftStartMin: c.Shift.Start, ShiftEndMin: c.Shift.End,
		EveryDay: c.EveryDay, CapMinutes: c.CapMinutes, CapOrders: c.CapOrders, Home: core.Point{Lat: c.Home.Lat, Lon: c.Home.Lon},
	}
	for _, p := range c.People {
		crew.People = append(crew.People, core.Technician{ID: p.ID, Name: p.Name})
	}
	for _, v := range c.Skills {
		crew.Skills = append(crew.Skills, v.V)
	}
	for _, v := range c.Districts {
		crew.Districts = append(crew.Districts, v.V)
	}
	return crew
}

// Standing is what files say of a crew, without what it reported since.
func Standing(c core.Crew) core.Crew {
	c.Position, c.PositionAt, c.OffDuty, c.Version = nil, time.Time{}, false, 0
	return c
}

// SameCrew tells that files say the same of two crews.
func SameCrew(a, b core.Crew) bool {
	x, errA := json.Marshal(Standing(a))
	y, errB := json.Marshal(Standing(b))
	return errA == nil && errB == nil && string(x) == string(y)
}

// SeedCrews gives the store those crews of the file that it lacks. Of crews that it has, the store is the truth: they
// are changed by an import. Those of which the file says otherwise are logged.
func (s *Settings) SeedCrews(ctx context.Context, st Store, log *zap.Logger) error {
	list, err := st.Crews(ctx)
	if err != nil {
		return err
	}
	there := map[string]core.Crew{}
	for _, c := range list {
		there[c.ID] = c
	}
	var u core.Unit
	var differ []string
	for i := range s.Crews {
		c := CrewOf(&s.Crews[i])
		switch old, ok := there[c.ID]; {
		case !ok:
			u.Crews = append(u.Crews, core.CrewChange{Crew: c})
		case !SameCrew(old, c):
			differ = append(differ, c.ID)
		}
	}
	if len(differ) > 0 {
		log.Warn("the file says otherwise of crews than the database, which counts; tundish import crews FILE puts it right, tundish export crews FILE writes the file anew", zap.String("file", s.Config.Dirs.Crews), zap.Strings("crews", differ))
	}
	if len(u.Crews) == 0 {
		return nil
	}
	switch out := st.Commit(ctx, u)[0]; out.Kind {
	case core.Applied, core.Stale: // stale: another hub that starts now was faster
		return nil
	default:
		return fmt.Errorf("write the crews of %s into the store: %w", s.Config.Dirs.Crews, out.Error())
	}
}

// crewNames says how crews are called, in answers to systems. Names may be some seconds old.
type crewNames struct {
	store core.CrewReader

	mu    sync.Mutex
	read  time.Time
	names map[string]string
}

func (c *crewNames) of(id string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.names == nil || time.Since(c.read) > 10*time.Second {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if list, err := c.store.Crews(ctx); err == nil { // else the old ones, or none: an answer does not fail for a name
			c.names = map[string]string{}
			for _, crew := range list {
				c.names[crew.ID] = crew.Name
			}
		}
		c.read = time.Now()
	}
	return c.names[id]
}
