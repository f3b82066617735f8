package access

import "tundish/core"

// Right is something that a role may do: an action on an order ("assign"), or a piece of the
// hub's administration ("outbox.retry"). The set is closed.
type Right string

// Rights that are no actions of a step.
const (
	See    Right = "see"
	Search Right = "search"
	Export Right = "export"
	// Task stands for every action that an order type names by itself.
	Task    Right = Right(core.ActTask)
	Comment Right = "comment"
	Hold    Right = "hold"
	Resume  Right = "resume"
	Advance Right = "advance"
	Extend  Right = "request_extension"

	CrewSee      Right = "crew.see"
	CrewPosition Right = "crew.position"
	CrewEdit     Right = "crew.edit"
	RosterSee    Right = "roster.see"
	RosterEdit   Right = "roster.edit"
	Batch        Right = "dispatch.batch"

	MessageSee     Right = "message.see"
	MessageBodies  Right = "message.bodies"
	MessageReplay  Right = "message.replay"
	OutboxSee      Right = "outbox.see"
	OutboxRetry    Right = "outbox.retry"
	OutboxSkip     Right = "outbox.skip"
	JobSee         Right = "job.see"
	JobRun         Right = "job.run"
	SystemSee      Right = "system.see"
	Reconcile      Right = "reconcile"
	MappingPublish Right = "mapping.publish"

	UserSee  Right = "user.see"
	UserEdit Right = "user.edit"
	AuditSee Right = "audit.see"
)

// Duty is the kind of work a right belongs to. Multi-level protection 等保 wants those who run the
// systems, those who give rights and those who watch both to be different people.
type Duty string

const (
	Work     Duty = "work"     // orders, crews, rosters
	System   Duty = "system"   // messages, outbox, jobs, mappings 系统管理
	Security Duty = "security" // people and their roles 安全管理
	Audit    Duty = "audit"    // what people did 审计管理
)

// Entry is one line of the catalogue of rights.
type Entry struct {
	Right Right
	Duty  Duty
	// Order: it is asked of one order, so the role's scope counts.
	Order bool
	// Changes something; such rights of two duties never meet in one person where they are kept apart.
	Changes bool
	Name    core.Text
}

func work(r Right, en, zh string) Entry {
	return Entry{Right: r, Duty: Work, Order: true, Changes: true, Name: core.Text{EN: en, ZH: zh}}
}

func look(r Right, d Duty, en, zh string) Entry {
	return Entry{Right: r, Duty: d, Name: core.Text{EN: en, ZH: zh}}
}

func do(r Right, d Duty, en, zh string) Entry {
	return Entry{Right: r, Duty: d, Changes: true, Name: core.Text{EN: en, ZH: zh}}
}

