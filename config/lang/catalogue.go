package lang

// Every message of this package, in both languages. The codes are part of the manual (config/README.md): a code is never
// reused for another meaning.
var (
	unreadable     = NewMessage("unreadable", "cannot be read: %v", "无法读取：%v")
	tooLarge       = NewMessage("too-large", "the file has %d bytes; at most %d are read", "文件有 %d 字节，最多读取 %d 字节")
	notUTF8        = NewMessage("encoding", "this is not UTF-8 text", "这不是 UTF-8 编码的文本")
	controlChar    = NewMessage("encoding", "the invisible character U+%04X cannot stand here", "此处不能有不可见字符 U+%04X")
	badSyntax      = NewMessage("syntax", "%v", "%v")
	manyDocuments  = NewMessage("many-documents", "a second document begins here; a file holds one", "此处开始了第二个文档；一个文件只能有一个文档")
	duplicateKey   = NewMessage("duplicate-key", "key %q is given twice, first in line %d", "键 %q 重复，第一次在第 %d 行")
	unknownKey     = NewMessage("unknown-key", "unexpected key %q", "不认识的键 %q")
	keyNotText     = NewMessage("wrong-type", "a key must be a text, not %v", "键必须是文本，而不是%v")
	wrongType      = NewMessage("wrong-type", "expected %v, got %v", "此处应为%v，而不是%v")
	noValue        = NewMessage("no-value", "expected %v, but nothing is given", "此处应为%v，但没有值")
	requiredKey    = NewMessage("required", "the key %q is missing", "缺少必填的键 %q")
	notAllowed     = NewMessage("not-allowed", "the value %q is not allowed", "不允许的值 %q")
	refused        = NewMessage("not-allowed", "the value %q is not allowed: %v", "不允许的值 %q：%v")
	secretRefused  = NewMessage("not-allowed", "this value is not allowed (it is secret and not shown)", "不允许的值（属机密，不予显示）")
	wrongPattern   = NewMessage("pattern", "%q does not have the form %s", "%q 不符合格式 %s")
	wrongKey       = NewMessage("pattern", "the key %q does not have the form %s", "键 %q 不符合格式 %s")
	tooSmall       = NewMessage("out-of-range", "%s is less than %s", "%s 小于下限 %s")
	tooBig         = NewMessage("out-of-range", "%s is more than %s", "%s 大于上限 %s")
	tooShort       = NewMessage("out-of-range", "%[1]v has %[2]d %[4]v; the least is %[3]s", "%[1]v有 %[2]d 个%[4]v，最少 %[3]s 个")
	tooLong        = NewMessage("out-of-range", "%[1]v has %[2]d %[4]v; the most is %[3]s", "%[1]v有 %[2]d 个%[4]v，最多 %[3]s 个")
	explicitTag    = NewMessage("tag", "the tag %q is not understood here", "此处不支持标签 %q")
	mergeKey       = NewMessage("merge-key", "merge keys (<<) are not supported", "不支持合并键（<<）")
	selfAlias      = NewMessage("alias", "the alias %q contains itself", "别名 %q 包含了自身")
	tooManyAliases = NewMessage("alias", "the aliases multiply this file beyond %d values", "别名展开后超过 %d 个值")
	tooDeep        = NewMessage("too-deep", "values are nested more than %d deep", "嵌套超过 %d 层")
	unknownPath    = NewMessage("unknown-key", "there is no setting %q", "没有设置项 %q")
)

// What people are told besides.
var (
	hintNearest    = Text{`did you mean %q?`, `是否想写 %q？`}
	hintPrefix     = Text{"hint: ", "提示："}
	expectedOne    = Text{"; expected one of %v", "；可用的有 %v"}
	andMore        = Text{"… and %d more mistakes", "……另有 %d 处错误"}
	hintUTF8       = Text{"it looks like GBK or another legacy charset; save the file as UTF-8", "可能是 GBK 等编码；请将文件另存为 UTF-8"}
	hintUTF16      = Text{"it is UTF-16; save the file as UTF-8", "这是 UTF-16 编码；请将文件另存为 UTF-8"}
	hintDelete     = Text{"delete it; it often comes with text copied from a page or a document", "请删除；这类字符常随网页或文档中复制的文字带入"}
	hintOneFile    = Text{"move it into a file of its own, or remove the line ---", "请移到单独的文件，或去掉 --- 这一行"}
	hintAdd        = Text{"add %q: %v", "请添加 %q：%v"}
	hintAddPlain   = Text{"add %q", "请添加 %q"}
	hintFill       = Text{"write a value after the colon, or remove the key", "请在冒号后填写值，或删除该键"}
	hintBool       = Text{"write true or false", "请写 true 或 false"}
	hintUnquote    = Text{"write %s without quotes", "请写 %s，不加引号"}
	hintPlainInt   = Text{"write %s", "请写 %s"}
	hintDuration   = Text{"write a number and a unit, such as 30s, 5m, 2h or 1d", "请写数字和单位，例如 30s、5m、2h、1d"}
	hintSeconds    = Text{"a number needs a unit: %ss for seconds, %[1]sm for minutes", "数字需要单位：%ss 为秒，%[1]sm 为分钟"}
	hintFullWidth  = Text{`%q is a full-width character; write %q`, `%q 是全角字符，请写成 %q`}
	hintTag        = Text{"remove the tag; what type a value has is known from its key", "请去掉标签；值的类型由键决定"}
	hintMerge      = Text{"write the keys out, so that each stands where it counts", "请将各键逐一写出"}
	hintListItem   = Text{"begin each item on a line of its own with \"- \"", "每一项单独占一行，以 \"- \" 开头"}
	hintMappingFor = Text{"write key: value lines below it, indented by two spaces", "请在其下一行起缩进两个空格，写成 键: 值"}
)

// What kinds of values are called.
var (
	aText     = Text{"a text", "文本"}
	aBool     = Text{"true or false", "布尔值（true 或 false）"}
	aWhole    = Text{"a whole number", "整数"}
	aCount    = Text{"a whole number that is not negative", "非负整数"}
	aNumber   = Text{"a number", "数字"}
	aDuration = Text{"a duration such as 30s", "时长（如 30s）"}
	aList     = Text{"a list", "列表"}
	aMapping  = Text{"keys and values", "键值对"}
	aScalar   = Text{"a single value", "单个值"}
	nothing   = Text{"nothing", "空"}
	secretly  = Text{"something else", "其他内容"}

	characters = Text{"characters", "字符"}
	elements   = Text{"elements", "元素"}
)
