package access_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/access"
)

var (
	branches = []string{"01", "02", "X"}
	depots   = []string{"01", "ST-2", "X"} // the same code may name a branch and a depot
	crews    = []string{"R1", "R2"}
	roleIDs  = []core.Role{"a", "b", "c", "d", "unheard_of"}
)

// fields that the random tables protect, with the texts that an order has there.
var fields = []access.Field{
	{Code: "phone", Paths: []string{"customer.phone"}, Mask: access.MaskTail},
	{Code: "person", Paths: []string{"customer.name", "appointment.with"}, Mask: access.MaskHead},
	{Code: "arrears", Paths: []string{"customer.arrears"}, Mask: access.MaskAll},
	{Code: "cost", Paths: []string{"extra.cost", "extra.labour"}, Mask: access.MaskAll},
	{Code: "team", Paths: []string{"completions.people"}, Mask: access.MaskTail},
	{Code: "place", Paths: []string{"place.point", "place.address"}, Mask: access.MaskHead},
}

var secrets = map[string][]string{
	"phone": {"13800138000"}, "person": {"欧阳明月", "王小明的妻子"}, "arrears": {"1234.56"}, "cost": {"98765.4", "4321.0"}, "team": {"staff-700123"}, "place": {"31.123456", "梧桐路一百二十号"},
}

func secretOrder(branch, depot, crew string) core.WorkOrder {
	o := core.WorkOrder{No: "W26-0000001-1", Version: 1, Type: "leak", Phase: core.Field, Urgency: core.Normal}
	o.Customer = core.Customer{Account: "A1", Name: "欧阳明月", Phone: "13800138000", Arrears: "1234.56"}
	o.Appointment.With = "王小明的妻子"
	o.Place = core.Place{Branch: branch, Depot: depot, Address: "梧桐路一百二十号", Point: &core.Point{Lat: 31.123456, Lon: 121.4}}
	o.Extra = map[string]string{"cost": "98765.4", "labour": "4321.0", "colour": "red"}
	o.Completions = []core.Completion{{Outcome: core.Done, Work: "done", People: []string{"staff-700123"}}}
	if crew != "" {
		o.Assignment = &core.Assignment{CrewID: crew}
	}
	return o
}

type random struct{ *rand.Rand }

func some[T any](r random, list []T) []T {
	var out []T
	for _, v := range list {
		if r.IntN(3) == 0 {
			out = append(out, v)
		}
	}
	return out
}

func (r random) table(t *testing.T) (*access.Table, []access.Role) {
	t.Helper()
	var rights []access.Right
	for _, e := range access.Rights() {
		rights = append(rights, e.Right)
	}
	var codes []string
	for _, f := range fields {
		codes = append(codes, f.Code)
	}
	var roles []access.Role
	for _, id := range roleIDs[:4] {
		roles = append(roles, access.Role{Code: id, On: access.Scopes()[r.IntN(3)], May: some(r, rights), Shows: some(r, codes), Masks: some(r, codes)})
	}
	table, err := access.New(roles, fields, false)
	if err != nil {
		t.Fatal(err)
	}
	return table, roles
}

func (r random) actor() access.Actor {
	a := access.Actor{ID: "li", Roles: some(r, roleIDs), Branches: some(r, branches), Depots: some(r, depots), Everywhere: r.IntN(8) == 0}
	if r.IntN(2) == 0 {
		a.Crew = crews[r.IntN(2)]
	}
	return a
}

func (r random) order() core.WorkOrder {
	pick := func(list []string) string {
		if r.IntN(4) == 0 {
			return ""
		}
		return list[r.IntN(len(list))]
	}
	o := secretOrder(pick(branches), pick(depots), pick(crews))
	if r.IntN(3) == 0 {
		o.Helpers = []core.Helper{{Reason: "another hand"}, {CrewID: pick(crews)}}
		if r.IntN(2) == 0 {
			o.Helpers[1].EndedAt = time.Date(2026, 5, 11, 9, 0, 0, 0, time.UTC)
		}
	}
	if r.IntN(3) == 0 {
		o.Collaborators = []string{"somebody", []string{"li", "wang"}[r.IntN(2)]}
	}
	return o
}

// says reads the table as a person would: line by line.
func says(roles []access.Role, a access.Actor, r access.Right, o *core.WorkOrder, ofOrders bool) bool {
	for _, role := range roles {
		if !slices.Contains(a.Roles, role.Code) || !slices.Contains(role.May, r) {
			continue
		}
		switch {
		case o == nil || !ofOrders || role.On == access.House:
			return true
		case role.On == access.Stations:
			for _, b := range a.Branches {
				if b == o.Place.Branch {
					return true
				}
			}
			for _, d := range a.Depots {
				if d == o.Place.Depot {
					return true
				}
			}
			if a.Everywhere {
				return true
			}
		case role.On == access.Crew:
			if o.Assignment != nil && a.Crew != "" && o.Assignment.CrewID == a.Crew {
				return true
			}
			for _, h := range o.Helpers {
				if a.Crew != "" && h.CrewID == a.Crew && h.EndedAt.IsZero() {
					switch r {
					case "see", "search", "comment", "end_assistance", "correct":
						return true
					}
				}
			}
		}
		for _, id := range o.Collaborators {
			if id == a.ID && (r == "see" || r == "search" || r == "comment") {
				return true
			}
		}
	}
	return false
}

