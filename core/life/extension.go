package life

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tundish/core"
)

// RequestExtension 延期 asks the source for a later deadline. The deadline stays until the
// source has answered; one request waits at a time.
func (r *Rules) RequestExtension(old core.WorkOrder, until time.Time, reason string, s Step) (core.Unit, error) {
	if !ended(&old) && !r.Systems[old.Ref.System].Extensions {
		return core.Unit{}, r.conflict(&old, s, "not_extendable", fmt.Sprintf("its source %s cannot be asked for more time", old.Ref.System), fmt.Sprintf("来源 %s 不支持延期申请", old.Ref.System))
	}
	x, err := r.extend(&old, until, reason, s)
	if err != nil {
		return core.Unit{}, err
	}
	x.tell(old.Ref.System, core.TellExtension, "")
	return x.change()
}

// AskExtension asks somebody of the house for a later deadline. Where it is granted and the
// source can be asked for more time, the source is asked then; else the house's word moves the deadline, and it stays
// one that a hold stops.
func (r *Rules) AskExtension(old core.WorkOrder, until time.Time, reason string, s Step) (core.Unit, error) {
	x, err := r.extend(&old, until, reason, s)
	if err != nil {
		return core.Unit{}, err
	}
	x.next.Extension.Inside = true
	return x.change()
}

func ended(o *core.WorkOrder) bool {
	return o.Phase.Ended() || o.Phase == core.Released || o.Phase == core.FollowUpCall
}

func (r *Rules) extend(old *core.WorkOrder, until time.Time, reason string, s Step) (*turn, error) {
	reason = strings.TrimSpace(reason)
	after := s.Now
	if old.DueAt.After(after) {
		after = old.DueAt
	}
	switch {
	case ended(old):
		return nil, r.conflict(old, s, "ended", "its deadline no longer matters", "工单已办结，无需延期")
	case pending(old):
		return nil, r.conflict(old, s, "extension_pending", fmt.Sprintf("request %s waits for its answer", old.Extension.No), fmt.Sprintf("延期申请 %s 尚未答复", old.Extension.No))
	case until.IsZero():
		return nil, core.Invalidf("required", "until", "an extension names the deadline asked for", "延期必须填写申请的时限")
	case reason == "":
		return nil, core.Invalidf("required", "reason", "an extension is asked for with a reason", "延期必须填写原因")
	case core.UTF16Len(reason) > core.MaxText:
		return nil, TooLong("reason", core.UTF16Len(reason))
	case !until.After(after):
		asked, bound := until.In(r.Zone).Format(time.RFC3339), after.In(r.Zone).Format(time.RFC3339)
		return nil, core.Invalidf("invalid_value", "until", "the deadline asked for, %s, must lie after %s", "申请的时限 %s 必须晚于 %s", asked, bound)
	}
	x, err := r.side(old, s, core.ActAskExtension, core.EventExtensionRequested)
	if err != nil {
		return nil, err
	}
	x.next.Extension = &core.Extension{No: extensionNo(old), State: core.ExtensionRequested, Until: until.UTC(), Reason: reason, By: s.By, RequestedAt: s.Now.UTC()}
	x.ev.Remark = reason
	return x, nil
}

// AnswerExtension takes the answer to the request with number no, of the source or, to a
// request inside the house, of whoever may give it. Granted, the deadline moves to until, or to
// the one asked for if until is zero; refused, it stays.
func (r *Rules) AnswerExtension(old core.WorkOrder, no string, granted bool, until time.Time, s Step) (core.Unit, error) {
	if old.Phase.Ended() {
		return core.Unit{}, r.conflict(&old, s, "ended", "its deadline no longer matters", "工单已结束")
	}
	if !pending(&old) || old.Extension.No != no || old.Extension.Inside && s.Actor.System != "" {
		return core.Unit{}, core.Fail(core.Conflict, "unknown_extension", "ExtensionNo",
			fmt.Sprintf("order %s waits for no answer to an extension %q; answer the number that RequestExtension gave, once", old.No, no),
			fmt.Sprintf("工单 %s 没有待答复的延期申请 %q；请使用 RequestExtension 中的编号，且只答复一次", old.No, no))
	}
	if granted && s.Actor.System == "" && !until.IsZero() && !until.After(s.Now) {
		return core.Unit{}, ahead("until")
	}
	x, err := r.side(&old, s, core.ActAnswerExtension, core.EventExtensionAnswered)
	if err != nil {
		return core.Unit{}, err
	}
	next := &x.next
	s.count(next)
	q := next.Extension
	verdict := fmt.Sprintf("%s refused 延期未获批准", no)
	if until.IsZero() {
		until = q.Until
	}
	switch {
	case granted && q.Inside && r.Systems[old.Ref.System].Extensions:
		q.Inside, q.Until = false, until.UTC()
		verdict = fmt.Sprintf("%s granted in the house, the source is asked 内部同意，已向来源申请", no)
		x.tell(old.Ref.System, core.TellExtension, "")
	default:
		q.State, q.AnsweredAt, q.Remark = core.ExtensionRefused, s.Now.UTC(), s.Remark
		if granted {
			q.State, next.DueAt, next.DueBy = core.ExtensionGranted, until.UTC().Truncate(time.Millisecond), core.DueByExtension
			if q.Inside {
				next.DueBy = core.DueByHouse
			}
			verdict = fmt.Sprintf("%s granted 延期获准", no)
		}
	}
	if x.ev.Remark = verdict; s.Remark != "" {
		x.ev.Remark += ": " + s.Remark
	}
	return x.change()
}

// ahead refuses an instant that is over.
func ahead(field string) error {
	return core.Fail(core.Invalid, "invalid_value", field, "it must lie ahead", "须晚于当前时间")
}

func pending(o *core.WorkOrder) bool {
	return o.Extension != nil && o.Extension.State == core.ExtensionRequested
}

// extensionNo is the number of the order's next request.
func extensionNo(o *core.WorkOrder) string {
	prefix := string(o.No) + "-E"
	n := 0
	if o.Extension != nil {
		n, _ = strconv.Atoi(strings.TrimPrefix(o.Extension.No, prefix)) // we made it
	}
	return prefix + strconv.Itoa(n+1)
}
