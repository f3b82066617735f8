package solver

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

func TestUnassignedOrderExplainsItself(t *testing.T) {
	p := smallTown()
	p.Orders = p.Orders[:1]
	p.Orders[0].Skills[0].Name = "large_meter"
	p.Crews[0].Skills = append(p.Crews[0].Skills, Skill{"large_meter", 2})
	p.Crews[0].Shifts[0].LoadMinutes = 220 // shared by all three
	u := mustSolve(t, p, Options{}).Unassigned[0]
	want := "no crew can take it; of 3 crews: 2 without skill large_meter, 1 at the load cap in minutes; possible with +40 min load cap for crew near/0512"
	if got := u.Text(English); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	want = "无班组可派，共 3 个班组：不具备技能 large_meter 2 个，工作量（分钟）已满 1 个；可行办法：班组 near/0512 工作量上限增加 40 分钟"
	if got := u.Text(Chinese); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Every rule that the source declares has a text in both languages.
func TestEveryRuleHasBothTexts(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "feasible.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	rules := 0
	ast.Inspect(file, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || len(v.Values) != 1 || !strings.HasPrefix(v.Names[0].Name, "Rule") {
			return true
		}
		rules++
		code := Rule(strings.Trim(v.Values[0].(*ast.BasicLit).Value, `"`))
		if text := ruleTexts[code]; text.en == "" || text.zh == "" {
			t.Errorf("rule %s lacks a text: %+v", code, text)
		}
		return true
	})
	if rules != len(ruleTexts) {
		t.Errorf("%d rules declared, %d texts", rules, len(ruleTexts))
	}
}
