package app

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"tundish/adapters/notify"
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
	book := &phoneBook{crews: h.store, channels: h.settings.Channels}
	for i := range h.settings.Channels.Channels {
		c := &h.settings.Channels.Channels[i]
		sender, err := h.sender(c, book)
		if err != nil {
			return nil, fmt.Errorf("channel %s: %w", c.Name.V, err)
		}
		together := 1
		if c.Kind == "wecom" || c.Kind == "dingtalk" {
			together = mostTogether
		}
		channel, err := react.NewChannel(sender, react.ChannelOptions{Together: together, Gap: c.Least(), Repeat: c.Repeat, Timeout: c.Timeout})
		if err != nil {
			return nil, fmt.Errorf("channel %s: %w", c.Name.V, err)
		}
		for _, target := range []core.SystemID{life.ToPeople + "/", life.ToWebhook} {
			list = append(list, outbox.Target{System: target + core.SystemID(c.Name.V), Sink: channel, Concurrency: 4 * together, Lease: lease,
				// A notice may wait for the turn of several messages before it.
				Timeout: c.Timeout + 4*c.Least() + 10*time.Second, Backoff: c.Backoff, OnUnknown: outbox.Resend})
		}
	}
	return list, nil
}

// lookUpTime bounds one look-up of a customer.
const lookUpTime = 10 * time.Second

// mostTogether is how many notices a group robot says in one message.
const mostTogether = 20

// sender makes what a channel's file describes.
func (h *Hub) sender(c *reactions.Channel, book *phoneBook) (react.Sender, error) {
	s := h.settings
	language := string(c.Lang)
	if language == "" {
		language = string(s.Config.Lang)
	}
	at := notify.Address{URL: c.Address(), CAFile: c.CAFile.V, Timeout: c.Timeout}
	phones := func(ctx context.Context, n *react.Notice) []string { return book.of(ctx, c, n) }
	robot := notify.RobotOptions{Address: at, Secret: c.Password(), Lang: language, Words: s.called, Phones: phones, Clock: core.SystemClock{}}
	switch c.Kind {
	case "webhook":
		return notify.NewWebhook(notify.WebhookOptions{Address: at, Secret: c.Password(), Header: c.Header, Clock: core.SystemClock{}})
	case "wecom":
		return notify.NewWeCom(robot)
	case "dingtalk":
		return notify.NewDingTalk(robot)
	case "sms":
		o := notify.SMSOptions{Address: at, Secret: c.Password(), Method: c.SMS.Method, Form: c.SMS.Form, Fields: map[string]string{}, Separator: c.SMS.Separator, OK: c.SMS.OK,
			Text: c.SMS.Text, Lang: language, Words: s.called, Phones: phones}
		for _, e := range c.SMS.Fields {
			o.Fields[e.Key] = e.V
		}
		return notify.NewSMS(o)
	}
	return nil, core.Invalidf("unknown_kind", c.Name.V, "there is no kind of channel %q", "没有渠道类别 %q", c.Kind)
}

// phoneBook finds the numbers of whom a notice is for. Crews are read anew now and then.
type phoneBook struct {
	crews    core.CrewReader
	channels *reactions.ChannelsFile

	mu     sync.Mutex
	phones map[string]string
	until  time.Time
}

const phonesFor = 30 * time.Second

// of a notice, each number once. Crews that cannot be read now are left out.
func (b *phoneBook) of(ctx context.Context, c *reactions.Channel, n *react.Notice) []string {
	var list []string
	add := func(number string) {
		if number != "" && !slices.Contains(list, number) {
			list = append(list, number)
		}
	}
	if c.Hear(string(core.RoleCrew)) || len(c.Hears) == 0 {
		for _, crew := range n.Crews {
			add(b.crew(ctx, crew))
		}
	}
	for _, e := range c.Phones {
		if slices.Contains(n.To, e.Key) || n.Trouble && e.Key == reactions.Trouble {
			for _, number := range e.V {
				add(number.V)
			}
		}
	}
	return list
}

func (b *phoneBook) crew(ctx context.Context, id string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if time.Now().After(b.until) {
		if list, err := b.crews.Crews(ctx); err == nil {
			b.phones = map[string]string{}
			for _, c := range list {
				b.phones[c.ID] = c.Phone
			}
			b.until = time.Now().Add(phonesFor)
		}
	}
	return b.phones[id]
}
