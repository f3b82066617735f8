package codes

import (
	"slices"

	"tundish/config/lang"
	"tundish/core"
)

// Kinds of codes that are not written in the vocabulary's file, or that the program speaks of.
const (
	Type        = "type"         // order types; their words stand in their own files
	District    = "district"     // likewise
	Category    = "category"     // the only kind with a level below it
	SubCategory = "sub_category" // that level alone
	Urgency     = "urgency"
	Channel     = "channel"
	Status      = "status"
	Phase       = "phase"
	Outcome     = "outcome"
	Reason      = "reason"
	Handling    = "handling"
	Free        = "free" // codes that the house keeps no list of: books, branches, routes
)

// Kinds of codes of the program's own, which no order holds: what lists and reports about the
// hub's work say.
const (
	Event        = "event"         // of an order's timeline
	WriteBack    = "write_back"    // what a system is told
	MessageState = "message_state" // of what is owed to a system
	Attempt      = "attempt"       // how a delivery ended
	RunState     = "run_state"     // of a job
	Trigger      = "trigger"       // why a job ran
	Verdict      = "row"           // what would become of a row that was listed
	Direction    = "direction"     // of a message
	Result       = "result"        // of a message or a row: taken, or why not
	Move         = "move"          // of the version that is live
	Mode         = "mode"          // of a system
	Rule         = "rule"          // that keeps an order from a crew
	PointSource  = "point_source"  // where a coordinate is from
	Books        = "books"         // states in a source's own books
	Staff        = "staff"         // what the record of people says
)

// ofProgram are the kinds whose codes are those that were built in, no more and no fewer: the
// vocabulary of an installation may call them otherwise.
var ofProgram = []string{Event, WriteBack, MessageState, Attempt, RunState, Trigger, Verdict, Direction, Result, Move, Mode, Rule, PointSource, Books, Staff}

// closed are the kinds that the program decides by: the vocabulary gives each of their codes its
// words, and can add none.
var closed = map[string][]string{
	"family":       texts(core.Families()),
	Phase:          texts(core.Phases()),
	Urgency:        texts(core.Urgencies()),
	Status:         texts(core.Statuses()),
	Outcome:        {string(core.Done), string(core.CouldNotBeDone)},
	"satisfaction": core.Satisfactions(),
}

func texts[T ~string](list []T) []string {
	all := make([]string, len(list))
	for i, v := range list {
		all[i] = string(v)
	}
	return all
}

// KindNames lists the kinds of codes, those without a list too, in the order in which they are
// shown to people.
func KindNames() []string {
	names := []string{Type, District}
	for _, k := range (&words{}).kinds() {
		names = append(names, k.name)
		if k.name == Category {
			names = append(names, SubCategory)
		}
	}
	return append(names, Free)
}

// TableKinds are the kinds of [KindNames] that an order may hold a code of: a code table leads to one of them.
func TableKinds() []string {
	return slices.DeleteFunc(KindNames(), func(name string) bool { return slices.Contains(ofProgram, name) })
}

// words is config/vocabulary.yaml.
type words struct {
	At               lang.Pos
	Family           kind `yaml:"family" en:"Families of order types. Closed." zh:"工单大类。固定。"`
	Category         kind `yaml:"category" en:"Categories of reports, with their sub-categories below." zh:"反映类别，其下为反映子类。"`
	Urgency          kind `yaml:"urgency" en:"Urgencies. Closed." zh:"紧急程度。固定。"`
	Channel          kind `yaml:"channel" en:"How reports came in." zh:"来源渠道。"`
	Status           kind `yaml:"status" en:"What sources are told. Closed." zh:"告知来源系统的状态。固定。"`
	Phase            kind `yaml:"phase" en:"Phases of an order's life. Closed." zh:"工单阶段。固定。"`
	Outcome          kind `yaml:"outcome" en:"Whether the work was done. Closed." zh:"完成结果。固定。"`
	Reason           kind `yaml:"reason" en:"Why work could not be done." zh:"无法完成原因。"`
	Handling         kind `yaml:"handling" en:"What kind of thing was done." zh:"处理类别。"`
	Tariff           kind `yaml:"tariff" en:"Tariff classes." zh:"用水性质。"`
	MeterState       kind `yaml:"meter_state" en:"States in which a meter is found." zh:"抄表状态。"`
	MeterFate        kind `yaml:"meter_fate" en:"What becomes of an old meter." zh:"旧表处置。"`
	Confirmation     kind `yaml:"confirmation" en:"What a check reading showed." zh:"复核结论。"`
	AccountTreatment kind `yaml:"account_treatment" en:"What billing should do after a check reading." zh:"账务处理。"`
	Satisfaction     kind `yaml:"satisfaction" en:"What the customer said in the follow-up call. Closed." zh:"回访满意度。固定。"`
	Event            kind `yaml:"event" en:"Events of an order's timeline. Closed." zh:"工单时间线事件。固定。"`
	WriteBack        kind `yaml:"write_back" en:"What systems are told. Closed." zh:"回写内容。固定。"`
	MessageState     kind `yaml:"message_state" en:"States of what is owed to systems. Closed." zh:"回写消息状态。固定。"`
	Attempt          kind `yaml:"attempt" en:"How a delivery ended. Closed." zh:"投递结果。固定。"`
	RunState         kind `yaml:"run_state" en:"States of a run of a job. Closed." zh:"任务运行状态。固定。"`
	Trigger          kind `yaml:"trigger" en:"Why a job ran. Closed." zh:"任务触发原因。固定。"`
	Row              kind `yaml:"row" en:"What would become of a row that was listed. Closed." zh:"列表行的处理结果。固定。"`
	Direction        kind `yaml:"direction" en:"Directions of messages. Closed." zh:"报文方向。固定。"`
	Result           kind `yaml:"result" en:"How a message or a row was taken, or why it was not. Closed." zh:"报文或行的接收结果及拒收原因。固定。"`
	Move             kind `yaml:"move" en:"How a version went live. Closed." zh:"版本生效方式。固定。"`
	Mode             kind `yaml:"mode" en:"Modes of systems. Closed." zh:"系统运行方式。固定。"`
	PointSource      kind `yaml:"point_source" en:"Where coordinates are from. Closed." zh:"坐标来源。固定。"`
	Books            kind `yaml:"books" en:"States of orders in the books of their source. Closed." zh:"来源账册中的工单状态。固定。"`
	Staff            kind `yaml:"staff" en:"What the record of people says. Closed." zh:"人员记录中的事项。固定。"`
	Rule             kind `yaml:"rule" en:"Rules that keep orders from crews. Closed." zh:"限制派工的规则。固定。"`
}

