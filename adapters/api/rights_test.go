package api_test

import (
	"testing"

	"tundish/core"
)

// process gives the house one type more, x.
func (h *hub) process(steps ...core.Step) {
	p := &core.Process{Steps: steps}
	p.Complete()
	h.rules.Types["x"] = &core.OrderType{Code: "x", Family: core.Repair, Minutes: 60, Process: p}
}

// TestWhoeverIsNamedDoesItsSubTask with the right of tasks, though he completes no work.
func TestWhoeverIsNamedDoesItsSubTask(t *testing.T) {
	h := open(t)
	h.process(core.Step{Kind: core.StepDispatch, Tasks: []core.SubTask{{ID: "payment", Roles: []string{"finance"}}}}, core.Step{Kind: core.StepField}, core.Step{Kind: core.StepRelease})
	no := h.receive("x")
	li := h.employ(core.User{ID: "li", Name: "li", Roles: []core.Role{core.RoleViewer}, Everywhere: true})
	cai := h.employ(core.User{ID: "cai", Name: "cai", Roles: []core.Role{core.RoleFinance}})
	body := `{"action":"done","step":"dispatch","task":"payment"}`
	if a := h.send("POST", "/orders/"+string(no)+"/act", body, li); a.Status != 403 {
		t.Errorf("a viewer does it: %d", a.Status)
	}
	h.must(h.send("POST", "/orders/"+string(no)+"/act", body, cai))
	if o := h.order(no); len(o.Tokens) != 1 {
		t.Errorf("%+v", o.Tokens)
	}
}

// TestAnActionOfATaskTakesTheRightOfTasks whatever it is called, in processes from before names were refused, too.
func TestAnActionOfATaskTakesTheRightOfTasks(t *testing.T) {
	h := open(t)
	h.process(core.Step{ID: "t", Kind: core.StepTask, Phase: core.Dispatching, Exits: []core.Exit{{Action: "search", To: "dispatch", Label: core.Text{EN: "Search", ZH: "查漏"}}}},
		core.Step{Kind: core.StepDispatch}, core.Step{Kind: core.StepField}, core.Step{Kind: core.StepRelease})
	no := h.receive("x")
	li := h.employ(core.User{ID: "li", Name: "li", Roles: []core.Role{core.RoleViewer}, Everywhere: true})
	if a := h.send("POST", "/orders/"+string(no)+"/act", `{"action":"search"}`, li); a.Status != 403 || h.order(no).Tokens[0].Step != "t" {
		t.Errorf("a viewer moved the order: %d", a.Status)
	}
	h.must(h.send("POST", "/orders/"+string(no)+"/act", `{"action":"search"}`, h.employ(dispatcher("pai"))))
}
