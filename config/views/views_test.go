package views_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tundish/config/lang"
	"tundish/config/views"
	"tundish/core"
	"tundish/core/lists"
)

var known = views.Known{
	Types:   core.OrderTypes{"burst": {Code: "burst", Process: core.StandardProcess(true, true, true, false)}, "enquiry": {Code: "enquiry"}},
	Systems: []string{"hotline", "hub"}, Roles: core.Roles(),
}

func TestTheShippedViewsAreThoseOfEveryDay(t *testing.T) {
	var p lang.Problems
	list := views.Read(&p, "../views.yaml", known)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for i := range list {
		ids = append(ids, list[i].ID)
		q := list[i].For("li", time.Unix(9, 0))
		if err := q.Check(); err != nil {
			t.Errorf("%s: %v", list[i].ID, err)
		}
		if list[i].ID == "mine" && q.HandledBy != "li" || list[i].ID == "overdue" && (!q.ByDue || q.DueBefore.Unix() != 9) || list[i].ID == "to_accept" && len(q.Phases) != 2 {
			t.Errorf("%s asks for %+v", list[i].ID, q)
		}
	}
	if s := strings.Join(ids, " "); s != "to_accept to_handle to_dispatch to_approve to_review to_follow_up mine overdue all" {
		t.Error(s)
	}
}

func TestAViewMayBeOfSomeRoles(t *testing.T) {
	var p lang.Problems
	list := views.Decode(&p, "views.yaml", []byte(`views:
  - {id: bursts, name: {en: Bursts, zh: 爆管}, types: [burst], steps: [burst/dispatch, review], urgencies: [emergency, urgent], system: hotline, on_hold: true, roles: [dispatcher]}
  - {id: all, name: {en: All, zh: 全部}}
`), known)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	q := list[0].Query
	if len(q.Steps) != 2 || q.Steps[0] != (core.StepOf{Type: "burst", Step: "dispatch"}) || q.Steps[1] != (core.StepOf{Step: "review"}) || q.System != "hotline" || !q.OnHold || len(q.Urgencies) != 2 {
		t.Errorf("%+v", q)
	}
	if got := lists.Of(list, []core.Role{core.RoleViewer}); len(got) != 1 || got[0].ID != "all" {
		t.Errorf("a viewer has %+v", got)
	}
	if got := lists.Of(list, []core.Role{core.RoleViewer, core.RoleDispatcher}); len(got) != 2 {
		t.Errorf("a dispatcher has %+v", got)
	}
}

func TestMistakesAreShownWithTheirPlace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "views.yaml")
	text := `views:
  - {id: a, name: {en: A, zh: 甲}, types: [bursts], steps: [burst/dispach, nowhere], system: hotlin, roles: [dispatchr]}
  - {id: a, name: {en: A, zh: 甲}}
  - {id: b, name: {en: B}, phases: [filed], sort: size}
  - {id: c, name: {en: C, zh: 丙}, mine: true, on_hold: true}
  - {id: d, name: {en: D, zh: 丁}, overdue: true, phases: [closed]}
  - {id: e, name: {en: E, zh: 戊}, sort: due, phases: [closed, field]}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var p lang.Problems
	views.Read(&p, file, known)
	said := strings.Join(strings.Fields(p.In(lang.English)), " ") // however the lines are broken
	for _, want := range []string{`:2:43:`, `no order type "bursts"`, `did you mean "burst"`, `has a step "burst/dispach"`, `did you mean "burst/dispatch"`, `step "nowhere"`, `no system "hotlin"`, `no role "dispatchr"`,
		`"a" is given twice`, `"zh"`, `"filed"`, `"size"`, `:5:10:`, `:6:10:`, `:7:10:`, `[open-only]`} {
		if !strings.Contains(said, want) {
			t.Errorf("nothing is said of %s in %s", want, said)
		}
	}
	if zh := p.In(lang.Chinese); !strings.Contains(zh, "没有工单类型") || !strings.Contains(zh, "未结束的工单") {
		t.Errorf("in Chinese:\n%s", zh)
	}
}
