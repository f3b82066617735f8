package views

import (
	"slices"
	"strings"

	"tundish/config/lang"
	"tundish/core"
	"tundish/core/lists"
)

// SchemaName is the name of the file's JSON Schema.
const SchemaName = "views.json"

// File is config/views.yaml.
type File struct {
	Views []View `yaml:"views" lang:"required,min=1,max=100" en:"The views, in the order in which they are shown." zh:"视图，按显示顺序排列。"`
}

// View is one saved list. What is absent does not narrow it; of several values one is enough.
type View struct {
	ID        lang.Value[string]   `yaml:"id" lang:"required,pattern='[a-z][a-z0-9_]{0,39}'" en:"Its id, by which the API and tundish order list --view call it." zh:"标识，供接口和 tundish order list --view 使用。"`
	Name      Name                 `yaml:"name" lang:"required" en:"What people call it." zh:"显示名称。"`
	Phases    []string             `yaml:"phases" lang:"oneof=received|acceptance|approval|dispatch|field|result_review|released|follow_up|closed|returned|cancelled" en:"Phases that the orders are in." zh:"工单所处阶段。"`
	Steps     []lang.Value[string] `yaml:"steps" en:"Steps at which they stand: step, of whatever type has it, or type/step." zh:"工单所处步骤：step（任何含此步骤的类型）或 type/step。"`
	Types     []lang.Value[string] `yaml:"types" en:"Their order types." zh:"工单类型。"`
	Urgencies []string             `yaml:"urgencies" lang:"oneof=emergency|urgent|normal" en:"Their urgencies." zh:"紧急程度。"`
	System    lang.Value[string]   `yaml:"system" en:"The system that they came from; hub: the house itself." zh:"来源系统；hub 为本系统自开单。"`
	Branch    string               `yaml:"branch" en:"Their branch." zh:"营业管理部。"`
	Depot     string               `yaml:"depot" en:"Their depot." zh:"站点。"`
	Crew      string               `yaml:"crew" en:"The crew that has them." zh:"班组。"`
	OnHold    bool                 `yaml:"on_hold" en:"Only those on hold." zh:"仅挂起的工单。"`
	Overdue   bool                 `yaml:"overdue" en:"Only those whose deadline is over when the view is looked at." zh:"仅查看时已超时的工单。"`
	Mine      bool                 `yaml:"mine" en:"Only those on which whoever looks has acted." zh:"仅本人处理过的工单。"`
	Sort      string               `yaml:"sort" lang:"default=newest,oneof=newest|due" en:"newest: the newest order is first; due: the earliest deadline is, and orders without one are left out." zh:"newest 最新在前；due 时限最早在前，无时限的工单不列出。"`
	Roles     []lang.Value[string] `yaml:"roles" en:"The roles that have it; absent: everybody. It shows nobody an order that is not his to see." zh:"可用此视图的角色；不填则人人可用。视图不会显示无权查看的工单。"`
}

// Name is what people read.
type Name struct {
	EN string `yaml:"en" lang:"required,min=1,max=60" en:"In English." zh:"英文。"`
	ZH string `yaml:"zh" lang:"required,min=1,max=60" en:"In Chinese." zh:"中文。"`
}

// Known is what views may name. A list that is nil is not held against.
type Known struct {
	Types   core.OrderTypes
	Systems []string
	Roles   []core.Role
}

var (
	twice         = lang.NewMessage("duplicate", "%q is given twice, first at %v", "%q 重复，首次在 %v")
	unknownType   = lang.NewMessage("unknown-type", "there is no order type %q", "没有工单类型 %q")
	unknownStep   = lang.NewMessage("unknown-step", "no order type has a step %q", "没有工单类型含步骤 %q")
	unknownSystem = lang.NewMessage("unknown-system", "there is no system %q", "没有系统 %q")
	unknownRole   = lang.NewMessage("unknown-role", "there is no role %q", "没有角色 %q")
	openOnly      = lang.NewMessage("open-only", "steps, on_hold, overdue and sort: due are things of open orders: they do not go with mine, nor with phases in which orders have ended", "steps、on_hold、overdue 及 sort: due 只适用于未结束的工单，不能与 mine 或已结束的阶段同用")
)

