package mapping

import "tundish/config/lang"

// Cases is a file NAME_test.yaml beside a mapping NAME.yaml: what it must make of messages.
type Cases struct {
	Mapping lang.Value[string] `yaml:"mapping" lang:"required" en:"Name of the mapping that is tested." zh:"所测试的映射名称。"`
	Cases   lang.Map[Case]     `yaml:"cases" lang:"required,min=1" en:"The cases, by name." zh:"测试用例，按名称。"`
}

// Case is one message and what becomes of it. One of Serve and Call is set.
type Case struct {
	At      lang.Pos
	Serve   lang.Value[string]           `yaml:"serve" en:"Operation that they call on us." zh:"对方调用的操作。"`
	Message *Sample                      `yaml:"message" en:"What they send: a whole envelope, or what stands in its Body." zh:"对方发送的报文：完整信封或仅 Body 内容。"`
	Nth     int                          `yaml:"nth" lang:"default=1,min=1" en:"Which order of the message is meant." zh:"所指为报文中的第几张工单。"`
	Orders  lang.Value[*int]             `yaml:"orders" en:"How many orders the message holds." zh:"报文中的工单数。"`
	Order   lang.Map[lang.Value[string]] `yaml:"order" en:"Fields of the order that is read; others are not looked at. An empty text: no value." zh:"读出的工单字段；未列出的不检查。空文本表示无值。"`
	Refused *ExpectedRefusal             `yaml:"refused" en:"The order is refused." zh:"工单被拒绝。"`

	Call   lang.Value[string]           `yaml:"call" en:"Occasion on which they are told." zh:"告知对方的场合。"`
	Values lang.Map[lang.Value[string]] `yaml:"values" en:"Values of ours, such as order.no or order.completion.outcome." zh:"本系统的值，如 order.no、order.completion.outcome。"`
	Body   *Sample                      `yaml:"body" en:"What is sent, byte for byte; blanks around it do not count." zh:"发送的内容，逐字节比较；首尾空白不计。"`
	Silent bool                         `yaml:"not_told" lang:"default=false" en:"No condition is true: they are told nothing." zh:"条件均不成立，不告知对方。"`
}

// Sample is a message, inline or in a file.
type Sample struct {
	At   lang.Pos
	Text string             `yaml:"text" lang:"shorthand" en:"The message itself." zh:"报文本身。"`
	File lang.Value[string] `yaml:"file" en:"File with the message, relative to this one." zh:"报文文件，相对于本文件。"`
}

// ExpectedRefusal is what an order is refused for.
type ExpectedRefusal struct {
	At    lang.Pos
	Code  string `yaml:"code" lang:"required,shorthand" en:"Code, such as unknown_code." zh:"代码，如 unknown_code。"`
	Field string `yaml:"field" en:"Path of theirs that is named." zh:"所指的对方路径。"`
}

// CasesSchemaName is the file name of [CasesSchema].
const CasesSchemaName = "mapping-test.json"

// CasesSchema is the JSON Schema of a file of cases.
func CasesSchema() []byte {
	return lang.Schema(Cases{}, CasesSchemaName, lang.Text{En: "What a mapping must make of messages.", Zh: "映射应有的处理结果。"})
}
