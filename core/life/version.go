package life

import (
	"fmt"
	"slices"
	"strings"

	"tundish/core"
)

// version finds the type of an order as it was under the version of the process that the order
// goes by. An older version that is not known any more is as good as the live one where that
// has every step at which the order stands.
func (r *Rules) version(o *core.WorkOrder) (*core.OrderType, error) {
	live, err := r.Type(o)
	if err != nil {
		return nil, err
	}
	p := r.process(live)
	if o.Process == "" || o.Process == p.Version {
		return live, nil
	}
	if r.Older != nil {
		switch t, err := r.Older(o.Type, o.Process); {
		case err != nil:
			return nil, core.Because(core.Unavailable, "older_version", fmt.Errorf("read version %s of the process %s, by which order %s goes: %w", o.Process, o.Type, o.No, err))
		case t != nil:
			return t, nil
		}
	}
	for _, tok := range o.Tokens {
		if p.Step(tok.Step) == nil {
			return nil, core.Fail(core.Conflict, "unknown_version", "", fmt.Sprintf("order %s goes by version %s of the process %s, which is not in the store any more, and the live one has no step %q: name the step that stands for it under migrate.steps in the type's file, and publish it", o.No, o.Process, o.Type, tok.Step),
				fmt.Sprintf("工单 %s 使用流程 %s 的版本 %s，该版本已不在库中，且现行版本没有步骤 %q：请在类型文件的 migrate.steps 中注明对应步骤后发布", o.No, o.Type, o.Process, tok.Step))
		}
	}
	return live, nil
}

// Outdated tells whether the order should move to the live version of its process.
func (r *Rules) Outdated(o *core.WorkOrder) bool {
	t, ok := r.Types[o.Type]
	if !ok || o.Process == "" || o.Phase.Ended() {
		return false
	}
	p := r.process(t)
	return p.Version != o.Process && !p.Migrate.Keep
}

// Migrate moves an order to the live version of its process, as that version declares. Where a
// step at which it stands is gone and no rule says what stands for it, the order stays with the
// version that it has.
func (r *Rules) Migrate(old core.WorkOrder, s Step) (core.Unit, error) {
	if !r.Outdated(&old) {
		return core.Unit{}, r.conflict(&old, s, "not_outdated", "it goes by the live version, or stays with its own", "工单已使用现行版本，或保留原版本")
	}
	if !r.may(s.Actor, core.ActMigrate, &old, nil) {
		return core.Unit{}, r.denied(&old, s, core.ActMigrate, nil)
	}
	t, err := r.Type(&old)
	if err != nil {
		return core.Unit{}, err
	}
	x := &turn{r: r, t: t, p: r.process(t), s: s, old: &old, next: old.Clone(), ev: s.event(core.EventMigrated)}
	moved, err := x.migrate()
	if err != nil {
		return core.Unit{}, err
	}
	x.ev.Remark = strings.Join(moved, ", ")
	return x.change()
}

// migrate moves every token, and tells which of them changed their steps.
func (x *turn) migrate() (moved []string, err error) {
	o := &x.next
	var tokens []core.Token
	for i, tok := range o.Tokens {
		to := tok.Step
		if rule, ok := x.p.Migrate.Steps[tok.Step]; ok {
			to = rule
		}
		st := x.p.Step(to)
		if err := x.fitsToken(tok, st, i == 0); err != nil {
			return nil, err
		}
		if tok.Task != "" && !slices.ContainsFunc(st.Tasks, func(t core.SubTask) bool { return t.ID == tok.Task }) {
			moved = append(moved, tok.Step+"/"+tok.Task+" → ∅")
			continue // the work is not asked for any more
		}
		if to != tok.Step {
			moved = append(moved, tok.Step+" → "+to)
			tok.Step = to
		}
		tokens = append(tokens, tok)
	}
	o.Tokens, o.Process, o.Phase = tokens, x.p.Version, x.p.Step(tokens[0].Step).Phase
	return moved, nil
}

func (x *turn) fitsToken(tok core.Token, st *core.Step, main bool) error {
	o := &x.next
	stays := func(en, zh string) error {
		return core.Fail(core.Conflict, "no_step", tok.Step, fmt.Sprintf("order %s stands at step %q of version %s of %s: %s; name a step that fits under migrate.steps; until then the order keeps its version", o.No, tok.Step, o.Process, o.Type, en),
			fmt.Sprintf("工单 %s 处于 %s 流程版本 %s 的步骤 %q：%s；请在 migrate.steps 中指定合适的步骤，在此之前工单保留原版本", o.No, o.Type, o.Process, tok.Step, zh))
	}
	switch {
	case st == nil:
		return stays("the new version has no such step", "新版本没有该步骤")
	case st.Kind.Automatic():
		return stays(fmt.Sprintf("%s is a step at which nobody is waited for", st.ID), fmt.Sprintf("%s 是自动步骤", st.ID))
	case main && !o.Begun() && !beforeWork(x.p)[st.ID]:
		return stays(fmt.Sprintf("%s is behind the work, which nobody has done", st.ID), fmt.Sprintf("%s 在处理之后，而工单尚未处理", st.ID))
	case main && o.Settled() && (st.Kind == core.StepDispatch || st.Kind == core.StepDesk):
		return stays(fmt.Sprintf("%s would have the work done again", st.ID), fmt.Sprintf("%s 会使已完成的工作重做", st.ID))
	case main && (st.Phase == core.Field) != (o.Phase == core.Field):
		return stays(fmt.Sprintf("%s is in phase %s, the order in %s: a crew would gain or lose it", st.ID, st.Phase, o.Phase), fmt.Sprintf("%s 属于阶段 %s，工单处于 %s，将影响班组", st.ID, st.Phase, o.Phase))
	}
	return nil
}

// beforeWork are the steps that orders come to without a result.
func beforeWork(p *core.Process) map[string]bool {
	reached := map[string]bool{}
	ahead := []string{p.Steps[0].ID}
	for len(ahead) > 0 {
		st := p.Step(ahead[0])
		if ahead = ahead[1:]; st == nil || reached[st.ID] {
			continue
		}
		reached[st.ID] = true
		if st.Skip != "" {
			ahead = append(ahead, st.Skip)
		}
		for _, e := range st.Exits {
			if e.Action != core.ActDone && e.Action != core.ActCouldNot && e.Action != core.ActAnswer {
				ahead = append(ahead, e.To)
			}
		}
	}
	return reached
}
