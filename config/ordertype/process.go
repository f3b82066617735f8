package ordertype

import (
	"time"

	"tundish/config/lang"
)

// Process is the way of an order type through the house.
type Process struct {
	Code    lang.Value[string] `yaml:"code" lang:"pattern='[A-Z]{1,6}-[0-9]{1,6}'" en:"Process code, e.g. BW-001; a part of the application number." zh:"流程代码，如 BW-001，用于流程申请号。"`
	Steps   []Step             `yaml:"steps" lang:"required,min=1,max=60" en:"The steps in their order; an order begins at the first. A step that leaves everything to its kind is written as the kind alone." zh:"各步骤，自首个开始；全部采用默认时可只写类别。"`
	Fields  []Field            `yaml:"fields" en:"Fields of the house's own that such orders bring along (extra.…), for guards; those that forms ask for are declared there." zh:"工单自带的自定义字段（extra.…），供条件使用；表单中的字段在表单处声明。"`
	Limits  []Limit            `yaml:"limits" en:"Time limits of the whole order. The one with the id finish is its deadline, unless the source names one." zh:"整单时限。标识为 finish 者即处理时限（来源已给出者除外）。"`
	Effects []Effect           `yaml:"effects" en:"What happens at any step, by the event it belongs to." zh:"与步骤无关的联动，按事件触发。"`
	Migrate Migrate            `yaml:"migrate" en:"What becomes of orders under way when this file changes." zh:"文件修改后在途工单的处理方式。"`
}

// Step is one step of a process.
type Step struct {
	At lang.Pos

	Kind    lang.Value[kind]     `yaml:"kind" lang:"required,shorthand" en:"What the program does there: which phase it belongs to and which actions it has." zh:"步骤类别：决定所属阶段和可用操作。"`
	ID      lang.Value[string]   `yaml:"id" lang:"pattern='[a-z][a-z0-9_]{0,59}'" en:"Its id, unique in the process; without one the kind." zh:"标识，流程内唯一；缺省为类别。"`
	Name    *Name                `yaml:"name" en:"What people call it; without one the kind's name." zh:"名称；缺省为类别名称。"`
	Phase   lang.Value[phase]    `yaml:"phase" en:"Phase of orders there; only of task and choice." zh:"所属阶段，仅用于 task 和 choice。"`
	Number  lang.Value[string]   `yaml:"number" lang:"pattern='[0-9]{1,6}'" en:"Number of the node in the process, e.g. \"30\"." zh:"节点号，如 \"30\"。"`
	Roles   []lang.Value[string] `yaml:"roles" en:"Who may act there, any of these; without them whom the house's roles allow it." zh:"可操作的角色，任一即可；缺省按本单位角色权限。"`
	When    lang.Value[string]   `yaml:"when" en:"A guard that must hold for an order to stop here; else it passes by." zh:"停留条件；不成立则跳过。"`
	Else    lang.Value[string]   `yaml:"else" en:"Where an order goes that passes by; without it to the next step." zh:"跳过时的去向；缺省为下一步。"`
	After   lang.Value[string]   `yaml:"after" en:"A guard: where it holds the order does not wait, the step is owed and done later. An acceptance without it is owed where dispatch is auto." zh:"成立时不等待，事后补办；接单审核缺省为自动派单时事后审核。"`
	Form    []Field              `yaml:"form" en:"What is asked of whoever leaves the step with its work done." zh:"完成本步骤须填写的表单。"`
	Tasks   []Task               `yaml:"tasks" en:"Work of others beside the step; while one is open the order does not leave it, but by return." zh:"并行子任务；未完成前不能离开本步骤（退单除外）。"`
	Go      lang.Map[[]Exit]     `yaml:"go" lang:"single" en:"Where each action leads; what is not named has the default of its kind. Automatic steps have the one action then." zh:"各操作的去向；未写者按类别默认。自动步骤只有 then。"`
	Limits  []Limit              `yaml:"limits" en:"Time limits of the stay." zh:"本步骤时限。"`
	Effects []Effect             `yaml:"effects" en:"What happens when an order comes here." zh:"进入本步骤时的联动。"`
}

