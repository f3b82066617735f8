package access

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tundish/core"
)

// Scope says on which orders a role's rights hold.
type Scope string

const (
	House    Scope = "house"    // every order
	Stations Scope = "stations" // orders of the person's branches and depots
	Crew     Scope = "crew"     // orders of the person's crew
)

// Scopes lists every scope, widest first.
func Scopes() []Scope { return []Scope{House, Stations, Crew} }

// Role is one line of the table.
type Role struct {
	Code core.Role
	Name core.Text
	On   Scope
	May  []Right
	// Shows and Masks name protected fields that are shown whole, or masked. What is in
	// neither is hidden.
	Shows, Masks []string
}

// Table is what the house's roles may do and see. A valid one comes from [New]; the zero
// Table allows nothing and shows no order.
type Table struct {
	roles     map[core.Role]*Role
	list      []Role
	protected []protected
	apart     bool
}

// New makes a table. apart keeps the administrators' duties in different hands. The error
// names the first contradiction.
func New(roles []Role, fields []Field, apart bool) (*Table, error) {
	t := &Table{roles: map[core.Role]*Role{}, list: slices.Clone(roles), apart: apart}
	codes := map[string]bool{}
	for _, f := range fields {
		p, err := f.compile()
		if err != nil {
			return nil, err
		}
		if codes[f.Code] {
			return nil, core.Invalidf("duplicate", f.Code, "the protected field %q is given twice", "受保护字段 %q 重复", f.Code)
		}
		codes[f.Code] = true
		t.protected = append(t.protected, p)
	}
	t.protected = append(t.protected, ours)
	for i := range t.list {
		r := &t.list[i]
		if t.roles[r.Code] != nil {
			return nil, core.Invalidf("duplicate", string(r.Code), "the role %q is given twice", "角色 %q 重复", r.Code)
		}
		if !slices.Contains(Scopes(), r.On) {
			return nil, core.Invalidf("unknown_scope", string(r.Code), "%q is no scope", "范围 %q 不存在", r.On)
		}
		for _, right := range r.May {
			if !right.Known() {
				return nil, core.Invalidf("unknown_right", string(r.Code), "there is no right %q", "没有权限 %q", right)
			}
		}
		for _, code := range slices.Concat(r.Shows, r.Masks) {
			if !codes[code] {
				return nil, core.Invalidf("unknown_field", string(r.Code), "there is no protected field %q", "没有受保护字段 %q", code)
			}
		}
		if d := Duties(*r); apart && len(d) > 1 {
			return nil, mixed(string(r.Code), d)
		}
		t.roles[r.Code] = r
	}
	return t, nil
}

// Duties are those in which the role may change something, in a fixed order. For auditors
// looking is the duty.
func Duties(roles ...Role) []Duty {
	var list []Duty
	for _, d := range []Duty{Work, System, Security, Audit} {
		if slices.ContainsFunc(roles, func(r Role) bool {
			return slices.ContainsFunc(r.May, func(right Right) bool { e := entries[right]; return e != nil && e.Changes && e.Duty == d })
		}) {
			list = append(list, d)
		}
	}
	return list
}

func mixed(who string, d []Duty) error {
	return core.Invalidf("mixed_duties", who, "%s would have duties that are kept apart (separate: true): %v", "%s 兼有须分离的职责（separate: true）：%v", who, d)
}

// Roles lists the roles in the order of the table.
func (t *Table) Roles() []Role { return slices.Clone(t.list) }

// Role finds a role.
func (t *Table) Role(code core.Role) (Role, bool) {
	if r := t.roles[code]; r != nil {
		return *r, true
	}
	return Role{}, false
}

// CheckRoles refuses roles that do not exist, or that one person must not have together.
func (t *Table) CheckRoles(who string, roles []core.Role) error {
	var held []Role
	for _, code := range roles {
		r, ok := t.Role(code)
		if !ok {
			known := make([]string, len(t.list))
			for i := range t.list {
				known[i] = string(t.list[i].Code)
			}
			return core.Invalidf("unknown_role", "roles", "there is no role %q; there are %v", "没有角色 %q；现有 %v", code, known)
		}
		held = append(held, r)
	}
	if d := Duties(held...); t.apart && len(d) > 1 {
		return mixed(who, d)
	}
	return nil
}

// May answers whether the actor may take a right on the order, or, where o is nil or the right is
// not one of orders, at all. The refusal is of kind Denied and says who may.
func (t *Table) May(a Actor, r Right, o *core.WorkOrder) error {
	if a.All {
		return nil
	}
	holds := false
	for _, role := range t.of(a) {
		if !slices.Contains(role.May, r) {
			continue
		}
		holds = true
		if o == nil || !entries[r].Order || a.reach(role.On, r).Contains(o) {
			return nil
		}
	}
	return t.denied(a, r, o, holds)
}

func (t *Table) denied(a Actor, r Right, o *core.WorkOrder, holds bool) error {
	name := r.Name()
	if holds {
		return core.Fail(core.Denied, "not_yours", "", fmt.Sprintf("order %s is not one of yours: %s may %q orders of %s", o.No, a.ID, name.EN, a.stations("no station", "everywhere")),
			fmt.Sprintf("工单 %s 不在您的范围内：%s 的“%s”权限限于 %s", o.No, a.ID, name.ZH, a.stations("（无站点）", "全部站点")))
	}
	var en, zh []string
	for i := range t.list {
		if slices.Contains(t.list[i].May, r) {
			en, zh = append(en, t.list[i].Name.EN), append(zh, t.list[i].Name.ZH)
		}
	}
	if en == nil {
		en, zh = []string{"nobody"}, []string{"无"}
	}
	return core.Fail(core.Denied, "not_allowed", "", fmt.Sprintf("%q takes one of the roles: %s", name.EN, strings.Join(en, ", ")), fmt.Sprintf("“%s”需要以下角色之一：%s", name.ZH, strings.Join(zh, "、")))
}

// of are the actor's roles that the table knows.
func (t *Table) of(a Actor) []*Role {
	list := make([]*Role, 0, len(a.Roles))
	for _, code := range a.Roles {
		if r := t.roles[code]; r != nil {
			list = append(list, r)
		}
	}
	return list
}

// Rights lists what the actor may do somewhere, in the catalogue's order.
func (t *Table) Rights(a Actor) []Right {
	list := []Right{}
	for i := range catalogue {
		r := catalogue[i].Right
		if a.All || slices.ContainsFunc(t.of(a), func(role *Role) bool { return slices.Contains(role.May, r) }) {
			list = append(list, r)
		}
	}
	return list
}

// Reach is the set of orders on which the actor may take the right.
func (t *Table) Reach(a Actor, r Right) core.Reach {
	var out core.Reach
	if a.All {
		return core.Reach{All: true}
	}
	for _, role := range t.of(a) {
		if !slices.Contains(role.May, r) {
			continue
		}
		one := a.reach(role.On, r)
		if one.All {
			return one
		}
		if role.On == Stations {
			out.Branches, out.Depots = one.Branches, one.Depots
		}
		out.Crew, out.Assists, out.Person = cmp.Or(out.Crew, one.Crew), cmp.Or(out.Assists, one.Assists), cmp.Or(out.Person, one.Person)
	}
	return out
}

// Holds tells whether the actor has one of the roles on the order; on some order, where o is nil.
func (t *Table) Holds(a Actor, roles []core.Role, o *core.WorkOrder) bool {
	return a.All || slices.ContainsFunc(t.of(a), func(role *Role) bool {
		return slices.Contains(roles, role.Code) && (o == nil || a.reach(role.On, Task).Contains(o))
	})
}
