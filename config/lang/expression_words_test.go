package lang

import "testing"

// What people write wrong most often is said in their own language.
func TestWrongExpressionsAreSaidInBothLanguages(t *testing.T) {
	for text, want := range map[string]Text{
		"a +":            {"it ends too early", "表达式不完整"},
		"a b":            {"b has no place here", `此处不应出现 b`},
		"a == 1":         {"== does not go with string and int", "== 不能用于 文本 与 整数"},
		"a":              {"it should yield a bool, and yields a string", "结果应为 真或假，实为 文本"},
		"not a":          {"not does not go with string", "not 不能用于 文本"},
		"left(a) == 'x'": {"left has too few arguments", "left 的参数太少"},
		"left(a, 'x') == ''": {
			"left takes a int, not a string", "left 的参数应为 整数，而不是 文本"},
		"'x":     {"a text has no closing quote", "文本缺少结束引号"},
		"a == §": {"the character § (U+00A7) has no place here", "此处不应出现字符 §（U+00A7）"},
	} {
		var p Problems
		Expression(&p, Value[string]{V: text}, BoolResult, func(string, Pos) (any, bool) { return "", true })
		if p.Len() != 1 {
			t.Errorf("%s: %d mistakes\n%s", text, p.Len(), p.Error())
			continue
		}
		en, zh := p.Findings(English)[0].Message, p.Findings(Chinese)[0].Message
		if en != "the expression cannot be used: "+want.En || zh != "表达式无效："+want.Zh {
			t.Errorf("%s: %q\n%q", text, en, zh)
		}
	}
}