// Exit is where an action leads.
type Exit struct {
	At lang.Pos

	To      lang.Value[string]   `yaml:"to" lang:"required,shorthand" en:"Id of the step it leads to; closed, returned and cancelled are always there." zh:"去向步骤；closed、returned、cancelled 始终存在。"`
	When    lang.Value[string]   `yaml:"when" en:"A guard. Of the exits of one action the first that holds is taken; the last has none." zh:"条件。同一操作取首个成立者，末项不带条件。"`
	Label   *Name                `yaml:"label" en:"What people call the action; needed for actions of a task." zh:"操作名称；task 的操作必填。"`
	Roles   []lang.Value[string] `yaml:"roles" en:"Who may take it, where that differs from the step's." zh:"可选择此去向的角色，与步骤不同时填写。"`
	Reason  bool                 `yaml:"reason" lang:"default=false" en:"Whoever takes it must say why. Always so with return, reject and fail." zh:"须说明原因；return、reject、fail 始终如此。"`
	Form    *[]Field             `yaml:"form" en:"What is asked in place of the step's form." zh:"代替步骤表单的内容。"`
	Effects []Effect             `yaml:"effects" en:"What happens when it is taken." zh:"选择此去向时的联动。"`
}

// Task is work beside a step.
type Task struct {
	At lang.Pos

	ID     lang.Value[string]   `yaml:"id" lang:"required,pattern='[a-z][a-z0-9_]{0,59}'" en:"Its id, unique in the process." zh:"标识，流程内唯一。"`
	Name   Name                 `yaml:"name" lang:"required" en:"What people call it." zh:"名称。"`
	Roles  []lang.Value[string] `yaml:"roles" lang:"required,min=1" en:"Who does it." zh:"负责的角色。"`
	When   lang.Value[string]   `yaml:"when" en:"A guard: only where it holds is there such a task." zh:"成立时才有此任务。"`
	Form   []Field              `yaml:"form" en:"What is asked of whoever ends it." zh:"完成时填写的表单。"`
	Limits []Limit              `yaml:"limits" en:"Its time limits." zh:"时限。"`
}

// Field is a thing that a form asks for.
type Field struct {
	At lang.Pos

	Field        lang.Value[string]    `yaml:"field" lang:"required,shorthand,max=100" en:"Path in the order: completion.old_final_reading, meter.state, or extra.… for a field of the house's own." zh:"工单中的路径，如 completion.old_final_reading；自定义字段为 extra.…。"`
	Type         lang.Value[fieldType] `yaml:"type" en:"Type of a field of the house's own; the order's own fields have theirs." zh:"自定义字段的类型；工单固有字段不必填写。"`
	Label        *Name                 `yaml:"label" en:"What people call it; the order's own fields have a label." zh:"显示名称；工单固有字段已有。"`
	Codes        lang.Value[string]    `yaml:"codes" en:"Kind of codes of a choice, from the vocabulary." zh:"选项所用词汇类别。"`
	Options      lang.Map[Name]        `yaml:"options" lang:"keys='[a-z0-9][a-z0-9_]{0,59}',max=100" en:"Choices given here." zh:"直接列出的选项。"`
	Unit         string                `yaml:"unit" lang:"max=20" en:"Its unit." zh:"单位。"`
	Required     bool                  `yaml:"required" lang:"default=false" en:"It must be filled in." zh:"必填。"`
	RequiredWhen lang.Value[string]    `yaml:"required_when" en:"A guard: where it holds, the field must be filled in." zh:"成立时必填。"`
	Min          lang.Value[string]    `yaml:"min" en:"Smallest number, or fewest characters or photos." zh:"最小值、最少字数或最少张数。"`
	Max          lang.Value[string]    `yaml:"max" en:"Largest number, or most characters or photos." zh:"最大值、最多字数或最多张数。"`
	Pattern      lang.Value[string]    `yaml:"pattern" lang:"max=200" en:"A regular expression that the whole text must match." zh:"须整体匹配的正则表达式。"`
	Help         *Name                 `yaml:"help" en:"A word of help beside it." zh:"填写说明。"`
}