func TestNothingIsAllowedThatTheTableDoesNotSay(t *testing.T) {
	allowed, refused := 0, 0
	for seed := range uint64(300) {
		r := random{rand.New(rand.NewPCG(seed, 7))}
		table, roles := r.table(t)
		for range 20 {
			a, o := r.actor(), r.order()
			for _, e := range access.Rights() {
				for _, on := range []*core.WorkOrder{&o, nil} {
					err := table.May(a, e.Right, on)
					want := says(roles, a, e.Right, on, e.Order)
					if (err == nil) != want {
						t.Fatalf("seed %d: %+v may %s of an order of %+v: %v, the table says %v\n%+v", seed, a, e.Right, o.Place, err, want, roles)
					}
					if err != nil && !core.IsKind(err, core.Denied) {
						t.Fatalf("a refusal of kind %s: %v", core.KindOf(err), err)
					}
					if err == nil {
						allowed++
					} else {
						refused++
					}
				}
				if e.Order && table.Reach(a, e.Right).Contains(&o) != says(roles, a, e.Right, &o, true) {
					t.Fatalf("seed %d: the reach of %s for %+v differs from the table on %+v", seed, e.Right, a, o.Place)
				}
			}
		}
	}
	if allowed < 1000 || refused < 1000 {
		t.Fatalf("%d allowed, %d refused: the tables are too alike", allowed, refused)
	}
}

func TestNothingIsShownThatTheTableDoesNotSay(t *testing.T) {
	seen := map[access.Level]int{}
	for seed := range uint64(400) {
		r := random{rand.New(rand.NewPCG(seed, 11))}
		table, roles := r.table(t)
		a, o := r.actor(), r.order()
		before, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		events := []core.Event{{Sequence: 1, Deltas: []core.Delta{{Path: "", New: before}}}, {Sequence: 2, Deltas: []core.Delta{
			{Path: "customer/phone", Old: []byte(`"13800138000"`), New: []byte(`"13800138000"`)}, {Path: "customer", Old: []byte(`{"phone":"13800138000","name":"欧阳明月","arrears":"1234.56"}`)},
			{Path: "extra/cost", New: []byte(`"98765.4"`)}, {Path: "place/point/lat", Old: []byte(`31.123456`)}, {Path: "completions", New: []byte(`[{"people":["staff-700123"]}]`)},
			{Path: "phase", Old: []byte(`"dispatch"`), New: []byte(`"field"`)},
		}}}
		order, err := json.Marshal(table.Show(a, o))
		if err != nil {
			t.Fatal(err)
		}
		line, err := json.Marshal(table.ShowEvents(a, &o, events))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range fields {
			want := access.Hidden
			for _, role := range roles {
				if says([]access.Role{role}, a, access.See, &o, true) {
					if slices.Contains(role.Shows, f.Code) {
						want = access.Shown
					} else if slices.Contains(role.Masks, f.Code) {
						want = max(want, access.Masked)
					}
				}
			}
			seen[want]++
			for _, secret := range secrets[f.Code] {
				for what, text := range map[string]string{"order": string(order), "timeline": string(line)} {
					if strings.Contains(text, secret) != (want == access.Shown) {
						t.Fatalf("seed %d: %s is %s in the %s for %+v of %+v, but\n%s", seed, f.Code, want, what, a, o.Place, text)
					}
				}
			}
			if got := table.Level(a, f.Code, &o); got != want {
				t.Fatalf("seed %d: the level of %s is %s, the table says %s", seed, f.Code, got, want)
			}
		}
		for _, kept := range []string{`"colour":"red"`, `"account":"A1"`, `"phase":"field"`} {
			if !strings.Contains(string(order), kept) {
				t.Fatalf("seed %d: %s was not protected, and is gone: %s", seed, kept, order)
			}
		}
		if after, _ := json.Marshal(o); string(after) != string(before) {
			t.Fatalf("seed %d: showing an order changed it:\n%s\n%s", seed, before, after)
		}
		if string(events[0].Deltas[0].New) != string(before) {
			t.Fatalf("seed %d: showing a timeline changed it", seed)
		}
	}
	for _, l := range []access.Level{access.Hidden, access.Masked, access.Shown} {
		if seen[l] < 100 {
			t.Errorf("only %d fields were %s", seen[l], l)
		}
	}
}

func TestTheZeroTableAndTheZeroActorAreNobody(t *testing.T) {
	o := secretOrder("", "", "")
	table, _ := (random{rand.New(rand.NewPCG(1, 1))}).table(t)
	for _, e := range access.Rights() {
		if (&access.Table{}).May(access.Actor{ID: "x", Roles: roleIDs, Everywhere: true}, e.Right, &o) == nil {
			t.Errorf("an empty table allows %s", e.Right)
		}
		if table.May(access.Actor{}, e.Right, &o) == nil {
			t.Errorf("nobody may %s", e.Right)
		}
		if table.May(access.Actor{All: true}, e.Right, &o) != nil {
			t.Errorf("whoever may everything may not %s", e.Right)
		}
		if e.Name.EN == "" || e.Name.ZH == "" {
			t.Errorf("%s has no name in both languages", e.Right)
		}
	}
}

