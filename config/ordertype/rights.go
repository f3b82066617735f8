package ordertype

import (
	"slices"
	"strings"

	"tundish/config/lang"
	"tundish/core"
)

// A step that names roles is left by those alone, and by the house's table only with the right to what they do there.
var (
	nobodyMay = lang.NewMessage("rights", "nobody can take %s at %s: it takes the right %q, which %s lacks: %s", "步骤 %[2]s 的操作 %[1]s 无人可执行：需要权限 %[3]q，而 %[4]s 没有：%[5]s")
	uselessly = lang.NewMessage("rights", "the role %s may do nothing at %s: it has none of the rights %s: %s", "角色 %s 在步骤 %s 无事可做：没有权限 %s：%s")
)

var hintRights = lang.Text{En: "give the role the right in roles.yaml, or name another", Zh: "请在 roles.yaml 中授予该权限，或改用其他角色"}

// rights crosses the roles that steps name with what these may do.
func (w *ways) rights(reached map[string]bool) {
	for i := range w.p.Steps {
		s := &w.p.Steps[i]
		if !reached[s.ID] {
			continue
		}
		var all []core.Action
		for _, action := range s.Actions() {
			if action == "" {
				continue
			}
			right := action
			if s.Kind == core.StepTask {
				right = core.ActTask
			}
			var roles []string
			for _, e := range s.ExitsOf(action) {
				if len(e.Roles) > 0 {
					roles = append(roles, e.Roles...)
				} else {
					roles = append(roles, s.Roles...)
				}
			}
			all = append(all, right)
			if !w.manned(s, string(action), right, roles) {
				break // one is enough to look at it
			}
		}
		if len(all) > 0 {
			w.useful(s, s.Roles, all)
		}
		for _, t := range s.Tasks {
			right := core.ActTask
			if s.Kind == core.StepApproval {
				right = core.ActApprove
			}
			roles := t.Roles
			if len(roles) == 0 {
				roles = s.Roles
			}
			w.manned(s, t.ID, right, roles)
			w.useful(s, t.Roles, []core.Action{right})
		}
	}
}

// manned: one of the roles that are named for an action may take it.
func (w *ways) manned(s *core.Step, what string, right core.Action, roles []string) bool {
	if len(roles) == 0 || slices.ContainsFunc(roles, func(r string) bool { return !w.known(r) || w.c.folder.may(core.Role(r), right) }) {
		return true // whom the house's table allows it, or somebody who is named
	}
	roles = slices.Compact(slices.Sorted(slices.Values(roles)))
	w.c.p.At(w.place(s.ID), nobodyMay, what, s.ID, string(right), strings.Join(roles, ", "), show(w.to(s.ID))).Hint(hintRights)
	return false
}

// useful: a role that is named may take at least one of the actions.
func (w *ways) useful(s *core.Step, roles []string, rights []core.Action) {
	for _, r := range roles {
		some := slices.ContainsFunc(rights, func(a core.Action) bool { return w.c.folder.may(core.Role(r), a) })
		if others := len(roles) > 1; w.known(r) && !some && others { // alone it is said already
			w.c.p.At(w.place(s.ID), uselessly, r, s.ID, strings.Join(texts(rights), ", "), show(w.to(s.ID))).Hint(hintRights)
		}
	}
}

// known: of a role that does not exist it is said elsewhere.
func (w *ways) known(role string) bool {
	return len(w.c.folder.roles) == 0 || slices.Contains(w.c.folder.roles, role)
}
