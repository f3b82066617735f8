package ordertype

import (
	"slices"

	"tundish/config/lang"
	"tundish/core"
)

var (
	unknownStep   = lang.NewMessage("unknown-step", "the process has no step %q", "流程中没有步骤 %q")
	unknownAction = lang.NewMessage("action", "%q is no action of a step of kind %s", "%[2]s 类步骤没有操作 %[1]q")
	unknownRole   = lang.NewMessage("unknown-role", "there is no role %q", "没有角色 %q")
	noBefore      = lang.NewMessage("action", "no step before %s could take an order back by %s; say where it goes", "%s 之前没有可供 %s 退回的步骤，请写明去向")
	ownAction     = lang.NewMessage("reserved", "%q is an action of the program, or a right; an action of the file's own has another name", "%q 是系统固有的操作或权限，自定义操作请另取名称")
	noActions     = lang.NewMessage("action", "%s is a task and has no action", "任务 %s 没有任何操作")
	noName        = lang.NewMessage("action", "the action %q of a task has no label", "任务的操作 %q 没有名称")
	phaseOfKind   = lang.NewMessage("action", "a step of kind %s is always in its own phase", "%s 类步骤的阶段固定")
	elseAlone     = lang.NewMessage("action", "else without when: nothing passes by", "没有 when，不应写 else")
	neverWaits    = lang.NewMessage("action", "a step of kind %s never waits for anybody, so %s has no place", "%s 类步骤不等待任何人，不应填写 %s")
	deskWalks     = lang.NewMessage("family", "family desk needs no visit, so a step of kind %s does not belong here", "desk 类工单不上门，不应有 %s 步骤")
	noField4Visit = lang.NewMessage("family", "work of family %s is done at a place, but no step is of kind field", "%s 类工单须上门，但没有 field 步骤")
)

var hintRoles = lang.Text{En: "roles are those of roles.yaml; add it there", Zh: "角色以 roles.yaml 为准，请先在其中添加"}

var hintOwnAction = lang.Text{En: "give it a name that says what is done, such as to_depot", Zh: "请用说明具体事项的名称，如 to_depot"}

// then is the one action of automatic steps in the file.
const then = "then"

// folder is what the files of a folder say together.
type folder struct {
	own   map[string]ownField // fields of the house's own, by their paths
	roles []string
	may   func(core.Role, core.Action) bool // nil: rights are not checked
	types []string
}

// compiler makes the process of one file.
type compiler struct {
	p      *lang.Problems
	folder *folder
	f      *File
	t      *core.OrderType
	// mode of dispatch of an order: what guards call dispatch.
	mode func(*core.WorkOrder) core.DispatchMode
	// exits are the places of the exits of each step, in the order of core.Step.Exits; those
	// that come of defaults have none.
	exits [][]lang.Pos
	bad   bool // the ways cannot be followed: a step or a target is not known
}

func (c *compiler) process() *core.Process {
	f := &c.f.Process
	p := &core.Process{Code: f.Code.V}
	var ids []lang.Value[string]
	for i := range f.Steps {
		s := c.step(&f.Steps[i])
		ids = append(ids, lang.Value[string]{V: s.ID, At: f.Steps[i].At})
		p.Steps = append(p.Steps, s)
	}
	if !distinct(c.p, ids) {
		c.bad = true
	}
	c.form(f.Fields)
	p.Limits = c.limits(f.Limits)
	p.Effects = c.effects(f.Effects, true)
	p.Complete()
	if !slices.ContainsFunc(p.Steps, func(s core.Step) bool { return s.Kind == "" }) { // else it is said already
		c.steps(p)
	} else {
		c.bad = true
	}
	p.Migrate = c.migrate(p, &f.Migrate)
	if !c.bad && len(f.Steps) > 0 {
		c.checkWays(p)
	}
	return p
}

func (c *compiler) step(s *Step) core.Step {
	kind := core.StepKind(s.Kind.V)
	out := core.Step{ID: s.ID.V, Kind: kind, Name: text(s.Name), Phase: core.Phase(s.Phase.V), Number: s.Number.V, Roles: c.roles(s.Roles),
		When: c.guard(s.When), Skip: s.Else.V, After: c.guard(s.After), Form: c.form(s.Form), Limits: c.limits(s.Limits), Effects: c.effects(s.Effects, false)}
	if out.ID == "" {
		out.ID = string(kind)
	}
	if out.Phase != "" && kind != core.StepTask && kind != core.StepChoice {
		c.p.At(s.Phase.At, phaseOfKind, string(kind))
		out.Phase = ""
	}
	if s.Else.V != "" && s.When.V == "" && s.After.V == "" {
		c.p.At(s.Else.At, elseAlone)
	}
	if kind.Automatic() {
		c.automatic(s, kind)
	}
	for i := range s.Tasks {
		out.Tasks = append(out.Tasks, c.task(&s.Tasks[i]))
	}
	c.defaults(s, &out)
	var places []lang.Pos
	for _, way := range s.Go {
		action := core.Action(way.Key)
		if !c.action(s, kind, way.Key, way.At) {
			continue
		}
		if kind.Automatic() {
			action = ""
		}
		for i := range way.V {
			e := &way.V[i]
			exit := core.Exit{Action: action, Label: text(e.Label), When: c.guard(e.When), To: e.To.V, Roles: c.roles(e.Roles), Reason: e.Reason, Effects: c.effects(e.Effects, false)}
			if e.Form != nil {
				if exit.Form = c.form(*e.Form); exit.Form == nil {
					exit.Form = []core.FormField{}
				}
			}
			if kind == core.StepTask && e.Label == nil && i == 0 {
				c.p.At(way.At, noName, way.Key)
			}
			out.Exits = append(out.Exits, exit)
			places = append(places, e.To.At)
		}
	}
	if kind == core.StepTask && len(s.Go) == 0 {
		c.p.At(s.At, noActions, out.ID)
		c.bad = true
	}
	c.exits = append(c.exits, places)
	return out
}

