package app

import (
	"path/filepath"
	"slices"
	"time"

	"tundish/config"
	house "tundish/config/codes"
	"tundish/config/lang"
	"tundish/config/reactions"
	"tundish/core"
	"tundish/core/intake"
	"tundish/core/life"
	"tundish/core/outbox"
	"tundish/core/react"
)

// readReactions reads what the house does by itself.
func (s *Settings) readReactions(p *lang.Problems, t *config.Tree, env []string) {
	var names []string
	for _, r := range s.roles() {
		names = append(names, string(r))
	}
	s.Channels = reactions.ReadChannels(p, t.Config.Dirs.Channels, t.Config.File, env, names)
	if s.Channels == nil {
		return
	}
	known := s.Channels.Names()
	s.readClassification(p, t)
	s.Triggers = reactions.ReadTriggers(p, t.Config.Dirs.Triggers, s.language, known)
	for _, code := range s.Types.Codes() {
		for _, name := range webhooks(s.Types[code].Process) {
			if !slices.Contains(known, name) {
				one := p.At(lang.Place(filepath.Join(t.Config.Dirs.OrderTypes, code+".yaml")), unknownChannel, name)
				if len(known) > 0 {
					one.Expected(known...).Near(name, known)
				}
			}
		}
	}
}

var unknownChannel = lang.NewMessage("unknown-channel", "an effect calls the webhook %q, which is no channel of channels.yaml", "有联动调用 webhook %q，但 channels.yaml 中没有该渠道")

// webhooks names the channels that effects of a process call.
func webhooks(p *core.Process) (names []string) {
	if p == nil {
		return nil
	}
	add := func(list []core.Effect) {
		for _, e := range list {
			if e.Do == core.EffectWebhook {
				names = append(names, e.To...)
			}
		}
	}
	add(p.Effects)
	for _, st := range p.Steps {
		add(st.Effects)
		for _, x := range st.Exits {
			add(x.Effects)
		}
	}
	return names
}

// react makes the targets of the hub's own known to decisions, and what the house does by itself.
func (s *Settings) react(r *life.Rules) {
	r.Triggers, r.Classify = s.Triggers, s.classify()
	r.Systems[life.ToPeople], r.Systems[life.ToCreate], r.Systems[life.ToLookUp] = life.System{}, life.System{}, life.System{}
	if s.Channels == nil {
		return
	}
	for _, name := range s.Channels.Names() {
		r.Systems[life.ToPeople+"/"+core.SystemID(name)] = life.System{}
		r.Systems[life.ToWebhook+core.SystemID(name)] = life.System{}
	}
	r.TellCrews, r.Channels = s.Channels.TellCrews, s.Channels.Of
}

// called names a code of the house in a language.
func (s *Settings) called(kind, code, language string) string {
	if s.Words == nil {
		return code
	}
	return s.Words.Called(kind, house.Code{Code: code}, lang.Lang(language))
}

// ownTargets are the targets of the hub's own: the event stream, orders that are opened for others, and every
// channel, by which people are told and programs called.
func (h *Hub) ownTargets(in *intake.Service, rules func() *life.Rules) ([]outbox.Target, error) {
	lease := h.settings.Config.Store.Lease
	list := []outbox.Target{
		{System: life.ToPeople, Sink: h.stream, Concurrency: 32, Lease: lease, Timeout: lease / 3, OnUnknown: outbox.Resend},
		{System: life.ToCreate, Sink: &react.Opener{Store: h.store, Intake: in, Rules: rules, Clock: h.clock}, Lease: lease, Timeout: lease / 3, OnUnknown: outbox.Resend},
	}
	if from := h.links[core.SystemID(h.settings.Config.Partners.CustomersFrom.V)]; from != nil {
		list = append(list, outbox.Target{System: life.ToLookUp, Sink: &react.LookUp{Store: h.store, Finder: from, Rules: rules, Clock: h.clock}, Concurrency: 4, Lease: lease, Timeout: min(lookUpTime, lease/3), OnUnknown: outbox.Resend})
	}
	made, err := h.makeChannels(h.settings)
	if err != nil {
		return nil, err
	}
	for i := range h.settings.Channels.Channels {
		list = append(list, h.channelTargets(&h.settings.Channels.Channels[i], made)...)
	}
	return list, nil
}

// lookUpTime bounds one look-up of a customer.
const lookUpTime = 10 * time.Second