// Limit is a time limit.
type Limit struct {
	At lang.Pos

	ID         lang.Value[string]    `yaml:"id" lang:"required,pattern='[a-z][a-z0-9_]{0,59}'" en:"Its id. Of the limits of one place with the same id the first that applies counts." zh:"标识；同处同标识者取首个适用的。"`
	Name       *Name                 `yaml:"name" en:"What people call it." zh:"名称。"`
	When       lang.Value[string]    `yaml:"when" en:"A guard: only where it holds does the limit apply." zh:"适用条件。"`
	From       lang.Value[milestone] `yaml:"from" en:"The instant that begins it; without it the arrival at the step (of the order: its receipt)." zh:"起点；缺省为进入步骤（整单为接收）。"`
	Until      lang.Value[milestone] `yaml:"until" en:"The instant that ends it; without it the leaving of the step (of the order: the completion of its work, or its end)." zh:"终点；缺省为离开步骤（整单为销单或办结）。"`
	Within     time.Duration         `yaml:"within" lang:"required,min=1m,max=365d" en:"The span. Working days are written 3d." zh:"时限；工作日写作 3d。"`
	Clock      clock                 `yaml:"clock" lang:"required" en:"How it runs: elapsed day and night, working in working hours only, working_days by whole working days." zh:"计时方式：elapsed 昼夜连续、working 仅工作时间、working_days 按工作日。"`
	Warn       time.Duration         `yaml:"warn" lang:"default=0s,max=365d" en:"How long before its end somebody is warned, on the same clock (1d of working_days: a working day); 0: nobody." zh:"提前多久预警，按同一计时（working_days 的 1d 为一个工作日）；0 为不预警。"`
	WarnTo     []lang.Value[string]  `yaml:"warn_to" en:"Who is warned: roles, or crew." zh:"预警对象：角色，或 crew 班组。"`
	Escalate   []Escalate            `yaml:"escalate" lang:"single" en:"Who is told when it is over, once each." zh:"超时后告知谁，各一次。"`
	Basis      *Name                 `yaml:"basis" lang:"required" en:"What it rests on: a law, a pledge, a rule of the house." zh:"依据：法规、服务承诺或内部规定。"`
	Metric     lang.Value[string]    `yaml:"metric" lang:"pattern='[a-z][a-z0-9_]{0,59}'" en:"What statistics call it." zh:"统计指标名。"`
	Penalty    *Name                 `yaml:"penalty" en:"What follows when it is not kept." zh:"未达标的后果。"`
	RunsOnHold bool                  `yaml:"runs_on_hold" lang:"default=false" en:"A hold does not stop it." zh:"挂起时不停表。"`
}

// Escalate tells somebody of a limit that is over.
type Escalate struct {
	To    []lang.Value[string] `yaml:"to" lang:"required,min=1" en:"Roles, or crew." zh:"角色，或 crew 班组。"`
	After time.Duration        `yaml:"after" lang:"default=0s,max=365d" en:"How long after its end, on the same clock (1d of working_days: a working day); 0: at once." zh:"超时多久之后，按同一计时（working_days 的 1d 为一个工作日）；0 为立即。"`
}

// Effect happens beside a change.
type Effect struct {
	At lang.Pos

	Do     effect               `yaml:"do" lang:"required" en:"tell_source, notify people, call a webhook, create_order, or set a field." zh:"告知来源、通知人员、调用地址、新建工单或设置字段。"`
	On     lang.Value[event]    `yaml:"on" en:"The event it belongs to; only for those of the process." zh:"触发事件；仅用于流程级联动。"`
	When   lang.Value[string]   `yaml:"when" en:"A guard." zh:"条件。"`
	To     []lang.Value[string] `yaml:"to" en:"notify: roles or crew; webhook: names of addresses." zh:"notify 为角色或 crew；webhook 为地址名称。"`
	Status lang.Value[status]   `yaml:"status" en:"tell_source: the status, if it is another than the phase's." zh:"tell_source：告知的状态，缺省按阶段。"`
	Type   lang.Value[string]   `yaml:"type" en:"create_order: the order type." zh:"create_order：工单类型。"`
	Copy   []lang.Value[string] `yaml:"copy" en:"create_order: fields or whole parts (customer, place, meter, report) that it takes over." zh:"create_order：沿用的字段或整组（customer、place、meter、report）。"`
	Set    lang.Value[string]   `yaml:"set" en:"set: the field; urgency only rises." zh:"set：字段；urgency 只升不降。"`
	Value  lang.Value[string]   `yaml:"value" lang:"max=200" en:"set: its value." zh:"set：取值。"`
	Text   *Name                `yaml:"text" en:"What is said." zh:"告知内容。"`
}

// Migrate is what becomes of orders under way.
type Migrate struct {
	Keep  *bool                        `yaml:"keep" en:"true: they keep the version they began with, which is so unless steps are given; false: they go on with the new one." zh:"true：沿用开始时的版本（未写 steps 时默认）；false：转用新版本。"`
	Steps lang.Map[lang.Value[string]] `yaml:"steps" en:"From steps that are gone to those that stand for them." zh:"已取消步骤与替代步骤的对照。"`
}
