package life

import "tundish/core"

// CrewRule is the rule by which crews are told of their work.
const CrewRule = "crew"

// tellCrews tells a crew at once what it gets and what is taken from it, and one that assists that it is
// called. Whoever took it himself knows.
func (x *turn) tellCrews() {
	if !x.r.TellCrews {
		return
	}
	was, is := "", with(&x.next)
	if x.old != nil {
		was = with(x.old)
	}
	done := x.old != nil && len(x.next.Completions) > len(x.old.Completions)
	if was != "" && was != is && !done {
		x.tellCrew(was, x.taken())
	}
	if is != "" && is != was {
		x.tellCrew(is, core.Text{EN: "New work for your crew", ZH: "您班组有新派工单"})
	}
	if is != "" && is == was {
		x.tellRest(is)
	}
	for i, h := range x.next.Helpers {
		if h.CrewID == "" || !h.EndedAt.IsZero() || x.old != nil && i < len(x.old.Helpers) && x.old.Helpers[i].CrewID == h.CrewID {
			continue
		}
		x.tellCrew(h.CrewID, core.Text{EN: "Your crew is called to assist", ZH: "请您班组前往协助"})
	}
}

// tellRest tells the crew that has the order that it rests or goes on, and what became of its request.
func (x *turn) tellRest(crew string) {
	because := func(en, zh, why string) {
		if why != "" {
			en, zh = en+": "+why, zh+"："+why
		}
		x.tellCrew(crew, core.Text{EN: en, ZH: zh})
	}
	switch was, is := x.old, &x.next; {
	case was.Hold == nil && is.Hold != nil:
		because("On hold", "工单已挂起", is.Hold.Reason)
	case was.Hold != nil && is.Hold == nil:
		because("On hold no more", "工单已恢复", x.s.Remark)
	case was.HoldRequest != nil && is.HoldRequest == nil:
		because("Your request for a hold is refused", "挂起申请未获批准", x.s.Remark)
	}
}

// with is the crew that has the order.
func with(o *core.WorkOrder) string {
	if o.Phase == core.Field && o.Assignment != nil {
		return o.Assignment.CrewID
	}
	return ""
}

// taken says why a crew has an order no more.
func (x *turn) taken() core.Text {
	t := core.Text{EN: "Taken from your crew", ZH: "已从您班组撤回，无需前往"}
	if x.next.Phase == core.Cancelled {
		t = core.Text{EN: "Cancelled", ZH: "工单已作废，无需前往"}
	}
	if x.s.Remark != "" {
		t.EN, t.ZH = t.EN+": "+x.s.Remark, t.ZH+"："+x.s.Remark
	}
	return t
}

func (x *turn) tellCrew(crew string, text core.Text) {
	if crew == x.s.Actor.Crew {
		return
	}
	x.notify(&core.Reaction{Do: core.EffectNotify, Rule: CrewRule, To: []string{string(core.RoleCrew)}, Crews: []string{crew}, Text: text})
}
