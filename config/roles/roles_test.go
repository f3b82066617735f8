package roles_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tundish/config/lang"
	"tundish/config/roles"
	"tundish/core"
	"tundish/core/access"
)

func shipped(t *testing.T) *access.Table {
	t.Helper()
	var p lang.Problems
	table := roles.Read(&p, "../roles.yaml")
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	return table
}

func TestTheShippedTableHasEveryShippedRoleUnderItsName(t *testing.T) {
	table := shipped(t)
	for _, code := range core.Roles() {
		r, ok := table.Role(code)
		if !ok || r.Name != code.Name() {
			t.Errorf("%s is %+v, core calls it %+v", code, r.Name, code.Name())
		}
	}
	if n := len(table.Roles()); n != len(core.Roles()) {
		t.Errorf("%d roles are shipped, core knows %d", n, len(core.Roles()))
	}
}

func TestEveryRightIsSomebodysInTheShippedTable(t *testing.T) {
	table := shipped(t)
	for _, e := range access.Rights() {
		if !slices.ContainsFunc(table.Roles(), func(r access.Role) bool { return slices.Contains(r.May, e.Right) }) {
			t.Errorf("nobody may %s", e.Right)
		}
	}
}

func TestAdministratorsOfSystemsRightsAndAuditHaveNoneOfTheOthersDuties(t *testing.T) {
	table := shipped(t)
	o := core.WorkOrder{No: "W1", Place: core.Place{Branch: "01", Depot: "ST-01"}}
	admin := func(code core.Role) access.Actor {
		return access.Actor{ID: "x", Roles: []core.Role{code}, Everywhere: true}
	}
	for role, may := range map[core.Role]access.Right{core.RoleAdmin: access.JobRun, core.RoleSecurity: access.UserEdit, core.RoleAuditor: access.AuditSee} {
		for _, right := range []access.Right{access.JobRun, access.UserEdit, access.AuditSee} {
			if got := table.May(admin(role), right, nil) == nil; got != (right == may) {
				t.Errorf("%s may %s: %v", role, right, got)
			}
		}
		for _, e := range access.Rights() {
			if e.Order && table.May(admin(role), e.Right, &o) == nil {
				t.Errorf("%s may %s", role, e.Right)
			}
		}
	}
	if err := table.CheckRoles("x", []core.Role{core.RoleAdmin, core.RoleSecurity}); core.CodeOf(err) != "mixed_duties" {
		t.Errorf("one person with both: %v", err)
	}
}

func TestACrewSeesItsOwnOrdersWithThePhoneAndWithoutTheArrears(t *testing.T) {
	table := shipped(t)
	crew := access.Actor{ID: "3001", Roles: []core.Role{core.RoleCrew}, Crew: "R1"}
	mine := core.WorkOrder{No: "W1", Customer: core.Customer{Phone: "13800138000", Arrears: "12.00"}, Assignment: &core.Assignment{CrewID: "R1"}}
	theirs := mine
	theirs.Assignment = &core.Assignment{CrewID: "R2"}
	if table.May(crew, access.See, &mine) != nil || table.May(crew, access.See, &theirs) == nil {
		t.Error("a crew sees its own orders, and no other crew's")
	}
	if got := table.Show(crew, mine).Customer; got.Phone != "13800138000" || got.Arrears != "" {
		t.Errorf("it is shown %+v", got)
	}
}

// TestMistakesAreShownWithTheirPlace reads a table that is wrong in many ways.
func TestMistakesAreShownWithTheirPlace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "roles.yaml")
	text := `protected:
  - {code: phone, name: {en: P, zh: 电话}, paths: [customer.fone]}
  - {code: phone, name: {en: P, zh: 电话}, paths: [customer.phone], mask: half}
roles:
  - {code: boss, name: {en: B, zh: 老板}, may: [see, asign, pass, job.run], shows: [phon], masks: [phone]}
  - {code: Boss, name: {en: B}, on: city, may: [see]}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var p lang.Problems
	if table := roles.Read(&p, file); table.May(access.Actor{ID: "x", Roles: []core.Role{"boss"}, Everywhere: true}, access.See, nil) == nil {
		t.Error("a wrong table allows something")
	}
	said := strings.Join(strings.Fields(p.In(lang.English)), " ") // however the lines are broken
	for _, want := range []string{
		`:2:50:`, `no field "customer.fone"`, `"phone" is given twice`, `there is no right "asign"`, `did you mean "assign"`, `no protected field "phon"`, `did you mean "phone"`,
		`kept apart: work, system`, `[mixed-duties]`, `"zh"`, `house`, `no role may "user.edit"`, `"half"`,
	} {
		if !strings.Contains(said, want) {
			t.Errorf("nothing is said of %s in %s", want, said)
		}
	}
	if zh := p.In(lang.Chinese); !strings.Contains(zh, "没有权限") || !strings.Contains(zh, "须分离的职责") {
		t.Errorf("in Chinese:\n%s", zh)
	}
}
