package life

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tundish/core"
)

// Actor is who acts. The zero Actor may do nothing.
type Actor struct {
	// ID names a person or a part of the hub.
	ID string
	// Roles of a person in the house.
	Roles []string
	// Branches 营业所 and Depots 站点 that are a person's; Everywhere: all stations are. What is whose
	// is for [Access] to say.
	Branches, Depots []string
	Everywhere       bool
	// Crew, if the person works in one: it may do the field's actions on its own orders.
	Crew string
	// System, if a connected system acts: it has its own orders only.
	System core.SystemID
	// All: whoever may do everything, the hub itself among them.
	All bool
}

// Hub is the hub itself, or a part of it, acting by its own rules.
func Hub(part string) Actor { return Actor{ID: part, All: true} }

// Source is a connected system acting on its own orders.
func Source(id core.SystemID) Actor { return Actor{ID: "system:" + string(id), System: id} }

// By is who acts, as the timeline names him, with what he remarks. A person without a name is
// named by his id.
type By struct {
	Name, Remark string
	Actor        Actor
	// Expected is the version of the order that he has seen; 0: he takes it as it is.
	Expected int64
}

// Step of his at an instant.
func (b By) Step(now time.Time) Step {
	if b.Name == "" {
		b.Name = b.Actor.ID
	}
	return Step{Now: now, Actor: b.Actor, By: b.Name, Remark: b.Remark}
}

// Access is what the house's roles allow, each on the orders that are its holder's: a right that one role
// gives on one station's orders is not carried to those that another role reaches.
type Access interface {
	// May tells whether one of the actor's roles allows the action on the order; on some order, where o is nil.
	May(a Actor, action core.Action, o *core.WorkOrder) bool
	// Holds tells whether the actor has one of the named roles on the order; on some order, where o is nil.
	Holds(a Actor, roles []string, o *core.WorkOrder) bool
}

// Everybody may do everything: the house before it has roles.
type Everybody struct{}

// May is always true.
func (Everybody) May(Actor, core.Action, *core.WorkOrder) bool { return true }

// Holds tells whether the actor has one of the roles.
func (Everybody) Holds(a Actor, roles []string, _ *core.WorkOrder) bool {
	return slices.ContainsFunc(roles, func(role string) bool { return slices.Contains(a.Roles, role) })
}

// whatSources may do with their own orders.
var whatSources = []core.Action{core.ActAmend, core.ActCancel, core.ActExpedite, core.ActAnswerExtension, core.ActSatisfied, core.ActUnsatisfied, core.ActNotReached}

// whatCrews may do with the orders they have.
var whatCrews = []core.Action{core.ActDone, core.ActCouldNot, core.ActAgain, core.ActGiveBack, core.ActAdvance, core.ActRequestHold, core.ActAskExtension, core.ActComment,
	core.ActAskAssistance, core.ActEndAssistance, core.ActCorrect, core.ActAppoint, core.ActSeen}

// whatHelpers may do with the orders on which they assist another crew.
var whatHelpers = []core.Action{core.ActComment, core.ActEndAssistance, core.ActCorrect}

// may tells whether the actor has the right to an action on the order. roles are those that a
// step names for it; empty: the house's roles decide.
func (r *Rules) may(a Actor, action core.Action, o *core.WorkOrder, roles []string) bool {
	switch {
	case a.All:
		return true
	case a.System != "":
		return a.System == o.Ref.System && slices.Contains(whatSources, action)
	case a.Crew != "" && (has(o, a.Crew) && slices.Contains(whatCrews, action) || helps(o, a.Crew) && slices.Contains(whatHelpers, action)):
		return true
	case action == core.ActComment && a.ID != "" && slices.Contains(o.Collaborators, a.ID):
		return true
	}
	return r.housed(a, action, o, roles)
}

