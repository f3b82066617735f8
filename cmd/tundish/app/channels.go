package app

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"tundish/adapters/notify"
	"tundish/config/reactions"
	"tundish/core"
	"tundish/core/life"
	"tundish/core/outbox"
	"tundish/core/react"
)

// channelLink is a channel's place in the hub: what stands there may be replaced while the hub runs, or taken away.
type channelLink struct {
	name string
	now  atomic.Pointer[react.Channel]
}

// Deliver buries what is owed to a channel that is gone.
func (l *channelLink) Deliver(ctx context.Context, m core.OutboxMessage) core.Delivery {
	if c := l.now.Load(); c != nil {
		return c.Deliver(ctx, m)
	}
	return buried(noChannel(l.name)).Deliver(ctx, m)
}

// Ask is not needed: what may have been said is said again, under the same id.
func (l *channelLink) Ask(context.Context, core.OutboxMessage) core.Delivery {
	return core.Delivery{Outcome: core.NotSent}
}

// mostTogether is how many notices a group robot says in one message.
const mostTogether = 20

// makeChannels makes what the file of channels describes.
func (h *Hub) makeChannels(next *Settings) (map[string]*react.Channel, error) {
	made := map[string]*react.Channel{}
	book := &phoneBook{crews: h.store}
	for i := range next.Channels.Channels {
		c := &next.Channels.Channels[i]
		sender, err := next.sender(c, book)
		if err != nil {
			return nil, fmt.Errorf("channel %s: %w", c.Name.V, err)
		}
		together := 1
		if c.Kind == "wecom" || c.Kind == "dingtalk" {
			together = mostTogether
		}
		if made[c.Name.V], err = react.NewChannel(sender, react.ChannelOptions{Together: together, Gap: c.Least(), Repeat: c.Repeat, Timeout: c.Timeout}); err != nil {
			return nil, fmt.Errorf("channel %s: %w", c.Name.V, err)
		}
	}
	return made, nil
}

// channelOf is the place of a channel of that name.
func (h *Hub) channelOf(name string) *channelLink {
	l := h.channels[name]
	if l == nil {
		l = &channelLink{name: name}
		h.channels[name] = l
	}
	return l
}

// channelTargets are the targets of a channel, at which stands what was made of it.
func (h *Hub) channelTargets(c *reactions.Channel, made map[string]*react.Channel) (list []outbox.Target) {
	l := h.channelOf(c.Name.V)
	l.now.Store(made[c.Name.V])
	together := 1
	if c.Kind == "wecom" || c.Kind == "dingtalk" {
		together = mostTogether
	}
	for _, target := range channelPrefixes() {
		list = append(list, outbox.Target{System: target + core.SystemID(c.Name.V), Sink: l, Concurrency: 4 * together, Lease: h.settings.Config.Store.Lease,
			// A notice may wait for the turn of several messages before it.
			Timeout: c.Timeout + 4*c.Least() + 10*time.Second, Backoff: c.Backoff, OnUnknown: outbox.Resend})
	}
	return list
}

// channelPrefixes begin the targets of a channel: what people are told by it, and what calls it by its name.
func channelPrefixes() []core.SystemID { return []core.SystemID{life.ToPeople + "/", life.ToWebhook} }

// setChannels puts channels live. How many messages at a time one takes, and how long it may take for them, stays as it was
// when the hub met it first.
func (h *Hub) setChannels(next *Settings, made map[string]*react.Channel) error {
	for name, l := range h.channels {
		l.now.Store(made[name])
	}
	for i := range next.Channels.Channels {
		for _, t := range h.channelTargets(&next.Channels.Channels[i], made) {
			if h.deliverer.Serves(t.System) {
				continue
			}
			if err := h.deliverer.Add(t); err != nil {
				return err
			}
		}
	}
	return nil
}

// sender makes what a channel's file describes.
func (s *Settings) sender(c *reactions.Channel, book *phoneBook) (react.Sender, error) {
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
