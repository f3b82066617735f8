package core

import "slices"

// Actions beside the main line: they may be taken at many steps and belong to no exit.
const (
	ActAdvance         Action = "advance" // the crew accepted, set out, is on site
	ActReassign        Action = "reassign"
	ActCancel          Action = "cancel"
	ActAmend           Action = "amend"
	ActExpedite        Action = "expedite"
	ActHold            Action = "hold"
	ActResume          Action = "resume"
	ActRequestHold     Action = "request_hold"
	ActAnswerHold      Action = "answer_hold"
	ActAskExtension    Action = "request_extension"
	ActAnswerExtension Action = "answer_extension"
	ActComment         Action = "comment"
	ActTransfer        Action = "transfer"
	ActAnswerTransfer  Action = "answer_transfer"
	ActAskAssistance   Action = "request_assistance"
	ActAssist          Action = "assist"
	ActEndAssistance   Action = "end_assistance"
	ActMerge           Action = "merge"
	ActUnmerge         Action = "unmerge"
	ActNotNeeded       Action = "not_needed"
	ActHandOver        Action = "hand_over"
	ActCorrect         Action = "correct"
	ActCollaborate     Action = "collaborate"
	ActAppoint         Action = "appoint"
	ActOpen            Action = "open"
	ActSeen            Action = "seen"
	ActMigrate         Action = "migrate"
	ActLocate          Action = "locate"
)

// SideActions lists them in the order in which people look for them.
func SideActions() []Action {
	return []Action{ActAdvance, ActReassign, ActCancel, ActAmend, ActExpedite, ActHold, ActResume, ActRequestHold, ActAnswerHold, ActAskExtension, ActAnswerExtension, ActComment,
		ActTransfer, ActAnswerTransfer, ActAskAssistance, ActAssist, ActEndAssistance, ActMerge, ActUnmerge, ActNotNeeded, ActHandOver, ActCorrect, ActCollaborate, ActAppoint,
		ActOpen, ActSeen, ActMigrate, ActLocate}
}

// ActTask stands for what order types name themselves: the actions of tasks and the ends of sub-tasks. Whoever may do
// one may do all that no step keeps to other roles.
const ActTask Action = "task"

// Reserved tells that an action cannot be one of a file's own: the program gives it a meaning, or it is what a right to
// look at orders is called.
func (a Action) Reserved() bool {
	if a == ActTask || a == "see" || a == "search" || a == "export" || slices.Contains(SideActions(), a) {
		return true
	}
	return slices.ContainsFunc(StepKinds(), func(k StepKind) bool {
		need, may := k.Actions()
		return slices.Contains(append(need, may...), a)
	})
}

var sideNames = map[Action]Text{
	ActAdvance:         {"Report progress", "报告进度"},
	ActReassign:        {"Reassign", "转派"},
	ActCancel:          {"Cancel", "作废"},
	ActAmend:           {"Amend", "修改"},
	ActExpedite:        {"Expedite", "催单"},
	ActHold:            {"Hold", "挂起"},
	ActResume:          {"Resume", "恢复"},
	ActRequestHold:     {"Request a hold", "申请挂起"},
	ActAnswerHold:      {"Answer the request for a hold", "审批挂起申请"},
	ActAskExtension:    {"Request more time", "申请延期"},
	ActAnswerExtension: {"Answer the request for more time", "审批延期申请"},
	ActComment:         {"Comment", "备注"},
	ActTransfer:        {"Transfer to a depot", "转站"},
	ActAnswerTransfer:  {"Take or refuse the transfer", "接收或拒收转站"},
	ActAskAssistance:   {"Ask for assistance", "申请协助"},
	ActAssist:          {"Send an assisting crew", "派协助班组"},
	ActEndAssistance:   {"End the assistance", "结束协助"},
	ActMerge:           {"Merge as a duplicate", "合并重复单"},
	ActUnmerge:         {"Undo the merge", "取消合并"},
	ActNotNeeded:       {"Not needed", "无需处理"},
	ActHandOver:        {"Hand to another body", "转外处理"},
	ActCorrect:         {"Correct data", "更正资料"},
	ActCollaborate:     {"Change collaborators", "调整协作人"},
	ActAppoint:         {"Make an appointment", "预约"},
	ActOpen:            {"Open an order", "自开单"},
	ActSeen:            {"Mark as seen", "标记已读"},
	ActMigrate:         {"Move to the new process", "迁移流程版本"},
	ActLocate:          {"Locate", "定位"},
}