// defaults of a kind that a file may override: an emergency that is dispatched at once is
// reviewed afterwards, and only work that was done is followed up.
func (c *compiler) defaults(s *Step, out *core.Step) {
	switch {
	case out.Kind == core.StepAcceptance && s.After.V == "":
		var auto []core.Urgency
		for _, u := range core.Urgencies() {
			if c.t.Mode(u) == core.DispatchAuto {
				auto = append(auto, u)
			}
		}
		if len(auto) > 0 {
			out.After = core.UrgencyIs(auto...)
		}
	case out.Kind == core.StepFollowUp && s.When.V == "":
		out.When = core.WorkDone()
	}
}

// automatic refuses at a step that nobody stands at what concerns people.
func (c *compiler) automatic(s *Step, kind core.StepKind) {
	for _, one := range []struct {
		said bool
		what string
	}{{len(s.Roles) > 0, "roles"}, {len(s.Form) > 0, "form"}, {len(s.Tasks) > 0, "tasks"}, {len(s.Limits) > 0, "limits"}, {s.After.V != "", "after"}} {
		if one.said {
			c.p.At(s.At, neverWaits, string(kind), one.what)
		}
	}
}

// action tells whether a kind of step has an action.
func (c *compiler) action(s *Step, kind core.StepKind, action string, at lang.Pos) bool {
	var allowed []string
	switch {
	case kind.Ends():
	case kind.Automatic():
		allowed = []string{then}
	case kind == core.StepTask && core.Action(action).Reserved():
		c.p.At(at, ownAction, action).Hint(hintOwnAction)
		return true
	case kind == core.StepTask:
		return true
	default:
		need, may := kind.Actions()
		allowed = texts(append(need, may...))
	}
	if slices.Contains(allowed, action) {
		return true
	}
	if s.Kind.V != "" {
		c.p.At(at, unknownAction, action, string(kind)).Expected(allowed...).Near(action, allowed)
	}
	c.bad = true
	return false
}

func (c *compiler) task(t *Task) core.SubTask {
	return core.SubTask{ID: t.ID.V, Name: text(&t.Name), Roles: c.roles(t.Roles), When: c.guard(t.When), Form: c.form(t.Form), Limits: c.limits(t.Limits)}
}

// roles checks names of roles. Where people are told something, crew means the order's own.
func (c *compiler) roles(list []lang.Value[string]) []string {
	distinct(c.p, list)
	for _, r := range list {
		if len(c.folder.roles) > 0 && !slices.Contains(c.folder.roles, r.V) {
			c.p.At(r.At, unknownRole, r.V).Expected(c.folder.roles...).Hint(hintRoles).Near(r.V, c.folder.roles)
		}
	}
	return plain[string](list)
}

// steps checks what can be seen once every step has its exits.
func (c *compiler) steps(p *core.Process) {
	ids := stepIDs(p)
	var tasks []lang.Value[string]
	fields := 0
	for i := range c.f.Process.Steps {
		s, said := &p.Steps[i], &c.f.Process.Steps[i]
		if s.Skip != "" {
			c.target(s.Skip, said.Else.At, ids)
		}
		for j, e := range s.Exits {
			switch at := c.exitAt(i, j); {
			case e.To == "":
				c.p.At(said.At, noBefore, s.ID, string(e.Action))
				c.bad = true
			default:
				c.target(e.To, at, ids)
			}
		}
		for _, t := range said.Tasks {
			tasks = append(tasks, t.ID)
		}
		switch family := c.t.Family; s.Kind {
		case core.StepField, core.StepDispatch:
			if family == core.Desk {
				c.p.At(said.Kind.At, deskWalks, string(s.Kind)).Hint(hintDesk)
			}
			if s.Kind == core.StepField {
				fields++
			}
		}
	}
	distinct(c.p, tasks)
	if fields == 0 && c.t.Family != core.Desk && c.t.Family != "" && len(c.f.Process.Steps) > 0 {
		c.p.At(c.f.Code.At, noField4Visit, string(c.t.Family))
	}
}

func (c *compiler) target(to string, at lang.Pos, ids []string) {
	if !slices.Contains(ids, to) {
		c.p.At(at, unknownStep, to).Expected(ids...).Near(to, ids)
		c.bad = true
	}
}

// exitAt is where an exit is written; of a default, its step.
func (c *compiler) exitAt(step, exit int) lang.Pos {
	if step < len(c.exits) && 0 <= exit && exit < len(c.exits[step]) {
		return c.exits[step][exit]
	}
	if step < len(c.f.Process.Steps) {
		return c.f.Process.Steps[step].At
	}
	return c.f.Code.At
}

func stepIDs(p *core.Process) []string {
	ids := make([]string, len(p.Steps))
	for i, s := range p.Steps {
		ids[i] = s.ID
	}
	return ids
}

func (c *compiler) migrate(p *core.Process, m *Migrate) core.Migration {
	out := core.Migration{Keep: len(m.Steps) == 0}
	if m.Keep != nil {
		out.Keep = *m.Keep
	}
	for _, e := range m.Steps {
		if out.Steps == nil {
			out.Steps = map[string]string{}
		}
		out.Steps[e.Key] = e.V.V
		c.target(e.V.V, e.V.At, stepIDs(p))
	}
	return out
}
