package mapping

import "tundish/config/lang"

// Call is what is told to a system in one of its own operations: an entry of call, pull or
// locate in a mapping.
type Call struct {
	At         lang.Pos
	Operation  lang.Value[string] `yaml:"operation" en:"Operation of the WSDL." zh:"WSDL 中的操作。"`
	SOAPAction *string            `yaml:"soap_action" en:"SOAPAction where there is no WSDL, or another than the WSDL's." zh:"没有 WSDL 时的 SOAPAction，或用以替代 WSDL 中的值。"`
	Header     lang.Map[Output]   `yaml:"header" en:"What stands where in the SOAP header, instead of the file's." zh:"SOAP 头的内容，替代文件级 header。"`
	Request    lang.Map[Output]   `yaml:"request" en:"What stands where in the request: path of theirs: value of ours." zh:"请求内容：对方路径: 本系统的值。"`
	Answer     *Answer            `yaml:"answer" en:"How to judge the answer; without it every answer that is no fault means done." zh:"如何判定应答；不填则除故障外均视为成功。"`
	Fault      *Rules             `yaml:"fault" en:"Faults that are no refusal." zh:"不属于拒绝的故障。"`
}

// Output says what stands at a place of a message that leaves. One of From, Value,
// Secret, Document and Fields is set.
type Output struct {
	At       lang.Pos
	From     lang.Value[string] `yaml:"from" lang:"shorthand" en:"A value of ours such as order.customer.account; alone, a text that begins like none is a constant." zh:"本系统的值，如 order.customer.account；单独书写且不像字段名的文字为常量。"`
	Value    *string            `yaml:"value" en:"A constant." zh:"常量。"`
	Secret   lang.Value[string] `yaml:"secret" en:"Name of a secret of the system's file: it is sent, and shows nowhere." zh:"系统文件 secrets 中的名称；随报文发送，但不在任何地方显示。"`
	Document *Document          `yaml:"document" en:"A document of its own, as text." zh:"以文本形式嵌入的文档。"`
	Each     lang.Value[string] `yaml:"each" en:"A list of ours; the element stands once for each of it." zh:"本系统的列表；每项对应一个元素。"`
	Fields   lang.Map[Output]   `yaml:"fields" en:"What stands inside the element." zh:"元素内的内容。"`

	As       string             `yaml:"as" lang:"oneof=text|int|decimal|bool|date|datetime|epoch|base64|hex" en:"How the value is written." zh:"值的写法。"`
	Layout   lang.Value[string] `yaml:"layout" en:"Layout of a time: yyyy-MM-dd HH:mm:ss." zh:"时间格式：yyyy-MM-dd HH:mm:ss。"`
	Zone     lang.Value[string] `yaml:"zone" en:"Time zone of times; absent: the system's." zh:"时间所属时区；不填则同该系统。"`
	Unit     string             `yaml:"unit" lang:"default=ms,oneof=s|ms" en:"Unit of an epoch." zh:"epoch 的单位。"`
	System   lang.Value[string] `yaml:"system" en:"Reference system of a coordinate." zh:"坐标系。"`
	Map      lang.Map[string]   `yaml:"map" en:"Its code: the house's code; the first that fits is written." zh:"对方代码: 本系统代码；写出最先匹配的一个。"`
	Table    lang.Value[string] `yaml:"table" en:"Code table of config/codetables instead of a map, read backwards. Of a table with two levels, order.report.category is written as the upper one and order.report.sub_category as the lower one." zh:"改用 config/codetables 中的代码表，反向对照。对两级代码表，order.report.category 写出上级代码，order.report.sub_category 写出下级代码。"`
	Level    int                `yaml:"level" lang:"min=1,max=2" en:"Which level of their codes is written, of a table with two; absent: the lower one for order.report.sub_category, else the upper one." zh:"两级代码表写出哪一级代码；不填时 order.report.sub_category 写下级，其余写上级。"`
	Unmapped lang.Value[string] `yaml:"unmapped" lang:"oneof=refuse|default|keep|alert" en:"What becomes of a code that the map lacks; absent: refuse. A table says so itself." zh:"对照表中没有的代码如何处理；不填为 refuse。代码表自行规定。"`
	Default  *string            `yaml:"default" en:"What is written when there is no value." zh:"没有值时写出的内容。"`
	Required bool               `yaml:"required" lang:"default=false" en:"Without a value nothing is sent: the message is refused." zh:"没有值则不发送，报文被拒绝。"`
	Case     string             `yaml:"case" lang:"oneof=upper|lower" en:"Change the letters' case." zh:"大小写转换。"`
	Prefix   string             `yaml:"prefix" en:"Put before the value." zh:"加在值之前。"`
	Pad      *Pad               `yaml:"pad" en:"Fill up to a length." zh:"补足长度。"`
	Join     *string            `yaml:"join" en:"A list of ours as one text, with this between." zh:"将列表以此分隔合为一个文本。"`
	Max      int                `yaml:"max" lang:"min=0" en:"Longest text, in characters; longer ones are cut." zh:"最大字符数，超出则截断。"`
}

