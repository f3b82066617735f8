package app

import (
	"tundish/adapters/api"
	house "tundish/config/codes"
	"tundish/config/lang"
	"tundish/core"
)

// house is how the house is set up, as the API tells it.
func (h *Hub) house() api.House {
	return api.House{
		Vocabulary: func() []api.Kind {
			var list []api.Kind
			for _, k := range h.words.Load().Kinds() {
				list = append(list, api.Kind{Kind: k.Name, Title: inBoth(k.Title), Closed: k.Closed, Words: wordsOf(k.Words)})
			}
			return list
		},
		Systems: func() []api.System {
			var list []api.System
			for i := range h.settings.Systems {
				s := &h.settings.Systems[i]
				list = append(list, api.System{ID: core.SystemID(s.ID.V), Name: core.Text(s.Name), Contract: s.Contract.V, Mode: s.Mode, Paths: s.Paths()})
			}
			return list
		},
		Jobs: func() []api.Job {
			var list []api.Job
			for i := range h.settings.Jobs {
				j := &h.settings.Jobs[i]
				list = append(list, api.Job{Name: j.Name.V, Title: core.Text(j.Title), System: core.SystemID(j.System.V), Operation: j.Operation.V, Cron: j.Cron.V, Enabled: j.Enabled})
			}
			return list
		},
	}
}

func inBoth(t lang.Text) core.Text { return core.Text{EN: t.En, ZH: t.Zh} }

func wordsOf(list []house.Word) []api.Word {
	out := []api.Word{}
	for _, w := range list {
		x := api.Word{Code: w.Code, Name: inBoth(w.Name), Means: inBoth(w.Means)}
		if len(w.Below) > 0 {
			x.Below = wordsOf(w.Below)
		}
		out = append(out, x)
	}
	return out
}
