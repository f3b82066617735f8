package lang

import (
	"regexp"
	"strings"
)

// What expr says of a wrong expression, in words of ours. $1, $2 … are what the pattern holds.
var exprWords = []struct {
	says   *regexp.Regexp
	en, zh string
}{
	{regexp.MustCompile(`^invalid operation: (\S+) \(mismatched types (\S+) and (\S+)\)$`), "$1 does not go with $2 and $3", "$1 不能用于 $2 与 $3"},
	{regexp.MustCompile(`^invalid operation: (\S+) \(mismatched type (\S+)\)$`), "$1 does not go with $2", "$1 不能用于 $2"},
	{regexp.MustCompile(`^expected (\S+), but got (\S+)$`), "it should yield a $1, and yields a $2", "结果应为 $1，实为 $2"},
	{regexp.MustCompile(`^unexpected token EOF$`), "it ends too early", "表达式不完整"},
	{regexp.MustCompile(`^unexpected end of expression$`), "it ends too early", "表达式不完整"},
	{regexp.MustCompile(`^unexpected token (?:Identifier|Operator|Bracket|String|Number|Bytes)\("?(.+?)"?\)$`), "$1 has no place here", "此处不应出现 $1"},
	{regexp.MustCompile(`^unknown name (\S+)$`), "there is no name $1", "没有名称 $1"},
	{regexp.MustCompile(`^unknown operator \((.+)\)$`), "there is no operator $1", "没有运算符 $1"},
	{regexp.MustCompile(`^not enough arguments to call (\S+)$`), "$1 has too few arguments", "$1 的参数太少"},
	{regexp.MustCompile(`^too many arguments to call (\S+)$`), "$1 has too many arguments", "$1 的参数太多"},
	{regexp.MustCompile(`^invalid number of arguments \(expected (\d+), got (\d+)\)$`), "it takes $1 arguments and has $2", "应有 $1 个参数，实有 $2 个"},
	{regexp.MustCompile(`^cannot use (\S+) as argument \(type (\S+)\) to call (\S+) ?$`), "$3 takes a $2, not a $1", "$3 的参数应为 $2，而不是 $1"},
	{regexp.MustCompile(`^non-bool expression \(type (\S+)\) used as condition$`), "the condition is a $1; it should be true or false", "条件为 $1，应为真或假"},
	{regexp.MustCompile(`^literal not terminated$`), "a text has no closing quote", "文本缺少结束引号"},
	{regexp.MustCompile(`^unrecognized character: U\+(\S+)(?: '(.+)')?$`), "the character $2 (U+$1) has no place here", "此处不应出现字符 $2（U+$1）"},
	{regexp.MustCompile(`^invalid char escape$`), `no such escape; write \\ for \`, `没有此转义；\ 请写作 \\`},
	{regexp.MustCompile(`^invalid (?:hex|float|binary|octal|integer) literal: .*$`), "this is no number", "这不是数字"},
	{regexp.MustCompile(`^(?:integer|float) literal is too large$`), "the number is too large", "数字过大"},
	{regexp.MustCompile(`^compilation failed: expression exceeds maximum allowed nodes$`), "it has too many words, numbers and operators", "词、数字与运算符过多"},
}

// Types of values as people call them.
var exprTypes = strings.NewReplacer("string", "文本", "int", "整数", "float64", "小数", "bool", "真或假", "time.Time", "时间", "nil", "空")

// inOurWords says a message of expr in both languages; one that is not in the table stays as it is.
func inOurWords(message string) Text {
	for _, w := range exprWords {
		if m := w.says.FindStringSubmatchIndex(message); m != nil {
			zh := string(w.says.ExpandString(nil, w.zh, message, m))
			if strings.Contains(message, "mismatched") || strings.HasPrefix(message, "expected ") || strings.Contains(message, "(type ") {
				zh = exprTypes.Replace(zh)
			}
			return Text{string(w.says.ExpandString(nil, w.en, message, m)), zh}
		}
	}
	return Text{message, message}
}
