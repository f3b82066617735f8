package mapping

import "tundish/config/lang"

// File is a mapping as it is written: what a foreign contract means. Paths into their
// messages begin with the element in the Body, as in a call; those of an order begin below
// the element that is the order.
type File struct {
	At      lang.Pos
	Mapping lang.Value[string] `yaml:"mapping" lang:"required,pattern='[a-z][a-z0-9-]*'" en:"Its name, that of the file." zh:"映射名称，与文件名相同。"`
	Title   Title              `yaml:"title" en:"What it connects." zh:"所连接的系统。"`
	WSDL    lang.Value[string] `yaml:"wsdl" en:"Their WSDL, relative to this file; without one nothing is checked against their contract." zh:"对方 WSDL，相对于本文件；不填则不按对方接口约定检查。"`
	Service lang.Value[string] `yaml:"service" en:"Service of the WSDL, where there are several." zh:"WSDL 中的服务；只有一个时可不填。"`
	Port    lang.Value[string] `yaml:"port" en:"Port of the service; absent: the first one for SOAP 1.1." zh:"服务的端口；不填则取第一个 SOAP 1.1 端口。"`
	Served  *Contracted        `yaml:"served" en:"The WSDL of what they call on us, where that is another than wsdl, by which they are called." zh:"对方调用本系统所依据的 WSDL；与 wsdl（本系统调用对方）不同时填写。"`
	Zone    lang.Value[string] `yaml:"zone" en:"Time zone of their times; absent: the system's." zh:"对方时间所属时区；不填则同该系统。"`
	None    []string           `yaml:"none" en:"Texts that mean nothing, for every field read." zh:"表示“无”的文本，适用于所有读入字段。"`
	Header  lang.Map[Output]   `yaml:"header" en:"What stands where in the SOAP header of every call: path of theirs: value of ours or secret." zh:"每次调用的 SOAP 头内容：对方路径: 本系统的值或 secret。"`
	Look    *Look              `yaml:"envelope" en:"How envelopes look, for stacks that look at more than names." zh:"信封的写法，供挑剔的对方使用。"`
	Serve   lang.Map[Serve]    `yaml:"serve" en:"What they call on us, by operation." zh:"对方调用本系统的操作。"`
	Call    lang.Map[Told]     `yaml:"call" en:"What they are told, by occasion; a list are alternatives, the first whose when is true is sent." zh:"本系统告知对方的内容，按场合；列表为可选项，发送第一个 when 成立者。"`
	Pull    lang.Map[Pull]     `yaml:"pull" en:"Lists of orders that are fetched from them; jobs name them." zh:"从对方拉取的工单列表，供任务引用。"`
	Files   lang.Map[Sheets]   `yaml:"files" en:"Files of rows that they write into a folder; jobs name them." zh:"对方写入文件夹的数据文件，供任务引用。"`
	Tables  lang.Map[Staging]  `yaml:"tables" en:"Tables in a database that they fill, and that they are told in; jobs name them." zh:"对方填写的数据库中间表，也可在其中告知对方；供任务引用。"`
	Locate  lang.Map[Locate]   `yaml:"locate" en:"Look-ups of places, tried in this order." zh:"定位查询，按书写顺序尝试。"`
	Ask     *Call              `yaml:"ask" en:"Asks them what became of a message that they did not answer: done, it took effect; refused, they never got it." zh:"查询未得到应答的报文是否已生效：done 已生效，refused 对方未收到。"`
}

// Contracted is a contract of its own beside that of the file.
type Contracted struct {
	At      lang.Pos
	WSDL    lang.Value[string] `yaml:"wsdl" lang:"required,shorthand" en:"The WSDL, relative to this file." zh:"WSDL，相对于本文件。"`
	Service lang.Value[string] `yaml:"service" en:"Service of the WSDL, where there are several." zh:"WSDL 中的服务；只有一个时可不填。"`
	Port    lang.Value[string] `yaml:"port" en:"Port of the service; absent: the first one for SOAP 1.1." zh:"服务的端口；不填则取第一个 SOAP 1.1 端口。"`
}

// Look is how the envelopes of answers and calls look.
type Look struct {
	Prefix        string           `yaml:"prefix" lang:"pattern='[A-Za-z_][A-Za-z0-9_.-]*'" en:"Prefix of the envelope; absent: soap." zh:"信封前缀；不填为 soap。"`
	Declare       lang.Map[string] `yaml:"declare" en:"Further declarations on the envelope of answers: prefix: namespace." zh:"应答信封上的其他命名空间声明：前缀: 命名空间。"`
	ContentType   string           `yaml:"content_type" en:"Media type of answers in place of the version's own." zh:"应答的媒体类型，替代默认值。"`
	NoDeclaration bool             `yaml:"no_declaration" lang:"default=false" en:"Leave the XML declaration out of answers." zh:"应答不写 XML 声明。"`
}