// kind is one kind of code.
type kind struct {
	Title Name            `yaml:"title" en:"What people call the kind." zh:"类别名称。"`
	Codes lang.Map[entry] `yaml:"codes" lang:"keys='[a-z0-9][a-z0-9_]{0,59}'" en:"The codes." zh:"代码。"`

	name string
}

// word is what one code means.
type word struct {
	EN    string     `yaml:"en" lang:"required,min=1,max=60" en:"What people call it, in English." zh:"英文名称。"`
	ZH    string     `yaml:"zh" lang:"required,min=1,max=60" en:"What people call it, in Chinese." zh:"中文名称。"`
	Means definition `yaml:"means" lang:"required" en:"What it means, so that two people choose the same code." zh:"定义，使不同的人选用同一代码。"`
}

// entry is a code and those below it.
type entry struct {
	At    lang.Pos
	word  `yaml:",inline"`
	Below lang.Map[word] `yaml:"below" lang:"keys='[a-z0-9][a-z0-9_]{0,59}'" en:"Sub-categories; only of a category." zh:"子类；仅用于反映类别。"`
}

// definition says in a sentence what a code means.
type definition struct {
	EN string `yaml:"en" lang:"required,min=1,max=500" en:"In English." zh:"英文。"`
	ZH string `yaml:"zh" lang:"required,min=1,max=500" en:"In Chinese." zh:"中文。"`
}

// kinds are the kinds of the file in its order.
func (w *words) kinds() []*kind {
	list := []struct {
		name string
		k    *kind
	}{
		{"family", &w.Family}, {Category, &w.Category}, {Urgency, &w.Urgency}, {Channel, &w.Channel}, {Status, &w.Status}, {Phase, &w.Phase},
		{Outcome, &w.Outcome}, {Reason, &w.Reason}, {Handling, &w.Handling}, {"tariff", &w.Tariff}, {"meter_state", &w.MeterState},
		{"meter_fate", &w.MeterFate}, {"confirmation", &w.Confirmation}, {"account_treatment", &w.AccountTreatment}, {"satisfaction", &w.Satisfaction},
		{Event, &w.Event}, {WriteBack, &w.WriteBack}, {MessageState, &w.MessageState}, {Attempt, &w.Attempt}, {RunState, &w.RunState}, {Trigger, &w.Trigger},
		{Verdict, &w.Row}, {Direction, &w.Direction}, {Result, &w.Result}, {Move, &w.Move}, {Mode, &w.Mode}, {Rule, &w.Rule},
		{PointSource, &w.PointSource}, {Books, &w.Books}, {Staff, &w.Staff},
	}
	kinds := make([]*kind, len(list))
	for i, e := range list {
		e.k.name, kinds[i] = e.name, e.k
	}
	return kinds
}

// VocabularySchemaName is the file name of [VocabularySchema].
const VocabularySchemaName = "vocabulary.json"

// VocabularySchema is the JSON Schema of the vocabulary.
func VocabularySchema() []byte {
	return lang.Schema(words{}, VocabularySchemaName, lang.Text{En: "The words of the house.", Zh: "本系统词汇表。"})
}