// Pad fills a text up on the left.
type Pad struct {
	To   int    `yaml:"to" lang:"required,min=1,max=1000" en:"Length in characters." zh:"长度（字符）。"`
	With string `yaml:"with" lang:"default=0,min=1,max=1" en:"What to fill up with." zh:"填充字符。"`
}

// Document is a document that leaves inside a string.
type Document struct {
	Root    string           `yaml:"root" en:"Its root element." zh:"根元素。"`
	Fields  lang.Map[Output] `yaml:"fields" lang:"required" en:"What stands where below the root." zh:"根元素之下的内容。"`
	Declare string           `yaml:"declare" en:"Charset of its XML declaration; absent: none." zh:"其 XML 声明中的编码；不填则无声明。"`
	CDATA   bool             `yaml:"cdata" lang:"default=false" en:"Write it as CDATA instead of escaping it." zh:"以 CDATA 写出而非转义。"`
	JSON    bool             `yaml:"json" lang:"default=false" en:"It is JSON, not XML." zh:"以 JSON 而非 XML 写出。"`
}

// Answer says how to read an answer.
type Answer struct {
	Document *Inner `yaml:"document" en:"Where a document stands in the answer; paths below are inside it." zh:"应答中内嵌文档的位置；其余路径在该文档内。"`
	Rules    `yaml:",inline"`
	Code     lang.Value[string] `yaml:"code" en:"Path of a code shown to people." zh:"显示给人看的代码的路径。"`
	Message  lang.Value[string] `yaml:"message" en:"Path of a text shown to people." zh:"显示给人看的文字的路径。"`
}

// Inner is a document inside a string.
type Inner struct {
	Path lang.Value[string] `yaml:"at" lang:"required,shorthand" en:"Path of the string." zh:"该字符串的路径。"`
	JSON bool               `yaml:"json" lang:"default=false" en:"It is JSON, not XML." zh:"为 JSON 而非 XML。"`
}

// Rules sort answers: the first list with a rule that fits decides, and Otherwise the rest.
type Rules struct {
	Done      []Rule `yaml:"done" en:"It took effect." zh:"已生效。"`
	Already   []Rule `yaml:"already" en:"It had taken effect before." zh:"此前已生效。"`
	Later     []Rule `yaml:"later" en:"Not now: it is sent again." zh:"暂不接受，稍后重发。"`
	Refused   []Rule `yaml:"refused" en:"No: a person must look." zh:"拒绝，须人工处理。"`
	Otherwise string `yaml:"otherwise" lang:"oneof=done|already|later|refused|unknown" en:"What everything else means; absent: refused, and in ask unknown." zh:"其余情况的含义；不填为 refused，在 ask 中为 unknown。"`
}

// Rule fits when all that it says is so. In a fault the path is left out: its code, text
// and detail are looked at.
type Rule struct {
	Path     lang.Value[string] `yaml:"path" en:"Path in the answer." zh:"应答中的路径。"`
	In       []string           `yaml:"in" en:"The text is one of these." zh:"文本为其中之一。"`
	Contains []string           `yaml:"contains" en:"The text contains one of these." zh:"文本包含其中之一。"`
	Empty    *bool              `yaml:"empty" en:"The text is empty or missing, or it is not." zh:"文本为空或缺失（或非空）。"`
}
