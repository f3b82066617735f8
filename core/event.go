package core

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"time"
)

// Event is one line of an order's timeline: who, when, from where, what changed.
type Event struct {
	Order    OrderNo   `json:"order"`
	Sequence int64     `json:"sequence"` // 1, 2, 3 … per order, no gaps
	At       time.Time `json:"at"`
	Kind     EventKind `json:"kind"`
	// By is a person, "system:billing", "crew:17", "auto" or "batch".
	By string `json:"by"`
	// MessageID is the logged message that caused it, if one did.
	MessageID string  `json:"message_id,omitempty"`
	Remark    string  `json:"remark,omitempty"`
	Deltas    []Delta `json:"deltas"`
}

// EventKind names what happened, in the words of the trade.
type EventKind string

const (
	EventReceived    EventKind = "received"    // 登记
	EventAmended     EventKind = "amended"     // 修改
	EventExpedited   EventKind = "expedited"   // 催单
	EventCancelled   EventKind = "cancelled"   // 作废
	EventLocated     EventKind = "located"     // 定位
	EventAccepted    EventKind = "reviewed"    // 接单审核
	EventReturned    EventKind = "returned"    // 退单
	EventAssigned    EventKind = "assigned"    // 派单
	EventReassigned  EventKind = "reassigned"  // 转派
	EventUnassigned  EventKind = "unassigned"  // 撤派
	EventCrewAccept  EventKind = "crew_accept" // 接单
	EventTravel      EventKind = "travel"      // 出发
	EventArrived     EventKind = "arrived"     // 到场
	EventCompleted   EventKind = "completed"   // 销单
	EventReviewed    EventKind = "result_reviewed"
	EventReleased    EventKind = "released"  // 核销
	EventFollowedUp  EventKind = "follow_up" // 回访
	EventClosed      EventKind = "closed"
	EventReopened    EventKind = "reopened"
	EventHeld        EventKind = "held"    // 挂起
	EventResumed     EventKind = "resumed" // 恢复
	EventNote        EventKind = "note"
	EventUnplannable EventKind = "not_assigned" // dispatch found no crew; the reason is kept
	EventPlanned     EventKind = "planned"      // a day was found for it, or none any more 计划上门日期

	EventExtensionRequested EventKind = "extension_requested" // 申请延期
	EventExtensionAnswered  EventKind = "extension_answered"  // 延期答复
	EventApproved           EventKind = "approved"            // 审批同意
	EventRejected           EventKind = "rejected"            // 审批不同意
	EventActed              EventKind = "acted"               // an action of the type's own
	EventTaskDone           EventKind = "task_done"           // a sub-task 子任务
	EventDownloaded         EventKind = "downloaded"          // fetched by the crew's phone 已下载
	EventSeen               EventKind = "seen"                // 已读
	EventHoldRequested      EventKind = "hold_requested"      // 挂起申请
	EventHoldRefused        EventKind = "hold_refused"        // 挂起未获批准
	EventTransferred        EventKind = "transferred"         // 转站
	EventTransferAnswered   EventKind = "transfer_answered"   // 转站接收或拒收
	EventAssistanceAsked    EventKind = "assistance_asked"    // 协助申请
	EventAssistanceSent     EventKind = "assistance_sent"     // 派出协助班组
	EventAssistanceEnded    EventKind = "assistance_ended"    // 协助结束
	EventMerged             EventKind = "merged"              // 合并重复单
	EventUnmerged           EventKind = "unmerged"            // 取消合并
	EventLimitWarned        EventKind = "limit_warned"        // a time limit runs out 时限预警
	EventLimitMissed        EventKind = "limit_missed"        // 超时
	EventShared             EventKind = "shared"              // the visit of another order settled it 合并办结
	EventCorrected          EventKind = "corrected"           // 资料更正
	EventCollaborators      EventKind = "collaborators"       // 协作人
	EventAppointed          EventKind = "appointed"           // 预约
	EventMigrated           EventKind = "migrated"            // 流程版本迁移
	EventOpened             EventKind = "opened"              // another order was opened for it 开关联单
	EventLookedUp           EventKind = "looked_up"           // its customer was looked up in billing 用户资料查询
)

// Inside tells that an event is the house's own affair: sources are not shown it.
func (k EventKind) Inside() bool {
	switch k {
	case EventUnplannable, EventPlanned, EventNote, EventDownloaded, EventSeen, EventHoldRequested, EventHoldRefused, EventTransferred, EventTransferAnswered,
		EventAssistanceAsked, EventAssistanceSent, EventAssistanceEnded, EventCollaborators, EventMigrated, EventTaskDone, EventActed, EventLookedUp:
		return true
	}
	return false
}

// Delta is one changed value of the order's JSON form. Path is the keys joined
// by "/" ("place/point/lat"); "" is the whole order (its first event). A missing
// side is a value that was not there.
type Delta struct {
	Path string          `json:"path"`
	Old  json.RawMessage `json:"old,omitempty"`
	New  json.RawMessage `json:"new,omitempty"`
}