// Title is what people call the system.
type Title struct {
	En string `yaml:"en" en:"In English." zh:"英文。"`
	Zh string `yaml:"zh" en:"In Chinese." zh:"中文。"`
}

// Serve is an operation that they call on us.
type Serve struct {
	At       lang.Pos
	When     lang.Value[string]   `yaml:"when" en:"Condition on paths inside the order; an order for which it is false is passed over. A message that holds no other is answered as ok, and nothing is stored of it but the message." zh:"针对工单内路径的条件表达式；不成立的工单略过。报文中没有其他工单时按 ok 应答，除报文外不保存任何内容。"`
	Does     lang.Value[string]   `yaml:"does" lang:"required,oneof=submit|amend|cancel|expedite|follow_up|answer_extension|query|ignore" en:"What it means: a new order; a changed one; it is called off, urged on, or was followed up by a call; the answer to a request for more time; how far it is; or nothing (it is answered and forgotten)." zh:"含义：新工单 submit、修改 amend、撤销 cancel、催办 expedite、回访 follow_up、答复延期 answer_extension、查询 query，或忽略 ignore（仅应答）。"`
	Document *Envelope            `yaml:"document" en:"A string that holds an XML document; the paths of each and order are inside it." zh:"存放 XML 文档的字符串；each 与 order 的路径在该文档内。"`
	Each     lang.Value[string]   `yaml:"each" en:"Path of the repeated element that is one order each; absent: the message is one." zh:"每个元素为一张工单的重复元素路径；不填则整个报文为一张工单。"`
	Choices  string               `yaml:"choices" lang:"default=strict,oneof=strict|lenient" en:"Elements of two branches of one choice of the contract: strict refuses the order, lenient takes it as it comes." zh:"同一 choice 的两个分支同时出现时：strict 拒绝该工单，lenient 照收。"`
	Order    lang.Map[Input]      `yaml:"order" en:"Field of ours: where it comes from." zh:"本系统字段: 来源。"`
	Volatile []lang.Value[string] `yaml:"volatile" en:"Paths inside the order that change with every sending: no change of the order." zh:"每次发送都会变化的路径，不视为工单变更。"`
	Answer   *Replies             `yaml:"answer" en:"What is answered." zh:"应答内容。"`
}

// Envelope is a string with a document in it.
type Envelope struct {
	Path     lang.Value[string] `yaml:"at" lang:"required,shorthand" en:"Path of the string." zh:"该字符串的路径。"`
	Root     string             `yaml:"root" en:"Its root element; another is refused." zh:"文档根元素，其他则拒绝。"`
	JSON     lang.Value[bool]   `yaml:"json" lang:"default=false" en:"It is JSON, not XML: its root is called json, members are elements, those of a list repeat (in a list itself they are called item)." zh:"为 JSON 而非 XML：根名为 json，成员即元素，列表成员重复出现（列表直接嵌套时名为 item）。"`
	Document *Envelope          `yaml:"document" en:"A string in this document that holds a document of its own; paths are inside that one." zh:"该文档中另有存放文档的字符串；路径在其内。"`
}

