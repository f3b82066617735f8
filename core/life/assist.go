package life

import (
	"fmt"

	"tundish/core"
)

// MaxHelpers bounds the crews, and requests for crews, that an order remembers.
const MaxHelpers = 20

// AskAssistance 协助 asks for another crew beside the one that has the order.
func (r *Rules) AskAssistance(old core.WorkOrder, s Step) (core.Unit, error) {
	switch {
	case s.Remark == "":
		return core.Unit{}, needsReason(core.ActAskAssistance)
	case !Loads(&old):
		return core.Unit{}, r.conflict(&old, s, "not_with_crew", "no crew is working on it", "工单不在现场处理中")
	case len(old.Helpers) >= MaxHelpers:
		return core.Unit{}, r.conflict(&old, s, "too_many", "it has had as many helpers as it can hold", "协助记录已达上限")
	}
	x, err := r.side(&old, s, core.ActAskAssistance, core.EventAssistanceAsked)
	if err != nil {
		return core.Unit{}, err
	}
	x.next.Helpers = append(x.next.Helpers, core.Helper{Reason: s.Remark, By: s.By, At: s.Now.UTC()})
	return x.change()
}

// Assist sends a crew to assist, at somebody's request or without; h holds the crew, the day
// and the minutes. seen is the crew-day the choice was made on.
func (r *Rules) Assist(old core.WorkOrder, h core.Helper, seen core.CrewDay, s Step) (core.Unit, error) {
	switch {
	case h.CrewID == "" || h.Day == "":
		return core.Unit{}, core.Invalidf("required", "crew", "assistance names a crew and its day", "协助必须指定班组和日期")
	case !Loads(&old):
		return core.Unit{}, r.conflict(&old, s, "not_with_crew", "no crew is working on it", "工单不在现场处理中")
	case h.CrewID == old.Assignment.CrewID || helps(&old, h.CrewID):
		return core.Unit{}, r.conflict(&old, s, "already", fmt.Sprintf("crew %s is working on it already", h.CrewID), fmt.Sprintf("班组 %s 已在处理", h.CrewID))
	}
	x, err := r.side(&old, s, core.ActAssist, core.EventAssistanceSent)
	if err != nil {
		return core.Unit{}, err
	}
	i := 0
	for i < len(x.next.Helpers) && (x.next.Helpers[i].CrewID != "" || !x.next.Helpers[i].EndedAt.IsZero()) {
		i++
	}
	if i == MaxHelpers {
		return core.Unit{}, r.conflict(&old, s, "too_many", "it has had as many helpers as it can hold", "协助记录已达上限")
	}
	if i == len(x.next.Helpers) {
		x.next.Helpers = append(x.next.Helpers, core.Helper{Reason: s.Remark, By: s.By, At: s.Now.UTC()})
	}
	to := &x.next.Helpers[i]
	to.CrewID, to.Day, to.SentAt = h.CrewID, h.Day, s.Now.UTC()
	if to.Minutes = h.Minutes; to.Minutes <= 0 {
		to.Minutes = x.t.Minutes
	}
	seen.CrewID = h.CrewID
	x.guard = &seen
	return x.change()
}

// EndAssistance ends what a crew does to assist; with the visit it ends by itself.
func (r *Rules) EndAssistance(old core.WorkOrder, crew string, s Step) (core.Unit, error) {
	if !helps(&old, crew) {
		return core.Unit{}, r.conflict(&old, s, "not_assisting", fmt.Sprintf("crew %s does not assist", crew), fmt.Sprintf("班组 %s 未在协助", crew))
	}
	if c := s.Actor.Crew; c != "" && c != crew && !has(&old, c) {
		return core.Unit{}, r.denied(&old, s, core.ActEndAssistance, nil)
	}
	x, err := r.side(&old, s, core.ActEndAssistance, core.EventAssistanceEnded)
	if err != nil {
		return core.Unit{}, err
	}
	for i := range x.next.Helpers {
		if h := &x.next.Helpers[i]; h.CrewID == crew && h.EndedAt.IsZero() {
			h.EndedAt = s.Now.UTC()
		}
	}
	return x.change()
}

// endAssistance ends what every other crew does for the order, and requests for one.
func (x *turn) endAssistance() {
	for i := range x.next.Helpers {
		if h := &x.next.Helpers[i]; h.EndedAt.IsZero() {
			h.EndedAt = x.s.Now.UTC()
		}
	}
}