// Read reads the file at path and adds its mistakes to p.
func Read(p *lang.Problems, path string, k Known) []lists.View {
	var f File
	lang.DecodeFile(p, path, &f)
	return f.views(p, k)
}

// Decode is [Read] for a file that is at hand; name is how messages call it.
func Decode(p *lang.Problems, name string, data []byte, k Known) []lists.View {
	var f File
	lang.Decode(p, name, data, &f)
	return f.views(p, k)
}

// Schema is the file's JSON Schema.
func Schema() []byte {
	return lang.Schema(File{}, SchemaName, lang.Text{En: "Saved lists of orders.", Zh: "工单视图。"})
}

func (f *File) views(p *lang.Problems, k Known) []lists.View {
	first := map[string]lang.Pos{}
	var out []lists.View
	for i := range f.Views {
		v := &f.Views[i]
		if at, there := first[v.ID.V]; there && v.ID.V != "" {
			p.At(v.ID.At, twice, v.ID.V, at)
			continue
		}
		first[v.ID.V] = v.ID.At
		v.check(p, k)
		made := v.value()
		if q := made.Query; made.Query.Check() != nil || made.Mine && (len(q.Steps) > 0 || q.OnHold || q.ByDue || made.Overdue) || made.Overdue && len(q.Phases) > 0 && !q.OpenOnly() {
			p.At(v.ID.At, openOnly)
		}
		out = append(out, made)
	}
	return out
}

// check holds what the view names against what there is.
func (v *View) check(p *lang.Problems, k Known) {
	one := func(x lang.Value[string], m lang.Message, known []string) {
		if x.V != "" && !slices.Contains(known, x.V) {
			p.At(x.At, m, x.V).Expected(known...).Near(x.V, known)
		}
	}
	if k.Types != nil {
		for _, t := range v.Types {
			one(t, unknownType, k.Types.Codes())
		}
		for _, s := range v.Steps {
			one(s, unknownStep, stepsOf(k.Types, strings.Contains(s.V, "/")))
		}
	}
	if k.Systems != nil {
		one(v.System, unknownSystem, k.Systems)
	}
	if k.Roles != nil {
		codes := make([]string, len(k.Roles))
		for i, r := range k.Roles {
			codes[i] = string(r)
		}
		for _, r := range v.Roles {
			one(r, unknownRole, codes)
		}
	}
}

// stepsOf lists the steps of all types, with their types where those are named.
func stepsOf(types core.OrderTypes, typed bool) (list []string) {
	for code, t := range types {
		if t.Process == nil {
			continue
		}
		for i := range t.Process.Steps {
			step := t.Process.Steps[i].ID
			if typed {
				step = code + "/" + step
			}
			list = append(list, step)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (v *View) value() lists.View {
	out := lists.View{ID: v.ID.V, Name: core.Text{EN: v.Name.EN, ZH: v.Name.ZH}, Mine: v.Mine, Overdue: v.Overdue,
		Query: core.ListQuery{System: core.SystemID(v.System.V), Branch: v.Branch, Depot: v.Depot, Crew: v.Crew, OnHold: v.OnHold, ByDue: v.Sort == "due"}}
	for _, x := range v.Phases {
		out.Query.Phases = append(out.Query.Phases, core.Phase(x))
	}
	for _, x := range v.Urgencies {
		out.Query.Urgencies = append(out.Query.Urgencies, core.Urgency(x))
	}
	for _, x := range v.Types {
		out.Query.Types = append(out.Query.Types, x.V)
	}
	for _, x := range v.Steps {
		out.Query.Steps = append(out.Query.Steps, core.ParseStep(x.V))
	}
	for _, x := range v.Roles {
		out.Roles = append(out.Roles, core.Role(x.V))
	}
	return out
}
