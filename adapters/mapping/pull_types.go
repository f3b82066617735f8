package mapping

import "tundish/config/lang"

// Pull fetches a list of orders in one of their operations. Its name is what a job calls
// its operation.
type Pull struct {
	Call     `yaml:",inline"`
	Each     lang.Value[string]   `yaml:"each" lang:"required" en:"Path of the repeated element that is one order each; it begins with the element in the Body, or with the root of the answer's document." zh:"每个元素为一张工单的重复元素路径；自 Body 中的元素或应答内嵌文档的根元素写起。"`
	Choices  string               `yaml:"choices" lang:"default=strict,oneof=strict|lenient" en:"Elements of two branches of one choice of the contract: strict refuses the order, lenient takes it as it comes." zh:"同一 choice 的两个分支同时出现时：strict 拒绝该工单，lenient 照收。"`
	Order    lang.Map[Input]      `yaml:"order" lang:"required" en:"Field of ours: where it comes from." zh:"本系统字段: 来源。"`
	Volatile []lang.Value[string] `yaml:"volatile" en:"Paths inside the order that change with every answer: no change of the order." zh:"每次应答都会变化的路径，不视为工单变更。"`
	Pages    *Pages               `yaml:"pages" en:"How the list is cut into pages; absent: one answer has all of it." zh:"分页方式；不填则一次应答包含全部。"`
	Confirm  *Call                `yaml:"confirm" en:"Tells them what was received, after it was stored: receipts." zh:"入库后告知对方已接收的工单：receipts。"`
}

// Pages says when a list goes on. One of its fields is set; paths begin like that of each.
type Pages struct {
	At    lang.Pos
	More  *Rule              `yaml:"more" en:"It goes on when this fits." zh:"符合此规则时还有下一页。"`
	Total lang.Value[string] `yaml:"total" en:"Path of the number of rows in all." zh:"总行数的路径。"`
	Until string             `yaml:"until" lang:"oneof=short|empty" en:"short: a page with fewer rows than asked for is the last; empty: the first page without rows ends it." zh:"short：行数不足一页即为最后一页；empty：首个空页即结束。"`
}

// Locate is a look-up of a place. What it asks for stands in query; it is left out when the
// order has no value for a field of query that its request is written from.
type Locate struct {
	Call    `yaml:",inline"`
	Each    lang.Value[string] `yaml:"each" en:"Path of the repeated element that is one place each; absent: the answer is one." zh:"每个元素为一个地点的重复元素路径；不填则应答为一个地点。"`
	Choices string             `yaml:"choices" lang:"default=strict,oneof=strict|lenient" en:"Elements of two branches of one choice of the contract: strict leaves the place out, lenient takes it as it comes." zh:"同一 choice 的两个分支同时出现时：strict 略去该地点，lenient 照收。"`
	Place   lang.Map[Input]    `yaml:"place" lang:"required" en:"Field of the order's place: where it comes from; place.point is required." zh:"工单 place 字段: 来源；须有 place.point。"`
	Near    int                `yaml:"near" lang:"default=100,max=100000" en:"Several places that lie within so many metres are one; others leave the order unlocated, for nobody knows which is meant." zh:"相距在此米数内的多个地点视为同一处；否则无法确定，不予定位。"`
}
