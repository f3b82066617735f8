package lang

var (
	aTab    = Text{"a tab cannot stand here", "此处不能使用制表符（Tab）"}
	hintTab = Text{"indent with spaces, two for each level", "请用空格缩进，每级两个空格"}
)

var hintSameColumn = Text{
	"keys of one block start in the same column; text after a closing quote or bracket does not belong to the value",
	"同一块中的键要从同一列开始；引号或括号之后不能再有内容",
}

// complaints translates what the YAML parser says: its words, ours, and what to do.
var complaints = []struct {
	parser     string
	text, hint Text
}{
	{
		"mapping values are not allowed",
		Text{`a colon and a value cannot stand here`, `此处不能出现冒号和值`},
		Text{`put a text that contains ": " in quotes; indent a key like its neighbours`, `含有 ": " 的文本请加引号；键的缩进要与同级一致`},
	},
	{
		"did not find expected key",
		Text{"this does not fit the lines above", "此处与上面各行不相称"},
		hintSameColumn,
	},
	{
		"did not find expected '-' indicator",
		Text{`expected the next item of the list, or a key further left`, `此处应为列表的下一项，或更靠左的键`},
		Text{`items of one list start with "- " in the same column`, `同一列表的各项以 "- " 开头，并从同一列开始`},
	},
	{
		"did not find expected ',' or ']'",
		Text{`this list lacks a comma or its closing "]"`, `此列表缺少逗号或右括号 "]"`},
		Text{`close every "[" with "]"`, `每个 "[" 都要有对应的 "]"`},
	},
	{
		"did not find expected ',' or '}'",
		Text{`these keys and values lack a comma or the closing "}"`, `此键值对缺少逗号或右括号 "}"`},
		Text{`close every "{" with "}"`, `每个 "{" 都要有对应的 "}"`},
	},
	{
		"found unexpected end of stream",
		Text{"this quote is never closed", "此引号没有结束"},
		Text{"close the text with the same quote that opened it", "请用相同的引号结束文本"},
	},
	{
		"found unexpected document indicator",
		Text{"this quote is never closed", "此引号没有结束"},
		Text{"close the text with the same quote that opened it", "请用相同的引号结束文本"},
	},
	{
		"found character that cannot start any token",
		Text{"a value cannot begin with this character", "值不能以此字符开头"},
		Text{"put the value in quotes", "请给值加引号"},
	},
	{
		"could not find expected ':'",
		Text{`expected ": " and a value after this`, `此处之后应有 ": " 和值`},
		Text{`write key: value, with a blank after the colon`, `请写成 键: 值，冒号后要有空格`},
	},
	{
		"found unknown escape character",
		Text{`"\" is followed by a character that means nothing there`, `"\" 后面的字符没有意义`},
		Text{`write \\ for a backslash, or use single quotes`, `反斜杠请写 \\，或改用单引号`},
	},
	{
		"did not find expected node content",
		Text{"a value is missing here", "此处缺少值"},
		Text{"write a value, or remove the comma or bracket", "请填写值，或去掉多余的逗号、括号"},
	},
	{
		"block sequence entries are not allowed",
		Text{`an item of a list ("- ") cannot begin here`, `列表项（"- "）不能从此处开始`},
		Text{`begin the list on the next line, or put the text in quotes`, `请从下一行开始写列表，或给文本加引号`},
	},
	{
		"unknown anchor",
		Text{`this alias refers to a name ("&name") that is not given above`, `此别名所指的名称（"&名称"）在上文中没有`},
		Text{`put a text that begins with "*" in quotes`, `以 "*" 开头的文本请加引号`},
	},
	{"found a tab character", aTab, hintTab},
	{
		"exceeded max depth",
		Text{"values are nested too deep", "嵌套过深"},
		Text{"no file of tundish needs more than a few levels", "本系统的文件只需要几层嵌套"},
	},
}
