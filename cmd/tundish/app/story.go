package app

import (
	"context"

	"go.uber.org/zap"

	"tundish/core"
)

// told is a store that tells the story of every order in the log: one line per event,
// once it is durable. What must not stand in a log, names, phones, addresses, is not in
// an event's head. changed hears once of all units that were applied; it must not block.
type told struct {
	Store
	log     *zap.Logger
	changed func([]*core.Unit)
	// roster hears of days on which crews work otherwise.
	roster func([]core.Duty)
}

// SetDuties implements core.RosterStore.
func (t told) SetDuties(ctx context.Context, duties []core.Duty, by, detail string) error {
	err := t.Store.SetDuties(ctx, duties, by, detail)
	if err == nil && t.roster != nil {
		t.roster(duties)
	}
	return err
}

// Commit implements core.Committer.
func (t told) Commit(ctx context.Context, units ...core.Unit) []core.Outcome {
	outs := t.Store.Commit(ctx, units...)
	var applied []*core.Unit
	for i := range outs {
		if outs[i].Kind != core.Applied {
			continue
		}
		applied = append(applied, &units[i])
		for j := range units[i].Orders {
			o := &units[i].Orders[j].Order
			for _, e := range units[i].Orders[j].Events {
				fields := []zap.Field{zap.String("order", string(o.No)), zap.String("system", string(o.Ref.System)), zap.String("external_ref", o.Ref.External), zap.String("phase", string(o.Phase)), zap.String("by", e.By)}
				switch {
				case e.Kind == core.EventAssigned || e.Kind == core.EventReassigned:
					fields = append(fields, zap.String("crew", o.Assignment.CrewID))
				case e.Kind == core.EventCompleted:
					fields = append(fields, zap.String("outcome", string(o.LastCompletion().Outcome)))
				}
				if e.MessageID != "" {
					fields = append(fields, zap.String("message", e.MessageID))
				}
				t.log.Info(string(e.Kind), fields...)
			}
		}
	}
	if len(applied) > 0 {
		t.changed(applied)
	}
	return outs
}