// Input says where a field of an order comes from. One of From, Parts, Value, Expr, Either, Each
// and the two halves of a point is set.
type Input struct {
	At    lang.Pos
	From  lang.Value[string]   `yaml:"from" lang:"shorthand" en:"Path of theirs." zh:"对方路径。"`
	Parts []lang.Value[string] `yaml:"parts" en:"Several paths, made one text; those without a value are left out." zh:"多个路径合为一个文本，无值的略去。"`
	Join  string               `yaml:"join" en:"What stands between parts." zh:"各部分之间的分隔。"`
	Value *string              `yaml:"value" en:"A constant." zh:"常量。"`

	Expr   lang.Value[string]  `yaml:"expr" en:"An expression on paths, such as trim(S_BH) + '-' + at('S ND'); its result is read as if it stood in the message." zh:"基于路径的表达式，如 trim(S_BH) + '-' + at('S ND')；结果视同报文中的文本。"`
	When   lang.Value[string]  `yaml:"when" en:"Condition on paths; without it this line has no value." zh:"针对路径的条件表达式；不成立则本行无值。"`
	Either []lang.Value[Input] `yaml:"either" en:"Alternatives: the first whose when is true is taken." zh:"多个可选来源：取第一个 when 成立者。"`

	Each     lang.Value[string] `yaml:"each" en:"Path of a repeated element that is one attachment each." zh:"每个元素为一个附件的重复元素路径。"`
	Name     lang.Value[string] `yaml:"name" en:"Path of an attachment's name, inside each; absent: it is numbered." zh:"附件名的路径（在 each 内）；不填则编号。"`
	Content  lang.Value[string] `yaml:"content" en:"Path of an attachment's content, inside each." zh:"附件内容的路径（在 each 内）。"`
	TakenAt  lang.Value[string] `yaml:"taken_at" en:"Path of the time of a photo, inside each; see layout." zh:"照片拍摄时间的路径（在 each 内），格式见 layout。"`
	Encoding string             `yaml:"encoding" lang:"default=base64,oneof=base64|hex" en:"How the content is written." zh:"附件内容的编码。"`

	North  lang.Value[string] `yaml:"north" en:"Path of a point's latitude, or X of a plane grid." zh:"纬度或平面坐标 X（北）的路径。"`
	East   lang.Value[string] `yaml:"east" en:"Path of a point's longitude, or Y of a plane grid." zh:"经度或平面坐标 Y（东）的路径。"`
	System lang.Value[string] `yaml:"system" en:"Reference system of the point." zh:"坐标系。"`

	As     lang.Value[string] `yaml:"as" lang:"oneof=text|int|decimal|bool|date|datetime|epoch|point|base64|hex|attachment" en:"What is written there; absent: what the field holds." zh:"对方写法；不填则与字段类型相同。"`
	Layout lang.Value[string] `yaml:"layout" en:"Layout of a time, yyyy-MM-dd HH:mm:ss; several with | between, the first that fits is taken." zh:"时间格式，如 yyyy-MM-dd HH:mm:ss；多个以 | 分隔，取最先符合者。"`
	Zone   lang.Value[string] `yaml:"zone" en:"Time zone; absent: the file's." zh:"时区；不填则同文件。"`
	Unit   string             `yaml:"unit" lang:"default=ms,oneof=s|ms" en:"Unit of an epoch." zh:"epoch 的单位。"`

	Fold        bool     `yaml:"fold" lang:"default=false" en:"Full-width letters, digits and signs become plain ones." zh:"全角转半角。"`
	Strip       string   `yaml:"strip" en:"Characters to take out." zh:"去除的字符。"`
	StripPrefix string   `yaml:"strip_prefix" en:"Text to take off the beginning." zh:"去除的前缀。"`
	StripSuffix string   `yaml:"strip_suffix" en:"Text to take off the end." zh:"去除的后缀。"`
	Split       string   `yaml:"split" en:"Separator of a list in one text: at takes one part, otherwise those with a value are joined again." zh:"文本中列表的分隔符：at 取其中一项，否则将有值各项以 join 重新连接。"`
	Nth         int      `yaml:"at" lang:"min=0,max=1000" en:"Which part of a split text, from 1." zh:"split 后取第几项，从 1 起。"`
	Pad         *Pad     `yaml:"pad" en:"Fill up to a length." zh:"补足长度。"`
	Case        string   `yaml:"case" lang:"oneof=upper|lower" en:"Change the letters' case." zh:"大小写转换。"`
	Max         int      `yaml:"max" lang:"min=0" en:"Longest text, in characters; longer ones are cut." zh:"最大字符数，超出则截断。"`
	None        []string `yaml:"none" en:"Texts that mean nothing, instead of the file's." zh:"表示“无”的文本，替代文件级设置。"`

	Map      lang.Map[string]   `yaml:"map" en:"Their code: ours." zh:"对方代码: 本系统代码。"`
	Table    lang.Value[string] `yaml:"table" en:"Code table of config/codetables instead of a map. Two parts are the levels of a table that has two; report.category and report.sub_category then take one half each of what it leads to." zh:"改用 config/codetables 中的代码表。对两级代码表，parts 的两个路径即两级代码；report.category 与 report.sub_category 各取其结果的一级。"`
	Unmapped lang.Value[string] `yaml:"unmapped" lang:"oneof=refuse|default|keep|alert" en:"What becomes of a code that the map lacks; absent: refuse. A table says so itself." zh:"对照表中没有的代码如何处理；不填为 refuse。代码表自行规定。"`
	Default  *string            `yaml:"default" en:"Ours, where theirs has no value." zh:"对方无值时采用的本系统值。"`
	Required bool               `yaml:"required" lang:"default=false" en:"Without a value the order is refused." zh:"无值则拒绝工单。"`
}

// Replies are the Bodies that an operation answers with.
type Replies struct {
	OK      lang.Map[Output] `yaml:"ok" lang:"required" en:"It was taken: path of theirs: value of ours." zh:"已接收：对方路径: 本系统的值。"`
	Known   lang.Map[Output] `yaml:"known" en:"It was known already; absent: as ok." zh:"此前已接收；不填则同 ok。"`
	Refused lang.Map[Output] `yaml:"refused" en:"It was refused; absent: a SOAP fault." zh:"被拒绝；不填则为 SOAP Fault。"`
}

// SchemaName is the file name of [Schema].
const SchemaName = "mapping.json"

// Schema is the JSON Schema of a mapping's file.
func Schema() []byte {
	return lang.Schema(File{}, SchemaName, lang.Text{En: "What a foreign contract means.", Zh: "对方接口的含义。"})
}