// housekeeping fields change with every event and are derived from it on replay.
var housekeeping = map[string]bool{"version": true, "event_sequence": true, "updated_at": true}

// Diff lists what changed between two JSON objects. Objects are compared key by
// key, everything else (arrays too) as a whole.
func Diff(before, after []byte) ([]Delta, error) {
	a, err := fields(before)
	if err != nil {
		return nil, err
	}
	b, err := fields(after)
	if err != nil {
		return nil, err
	}
	var out []Delta
	diff("", a, b, &out)
	return out, nil
}

// Changes lists what differs between two states of an order.
func Changes(before, after *WorkOrder) ([]Delta, error) {
	a, err := json.Marshal(before)
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(after)
	if err != nil {
		return nil, err
	}
	return Diff(a, b)
}

func fields(raw []byte) (map[string]json.RawMessage, error) {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, fmt.Errorf("compare versions of an order: %w", err)
	}
	return m, nil
}

func isObject(r json.RawMessage) bool { return len(r) > 0 && r[0] == '{' }

func diff(prefix string, a, b map[string]json.RawMessage, out *[]Delta) {
	keys := make([]string, 0, len(a)+len(b))
	for k := range a {
		keys = append(keys, k)
	}
	for k := range b {
		if _, both := a[k]; !both {
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	for _, k := range keys {
		if prefix == "" && housekeeping[k] {
			continue
		}
		x, y := a[k], b[k]
		if bytes.Equal(x, y) {
			continue
		}
		if isObject(x) && isObject(y) {
			xm, errX := fields(x)
			ym, errY := fields(y)
			if errX == nil && errY == nil {
				diff(prefix+escape(k)+"/", xm, ym, out)
				continue
			}
		}
		*out = append(*out, Delta{Path: prefix + escape(k), Old: x, New: y})
	}
}

// escape keeps a "/" inside a key apart from the separator (as JSON Pointer does).
func escape(k string) string {
	if !strings.ContainsAny(k, "~/") {
		return k
	}
	return strings.ReplaceAll(strings.ReplaceAll(k, "~", "~0"), "/", "~1")
}

func unescape(k string) string {
	return strings.ReplaceAll(strings.ReplaceAll(k, "~1", "/"), "~0", "~")
}

// Replay builds the order that a timeline describes. The events must be whole
// and in sequence.
func Replay(events []Event) (WorkOrder, error) {
	var o WorkOrder
	var body json.RawMessage
	for i, ev := range events {
		if ev.Sequence != int64(i+1) {
			return o, Fail(Internal, "timeline_gap", "", fmt.Sprintf("order %s: event %d stands where %d belongs", ev.Order, ev.Sequence, i+1), "时间线不连续")
		}
		for _, d := range ev.Deltas {
			if d.Path == "" {
				body = d.New
				continue
			}
			next, err := apply(body, strings.Split(d.Path, "/"), d.New)
			if err != nil {
				return o, fmt.Errorf("order %s, event %d, %s: %w", ev.Order, ev.Sequence, d.Path, err)
			}
			body = next
		}
	}
	if body == nil {
		return o, Fail(NotFound, "no_events", "", "there is no event to replay", "没有可回放的事件")
	}
	if err := json.Unmarshal(body, &o); err != nil {
		return o, err
	}
	last := events[len(events)-1]
	o.EventSequence, o.UpdatedAt = last.Sequence, last.At
	o.Version = last.Sequence // one event per version: see NewChange
	return o, nil
}

func apply(body json.RawMessage, path []string, value json.RawMessage) (json.RawMessage, error) {
	m, err := fields(body)
	if err != nil {
		return nil, err
	}
	if m == nil {
		m = map[string]json.RawMessage{}
	}
	k := unescape(path[0])
	switch {
	case len(path) > 1:
		child, err := apply(m[k], path[1:], value)
		if err != nil {
			return nil, err
		}
		m[k] = child
	case value == nil:
		delete(m, k)
	default:
		m[k] = value
	}
	return json.Marshal(m)
}

// EventKinds lists every kind of event, in the order in which they are declared.
func EventKinds() []EventKind {
	return []EventKind{
		EventReceived, EventAmended, EventExpedited, EventCancelled, EventLocated, EventAccepted, EventReturned, EventAssigned,
		EventReassigned, EventUnassigned, EventCrewAccept, EventTravel, EventArrived, EventCompleted, EventReviewed, EventReleased,
		EventFollowedUp, EventClosed, EventReopened, EventHeld, EventResumed, EventNote, EventUnplannable, EventPlanned, EventExtensionRequested,
		EventExtensionAnswered, EventApproved, EventRejected, EventActed, EventTaskDone, EventDownloaded, EventSeen, EventHoldRequested,
		EventHoldRefused, EventTransferred, EventTransferAnswered, EventAssistanceAsked, EventAssistanceSent, EventAssistanceEnded, EventMerged, EventUnmerged,
		EventLimitWarned, EventLimitMissed, EventShared, EventCorrected, EventCollaborators, EventAppointed, EventMigrated, EventOpened, EventLookedUp,
	}
}