var catalogue = []Entry{
	{Right: See, Duty: Work, Order: true, Name: core.Text{EN: "See orders", ZH: "查看工单"}},
	{Right: Search, Duty: Work, Order: true, Name: core.Text{EN: "Search orders", ZH: "查询工单"}},
	{Right: Export, Duty: Work, Order: true, Name: core.Text{EN: "Export lists of orders", ZH: "导出工单"}},

	work(Right(core.ActAccept), "Accept in the acceptance review", "接单审核通过"),
	work(Right(core.ActReturn), "Return to the source", "退单"),
	work(Right(core.ActApprove), "Approve", "审批通过"),
	work(Right(core.ActReject), "Reject in an approval", "审批驳回"),
	work(Right(core.ActAssign), "Assign to a crew", "派单"),
	work(Right(core.ActDone), "Complete: done", "销单：已完成"),
	work(Right(core.ActCouldNot), "Complete: could not be done", "销单：无法完成"),
	work(Right(core.ActAgain), "Complete: a new appointment is made", "销单：另行预约"),
	work(Right(core.ActGiveBack), "Take back from a crew, or give back", "撤派、退回派单"),
	work(Right(core.ActAnswer), "Answer at the desk", "坐席答复"),
	work(Right(core.ActPass), "Pass a result", "结果审核通过"),
	work(Right(core.ActFail), "Send a result back", "结果审核退回"),
	work(Right(core.ActSatisfied), "Follow-up: satisfied", "回访：满意"),
	work(Right(core.ActUnsatisfied), "Follow-up: not satisfied", "回访：不满意"),
	work(Right(core.ActNotReached), "Follow-up: not reached", "回访：未接通"),
	work(Task, "Actions that an order type names itself", "工单类型自定义的操作"),

	work(Advance, "Report progress: accepted, set out, on site", "报告进度：接单、出发、到场"),
	work("reassign", "Reassign", "转派"),
	work("cancel", "Cancel", "作废"),
	work("amend", "Amend", "修改"),
	work("expedite", "Expedite", "催单"),
	work(Hold, "Hold", "挂起"),
	work(Resume, "Resume", "恢复"),
	work("request_hold", "Request a hold", "申请挂起"),
	work("answer_hold", "Grant or refuse a hold", "审批挂起"),
	work(Extend, "Request more time", "申请延期"),
	work("answer_extension", "Grant or refuse more time", "审批延期"),
	work(Comment, "Comment", "备注"),
	work("transfer", "Transfer to a depot", "转站"),
	work("answer_transfer", "Take or refuse a transfer", "接收或拒收转站"),
	work("request_assistance", "Ask for assistance", "申请协助"),
	work("assist", "Send an assisting crew", "派协助班组"),
	work("end_assistance", "End an assistance", "结束协助"),
	work("merge", "Merge duplicates", "合并重复单"),
	work("unmerge", "Undo a merge", "取消合并"),
	work("not_needed", "Close as not needed", "无需处理"),
	work("hand_over", "Hand to another body", "转外处理"),
	work("correct", "Correct customer data and coordinates", "更正资料与坐标"),
	work("collaborate", "Choose who may read and comment", "调整协作人"),
	work("appoint", "Make an appointment", "预约"),
	work("open", "Open an order", "新建工单"),
	work("seen", "Mark as seen", "标记已读"),
	work("migrate", "Move to a new version of the process", "迁移流程版本"),
	work("locate", "Set the place", "定位"),

	look(CrewSee, Work, "See crews", "查看班组"),
	{Right: CrewPosition, Duty: Work, Changes: true, Name: core.Text{EN: "Report a crew's position", ZH: "上报班组位置"}},
	do(CrewEdit, Work, "Edit crews", "维护班组"),
	look(RosterSee, Work, "See duty rosters", "查看值班表"),
	do(RosterEdit, Work, "Edit duty rosters", "维护值班表"),
	do(Batch, Work, "Plan the waiting orders now", "立即批量派单"),

	look(MessageSee, System, "See logged messages", "查看报文日志"),
	look(MessageBodies, System, "See the bodies of messages, personal data included", "查看报文正文（含个人信息）"),
	do(MessageReplay, System, "Take a refused message again", "重放报文"),
	look(OutboxSee, System, "See what is owed to systems", "查看待回写消息"),
	do(OutboxRetry, System, "Deliver again", "重新回写"),
	do(OutboxSkip, System, "Give a message up", "放弃回写"),
	look(JobSee, System, "See pull jobs", "查看拉取任务"),
	do(JobRun, System, "Run and backfill pull jobs", "运行与补拉任务"),
	look(SystemSee, System, "See connected systems", "查看相连系统"),
	do(Reconcile, System, "Reconcile and repair", "对账与修复"),
	do(MappingPublish, System, "Publish and roll back configuration", "发布与回退配置"),

	look(UserSee, Security, "See people", "查看人员"),
	do(UserEdit, Security, "Edit people and their roles", "维护人员与角色"),
	do(AuditSee, Audit, "See who changed people and rights", "查看人员审计记录"),
}

var entries = func() map[Right]*Entry {
	m := make(map[Right]*Entry, len(catalogue))
	for i := range catalogue {
		m[catalogue[i].Right] = &catalogue[i]
	}
	return m
}()

// Rights lists every right with its name, those of orders first.
func Rights() []Entry { return append([]Entry(nil), catalogue...) }

// Name of the right for people.
func (r Right) Name() core.Text {
	if e := entries[r]; e != nil {
		return e.Name
	}
	return core.Text{EN: string(r), ZH: string(r)}
}

// Known tells whether there is such a right.
func (r Right) Known() bool { return entries[r] != nil }

// ForAction is the right that an action on an order takes. Actions of an order type's own share one.
func ForAction(a core.Action) Right {
	if r := Right(a); r.Known() && entries[r].Order {
		return r
	}
	return Task
}