// housed tells whether the actor's roles in the house allow the action on the order; on some order, where o is nil.
// What crews may do with their orders was said above: it does not depend on the house.
func (r *Rules) housed(a Actor, action core.Action, o *core.WorkOrder, roles []string) bool {
	a.Crew = ""
	switch {
	case r.Access == nil:
		return len(roles) > 0 && Everybody{}.Holds(a, roles, o)
	case len(roles) > 0:
		return r.Access.Holds(a, roles, o)
	}
	return r.Access.May(a, action, o)
}

// mayAt is may for an action at a step of the kind, or, without one, at a sub-task. A crew has its
// rights in the field, and where the file names crews.
func (r *Rules) mayAt(kind core.StepKind, a Actor, action core.Action, o *core.WorkOrder, roles []string) bool {
	if a.Crew != "" && has(o, a.Crew) && slices.Contains(roles, string(core.RoleCrew)) {
		return true
	}
	if kind != core.StepField {
		a.Crew = ""
	}
	return r.may(a, rightFor(kind, action), o, roles)
}

// rightFor is the action whose right is asked at a step of the kind, or, without one, at a sub-task.
func rightFor(kind core.StepKind, action core.Action) core.Action {
	if kind == core.StepTask || kind == "" && action == core.ActDone {
		return core.ActTask
	}
	return action
}

// RightFor is the action whose right a command takes on the order: its own, but that of tasks where the process
// names the action itself.
func (r *Rules) RightFor(o core.WorkOrder, c Command) core.Action {
	x, err := r.begin(&o, Step{Now: o.UpdatedAt}, "")
	if err != nil {
		return c.Action
	}
	tok, st, err := x.find(c)
	switch {
	case err != nil, beside(c.Action) != nil && len(st.ExitsOf(c.Action)) == 0:
		return c.Action
	case tok.Task != "" && st.Kind != core.StepApproval:
		return rightFor("", core.ActDone)
	case tok.Task != "":
		return c.Action
	}
	return rightFor(st.Kind, c.Action)
}

// has tells whether the crew is the one that works on the order.
func has(o *core.WorkOrder, crew string) bool {
	return o.Phase == core.Field && o.Assignment != nil && o.Assignment.CrewID == crew
}

// helps tells whether the crew assists the one that works on the order.
func helps(o *core.WorkOrder, crew string) bool {
	return o.AssistedBy(crew)
}

// denied refuses an actor who has no right to the action and tells who has.
func (r *Rules) denied(o *core.WorkOrder, s Step, action core.Action, roles []string) error {
	a := s.Actor
	if a.Crew != "" && !has(o, a.Crew) && o.Assignment != nil && slices.Contains(whatCrews, action) {
		return notYours(o)
	}
	en, zh := "your roles do not allow it", "您的角色没有此权限"
	switch {
	case a.System != "":
		en, zh = "a source may amend, cancel and expedite its own orders, answer for more time and report follow-up calls", "来源系统只能修改、作废、催办本系统工单，答复延期并登记回访"
	case r.housed(a, action, nil, roles):
		en, zh = "it belongs to another station", "工单属于其他站点"
	case len(roles) > 0:
		en, zh = "it takes one of the roles "+strings.Join(roles, ", "), "需要以下角色之一："+strings.Join(roles, "、")
	}
	now, nowZH := r.now(o, s.Actor)
	return core.Fail(core.Denied, "not_allowed", "", fmt.Sprintf("order %s: %s may not %s: %s%s", o.No, named(s), action, en, now),
		fmt.Sprintf("工单 %s：%s 不能执行“%s”：%s%s", o.No, named(s), actionZH(action), zh, nowZH))
}

func notYours(o *core.WorkOrder) error {
	return core.Fail(core.Denied, "not_yours", "Crew", fmt.Sprintf("order %s belongs to crew %s", o.No, o.Assignment.CrewID), fmt.Sprintf("工单 %s 属于班组 %s", o.No, o.Assignment.CrewID))
}

func named(s Step) string {
	if s.By != "" {
		return s.By
	}
	if s.Actor.ID != "" {
		return s.Actor.ID
	}
	return "an unknown person 未知人员"
}

func actionZH(a core.Action) string {
	if n := a.Name().ZH; n != "" {
		return n
	}
	return string(a)
}
