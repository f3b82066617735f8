package app

import (
	"context"
	"slices"
	"strings"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/core/outbox"
)

// gone are targets of the hub's own that something is still owed to and nobody serves any more: a channel that was taken
// out of channels.yaml, say. What is owed there would wait for ever, so it becomes a dead letter that says why; whoever
// puts the channel back delivers it by a retry. A system that is missing is only said: it may come back.
func (h *Hub) gone(ctx context.Context, served []outbox.Target) ([]outbox.Target, error) {
	owed, err := h.store.OwedTargets(ctx)
	if err != nil {
		return nil, err
	}
	var list []outbox.Target
	for _, id := range owed {
		if slices.ContainsFunc(served, func(t outbox.Target) bool { return t.System == id }) {
			continue
		}
		why := core.Text{EN: "no system of this name is connected; what it is owed waits until it is back, or is given up with tundish outbox skip", ZH: "未连接此系统；待回写消息保留至其恢复，或用 tundish outbox skip 放弃"}
		if strings.HasPrefix(string(id), "hub:") {
			why = nobodyServes(id)
			lease := h.settings.Config.Store.Lease
			target := outbox.Target{System: id, Sink: buried(why), Lease: lease, Timeout: lease / 3, OnUnknown: outbox.Resend}
			if name, ok := channelNamed(id); ok {
				target.Sink = h.channelOf(name) // it may be put back while the hub runs
			}
			list = append(list, target)
		}
		h.log.Warn("something is owed to a target that nobody serves", zap.String("target", string(id)), zap.String("why", why.EN), zap.String("why_zh", why.ZH))
	}
	return list, nil
}

func nobodyServes(id core.SystemID) core.Text {
	if name, ok := channelNamed(id); ok {
		return noChannel(name)
	}
	return core.Text{EN: "the settings name nobody for it any more (partners.customers_from)", ZH: "设置中已不再指定处理方（partners.customers_from）"}
}

// channelNamed is the channel whose target it is.
func channelNamed(id core.SystemID) (name string, ok bool) {
	for _, prefix := range channelPrefixes() {
		if name, ok := strings.CutPrefix(string(id), string(prefix)); ok {
			return name, true
		}
	}
	return "", false
}

func noChannel(name string) core.Text {
	return core.Text{EN: "channels.yaml has no channel " + name + " any more: put it back and retry, or skip the message", ZH: "channels.yaml 中已无渠道 " + name + "：恢复该渠道后重试，或放弃该消息"}
}

// buried refuses whatever is delivered, for a reason.
type buried core.Text

func (b buried) Deliver(context.Context, core.OutboxMessage) core.Delivery {
	return core.Delivery{Outcome: core.RefusedByPeer, Code: "no_target", Detail: b.EN + "；" + b.ZH}
}

func (b buried) Ask(context.Context, core.OutboxMessage) core.Delivery {
	return core.Delivery{Outcome: core.NotSent}
}