func TestARefusalSaysWhoMay(t *testing.T) {
	table, err := access.New([]access.Role{
		{Code: "dispatcher", Name: core.Text{EN: "Dispatcher", ZH: "派单员"}, On: access.Stations, May: []access.Right{access.See, "assign"}},
		{Code: "viewer", Name: core.Text{EN: "Viewer", ZH: "查询员"}, On: access.House, May: []access.Right{access.See}},
	}, nil, true)
	if err != nil {
		t.Fatal(err)
	}
	o := secretOrder("01", "ST-2", "")
	for _, c := range []struct {
		actor access.Actor
		code  string
		texts []string
	}{
		{access.Actor{ID: "li", Roles: []core.Role{"viewer"}}, "not_allowed", []string{"Dispatcher", "派单员", "Assign to a crew"}},
		{access.Actor{ID: "li", Roles: []core.Role{"dispatcher"}, Depots: []string{"01"}}, "not_yours", []string{"W26-0000001-1", "01"}},
		{access.Actor{ID: "li", Roles: []core.Role{"dispatcher"}}, "not_yours", []string{"no station", "无站点"}},
	} {
		err := table.May(c.actor, "assign", &o)
		if core.CodeOf(err) != c.code {
			t.Fatalf("%+v: %v", c.actor, err)
		}
		said := fmt.Sprint(err, err.(*core.Error).MessageZH)
		for _, text := range c.texts {
			if !strings.Contains(said, text) {
				t.Errorf("%q does not say %q", said, text)
			}
		}
	}
}

func TestTablesThatContradictThemselvesAreRefused(t *testing.T) {
	phone := access.Field{Code: "phone", Paths: []string{"customer.phone"}, Mask: access.MaskTail}
	role := func(code core.Role, may ...access.Right) access.Role {
		return access.Role{Code: code, On: access.House, May: may}
	}
	for name, c := range map[string]struct {
		roles  []access.Role
		fields []access.Field
		code   string
	}{
		"a role twice":      {[]access.Role{role("a"), role("a")}, nil, "duplicate"},
		"a field twice":     {nil, []access.Field{phone, phone}, "duplicate"},
		"no such right":     {[]access.Role{role("a", "asign")}, nil, "unknown_right"},
		"no such field":     {[]access.Role{{Code: "a", On: access.House, Shows: []string{"fone"}}}, []access.Field{phone}, "unknown_field"},
		"no such scope":     {[]access.Role{{Code: "a", On: "city"}}, nil, "unknown_scope"},
		"no such path":      {nil, []access.Field{{Code: "x", Paths: []string{"customer.fone"}, Mask: access.MaskAll}}, "unknown_path"},
		"the order itself":  {nil, []access.Field{{Code: "x", Paths: []string{"no"}, Mask: access.MaskAll}}, "unknown_path"},
		"a path too far":    {nil, []access.Field{{Code: "x", Paths: []string{"customer.phone.area"}, Mask: access.MaskAll}}, "unknown_path"},
		"no such mask":      {nil, []access.Field{{Code: "x", Paths: []string{"customer.phone"}, Mask: "half"}}, "unknown_mask"},
		"orders and people": {[]access.Role{role("a", "assign", access.UserEdit)}, nil, "mixed_duties"},
		"systems and audit": {[]access.Role{role("a", access.JobRun, access.AuditSee)}, nil, "mixed_duties"},
	} {
		if _, err := access.New(c.roles, c.fields, true); core.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	table, err := access.New([]access.Role{role("sys", access.JobRun), role("sec", access.UserEdit), role("look", access.See, access.UserSee)}, nil, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		roles []core.Role
		code  string
	}{{[]core.Role{"sys", "look"}, ""}, {[]core.Role{"sec"}, ""}, {[]core.Role{"sys", "sec"}, "mixed_duties"}, {[]core.Role{"boss"}, "unknown_role"}} {
		if err := table.CheckRoles("li", c.roles); core.CodeOf(err) != c.code {
			t.Errorf("%v: %v", c.roles, err)
		}
	}
}

func TestMasksLeaveAsMuchAsTheySay(t *testing.T) {
	for _, c := range []struct {
		mask     access.Mask
		in, want string
	}{
		{access.MaskTail, "13800138000", "*******8000"}, {access.MaskTail, "65432101", "******01"}, {access.MaskTail, "1234", "***"}, {access.MaskTail, "", ""},
		{access.MaskHead, "欧阳明月", "欧***"}, {access.MaskHead, "李", "***"}, {access.MaskHead, "", ""}, {access.MaskAll, "12.50", "***"},
	} {
		if got := c.mask.Apply(c.in); got != c.want {
			t.Errorf("%s of %q is %q, want %q", c.mask, c.in, got, c.want)
		}
	}
}
