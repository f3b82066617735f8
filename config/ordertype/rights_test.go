package ordertype_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tundish/config/lang"
	"tundish/config/ordertype"
	"tundish/core"
)

// TestWhoIsNamedHasTheRight: a step that only people without its right may leave would keep its orders for ever.
func TestWhoIsNamedHasTheRight(t *testing.T) {
	may := func(r core.Role, a core.Action) bool {
		switch r {
		case core.RoleApprover:
			return a == core.ActApprove || a == core.ActReject || a == core.ActReturn || a == core.ActTask
		case core.RoleDispatcher:
			return a == core.ActAssign || a == core.ActReturn
		}
		return false
	}
	for steps, want := range map[string]string{
		"  steps: [{kind: approval, roles: [approver]}, {kind: dispatch, roles: [dispatcher], tasks: [{id: pay, name: {en: a, zh: b}, roles: [approver]}]}, field, release]\n": "",
		"  steps: [{kind: approval, roles: [viewer]}, dispatch, field, release]\n":                                                                                             `nobody can take approve at approval: it takes the right "approve", which viewer lacks: approval`,
		"  steps: [{kind: approval, roles: [approver, viewer]}, dispatch, field, release]\n":                                                                                   "the role viewer may do nothing at approval",
		"  steps: [{kind: dispatch, tasks: [{id: pay, name: {en: a, zh: b}, roles: [finance]}]}, field, release]\n":                                                            `nobody can take pay at dispatch: it takes the right "task", which finance lacks: dispatch`,
		"  steps: [{id: t, kind: task, phase: approval, roles: [dispatcher], go: {ready: {to: dispatch, label: {en: a, zh: b}}}}, dispatch, field, release]\n":                 `nobody can take ready at t: it takes the right "task", which dispatcher lacks: t`,
		"  steps: [dispatch, field, {kind: approval, roles: [approver], go: {reject: {to: field, roles: [viewer]}}}, release]\n":                                               `nobody can take reject at approval: it takes the right "reject", which viewer lacks: dispatch → field → approval`,
	} {
		dir := t.TempDir()
		text := "code: x\nname: {en: X, zh: X}\nfamily: replacement\nminutes: 10\nskills: [meter]\nprocess:\n" + steps
		if err := os.WriteFile(filepath.Join(dir, "x.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var p lang.Problems
		ordertype.Read(&p, dir, core.Roles(), may)
		said := strings.Join(strings.Fields(p.In(lang.English)), " ")
		if want == "" && said != "" || want != "" && (p.Len() != 1 || !strings.Contains(said, want)) {
			t.Errorf("%s%d mistakes: %s\nwant %q", steps, p.Len(), said, want)
		}
		if want != "" && !strings.Contains(p.In(lang.Chinese), "权限") {
			t.Errorf("%s is not told in Chinese", steps)
		}
	}
}

// TestAnActionOfAFileIsNoActionOfTheProgram, nor what a right is called.
func TestAnActionOfAFileIsNoActionOfTheProgram(t *testing.T) {
	for _, action := range []string{"see", "search", "export", "task", "cancel", "hold", "approve", "done", "return", "locate"} {
		_, err := load(t, "  steps: [{id: t, kind: task, phase: dispatch, go: {"+action+": {to: dispatch, label: {en: a, zh: b}}}}, dispatch, field, release]\n")
		if err == nil || !strings.Contains(strings.Join(strings.Fields(err.Error()), " "), "is an action of the program, or a right") {
			t.Errorf("%s: %v", action, err)
		}
	}
}
